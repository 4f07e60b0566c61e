"""Skills fitted to scores: against made-up models whose abilities are known, and on the shipped scores."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from benchmarks.skills import (
    held_out,
    left_out_bills,
    left_out_boards,
    predict,
    predicted_bills,
    rank_correlation,
)
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.solver.skill_model.ability import ScoreTable, fit
from modelpick.engine.solver.skill_model.skills import (
    BOARD_SD,
    MAKER_SD,
    fitted_skills,
    score_table,
    skill_table,
)


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
    some = held_out(table, folds=2)
    assert len(some.score) > 800
    assert some.error(some.fitted) < 0.75 * some.error(some.percentile) < some.error(some.mean)
    assert 0.7 <= some.covered <= 0.9


def test_a_board_is_left_out_as_a_whole() -> None:
    """Thirteen models on three boards of one skill and one of another: the three are left out in turn."""
    boards = "".join(f'[benchmarks.code{i}]\nskill = "coding"\n' for i in (2, 3))
    scores = ", ".join(f'{{ benchmark = "code{i}", value = 60.0 }}' for i in (2, 3))
    catalog = on_two_boards(boards, f"[models.new]\ncontext = 9000\nscores = [{scores}]\n")
    rows = {
        name: model.model_copy(
            update={
                "scores": (
                    *model.scores,
                    *(model.scores[0].model_copy(update={"benchmark": f"code{i}"}) for i in (2, 3)),
                )
            }
        )
        for name, model in catalog.models.items()
        if name != "new"
    }
    left = left_out_boards(catalog.model_copy(update={"models": catalog.models | rows}))
    assert [board.board for board in left] == ["code", "code2", "code3"]
    assert all(board.rank > 0.95 and np.abs(board.error).max() < 0.5 for board in left)
    assert left[0].inside(9.0).mean() == 1.0


def test_a_boards_versions_are_left_out_together() -> None:
    """What makers report of DeepSWE says as much as DeepSWE: no fit that saw the one judges the other."""
    boards = "".join(
        f"[benchmarks.{name}]\nskill = 'coding'\n" for name in ("deepswe", "deepswe_reported", "third")
    )
    catalog = on_two_boards(boards)
    rows = {}
    for at, (name, model) in enumerate(catalog.models.items()):
        other = {"deepswe": 95.0 - 5 * at, "deepswe_reported": 95.0 - 5 * at, "third": 20.0 + 5 * at}
        scores = [
            model.scores[0].model_copy(update={"benchmark": key, "value": value})
            for key, value in other.items()
        ]
        rows[name] = model.model_copy(update={"scores": (*model.scores, *scores)})
    left = left_out_boards(catalog.model_copy(update={"models": rows}))
    ranks = {board.board: board.rank for board in left}
    assert ranks["deepswe"] < -0.9 and ranks["deepswe_reported"] < -0.9


def test_ranks_share_ties() -> None:
    """1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson's of the ranks, 4.5 / sqrt(4.5 * 5)."""
    ranks = rank_correlation(np.array([1.0, 5, 5, 9]), np.array([1.0, 2, 3, 4]))
    assert ranks == pytest.approx(4.5 / (4.5 * 5) ** 0.5)


def test_costs_predicted_from_other_boards_rank_as_llmrouterbench_billed_them() -> None:
    by_bill, by_price, models = predicted_bills()
    assert models == 11 and by_bill >= 0.9 > by_price


