"""Subscriptions, commitments, free tiers and credits, in cases that can be checked on paper."""

from __future__ import annotations

from typing import Any

import pytest

from modelpick.engine import Catalog
from modelpick.engine.domain.errors import InputError
from tests.engine.by_hand import codes, coding, market, mix, offer, solved


def with_plans(catalog: Catalog, **plans: dict[str, Any]) -> Catalog:
    """The catalogue with these plans."""
    return Catalog.model_validate({**catalog.model_dump(by_alias=True), "plans": plans})


def seat(fee: float, /, **allowance: float) -> dict[str, Any]:
    """A plan of the provider p without a limit on its units."""
    return {"provider": "p", "usd_per_month": fee, "allowance": allowance}


@pytest.mark.parametrize(("requests", "cost"), [(400, 16.0), (900, 20.0), (3_000, 100.0)])
def test_one_seat_and_overage(requests: int, cost: float) -> None:
    # 0.04 USD a request; a seat is 20 USD with 1,000 requests, and there is one.
    # 400: 16.00 without; 900: the seat; 3,000: 20 + 2,000 * 0.04 = 100.
    catalog = with_plans(
        market({"p/m": offer(0, per_request=0.04)}), seat={**seat(20.0, requests=1_000.0), "max_units": 1}
    )
    plan = solved(catalog, {"work": {"requests": requests}}, limits={"plans": ["seat"]})
    assert plan.cost == pytest.approx(cost, rel=1e-12)
    assert plan.labels["work"].cost == pytest.approx(requests * 0.04)  # routes and labels stay at list cost
    covered = min(requests, 1_000)
    if cost == 16.0:
        assert plan.plans == {}
        return
    bought = plan.to_json()["plans"]["seat"]
    assert (bought["units"], bought["cost"]) == (1, 20.0)
    assert bought["covered"] == pytest.approx({"requests": covered})
    assert bought["saves"] == pytest.approx(covered * 0.04)
    (route,) = plan.labels["work"].routes
    assert route.covered == pytest.approx({"seat": covered / requests})


def test_whole_units_as_many_as_pay() -> None:
    # 1,000 USD of list cost; a unit is 60 USD for 150 USD of usage. Six cover 900 for 360; the seventh covers
    # the last 100, which is more than its 60: 7 * 60 = 420. With 80 left (980) likewise; with 50 left (950)
    # the rest is cheaper at list: 6 * 60 + 50 = 410.
    catalog = with_plans(market({"p/m": offer(1.0)}), unit=seat(60.0, usd=150.0))
    for usd, units, cost in ((1_000, 7, 420.0), (980, 7, 420.0), (950, 6, 410.0)):
        plan = solved(catalog, {"work": {"requests": usd * 1_000_000}}, limits={"plans": ["unit"]})
        assert (plan.plans["unit"].units, plan.cost) == (units, pytest.approx(cost, rel=1e-9))
        assert plan.plans["unit"].covered == pytest.approx({"usd": min(usd, units * 150.0)})
        assert plan.plans["unit"].allowance == {"usd": units * 150.0}


def test_a_plan_decides_between_offers() -> None:
    # At list p costs 50 and q 30. A plan of 20 USD covers 100 USD of p: 20 in all.
    catalog = market({"p/m": offer(50), "q/m": offer(30)})
    plan = solved(with_plans(catalog, flat=seat(20.0, usd=100.0)), limits={"plans": ["flat"]})
    assert (mix(plan), plan.cost) == ({"p/m": 1.0}, pytest.approx(20.0))
    assert plan.plans["flat"].saves == pytest.approx(50.0)
    # A unit that covers 40 and costs 20: p's covered part costs half, q's 30 for the rest of the requests.
    # 0.8 at p covered for 20, 0.2 at q for 6: 26.
    small = with_plans(catalog, flat={**seat(20.0, usd=40.0), "max_units": 1})
    plan = solved(small, limits={"plans": ["flat"]})
    assert (mix(plan), plan.cost) == ({"p/m": 0.8, "q/m": 0.2}, pytest.approx(26.0))
    assert mix(solved(small)) == {"q/m": 1.0}  # no plan is bought that the routing does not name


