"""--cautious: the plan at a confidence of 0.9, which counts the low ends, and what that costs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog, pick
from modelpick.engine.adapters.routing_file import (
    load_catalog,
    load_routing,
    ready_made,
    with_sets,
)
from modelpick.engine.commands import explain, frontier, robust, solve
from modelpick.engine.domain.catalog import Effort, Model
from modelpick.engine.domain.levels import canonical, spelled_out
from modelpick.engine.domain.plan import Plan
from modelpick.engine.solver.analysis.remarks import cautious, cost_of_caution
from modelpick.engine.solver.pick import Picker
from tests.engine import by_hand

TODAY = date.today()
PLAIN = ["limits.confidence="]
MIXED = [f"labels.{label}.max_models=" for label in ready_made().labels]
# In points: a model to be as good as would be another's low end in a catalogue of low ends.
FLOORS = [
    f"labels.{label}.min_quality={points}"
    for label, points in (("default", 60), ("background", 30), ("think", 70), ("longContext", 55))
]


def lowest(catalog: Catalog) -> Catalog:
    """The catalogue with every low end stated outright, of each model and of each of its levels."""
    models = {}
    for name, model in catalog.models.items():
        efforts = {
            # A level that says nothing of its skills has the model's: an empty table would be none at all.
            level: effort.model_copy(update={"skills": low_ends(effort)} if effort.fitted else {})
            for level, effort in model.efforts.items()
        }
        models[name] = model.model_copy(update={"skills": low_ends(model), "efforts": efforts})
    return catalog.model_copy(update={"models": models})


def low_ends(of: Model | Effort) -> dict[str, float]:
    return {**{skill: fit.low for skill, fit in of.fitted.items()}, **of.skills}


def mixes(plan: Plan) -> dict[str, dict[str, Any]]:
    return {
        name: {route.offer: pytest.approx(route.share, abs=1e-5) for route in label.routes}
        for name, label in plan.labels.items()
    }


@pytest.mark.parametrize("sets", [[], ["objective=quality", "limits.budget=60"]], ids=["cost", "quality"])
def test_the_cautious_plan_is_that_of_the_low_ends_and_the_premium_the_difference(sets: list[str]) -> None:
    catalog, asked = load_catalog(None), with_sets(ready_made(), [*PLAIN, *MIXED, *FLOORS, *sets])
    picker = Picker(catalog, TODAY)
    plan = picker.pick(cautious(asked))
    low, plain = pick(asked, lowest(catalog), today=TODAY), pick(asked, catalog, today=TODAY)
    assert mixes(plan) == mixes(low) and plan.cost == pytest.approx(low.cost, rel=1e-5)
    assert plan.counted == pytest.approx(low.quality, abs=1e-4)
    assert plan.counted and plan.cost and plain.cost and plain.quality
    caution = cost_of_caution(picker, asked, plan)
    change = plain.quality - plan.counted if sets else plan.cost - plain.cost
    assert caution.premium == pytest.approx(change) and change > 0
    assert caution.face == pytest.approx(plain.quality if sets else plain.cost)


def test_cautious_asks_for_no_less_than_the_routing_does() -> None:
    asked = with_sets(ready_made(), ["limits.confidence=0.95", "labels.think.confidence=0.8"])
    sure = cautious(asked)
    assert sure.limits.confidence == 0.95 and sure.labels["think"].confidence == 0.8
    assert cautious(with_sets(asked, PLAIN)).limits.confidence == 0.9


def test_the_commands_say_what_caution_costs(few_offers: Path) -> None:
    catalog = load_catalog(few_offers)
    few = ("--catalog", str(few_offers))
    asked = with_sets(ready_made(), PLAIN)
    sure, plain = pick(cautious(asked), catalog, today=TODAY), pick(asked, catalog, today=TODAY)
    assert sure.cost and plain.cost
    for command in (solve, explain, frontier):
        words = (*few, "--set", *PLAIN, *(("--points", "3") if command is frontier else ()))
        text, status = by_hand.ran(command, "--cautious", *words)
        assert status == 0 and f"that caution costs {sure.cost - plain.cost:,.2f} USD a month." in text
        data = json.loads(by_hand.ran(command, "--cautious", "--json", *words)[0])
        assert data["caution"]["premium"] == pytest.approx(sure.cost - plain.cost)
    assert "caution" not in by_hand.ran(solve, *few)[0]
    text, _ = by_hand.ran(explain, *few, "--cautious", "--why-not", "openai/gpt-5", "--label", "think")
    assert text.startswith("Quality counts at 90 % confidence.")
    text, status = by_hand.ran(solve, *few, "--cautious", "--set", "labels.think.min_quality=99")
    assert status == 1 and "Quality counts at 90 % confidence" in text
    quick = ("-k", "0", "--samples", "2000", "--resolves", "0", "--set", *PLAIN)
    text, _ = by_hand.ran(robust, *few, "--cautious", *quick)
    assert f"confidence: that caution costs {sure.cost - plain.cost:,.2f} USD a month." in text


ROOMS = Path(__file__).parents[2]
WIDE = 15.0  # points from a figure to its low end: a quarter of those that makers alone report have more


@pytest.mark.parametrize("example", ["", "agent-big-small"])
def test_what_a_maker_alone_says_wins_no_label_where_its_interval_is_wide(example: str) -> None:
    catalog = load_catalog(None)
    routing = load_routing(ROOMS / "examples" / example / "routing.toml") if example else ready_made()
    known = spelled_out(catalog).models
    makers = [
        f.value - f.low for model in known.values() for f in model.fitted.values() if f.kind == "vendor"
    ]
    assert sum(gap > WIDE for gap in makers) > 0.2 * len(makers)  # there are some to win
    for name, label in pick(routing, catalog, today=TODAY).labels.items():
        assert label.routes and routing.confidence(routing.labels[name]) >= 0.9
        for route in label.routes:
            fits = known[canonical(route.offer, catalog.models).partition("/")[2]].fitted
            skills = routing.labels[name].skills
            assert not any(fits[s].kind == "vendor" and fits[s].value - fits[s].low > WIDE for s in skills)
