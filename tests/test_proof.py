"""The proof on public benchmarks: its figures are those published, its measures and tables right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modelpick.benchmarks import flagship, mmlu, proof
from modelpick.engine.solver.pick import Picker


def test_the_counts_are_those_published() -> None:
    answers = mmlu.load()
    assert len(answers.subjects) == 57 and answers.questions.sum() == 14_042
    # 9,560 and 11,315 of 14,042.
    assert 100 * answers.weak.sum() / 14_042 == pytest.approx(68.08, abs=0.005)
    assert 100 * answers.strong.sum() / 14_042 == pytest.approx(80.58, abs=0.005)
    results = flagship.load()
    assert results.points.shape == (13, 10)
    assert results.accuracy[results.reference].mean() == pytest.approx(65.62, abs=0.005)
    assert results.cost[results.reference] @ results.questions == pytest.approx(416.32, abs=0.005)
    chat = results.models.index("gpt-5-chat")
    assert [results.sets[at] for at in np.flatnonzero(np.isnan(results.points[chat]))] == ["Tau2"]
    # AIME: 53 of 60 are 88.33 %; ArenaHard: 516.5 of 750 are 68.87 %.
    assert results.points[results.reference, results.sets.index("AIME")] == 53
    assert results.points[chat, results.sets.index("AHARD")] == 516.5


def test_the_measures_of_a_curve() -> None:
    curve = mmlu.Curve(np.array([0.0, 0.5, 1.0]), np.array([0.6, 0.75, 0.8]))
    # Of the gap of 0.2: 0, 0.75, 1. Area: 0.5 * 0.375 + 0.5 * 0.875. Half the gap: 0.5 * 0.5 / 0.75
    # of the calls, 80 % of it: 0.5 + 0.5 * 0.05 / 0.25.
    assert curve.recovered == pytest.approx([0, 0.75, 1])
    assert curve.apgr == pytest.approx(0.625)
    assert curve.calls_for(0.5) == pytest.approx(1 / 3)
    assert curve.calls_for(0.8) == pytest.approx(0.6)


def test_a_budget_goes_to_the_subject_where_the_strong_model_gains_most() -> None:
    # Of 100 questions each: weak 50 and 80, strong 90 and 84.
    answers = mmlu.Answers(("hard", "easy"), np.array([[50, 0, 40, 10], [80, 0, 4, 16]]))
    plan = Picker(mmlu.catalog(), mmlu.AS_OF).pick(mmlu.routing(answers, 0.5))
    assert plan.cost == pytest.approx(100.0)  # half of 200 calls
    assert [route.offer for route in plan.labels["hard"].routes] == [f"lab/{mmlu.STRONG}"]
    assert [route.offer for route in plan.labels["easy"].routes] == [f"lab/{mmlu.WEAK}"]
    # Elsewhere: 30 questions of which 24 (strong) and 10 of which 7 (weak) are right; weak alone 22,
    # strong 33.
    others = mmlu.Answers(("hard", "easy"), np.array([[15, 0, 9, 6], [7, 0, 2, 1]]))
    curve = mmlu.evaluate([np.array([1.0, 0.0])], others)
    assert curve.strong_share == pytest.approx([0, 0.75, 1])
    assert curve.accuracy == pytest.approx([22 / 40, 31 / 40, 33 / 40])


def test_a_split_is_a_partition_without_replacement() -> None:
    rng = np.random.default_rng(3)
    answers = mmlu.load()
    half, rest = answers.halves(rng)
    assert half.questions.sum() == 7_021 and (half.counts + rest.counts == answers.counts).all()
    results = flagship.load()
    chosen, others = results.split(rng)
    assert (chosen.questions == np.floor(0.7 * results.questions)).all()
    assert (chosen.questions + others.questions == results.questions).all()
    assert np.allclose(chosen.points + others.points, results.points, equal_nan=True)
    assert np.nanmin(others.points) >= 0 and (np.nan_to_num(others.points) <= others.questions).all()
    means = np.mean([results.split(rng)[0].accuracy for _ in range(400)], axis=0)
    # 42 of AIME's 60, of which 53 are right: a standard deviation of 2.7 points, of the mean of 400 0.14.
    assert means[results.reference, 0] == pytest.approx(100 * 53 / 60, abs=0.7)


def test_a_plan_is_judged_beside_gpt_5() -> None:
    results = flagship.Results(
        ("gpt-5", "other"),
        ("a", "b"),
        np.array([10, 20]),
        np.array([[8.0, 10.0], [8.0, 4.0]]),
        np.array([[1.0, 2.0], [0.25, 0.5]]),
    )
    trial = flagship.as_good(results, results, 0.5, Picker(flagship.catalog(results), flagship.AS_OF))
    # On `a` the other is as good: 10 * 0.25 + 20 * 2 instead of 10 * 1 + 20 * 2 USD.
    assert trial.points == pytest.approx(0) and trial.saved == pytest.approx(1 - 42.5 / 50)


def test_in_sample_it_is_as_good_for_a_third_or_better_for_its_money() -> None:
    trial = flagship.in_sample()
    first = trial.as_good[0]
    assert first.points == pytest.approx(0, abs=1e-6)
    assert first.saved == pytest.approx(1 - 138.3 / 416.3, abs=0.001)
    assert trial.best.gained == pytest.approx(0.0487, abs=0.0001)
    assert trial.best.saved >= 0
    costs = [1 - outcome.saved for outcome in trial.as_good]
    assert costs == sorted(costs)  # to be surer costs more


def test_a_few_splits_give_the_tables_of_the_readme(tmp_path: Path) -> None:
    result = proof.run(3, 8, processes=1)
    tables = result.tables
    assert float(tables[0].rows[0][1]) == pytest.approx(0.667, abs=0.04)
    points = [float(row[1]) for row in tables[2].rows]
    assert points == sorted(points) and points[0] < -1 < points[-1]
    text = proof.PAGE.read_text("utf-8")
    for table in tables:
        assert f"### {table.title}".partition(", mean of")[0] in text
        for row in table.rows:
            if ("held out" not in row[0] and len(table.rows) > 3) or row[0] == "at random":
                assert f"| {' | '.join(row)} |" in text, row
    assert proof.LABELS_ARE_GIVEN in text and "target" not in proof.section(result)
    page = tmp_path / "README.md"
    page.write_text(f"before\n{proof.BEGIN}old\n{proof.END}after\n")
    proof.save(result, page)
    saved = page.read_text()
    assert saved == f"before\n{proof.section(result)}after\n" and "old" not in saved
    proof.save(result, page)
    assert page.read_text() == saved
    page.write_text("no place\n")
    with pytest.raises(ValueError, match="no place for the tables"):
        proof.save(result, page)
