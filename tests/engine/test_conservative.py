"""--cautious: the same answers as over a catalogue whose skills are the low ends, and the premium."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from modelpick.engine import Catalog, InputError, pick
from modelpick.engine.adapters.routing_file import load_catalog, ready_made, with_sets
from modelpick.engine.commands import explain, frontier, solve
from modelpick.engine.service.handlers import handle
from modelpick.engine.solver.analysis.conservative import pick_conservative, skill_intervals
from modelpick.engine.solver.pick import Picker
from tests.engine import by_hand

TODAY = date.today()


def lowest(catalog: Catalog) -> Catalog:
    """The catalogue with every low end stated outright."""
    models = {}
    for name, model in catalog.models.items():
        low = {skill: ends[0] for skill, ends in skill_intervals(model).items()}
        models[name] = model.model_copy(update={"skills": {**model.skills, **low}})
    return catalog.model_copy(update={"models": models})


@pytest.mark.parametrize("sets", [[], ["objective=quality", "limits.budget=30"]], ids=["cost", "quality"])
def test_the_careful_plan_is_that_of_the_low_ends_and_the_premium_the_difference(sets: list[str]) -> None:
    catalog, asked = load_catalog(None), with_sets(ready_made(), sets)
    careful = pick_conservative(Picker(catalog, TODAY), asked)
    low, plain = pick(asked, lowest(catalog), today=TODAY), pick(asked, catalog, today=TODAY)
    assert careful.labels == low.labels and careful.cost == pytest.approx(low.cost)
    assert careful.caution is not None and careful.cost and plain.cost and careful.quality and plain.quality
    change = plain.quality - careful.quality if sets else careful.cost - plain.cost
    assert careful.caution.premium == pytest.approx(change) and change > 0
    assert careful.caution.face == pytest.approx(plain.quality if sets else plain.cost)


def test_the_app_asks_any_question_with_caution() -> None:
    catalog, asked = load_catalog(None), ready_made()
    picker, lows = Picker(catalog, TODAY), Picker(lowest(catalog), TODAY)
    plan, low = handle(picker, "plan", asked, 10.0, {"cautious": True}), handle(lows, "plan", asked, 10.0, {})
    assert plan["cost"] == pytest.approx(low["cost"]) and plan["caution"]["premium"] > 0
    for kind, args in (("prices", {}), ("runners_up", {"label": "think"})):
        assert handle(picker, kind, asked, 10.0, {**args, "cautious": True}) == handle(
            lows, kind, asked, 10.0, args
        )


def test_the_commands_say_what_caution_costs() -> None:
    catalog, asked = load_catalog(None), ready_made()
    low, plain = pick(asked, lowest(catalog), today=TODAY), pick(asked, catalog, today=TODAY)
    assert low.cost and plain.cost
    for command in (solve, explain, frontier):
        few = ("--points", "3") if command is frontier else ()
        text, status = by_hand.ran(command, "--cautious", *few)
        assert status == 0 and f"that caution costs {low.cost - plain.cost:,.2f} USD a month." in text
        data = json.loads(by_hand.ran(command, "--cautious", "--json", *few)[0])
        assert data["caution"]["premium"] == pytest.approx(low.cost - plain.cost)
    assert "caution" not in by_hand.ran(solve)[0]
    text, _ = by_hand.ran(explain, "--cautious", "--why-not", "openai/gpt-5", "--label", "think")
    assert text.startswith("Skills count at the low end of their 80 % interval.")
    text, status = by_hand.ran(solve, "--cautious", "--set", "labels.think.min_quality=99")
    assert status == 1 and "Skills count at the low end" in text


def test_a_catalogue_without_intervals_is_refused() -> None:
    catalog = Path(__file__).parents[2] / "examples" / "founding-report" / "catalog.toml"
    with pytest.raises(InputError, match="no skill in this catalogue has an interval"):
        by_hand.ran(*(solve, "--cautious", "--catalog", str(catalog)), str(catalog.with_name("routing.toml")))
