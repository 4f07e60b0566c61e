"""Subscriptions, commitments, free tiers and credits, in cases that can be checked on paper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.adapters.catalog.checks import check_plans
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.report.explain import worth_text
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.commands import catalog, explain, export, robust, scenarios, solve
from modelpick.engine.domain.errors import InputError
from modelpick.engine.solver.analysis.evaluate import evaluate
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.coverage import held_units_cost
from modelpick.engine.solver.explain.subscription_worth import plan_worths
from modelpick.engine.solver.explain.why_not import why_not
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, mix, offer, ran, solved


def with_plans(facts: Catalog, **plans: dict[str, Any]) -> Catalog:
    """The catalogue with these plans."""
    return Catalog.model_validate({**facts.model_dump(by_alias=True), "plans": plans})


def seat(fee: float, /, **allowance: float) -> dict[str, Any]:
    """A plan of the provider p without a limit on its units."""
    return {"provider": "p", "usd_per_month": fee, "allowance": allowance}


@pytest.mark.parametrize(("requests", "cost"), [(400, 16.0), (900, 20.0), (3_000, 100.0)])
def test_one_seat_and_overage(requests: int, cost: float) -> None:
    # 0.04 USD a request; a seat is 20 USD with 1,000 requests, and there is one.
    # 400: 16.00 without; 900: the seat; 3,000: 20 + 2,000 * 0.04 = 100.
    facts = with_plans(
        market({"p/m": offer(0, per_request=0.04)}), seat={**seat(20.0, requests=1_000.0), "max_units": 1}
    )
    plan = solved(facts, {"work": {"requests": requests}}, limits={"plans": ["seat"]})
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
    facts = with_plans(market({"p/m": offer(1.0)}), unit=seat(60.0, usd=150.0))
    for usd, units, cost in ((1_000, 7, 420.0), (980, 7, 420.0), (950, 6, 410.0)):
        plan = solved(facts, {"work": {"requests": usd * 1_000_000}}, limits={"plans": ["unit"]})
        assert (plan.plans["unit"].units, plan.cost) == (units, pytest.approx(cost, rel=1e-9))
        assert plan.plans["unit"].covered == pytest.approx({"usd": min(usd, units * 150.0)})
        assert plan.plans["unit"].allowance == {"usd": units * 150.0}


def test_a_plan_decides_between_offers() -> None:
    # At list p costs 50 and q 30. A plan of 20 USD covers 100 USD of p: 20 in all.
    facts = market({"p/m": offer(50), "q/m": offer(30)})
    plan = solved(with_plans(facts, flat=seat(20.0, usd=100.0)), limits={"plans": ["flat"]})
    assert (mix(plan), plan.cost) == ({"p/m": 1.0}, pytest.approx(20.0))
    assert plan.plans["flat"].saves == pytest.approx(50.0)
    # A unit that covers 40 and costs 20: p's covered part costs half, q's 30 for the rest of the requests.
    # 0.8 at p covered for 20, 0.2 at q for 6: 26.
    small = with_plans(facts, flat={**seat(20.0, usd=40.0), "max_units": 1})
    plan = solved(small, limits={"plans": ["flat"]})
    assert (mix(plan), plan.cost) == ({"p/m": 0.8, "q/m": 0.2}, pytest.approx(26.0))
    assert mix(solved(small)) == {"q/m": 1.0}  # no plan is bought that the routing does not name


def test_a_plan_that_saves_exactly_nothing_is_not_bought() -> None:
    facts = with_plans(market({"p/m": offer(20)}), even=seat(20.0, usd=30.0), free=seat(0.0, usd=20.0))
    plan = solved(facts, limits={"plans": ["even"]})
    assert (plan.plans, plan.cost) == ({}, pytest.approx(20.0))
    plan = solved(facts, limits={"plans": ["even", "free"]})
    assert (list(plan.plans), plan.cost) == (["free"], pytest.approx(0.0, abs=1e-9))


def test_tokens_are_those_of_the_models_tokenizer_and_verbosity() -> None:
    # 1,000 requests of 1,000 * 1.2 in and 500 * 2 out: 2.2 M tokens, 2.2 USD at 1 USD a million. 1.1 M are
    # covered for 0.50: half, so 0.50 + 1.10 = 1.60.
    facts = market({"p/m": offer(1.0)}, m={"prompt_tokens": 1.2, "verbosity": 2.0})
    facts = with_plans(facts, half={**seat(0.5, tokens=1_100_000.0), "max_units": 1})
    label = {"requests": 1_000, "input_tokens": 1_000, "output_tokens": 500}
    plan = solved(facts, {"work": label}, limits={"plans": ["half"]})
    assert plan.cost == pytest.approx(1.60, rel=1e-9)
    assert plan.plans["half"].covered == pytest.approx({"tokens": 1_100_000})


def test_the_dearest_requests_are_covered_first() -> None:
    # 10 requests at 5 USD and 10 at 1 USD; a plan of 12 USD covers ten requests: those at 5.
    facts = market({"p/a": offer(0, per_request=5.0), "p/b": offer(0, per_request=1.0)})
    labels = {"x": {"requests": 10, "allow": ["p/a"]}, "y": {"requests": 10, "allow": ["p/b"]}}
    plan = solved(with_plans(facts, ten=seat(12.0, requests=10.0)), labels, limits={"plans": ["ten"]})
    assert plan.cost == pytest.approx(12 + 10)
    assert [plan.labels[name].routes[0].covered for name in "xy"] == [{"ten": 1.0}, {}]


def test_models_narrow_a_plan_and_two_plans_share_a_provider() -> None:
    # a and b cost 60 each. `only-a` covers 40 of a for 10, `both` 80 of either for 30: 40 buy 120 of 120.
    facts = market({"p/a": offer(60), "p/b": offer(60)})
    facts = with_plans(
        facts,
        **{
            "only-a": {**seat(10.0, usd=40.0), "models": ["a"], "max_units": 1},
            "both": {**seat(30.0, usd=80.0), "max_units": 1},
        },
    )
    labels = {"x": {"allow": ["p/a"]}, "y": {"allow": ["p/b"]}}
    plan = solved(facts, labels, limits={"plans": ["only-a", "both"]})
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
    facts = with_plans(market({"p/m": offer(100)}), flat=seat(20.0, usd=100.0))
    assert solved(facts, limits={"plans": ["flat"], "budget": 30.0}).cost == pytest.approx(20.0)
    plan = solved(facts, limits={"plans": ["flat"], "budget": 19.0})
    assert (plan.status, plan.conflicts) == ("infeasible", ("limits.budget",))
    (repair,) = plan.repairs
    assert (repair.path, repair.to, repair.cost) == ("limits.budget", 20.0, pytest.approx(20.0))
    assert solved(facts, limits={"budget": 30.0}).status == "infeasible"


def test_the_best_quality_within_a_budget_buys_what_it_needs() -> None:
    # good costs 100 at p, fair 10 at q. A plan of 20 USD covers 90 of good's 100: a share g of good costs 20
    # and, up to 0.9, nothing more; 21 with fair's tenth. Each share beyond costs 90 more: 21 + 90 d = 25.
    facts = market({"p/good": offer(100), "q/fair": offer(10)}, good=coding(90), fair=coding(40))
    facts = with_plans(facts, flat={**seat(20.0, usd=90.0), "max_units": 1})
    plan = solved(
        facts,
        {"work": {"skills": {"coding": 1.0}}},
        objective="quality",
        limits={"plans": ["flat"], "budget": 25.0},
    )
    assert mix(plan)["p/good"] == pytest.approx(0.9 + 4 / 90, abs=1e-6)
    assert plan.cost == pytest.approx(25.0)
    assert plan.plans["flat"].units == 1


def test_of_free_offers_the_best_one_serves() -> None:
    # A free tier of 2,000 requests covers all of either model: both cost nothing, the better one is taken.
    facts = market({"p/a": offer(3), "p/b": offer(9), "q/b": offer(1)}, a=coding(40), b=coding(60))
    facts = with_plans(facts, free={**seat(0.0, requests=2_000.0), "max_units": 1})
    plan = solved(facts, {"work": codes(30, requests=1_000, input_tokens=1_000)}, limits={"plans": ["free"]})
    assert (mix(plan), plan.cost) == ({"p/b": 1.0}, pytest.approx(0.0, abs=1e-9))
    assert plan.plans["free"].covered == pytest.approx({"requests": 1_000})


def test_a_credit_without_end_covers_everything() -> None:
    facts = with_plans(market({"p/m": offer(7)}), credit=seat(0.0, usd=3.0))
    plan = solved(facts, limits={"plans": ["credit"]})
    assert (plan.cost, plan.plans["credit"].units) == (
        pytest.approx(0.0, abs=1e-9),
        3,
    )  # 7 / 3, in whole units


def test_a_plan_of_a_provider_that_is_out_buys_nothing() -> None:
    facts = with_plans(market({"p/m": offer(9), "q/m": offer(10)}), flat=seat(1.0, usd=100.0))
    plan = solved(facts, limits={"plans": ["flat"], "deny_providers": ["p"]})
    assert (mix(plan), plan.plans, plan.cost) == ({"q/m": 1.0}, {}, pytest.approx(10.0))


def test_growth_grows_what_is_covered() -> None:
    # 10 USD of list cost times 5: a plan of 20 USD for 50 pays now.
    facts = with_plans(market({"p/m": offer(10)}), flat=seat(20.0, usd=50.0))
    assert solved(facts, limits={"plans": ["flat"]}).cost == pytest.approx(10.0)
    assert solved(facts, limits={"plans": ["flat"], "growth": 5.0}).cost == pytest.approx(20.0)


def test_a_plan_named_twice_is_one_plan() -> None:
    facts = with_plans(market({"p/m": offer(100)}), one={**seat(10.0, usd=50.0), "max_units": 1})
    assert solved(facts, limits={"plans": ["one", "one"]}).cost == pytest.approx(60.0)


def test_an_unknown_plan_is_an_error() -> None:
    facts = with_plans(market({"p/m": offer(1)}), flat=seat(1.0, usd=2.0))
    with pytest.raises(InputError, match=r"unknown plan 'falt' \(did you mean 'flat'\?\)"):
        solved(facts, limits={"plans": ["falt"]})


CHECKED_ON_PAPER = """
schema = 1
as_of = 2026-11-01
[providers.p]
base_url = "https://p.example/v1"
[providers.q]
base_url = "https://q.example/v1"
[models.m]
context = 1_000_000
skills = { coding = 60.0 }
[offers."p/m"]
input = 1.0
output = 1.0
[offers."q/m"]
input = 1.2
output = 1.2
[plans.max]
provider = "p"
usd_per_month = 20.0
allowance = { usd = 100.0 }
max_units = 2
note = "only through the maker's own client, not with an API key"
[plans.mini]
provider = "p"
usd_per_month = 9.0
allowance = { usd = 10.0 }
"""
ROUTING = """
schema = 1
[limits]
plans = ["max", "mini"]
[labels.work]
requests = 1_000
input_tokens = 130_000
output_tokens = 0
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """130 USD of list cost at p, 156 at q; a `max` covers 100 for 20, a `mini` 10 for 9."""
    (tmp_path / "facts.toml").write_text(CHECKED_ON_PAPER)
    (tmp_path / "routing.toml").write_text(ROUTING)
    return str(tmp_path / "routing.toml"), str(tmp_path / "facts.toml")


