"""Cost against quality, and cost against one label's latency: the plans that no other dominates.

Linear problems have a frontier of straight pieces, whose ends are found exactly: between two plans known, the
best plan for the slope between them is either on the line (then it is an edge) or a new end. With whole
numbers these ends are the supported points (Aneja and Nair 1979), which are quickly found as nothing more
couples the labels; what lies between them, and every point of latency, is an epsilon constraint (Haimes,
Lasdon and Wismer 1971): the least cost at no less than a quality, or within a latency limit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.explanation import FastPoint, Frontier, LatencyFrontier, Point
from ...domain.routing import Routing
from ...domain.rules import with_value
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Floats, LinkingConstraint, Problem
from ..coverage import monthly_cost
from ..deadline import Deadline
from ..explain.standings import dominated_offers
from ..models.lp import breakpoints, is_linear
from ..solution import Solution
from ..solve import solve
from ..tolerances import JUDGED_RULE_TOL, LATENCY_TOL, MAX_LATENCY, MIN_LATENCY, OBJECTIVE_TOL, QUALITY_TOL

_CHEAPEST, _BEST = 0.0, 100.0  # the qualities that the ends of a frontier are asked for


def frontier(
    routing: Routing, compiler: Compiler, label: str | None = None, points: int = 50, seconds: float = 60.0
) -> Frontier:
    """The frontier of the whole routing (quality averaged by weight), or of one label.

    A label's frontier moves that label's quality only; the rest of the routing stays as it asks. Points
    beyond the budget are found too, and marked. Of the whole routing, labels without skills are left at
    their cheapest. Raises InputError for an unknown label, and where no label that counts has skills.
    """
    search = frontier_search(routing, compiler, label, points, seconds=seconds)
    while True:
        try:
            next(search)
        except StopIteration as end:
            answer: Frontier = end.value
            return answer


FoundPoint = tuple[float, Point]  # the quality that was asked for, and the cheapest plan that has it


def frontier_search(
    routing: Routing,
    compiler: Compiler,
    label: str | None,
    points: int,
    *,
    seconds: float,
    known: Sequence[FoundPoint] = (),
) -> Generator[FoundPoint, None, Frontier]:
    """The search of `frontier`: gives each point as it is found, spread ever more densely, then the frontier.

    `known` are points of a search for the same that was stopped: they are not looked for again.
    """
    return _FrontierSearch(routing, compiler, label, Deadline.after(seconds)).run(points, known)


class _FrontierSearch:
    """One frontier; the problem costs money whatever the routing's objective, and its budget is left out."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str | None, deadline: Deadline) -> None:
        if label is not None and label not in routing.labels:
            raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
        counting = routing.labels if label is None else [label]
        self.unscored = tuple(name for name in counting if not routing.labels[name].has_quality)
        if len(self.unscored) == len(counting):
            first = self.unscored[0]
            raise InputError(f"labels.{first}.skills: a frontier needs skills, such as {{ coding = 1.0 }}")
        self.budget = routing.limits.budget
        self.label, self.deadline, self.cache = label, deadline, SolveCache()
        self.now = compiler.compile(routing)
        self.problem = compiler.compile(_cost_routing(routing, label))
        self.row = None if label is None else list(routing.labels).index(label)
        self.weight = self._weight()  # (L,) of the labels' qualities, adds up to 1

    def _weight(self) -> Floats:
        if self.row is not None:
            return np.asarray(np.arange(len(self.problem.labels)) == self.row, dtype=float)
        scored = np.array([name not in self.unscored for name in self.problem.labels])
        weight = self.problem.weight * scored
        weight = weight if weight.any() else scored.astype(float)
        return np.asarray(weight / weight.sum())

    def run(self, points: int, known: Sequence[FoundPoint] = ()) -> Generator[FoundPoint, None, Frontier]:
        """Each point; then all, the knee, and where the routing as it is stands."""
        ends = dict(known)
        cheapest = ends.get(_CHEAPEST) or self._solve(self.problem)
        top, quality = (ends[_BEST], None) if _BEST in ends else self._top()
        if cheapest is None or top is None:
            return Frontier(label=self.label, budget=self.budget, unscored=self.unscored)
        yield _CHEAPEST, cheapest
        yield top.quality, top
        between = [point for _, point in known]
        for point in self._supported_points([cheapest, *between, top]):
            yield point.quality, point  # the cheapest of its own quality
            between.append(point)
        best = top if quality is None else self._at_quality(quality - OBJECTIVE_TOL) or top
        yield _BEST, best
        exact = is_linear(self.problem)
        if not exact:
            for asked, point in self._epsilon_points(cheapest, best, points, known):
                yield asked, point
                between.append(point)
        efficient = _nondominated([cheapest, *between, best])
        rows = range(len(self.problem.labels)) if self.row is None else [self.row]
        return Frontier(
            label=self.label,
            points=tuple(efficient),
            knee=knee([point.cost for point in efficient], [point.quality for point in efficient]),
            current=self._point(solve(self.now, self.deadline.seconds_left)),
            exact=exact,
            budget=self.budget,
            unscored=self.unscored,
            dominated=tuple(offer for row in rows for offer in dominated_offers(self.problem, row)),
        )

    def _top(self) -> tuple[Point | None, float]:
        """The highest quality there is, and a plan that has it, which may not be the cheapest."""
        problem = replace(self.problem, maximise_quality=True, weight=self.weight)
        solution = solve(problem, self.deadline.seconds_left)
        return self._point(solution), float(-solution.value)

    def _supported_points(self, known: list[Point]) -> Iterator[Point]:
        """Further ends of the convex hull of all plans, between those of the points that are known."""
        for low, high in pairwise(_hull(known)):
            yield from breakpoints(low, high, _place, self._at_price)

    def _epsilon_points(
        self, cheapest: Point, best: Point, count: int, known: Sequence[FoundPoint]
    ) -> Iterator[FoundPoint]:
        """Epsilon constraints, evenly spread, each in the middle of the widest gap that is left.

        The cheapest plan of one quality is that of every higher one that it has itself.
        """
        served = [(asked, point.quality) for asked, point in known] + [(_CHEAPEST, cheapest.quality)]
        qualities = np.linspace(best.quality, cheapest.quality, max(count, 2))[1:-1].tolist()
        bits = len(qualities).bit_length()
        for at in sorted(range(len(qualities)), key=lambda at: f"{at:0{bits}b}"[::-1]):
            if self.deadline.passed:
                return
            quality = qualities[at]
            if any(low <= quality <= high + QUALITY_TOL for low, high in served):
                continue
            point = self._at_quality(quality)
            if point is not None:
                served.append((quality, point.quality))
                yield quality, point

    def _at_price(self, price: float) -> Point | None:
        """The plan of least cost where a point of quality is worth so much."""
        if self.deadline.passed:
            return None
        gain = self.weight[:, None] * np.nan_to_num(self.problem.quality)
        return self._solve(replace(self.problem, cost=self.problem.cost - price * gain))

    def _at_quality(self, quality: float) -> Point | None:
        """The cheapest plan of at least this quality: shares add up to 1, so 100 - quality is limited."""
        if self.row is not None:
            floor = self.problem.min_quality.copy()
            floor[self.row] = max(floor[self.row], quality)
            return self._solve(replace(self.problem, min_quality=floor))
        lack = self.weight[:, None] * (100 - np.nan_to_num(self.problem.quality)) / 100
        rule = LinkingConstraint("quality", np.arange(lack.shape[1]), lack, (100 - quality) / 100)
        return self._solve(replace(self.problem, linking=(*self.problem.linking, rule)))

    def _solve(self, problem: Problem) -> Point | None:
        return self._point(solve(problem, self.deadline.seconds_left, self.cache))

    def _point(self, solution: Solution) -> Point | None:
        """None where there is no plan."""
        if solution.shares is None:
            return None
        problem, shares = self.problem, solution.shares
        quality = float((self.weight[:, None] * np.nan_to_num(problem.quality) * shares).sum())
        mixed = (shares * np.where(shares > 0, problem.quality, 0.0)).sum(axis=1)
        cost = monthly_cost(problem, solution.shares, solution.replicas)
        return Point(
            cost=cost,
            over_budget=over_budget(cost, self.budget),
            quality=quality,
            routes={name: _routes(problem, shares[row]) for row, name in enumerate(problem.labels)},
            qualities={
                name: label_quality
                for name, label_quality in zip(problem.labels, mixed.tolist(), strict=True)
                if not np.isnan(label_quality)
            },
        )


