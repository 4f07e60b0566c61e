"""Savings, checked on paper and by the oracle's own list of broken rules."""

from __future__ import annotations

import json
import random
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError, Routing, pick
from modelpick.engine.adapters import routing_file
from modelpick.engine.adapters.routing_file import load_catalog, ready_made, write_routing
from modelpick.engine.commands import baselines as command
from modelpick.engine.domain.scenario import Baseline
from modelpick.engine.solver.analysis.baselines import baselines
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine import by_hand
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer

THREE = market(
    {"p/cheap": offer(1), "q/good": offer(3), "r/good": offer(2.8, rpm=10), "p/best": offer(10)},
    cheap=coding(40), good=coding(80), best=coding(95),
)  # fmt: skip


def routing(labels: dict[str, dict[str, Any]], **router: Any) -> Routing:
    data = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    return Routing.model_validate(data)


def found(asked: Routing, catalog: Catalog = THREE, **more: Any) -> dict[str, Baseline]:
    return {one.name: one for one in baselines(asked, Compiler(catalog, TODAY), **more).against}


def test_savings_against_each_simple_way() -> None:
    # a may be anything, b needs 60: half cheap, half good at r, which takes 10 / 22.83 = 43.8 % of a million.
    said = found(routing({"a": codes(40), "b": codes(60)}))
    plan = 1 + 0.5 * 1 + 0.438 * 2.8 + 0.062 * 3
    one = said["one offer"]
    assert (one.choice, one.outcome.cost, one.broken) == ("q/good", pytest.approx(6), ())
    assert one.saving == pytest.approx(6 - plan)
    # One model is good: as much of it at r as r takes.
    model = said["one model"]
    assert (model.choice, model.broken) == ("good", ())
    assert model.outcome.cost == pytest.approx(6 - 0.438 * 0.2)
    cheapest = said["cheapest"]
    assert cheapest.outcome.cost == pytest.approx(2) and cheapest.saving == pytest.approx(2 - plan)
    assert [(b.rule, b.reason) for b in cheapest.broken] == [("labels.b.min_quality", "quality 40.0")]
    best = said["highest quality"]
    assert best.outcome.cost == pytest.approx(20) and best.broken == () and best.gain == pytest.approx(-45)


def test_a_baseline_over_the_budget_or_a_rate_limit_says_so() -> None:
    said = found(routing({"a": codes(60)}, limits={"budget": 5.0}))
    assert [b.rule for b in said["highest quality"].broken] == ["limits.budget"]
    assert said["highest quality"].broken[0].reason == "costs 200% of the budget"
    now = {"now": {"a": {"r/good": 0.9, "p/cheap": 0.1}}}
    assert [b.rule for b in found(routing({"a": codes(60)}), existing=now)["now"].broken] == [
        "offers.r/good.rpm"
    ]


def test_where_no_single_model_keeps_the_rules_the_least_bad_one_is_shown() -> None:
    catalog = market(
        {"p/eyes": offer(1), "p/brain": offer(2)},
        eyes={"features": ["vision"]},
        brain={"features": ["tools"]},
    )
    labels = {"a": {"features": ["vision"]}, "b": {"features": ["tools"]}, "c": {"features": ["tools"]}}
    said = found(routing(labels), catalog)
    for name, choice in (("one offer", "p/brain"), ("one model", "brain")):
        assert said[name].choice == choice and [b.rule for b in said[name].broken] == ["labels.a.features"]


def test_one_model_is_the_cheapest_of_all_by_brute_force() -> None:
    rng = random.Random(4)
    for _ in range(30):
        offers = {f"{p}/{m}": offer(rng.randint(1, 30)) for p in "pqr" for m in "abcd" if rng.random() < 0.7}
        if not offers:
            continue
        scores = {m: coding(float(rng.randint(20, 90))) for m in "abcd"}
        catalog = market(offers, **{m: s for m, s in scores.items() if any(k[2:] == m for k in offers)})
        asked = routing({"one": codes(30), "two": codes(50, requests=2_000_000)})
        able = {m for m in {key[2:] for key in offers} if scores[m]["skills"]["coding"] >= 50}
        said = found(asked, catalog)["one model"]
        if able:
            least = min(3 * facts["input"] for key, facts in offers.items() if key[2:] in able)
            assert said.outcome.cost == pytest.approx(least) and said.broken == ()
        else:
            assert said.broken


