"""Limits of the whole router, ties, fallbacks and clashes, in cases that can be checked on paper."""

from __future__ import annotations

from typing import Any

import pytest

from modelpick.engine.adapters.report.plan import plan_text
from tests.engine.by_hand import codes, coding, market, mix, offer, solved

TWO = {"easy": codes(40), "hard": codes(80)}
SCORED = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def test_labels_are_picked_apart() -> None:
    plan = solved(SCORED, TWO)
    assert (mix(plan, "easy"), mix(plan, "hard")) == ({"p/cheap": 1.0}, {"q/good": 1.0})
    assert plan.cost == pytest.approx(4.0)


@pytest.mark.parametrize("limit", ["max_models", "max_providers"])
def test_one_for_all_is_the_one_that_all_can_use(limit: str) -> None:
    plan = solved(SCORED, TWO, limits={limit: 1})
    assert (mix(plan, "easy"), plan.cost) == ({"q/good": 1.0}, pytest.approx(6.0))


def test_no_provider_has_more_than_its_share_of_all_requests() -> None:
    # Three quarters of 2 M requests may go to q: good takes hard's million and half of easy's.
    catalog = market({"p/cheap": offer(3), "q/good": offer(1)}, cheap=coding(40), good=coding(80))
    plan = solved(catalog, TWO, limits={"max_provider_share": 0.75})
    assert mix(plan, "easy") == {"p/cheap": 0.5, "q/good": 0.5}
    assert plan.cost == pytest.approx(1 + 0.5 + 1.5)


def test_rate_limits_count_the_peak_of_all_labels() -> None:
    # 876,000 requests a month are 20 a minute, 100 at a peak of 5; 25 of them fit: a quarter.
    catalog = market({"p/small": offer(1, rpm=25), "q/large": offer(2)})
    plan = solved(catalog, {"a": {"requests": 438_000}, "b": {"requests": 438_000}}, limits={"peak": 5.0})
    assert plan.cost == pytest.approx(0.876 * (0.25 * 1 + 0.75 * 2), rel=1e-9)


def test_token_limits_count_input_and_output() -> None:
    # 43,800 requests a month are 1 a minute, 60 + 40 tokens each; 50 of 100 fit.
    catalog = market({"p/small": offer(1, tpm=50), "q/large": offer(2)})
    label = {"requests": 43_800, "input_tokens": 60, "output_tokens": 40}
    assert mix(solved(catalog, {"work": label})) == {"p/small": 0.5, "q/large": 0.5}


def test_one_model_goes_before_a_mix_of_two_that_costs_as_much() -> None:
    # Half of 40 points at 1 USD and half of 80 at 3 are 60 points at 2, as mid has alone.
    offers = {"p/cheap": offer(1), "p/mid": offer(2), "p/good": offer(3)}
    skilled = {"cheap": coding(40), "mid": coding(60), "good": coding(80)}
    assert mix(solved(market(offers, **skilled), {"work": codes(60)})) == {"p/mid": 1.0}
    # For 2 USD likewise; and at 50 points a mix that has good's time goes before one that has not: half of
    # mid is 0.5 * 2 + 0.5 * 1 = 1.5 USD, as a quarter of good and three of cheap. Mid takes 4 seconds.
    budget = {"limits": {"budget": 2.0}, "objective": "quality"}
    assert mix(solved(market(offers, **skilled), {"work": {"skills": {"coding": 1.0}}}, **budget)) == {
        "p/mid": 1.0
    }
    # At most 0.6 at p, where cheap and mid are: two models do, at 0.5 each, where three would cost as much.
    apart = {"p/cheap": offer(1), "p/mid": offer(2), "q/good": offer(3)}
    plan = solved(market(apart, **skilled), {"work": codes(60)}, limits={"max_provider_share": 0.6})
    assert mix(plan) == {"p/cheap": 0.5, "q/good": 0.5}
    for key, ttft in (("p/cheap", 1.0), ("p/mid", 4.0), ("p/good", 1.0)):
        offers[key] |= {"ttft": ttft, "tps": 1e9}
    assert mix(solved(market(offers, **skilled), {"work": codes(50)})) == {"p/good": 0.25, "p/cheap": 0.75}
    assert mix(solved(market(offers, **skilled), {"work": codes(60)})) == {"p/good": 0.5, "p/cheap": 0.5}


def test_the_budget_buys_quality() -> None:
    # 2 USD buy half of each: quality 60.
    plan = solved(SCORED, {"work": {"skills": {"coding": 1.0}}}, objective="quality", limits={"budget": 2.0})
    assert (mix(plan), plan.quality) == ({"p/cheap": 0.5, "q/good": 0.5}, pytest.approx(60.0))


