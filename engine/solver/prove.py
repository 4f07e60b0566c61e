"""The proof: integer models over all that reduced costs leave within a radius of the bound.

A plan that uses a column of reduced cost above t costs more than bound + t. So the integer model over all
columns up to t is the optimum of everything as soon as its value is at most bound + t; else t grows. Where
columns only bound (more than two offers, pins, replicas) it is the textbook model over the offers within t.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from .columns import Columns
from .compact import together
from .coupled import Coupled
from .master import Master, Relaxed
from .price import Bound, column_costs, offer_costs
from .problem import Bools, Floats, Ints
from .state import State, worth_limit

FIRST = 40  # columns a label in the first integer model


def prove(
    coupled: Coupled, state: State, columns: Columns, lp: Relaxed, low: Bound, *, end: float
) -> tuple[State, bool]:
    """Integer models over all columns of reduced cost up to a growing radius, until the bound meets one."""
    tiny = 1e-9 * coupled.scale
    costs = np.sort(column_costs(coupled, columns, lp.prices, low, state.rows))
    first = float(costs[min(FIRST * coupled.labels, len(costs) - 1)])
    radius = min(max(first, 1e-3 * coupled.scale), state.value - low.value)
    near = _Near(coupled, lp, low)
    step = _textbook if coupled.bounding else _master
    while perf_counter() < end:
        state, solved, every = step(near, state, radius + tiny, end)
        if solved is None:
            return state, False
        if solved and (every or state.value <= low.value + radius + tiny):
            return replace(state, bound=state.value), True
        if solved:
            state = replace(state, bound=max(state.bound, min(state.value, low.value + radius)))
        radius = near.next(radius, state.value - low.value)
    return state, False


def _master(near: _Near, state: State, radius: float, end: float) -> tuple[State, bool | None, bool]:
    """(state, solved to the end or None where a new rule was broken, over all there is): mix columns."""
    coupled = near.coupled
    chosen, every = near.columns(radius, state, worth_limit(coupled, state))
    if len(np.unique(chosen.label)) < coupled.labels:
        return state, True, every
    result = Master(coupled, chosen, list(state.rows)).whole(end - perf_counter())
    if result.x is not None:
        shares = chosen.mixed(result.x[: len(chosen)], coupled.value.shape)
        if broken := coupled.rules.broken(shares, state.rows):
            return replace(state, rows=(*state.rows, *broken)), None, every
        state = state.better(float((coupled.value * shares).sum()), shares)
    return state, result.status in (0, 2), every


def _textbook(near: _Near, state: State, radius: float, end: float) -> tuple[State, bool | None, bool]:
    """The same with the textbook model over the offers within the radius."""
    full = near.coupled.full
    mask = (near.offers_within(radius) | (full.pin > 0)) & full.eligible
    every = bool((mask == full.eligible).all())
    if not mask.any(axis=1).all():
        return state, True, every
    answer = together(full, mask, end - perf_counter())
    if answer.shares is not None:
        state = state.better(answer.value, answer.shares, answer.replicas)
    return state, answer.status in {"optimal", "infeasible"}, every


class _Near:
    """The mix columns within a radius of the bound, out of the whole catalogue."""

    def __init__(self, coupled: Coupled, lp: Relaxed, low: Bound) -> None:
        self.coupled, self.prices, self.low = coupled, lp.prices, low
        self.offers = offer_costs(coupled, lp.prices, low)
        most = coupled.problem.max_models
        charges = low.charge.sum(axis=0)
        # A plan that uses model m gives up one of the max_models dearest charges for m's own.
        last = -np.inf if most is None else float(np.sort(charges)[-most:][0])
        self.models = np.maximum(0.0, last - charges)

    def offers_within(self, radius: float) -> Bools:
        """(L, N) the offers that a plan within the radius may use."""
        return np.asarray((self.offers <= radius) & (self.models[self.coupled.problem.model] <= radius))

    def next(self, radius: float, most: float) -> float:
        """A wider radius: one that lets more offers in, but at once the widest where that is not many."""
        now, all_ = self.offers_within(radius).sum(), self.offers_within(most).sum()
        return most if all_ <= 1.5 * now else min(2.5 * radius, most)

    def columns(self, radius: float, state: State, limit: Floats | None) -> tuple[Columns, bool]:
        """(columns of reduced cost at most `radius`, whether these are all columns there are)."""
        c, near = self.coupled, self.offers_within(radius)
        pool = [np.flatnonzero(row) for row in near]
        columns = c.columns(pool, state.rows, limit)
        costs = column_costs(c, columns, self.prices, self.low, state.rows)
        keep = _both_ends(columns, costs, radius)
        reach = np.isfinite(c.best) & c.problem.eligible
        every = bool((near | ~reach).all()) and len(keep) == len(columns)
        return columns.take(keep), every


def _both_ends(columns: Columns, costs: Floats, most: float) -> Ints:
    """The columns of every pair that has an end point of reduced cost at most `most`."""
    of = columns.support
    least = np.full(int(of.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, of, costs)
    return np.flatnonzero(least[of] <= most)
