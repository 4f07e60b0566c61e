"""The proof: exact models over all that reduced costs leave within a radius of the bound.

The reduced costs of the labels' mixes and of the models in use add up: a plan costs at least the bound plus
their sum. With an incumbent `gap` above the bound, every better plan keeps all of them within a radius, or
has one beyond it and all others within gap - radius. One model settles the first kind, a small one per label
and one for the models the second.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from ..compile.problem import Floats
from ..mixes.columns import Columns
from .decomposition import Coupled
from .master import Relaxed
from .near import Near, Radii, best_of, both_ends
from .pricing import Bound, column_costs
from .state import State, pool_columns

FIRST = 40  # columns a label in the first model


def prove(coupled: Coupled, state: State, lp: Relaxed, low: Bound, end: float) -> tuple[State, bool]:
    """(state, proven): not where time is up."""
    state, radius = _first(coupled, state, lp, low, end)
    near = Near(coupled, state, lp, low)
    while perf_counter() < end:
        within = Radii.all(coupled, radius)
        state, solved = near.solve(state, within, end)
        gap = state.value - low.value + 1e-9 * coupled.scale
        if solved and (gap <= radius or near.every(within)):
            return replace(state, bound=state.value), True
        if solved:
            state = replace(state, bound=max(state.bound, min(state.value, low.value + radius)))
        wider = near.next(state, radius, gap)
        if solved and wider <= radius:
            return _beyond(near, state, radius, end)
        radius = wider
    return state, False


def adapted(coupled: Coupled, state: State, old: Floats, end: float) -> State:
    """With the best plan out of the models that an earlier plan used, as an incumbent to prune with."""
    model = coupled.problem.model
    few = np.zeros(coupled.models, dtype=bool)
    few[model[(old > 0).any(axis=0)]] = True
    found = best_of(coupled, state, lambda now: pool_columns(coupled, replace(now, pool=few)), end)[0]
    return replace(found, bound=state.bound)


def _first(coupled: Coupled, state: State, lp: Relaxed, low: Bound, end: float) -> tuple[State, float]:
    """A first plan out of the pool's best columns, to prune with, and the radius that they lie within."""
    columns = pool_columns(coupled, state)
    costs = np.sort(column_costs(coupled, columns, lp.prices, low, state.rows))
    radius = max(float(costs[: FIRST * coupled.labels][-1]), 1e-3 * coupled.scale)

    def nearest(now: State) -> Columns:
        columns = pool_columns(coupled, now)
        costs = column_costs(coupled, columns, lp.prices, low, now.rows)
        return columns.take(both_ends(columns, costs, radius))

    known = coupled.bounding or np.isfinite(state.value)
    return (state if known else best_of(coupled, state, nearest, end)[0]), radius


def _beyond(near: Near, state: State, radius: float, end: float) -> tuple[State, bool]:
    """The plans with one label's mix, or else one model, beyond the radius: at least half of the gap."""
    coupled = near.coupled
    for one in range(-1, coupled.labels):
        gap = state.value - near.low.value + 1e-9 * coupled.scale
        if gap <= radius:
            break
        rest = Radii.all(coupled, gap - radius)
        if one >= 0:
            rest.labels[one] = gap
        within = rest if one >= 0 else replace(rest, models=gap)
        if near.reaches(one, radius, gap):
            state, solved = near.solve(state, within, end)
            if not solved:
                return state, False
    return replace(state, bound=state.value), True