@pytest.mark.parametrize(
    ("limits", "facts"),
    [
        ({"providers": ["q"]}, {}),
        ({"deny_providers": ["p"]}, {}),
        ({"models": ["good"]}, {}),
        ({"deny_models": ["cheap"]}, {}),
        ({"open_weights": True}, {"good": {"open_weights": True}}),
        ({"trains_on_data": False}, {"provider_q": {"trains_on_data": False}}),
    ],
)
def test_limits_that_take_offers_out(limits: dict[str, Any], facts: dict[str, Any]) -> None:
    catalog = market({"p/cheap": offer(1), "q/good": offer(3)}, **facts)
    assert mix(solved(catalog, limits=limits)) == {"q/good": 1.0}


EQUALS = market(
    {"b/plain": offer(1), "a/plain": offer(1), "z/fine": offer(1), "y/fine": offer(1), "x/dear": offer(2)},
    plain=coding(50),
    fine=coding(70),
    dear=coding(90),
)


@pytest.mark.parametrize("rules", [{}, {"max_models": 1}, {"max_models": 3}, {"min_share": 0.1}])
def test_of_equal_cost_the_higher_quality_then_the_name(rules: dict[str, Any]) -> None:
    assert mix(solved(EQUALS, {"work": {"skills": {"coding": 1.0}, **rules}})) == {"y/fine": 1.0}
    unscored = market({"b/m": offer(1), "a/m": offer(1), "c/m": offer(1)})
    assert mix(solved(unscored, {"work": rules})) == {"a/m": 1.0}


# Of one price and quality; slow is first by name, quick answers in 1 + 10 / 100 s, unknown has no speed.
SPEEDS = market(
    {
        "a/unknown": offer(1),
        "b/slow": offer(1, ttft=2.0, tps=100.0),
        "c/quick": offer(1, ttft=1.0, tps=100.0),
        "d/quick": offer(1, ttft=1.0, tps=100.0),
        "e/best": offer(2, ttft=9.0, tps=100.0),
    },
    unknown=coding(50),
    slow=coding(50),
    quick=coding(50),
    best=coding(70),
)


@pytest.mark.parametrize("rules", [{}, {"max_models": 1}, {"max_models": 3}, {"min_share": 0.1}])
@pytest.mark.parametrize("limits", [{}, {"max_models": 1}, {"max_providers": 1}, {"budget": 50.0}])
def test_of_equal_cost_and_quality_the_lower_median_latency_then_the_name(
    rules: dict[str, Any], limits: dict[str, Any]
) -> None:
    facts = {"skills": {"coding": 1.0}, "output_tokens": 10, **rules}
    assert mix(solved(SPEEDS, {"work": facts}, limits=limits)) == {"c/quick": 1.0}
    # Without the quick ones the slow one before the unknown one, which comes first by name.
    facts["deny"] = ["c/quick", "d/quick"]
    assert mix(solved(SPEEDS, {"work": facts}, limits=limits)) == {"b/slow": 1.0}


def test_in_a_mix_of_equal_cost_the_faster_partner_carries_the_rest() -> None:
    # 60 needs half of e/best, at 2 USD; the other half costs 1 USD wherever it is.
    plan = solved(SPEEDS, {"work": codes(60, output_tokens=0)})
    assert mix(plan) == {"c/quick": 0.5, "e/best": 0.5} and plan.cost == pytest.approx(1.5)


def test_higher_quality_goes_before_latency_and_latency_before_fewer_models() -> None:
    facts = {"skills": {"coding": 1.0}, "output_tokens": 10}
    catalog = market(
        {"a/dull": offer(1, ttft=0.1, tps=900.0), "b/fine": offer(1, ttft=9.0, tps=1.0)},
        dull=coding(50),
        fine=coding(51),
    )
    assert mix(solved(catalog, {"work": facts})) == {"b/fine": 1.0}
    # Both labels could have a/any, one model in all; the one with tools only is faster where it may serve.
    catalog = market(
        {"a/any": offer(1, ttft=2.0, tps=100.0), "b/fast": offer(1, ttft=1.0, tps=100.0)},
        any=coding(50) | {"features": ["tools"]},
        fast=coding(50),
    )
    plan = solved(catalog, {"one": facts, "two": {**facts, "features": ["tools"]}})
    assert (mix(plan, "one"), mix(plan, "two")) == ({"b/fast": 1.0}, {"a/any": 1.0})


