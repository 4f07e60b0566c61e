"""Rules of a label, one by one, in cases that can be checked on paper."""

from __future__ import annotations

import pytest

from modelpick.engine import Routing
from modelpick.engine.solver.compile.eligibility import exclusions
from modelpick.engine.solver.compile.offer_table import build_offer_table
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, mix, offer, solved

CHEAP_AND_GOOD = market({"p/cheap": offer(1), "p/good": offer(3)}, cheap=coding(40), good=coding(80))


def test_without_rules_the_cheapest_takes_all() -> None:
    plan = solved(CHEAP_AND_GOOD)
    assert (plan.status, plan.cost, plan.gap, mix(plan)) == ("optimal", 1.0, 0.0, {"p/cheap": 1.0})


def test_a_quality_between_two_models_is_mixed() -> None:
    # 60 lies half-way between 40 and 80, so half of each: (1 + 3) / 2 = 2 USD.
    plan = solved(CHEAP_AND_GOOD, {"work": codes(60)})
    assert mix(plan) == {"p/cheap": 0.5, "p/good": 0.5}
    assert plan.cost == pytest.approx(2.0, rel=1e-9)
    assert plan.quality == pytest.approx(60.0, rel=1e-9)


def test_one_model_only_cannot_be_mixed() -> None:
    plan = solved(CHEAP_AND_GOOD, {"work": codes(60, max_models=1)})
    assert (mix(plan), plan.cost) == ({"p/good": 1.0}, 3.0)


def test_a_least_share_pushes_the_mix_off_its_ideal() -> None:
    # 44 asks for a tenth of good. Where a model in use carries at least 0.3: 0.7 * 1 + 0.3 * 3 = 1.6 USD.
    plan = solved(CHEAP_AND_GOOD, {"work": codes(44, min_share=0.3)})
    assert mix(plan) == {"p/cheap": 0.7, "p/good": 0.3}
    assert plan.cost == pytest.approx(1.6, rel=1e-9)


def test_quality_of_each_is_not_quality_of_the_mix() -> None:
    plan = solved(CHEAP_AND_GOOD, {"work": {"skills": {"coding": 1.0}, "min_quality_each": 50}})
    assert mix(plan) == {"p/good": 1.0}


def test_quality_weighs_the_skills() -> None:
    # coder: (3 * 90 + 1 * 10) / 4 = 70; thinker: (3 * 60 + 1 * 90) / 4 = 67.5.
    catalog = market(
        {"p/coder": offer(2), "p/thinker": offer(1)},
        coder={"skills": {"coding": 90, "reasoning": 10}},
        thinker={"skills": {"coding": 60, "reasoning": 90}},
    )
    label = {"skills": {"coding": 3.0, "reasoning": 1.0}, "min_quality": 67.5}
    assert solved(catalog, {"work": label}).quality == pytest.approx(67.5)
    assert mix(solved(catalog, {"work": {**label, "min_quality": 70}})) == {"p/coder": 1.0}


def test_an_unscored_model_is_out_only_where_quality_counts() -> None:
    catalog = market({"p/new": offer(1), "p/known": offer(2)}, known=coding(50))
    assert mix(solved(catalog, {"work": {"skills": {"coding": 1.0}}})) == {"p/new": 1.0}
    assert mix(solved(catalog, {"work": codes(10)})) == {"p/known": 1.0}


def test_late_requests_add_up() -> None:
    # Spread 2 means p95 = 2 * median. slow: median 10 s, half of its requests take longer than 10 s. sure:
    # median 5 s, p95 is 10 s, so 5 % do. Percentile 75 allows 25 % late: 0.5 * t + 0.05 * (1 - t) = 0.25,
    # t = 0.2 / 0.45 = 4/9.
    catalog = market(
        {"p/slow": offer(1, ttft=10, tps=1, spread=2), "p/sure": offer(2, ttft=5, tps=1, spread=2)}
    )
    plan = solved(catalog, {"work": {"max_latency": 10, "percentile": 75}})
    assert mix(plan) == {"p/slow": round(4 / 9, 6), "p/sure": round(5 / 9, 6)}
    assert plan.labels["work"].late == pytest.approx(0.25, abs=1e-6)
    assert plan.labels["work"].latency == pytest.approx(10.0, rel=1e-6)


