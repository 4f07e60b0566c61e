"""The proof: exact models over all that reduced costs leave within a radius of the bound.

The reduced costs of the labels' mixes and of the models in use add up: a plan costs at least the bound plus
their sum. With an incumbent `gap` above the bound, every better plan keeps all of them within a radius, or
has one beyond it and all others within gap - radius. One model settles the first kind, a small one per label
and one for the models the second.

What lies near the bound, out of the whole catalogue, and the best plan in it.

Mix columns are plans themselves where every label has at most two offers; corners of triangles where it has
three; the offers one by one, blended under the label's own rules, where it may have any number. Pins, least
shares among more than three offers and replicas are left to a textbook model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..mixes.columns import Columns, concat_columns, single_columns
from ..mixes.vertices import has_edges, vertices
from ..models.compact import solve_compact
from ..tolerances import (
    BOUND_TOL,
    FIRST_RADIUS,
    MAX_EASY_COLUMNS,
    MAX_PAIRED_OFFERS,
    MAX_TRIPLED_OFFERS,
    MIN_LIMIT,
    OPTIMALITY_TOL,
    STALL_GAP,
)
from .branching import BranchingModel, branch_and_bound
from .decomposition import Decomposition, SearchState, pool_columns, replica_load, value_limit
from .master import MasterSolution
from .pricing import LagrangianBound, offer_reduced_costs, reduced_costs

GROW = 2.5  # the radius, from one model to the next


@dataclass(frozen=True)
class GapRadius:
    """How far each label's mix (L,), and any model in use, may be from the bound."""

    labels: Floats
    models: float

    @staticmethod
    def all(coupled: Decomposition, radius: float) -> GapRadius:
        """The same for all."""
        return GapRadius(np.full(coupled.labels, radius), radius)


def best_restricted(
    coupled: Decomposition,
    state: SearchState,
    columns: Callable[[SearchState], Columns],
    end: float,
    blended: Bools | None = None,
) -> tuple[SearchState, bool]:
    """(state, solved to the end): the best plan out of the columns, and the rules it would break taken in.

    `end` is a moment of perf_counter.

    The columns of `blended` (L,) labels are single offers, mixed freely under the label's own rules.
    """
    free = np.zeros(coupled.labels, dtype=bool) if blended is None else blended
    rules = [rule for label in np.flatnonzero(free) for rule in _own_rules(coupled.full, int(label))]
    while True:
        chosen = columns(state)
        if len(np.unique(chosen.label)) < coupled.labels:
            return state, True
        model = BranchingModel(coupled.problem, chosen, [*state.rows, *rules], coupled.scale, free)
        relaxation = branch_and_bound(model, state.value / coupled.scale, end - perf_counter())
        state = replace(state, stalled=relaxation.stalled)
        if relaxation.weight is None:
            return state, relaxation.proven
        shares = chosen.mixed(relaxation.weight, coupled.value.shape)
        broken = coupled.linking.violated(shares, state.rows)
        if not broken:
            state = state.better(float((coupled.value * shares).sum()), shares)
            return state, relaxation.proven
        state = replace(state, rows=(*state.rows, *broken))