def test_a_plan_that_saves_exactly_nothing_is_not_bought() -> None:
    catalog = with_plans(market({"p/m": offer(20)}), even=seat(20.0, usd=30.0), free=seat(0.0, usd=20.0))
    plan = solved(catalog, limits={"plans": ["even"]})
    assert (plan.plans, plan.cost) == ({}, pytest.approx(20.0))
    plan = solved(catalog, limits={"plans": ["even", "free"]})
    assert (list(plan.plans), plan.cost) == (["free"], pytest.approx(0.0, abs=1e-9))


def test_tokens_are_those_of_the_models_tokenizer_and_verbosity() -> None:
    # 1,000 requests of 1,000 * 1.2 in and 500 * 2 out: 2.2 M tokens, 2.2 USD at 1 USD a million. 1.1 M are
    # covered for 0.50: half, so 0.50 + 1.10 = 1.60.
    catalog = market({"p/m": offer(1.0)}, m={"prompt_tokens": 1.2, "verbosity": 2.0})
    catalog = with_plans(catalog, half={**seat(0.5, tokens=1_100_000.0), "max_units": 1})
    label = {"requests": 1_000, "input_tokens": 1_000, "output_tokens": 500}
    plan = solved(catalog, {"work": label}, limits={"plans": ["half"]})
    assert plan.cost == pytest.approx(1.60, rel=1e-9)
    assert plan.plans["half"].covered == pytest.approx({"tokens": 1_100_000})


def test_the_dearest_requests_are_covered_first() -> None:
    # 10 requests at 5 USD and 10 at 1 USD; a plan of 12 USD covers ten requests: those at 5.
    catalog = market({"p/a": offer(0, per_request=5.0), "p/b": offer(0, per_request=1.0)})
    labels = {"x": {"requests": 10, "allow": ["p/a"]}, "y": {"requests": 10, "allow": ["p/b"]}}
    plan = solved(with_plans(catalog, ten=seat(12.0, requests=10.0)), labels, limits={"plans": ["ten"]})
    assert plan.cost == pytest.approx(12 + 10)
    assert [plan.labels[name].routes[0].covered for name in "xy"] == [{"ten": 1.0}, {}]


def test_models_narrow_a_plan_and_two_plans_share_a_provider() -> None:
    # a and b cost 60 each. `only-a` covers 40 of a for 10, `both` 80 of either for 30: 40 buy 120 of 120.
    catalog = market({"p/a": offer(60), "p/b": offer(60)})
    catalog = with_plans(
        catalog,
        **{
            "only-a": {**seat(10.0, usd=40.0), "models": ["a"], "max_units": 1},
            "both": {**seat(30.0, usd=80.0), "max_units": 1},
        },
    )
    labels = {"x": {"allow": ["p/a"]}, "y": {"allow": ["p/b"]}}
    plan = solved(catalog, labels, limits={"plans": ["only-a", "both"]})
    assert plan.cost == pytest.approx(40.0)
    assert {name: bought.saves for name, bought in plan.plans.items()} == pytest.approx(
        {"only-a": 40, "both": 80}
    )
    assert plan.labels["y"].routes[0].covered == pytest.approx(
        {"both": 1.0}
    )  # a request has one plan at most
    assert plan.labels["x"].routes[0].covered == pytest.approx({"only-a": 2 / 3, "both": 1 / 3})


def test_the_budget_counts_what_the_month_truly_costs() -> None:
    # List cost 100, a plan makes it 20: a budget of 30 can be kept, one of 19 cannot.
    catalog = with_plans(market({"p/m": offer(100)}), flat=seat(20.0, usd=100.0))
    assert solved(catalog, limits={"plans": ["flat"], "budget": 30.0}).cost == pytest.approx(20.0)
    plan = solved(catalog, limits={"plans": ["flat"], "budget": 19.0})
    assert (plan.status, plan.conflicts) == ("infeasible", ("limits.budget",))
    (repair,) = plan.repairs
    assert (repair.path, repair.to, repair.cost) == ("limits.budget", 20.0, pytest.approx(20.0))
    assert solved(catalog, limits={"budget": 30.0}).status == "infeasible"