def _place(point: Point) -> tuple[float, float]:
    return point.cost, point.quality


def _hull(points: Sequence[Point]) -> list[Point]:
    """The points that are the best at some price of quality, the cheapest first (Andrew 1979)."""
    hull: list[Point] = []
    for point in _nondominated([*points]):
        while len(hull) > 1:
            (cost, quality), (more, better) = map(_place, hull[-2:])
            if (better - quality) * (point.cost - cost) > (point.quality - quality) * (more - cost):
                break
            hull.pop()
        hull.append(point)
    return hull


def _cost_routing(routing: Routing, label: str | None) -> Routing:
    """The question of least cost without a budget, where unscored models are out of the labels that count."""
    routing = _unbudgeted(routing)
    for name, facts in routing.labels.items():
        if label in (None, name) and facts.has_quality and facts.min_quality is None:
            routing = with_value(routing, f"labels.{name}.min_quality", 0.0) or routing
    return routing


def _unbudgeted(routing: Routing) -> Routing:
    limits = routing.limits.model_copy(update={"budget": None})
    return routing.model_copy(update={"objective": "cost", "limits": limits})


def _routes(problem: Problem, mix: Floats) -> dict[str, float]:
    return {problem.offers[i]: round(float(mix[i]), 9) for i in np.flatnonzero(mix)}