def test_one_model_is_the_plan_under_a_limit_of_one_model() -> None:
    """Whatever couples the labels: rate limits, shares of providers, pins, a budget for quality."""
    rng, compared = random.Random(8), 0
    for at in range(12):
        offers = {
            f"{p}/{m}": offer(rng.randint(1, 30), rpm=rng.choice([20, 40, 100])) for p in "pqr" for m in "abc"
        }
        scores = {m: coding(float(rng.randint(20, 90))) for m in "abc"}
        routers: list[dict[str, Any]] = [
            {},
            {"limits": {"max_provider_share": 0.7}},
            {"objective": "quality", "limits": {"budget": 40.0}},
            {"limits": {"max_providers": 1, "min_quality": 55}},
        ]
        pin = {"pin": {"p/a": 0.25}} if at % 3 == 0 else {}
        catalog = market(offers, **scores)
        asked = routing({"one": codes(30, weight=3.0), "two": codes(50, **pin)}, **routers[at % 4])
        limits = asked.limits.model_copy(update={"max_models": 1})
        plan = pick(asked.model_copy(update={"limits": limits}), catalog, today=TODAY)
        if plan.found:
            outcome = found(asked, catalog)["one model"].outcome
            figures = (outcome.cost, outcome.counted)[:: 1 if asked.objective == "cost" else -1]
            wanted = (plan.cost, plan.counted)[:: 1 if asked.objective == "cost" else -1]
            assert figures[0] == pytest.approx(wanted[0])
            compared += 1
    assert compared >= 4


def test_one_offer_of_the_best_quality_goes_by_the_labels_weights() -> None:
    """0.7*80 + 0.3*10 = 59 points against 60 of the even one: a weight counts once."""
    catalog = market(
        {"p/coder": offer(1), "p/even": offer(1)},
        coder={"skills": {"coding": 80, "reasoning": 10}}, even={"skills": {"coding": 60, "reasoning": 60}},
    )  # fmt: skip
    labels = {"a": codes(0, weight=7.0), "b": {"skills": {"reasoning": 1.0}, "weight": 3.0}}
    said = found(routing(labels, objective="quality", limits={"budget": 100.0}), catalog)
    assert said["one offer"].choice == said["one model"].outcome.mixes["a"].popitem()[0] == "p/even"


def test_the_ready_made_files_head_says_what_one_strong_model_costs() -> None:
    head = Path(routing_file.__file__).with_name("ready_made.toml").read_text()
    pinned = ready_made().model_dump()
    for name, key in (("Claude Sonnet 4.6", "claude-sonnet-4-6"), ("Claude Opus 5.5", "claude-opus-5-5")):
        for label in pinned["labels"].values():
            label |= {"pin": {f"anthropic/{key}": 1.0}, "min_quality": None, "max_latency": None}
        plan = pick(Routing.model_validate(pinned), load_catalog(), today=TODAY)
        said = re.search(rf"(\d+) on {name}", head)
        assert plan.cost is not None and said is not None
        assert float(said[1]) == pytest.approx(plan.cost, rel=0.03)  # rounded, of the day it was written


ran = partial(by_hand.ran, command)


def test_the_command_compares_with_a_file_s_routes(tmp_path: Path) -> None:
    text, status = ran()
    assert status == 0 and "one model: " in text and "highest quality" in text
    labels = ready_made().labels
    data = {name: facts.model_dump() for name, facts in labels.items()}
    for facts in data.values():
        facts["routes"] = [{"offer": "openai/gpt-6-astra", "share": 1.0}]
    path = tmp_path / "now.toml"
    path.write_text(write_routing(Routing.model_validate({"labels": data}), None))
    text, status = ran("--against", str(path), "--json")
    last = json.loads(text)["against"][-1]
    assert status == 0 and last["name"] == str(path) and last["saving"] > 0
    text, status = ran(str(path))
    assert "its own routes" in text
    del data["think"]
    path.write_text(write_routing(Routing.model_validate({"labels": data}), None))
    with pytest.raises(InputError, match=r"labels\.think: this label is not there"):
        ran("--against", str(path))


def test_the_command_compares_with_a_router_s_own_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    group = "model_list:\n- model_name: {}\n  litellm_params: {{model: openai/gpt-6-astra}}\n"
    path.write_text(group.format("default"))
    text, status = ran("--against", str(path), "--json")
    last = json.loads(text)["against"][-1]
    assert status == 0 and last["name"] == str(path) and last["saving"] > 0
    assert {tuple(mix) for mix in last["outcome"]["mixes"].values()} == {("openai/gpt-6-astra",)}
    assert "background, think, longContext as its default" in capsys.readouterr().err
    path.write_text(group.format("defaults"))
    with pytest.raises(InputError, match=r"config.yaml: labels\.default: .*did you mean 'defaults'"):
        ran("--against", str(path))
