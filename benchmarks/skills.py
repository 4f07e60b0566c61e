"""The fit of skills on scores, whole boards and bills that it has not seen.

Each board is left out as a whole: the fit of the others says where its models stand, and the board's own
scores are brought to that scale by their mean and spread (linear equating, Kolen and Brennan 2014). The share
of them within the catalogue's 80 % interval is what the interval promises of one more board. Skills with
three boards or more are held to it.

What a task costs is predicted from the bills of other boards, and compared with what LLMRouterBench billed.

The fit against the mean percentile:

Ten folds of the shipped catalogue's scores. The fit predicts a held-out score by its own curve. The mean
percentile predicts the quantile of the benchmark's other scores at the model's percentile in that skill (in
all skills, where it has no other score of that skill); a third guess is the benchmark's mean. Scores without
any such guess are left out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from modelpick.engine.adapters.catalog.curation.levels import reasoning_models, reviewed_levels
from modelpick.engine.adapters.catalog.curation.verbosity import Bill, fit_verbosity
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.solver.skill_model.ability import (
    EDGE,
    INTERVAL_SDS,
    QUESTIONS,
    Ability,
    Floats,
    Ints,
    ScoreTable,
    fit,
    logits,
)
from modelpick.engine.solver.skill_model.skills import BOARD_SD, USUAL_BOARD_SD, score_table

from .report import Result
from .report import Table as Shown

FOLDS, SEED = 10, 1
MIN_MODELS = 8  # of a board, before it tells anything
COVERED = (0.7, 0.88)  # what 80 % intervals may cover of a board left out
MIN_RANK = 0.9  # of predicted and billed costs
DATA = Path(__file__).with_name("data")
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "skills.md"
BEGIN, END = "<!-- python -m benchmarks skills --save -->\n", "<!-- end of it -->\n"
BY_BOARD = "By board"
HELD_OUT = "router_"  # how LLMRouterBench's sets begin


@dataclass(frozen=True)
class HeldOut:
    """Per held-out score, in points of 0-100: what it is, what each way says, and the fit's 80 % interval."""

    score: Floats
    skill: Ints
    fitted: Floats
    low: Floats
    high: Floats
    percentile: Floats
    mean: Floats

    def error(self, guess: Floats) -> float:
        """Mean absolute error, points."""
        return float(np.abs(guess - self.score).mean())

    @property
    def covered(self) -> float:
        """Share of scores within their interval."""
        return float(((self.low <= self.score) & (self.score <= self.high)).mean())


def predict(
    ability: Ability, table: ScoreTable, model: Ints, benchmark: Ints
) -> tuple[Floats, Floats, Floats]:
    """(score, low, high) in percent for models on benchmarks, with the 80 % interval of a new score."""
    skill = table.skill[benchmark]
    t, var = ability.mean[model, skill], ability.cov[model, skill, skill]
    x = np.stack([t, np.ones_like(t)], axis=1)
    z = np.einsum("ki,ki->k", ability.curve[benchmark], x)
    doubt = np.einsum("ki,kij,kj->k", x, ability.curve_cov[benchmark], x)
    share = 1 / (1 + np.exp(-z))
    spread = ability.curve[benchmark, 0] ** 2 * var + doubt + ability.noise[benchmark]
    half = INTERVAL_SDS * np.sqrt(spread + 1 / (QUESTIONS * np.clip(share * (1 - share), EDGE, 1)))
    floor = table.floor[benchmark]
    low, mid, high = (floor + (100 - floor) / (1 + np.exp(-(z + d))) for d in (-half, 0 * half, half))
    return mid, low, high


def held_out(table: ScoreTable, folds: int = FOLDS, seed: int = SEED) -> HeldOut:
    """Every score predicted from the other folds, by three ways."""
    order = np.random.default_rng(seed).permutation(len(table.score))
    found = np.full((len(order), 5), np.nan)
    for fold in range(folds):
        test, train = order[fold::folds], np.setdiff1d(order, order[fold::folds])
        seen = replace(
            table, model=table.model[train], benchmark=table.benchmark[train], score=table.score[train]
        )
        found[test, :3] = np.stack(predict(fit(seen), seen, table.model[test], table.benchmark[test]), axis=1)
        found[test, 3:] = [_simply(seen, table.model[k], table.benchmark[k]) for k in test]
    kept = ~np.isnan(found).any(axis=1)
    columns = (found[kept, i] for i in range(5))
    return HeldOut(table.score[kept], table.skill[table.benchmark[kept]], *columns)


