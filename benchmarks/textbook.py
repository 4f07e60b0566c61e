"""The model as a textbook writes it, in matrices, from a compiled problem: what every peer is given.

x  share of a label at an eligible offer        sum x = 1, quality, lateness, rules across labels
y  the offer is used in the label               min_share*y <= x <= y, at most max_offers y a label
z  the offer's model (v: provider) is used      y <= z, at most max_models z
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from modelpick.engine.solver.compile.problem import Problem

from .catalogues import Bools, Floats, Ints


@dataclass(frozen=True)
class Model:
    """minimise c*x where row_low <= A*x <= row_high, low <= x <= high, some x whole."""

    c: Floats
    a: csc_array
    row_low: Floats
    row_high: Floats
    high: Floats
    whole: Bools
    label: Ints  # of each share column
    offer: Ints
    switches: tuple[Ints, ...]  # columns that are 1 where a share column is used; -1: none

    @property
    def low(self) -> Floats:
        """Nothing is negative."""
        return np.zeros(len(self.c))

    @property
    def equal(self) -> Ints:
        """The rows that are equations; all others are one-sided, `<= row_high`."""
        return np.flatnonzero(self.row_low == self.row_high)

    @property
    def size(self) -> str:
        """Rows, columns and whole columns, in words."""
        return f"{len(self.row_high):,} rows, {len(self.c):,} columns, {int(self.whole.sum()):,} whole"


class _Rows:
    """Rows under construction: `<=`, unless told that they are equations."""

    def __init__(self) -> None:
        self.row: list[npt.NDArray[np.integer]] = []
        self.col: list[npt.NDArray[np.integer]] = []
        self.val: list[Floats] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self.count = 0

    def block(self, high: Floats, *, equal: bool = False) -> int:
        """Opens rows with these right-hand sides; the first one's index."""
        self.high.append(high)
        self.low.append(high if equal else np.full(len(high), -np.inf))
        self.count += len(high)
        return self.count - len(high)

    def put(self, row: Ints | int, col: Ints, val: Floats | float) -> None:
        """Entries, broadcast to the columns."""
        self.row.append(np.broadcast_to(np.asarray(row, np.int64), col.shape))
        self.col.append(col)
        self.val.append(np.broadcast_to(np.asarray(val, float), col.shape))

    def matrix(self, width: int) -> csc_array:
        """All entries, explicit zeros dropped."""
        row, col, val = (np.concatenate(parts) for parts in (self.row, self.col, self.val))
        keep = val != 0
        matrix = csc_array((val[keep], (row[keep], col[keep])), shape=(self.count, width))
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        return matrix


def textbook(problem: Problem) -> Model:
    """The textbook model of a problem without pins, replicas and min_providers."""
    if len(problem.self_hosted) or not np.isnan(problem.pin).all() or (problem.min_providers > 1).any():
        raise ValueError("the benchmarks' textbook model has no pins, replicas or min_providers")
    label, offer = np.nonzero(problem.eligible)
    count = len(label)
    rows = _Rows()
    _mixes(problem, rows, label, offer)
    _couplings(problem, rows, label, offer)
    whole = (problem.max_offers < problem.eligible.sum(axis=1)) | (problem.min_share > 0)
    used = whole[label] | (problem.max_models is not None) | (problem.max_providers is not None)
    y = np.where(used, count + np.cumsum(used) - 1, -1)
    width = count + int(used.sum())
    if used.any():
        _uses(problem, rows, label, y)
    switches = [y]
    for codes, most in ((problem.model, problem.max_models), (problem.provider, problem.max_providers)):
        if most is not None:
            switches.append(_switches(rows, codes[offer], y, width, most))
            width = int(switches[-1].max()) + 1
    c = np.zeros(width)
    c[:count] = problem.objective[label, offer]
    return Model(
        c,
        rows.matrix(width),
        np.concatenate(rows.low),
        np.concatenate(rows.high),
        np.ones(width),
        np.arange(width) >= count,
        label,
        offer,
        tuple(switches),
    )


def _mixes(problem: Problem, rows: _Rows, label: Ints, offer: Ints) -> None:
    x, count = np.arange(len(label)), len(problem.labels)
    rows.put(rows.block(np.ones(count), equal=True) + label, x, 1.0)
    quality = np.nan_to_num(problem.quality[label, offer])
    for values, limit in ((-quality, -problem.min_quality), (problem.late[label, offer], problem.max_late)):
        ruled = np.flatnonzero(np.isfinite(limit))
        place = np.full(count, -1)
        place[ruled] = rows.block(limit[ruled]) + np.arange(len(ruled))
        k = np.flatnonzero(place[label] >= 0)
        rows.put(place[label[k]], x[k], values[k])


def _couplings(problem: Problem, rows: _Rows, label: Ints, offer: Ints) -> None:
    place = np.full(problem.eligible.shape, -1)
    place[label, offer] = np.arange(len(label))
    first = rows.block(np.array([rule.limit for rule in problem.linking]))
    for i, rule in enumerate(problem.linking):
        at = place[:, rule.offers]
        k = at >= 0
        rows.put(first + i, at[k], rule.coef[k])


def _uses(problem: Problem, rows: _Rows, label: Ints, y: Ints) -> None:
    x = np.flatnonzero(y >= 0)
    first = rows.block(np.zeros(len(x))) + np.arange(len(x))
    rows.put(first, x, 1.0)
    rows.put(first, y[x], -1.0)
    least = problem.min_share[label[x]]
    if least.any():
        first = rows.block(np.zeros(len(x))) + np.arange(len(x))
        rows.put(first, x, -1.0)
        rows.put(first, y[x], least)
    limited = problem.max_offers < problem.eligible.sum(axis=1)
    if limited.any():
        place = np.where(limited, np.cumsum(limited) - 1, -1)
        first_row = rows.block(problem.max_offers[limited].astype(float))
        k = x[limited[label[x]]]
        rows.put(first_row + place[label[k]], y[k], 1.0)


def _switches(rows: _Rows, codes: Ints, y: Ints, width: int, most: int) -> Ints:
    """y <= z for each code's switch z, at most `most` of them; the switch of each share column."""
    names, of = np.unique(codes, return_inverse=True)
    z = width + np.arange(len(names), dtype=np.int64)
    first = rows.block(np.zeros(len(y))) + np.arange(len(y))
    rows.put(first, y, 1.0)
    rows.put(first, z[of], -1.0)
    rows.put(rows.block(np.array([float(most)])), z, 1.0)
    return np.asarray(z[of])


def point(model: Model, shares: Floats) -> Floats:
    """A plan's shares (L, N) as a point of the model, with the switches that the shares need."""
    x = np.zeros(len(model.c))
    share = shares[model.label, model.offer]
    x[: len(share)] = share
    for columns in model.switches:
        x[columns[(share > 0) & (columns >= 0)]] = 1.0
    return x


def breaks(model: Model, x: Floats) -> float:
    """By how much a point breaks the worst row or bound, relative to the row's right-hand side."""
    scale = np.maximum(1.0, np.abs(model.row_high))
    load = model.a @ x
    over = np.maximum(load - model.row_high, model.row_low - load) / scale
    return float(max(over.max(), (-x).max(), (x - model.high).max(), 0.0))
