"""Cost against quality: the plans of which none is both cheaper and better.

Linear problems have a frontier of straight pieces, whose ends are found exactly: between two plans known, the
best plan for the slope between them is either on the line (then it is an edge) or a new end. With whole
numbers each point is an epsilon constraint: the least cost at no less than a quality.

Cost against latency of one label: the least cost at each limit from the fastest mix to the cheapest.

Each point is an epsilon constraint: the whole routing solved with another `max_latency` of the label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.explanation import FastPoint, Frontier, LatencyFrontier, Point
from ...domain.routing import Routing
from ...domain.rules import with_value
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Floats, LinkingConstraint, Problem
from ..explain.standings import dominated_offers
from ..models.lp import is_linear
from ..models.parametric import breakpoints
from ..solution import Solution
from ..solve import solve
from ..tolerances import LATENCY_TOL, MAX_LATENCY, OBJECTIVE_TOL, QUALITY_TOL


def frontier(
    routing: Routing, compiler: Compiler, label: str | None = None, points: int = 50, seconds: float = 60.0
) -> Frontier:
    """The frontier of the whole routing (quality averaged by weight), or of one label.

    A label's frontier moves that label's quality only; the rest of the routing stays as it asks. Points
    beyond the budget are found too, and marked. Of the whole routing, labels without skills are left at
    their cheapest. Raises InputError for an unknown label, and where no label that counts has skills.
    """
    return _Search(routing, compiler, label, perf_counter() + seconds).run(points)


class _Search:
    """One frontier; the problem costs money whatever the routing's objective, and its budget is left out."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str | None, end: float) -> None:
        if label is not None and label not in routing.labels:
            raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
        counting = routing.labels if label is None else [label]
        self.unscored = tuple(name for name in counting if not routing.labels[name].skills)
        if len(self.unscored) == len(counting):
            first = self.unscored[0]
            raise InputError(f"labels.{first}.skills: a frontier needs skills, such as {{ coding = 1.0 }}")
        self.budget = routing.limits.budget
        self.label, self.end, self.cache = label, end, SolveCache()
        self.now = compiler.compile(routing)
        self.problem = compiler.compile(_scored(routing, label))
        self.row = None if label is None else list(routing.labels).index(label)
        scored = np.array([name not in self.unscored for name in self.problem.labels])
        weight = self.problem.weight * scored
        one = np.zeros(len(weight))
        if self.row is not None:
            one[self.row] = 1.0
        weight = weight if weight.any() else scored.astype(float)
        self.weight = one if self.row is not None else weight / weight.sum()

    def run(self, points: int) -> Frontier:
        """The points, the knee, and where the routing as it is stands."""
        cheapest, best = self._cheapest(), self._best()
        if cheapest is None or best is None:
            return Frontier(label=self.label, budget=self.budget, unscored=self.unscored)
        exact = is_linear(self.problem)
        if exact:
            between = breakpoints(cheapest, best, lambda point: (point.cost, point.quality), self._priced)
        else:
            between = self._steps(cheapest, best, points)
        found = _undominated([cheapest, *between, best])
        answer = solve(self.now, self._left)
        current = None if answer.shares is None else self._point(answer.shares, self._rent(answer))
        rows = range(len(self.problem.labels)) if self.row is None else [self.row]
        return Frontier(
            label=self.label,
            points=tuple(found),
            knee=_knee(found),
            current=current,
            exact=exact,
            budget=self.budget,
            unscored=self.unscored,
            dominated=tuple(one for row in rows for one in dominated_offers(self.problem, row)),
        )

    def _cheapest(self) -> Point | None:
        return self._solved(self.problem)

    def _best(self) -> Point | None:
        """The highest quality there is, at the least cost."""
        top = replace(self.problem, maximise_quality=True, weight=self.weight)
        answer = solve(top, self._left)
        if answer.shares is None:
            return None
        return self._at_least(float(-answer.value) - 1e-7) or self._point(answer.shares, self._rent(answer))

    def _steps(self, cheapest: Point, best: Point, points: int) -> list[Point]:
        """Epsilon constraints, evenly spread; from above, so that each plan is a first one for the next."""
        found = []
        for quality in np.linspace(best.quality, cheapest.quality, max(points, 2))[1:-1]:
            point = self._at_least(float(quality))
            if point is not None:
                found.append(point)
            if perf_counter() > self.end:
                break
        return found

    def _priced(self, price: float) -> Point | None:
        """The plan of least cost where a point of quality is worth so much."""
        if perf_counter() > self.end:
            return None
        gain = self.weight[:, None] * np.nan_to_num(self.problem.quality)
        return self._solved(replace(self.problem, cost=self.problem.cost - price * gain))

    def _at_least(self, quality: float) -> Point | None:
        """The cheapest plan of at least this quality: shares add up to 1, so 100 - quality is a most."""
        if self.row is not None:
            floor = self.problem.min_quality.copy()
            floor[self.row] = max(floor[self.row], quality)
            return self._solved(replace(self.problem, min_quality=floor))
        lack = self.weight[:, None] * (100 - np.nan_to_num(self.problem.quality)) / 100
        rule = LinkingConstraint("quality", np.arange(lack.shape[1]), lack, (100 - quality) / 100)
        return self._solved(replace(self.problem, linking=(*self.problem.linking, rule)))

    def _solved(self, problem: Problem) -> Point | None:
        answer = solve(problem, self._left, self.cache)
        return None if answer.shares is None else self._point(answer.shares, self._rent(answer))

    def _rent(self, answer: Solution) -> float:
        return 0.0 if answer.replicas is None else float(answer.replicas @ self.problem.fixed_cost)

    def _point(self, shares: Floats, rent: float) -> Point:
        quality = float((self.weight[:, None] * np.nan_to_num(self.problem.quality) * shares).sum())
        routes = {
            name: {self.problem.offers[i]: round(float(shares[k, i]), 9) for i in np.flatnonzero(shares[k])}
            for k, name in enumerate(self.problem.labels)
        }
        mixed = (shares * np.where(shares > 0, self.problem.quality, 0.0)).sum(axis=1)
        known = zip(self.problem.labels, mixed.tolist(), strict=True)
        cost = float((self.problem.cost * shares).sum()) + rent
        return Point(
            cost=cost,
            over_budget=over_budget(cost, self.budget),
            quality=quality,
            routes=routes,
            qualities={name: own for name, own in known if not np.isnan(own)},
        )

    @property
    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)