def _simply(seen: ScoreTable, model: int, bench: int) -> tuple[float, float]:
    """(by the mean percentile, the benchmark's mean); NaN where there is nothing to go by."""
    peers = seen.score[seen.benchmark == bench]
    own = np.flatnonzero(seen.model == model)
    if not (len(peers) and len(own)):
        return np.nan, np.nan
    same = own[seen.skill[seen.benchmark[own]] == seen.skill[bench]]
    rows = same if len(same) else own
    ranks = [_percentile(seen.score[seen.benchmark == seen.benchmark[k]], seen.score[k]) for k in rows]
    return float(np.quantile(peers, np.mean(ranks))), float(peers.mean())


def _percentile(scores: Floats, one: float) -> float:
    return float((scores < one).mean() + (scores == one).mean() / 2)


@dataclass(frozen=True)
class LeftOut:
    """A board that the fit has not seen, in standard deviations: how far its scores are off the fit, and the
    standard error of the fit, both (scores,); and the rank correlation of the two."""

    board: str
    skill: str
    error: Floats
    sd: Floats
    rank: float

    def inside(self, board_sd: float) -> Floats:
        """(scores,) 1 where the score is within the 80 % interval of a fit with this sd of boards."""
        return np.asarray(np.abs(self.error) <= INTERVAL_SDS * np.hypot(self.sd, board_sd), dtype=np.float64)


def left_out_boards(catalog: Catalog) -> list[LeftOut]:
    """Every board with MIN_MODELS models that others have scored as well, left out of the fit in turn."""
    _, benchmarks, table = score_table(catalog)
    logit, _ = logits(table)
    boards = []
    for at, board in enumerate(benchmarks):
        on = table.benchmark == at
        skill = catalog.benchmarks[board].skill
        if (
            on.sum() < MIN_MODELS
            or len(set(table.benchmark[table.skill[table.benchmark] == table.skill[at]])) < 3
        ):
            continue
        seen = replace(table, model=table.model[~on], benchmark=table.benchmark[~on], score=table.score[~on])
        known = np.isin(table.model[on], seen.model)
        model, z = table.model[on][known], logit[on][known]
        if len(model) < MIN_MODELS:
            continue
        ability = fit(seen)
        mean, sd = ability.mean[model, table.skill[at]], ability.sd[model, table.skill[at]]
        equated = mean.mean() + (z - z.mean()) * mean.std() / z.std()
        boards.append(LeftOut(board, skill, equated - mean, sd, rank_correlation(mean, z)))
    return boards


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's, of ranks that share ties."""
    ranks = [
        np.searchsorted(np.sort(x), x) + np.searchsorted(np.sort(x), x, side="right") for x in (one, other)
    ]
    return float(np.corrcoef(ranks)[0, 1])


def predicted_bills() -> tuple[float, float, int]:
    """(rank correlation of predicted and billed cost of a task, that of the list price, models).

    Billed: LLMRouterBench's USD of a question, the geometric mean over its sets. Predicted: the median price
    of output times the verbosity that all other boards give.
    """
    catalog = load_catalog(None)
    models = {key: {"features": model.features} for key, model in catalog.models.items()}
    reasoning, levels = reasoning_models(models), {k: v for k, v in reviewed_levels().items() if k in models}
    with (DATA / "board_bills.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Bill(r["board"], r["model"], r["level"], float(r["tokens"]), r["kind"])
            for r in csv.DictReader(file)
        ]
    verbosity = fit_verbosity((row for row in rows if not row.board.startswith(HELD_OUT)), reasoning, levels)
    prices: dict[str, list[float]] = {}
    for key, offer in catalog.offers.items():
        if offer.hosting is None:
            prices.setdefault(key.partition("/")[2], []).append(offer.output)
    billed: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row.board.startswith(HELD_OUT):
            billed.setdefault((row.model, row.level), []).append(row.tokens * median(prices[row.model]))
    usd = np.array([np.exp(np.mean(np.log(bills))) for bills in billed.values()])
    price = np.array([median(prices[model]) for model, _ in billed])
    predicted = price * [verbosity[unit].value for unit in billed]
    return rank_correlation(usd, predicted), rank_correlation(usd, price), len(usd)