def test_solve_says_what_is_bought(files: tuple[str, str]) -> None:
    # Two max cover all 130 for 40; one max and three mini would be 20 + 27.
    text, status = ran(solve, files[0], "--catalog", files[1])
    assert status == 0
    assert "2 x max: 40.00 USD/month, covers 130.00 of 200.00 USD of list prices" in text
    assert "saves 130.00 at list, 90.00 in all" in text
    assert "total 40.00 USD/month" in text
    assert "max: only through the maker's own client, not with an API key" in text
    plan = json.loads(ran(solve, files[0], "--catalog", files[1], "--json")[0])
    assert plan["cost"] == pytest.approx(40.0)
    bought = plan["plans"]["max"]
    assert {key: bought[key] for key in ("units", "cost", "saves")} == {
        "units": 2,
        "cost": 40.0,
        "saves": 130.0,
    }
    assert bought["covered"] == {"usd": 130.0}


def test_explain_says_what_a_unit_is_worth_and_from_where_on_it_pays(files: tuple[str, str]) -> None:
    # One max less: 20 + 3 * 9 for the other 30 = 47, 7 more than 40. A mini more costs its 9. The first max
    # pays where it beats two mini, 18 for 20 USD, and 2 more at list: from 22 of today's 130 USD on. A mini
    # pays again where two max are used up, and 9 USD are left: from 209 on.
    text, _ = ran(explain, files[0], "--catalog", files[1])
    assert "max: 2 units; one less +7.00 USD a month; pays from x0.169 of today's traffic" in text
    assert "mini: not bought; one more +9.00 USD a month; would pay from x1.61 of today's traffic" in text
    worths = json.loads(ran(explain, files[0], "--catalog", files[1], "--json")[0])["subscriptions"]
    assert [worth["pays_from"] for worth in worths] == pytest.approx([22 / 130, 209 / 130], rel=1e-4)
    assert worths[0]["more"] is None  # two are all there are
    assert worths[1]["requests"] == pytest.approx(1_000 * 209 / 130, rel=1e-4)


