"""Labels that a single rule couples, a budget or a quality of the whole: a multiple-choice knapsack.

Every label picks a point of its menu. One rule makes a basic solution, so all labels but one are at ends. A
multiplier on the rule, read off the convex hulls (Sinha and Zoltners 1979), prices every point; a plan costs
the bound plus what its points exceed their labels' least by. What exceeds the gap to a plan that is known is
out, and what is left is little enough to try out.

What one label can be at on a rule that couples it to the others: points of load and worth.

Load is what a mix adds to the left side of the rule, worth what it adds to the objective; less is better of
both. A mix of several offers is a segment or a polygon of points as its shares move; of a polygon only the
edges can be best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...domain.solver_status import SolverStatus
from ..cache import SolveCache, label_key
from ..compile.problem import Floats, Ints, Problem
from ..mixes.dominance import nondominated
from ..mixes.vertices import has_edges, pair_edges, single_edges, triangle_edges
from ..models.lp import breakpoints, solve_linear
from ..solution import Solution
from ..tolerances import LINKING_TOL, MAX_SUMS, MAX_TRIANGLE_OFFERS, ROUNDING_TOL


class SearchTooLarge(Exception):
    """More to try than is worth it: the general search is the better way."""


@dataclass(frozen=True)
class NondominatedSet:
    """Ends (n,): load, worth, and the mix there: offers and shares (n, 3).

    Segments (s,) run from the end `lower`, of less load, to the end `upper`, of less worth. `best` are the
    ends that no other beats, by load; `corners` those of them on the lower convex hull.
    """

    load: Floats
    worth: Floats
    offers: Ints
    shares: Floats
    lower: Ints
    upper: Ints
    best: Ints
    corners: Ints

    def within(self, segment: Ints, room: Floats) -> tuple[Floats, Floats]:
        """(n,), (n,) the place on each segment, 0 at its lower end, that fills the room; its worth or inf."""
        low, high = self.lower[segment], self.upper[segment]
        place = np.minimum((room - self.load[low]) / (self.load[high] - self.load[low]), 1.0)
        worth = self.worth[low] + place * (self.worth[high] - self.worth[low])
        return place, np.where(place >= 0, worth, np.inf)

    def mixed(self, segment: int, place: float) -> tuple[tuple[int, float], ...]:
        """Both ends of the segment with their parts."""
        return (int(self.lower[segment]), 1 - place), (int(self.upper[segment]), place)


def has_nondominated_set(problem: Problem, label: int) -> bool:
    """Whether the label's best mixes on a rule are known in closed form."""
    return has_edges(problem, label) or _convex(problem, label)


def nondominated_set(problem: Problem, label: int, load: Floats) -> NondominatedSet | None:
    """The menu of a label, `load` (N,) its offers' on the rule; None: no mix fits.

    Raises SearchTooLarge where there are too many offers to try in threes.
    """
    if _convex(problem, label):
        return _hull(problem, label, load)
    ix = _worthy(problem, label, load)
    edge_sets = [single_edges(problem, label, ix)]
    if problem.max_offers[label] >= 2:
        edge_sets.append(pair_edges(problem, label, ix))
    if problem.max_offers[label] >= 3:
        if len(ix) > MAX_TRIANGLE_OFFERS:
            raise SearchTooLarge
        edge_sets.append(triangle_edges(problem, label, ix, load))
    offers, shares = (np.concatenate([edges[i] for edges in edge_sets]) for i in range(2))
    return _of(problem.objective[label], load, offers, shares)


def pareto_staircase(load: Floats, worth: Floats) -> Ints:
    """Indices of the points (points,) that no other beats in load and worth, by load."""
    order = np.lexsort((worth, load))
    before = np.concatenate([[np.inf], np.minimum.accumulate(worth[order])[:-1]])
    return np.asarray(order[worth[order] < before])


