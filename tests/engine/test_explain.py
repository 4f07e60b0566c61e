"""Prices of rules and reasons against offers, checked on paper and by solving on both sides."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError, Routing, pick
from modelpick.engine.adapters.report.explain import explain_text, rule_price_text, why_not_lines
from modelpick.engine.adapters.report.plan import Marked
from modelpick.engine.adapters.routing_file import load_catalog, ready_made, with_sets
from modelpick.engine.commands import explain
from modelpick.engine.domain.explanation import RulePrice, WhyNot
from modelpick.engine.domain.rules import confidences
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.explain.shadow_prices import rule_prices
from modelpick.engine.solver.explain.why_not import why_not
from modelpick.engine.solver.pick import Picker
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer

# With one model a label every price is a step from model to model, without a dual: these let models mix.
MIXED = [f"labels.{label}.max_models=" for label in ready_made().labels]
SCORED = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def routing(labels: dict[str, dict[str, Any]], **router: Any) -> Routing:
    data = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    return Routing.model_validate(data)


def prices(catalog: Catalog, asked: Routing) -> dict[str, RulePrice]:
    picker = Picker(catalog, TODAY)
    return {r.path: r for r in rule_prices(asked, picker.compiler, picker.pick(asked), 10.0)}


def test_a_point_of_quality_costs_what_the_mix_says_within_its_range() -> None:
    # A point moves a fortieth from cheap to good: 2 / 40 = 0.05 USD, from 40 to 80.
    rule = prices(SCORED, routing({"work": codes(60)}))["labels.work.min_quality"]
    assert rule.binding and rule.attained == pytest.approx(60)
    assert (rule.looser, rule.tighter, rule.price) == pytest.approx((-0.05, 0.05, 0.05), rel=1e-6)
    assert (rule.holds_from, rule.holds_to) == pytest.approx((40, 80), abs=1e-4)


def test_being_sure_of_quality_has_its_price_where_it_is_asked_for() -> None:
    """At 90 % cheap counts 40, its low end: half of each for 60, 2 USD. At its 70 it does alone, for 1."""
    unsure = {"fitted": {"coding": {"value": 70.0, "low": 40.0, "high": 90.0, "kind": "estimated"}}}
    catalog = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=unsure, good=coding(80))
    asked = routing({"work": codes(60), "other": {}}, limits={"confidence": 0.9})
    assert list(map(str, confidences(asked))) == ["limits.confidence"]  # no rule of `other` is on quality
    picker = Picker(catalog, TODAY)
    plan = picker.pick(asked)
    (rule,) = rule_prices(asked, picker.compiler, plan, 10.0, paths=["limits.confidence"])
    assert rule.binding and rule.dropped == pytest.approx(-1.0) and rule.step is None
    assert "limits.confidence" not in prices(catalog, asked)  # among all rules it is none
    assert not confidences(routing({"work": codes(60)}))
    own = routing({"work": codes(60, confidence=0.8)}, limits={"confidence": 0.9})
    assert list(map(str, confidences(own))) == ["labels.work.confidence"]


def test_a_rule_with_room_costs_nothing() -> None:
    rule = prices(SCORED, routing({"work": codes(30)}))["labels.work.min_quality"]
    assert (rule.binding, rule.looser, rule.tighter, rule.price) == (False, 0.0, 0.0, None)
    assert rule.attained == pytest.approx(40)


def test_a_step_that_leaves_no_plan_binds_and_nothing_fits() -> None:
    """The floor of 60 is met exactly, the budget spent exactly: 61 costs 300 USD, and 90 USD buy 50."""
    catalog = market(
        {"p/low": offer(50), "p/mid": offer(100), "p/high": offer(300)},
        low=coding(50),
        mid=coding(60),
        high=coding(80),
    )
    asked = routing({"work": codes(60, max_models=1)}, limits={"budget": 100.0})
    rules = prices(catalog, asked)
    for path in ("labels.work.min_quality", "limits.budget"):
        rule = rules[path]
        assert rule.binding and rule.tighter is None and rule.tighter_reason == "nothing fits"
    # A budget of 110 changes nothing; a floor of 59 neither, since none has between 50 and 60.
    assert rules["limits.budget"].looser == rules["labels.work.min_quality"].looser == 0.0
    assert rules["labels.work.min_quality"].looser_reason == ""
    plan = pick(asked, catalog, today=TODAY)
    text = explain_text(asked, plan, tuple(rules.values()), Marked.by(asked, catalog, TODAY))
    assert text.count("tighter: nothing fits") == 2
    assert "nothing fits" in rule_price_text("cost", rules["limits.budget"])


def test_a_count_that_cannot_be_less_has_no_such_step_and_one_that_can_says_that_nothing_fits() -> None:
    catalog = market({"p/low": offer(1), "q/high": offer(2)}, low=coding(50), high=coding(70))
    rules = prices(catalog, routing({"work": codes(60, max_models=2, min_providers=2)}))
    assert rules["labels.work.max_models"].tighter_reason == "nothing fits"  # two providers need two offers
    assert rules["labels.work.max_models"].binding
    one = prices(catalog, routing({"work": codes(60, max_models=1)}))["labels.work.max_models"]
    assert one.ends == ("tighter",) and one.tighter_reason == "no such value"


def test_a_provider_share_has_a_price_across_labels() -> None:
    # Good costs more than cheap by 2 a label of 1 M: a step of 0.05 of 2 M requests is 0.1 M, 0.20 USD.
    asked = routing({"a": {}, "b": {}}, limits={"max_provider_share": 0.6})
    rule = prices(SCORED, asked)["limits.max_provider_share"]
    assert (rule.looser, rule.tighter, rule.price) == pytest.approx((-0.2, 0.2, 0.2), rel=1e-6)


def test_counts_are_solved_anew_and_have_no_dual_price() -> None:
    rule = prices(SCORED, routing({"a": codes(40), "b": codes(80)}, limits={"max_models": 1}))[
        "limits.max_models"
    ]
    assert (rule.looser, rule.tighter, rule.price) == (pytest.approx(-2.0), None, None)


def test_at_a_corner_the_price_differs_by_side_and_that_is_said() -> None:
    # At 60 exactly the middle model serves alone; below it mixes with cheap (0.5 / 20), above with good.
    catalog = market(
        {"p/cheap": offer(1), "p/middle": offer(1.5), "p/good": offer(3)},
        cheap=coding(40), middle=coding(60), good=coding(80),
    )  # fmt: skip
    rule = prices(catalog, routing({"work": codes(60)}))["labels.work.min_quality"]
    assert (rule.looser, rule.tighter) == pytest.approx((-0.025, 0.075), rel=1e-6)


def test_dual_prices_are_the_finite_differences_of_shipped_offers(few_offers: Path) -> None:
    floors = {"default": 60, "background": 30, "think": 70, "longContext": 55}  # in points, which have steps
    sets = [*MIXED, *(f"labels.{label}.min_quality={points}" for label, points in floors.items())]
    catalog, asked = load_catalog(few_offers), with_sets(ready_made(), sets)
    picker = Picker(catalog, TODAY)
    before, checked = picker.pick(asked).cost or 0.0, 0
    ceilings = {f"labels.{label}.max_latency" for label in asked.labels}  # a lower one is the tighter one
    for path, rule in prices(catalog, asked).items():
        if rule.price is None or rule.step is None:
            continue
        by = 1e-3 * rule.step * (-1 if path in ceilings else 1)
        after = picker.pick(with_sets(asked, [f"{path}={rule.value + by}"])).cost or 0.0
        assert (after - before) / abs(by) * rule.step == pytest.approx(rule.price, rel=1e-3, abs=1e-6), path
        checked += 1
    assert checked >= 2


def why(asked: Routing, catalog: Catalog, label: str, key: str) -> WhyNot:
    return why_not(asked, Compiler(catalog, TODAY), label, key, 10.0)


def test_an_offer_that_breaks_rules_is_told_each_and_by_how_much() -> None:
    said = why(routing({"work": {"context": 150_000, "features": ["tools"]}}), SCORED, "work", "p/cheap")
    assert [b.rule for b in said.breaks] == ["labels.work.context", "labels.work.features"]
    assert "needs 150,000 tokens of context, has 100,000" in said.breaks[0].reason


def test_an_offer_that_fits_enters_at_a_third_of_its_price() -> None:
    said = why(routing({"work": {}}), SCORED, "work", "q/good")
    assert said.enters.price_factor == pytest.approx(1 / 3, abs=2e-4)
    assert (said.forced_share, said.forced_cost) == (0.01, pytest.approx(0.02))
    assert said.reduced_cost == pytest.approx(2.0)


def test_an_offer_enters_at_a_quality_that_makes_it_worth_its_price() -> None:
    # Half cheap, half good costs 2 for 60. An offer at 2.5 alone does not pay; mixed with cheap it does from
    # quality q on where (60 - 40) / (q - 40) * 1.5 = 1, q = 70.
    catalog = market(
        {"p/cheap": offer(1), "q/good": offer(3), "r/new": offer(2.5)},
        cheap=coding(40), good=coding(80), new=coding(50),
    )  # fmt: skip
    said = why(routing({"work": codes(60)}), catalog, "work", "r/new")
    assert said.enters.quality == pytest.approx(70, abs=0.02)


def test_an_offer_enters_when_it_is_fast_enough() -> None:
    # Spread 2 and p95 within 10 s: the median must be 5 s; it is 8.
    catalog = market({"p/slow": offer(1, ttft=8, tps=1), "q/fast": offer(3, ttft=1, tps=1)})
    asked = routing({"work": {"max_latency": 10, "max_models": 1}})
    said = why(asked, catalog, "work", "p/slow")
    assert said.enters.speed_factor == pytest.approx(5 / 8, abs=1e-3)


def test_how_much_a_rule_is_broken_by_is_told_in_figures() -> None:
    asked = routing({"work": {"context": 150_000, "features": ["tools", "vision"], **codes(30)}})
    market_ = market({"p/cheap": offer(1), "q/big": offer(3)}, cheap={"features": ["tools"]},
                     big={"context": 200_000, "features": ["tools", "vision"], **coding(80)})  # fmt: skip
    window, features, skills = why(asked, market_, "work", "p/cheap").breaks
    assert (window.needed, window.has, window.by, window.unit) == (150_000, 100_000, 50_000, "tokens")
    assert (features.needed, features.has, features.by) == (["tools", "vision"], ["tools"], 1)
    assert (skills.rule, skills.needed, skills.has, skills.by) == ("labels.work.skills", ["coding"], [], 1)


def test_waiving_just_what_it_breaks_says_what_it_would_save_and_what_forcing_it_costs() -> None:
    # Cheap is denied for work alone: without that it would serve all of it, 1 instead of 3 USD a month.
    asked = routing({"work": {"deny": ["p/cheap"]}, "rest": {"deny": ["p/cheap"]}})
    said = why(asked, SCORED, "work", "p/cheap")
    assert said.waived == ("labels.work.deny",) and (said.would_share, said.would_cost) == (1, -2)
    assert (said.forced_share, said.forced_cost) == (0.01, pytest.approx(-0.02))
    # An unknown quality counts as what is asked: 60 for 1 USD would be all that is needed.
    unknown = market({"p/cheap": offer(1), "q/good": offer(3)}, good=coding(80))
    said = why(routing({"work": codes(60)}), unknown, "work", "p/cheap")
    assert said.assumed == {"quality": 60} and (said.would_share, said.would_cost) == (1, -2)


def test_a_window_too_small_says_what_it_needs_what_it_takes_and_whether_it_would_serve() -> None:
    catalog = market({"p/small": offer(1), "q/big": offer(3)}, big={"context": 200_000})
    for facts, path, accepts in (
        ({"context": 150_000}, "context", 100_000),
        (
            {"input_tokens": 60_000, "input_tokens_p95": 149_000, "output_tokens": 1_000},
            "input_tokens_p95",
            99_000,
        ),
        ({"input_tokens": 149_500, "output_tokens": 500}, "input_tokens", 99_500),
    ):  # fmt: skip
        window = why(routing({"work": facts}), catalog, "work", "p/small").window
        assert window is not None and (window.needs, window.has, window.share) == (150_000, 100_000, 1)
        assert (window.path, window.accepts) == (f"labels.work.{path}", accepts) and window.accepts_share == 1
    dear = market({"p/small": offer(9), "q/big": offer(3)}, big={"context": 200_000})
    said = why(routing({"work": {"context": 150_000}}), dear, "work", "p/small")
    assert said.window is not None and (said.window.share, said.window.accepts_share) == (0, 0)
    assert said.enters.price_factor == pytest.approx(1 / 3)
    assert any(
        line.startswith("would be used if 66.7 % cheaper: 3 in, ") for line in why_not_lines("cost", said)
    )


def test_rules_that_leave_no_plan_with_it_are_named_and_what_never_helps_is_said() -> None:
    asked = routing({"work": {"pin": {"p/cheap": 1.0}}})
    said = why(asked, SCORED, "work", "q/good")
    assert said.blocked == ("labels.work.pin",) and said.forced_cost is None and said.reduced_cost is None
    assert said.enters.never == {
        "price": "at no price, not even for nothing",
        "quality": "the label has no skills",
        "speed": "no rule here asks for speed",
    }
    assert list(why_not_lines("cost", said))[-1] == (
        "would not help alone: a lower price (not even for nothing), "
        "better quality (the label has no skills), more speed (no rule here asks for speed)"
    )
    asked = routing({"work": codes(60), "rest": codes(30)}, limits={"max_models": 1})
    assert why(asked, SCORED, "rest", "p/cheap").blocked == ("limits.max_models",)
    nothing = why(routing({"work": codes(90)}), SCORED, "work", "q/good")
    assert nothing.note == "no plan meets the rules of this routing"


def test_a_self_hosted_offer_enters_by_its_rent_and_forcing_it_counts_replicas() -> None:
    # A replica is 7.30 USD a month against 1: it pays below 1 / 7.3 of its rent.
    hosting = {"usd_per_hour": 0.01, "rpm": 1_000}
    catalog = market({"p/cheap": offer(1), "q/own": {**offer(0), "hosting": hosting}})
    said = why(routing({"work": {"max_models": 1}}), catalog, "work", "q/own")
    assert said.forced_cost == pytest.approx(7.3 - 1) and said.reduced_cost == pytest.approx(6.3)
    assert said.enters.price_factor == pytest.approx(1 / 7.3)
    assert said.enters.usd_per_hour == pytest.approx(0.01 / 7.3)


def test_a_rule_that_is_no_number_costs_what_dropping_it_saves() -> None:
    rule = prices(SCORED, routing({"work": {"deny": ["p/cheap"]}}))["labels.work.deny"]
    assert (rule.binding, rule.dropped, rule.step, rule.looser) == (True, -2, None, None)
    rule = prices(SCORED, routing({"work": codes(60)}))["labels.work.min_quality"]
    assert rule.dropped == pytest.approx(-1)


def test_a_step_beyond_what_a_rule_can_say_is_a_smaller_one_or_none() -> None:
    fast = market({"p/a": offer(1, ttft=0.2, tps=100)})
    found = prices(fast, routing({"work": {"max_latency": 0.8, "max_models": 1}}, limits={"budget": 5.0}))
    assert found["labels.work.max_latency"].step == pytest.approx(0.1)
    assert found["limits.budget"].step == 1 and found["labels.work.max_models"].ends == ("tighter",)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'q/good'"):
        why(routing({"work": {}}), SCORED, "work", "q/goof")
    with pytest.raises(InputError, match="no label 'wrk'"):
        why(routing({"work": {}}), SCORED, "wrk", "q/good")


def ran(**given: Any) -> tuple[Any, int]:
    options: dict[str, Any] = {
        "file": None,
        "set": [],
        "why_not": None,
        "label": None,
        "catalog": None,
        "cautious": False,
        "missing": False,
        "evidence": False,
    }
    facts = {**options, "json": True, **given}
    text, status = explain.run(argparse.Namespace(**facts))
    return json.loads(text) if facts["json"] else text, status


def test_the_command_explains_plans_clashes_and_offers(few_offers: Path) -> None:
    few = str(few_offers)
    data, status = ran(catalog=few)
    assert status == 0 and data["status"] == "optimal" and data["rules"][0]["binding"]
    text, status = ran(catalog=few, json=False, set=MIXED)
    assert status == 0 and "1 point tighter: +" in text and "a step changes nothing" in text
    data, status = ran(catalog=few, set=["limits.budget=5"])
    assert status == 1 and data["conflicts"] and data["repairs"] and data["rules"] == []
    data, status = ran(catalog=few, why_not="openai/gpt-5", label="think")
    assert status == 0 and data["offer"] == "openai/gpt-5"


def test_rules_whose_turn_comes_after_the_deadline_are_not_said_to_change_nothing() -> None:
    asked = routing({"work": codes(60, max_models=2)}, limits={"open_weights": False, "max_providers": 2})
    picker = Picker(SCORED, TODAY)
    plan = picker.pick(asked)
    late = rule_prices(asked, picker.compiler, plan, 0.0)
    assert late and all(rule.price is None and not rule.binding and rule.dropped is None for rule in late)
    text = explain_text(asked, plan, late, Marked.by(asked, SCORED, TODAY))
    assert "changes nothing" not in text and "no change" not in text and "nothing fits" not in text
    named = text.partition("time was out before these were solved anew: ")[2].split(", ")
    assert set(named) == {rule.path for rule in late} and "labels.work.min_quality" in named
    assert all("was not solved in time" in rule_price_text(asked.objective, rule) for rule in late)


def test_the_deadline_is_for_all_rules_together() -> None:
    """Thirty labels with a floor each under router rules: every step is a solve of the whole router."""
    labels = {f"l{number}": codes(50 + number, max_models=1) for number in range(30)}
    asked = routing(labels, limits={"max_models": 2, "budget": 1_000.0})
    picker = Picker(SCORED, TODAY)
    plan, start = picker.pick(asked), perf_counter()
    rules = rule_prices(asked, picker.compiler, plan, 0.3)
    assert perf_counter() - start < 2 and len(rules) >= 60