def test_a_volume_that_time_cut_short_is_said(files: tuple[str, str]) -> None:
    routing, facts = load_routing(files[0]), load_catalog(Path(files[1]))
    used_up, spare = plan_worths(routing, Compiler(facts, TODAY), 0.0)
    assert used_up.cut and spare.cut and used_up.units == 2 and used_up.less is None
    assert "time was out" in worth_text(routing, used_up)
    assert "at no volume" not in worth_text(routing, spare)


def test_robust_says_in_json_too_that_its_worst_cases_are_at_list_prices(files: tuple[str, str]) -> None:
    quick = ("--samples", "0", "-k", "1", "--catalog", files[1])
    (note,) = json.loads(ran(robust, files[0], *quick, "--json")[0])["notes"]
    assert note == "The worst cases are at list prices: what subscriptions cover is left out of them."
    assert note in ran(robust, files[0], *quick)[0]
    assert json.loads(ran(robust, files[0], *quick, "--set", "limits.plans=[]", "--json")[0])["notes"] == []


def test_doubtful_plans_are_said(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    free = "usd_per_month = 0.0\nallowance = { requests = 5.0 }"
    text = CHECKED_ON_PAPER.replace("usd_per_month = 9.0\nallowance = { usd = 10.0 }", free)
    text = text.replace('[plans.max]\nprovider = "p"', '[plans.max]\nprovider = "q"\nmodels = ["n"]')
    Path(files[1]).write_text(text.replace("usd = 100.0", "usd = 19.0") + "[models.n]\ncontext = 1_000\n")
    found = {(f.severity, f.path): f.message for f in check_plans(load_catalog(files[1]), TODAY)}
    assert found == {
        ("error", 'plans."max".models'): "covers nothing: q offers none of them",
        ("warning", 'plans."max".allowance.usd'): "a unit costs 20 USD and covers no more: it never pays",
        (
            "warning",
            'plans."mini".max_units',
        ): "costs nothing and has no max_units, so that it covers everything",
    }
    Path(files[1]).write_text(
        CHECKED_ON_PAPER.replace('[plans.max]\nprovider = "p"', '[plans.max]\nprovider = "q"')
    )
    ran(solve, files[0], "--catalog", files[1], "--set", "limits.deny_providers=q")
    said = capsys.readouterr().err
    assert "limits.plans: max buys nothing, as limits.deny_providers keeps q out" in said
    assert "mini buys nothing" not in said


def test_a_plan_of_a_provider_that_sells_none_of_its_models_is_refused(files: tuple[str, str]) -> None:
    other = '[providers.z]\n[plans.max]\nprovider = "z"\nmodels = ["m"]'
    Path(files[1]).write_text(CHECKED_ON_PAPER.replace('[plans.max]\nprovider = "p"', other))
    message = r"limits\.plans: 'max' covers nothing: z offers none of m \(sold by p, q\)"
    with pytest.raises(InputError, match=message):
        ran(solve, files[0], "--catalog", files[1])


def test_the_catalogue_shows_a_plan(files: tuple[str, str]) -> None:
    text = ran(catalog, "show", "max", "--catalog", files[1])[0]
    assert "plan max, of p" in text and "20 USD a month and unit" in text and "at most 2" in text
    (facts,) = json.loads(ran(catalog, "show", "max", "--catalog", files[1], "--json")[0])
    assert facts["facts"]["allowance"]["usd"] == 100.0


def test_an_export_says_which_offers_rest_on_a_plan(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    text, status = ran(export, "litellm", files[0], "--catalog", files[1])
    assert status == 0 and text
    assert (
        "note: the cost rests on the plan max (2 x, 40.00 USD a month in all), which covers p/m (work, 100%);"
        " only through the maker's own client, not with an API key"
    ) in capsys.readouterr().err


def test_what_is_left_of_an_allowance_makes_a_fallback_cheap() -> None:
    # Of the fallbacks for p/a q costs 5, r 9; but r has a plan, bought for the other label, with room left.
    facts = market({"p/a": offer(1), "q/b": offer(5), "r/c": offer(9)})
    facts = with_plans(facts, room={"provider": "r", "usd_per_month": 2.0, "allowance": {"usd": 50.0}})
    labels: dict[str, dict[str, Any]] = {"work": {}, "other": {"allow": ["r/c"]}}
    plan = solved(facts, labels, limits={"plans": ["room"]})
    assert (mix(plan), plan.labels["work"].fallbacks) == ({"r/c": 1.0}, ("p/a", "q/b"))
    labels["work"]["allow"] = ["p/a", "q/b", "r/c"]
    labels["work"]["pin"] = {"p/a": 1.0}
    assert solved(facts, labels, limits={"plans": ["room"]}).labels["work"].fallbacks == ("r/c", "q/b")


def test_given_routes_are_judged_by_what_the_month_truly_costs() -> None:
    # 100 USD at p, a plan of 20 covers it: the routes keep a budget of 30.
    facts = with_plans(market({"p/m": offer(100), "q/m": offer(110)}), flat=seat(20.0, usd=100.0))
    routing = Routing.model_validate(
        {"labels": {"work": MILLION}, "limits": {"plans": ["flat"], "budget": 30.0}}
    )
    compiler = Compiler(facts, TODAY)
    plan, breaks = evaluate(routing, compiler, compiler.compile(routing), np.array([[1.0, 0.0]]))
    assert (plan.cost, breaks) == (pytest.approx(20.0), ())
    _, breaks = evaluate(routing, compiler, compiler.compile(routing), np.array([[0.0, 1.0]]))
    assert [broken.rule for broken in breaks] == ["limits.budget"]


def test_held_units_cover_other_volumes_and_prices() -> None:
    # Two labels of 10 USD at p and one unit that covers 15 USD for 5. Volumes x2 and prices x1, x3 and 1:
    # list 20 + 10 = 30, of which 15 are covered: -10. At prices x3: 5 - 15 again.
    facts = with_plans(market({"p/m": offer(10)}), flat={**seat(5.0, usd=15.0), "max_units": 1})
    routing = Routing.model_validate({"labels": {"x": MILLION, "y": MILLION}, "limits": {"plans": ["flat"]}})
    problem = Compiler(facts, TODAY).compile(routing)
    volume, price = np.array([[2.0, 1.0], [0.2, 0.2]]), np.array([[3.0], [1.0]])
    costs = held_units_cost(problem, np.ones((2, 1)), volume, price)
    assert costs == pytest.approx([5 - 15, 5 - 4])  # the second month has but 4 USD to cover


def test_growth_says_where_a_subscription_is_first_bought(files: tuple[str, str]) -> None:
    arguments = (files[0], "--catalog", files[1], "--growth")
    path = json.loads(ran(scenarios, *arguments, "--low", "0.8", "--high", "1.7", "--json")[0])["growth"]
    # From 109 of 130 USD on a mini covers what one max leaves; from 122 on a second max is no dearer: 40.
    assert [switch["at"] * 130 for switch in path["switches"]] == pytest.approx([109, 122, 209], rel=1e-5)
    bought = [sorted(switch["after"]["plans"]) for switch in path["switches"]]
    assert bought == [["max", "mini"], ["max"], ["max", "mini"]]
    assert "buys mini" in ran(scenarios, *arguments, "--low", "0.83", "--high", "0.85")[0]


def test_free_units_cover_all_there_is_however_small_they_are() -> None:
    # 12 G tokens at a thousandth of a token a unit: 12 T units, none of which saves a visible part.
    facts = with_plans(market({"p/m": offer(1), "q/m": offer(0.5)}), crumb=seat(0.0, tokens=0.001))
    plan = solved(
        facts, {"work": {"requests": 120_000, "input_tokens": 100_000}}, limits={"plans": ["crumb"]}
    )
    assert (mix(plan), plan.cost) == ({"p/m": 1.0}, pytest.approx(0.0, abs=1e-6))


EXAMPLE = Path(__file__).parents[2] / "examples" / "one-seat-and-overage"


def test_the_example_comes_to_what_it_says() -> None:
    words = (str(EXAMPLE / "routing.toml"), "--catalog", str(EXAMPLE / "catalog.toml"))
    for requests, total in ((400, "16.00"), (900, "20.00"), (3_000, "100.00")):
        text, _ = ran(solve, *words, "--set", f"labels.work.requests={requests}")
        assert f"total {total} USD/month" in text
    (seat_worth,) = json.loads(ran(explain, *words, "--json")[0])["subscriptions"]
    assert seat_worth["requests"] == pytest.approx(500, rel=1e-4)
    assert seat_worth["less"] == pytest.approx(20)  # 120 without the seat


def test_the_reduced_cost_counts_what_is_covered_and_is_none_of_what_may_be() -> None:
    # p/a, 10 USD, is covered by a unit of 5. q/b, 8 USD, serves from 5 USD on: too dear by 3. p/x, 12 USD,
    # may be covered itself, but for 10 USD only: its price does not say what it costs. At 5 USD it is as dear
    # as the unit.
    facts = with_plans(
        market(
            {"p/a": offer(10.0), "p/x": offer(12.0), "q/b": offer(8.0)},
            **dict.fromkeys("abx", coding(70.0)),
        ),
        seat={**seat(5.0, usd=10.0), "max_units": 1},
    )
    routing = Routing.model_validate(
        {"limits": {"plans": ["seat"]}, "labels": {"work": {**MILLION, **codes(60)}}}
    )
    compiler = Compiler(facts, TODAY)
    dear = why_not(routing, compiler, "work", "q/b", 10.0)
    assert dear.reduced_cost == pytest.approx(3.0) and dear.enters.price_factor == pytest.approx(5 / 8)
    covered = why_not(routing, compiler, "work", "p/x", 10.0)
    assert covered.reduced_cost is None and covered.enters.price_factor == pytest.approx(5 / 12, rel=1e-4)