def test_of_equal_cost_fewer_models_and_the_name_also_where_labels_are_coupled() -> None:
    # Half of all requests a provider: y and z carry one label each, and each label has one of them.
    label = {"skills": {"coding": 1.0}}
    plan = solved(EQUALS, {"one": label, "two": label}, limits={"max_provider_share": 0.5})
    assert plan.cost == pytest.approx(2.0)
    assert plan.quality == pytest.approx(70.0)
    assert sorted([*mix(plan, "one"), *mix(plan, "two")]) == ["y/fine", "z/fine"]
    plan = solved(EQUALS, {"one": label, "two": label}, limits={"max_models": 1, "max_provider_share": 0.5})
    assert sorted([*mix(plan, "one"), *mix(plan, "two")]) == ["y/fine", "z/fine"]


@pytest.mark.parametrize("important", ["one", "two"])
def test_of_plans_that_cost_the_same_in_all_the_better_is_taken_though_labels_cost_more(
    important: str,
) -> None:
    # a/plain, at 1 USD, has room for one of two labels: either way the other pays 2 for b/good. The label of
    # weight 2 has it: (50 + 2 * 80) / 3.
    catalog = market({"a/plain": offer(1, rpm=30), "b/good": offer(2)}, plain=coding(50), good=coding(80))
    labels: dict[str, dict[str, Any]] = {"one": codes(40, max_models=1), "two": codes(40, max_models=1)}
    labels[important]["weight"] = 2.0
    plan = solved(catalog, labels)
    assert plan.cost == pytest.approx(3.0) and plan.quality == pytest.approx(70.0)
    assert mix(plan, important) == {"b/good": 1.0}


def test_a_label_without_requests_has_its_own_machine_where_that_is_the_best() -> None:
    # No request needs no replica: own/good costs the idle label nothing, as p/fair does.
    catalog = market(
        {"own/good": offer(0, hosting={"usd_per_hour": 1.0, "rpm": 60}), "p/fair": offer(1)},
        good=coding(80),
        fair=coding(60),
    )
    plan = solved(catalog, {"idle": codes(40, requests=0), "busy": codes(40)})
    assert (mix(plan, "idle"), mix(plan, "busy")) == ({"own/good": 1.0}, {"p/fair": 1.0})
    assert plan.cost == pytest.approx(1.0) and plan.replicas == {}


def test_what_is_better_by_less_than_the_solver_can_tell_leaves_no_plan_worse() -> None:
    # At 0.9 z/unsure counts its low end, 50, and a ten-millionth more than y/plain (z is 1.2815516 in the
    # contract, 1.28155157 in truth). x/fair has room for two of three labels: (60 + 60 + 50) / 3.
    unsure = {"fitted": {"coding": {"value": 60.0, "low": 50.0, "high": 65.0}}}
    catalog = market(
        {
            "x/fair": offer(1),
            "x/plain": offer(1, rpm=23),
            "y/plain": offer(1),
            "z/unsure": offer(1),
        },
        fair=coding(60),
        plain=coding(50),
        unsure=unsure,
    )
    label = {"skills": {"coding": 1.0}, "max_models": 1}
    limits = {"confidence": 0.9, "max_provider_share": 0.7}
    plan = solved(catalog, {"one": label, "two": label, "three": label}, limits=limits)
    assert plan.cost == pytest.approx(3.0) and plan.counted == pytest.approx(170 / 3)


def test_a_mix_at_equal_cost_is_one_of_fewer_offers() -> None:
    # 75 needs a quarter of dear, whoever sells fine: 0.75 * 1 + 0.25 * 2.
    plan = solved(EQUALS, {"work": codes(75)})
    assert (mix(plan), plan.cost) == ({"x/dear": 0.25, "y/fine": 0.75}, pytest.approx(1.25))


def test_fallbacks_are_on_other_providers_cheapest_first() -> None:
    offers = {
        "a/m": offer(1),
        "a/n": offer(1.5),
        "b/m": offer(3),
        "c/m": offer(2),
        "d/m": offer(4, context=10),
    }
    plan = solved(market(offers), {"work": {"context": 50}})
    assert mix(plan) == {"a/m": 1.0}
    assert plan.labels["work"].fallbacks == ("c/m", "b/m")