class ReducedCostFixing:
    """What lies near the bound, out of the whole catalogue."""

    def __init__(
        self, coupled: Decomposition, state: SearchState, lp: MasterSolution, low: LagrangianBound
    ) -> None:
        self.coupled, self.prices, self.low = coupled, lp.prices, low
        full = coupled.full
        self.blended = np.array([_blended(full, label) for label in range(coupled.labels)])
        few = all(self.blended[label] or has_edges(full, label) for label in range(coupled.labels))
        self.whole = few and not full.eligible[:, full.self_hosted].any()
        self.offers = offer_reduced_costs(coupled, lp.prices, low, value_limit(coupled, state))
        self._leave_out_hosts(state)
        limit = coupled.problem.max_models
        charges = low.charge.sum(axis=0)
        # A plan that uses model m gives up one of the max_models dearest charges for m's own.
        last = -np.inf if limit is None else float(np.sort(charges)[-limit:][0])
        self.models = np.maximum(0.0, last - charges)[coupled.problem.model]
        self.drops_mixes = (
            False  # whether the last model left out mixes of near offers that lie far themselves
        )

    def _leave_out_hosts(self, state: SearchState) -> None:
        """Puts offers of hosts that no plan better than the incumbent rents a replica of out of reach.

        The bound rents by the fraction. A plan that uses the host rents one replica at least, and saves no
        more than what the bound's fractions cost each label beyond its reduced cost.
        """
        full = self.coupled.full
        for host, rent in enumerate(full.fixed_objective):
            offers = full.self_hosted[full.host == host]
            reduced = self.offers[:, offers]
            saved = np.maximum(rent * replica_load(full, host)[:, offers] - reduced, 0.0).max(axis=1).sum()
            if self.low.value + rent - saved > state.value + OPTIMALITY_TOL * abs(state.value):
                self.offers[:, offers] = np.inf

    def solve(self, state: SearchState, within: GapRadius, end: float) -> tuple[SearchState, bool]:
        """(state, solved to the end): the best plan within the radii."""
        self.drops_mixes = False
        if self._mixes_are_plans(within):
            return best_restricted(self.coupled, state, lambda now: self._columns(within, now), end)
        full = self.coupled.full
        mask = (self._offers(within) | (full.pin > 0)) & full.eligible
        if not mask.any(axis=1).all():
            return state, True
        if self.whole and self._few(mask):
            mixes = self._vertices
            return best_restricted(
                self.coupled, state, lambda now: mixes(mask, within, now), end, self.blended
            )
        answer = solve_compact(full, mask, end - perf_counter())
        if answer.shares is not None:
            state = state.better(answer.value, answer.shares, answer.replicas)
        return state, answer.status.proven

    def next(self, state: SearchState, radius: float, gap: float) -> float:
        """A wider radius: at once the whole gap where that is little work; the same where it can be split."""
        whole = GapRadius.all(self.coupled, gap)
        if not self._mixes_are_plans(whole):
            now, every = (self._offers(r).sum() for r in (GapRadius.all(self.coupled, radius), whole))
            return gap if every <= 1.5 * now else min(GROW * radius, gap)
        if not np.isfinite(gap) and self._every_offer(GapRadius.all(self.coupled, radius)):
            return gap
        few = np.isfinite(gap) and len(self._columns(whole, state)) <= MAX_EASY_COLUMNS
        return gap if few else max(radius, min(GROW * radius, gap / 2))

    def every(self, within: GapRadius) -> bool:
        """Whether nothing lies beyond the radii that the last model had."""
        return self._every_offer(within) and not self.drops_mixes

    def _every_offer(self, within: GapRadius) -> bool:
        return bool((self._offers(within) | ~np.isfinite(self.offers)).all())

    def reaches(self, label: int, radius: float, gap: float) -> bool:
        """Whether a mix of the label (-1: a model in use) may lie beyond the radius but within the gap."""
        if label < 0:
            return bool(((self.models > radius) & (self.models <= gap)).any())
        row = self.offers[label]
        return bool((row <= gap).any())  # near offers may make far pairs

    def _mixes_are_plans(self, within: GapRadius) -> bool:
        """Whether the mix columns of the offers within the radii need no whole numbers beside them."""
        hosted = self._offers(within)[:, self.coupled.full.self_hosted]
        return not self.coupled.free.any() and not hosted.any()

    def _offers(self, within: GapRadius) -> Bools:
        """(L, N) the offers that a plan within the radii may use."""
        return np.asarray((self.offers <= within.labels[:, None]) & (self.models <= within.models))

    def _columns(self, within: GapRadius, state: SearchState) -> Columns:
        """The mix columns of reduced cost within their label's radius."""
        c = self.coupled
        pool = [np.flatnonzero(row) for row in self._offers(within)]
        columns = c.columns(pool, state.rows, value_limit(c, state))
        costs = reduced_costs(c, columns, self.prices, self.low, state.rows)
        return self._near(columns, costs, within.labels[columns.label])

    def _near(self, columns: Columns, costs: Floats, radius: Floats | float) -> Columns:
        """The mixes within the radius: near offers may make far ones."""
        near = both_ends(columns, costs, radius)
        self.drops_mixes |= len(near) < len(columns)
        return columns.take(near)

    def _few(self, mask: Bools) -> bool:
        """Whether the mixes of the offers (L, N) are few enough to list."""
        limit = np.where(self.coupled.full.max_offers >= 3, MAX_TRIPLED_OFFERS, MAX_PAIRED_OFFERS)
        return bool((self.blended | (mask.sum(axis=1) <= limit)).all())

    def _vertices(self, mask: Bools, within: GapRadius, state: SearchState) -> Columns:
        """The same of any number: corners of mixes of up to three of the offers (L, N), or one by one."""
        full = self.coupled.full
        parts = []
        for label, row in enumerate(mask):
            if self.blended[label]:
                parts.append(single_columns(label, np.flatnonzero(row), self.coupled.value[label]))
                continue
            columns = vertices(full, label, np.flatnonzero(row))
            costs = reduced_costs(self.coupled, columns, self.prices, self.low, state.rows)
            parts.append(self._near(columns, costs, float(within.labels[label])))
        return concat_columns(parts)


