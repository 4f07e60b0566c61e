"""Dominance: which offers no other beats in every respect. To seed; a licence to drop only uncoupled."""

from __future__ import annotations

import numpy as np

from ..compile.problem import Bools, Floats, Ints
from ..tolerances import TINY


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
    sorted_, groups = metrics[order], group[order]
    seen = np.zeros((len(order), int(group.max()) + 1 if depth > 1 else 0), dtype=bool)
    beaten = np.zeros(len(order), np.int64)  # by how many groups
    alive = np.arange(len(order))
    kept: list[int] = []
    while len(alive):
        first, alive = alive[0], alive[1:]
        kept.append(int(first))
        dominated = (sorted_[alive] >= sorted_[first]).all(axis=1)
        if depth == 1:
            alive = alive[~dominated]
            continue
        more = alive[dominated & ~seen[alive, groups[first]]]
        seen[more, groups[first]] = True
        beaten[more] += 1
        alive = alive[beaten[alive] < depth]
    return np.sort(order[np.array(kept, dtype=np.int64)])


def no_worse(metrics: Floats, rows: Ints, others: Ints) -> Bools:
    """(rows, others) whether the other is as good in all of `metrics` (n, d; smaller is better)."""
    as_good = np.ones((len(rows), len(others)), dtype=np.bool_)
    for column in metrics.T:
        as_good &= column[others] <= column[rows, None]
    return as_good
