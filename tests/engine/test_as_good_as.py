"""Floors that are a model's own quality, to the last digit: steps and repairs that lead just there."""

from __future__ import annotations

from typing import Any

import pytest

from modelpick.engine import Routing
from modelpick.engine.solver.explain.shadow_prices import rule_prices
from modelpick.engine.solver.pick import Picker
from tests.engine import by_hand
from tests.engine.by_hand import TODAY, market, offer, solved

THIRDS: dict[str, Any] = {
    "skills": {"coding": 50.0, "math": 61.5}
}  # by weights 1 and 2: 173 / 3, or 57.666666666...


def test_a_step_to_a_models_own_quality_lets_that_model_in() -> None:
    # One point above good only best will do, at 3 USD; a point looser is good itself, to the last digit.
    best = {"skills": {"coding": 90.0, "math": 90.0}}
    catalog = market({"p/good": offer(1), "q/best": offer(3)}, good=THIRDS, best=best)
    facts = {"skills": {"coding": 1.0, "math": 2.0}, "min_quality": "good + 1", "max_models": 1}
    asked = Routing.model_validate({"labels": {"work": {**by_hand.MILLION, **facts}}})
    picker = Picker(catalog, TODAY)
    (price,) = rule_prices(
        asked, picker.compiler, picker.pick(asked), 10.0, paths={"labels.work.min_quality"}
    )
    assert price.looser == pytest.approx(-2.0) and price.tighter == 0.0


def test_a_repair_to_a_models_own_quality_is_that_model() -> None:
    catalog = market({"p/good": offer(1)}, good=THIRDS)
    skills = {"coding": 1.0, "math": 2.0}
    plan = solved(catalog, {"a": {"skills": skills, "min_quality": "good + 3"}})
    assert [(r.path, r.to, r.cost) for r in plan.repairs] == [("labels.a.min_quality", "good", 1.0)]
    # Where a second label must give way as well, too.
    both: dict[str, dict[str, Any]] = {
        "a": {"skills": skills, "min_quality": "good + 3"},
        "b": {"context": 200_000},
    }
    assert [(r.path, r.to) for r in solved(catalog, both).together] == [
        ("labels.b.context", 100_000.0),
        ("labels.a.min_quality", "good"),
    ]
