"""How much more than others a model writes at each reasoning level, out of what tasks of public boards took.

For a task of board b and a model m at level l

    ln tokens = board[b] + model[m] + gain[l] + own[m, l] + noise,

with normal priors: a ridge regression, solved at once. `gain` is shared between models, so a level that no
board has is what others' levels are over theirs. Tokens are of output, hidden reasoning included, or USD over
the model's price of output where a board has the bill alone. Verbosity is exp(model + gain + own), 1 for the
mean of models that do not reason: what a label's `output_tokens` are of. Its interval holds BOARD_SD, how far
a model is off on one more board.

Bills are what tasks took at public boards: output tokens or USD, by model and level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from ....domain.catalog import UNSTATED
from ..model_names import key_of
from ..scores.boards import OLD_CURSOR
from ..scores.figure import rows, split
from .levels import Levels, level_of

PLAIN, ALWAYS = "", "always"  # a model that does not reason, and one that always does
PRIOR_SD = {"board": 5.0, "model": 0.6, "gain": 1.5, "own": 0.3}
NOISE = {"tokens": 0.4, "usd": 0.6}  # standard deviation of ln tokens; a bill has the prompt in it too
BOARD_SD = (
    0.35  # of ln tokens, on one more board: `python -m benchmarks skills` leaves out boards and finds it
)
MAX_VERBOSITY = 60.0


@dataclass(frozen=True)
class Bill:
    """What a task took of a model at a level: output tokens, or of `kind` usd the bill over the price."""

    board: str
    model: str
    level: str
    tokens: float
    kind: str = "tokens"


@dataclass(frozen=True)
class Verbosity:
    """By model and level, with the ends of its 80 % interval; a level that no board has is `estimated`."""

    value: float
    low: float
    high: float
    estimated: bool


def levels_of_model(model: str, levels: Mapping[str, Levels], reasons: bool) -> tuple[str, ...]:
    """Those of levels.toml; of a model without any one that stands for how it is."""
    return levels[model].names if model in levels else (ALWAYS if reasons else PLAIN,)


def fit_verbosity(
    bills: Iterable[Bill], models: Mapping[str, bool], levels: Mapping[str, Levels]
) -> dict[tuple[str, str], Verbosity]:
    """(model, level) -> its verbosity, for all of `models`, each with whether it reasons."""
    rows = [bill for bill in bills if bill.model in models and bill.tokens > 0]
    units = [(m, lv) for m, reasons in models.items() for lv in levels_of_model(m, levels, reasons)]
    names: list[tuple[str, object]] = [("board", name) for name in sorted({bill.board for bill in rows})]
    names += [("model", name) for name in models]
    names += [("gain", level) for level in sorted({level for _, level in units} - {PLAIN})]
    names += [("own", unit) for unit in units]
    columns: dict[tuple[str, object], int] = {name: at for at, name in enumerate(names)}
    design = np.zeros((len(rows), len(names)))
    for at, bill in enumerate(rows):
        design[at, columns["board", bill.board]] = 1.0
        design[at] += _unit_row(bill.model, bill.level, columns)
    weight = np.array([NOISE[bill.kind] ** -2 for bill in rows])
    target = np.log([bill.tokens for bill in rows])
    precision = np.diag([PRIOR_SD[kind] ** -2.0 for kind, _ in names]) + design.T @ (design * weight[:, None])
    centre = float(target.mean())
    mean = np.linalg.solve(precision, design.T @ (weight * (target - centre)))
    cov = np.linalg.inv(precision)
    basis = np.stack([_unit_row(model, level, columns) for model, level in units])
    value, spread = basis @ mean, np.sqrt(np.einsum("ua,ab,ub->u", basis, cov, basis) + BOARD_SD**2)
    told = {(bill.model, bill.level) for bill in rows}
    plain = [at for at, unit in enumerate(units) if unit[1] in (PLAIN, "none") and unit in told]
    value = value - value[plain].mean()
    return {
        unit: _rounded(value[at], spread[at], estimated=unit not in told) for at, unit in enumerate(units)
    }


def _unit_row(model: str, level: str, columns: Mapping[tuple[str, object], int]) -> NDArray[np.float64]:
    row = np.zeros(len(columns))
    for name in (("model", model), ("gain", level), ("own", (model, level))):
        if name in columns:
            row[columns[name]] = 1.0
    return row


def _rounded(value: float, spread: float, *, estimated: bool) -> Verbosity:
    low, mid, high = (
        float(f"{min(np.exp(value + side * 1.2815516 * spread), MAX_VERBOSITY):.2g}") for side in (-1, 0, 1)
    )
    return Verbosity(mid, low, high, estimated)


# File of `quality/2026-11` -> (column, what makes it tokens or USD of a task, kind).
BOARDS = {
    "epoch_deepswe": ("mean_output_tokens", 1.0, "tokens"),
    "epoch_ale_bench": ("output_tokens_k", 1e3, "tokens"),
    "epoch_cursorbench": ("tokens_per_task", 1.0, "tokens"),
    "epoch_arc_agi_1": ("cost_per_task_usd", 1.0, "usd"),
    "epoch_arc_agi_2": ("cost_per_task_usd", 1.0, "usd"),
    "epoch_proofbench": ("cost_per_task_usd", 1.0, "usd"),
    "epoch_weirdml": ("cost_per_run_usd", 1.0, "usd"),
}
BENCHBOARD = ("automationbench", "agents-last-exam-score")  # boards of which it has the USD of a task


# LLMRouterBench's names -> (a name of the model, the setting that its paper states).
ROUTER_BENCH = {
    "Claude-v4": ("claude-sonnet-4", "none"),
    "DS-V3.1-Tms": ("deepseek-v3.1-terminus", "none"),
    "DeepSeek-R1": ("deepseek-r1-0528", ""),
    "DeepSeek-V3": ("deepseek-v3-0324", ""),
    "GLM-4.6": ("glm-4.6", "thinking"),
    "GPT-5": ("gpt-5", "medium"),
    "Gemini-Flash": ("gemini-2.5-flash", "thinking"),
    "Gemini-Pro": ("gemini-2.5-pro", ""),
    "Kimi-K2": ("kimi-k2-instruct-0905", ""),
    "Qwen3-235B": ("qwen3-235b-a22b-instruct-2507", ""),
    "Qwen3-Thinking": ("qwen3-235b-a22b-thinking-2507", ""),
}


ROUTER_BENCH_DAY = date(2026, 1, 13)  # of its paper, arXiv 2601.07206


def read_bills(
    folder: Path,
    known: Mapping[str, str],
    levels: Mapping[str, Levels],
    reasoning: Mapping[str, bool],
    prices: Mapping[str, float],
) -> Iterator[Bill]:
    """Every task of every board. `folder`: with quality/ and routing-benchmarks/. `prices`: of output by
    model, USD per million, for boards that have the bill alone.
    """
    for board, name, effort, amount, kind in _amounts(folder):
        model = key_of(name, known)
        if model is None or model not in reasoning:
            continue
        level = (
            level_of(effort, levels[model]) if model in levels else (ALWAYS if reasoning[model] else PLAIN)
        )
        if level is None or level == UNSTATED or (kind == "usd" and model not in prices):
            continue
        yield Bill(board, model, level, amount if kind == "tokens" else 1e6 * amount / prices[model], kind)


def _amounts(folder: Path) -> Iterator[tuple[str, str, str, float, str]]:
    """(board, name, setting, tokens or USD of a task, which)."""
    yield from router_bench(folder / "routing-benchmarks")
    folder = folder / "quality"
    runs: list[dict[str, Any]] = yaml.safe_load(
        (folder / "aider_polyglot_leaderboard.yml").read_text("utf-8")
    )
    for run in runs:
        if run.get("completion_tokens") and " + " not in run["model"]:
            name, variant = split(run["model"])
            effort = variant or str(run.get("reasoning_effort") or "")
            yield "aider", name, effort, run["completion_tokens"] / run["test_cases"], "tokens"
    for stem, (column, scale, kind) in BOARDS.items():
        text = (folder / "2026-11" / f"{stem}.csv").read_text("utf-8")
        for row in rows(text, ("model", "effort", column), stem):
            if row[column] and not (stem == "epoch_cursorbench" and row["model"].startswith(OLD_CURSOR)):
                yield stem, row["model"], row["effort"].replace("_", " "), scale * float(row[column]), kind
    text = (folder / "2026-11" / "benchboard_2026-09-28.csv").read_text("utf-8")
    for row in rows(text, ("model", "effort", "benchmark", "usd_per_task", "tokens"), "benchboard"):
        if "+" in row["model"] or not row["effort"]:
            continue
        if row["benchmark"] == "cursorbench-4.0" and row["tokens"]:
            yield "cursorbench-4.0", row["model"], row["effort"], float(row["tokens"]), "tokens"
        elif row["benchmark"] in BENCHBOARD and row["usd_per_task"]:
            yield row["benchmark"], row["model"], row["effort"], float(row["usd_per_task"]), "usd"


def router_bench(folder: Path) -> Iterator[tuple[str, str, str, float, str]]:
    """USD of a question, by set and model."""
    text = (folder / "llmrouterbench_sizes.csv").read_text("utf-8")
    sizes = {row["dataset"]: float(row["questions"]) for row in rows(text, ("dataset", "questions"), "sizes")}
    text = (folder / "llmrouterbench_flagship.csv").read_text("utf-8")
    for row in rows(text, ("model", "dataset", "cost"), "llmrouterbench"):
        if row["model"] in ROUTER_BENCH and row["dataset"] in sizes:
            name, effort = ROUTER_BENCH[row["model"]]
            yield f"router_{row['dataset']}", name, effort, float(row["cost"]) / sizes[row["dataset"]], "usd"