def _of(value: Floats, load: Floats, offers: Ints, shares: Floats) -> NondominatedSet | None:
    """The menu of edges, offers and shares (edges, 2, 3)."""
    if not len(offers):
        return None
    at, worth = ((row[offers] * shares).sum(axis=2) for row in (load, value))
    up = at[:, 0] <= at[:, 1]
    lower, upper = np.where(up, 0, 1) + 2 * np.arange(len(at)), np.where(up, 1, 0) + 2 * np.arange(len(at))
    at, worth = at.ravel(), worth.ravel()
    best = pareto_staircase(at, worth)
    before = np.searchsorted(at[best], at[lower], side="right") - 1
    beaten = (before >= 0) & (worth[best[np.maximum(before, 0)]] < worth[upper])
    keep = (at[lower] < at[upper]) & (worth[lower] > worth[upper]) & ~beaten
    corners = _corners(at, worth, best)
    flat = offers.reshape(-1, 3), shares.reshape(-1, 3)
    return NondominatedSet(at, worth, *flat, lower[keep], upper[keep], best, corners)


def _worthy(problem: Problem, label: int, load: Floats) -> Ints:
    """The label's offers that another cannot stand in for, whatever the mix."""
    ix = np.flatnonzero(problem.eligible[label])
    metrics = [problem.objective[label, ix], load[ix], problem.late[label, ix]]
    if np.isfinite(problem.min_quality[label]):
        metrics.append(-problem.quality[label, ix])
    depth = 2 if problem.min_providers[label] > 1 else 1
    return ix[nondominated(np.column_stack(metrics), problem.provider[ix], depth)]


def _convex(problem: Problem, label: int) -> bool:
    """Whether whole numbers leave the label's mixes as they are: one rule more needs one offer more."""
    rules = 2 + np.isfinite(problem.min_quality[label]) + np.isfinite(problem.max_late[label])
    few = problem.max_offers[label] < min(rules, problem.eligible[label].sum())
    whole = few or problem.min_share[label] > 0 or problem.min_providers[label] > 1
    return bool(not whole and np.isnan(problem.pin[label]).all())


def _hull(problem: Problem, label: int, load: Floats) -> NondominatedSet | None:
    """The menu of a convex label: its corners, and what lies between two that are next to each other."""
    subproblem, value = problem.subproblem(label), problem.objective[label]

    def best(price: float, worth: Floats = value) -> Floats | None:
        priced = replace(subproblem, cost=(worth + price * load)[None, :], maximise_quality=False)
        shares = solve_linear(priced, 60.0).shares
        return None if shares is None else shares[0]

    least, lightest = best(0.0), best(1.0, np.zeros(len(load)))
    if least is None or lightest is None:
        return None
    inner = breakpoints(least, lightest, lambda mix: (float(value @ mix), -float(load @ mix)), best)
    mixes = np.array([least, *inner, lightest])
    at, worth = mixes @ load, mixes @ value
    order = _corners(at, worth, pareto_staircase(at, worth))
    ends = np.column_stack([order[np.maximum(np.arange(len(order)) - 1, 0)], order])
    offers, shares = (np.array(part) for part in zip(*map(_three, mixes), strict=True))
    return _of(value, load, offers[ends], shares[ends])


def _three(mix: Floats) -> tuple[Ints, Floats]:
    """(3,) the offers of a vertex and their shares."""
    used = np.flatnonzero(mix)
    places = np.arange(3) % len(used)
    return used[places], np.where(np.arange(3) < len(used), mix[used[places]], 0.0)


def _corners(load: Floats, worth: Floats, best: Ints) -> Ints:
    """Those of the `best` ends on their lower convex hull, by load."""
    hull: list[int] = []
    for c in best.tolist():
        while len(hull) > 1:
            a, b = hull[-2:]
            if (worth[b] - worth[a]) * (load[c] - load[a]) < (worth[c] - worth[a]) * (load[b] - load[a]):
                break  # b is below the line from a to c
            hull.pop()
        hull.append(c)
    return np.array(hull, np.int64)