def both_ends(columns: Columns, costs: Floats, limit: Floats | float) -> Ints:
    """The columns of every pair that has an end point of reduced cost (n,) at most `limit`."""
    of = columns.support
    least = np.full(int(of.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, of, costs)
    return np.flatnonzero(least[of] <= limit)


def _blended(problem: Problem, label: int) -> bool:
    """Whether the label may mix any number of offers in any shares that meet its two rules."""
    any_number = problem.max_offers[label] >= problem.eligible[label].sum()
    whole = problem.min_share[label] > 0 or problem.min_providers[label] > 1
    return bool(any_number and not whole and np.isnan(problem.pin[label]).all())


def _own_rules(problem: Problem, label: int) -> list[LinkingConstraint]:
    """The label's rules on quality and lateness, as if they were rules across labels."""
    lack, late = -np.nan_to_num(problem.quality[label]), problem.late[label]
    rules = []
    for row, limit in ((lack, -problem.min_quality[label]), (late, problem.max_late[label])):
        if (row[problem.eligible[label]] > limit).any():
            coef = np.zeros(problem.cost.shape)
            coef[label] = (row - limit) / max(abs(limit), MIN_LIMIT)
            rules.append(LinkingConstraint(problem.labels[label], np.arange(len(row)), coef, 0.0))
    return rules


FIRST = 40  # columns a label in the first model


def prove(
    coupled: Decomposition, state: SearchState, lp: MasterSolution, low: LagrangianBound, end: float
) -> tuple[SearchState, bool]:
    """(state, proven): not where time is up."""
    state, radius = _first(coupled, state, lp, low, end)
    if state.stalled and state.value - low.value <= BOUND_TOL * abs(state.value):
        return state, False
    state = replace(state, stalled=False)
    fixing = ReducedCostFixing(coupled, state, lp, low)
    while perf_counter() < end:
        gap = state.value - low.value + OPTIMALITY_TOL * coupled.scale
        radius = min(radius, max(gap, 0.0))
        within = GapRadius.all(coupled, radius)
        state, solved = fixing.solve(state, within, end)
        gap = state.value - low.value + OPTIMALITY_TOL * coupled.scale
        if state.stalled and gap <= STALL_GAP * abs(state.value):
            break
        state = replace(state, stalled=False)
        if solved and (gap <= radius or fixing.every(within)):
            return replace(state, bound=state.value), True
        if solved:
            state = replace(state, bound=max(state.bound, min(state.value, low.value + radius)))
        wider = fixing.next(state, radius, gap)
        if solved and wider <= radius:
            return _beyond(fixing, state, radius, end)
        radius = wider
    return state, False


def adapt_incumbent(coupled: Decomposition, state: SearchState, old: Floats, end: float) -> SearchState:
    """With the best plan out of the models that an earlier plan used, as an incumbent to prune with."""
    model = coupled.problem.model
    few = np.zeros(coupled.models, dtype=bool)
    few[model[(old > 0).any(axis=0)]] = True
    restricted = best_restricted(
        coupled, state, lambda now: pool_columns(coupled, replace(now, pool=few)), end
    )
    return replace(restricted[0], bound=state.bound)


def _first(
    coupled: Decomposition, state: SearchState, lp: MasterSolution, low: LagrangianBound, end: float
) -> tuple[SearchState, float]:
    """A first plan out of the pool's best columns, to prune with, and the radius that they lie within."""
    columns = pool_columns(coupled, state)
    costs = np.sort(reduced_costs(coupled, columns, lp.prices, low, state.rows))
    hosted = coupled.full.self_hosted
    radius = max(float(costs[: FIRST * coupled.labels][-1]), FIRST_RADIUS * coupled.scale)

    def nearest(now: SearchState) -> Columns:
        columns = pool_columns(coupled, now)
        columns = columns.take(np.flatnonzero(~np.isin(columns.offers, hosted).any(axis=1)))
        costs = reduced_costs(coupled, columns, lp.prices, low, now.rows)
        return columns.take(both_ends(columns, costs, radius))

    known = coupled.free.any() or np.isfinite(state.value)
    return (state if known else best_restricted(coupled, state, nearest, end)[0]), radius


def _beyond(
    fixing: ReducedCostFixing, state: SearchState, radius: float, end: float
) -> tuple[SearchState, bool]:
    """The plans with one label's mix, or else one model, beyond the radius: at least half of the gap."""
    coupled = fixing.coupled
    for label_at in range(-1, coupled.labels):
        gap = state.value - fixing.low.value + OPTIMALITY_TOL * coupled.scale
        if gap <= radius:
            break
        rest = GapRadius.all(coupled, gap - radius)
        if label_at >= 0:
            rest.labels[label_at] = gap
        within = rest if label_at >= 0 else replace(rest, models=gap)
        if fixing.reaches(label_at, radius, gap):
            state, solved = fixing.solve(state, within, end)
            if not solved:
                return state, False
    return replace(state, bound=state.value), True
