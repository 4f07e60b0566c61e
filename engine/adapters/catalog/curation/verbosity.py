"""How much more than others a model writes at each reasoning level, out of what tasks of public boards took.

For a task of board b and a model m at level l

    ln tokens = board[b] + model[m] + gain[l] + own[m, l] + noise,

with normal priors: a ridge regression, solved at once. `gain` is shared between models, so a level that no
board has is what others' levels are over theirs. Tokens are of output, hidden reasoning included, or USD over
the model's price of output where a board has the bill alone. Verbosity is exp(model + gain + own), 1 for the
mean of models that do not reason: what a label's `output_tokens` are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .levels import Levels

PLAIN, ALWAYS = "", "always"  # a model that does not reason, and one that always does
PRIOR_SD = {"board": 5.0, "model": 0.6, "gain": 1.5, "own": 0.3}
NOISE = {"tokens": 0.4, "usd": 0.6}  # standard deviation of ln tokens; a bill has the prompt in it too
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
    value, spread = basis @ mean, np.sqrt(np.einsum("ua,ab,ub->u", basis, cov, basis))
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