Point = tuple[tuple[int, float], ...]  # the ends a label is at, each with its part; they add up to 1


def solve_knapsack(problem: Problem, cache: SolveCache) -> Solution | None:
    """The optimum under the labels' own rules and the only one over all offers, as if there were no more.

    None where there is no such rule, a label's mixes are not known in closed form, or it is too much to try.
    """
    wide = [
        rule for rule in problem.linking if rule.replica_of < 0 and len(rule.offers) == len(problem.offers)
    ]
    if len(wide) != 1 or not all(
        has_nondominated_set(problem, label) for label in range(len(problem.labels))
    ):
        return None
    try:
        menus = [_menu(problem, label, wide[0].coef[label], cache) for label in range(len(problem.labels))]
        limit = wide[0].limit + LINKING_TOL / 1000 * max(1.0, abs(wide[0].limit))
        known = [menu for menu in menus if menu is not None]
        if len(known) < len(menus) or sum(float(menu.load[menu.best[0]]) for menu in known) > limit:
            return Solution(SolverStatus.INFEASIBLE)
        plan = _Search(known, limit).run()
    except SearchTooLarge:
        return None
    shares = np.zeros(problem.cost.shape)
    for label, point in enumerate(plan.points):
        for end, part in point:
            np.add.at(shares[label], known[label].offers[end], part * known[label].shares[end])
    value = float((problem.objective * shares).sum())
    return Solution(SolverStatus.OPTIMAL, shares, np.zeros(len(problem.hosts), np.int64), value, value)


def _menu(problem: Problem, label: int, load: Floats, cache: SolveCache) -> NondominatedSet | None:
    return cache.get_or_compute(
        "menu", label_key(problem, label, load), partial(nondominated_set, problem, label, load)
    )


@dataclass(frozen=True)
class _Plan:
    """Where each label is, and the worth of all."""

    points: tuple[Point, ...]
    worth: float


@dataclass(frozen=True)
class _Sums:
    """Sums of one end each of some labels: load, worth, excess over the least (n,), ends (n, labels)."""

    load: Floats
    worth: Floats
    excess: Floats
    ends: Ints


