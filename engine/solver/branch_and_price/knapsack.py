"""Labels that a single rule couples, a budget or a quality of the whole: a multiple-choice knapsack.

Every label picks a point of its menu. One rule makes a basic solution, so all labels but one are at ends. A
multiplier on the rule, read off the convex hulls (Sinha and Zoltners 1979), prices every point; a plan costs
the bound plus what its points exceed their labels' least by. What exceeds the gap to a plan that is known is
out, and what is left is little enough to try out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..cache import Memory, key_of
from ..compile.problem import SLACK, Floats, Ints, Problem
from ..solution import Answer
from .menu import Menu, TooMany, has_menu, menu, staircase

MOST = 1_000_000  # sums tried at once
Point = tuple[tuple[int, float], ...]  # the ends a label is at, each with its part; they add up to 1


def under_one_rule(problem: Problem, memory: Memory) -> Answer | None:
    """The optimum under the labels' own rules and the only one over all offers, as if there were no more.

    None where there is no such rule, a label's mixes are not known in closed form, or it is too much to try.
    """
    wide = [rule for rule in problem.couplings if rule.host < 0 and len(rule.offers) == len(problem.offers)]
    if len(wide) != 1 or not all(has_menu(problem, label) for label in range(len(problem.labels))):
        return None
    try:
        menus = [_menu(problem, label, wide[0].coef[label], memory) for label in range(len(problem.labels))]
        limit = wide[0].limit + 1e-3 * SLACK * max(1.0, abs(wide[0].limit))
        known = [own for own in menus if own is not None]
        if len(known) < len(menus) or sum(float(own.load[own.best[0]]) for own in known) > limit:
            return Answer("infeasible")
        plan = _Search(known, limit).run()
    except TooMany:
        return None
    shares = np.zeros(problem.cost.shape)
    for label, point in enumerate(plan.points):
        for end, part in point:
            np.add.at(shares[label], known[label].offers[end], part * known[label].shares[end])
    value = float((problem.objective * shares).sum())
    return Answer("optimal", shares, np.zeros(len(problem.hosts), np.int64), value, value)


def _menu(problem: Problem, label: int, load: Floats, memory: Memory) -> Menu | None:
    return memory.recall("menu", key_of(problem, label, load), partial(menu, problem, label, load))


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

    def __init__(self, menus: Sequence[Menu], limit: float) -> None:
        self.menus, self.limit, self.labels = menus, limit, range(len(menus))
        price, starts = _greedy(menus, limit)
        priced = [m.worth + price * m.load for m in menus]
        least = [float(own[m.best].min()) for m, own in zip(menus, priced, strict=True)]
        self.excess = [own - low for own, low in zip(priced, least, strict=True)]
        self.plan, self.gap = _Plan((), np.inf), np.inf
        self._rows = [m.load for m in menus], [m.worth for m in menus]
        for ends in starts:
            self._change_one(ends)
        bound = sum(least) - price * limit
        self.gap = self.plan.worth - bound + 1e-12 * (abs(bound) + abs(sum(least)))

    def run(self) -> _Plan:
        """The best plan. Raises TooMany."""
        near = [self._near(label) for label in self.labels]
        before = [_Sums(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros((1, 0), np.int64))]
        after = before[:]
        for one, other in zip(near, near[::-1], strict=True):
            before.append(self._added(before[-1], one))
            after.append(self._added(other, after[-1]))
        self._all_at_ends(before[-1])
        for label in self.labels:
            self._one_inside(label, self._added(before[label], after[len(near) - 1 - label]))
        return self.plan

    def _near(self, label: int) -> _Sums:
        """The label's ends that a better plan may be at."""
        own, excess = self.menus[label], self.excess[label]
        ends = own.best[excess[own.best] <= self.gap]
        return _Sums(own.load[ends], own.worth[ends], excess[ends], ends[:, None])

    def _added(self, one: _Sums, other: _Sums) -> _Sums:
        """The sums of both, but for those that no better plan has and those that another beats."""
        if len(one.load) * len(other.load) > MOST:
            raise TooMany
        i, j = np.nonzero(one.excess[:, None] + other.excess <= self.gap)
        load, worth = one.load[i] + other.load[j], one.worth[i] + other.worth[j]
        best = staircase(load, worth)
        i, j = i[best], j[best]
        ends = np.hstack([one.ends[i], other.ends[j]])
        return _Sums(load[best], worth[best], one.excess[i] + other.excess[j], ends)

    def _all_at_ends(self, sums: _Sums) -> None:
        """The best plan with no label inside a segment."""
        last = int(np.searchsorted(sums.load, self.limit, side="right")) - 1
        if last >= 0 and sums.worth[last] < self.plan.worth:
            points = tuple(((int(end), 1.0),) for end in sums.ends[last])
            self.plan = _Plan(points, float(sums.worth[last]))

    def _one_inside(self, label: int, others: _Sums) -> None:
        """The best plan with this label inside a segment, the others at ends."""
        own, excess = self.menus[label], self.excess[label]
        segments = np.flatnonzero(np.minimum(excess[own.lower], excess[own.upper]) <= self.gap)
        if len(others.load) * len(segments) > MOST:
            raise TooMany
        if not len(others.load) * len(segments):
            return
        place, worth = own.within(segments, self.limit - others.load[:, None])
        worth += others.worth[:, None]
        i, j = np.unravel_index(worth.argmin(), worth.shape)
        if worth[i, j] < self.plan.worth:
            points: list[Point] = [((int(end), 1.0),) for end in others.ends[i]]
            points.insert(label, own.mixed(int(segments[j]), float(place[i, j])))
            self.plan = _Plan(tuple(points), float(worth[i, j]))

    def _change_one(self, ends: Ints) -> None:
        """The best plan with all labels but one at these ends."""
        load, worth = (np.array([row[e] for row, e in zip(rows, ends, strict=True)]) for rows in self._rows)
        for label in self.labels:
            own, rest = self.menus[label], np.arange(len(ends)) != label
            more, dearer = load[rest].sum(), worth[rest].sum()
            choices = np.tile(ends, (len(own.best), 1))
            choices[:, label] = own.best
            none = np.zeros(len(choices))
            alone = _Sums(more + own.load[own.best], dearer + own.worth[own.best], none, choices)
            self._all_at_ends(alone)
            self._one_inside(label, _Sums(np.array([more]), np.array([dearer]), none, ends[rest][None, :]))


def _greedy(menus: Sequence[Menu], limit: float) -> tuple[float, list[Ints]]:
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