def run() -> Result:
    """Tables of errors and coverage; a fault where the fit loses or its intervals lie."""
    catalog = load_catalog(None)
    models, benchmarks, table = score_table(catalog)
    skills = sorted({catalog.benchmarks[name].skill for name in benchmarks})
    every = held_out(table)
    rows = [_row("all", every)]
    for at, skill in enumerate(skills):
        some = every.skill == at
        rows.append(
            _row(skill, HeldOut(*(getattr(every, name)[some] for name in HeldOut.__dataclass_fields__)))
        )
    faults = (
        [] if every.error(every.fitted) < every.error(every.percentile) else ["the fit loses to percentiles"]
    )
    if not 0.7 <= every.covered <= 0.9:
        faults.append(f"80 % intervals cover {every.covered:.0%}")
    coverage, more_faults = _coverage(left_out_boards(catalog))
    by_bill, by_price, models_billed = predicted_bills()
    if by_bill < MIN_RANK:
        more_faults.append(f"predicted and billed cost of a task: rank correlation {by_bill:.2f}")
    bills = Shown(
        "Cost of a task, predicted without LLMRouterBench, against what it was billed; rank correlation",
        ("models", "predicted", "list price alone"),
        [(str(models_billed), f"{by_bill:.2f}", f"{by_price:.2f}")],
    )
    title = (
        f"Held-out scores: {len(models)} models, {len(benchmarks)} benchmarks; mean error, points of 0-100"
    )
    head = ("skill", "scores", "fit", "mean percentile", "mean", "within 80 %")
    return Result([Shown(title, head, rows), *coverage, bills], faults + more_faults)


def save(result: Result, path: Path = PAGE) -> None:
    """Write the tables, but that by board, into PAGE in the place of those that are there."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    tables = [table.markdown for table in result.tables if table.title != BY_BOARD]
    path.write_text(before + BEGIN + "\n" + "\n".join(tables) + END + after, "utf-8")


def _coverage(boards: list[LeftOut]) -> tuple[list[Shown], list[str]]:
    """(the tables by skill and by board, the faults)."""
    by_skill, faults = [], []
    for skill in sorted({board.skill for board in boards}):
        of_skill = [board for board in boards if board.skill == skill]
        board_sd = BOARD_SD.get(skill, USUAL_BOARD_SD)
        covered = float(np.concatenate([board.inside(board_sd) for board in of_skill]).mean())
        rank = median(board.rank for board in of_skill)
        scores = sum(len(board.error) for board in of_skill)
        by_skill.append(
            (
                skill,
                str(len(of_skill)),
                str(scores),
                f"{board_sd:.2f}",
                f"{_needed(of_skill):.2f}",
                f"{covered:.0%}",
                f"{rank:.2f}",
            )
        )
        if len(of_skill) >= 3 and not COVERED[0] <= covered <= COVERED[1]:
            faults.append(f"80 % intervals of {skill} cover {covered:.0%} of a board left out")
    by_board = [
        (
            board.skill,
            board.board,
            str(len(board.error)),
            f"{board.inside(BOARD_SD.get(board.skill, USUAL_BOARD_SD)).mean():.0%}",
            f"{board.rank:.2f}",
        )
        for board in sorted(boards, key=lambda board: (board.skill, board.board))
    ]
    head = (
        "skill",
        "boards",
        "scores",
        "sd of boards",
        "sd for 80 %",
        "within 80 %",
        "rank correlation, median",
    )
    return [
        Shown(
            "A whole board left out at a time: its scores within the skill's 80 % interval", head, by_skill
        ),
        Shown(BY_BOARD, ("skill", "board", "scores", "within 80 %", "rank correlation"), by_board),
    ], faults


def _needed(boards: list[LeftOut]) -> float:
    """The standard deviation of boards with which 80 % of their scores are within the interval."""
    for hundredths in range(200):
        if np.concatenate([board.inside(hundredths / 100) for board in boards]).mean() >= 0.8:
            return hundredths / 100
    return 2.0


def _row(name: str, some: HeldOut) -> tuple[str, ...]:
    errors = (f"{some.error(guess):.2f}" for guess in (some.fitted, some.percentile, some.mean))
    return (name, str(len(some.score)), *errors, f"{some.covered:.0%}")