def test_latency_is_first_token_plus_output() -> None:
    # 1 s + 90 tokens * verbosity 2 / 60 a second = 4 s at the median, 8 s at the 95th percentile.
    catalog = market({"p/m": offer(1, ttft=1, tps=60, spread=2)}, m={"verbosity": 2.0})
    plan = solved(catalog, {"work": {"output_tokens": 90}})
    assert plan.labels["work"].latency == pytest.approx(8.0, rel=1e-6)


def test_unknown_speed_is_out_under_a_latency_limit_unless_it_may_wait() -> None:
    catalog = market({"p/unknown": offer(1), "p/timed": offer(2, ttft=1, tps=100)})
    assert mix(solved(catalog, {"work": {"max_latency": 60}})) == {"p/timed": 1.0}
    assert mix(solved(catalog, {"work": {"max_latency": 60, "batch": True}})) == {"p/unknown": 1.0}


def test_two_providers_carry_at_least_a_hundredth_each() -> None:
    catalog = market({"a/m": offer(1), "b/m": offer(2)})
    plan = solved(catalog, {"work": {"min_providers": 2}})
    assert mix(plan) == {"a/m": 0.99, "b/m": 0.01}
    assert plan.cost == pytest.approx(1.01, rel=1e-9)


def test_a_pin_is_that_share_exactly() -> None:
    plan = solved(CHEAP_AND_GOOD, {"work": {"pin": {"p/good": 0.25}}})
    assert (mix(plan), plan.cost) == ({"p/cheap": 0.75, "p/good": 0.25}, pytest.approx(1.5))


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ({"features": ["tools"]}, {"good": {"features": ["tools"]}}),
        ({"context": 150_000}, {"good": {"context": 200_000}}),
        ({"output_tokens": 900}, {"cheap": {"max_output": 800}, "good": {"max_output": 1_000}}),
        ({"output_tokens": 900}, {"cheap": {"max_output": 1_000, "verbosity": 2.0}}),
        ({"allow": ["p/good"]}, {}),
        ({"deny": ["p/cheap"]}, {}),
    ],
)
def test_what_single_offers_must_have(rule: dict[str, object], facts: dict[str, dict[str, object]]) -> None:
    catalog = market({"p/cheap": offer(1), "p/good": offer(3)}, **facts)
    assert mix(solved(catalog, {"work": rule})) == {"p/good": 1.0}


def test_the_default_window_is_the_long_prompt_and_the_answer() -> None:
    catalog = market({"p/cheap": offer(1, context=50_000), "p/good": offer(3)})
    label = {"input_tokens": 30_000, "input_tokens_p95": 49_000, "output_tokens": 1_001}
    assert mix(solved(catalog, {"work": label})) == {"p/good": 1.0}
    assert mix(solved(catalog, {"work": {**label, "output_tokens": 1_000}})) == {"p/cheap": 1.0}


def test_retired_offers_serve_nobody() -> None:
    catalog = market(
        {"p/gone": offer(1, retires="2026-11-22"), "p/last": offer(2, retires="2026-11-23"), "p/m": offer(3)}
    )
    assert mix(solved(catalog)) == {"p/last": 1.0}


def test_a_label_without_requests_still_gets_its_route() -> None:
    plan = solved(CHEAP_AND_GOOD, {"work": {}, "idle": codes(70, requests=0)})
    assert (plan.cost, mix(plan, "idle")) == (1.0, {"p/good": 1.0})


def test_a_feature_that_nobody_states_is_not_had_and_that_is_said() -> None:
    offers = {
        "a/m": offer(1, features=["vision"], features_unknown=["tools"]),
        "b/m": offer(2, features=["vision"]),
        "c/m": offer(3, features=[], features_unknown=["tools"]),
        "d/m": offer(4),
    }
    catalog = market(offers, m={"features": ["tools", "vision"]})
    plan = solved(catalog, {"work": {"features": ["tools", "vision"]}})
    assert mix(plan) == {"d/m": 1.0}
    table = build_offer_table(catalog, TODAY)
    label = {"work": {**MILLION, "features": ["tools", "vision"]}}
    routing = Routing.model_validate({"labels": label})
    reasons = {each.offer: each.reason for each in exclusions(routing, table, "work")}
    assert reasons == {
        "a/m": "not known to have tools",
        "b/m": "lacks tools",
        "c/m": "lacks vision, not known to have tools",
    }