def over_budget(cost: float, budget: float | None) -> bool:
    """Whether a month's cost is beyond a budget, by more than the solver's rounding; USD."""
    return budget is not None and cost > budget + JUDGED_RULE_TOL * max(budget, 1.0)


def _nondominated(points: list[Point]) -> list[Point]:
    """By cost, each better than all cheaper ones."""
    efficient: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, -p.quality)):
        if not efficient or point.quality > efficient[-1].quality + QUALITY_TOL:
            efficient.append(point)
    return efficient


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

    Points beyond the budget are found too, and marked. Raises InputError for an unknown label, and for one
    that may wait: it has no latency limit.
    """
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    if routing.labels[label].batch:
        raise InputError(f"labels.{label}.batch: a label that may wait has no latency limit")
    efficient = _LatencySearch(routing, compiler, label, Deadline.after(seconds)).run(points)
    speeds = [-point.max_latency for point in reversed(efficient)]
    from_slowest = knee([point.cost for point in reversed(efficient)], speeds)
    return LatencyFrontier(
        label=label,
        percentile=routing.labels[label].percentile,
        points=tuple(efficient),
        knee=None if from_slowest is None else len(efficient) - 1 - from_slowest,
        budget=routing.limits.budget,
    )


class _LatencySearch:
    """The whole routing solved with other limits of one label."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str, deadline: Deadline) -> None:
        self.routing, self.compiler = _unbudgeted(routing), compiler
        self.label, self.deadline = label, deadline
        self.budget = routing.limits.budget
        self.row, self.cache = list(routing.labels).index(label), SolveCache()

    def run(self, points: int) -> list[FastPoint]:
        """The points, the fastest first, each cheaper than all before it."""
        slowest = self._at_limit(MAX_LATENCY)
        if slowest is None:
            return []
        enough = slowest.cost * (1 + OBJECTIVE_TOL)
        high = self._least_limit(MAX_LATENCY, lambda p: p is not None and p.cost <= enough)
        low = self._least_limit(high, lambda p: p is not None)
        efficient: list[FastPoint] = []
        for limit in np.geomspace(low, high, max(points, 2)):
            if self.deadline.passed:
                break
            point = self._at_limit(float(limit))
            if point is None:
                continue
            if not efficient or point.cost < efficient[-1].cost * (1 - OBJECTIVE_TOL):
                efficient.append(point)
        return efficient

    def _least_limit(self, high: float, holds: Callable[[FastPoint | None], bool]) -> float:
        """The least limit, to LATENCY_TOL, whose cheapest plan is so; it is at `high`."""
        low = MIN_LATENCY
        while high > low * (1 + LATENCY_TOL) and not self.deadline.passed:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if holds(self._at_limit(middle)) else (middle, high)
        return high

    def _at_limit(self, limit: float) -> FastPoint | None:
        """The cheapest plan with this limit, in hundredths of a second from below."""
        rounded = max(round(limit, 2), 0.01)
        changed = with_value(self.routing, f"labels.{self.label}.max_latency", rounded)
        if changed is None:
            return None
        problem = self.compiler.compile(changed)
        solution = solve(problem, self.deadline.seconds_left, self.cache)
        if solution.shares is None:
            return None
        cost = monthly_cost(problem, solution.shares, solution.replicas)
        return FastPoint(
            cost=cost,
            over_budget=over_budget(cost, self.budget),
            max_latency=rounded,
            routes=_routes(problem, solution.shares[self.row]),
        )
