"""The fit of skills on scores, whole boards and bills that it has not seen.

Each board is left out as a whole, with all that ask the same questions (SAME_TEST): the fit of the others
says where its models stand, and the board's own scores are brought to that scale by their mean and spread
(linear equating, Kolen and Brennan 2014). The share of them within the catalogue's 80 % interval is what the
interval promises of one more board. Skills with three boards or more are held to it. Ranks are compared over
all levels, at the default level of each model, and at the highest that the board has of it.

What a task costs is predicted from the bills of other boards, and compared with what LLMRouterBench billed;
what models write, with the bills of each board in turn.

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
from numpy.typing import NDArray

from modelpick.engine.adapters.catalog.curation.levels import Levels, reasoning_models, reviewed_levels
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
# Boards of one test, its versions and what makers report of it: one of them tells too much of another.
SAME_TEST = (
    ("arc_agi", "arc_agi_2"),
    ("cursorbench_3", "cursorbench_4"),
    ("deepswe", "deepswe_reported"),
    ("frontiercode", "frontiercode_reported"),
    ("frontiermath", "frontiermath_v2", "frontiermath_4_v2"),
    ("gpqa_diamond", "gpqa_reported", "gpqa_vendor", "llmrouterbench_gpqa"),
    ("hle", "hle_vendor", "llmrouterbench_hle"),
    ("apex_agents", "apex_agents_october"),
    ("swe_bench_bash", "swe_bench_verified", "swe_bench_verified_reported", "llmrouterbench_swe"),
    ("swe_bench_pro", "swe_pro_reported"),
    ("terminal_bench", "terminal_codex", "terminal_4_reported"),
    ("aider_polyglot", "aider_edit"),
    ("mmlu", "mmlu_reported"),
    ("mmlu_pro_reported", "llmrouterbench_mmlu_pro"),
    ("math_l5", "math_reported", "math_500_reported"),
    ("otis_aime", "aime_2024_reported", "llmrouterbench_aime"),
    ("mgsm", "mgsm_reported"),
    ("mmmlu", "mmmlu_reported"),
    ("mmmu_reported", "mmmu_pro"),
    ("simpleqa_verified", "llmrouterbench_simpleqa"),
    ("livecodebench_reported", "llmrouterbench_lcb"),
    ("tau_retail_reported", "tau_airline_reported", "llmrouterbench_tau2"),
    ("humaneval_plus", "humaneval_reported", "mbpp_plus"),
)


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
    standard error of the fit, both (scores,); and the rank correlation of the two: of all scores, of models
    at their default level, and at the highest that the board has; None of fewer than MIN_MODELS."""

    board: str
    skill: str
    error: Floats
    sd: Floats
    rank: float
    rank_default: float | None = None
    rank_highest: float | None = None

    def inside(self, board_sd: float) -> Floats:
        """(scores,) 1 where the score is within the 80 % interval of a fit with this sd of boards."""
        return np.asarray(np.abs(self.error) <= INTERVAL_SDS * np.hypot(self.sd, board_sd), dtype=np.float64)


def left_out_boards(catalog: Catalog) -> list[LeftOut]:
    """Every board with MIN_MODELS models that others have scored as well, left out of the fit in turn."""
    models, benchmarks, table = score_table(catalog)
    logit, _ = logits(table)
    tests = {board: test for test in SAME_TEST for board in test}
    fits: dict[tuple[str, ...], tuple[Ability, Ints]] = {}
    boards = []
    for at, board in enumerate(benchmarks):
        of_skill = table.skill[table.benchmark] == table.skill[at]
        if (table.benchmark == at).sum() < MIN_MODELS or len(set(table.benchmark[of_skill])) < 3:
            continue
        test = tests.get(board, (board,))
        if test not in fits:
            kept = ~np.isin(table.benchmark, [i for i, name in enumerate(benchmarks) if name in test])
            cells = {name: getattr(table, name)[kept] for name in ("model", "benchmark", "score")}
            fits[test] = fit(replace(table, **cells)), np.unique(cells["model"])
        ability, seen = fits[test]
        on = (table.benchmark == at) & np.isin(table.model, seen)
        model, z = table.model[on], logit[on]
        if len(model) < MIN_MODELS:
            continue
        mean, sd = ability.mean[model, table.skill[at]], ability.sd[model, table.skill[at]]
        equated = mean.mean() + (z - z.mean()) * mean.std() / z.std()
        default, highest = _at_default(catalog, models, model), _at_highest(catalog, models, model)
        at_levels = (
            rank_correlation(mean[at_level], z[at_level]) if at_level.sum() >= MIN_MODELS else None
            for at_level in (default, highest)
        )
        rank = rank_correlation(mean, z)
        boards.append(LeftOut(board, catalog.benchmarks[board].skill, equated - mean, sd, rank, *at_levels))
    return boards


def _at_default(catalog: Catalog, models: list[str], model: Ints) -> NDArray[np.bool_]:
    """(scores,) whether each is of a model at its default level, or of one without levels."""
    return np.array([models[i] in catalog.models for i in model], dtype=bool)


