"""Dominance: which offers no other beats in every respect. To seed; a licence to drop only uncoupled."""

from __future__ import annotations

import numpy as np

from ..compile.problem import Bools, Floats, Ints
from ..tolerances import TINY

BLOCK = 32  # rows that are compared at a time: the first few beat most of the others


def nondominated(metrics: Floats, group: Ints, depth: int = 1) -> Ints:
    """Indices of the rows of `metrics` (n, d; smaller is better) that fewer than `depth` groups dominate.

    The first of equal rows comes first. The group is the provider.
    """
    if not len(metrics):
        return np.zeros(0, np.int64)
    size = np.maximum(np.ptp(metrics, axis=0), TINY)
    total = ((metrics - metrics.min(axis=0)) / size).sum(axis=1)
    # A dominator always comes before what it dominates; the least total first, as it beats the most.
    order = np.lexsort((*metrics.T[::-1], total))
    columns = np.ascontiguousarray(metrics[order].T)
    groups = group[order] if depth > 1 else np.zeros(len(order), np.int64)
    kept, left = np.zeros(0, np.int64), np.arange(len(order))
    beaten = np.zeros((len(order), int(groups.max()) + 1), np.bool_)  # by which groups
    while len(left):
        block, left = left[:BLOCK], left[BLOCK:]
        # What enough groups beat beats nothing that these do not beat as well.
        beats = _as_good(columns, block, block) & np.tri(len(block), k=-1, dtype=bool)
        _mark(beaten, groups, block, block, beats)
        block = block[beaten[block].sum(axis=1) < depth]
        kept = np.concatenate([kept, block])
        _mark(beaten, groups, left, block, _as_good(columns, left, block))
        left = left[beaten[left].sum(axis=1) < depth]
    return np.sort(order[kept])


def _mark(beaten: Bools, groups: Ints, rows: Ints, others: Ints, as_good: Bools) -> None:
    """Mark in `beaten` (n, groups) by whose offers the rows are beaten: `as_good` is (rows, others)."""
    if beaten.shape[1] == 1:
        beaten[rows, 0] |= as_good.any(axis=1)
        return
    for group in np.unique(groups[others]):
        beaten[rows, group] |= as_good[:, groups[others] == group].any(axis=1)


def no_worse(metrics: Floats, rows: Ints, others: Ints) -> Bools:
    """(rows, others) whether the other is as good in all of `metrics` (n, d; smaller is better)."""
    return _as_good(np.ascontiguousarray(metrics.T), rows, others)


def _as_good(columns: Floats, rows: Ints, others: Ints) -> Bools:
    """As `no_worse`; the metrics as `columns` (d, n), which are read faster."""
    as_good = np.ones((len(others), len(rows)), dtype=np.bool_)
    for column in columns:
        as_good &= column[others, None] <= column[rows]
    return as_good.T