def test_what_models_write_ranks_on_boards_that_were_left_out_and_is_within_its_interval() -> None:
    boards = left_out_bills(load_catalog(None))
    settings = sum(board.settings for board in boards)
    assert len(boards) >= 10 and settings > 500
    assert sum(board.settings * board.covered for board in boards) / settings == pytest.approx(0.8, abs=0.08)
    assert sorted(board.rank for board in boards)[len(boards) // 2] > 0.7


def test_what_is_shipped_is_what_its_scores_give() -> None:
    catalog = load_catalog(None)
    again = fitted_skills(catalog)
    for name, model in catalog.models.items():
        assert set(model.fitted) == set(again.get(name, {}))
        for skill, one in model.fitted.items():
            assert one.value == pytest.approx(again[name][skill].value, abs=0.11)
            assert one.kind == again[name][skill].kind
        for level, effort in model.efforts.items():
            if level != model.default_effort:
                assert set(effort.fitted) == set(again.get(f"{name}@{level}", {}))
    unscored = [name for name, model in catalog.models.items() if not model.scores]
    assert {"gemini-4-hydrogen"} <= set(unscored)
    assert not any(skill_table(catalog)[name] for name in unscored)
    newest = {"claude-opus-5-5", "gpt-6-astra", "grok-4.7", "gemini-3.8-flash", "kimi-k3", "glm-5.3"}
    assert newest <= {name for name, model in catalog.models.items() if model.fitted}


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


def leveled(seed: int, models: int = 40) -> tuple[ScoreTable, np.ndarray, np.ndarray]:
    """Models at three levels that gain 0, -0.8 and +0.4: a third of the scores, the truth, scores a row."""
    rng = np.random.default_rng(seed)
    gains = np.array([0.0, -0.8, 0.4])
    truth = rng.normal(0, 1, models)[:, None] + gains + rng.normal(0, 0.2, (models, 3))
    theta = truth.ravel()
    row, bench = np.nonzero(rng.random((3 * models, 9)) < 0.35)
    hard = rng.normal(0, 1, 9)
    z = 1.2 * (theta[row] - hard[bench]) + rng.normal(0, 0.2, len(row))
    nothing = np.zeros(9)
    table = ScoreTable(
        row, bench, 100 / (1 + np.exp(-z)), np.zeros(9, dtype=int), nothing, np.ones(9), 3 * models, 1
    )
    group, level = np.repeat(np.arange(models), 3), np.tile(np.arange(3), models)
    return replace(table, group=group, level=level), theta, np.bincount(row, minlength=3 * models)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_level_gains_comes_back_and_tells_of_levels_without_a_score(seed: int) -> None:
    table, truth, counts = leveled(seed)
    unscored = counts == 0
    assert unscored.sum() >= 2
    found = fit(table)
    scale = truth.std() / found.mean[:, 0].std()
    gaps = scale * (found.gain[:, 0] - found.gain[0, 0])
    assert gaps[1] == pytest.approx(-0.8, abs=0.25) and gaps[2] == pytest.approx(0.4, abs=0.25)
    guess = truth.mean() + scale * (found.mean[:, 0] - found.mean[:, 0].mean())
    assert np.abs(guess - truth)[unscored].mean() < 0.5  # a guess of the mean is off by 0.8
    assert table.group is not None
    for at in np.flatnonzero(unscored):  # and is less sure than any level of its model that is scored
        scored = (table.group == table.group[at]) & ~unscored
        assert found.sd[at, 0] > found.sd[scored, 0].max()


def test_a_model_that_gains_much_at_one_level_gains_much_at_others() -> None:
    """Forty models at three levels, 0, -0.5 and -1 on average; half gain twice of it, half nothing. The last
    level is scored of every fourth: of the others it follows what the middle one says."""
    models = 40
    rng = np.random.default_rng(1)
    factor = np.where(np.arange(models) % 2, 2.0, 0.0)
    truth = rng.normal(0, 1, models)[:, None] + factor[:, None] * np.array([0.0, -0.5, -1.0])
    scored = np.array([(m % 4 > 1) or level < 2 for m in range(models) for level in range(3)])
    row, bench = np.nonzero(np.repeat(scored[:, None], 6, axis=1))
    z = 1.2 * truth.ravel()[row] + rng.normal(0, 0.1, len(row))
    table = ScoreTable(
        row, bench, 100 / (1 + np.exp(-z)), np.zeros(6, dtype=int), np.zeros(6), np.ones(6), 3 * models, 1
    )
    table = replace(table, group=np.repeat(np.arange(models), 3), level=np.tile(np.arange(3), models))
    found = fit(table).mean.reshape(models, 3)
    drop = (found[:, 0] - found[:, 2])[~scored[2::3]]
    twice = (factor == 2.0)[~scored[2::3]]
    assert drop[twice].min() > drop[~twice].max() + 0.4


def test_a_table_without_levels_is_one_level_a_model() -> None:
    table, _ = made_up(5)
    alone = replace(table, group=np.arange(table.models), level=np.zeros(table.models, dtype=int))
    np.testing.assert_allclose(fit(alone).mean, fit(table).mean, atol=1e-9)


def test_anchors_hold_the_scale_when_other_models_come_and_go() -> None:
    catalog = load_catalog(None)
    fewer = {
        name: model for name, model in catalog.models.items() if not name.startswith(("claude", "gpt-6"))
    }
    offers = {key: offer for key, offer in catalog.offers.items() if key.partition("/")[2] in fewer}
    plans = {name: plan for name, plan in catalog.plans.items() if plan.models is None}
    smaller = catalog.model_copy(update={"models": fewer, "offers": offers, "plans": plans})
    before, after = fitted_skills(catalog), fitted_skills(smaller)
    for name in ("gpt-4.1", "gemini-2.5-pro", "grok-4", "llama-3.3-70b-instruct"):
        for skill in ("coding", "reasoning"):
            assert after[name][skill].value == pytest.approx(before[name][skill].value, abs=3.0)


TWO_BOARDS = """
schema = 1
as_of = 2026-11-23
[sources.s]
[benchmarks.code]
skill = "coding"
[benchmarks.logic]
skill = "reasoning"
"""


def on_two_boards(*models: str) -> Catalog:
    """Twelve models that are measured on both boards, from 20 to 75 %, and `models`."""
    peers = "".join(
        f"[models.m{i}]\ncontext = 9000\n"
        f'scores = [{{ benchmark = "code", value = {20 + 5 * i} }}, '
        f'{{ benchmark = "logic", value = {20 + 5 * i} }}]\n'
        for i in range(12)
    )
    return Catalog.model_validate(tomllib.loads(TWO_BOARDS + peers + "".join(models)))


def with_levels(effort: str) -> str:
    return (
        '[models.new]\ncontext = 9000\ndefault_effort = "low"\nefforts = { low = {}, high = {} }\n'
        f'scores = [{{ benchmark = "code", value = 70.0, effort = "{effort}" }}]\n'
    )


def test_a_run_at_a_level_that_nobody_states_tells_of_the_model_and_less() -> None:
    stated, unstated = (fitted_skills(on_two_boards(with_levels(e))) for e in ("high", "unstated"))
    assert stated["new@high"]["coding"].kind == "estimated"
    assert {unstated[name]["coding"].kind for name in ("new", "new@high")} == {"interpolated"}
    assert unstated["new"]["coding"].value > 50 and "new@unstated" not in unstated
    widths = [fits["new@high"]["coding"].high - fits["new@high"]["coding"].low for fits in (stated, unstated)]
    assert widths[0] < widths[1]


def test_few_scores_tell_of_their_own_skill_alone() -> None:
    """One score of coding is no word on reasoning; of those that are measured on both it is known."""
    one = '[models.one]\ncontext = 9000\nscores = [{ benchmark = "code", value = 70.0 }]\n'
    fits = fitted_skills(on_two_boards(one))
    assert set(fits["one"]) == {"coding"} and set(fits["m5"]) == {"coding", "reasoning"}


def test_faithfulness_is_what_its_own_board_says() -> None:
    """Twelve models, the better in coding the worse in summaries: neither tells of the other."""
    catalog = on_two_boards("[benchmarks.sums]\nskill = 'faithfulness'\n")
    rows = {
        name: model.model_copy(
            update={
                "scores": (
                    *model.scores,
                    model.scores[0].model_copy(
                        update={"benchmark": "sums", "value": 99.0 - 2 * int(name[1:])}
                    ),
                )
            }
        )
        for name, model in catalog.models.items()
        if name != "m6"
    }
    fits = fitted_skills(catalog.model_copy(update={"models": catalog.models | rows}))
    faithful = [fits[name]["faithfulness"].value for name in rows]
    assert faithful == sorted(faithful, reverse=True) and faithful[0] > 80 and faithful[-1] < 20
    assert "faithfulness" not in fits["m6"]
    alone = fitted_skills(catalog)
    for name in catalog.models:
        assert fits[name]["coding"].value == pytest.approx(alone[name]["coding"].value, abs=0.5)


def test_intervals_hold_what_one_more_board_may_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the shown scale an interval is 2 * 1.2815516 * sqrt(sd**2 + board**2) standard deviations wide."""
    share = NormalDist().inv_cdf
    halves = []
    for board_sd in (0.0, 0.3):
        monkeypatch.setitem(BOARD_SD, "coding", board_sd)
        fit = fitted_skills(on_two_boards())["m6"]["coding"]
        halves.append((share(fit.high / 100) - share(fit.low / 100)) / 2 / 1.2815516)
    assert halves[1] ** 2 - halves[0] ** 2 == pytest.approx(0.3**2, rel=0.05)


def test_what_makers_alone_say_is_less_sure_at_every_level() -> None:
    """The same run at high, by others and by the maker: at both levels MAKER_SD**2 more of variance."""
    share = NormalDist().inv_cdf
    by_kind = {}
    for kind in ("measured", "vendor"):
        model = with_levels("high").replace('effort = "high"', f'effort = "high", kind = "{kind}"')
        by_kind[kind] = fitted_skills(on_two_boards(model))
    for name in ("new", "new@high"):
        fits = [by_kind[kind][name]["coding"] for kind in ("measured", "vendor")]
        halves = [(share(f.high / 100) - share(f.low / 100)) / 2 / 1.2815516 for f in fits]
        assert halves[1] ** 2 - halves[0] ** 2 == pytest.approx(MAKER_SD**2, rel=0.1)
        assert fits[0].value == fits[1].value


def test_a_level_without_a_score_is_interpolated_and_less_sure() -> None:
    model = load_catalog(None).models["gpt-5.4-nano"]
    none = model.fitted["coding"]  # its default, of which no board of coding has a score
    high = model.efforts["high"].fitted["coding"]
    assert none.kind == "interpolated" and high.kind == "estimated"
    assert none.value < high.value and none.low < high.low