def _at_highest(catalog: Catalog, models: list[str], model: Ints) -> NDArray[np.bool_]:
    """(scores,) whether each is of the highest level that these scores have of its model."""
    places: dict[str, tuple[int, int]] = {}
    for at, i in enumerate(model):
        base, _, level = models[i].partition("@")
        facts = catalog.models[base]
        efforts = list(facts.efforts)
        level = level or facts.default_effort or ""
        place = efforts.index(level) if level in efforts else -1
        places[base] = max(places.get(base, (-2, 0)), (place, at))
    highest = {at for _, at in places.values()}
    return np.array([at in highest for at in range(len(model))], dtype=bool)


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
    rows, reasoning, levels = _bills(catalog)
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


def _bills(catalog: Catalog) -> tuple[list[Bill], dict[str, bool], dict[str, Levels]]:
    """(the bills of all boards, whether each model reasons, the levels of those that have some)."""
    models = {key: {"features": model.features} for key, model in catalog.models.items()}
    levels = {key: of_model for key, of_model in reviewed_levels().items() if key in models}
    with (DATA / "board_bills.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Bill(r["board"], r["model"], r["level"], float(r["tokens"]), r["kind"])
            for r in csv.DictReader(file)
        ]
    return rows, reasoning_models(models), levels


@dataclass(frozen=True)
class BillsLeftOut:
    """A board whose bills the fit of verbosity has not seen: how many settings of models it has, the rank
    correlation of what they write there and what is predicted, and how much of it is within 80 %."""

    board: str
    settings: int
    rank: float
    covered: float


def left_out_bills(catalog: Catalog) -> list[BillsLeftOut]:
    """Every board of bills with MIN_MODELS settings left out in turn, LLMRouterBench's sets as one.

    What a task takes there is brought to the predictions' mean: a board's tasks are as long as they are.
    """
    rows, reasoning, levels = _bills(catalog)
    boards: dict[str, list[Bill]] = {}
    for row in rows:
        boards.setdefault("llmrouterbench" if row.board.startswith(HELD_OUT) else row.board, []).append(row)
    left = []
    for board, bills in sorted(boards.items()):
        seen = (row for other, of_other in boards.items() if other != board for row in of_other)
        verbosity = fit_verbosity(seen, reasoning, levels)
        written: dict[tuple[str, str], list[float]] = {}
        for bill in bills:
            written.setdefault((bill.model, bill.level), []).append(np.log(bill.tokens))
        if len(written) < MIN_MODELS:
            continue
        tokens = np.array([np.mean(of_setting) for of_setting in written.values()])
        low, middle, high = (
            np.log([getattr(verbosity[setting], end) for setting in written])
            for end in ("low", "value", "high")
        )
        shifted = tokens - tokens.mean() + middle.mean()
        covered = float(((low <= shifted) & (shifted <= high)).mean())
        left.append(BillsLeftOut(board, len(tokens), rank_correlation(tokens, middle), covered))
    return left


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
    of_bills = left_out_bills(catalog)
    by_board = Shown(
        "Output of a task, predicted without the board, against what it took there",
        ("board", "settings of models", "rank correlation", "within 80 %"),
        [(b.board, str(b.settings), f"{b.rank:.2f}", f"{b.covered:.0%}") for b in of_bills],
    )
    settings = sum(board.settings for board in of_bills)
    covered = sum(board.settings * board.covered for board in of_bills) / settings
    if not COVERED[0] <= covered <= COVERED[1]:
        more_faults.append(f"80 % intervals of verbosity cover {covered:.0%} of a board left out")
    title = (
        f"Held-out scores: {len(models)} models, {len(benchmarks)} benchmarks; mean error, points of 0-100"
    )
    head = ("skill", "scores", "fit", "mean percentile", "mean", "within 80 %")
    return Result([Shown(title, head, rows), *coverage, bills, by_board], faults + more_faults)


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
        ranks: list[list[float | None]] = [
            [board.rank for board in of_skill],
            [board.rank_default for board in of_skill],
            [board.rank_highest for board in of_skill],
        ]
        known = [[rank for rank in of_level if rank is not None] for of_level in ranks]
        scores = sum(len(board.error) for board in of_skill)
        by_skill.append(
            (
                skill,
                str(len(of_skill)),
                str(scores),
                f"{board_sd:.2f}",
                f"{_needed(of_skill):.2f}",
                f"{covered:.0%}",
                *(f"{median(of_level):.2f}" if of_level else "" for of_level in known),
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
            *(
                "" if rank is None else f"{rank:.2f}"
                for rank in (board.rank, board.rank_default, board.rank_highest)
            ),
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
        "at the default level",
        "at the highest",
    )
    return [
        Shown(
            "A whole board left out at a time: its scores within the skill's 80 % interval", head, by_skill
        ),
        Shown(
            BY_BOARD,
            (
                "skill",
                "board",
                "scores",
                "within 80 %",
                "rank correlation",
                "at the default level",
                "at the highest",
            ),
            by_board,
        ),
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
