"""Skills fitted to scores: against made-up models whose abilities are known, and on the shipped scores."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.skills import held_out, predict
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.solver.skill_model.ability import ScoreTable, fit
from modelpick.engine.solver.skill_model.skills import fitted_skills, score_table, skill_table


def made_up(
    seed: int, models: int = 60, benches: int = 18, share: float = 0.5
) -> tuple[ScoreTable, np.ndarray]:
    """Scores drawn from the model itself, by other code, and the abilities behind them."""
    rng = np.random.default_rng(seed)
    truth = rng.multivariate_normal([0, 0, 0], 0.7 + 0.3 * np.eye(3), models)
    model, bench = np.nonzero(rng.random((models, benches)) < share)
    skill, floor = np.arange(benches) % 3, np.where(np.arange(benches) % 2, 25.0, 0.0)
    slope, hard = rng.uniform(0.7, 1.8, benches), rng.normal(0, 1, benches)
    z = slope[bench] * (truth[model, skill[bench]] - hard[bench]) + rng.normal(0, 0.3, len(model))
    score = floor[bench] + (100 - floor[bench]) / (1 + np.exp(-z))
    return ScoreTable(model, bench, score, skill, floor, np.ones(benches), models, 3), truth


@pytest.mark.parametrize("seed", [1, 2])
def test_known_abilities_come_back_within_their_intervals(seed: int) -> None:
    table, truth = made_up(seed)
    found = fit(table)
    assert np.corrcoef(found.mean.ravel(), truth.ravel())[0, 1] > 0.93
    standard = (truth - truth.mean(axis=0)) / truth.std(axis=0)
    inside = np.abs(found.mean - standard) <= 1.2815516 * np.hypot(found.sd, 0.1)
    assert 0.65 < inside.mean() < 0.95


def test_predictions_of_unseen_scores_are_calibrated() -> None:
    table, _ = made_up(3)
    some = held_out(table, folds=4)
    assert some.error(some.fitted) < 0.8 * some.error(some.percentile)
    assert 0.7 <= some.covered <= 0.9


def test_on_the_shipped_scores_the_fit_beats_percentiles_and_its_intervals_hold() -> None:
    *_, table = score_table(load_catalog(None))
    some = held_out(table, folds=4)
    assert len(some.score) > 800
    assert some.error(some.fitted) < 0.75 * some.error(some.percentile) < some.error(some.mean)
    assert 0.7 <= some.covered <= 0.9


def test_what_is_shipped_is_what_its_scores_give() -> None:
    catalog = load_catalog(None)
    again = fitted_skills(catalog)
    for name, model in catalog.models.items():
        assert set(model.fitted) == set(again.get(name, {}))
        for skill, one in model.fitted.items():
            assert one.value == pytest.approx(again[name][skill].value, abs=0.11)
            assert one.kind == again[name][skill].kind
    unscored = [name for name, model in catalog.models.items() if not model.scores]
    assert {"claude-opus-5-5", "grok-4.7", "gemini-3.8-flash"} <= set(unscored)
    assert not any(skill_table(catalog)[name] for name in unscored)


def small(**models: object) -> Catalog:
    tests = {"a": {"skill": "coding"}, "b": {"skill": "vision"}, "c": {"skill": "math"}}
    facts = {name: {"context": 1, **facts} for name, facts in models.items()}  # type: ignore[dict-item]
    return Catalog.model_validate({"schema": 1, "as_of": "2026-11-25", "benchmarks": tests, "models": facts})


def scored(*values: tuple[str, float, str]) -> dict[str, object]:
    return {"scores": [{"benchmark": b, "value": v, "kind": kind} for b, v, kind in values]}


def test_kinds_are_told_apart_and_nothing_is_guessed() -> None:
    catalog = small(
        one=scored(("a", 80.0, "measured"), ("a", 95.0, "vendor"), ("c", 70.0, "vendor")),
        two=scored(("a", 40.0, "vendor")),
        three=scored(("b", 50.0, "measured"), ("a", 60.0, "measured")),
        none={},
    )
    found = fitted_skills(catalog)
    assert (found["one"]["coding"].kind, found["one"]["math"].kind) == ("estimated", "vendor")
    assert found["two"]["coding"].kind == "vendor" and "none" not in found
    assert "vision" not in found["one"]  # it has no such feature, and no score of it
    assert found["three"]["vision"].kind == "estimated"
    *_, table = score_table(catalog)
    assert 80.0 in table.score and 95.0 not in table.score  # the measured one, not the vendor's


def test_an_override_stands_before_the_fit_and_the_fit_before_percentiles() -> None:
    figure = {"value": 60.0, "low": 50.0, "high": 70.0}
    one = {
        **scored(("a", 80.0, "measured")),
        "fitted": {"coding": figure, "math": figure},
        "skills": {"math": 9.0},
    }
    table = skill_table(small(one=one, two=scored(("a", 90.0, "measured"))))
    assert table == {"one": {"coding": 60.0, "math": 9.0}, "two": {"coding": 75.0}}


def test_a_harder_benchmark_gives_more_for_the_same_score() -> None:
    table, _ = made_up(5)
    found = fit(table)
    mid, low, high = predict(found, table, np.zeros(18, int), np.arange(18))
    assert np.all((low < mid) & (mid < high) & (low >= table.floor) & (high <= 100))
