"""Offers that another offer beats for a label: no dearer, no worse, no later, and better in one of these.

A limit across labels can bring such an offer in all the same: it is said, never used to drop one.
"""

from __future__ import annotations

import numpy as np

from ...domain.explanation import Dominated
from ..compile.problem import Problem
from ..mixes.dominance import skyline


def dominated(problem: Problem, row: int) -> tuple[Dominated, ...]:
    """The eligible offers of the label at `row` that are beaten, by name, each with its cheapest better."""
    p = problem
    ix = np.flatnonzero(p.eligible[row])
    late = p.late[row, ix] if np.isfinite(p.max_late[row]) else np.zeros(len(ix))
    metrics = np.column_stack([p.cost[row, ix], -np.nan_to_num(p.quality[row, ix]), late])
    best = skyline(metrics, p.provider[ix])
    best = best[np.lexsort((ix[best], -metrics[best, 1], metrics[best, 0]))]
    found = []
    for at in range(len(ix)):
        beats = (metrics[best] <= metrics[at]).all(axis=1) & (metrics[best] < metrics[at]).any(axis=1)
        if beats.any():
            by = int(best[beats.argmax()])
            dearer, worse, later = (float(gap) for gap in metrics[at] - metrics[by])
            found.append(
                Dominated(
                    label=p.labels[row],
                    offer=p.offers[ix[at]],
                    by=p.offers[ix[by]],
                    dearer=dearer,
                    worse=worse,
                    later=later,
                )
            )
    return tuple(found)