def test_a_region_or_a_tier_of_a_provider_goes_down_with_it() -> None:
    """a-eu is a's: not a fallback of a while b and c are there, and of c and c-flex the cheaper one."""
    offers = {"a/m": offer(1), "a-eu/m": offer(1.1), "c-flex/m": offer(1.5), "c/m": offer(2), "b/m": offer(3)}
    variants = {"provider_a-eu": {"variant_of": "a"}, "provider_c-flex": {"variant_of": "c"}}
    plan = solved(market(offers, **variants))
    assert mix(plan) == {"a/m": 1.0}
    assert plan.labels["work"].fallbacks == ("c-flex/m", "b/m")


def test_where_no_other_provider_is_left_the_own_one_falls_back() -> None:
    assert solved(market({"a/m": offer(1), "a/n": offer(2)})).labels["work"].fallbacks == ("a/n",)


def test_what_clashes_is_named() -> None:
    plan = solved(SCORED, {"easy": codes(40), "hard": codes(80, max_latency=900)}, limits={"budget": 50.0})
    assert plan.status == "infeasible"
    assert plan.conflicts == ("labels.hard.max_latency",)  # no speed is known
    plan = solved(SCORED, TWO, limits={"budget": 3.5})
    assert set(plan.conflicts) == {"limits.budget", "labels.hard.min_quality"}
    assert (plan.cost, plan.labels) == (None, {})


class TestFallbacksFarBelow:
    """A label's floor holds for its mix; what stands in for it may be far worse, and that is said."""

    MARKET = market(
        {"a/small": offer(1), "b/large": offer(3), "c/middle": offer(2)},
        small=coding(28),
        large=coding(85),
        middle=coding(71),
    )

    def test_is_a_note_of_the_plan_and_is_printed(self) -> None:
        plan = solved(self.MARKET, {"work": codes(81, max_models=1)})
        # 85 is the only one of at least 81; 71 is 10 below it, and 28 is 53 below.
        assert plan.labels["work"].fallbacks == ("a/small", "c/middle")
        note = "work: fallbacks far below min_quality 81: a/small (28.0 points), c/middle (71.0 points)"
        assert plan.notes == (note,) and note in plan_text(plan)

    def test_one_far_below_is_left_out_where_another_is_nearer(self) -> None:
        # 80 - 71 = 9 points are not worth a line; 80 - 28 = 52 are, and c is there in a's place.
        plan = solved(self.MARKET, {"work": codes(80, max_models=1)})
        assert (plan.labels["work"].fallbacks, plan.notes) == (("c/middle",), ())

    def test_without_a_floor_or_far_fallbacks_nothing_is_said(self) -> None:
        assert solved(self.MARKET, {"work": {"skills": {"coding": 1.0}}}).notes == ()
        assert (
            solved(self.MARKET, {"work": codes(81, max_models=1, deny=["a/small", "c/middle"])}).notes == ()
        )


TOOLS = {"features": ["tools"]}


def levels(low: float, high: float) -> dict[str, Any]:
    """Three levels of a model that differ in verbosity alone."""
    efforts = {"low": {"verbosity": low}, "medium": {}, "high": {"verbosity": high}}
    return {"default_effort": "medium", "efforts": efforts}


def test_near_offers_make_a_far_mix_which_is_looked_at_before_nothing_is_said_to_fit() -> None:
    # b is 3,000 of 3,500 requests, so that q, held to 70 %, needs r/m1 beside it: for 1,050 requests at
    # (1,000 x 3.906 + 100 x 19.402)/1M = 0.0058462 USD and 5.5 % fee. Of m0 and m4 at q, one of which may be
    # used besides, m4 is the cheaper: 2,450 requests at (1,000 x 2.168 + 100 x 5.412)/1M = 0.0027092.
    facts = market(
        {
            "q/m0": {"input": 2.382, "output": 11.637},
            "r/m1": {"input": 3.906, "output": 19.402},
            "p/m3": {"input": 0.375, "output": 1.34},
            "q/m3": {"input": 0.106, "output": 0.36},
            "q/m4": {"input": 2.168, "output": 5.412},
        },
        m0={**TOOLS, **levels(0.4, 1.0)},
        m1=TOOLS,
        m3=levels(3.0, 0.4),
        m4=TOOLS,
        provider_p={"fee": 0.055},
        provider_r={"fee": 0.055},
    )
    work = {"input_tokens": 1000, "output_tokens": 100}
    labels: dict[str, dict[str, Any]] = {
        "a": {**work, "requests": 500, "max_models": 2},
        "b": {**work, "requests": 3000, "features": ["tools"]},
    }
    plan = solved(facts, labels, limits={"max_models": 2, "max_provider_share": 0.7})
    assert plan.cost == pytest.approx(1_050 * 0.0058462 * 1.055 + 2_450 * 0.0027092)
