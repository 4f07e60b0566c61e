"""The proof: integer models over all that reduced costs leave within a radius of the bound.

The reduced costs of the labels' mixes and of the models in use add up: a plan costs at least the bound plus
their sum. With an incumbent `gap` above the bound, every better plan keeps all of them within a radius, or
has one beyond it and all others within gap - radius. One integer model settles the first kind, a small one
per label and one for the models the second. Where columns only bound (more than two offers, pins, replicas)
these are textbook models over the offers within the radius.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from .columns import Columns, joined
from .compact import together
from .coupled import Coupled
from .edges import MOST, has_edges, vertices
from .halves import halved
from .master import Relaxed
from .price import Bound, column_costs, offer_costs
from .problem import Bools, Floats, Ints
from .state import State, pool_columns, worth_limit
from .switched import Switched

FIRST = 40  # columns a label in the first integer model
FEW = 6000  # columns that are no work to solve at once
GROW = 2.5  # the radius, from one integer model to the next


def prove(coupled: Coupled, state: State, lp: Relaxed, low: Bound, end: float) -> tuple[State, bool]:
    """(state, proven): not where time is up."""
    state, radius = _first(coupled, state, lp, low, end)
    near = _Near(coupled, state, lp, low)
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
    found = _mixed(coupled, state, lambda now: pool_columns(coupled, replace(now, pool=few)), end)[0]
    return replace(found, bound=state.bound)


def _first(coupled: Coupled, state: State, lp: Relaxed, low: Bound, end: float) -> tuple[State, float]:
    """A first plan out of the pool's best columns, to prune with, and the radius that they lie within."""
    columns = pool_columns(coupled, state)
    costs = np.sort(column_costs(coupled, columns, lp.prices, low, state.rows))
    radius = max(float(costs[: FIRST * coupled.labels][-1]), 1e-3 * coupled.scale)

    def nearest(now: State) -> Columns:
        columns = pool_columns(coupled, now)
        costs = column_costs(coupled, columns, lp.prices, low, now.rows)
        return columns.take(_both_ends(columns, costs, radius))

    known = coupled.bounding or np.isfinite(state.value)
    return (state if known else _mixed(coupled, state, nearest, end)[0]), radius


def _beyond(near: _Near, state: State, radius: float, end: float) -> tuple[State, bool]:
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


@dataclass(frozen=True)
class Radii:
    """How far each label's mix (L,), and any model in use, may be from the bound."""

    labels: Floats
    models: float

    @staticmethod
    def all(coupled: Coupled, radius: float) -> Radii:
        """The same for all."""
        return Radii(np.full(coupled.labels, radius), radius)


def _mixed(
    coupled: Coupled, state: State, columns: Callable[[State], Columns], end: float
) -> tuple[State, bool]:
    """(state, solved to the end): the best plan out of the columns, and the rules it would break taken in."""
    while True:
        chosen = columns(state)
        if len(np.unique(chosen.label)) < coupled.labels:
            return state, True
        model = Switched(coupled.problem, chosen, state.rows, coupled.scale)
        found = halved(model, state.value / coupled.scale, end - perf_counter())
        if found.weight is None:
            return state, found.proven
        shares = chosen.mixed(found.weight, coupled.value.shape)
        broken = coupled.rules.broken(shares, state.rows)
        if not broken:
            state = state.better(float((coupled.value * shares).sum()), shares)
            return state, found.proven
        state = replace(state, rows=(*state.rows, *broken))


class _Near:
    """What lies near the bound, out of the whole catalogue."""

    def __init__(self, coupled: Coupled, state: State, lp: Relaxed, low: Bound) -> None:
        self.coupled, self.prices, self.low = coupled, lp.prices, low
        full = coupled.full
        few = all(has_edges(full, label) for label in range(coupled.labels))
        self.whole = few and not full.eligible[:, full.hosts].any()
        self.offers = offer_costs(coupled, lp.prices, low, worth_limit(coupled, state))
        most = coupled.problem.max_models
        charges = low.charge.sum(axis=0)
        # A plan that uses model m gives up one of the max_models dearest charges for m's own.
        last = -np.inf if most is None else float(np.sort(charges)[-most:][0])
        self.models = np.maximum(0.0, last - charges)[coupled.problem.model]

    def solve(self, state: State, within: Radii, end: float) -> tuple[State, bool]:
        """(state, solved to the end): the best plan within the radii."""
        if not self.coupled.bounding:
            return _mixed(self.coupled, state, lambda now: self._columns(within, now), end)
        full = self.coupled.full
        mask = (self._offers(within) | (full.pin > 0)) & full.eligible
        if not mask.any(axis=1).all():
            return state, True
        if self.whole and mask.sum(axis=1).max() <= MOST:
            return _mixed(self.coupled, state, lambda now: self._vertices(mask, within, now), end)
        answer = together(full, mask, end - perf_counter())
        if answer.shares is not None:
            state = state.better(answer.value, answer.shares, answer.replicas)
        return state, answer.status in {"optimal", "infeasible"}

    def next(self, state: State, radius: float, gap: float) -> float:
        """A wider radius: at once the whole gap where that is little work; the same where it can be split."""
        whole = Radii.all(self.coupled, gap)
        if self.coupled.bounding:
            now, every = (self._offers(r).sum() for r in (Radii.all(self.coupled, radius), whole))
            return gap if every <= 1.5 * now else min(GROW * radius, gap)
        few = np.isfinite(gap) and len(self._columns(whole, state)) <= FEW
        return gap if few else max(radius, min(GROW * radius, gap / 2))

    def every(self, within: Radii) -> bool:
        """Whether nothing lies beyond the radii."""
        return bool((self._offers(within) | ~np.isfinite(self.offers)).all())

    def reaches(self, label: int, radius: float, gap: float) -> bool:
        """Whether a mix of the label (-1: a model in use) may lie beyond the radius but within the gap."""
        if label < 0:
            return bool(((self.models > radius) & (self.models <= gap)).any())
        row = self.offers[label]
        return bool((row <= gap).any())  # near offers may make far pairs

    def _offers(self, within: Radii) -> Bools:
        """(L, N) the offers that a plan within the radii may use."""
        return np.asarray((self.offers <= within.labels[:, None]) & (self.models <= within.models))

    def _columns(self, within: Radii, state: State) -> Columns:
        """The mix columns of reduced cost within their label's radius."""
        c = self.coupled
        pool = [np.flatnonzero(row) for row in self._offers(within)]
        columns = c.columns(pool, state.rows, worth_limit(c, state))
        costs = column_costs(c, columns, self.prices, self.low, state.rows)
        return columns.take(_both_ends(columns, costs, within.labels[columns.label]))

    def _vertices(self, mask: Bools, within: Radii, state: State) -> Columns:
        """The same of labels of up to three offers: every corner of their mixes of the offers (L, N)."""
        full = self.coupled.full
        parts = []
        for label, row in enumerate(mask):
            columns = vertices(full, label, np.flatnonzero(row))
            costs = column_costs(self.coupled, columns, self.prices, self.low, state.rows)
            parts.append(columns.take(_both_ends(columns, costs, within.labels[label])))
        return joined(parts)


def _both_ends(columns: Columns, costs: Floats, most: Floats | float) -> Ints:
    """The columns of every pair that has an end point of reduced cost at most `most`."""
    of = columns.support
    least = np.full(int(of.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, of, costs)
    return np.flatnonzero(least[of] <= most)