def _scored(routing: Routing, label: str | None) -> Routing:
    """The question of least cost without a budget, where unscored models are out of the labels that count."""
    routing = routing.model_copy(
        update={"objective": "cost", "limits": routing.limits.model_copy(update={"budget": None})}
    )
    for name, facts in routing.labels.items():
        if label in (None, name) and facts.skills and facts.min_quality is None:
            routing = with_value(routing, f"labels.{name}.min_quality", 0.0) or routing
    return routing


def over_budget(cost: float, budget: float | None) -> bool:
    """Whether a month's cost is beyond a budget, by more than the solver's rounding; USD."""
    return budget is not None and cost > budget + 1e-6 * max(budget, 1.0)


def _undominated(points: list[Point]) -> list[Point]:
    """By cost, each better than all cheaper ones."""
    found: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, -p.quality)):
        if not found or point.quality > found[-1].quality + QUALITY_TOL:
            found.append(point)
    return found


def _knee(points: list[Point]) -> int | None:
    return knee([p.cost for p in points], [p.quality for p in points])


def knee(price: Sequence[float], gain: Sequence[float]) -> int | None:
    """The point farthest above the line from the first to the last, both axes scaled to 1."""
    if len(price) < 3 or not np.ptp(price) or not np.ptp(gain):
        return None
    x, y = np.array(price), np.array(gain)
    return int(((y - y[0]) / np.ptp(y) - (x - x[0]) / np.ptp(x)).argmax())


def latency_frontier(
    routing: Routing, compiler: Compiler, label: str, points: int = 30, seconds: float = 60.0
) -> LatencyFrontier:
    """The frontier of a label's latency, in seconds at its percentile, the other labels as they are.

    Points beyond the budget are found too, and marked.

    Raises InputError for an unknown label, and for one that may wait: it has no latency limit.
    """
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    if routing.labels[label].batch:
        raise InputError(f"labels.{label}.batch: a label that may wait has no latency limit")
    search = _LatencySearch(routing, compiler, label, perf_counter() + seconds)
    found = search.run(points)
    faster = [-point.max_latency for point in reversed(found)]
    place = knee([point.cost for point in reversed(found)], faster)
    return LatencyFrontier(
        label=label,
        percentile=routing.labels[label].percentile,
        points=tuple(found),
        knee=None if place is None else len(found) - 1 - place,
        budget=routing.limits.budget,
    )


class _LatencySearch:
    """One label's limits tried out."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str, end: float) -> None:
        cheapest = routing.model_copy(
            update={"objective": "cost", "limits": routing.limits.model_copy(update={"budget": None})}
        )
        self.routing, self.compiler, self.label, self.end = cheapest, compiler, label, end
        self.budget = routing.limits.budget
        self.row, self.cache = list(routing.labels).index(label), SolveCache()

    def run(self, points: int) -> list[FastPoint]:
        """The points, the fastest first, each cheaper than all before it."""
        slow = self._at(MAX_LATENCY)
        if slow is None:
            return []
        high = self._enough(slow)
        low = self._fastest(high)
        limits = np.geomspace(low, high, max(points, 2))
        found: list[FastPoint] = []
        for limit in limits:
            if perf_counter() > self.end:
                break
            point = self._at(float(limit))
            if point is not None and (not found or point.cost < found[-1].cost * (1 - OBJECTIVE_TOL)):
                found.append(point)
        return found

    def _enough(self, slow: FastPoint) -> float:
        """The least limit, about, at which the plan costs no more than without one."""
        return self._least(
            1e-3, MAX_LATENCY, lambda p: p is not None and p.cost <= slow.cost * (1 + OBJECTIVE_TOL)
        )

    def _fastest(self, high: float) -> float:
        """The least limit, about, that any plan meets."""
        return self._least(1e-3, high, lambda p: p is not None)

    def _least(self, low: float, high: float, holds: Callable[[FastPoint | None], bool]) -> float:
        while high > low * (1 + LATENCY_TOL) and perf_counter() < self.end:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if holds(self._at(middle)) else (middle, high)
        return high

    def _at(self, limit: float) -> FastPoint | None:
        """The cheapest plan with this limit, in hundredths of a second from below."""
        rounded = max(round(limit, 2), 0.01)
        changed = with_value(self.routing, f"labels.{self.label}.max_latency", rounded)
        if changed is None:
            return None
        problem = self.compiler.compile(changed)
        answer = solve(problem, max(self.end - perf_counter(), 0.05), self.cache)
        if answer.shares is None:
            return None
        rent = 0.0 if answer.replicas is None else float(answer.replicas @ problem.fixed_cost)
        mine = answer.shares[self.row]
        cost = float((problem.cost * answer.shares).sum()) + rent
        return FastPoint(
            cost=cost,
            over_budget=over_budget(cost, self.budget),
            max_latency=rounded,
            routes={problem.offers[i]: round(float(mine[i]), 9) for i in np.flatnonzero(mine)},
        )