def test_the_best_quality_within_a_budget_buys_what_it_needs() -> None:
    # good costs 100 at p, fair 10 at q. A plan of 20 USD covers 90 of good's 100: a share g of good costs 20
    # and, up to 0.9, nothing more; 21 with fair's tenth. Each share beyond costs 90 more: 21 + 90 d = 25.
    catalog = market({"p/good": offer(100), "q/fair": offer(10)}, good=coding(90), fair=coding(40))
    catalog = with_plans(catalog, flat={**seat(20.0, usd=90.0), "max_units": 1})
    plan = solved(
        catalog,
        {"work": {"skills": {"coding": 1.0}}},
        objective="quality",
        limits={"plans": ["flat"], "budget": 25.0},
    )
    assert mix(plan)["p/good"] == pytest.approx(0.9 + 4 / 90, abs=1e-6)
    assert plan.cost == pytest.approx(25.0)
    assert plan.plans["flat"].units == 1


def test_of_free_offers_the_best_one_serves() -> None:
    # A free tier of 2,000 requests covers all of either model: both cost nothing, the better one is taken.
    catalog = market({"p/a": offer(3), "p/b": offer(9), "q/b": offer(1)}, a=coding(40), b=coding(60))
    catalog = with_plans(catalog, free={**seat(0.0, requests=2_000.0), "max_units": 1})
    plan = solved(
        catalog, {"work": codes(30, requests=1_000, input_tokens=1_000)}, limits={"plans": ["free"]}
    )
    assert (mix(plan), plan.cost) == ({"p/b": 1.0}, pytest.approx(0.0, abs=1e-9))
    assert plan.plans["free"].covered == pytest.approx({"requests": 1_000})


def test_a_credit_without_end_covers_everything() -> None:
    catalog = with_plans(market({"p/m": offer(7)}), credit=seat(0.0, usd=3.0))
    plan = solved(catalog, limits={"plans": ["credit"]})
    assert (plan.cost, plan.plans["credit"].units) == (
        pytest.approx(0.0, abs=1e-9),
        3,
    )  # 7 / 3, in whole units


def test_a_plan_of_a_provider_that_is_out_buys_nothing() -> None:
    catalog = with_plans(market({"p/m": offer(9), "q/m": offer(10)}), flat=seat(1.0, usd=100.0))
    plan = solved(catalog, limits={"plans": ["flat"], "deny_providers": ["p"]})
    assert (mix(plan), plan.plans, plan.cost) == ({"q/m": 1.0}, {}, pytest.approx(10.0))


def test_growth_grows_what_is_covered() -> None:
    # 10 USD of list cost times 5: a plan of 20 USD for 50 pays now.
    catalog = with_plans(market({"p/m": offer(10)}), flat=seat(20.0, usd=50.0))
    assert solved(catalog, limits={"plans": ["flat"]}).cost == pytest.approx(10.0)
    assert solved(catalog, limits={"plans": ["flat"], "growth": 5.0}).cost == pytest.approx(20.0)


def test_a_plan_named_twice_is_one_plan() -> None:
    catalog = with_plans(market({"p/m": offer(100)}), one={**seat(10.0, usd=50.0), "max_units": 1})
    assert solved(catalog, limits={"plans": ["one", "one"]}).cost == pytest.approx(60.0)


def test_an_unknown_plan_is_an_error() -> None:
    catalog = with_plans(market({"p/m": offer(1)}), flat=seat(1.0, usd=2.0))
    with pytest.raises(InputError, match=r"unknown plan 'falt' \(did you mean 'flat'\?\)"):
        solved(catalog, limits={"plans": ["falt"]})