class _Search:
    """One limit of the rule."""

    def __init__(self, menus: Sequence[NondominatedSet], limit: float) -> None:
        self.menus, self.limit, self.labels = menus, limit, range(len(menus))
        price, starts = _greedy(menus, limit)
        priced = [m.worth + price * m.load for m in menus]
        least = [float(worth[m.best].min()) for m, worth in zip(menus, priced, strict=True)]
        self.excess = [worth - low for worth, low in zip(priced, least, strict=True)]
        self.plan, self.gap = _Plan((), np.inf), np.inf
        self._rows = [m.load for m in menus], [m.worth for m in menus]
        for ends in starts:
            self._change_one(ends)
        bound = sum(least) - price * limit
        self.gap = self.plan.worth - bound + ROUNDING_TOL * (abs(bound) + abs(sum(least)))

    def run(self) -> _Plan:
        """The best plan. Raises SearchTooLarge."""
        nearby = [self._near(label) for label in self.labels]
        before = [_Sums(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros((1, 0), np.int64))]
        after = before[:]
        for first, other in zip(nearby, nearby[::-1], strict=True):
            before.append(self._added(before[-1], first))
            after.append(self._added(other, after[-1]))
        self._all_at_ends(before[-1])
        for label in self.labels:
            self._one_inside(label, self._added(before[label], after[len(nearby) - 1 - label]))
        return self.plan

    def _near(self, label: int) -> _Sums:
        """The label's ends that a better plan may be at."""
        menu, excess = self.menus[label], self.excess[label]
        ends = menu.best[excess[menu.best] <= self.gap]
        return _Sums(menu.load[ends], menu.worth[ends], excess[ends], ends[:, None])

    def _added(self, first: _Sums, other: _Sums) -> _Sums:
        """The sums of both, but for those that no better plan has and those that another beats."""
        if len(first.load) * len(other.load) > MAX_SUMS:
            raise SearchTooLarge
        i, j = np.nonzero(first.excess[:, None] + other.excess <= self.gap)
        load, worth = first.load[i] + other.load[j], first.worth[i] + other.worth[j]
        best = pareto_staircase(load, worth)
        i, j = i[best], j[best]
        ends = np.hstack([first.ends[i], other.ends[j]])
        return _Sums(load[best], worth[best], first.excess[i] + other.excess[j], ends)

    def _all_at_ends(self, sums: _Sums) -> None:
        """The best plan with no label inside a segment."""
        last = int(np.searchsorted(sums.load, self.limit, side="right")) - 1
        if last >= 0 and sums.worth[last] < self.plan.worth:
            points = tuple(((int(end), 1.0),) for end in sums.ends[last])
            self.plan = _Plan(points, float(sums.worth[last]))

    def _one_inside(self, label: int, others: _Sums) -> None:
        """The best plan with this label inside a segment, the others at ends."""
        menu, excess = self.menus[label], self.excess[label]
        segments = np.flatnonzero(np.minimum(excess[menu.lower], excess[menu.upper]) <= self.gap)
        if len(others.load) * len(segments) > MAX_SUMS:
            raise SearchTooLarge
        if not len(others.load) * len(segments):
            return
        place, worth = menu.within(segments, self.limit - others.load[:, None])
        worth += others.worth[:, None]
        i, j = np.unravel_index(worth.argmin(), worth.shape)
        if worth[i, j] < self.plan.worth:
            points: list[Point] = [((int(end), 1.0),) for end in others.ends[i]]
            points.insert(label, menu.mixed(int(segments[j]), float(place[i, j])))
            self.plan = _Plan(tuple(points), float(worth[i, j]))

    def _change_one(self, ends: Ints) -> None:
        """The best plan with all labels but one at these ends."""
        load, worth = (np.array([row[e] for row, e in zip(rows, ends, strict=True)]) for rows in self._rows)
        for label in self.labels:
            menu, rest = self.menus[label], np.arange(len(ends)) != label
            more, dearer = load[rest].sum(), worth[rest].sum()
            choices = np.tile(ends, (len(menu.best), 1))
            choices[:, label] = menu.best
            none = np.zeros(len(choices))
            alone = _Sums(more + menu.load[menu.best], dearer + menu.worth[menu.best], none, choices)
            self._all_at_ends(alone)
            self._one_inside(label, _Sums(np.array([more]), np.array([dearer]), none, ends[rest][None, :]))


def _greedy(menus: Sequence[NondominatedSet], limit: float) -> tuple[float, list[Ints]]:
    """The multiplier of the hulls' optimum, and the ends it is at before and after its last step.

    From the least worth of all, steps along the hulls save load, the cheapest first, until the limit holds.
    """
    label = np.concatenate([np.full(len(m.corners) - 1, k) for k, m in enumerate(menus)])
    saved = np.concatenate([np.diff(m.load[m.corners])[::-1] for m in menus])
    paid = np.concatenate([-np.diff(m.worth[m.corners])[::-1] for m in menus])
    slope = paid / saved
    order = np.argsort(slope, kind="stable")
    need = sum(float(m.load[m.corners[-1]]) for m in menus) - limit
    steps = min(int(np.searchsorted(np.cumsum(saved[order]), need)), len(order) - 1)
    starts = []
    for count in (steps, steps + 1):
        taken = np.bincount(label[order[:count]], minlength=len(menus))
        starts.append(np.array([m.corners[-1 - n] for m, n in zip(menus, taken, strict=True)]))
    return (float(slope[order[steps]]) if len(order) else 0.0), starts
