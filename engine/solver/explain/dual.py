"""A rule's limit as a parameter, all whole numbers fixed: its shadow price, and how far that holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds

from ...domain.explanation import LOOSER
from ...domain.routing import Routing
from ...domain.rules import value_of, with_value
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Problem
from ..models.compact import Compact
from ..models.lp import linear, solve_linear
from ..solution import Answer

SUMS = {"min_quality", "max_provider_share", "budget", "min_share"}  # limits on sums of shares
CURVED = {"max_latency"}  # these move the terms of a sum: a price here, and none that holds elsewhere
MOST = {"min_quality": 100.0, "max_provider_share": 1.0, "min_share": 1.0}  # what the limit can be
SAME = 1e-8  # relative: values nearer than this to a line are on it
NEAR = 1e-3  # of a step: how far a one-sided difference goes
BEND = 1e-4  # relative: prices nearer than this are one
CURVE = 1e-2  # likewise of a curve's one-sided differences


@dataclass(frozen=True)
class Priced:
    """The price of a step tighter, of a step looser where it differs, and between which limits it holds."""

    tighter: float
    looser: float | None
    holds_from: float | None
    holds_to: float | None


@dataclass
class Dual:
    """The objective of the plan `answer` as a rule's limit moves, the models and replicas in use kept.

    Offers that no whole number stands for mix as they like: without whole numbers this is the whole linear
    programme. It is convex in the limit of a sum, and made of straight pieces.
    """

    routing: Routing
    compiler: Compiler
    answer: Answer
    path: str
    step: float
    seconds: float
    _known: dict[float, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.path.rpartition(".")[2]
        self.limit = float(value_of(self.routing, self.path))
        self.columns = _kept(self.compiler.compile(self.routing), self.answer)

    def price(self) -> Priced | None:
        """The price on either side; None where the limit cannot be moved at all."""
        way = -LOOSER[self.name]
        tight, loose = self._slope(way), self._slope(-way)
        slope = tight if tight is not None else loose
        if slope is None:
            return None
        curved, scale = self.name in CURVED, way * self.step
        one = loose is None or abs(slope - loose) <= (CURVE if curved else BEND) * max(abs(slope), abs(loose))
        ends = [self.limit if curved else self._end(side, slope) for side in (-1.0, 1.0)]
        return Priced(slope * scale, None if one or loose is None else loose * scale, ends[0], ends[1])

    def value(self, limit: float) -> float | None:
        """The objective at a limit; None where nothing fits."""
        if limit not in self._known:
            self._known[limit] = self._solved(limit)
        return self._known[limit]

    def _slope(self, side: float) -> float | None:
        """The one-sided derivative by the limit: nearer and nearer until it stays the same."""
        here, by = self.value(self.limit), NEAR * self.step
        found: list[float] = []
        for _ in range(4):
            there = self.value(self.limit + side * by)
            if here is not None and there is not None:
                found.append((there - here) / by * side)
                if len(found) > 1 and abs(found[-1] - found[-2]) <= 0.1 * BEND * abs(found[-2]):
                    break
            by /= 8
        return found[-1] if found else None

    def _straight(self, slope: float, by: float) -> bool:
        """Whether the value at this signed distance is on the line through here."""
        here, there = self.value(self.limit), self.value(self.limit + by)
        if here is None or there is None:
            return False
        return abs(there - here - slope * by) <= SAME * max(abs(here), 1e-9) + 0.1 * SAME * abs(slope * by)

    def _end(self, side: float, slope: float) -> float | None:
        """Where to that side the value leaves the line; None: nowhere."""
        most = MOST.get(self.name, np.inf) - self.limit if side > 0 else self.limit
        low, high = 0.0, min(self.step, most)
        while self._straight(slope, side * high):
            if high >= most:
                return self.limit + side * most
            low, high = high, min(2 * high, most)
            if high > 1e9 * self.step:
                return None
        for _ in range(60):
            if high - low <= 1e-9 * self.step:
                break
            cross = self._cross(side, slope, low, high)
            if cross is not None and self._straight(slope, side * cross):
                return self.limit + side * cross
            middle = (low + high) / 2 if cross is None else cross
            low, high = (middle, high) if self._straight(slope, side * middle) else (low, middle)
        return self.limit + side * low

    def _cross(self, side: float, slope: float, low: float, high: float) -> float | None:
        """Where the line through here meets the one that the value is on at `high`; None: not between."""
        near = min(NEAR * self.step, (high - low) / 8)
        here, far, before = (self.value(self.limit + side * by) for by in (0.0, high, high - near))
        if here is None or far is None or before is None:
            return None
        own, rise = (far - before) / near, slope * side
        if own - rise <= BEND * 1e-2 * abs(rise):
            return None
        cross = (here - far + own * high) / (own - rise)
        return cross if low < cross < high else None

    def _solved(self, limit: float) -> float | None:
        changed = with_value(self.routing, self.path, limit)
        if changed is None:
            return None
        problem = _fixed(self.compiler.compile(changed), self.columns)
        if linear(problem):
            found = solve_linear(problem, self.seconds)
            return None if found.shares is None else found.value
        return _relaxed(problem, self.columns, self.answer, self.seconds)


def _kept(problem: Problem, answer: Answer) -> Bools:
    """(L, N) the offers that may carry something while every use, model and provider stays as it is."""
    assert answer.shares is not None
    used = answer.shares > 0
    counts = problem.eligible.sum(axis=1)
    counted = (problem.max_offers < counts) | (problem.min_share > 0) | (problem.min_providers > 1)
    kept = problem.eligible.copy()
    kept[counted] &= used[counted]
    some = used.any(axis=0)
    for most, codes in ((problem.max_models, problem.model), (problem.max_providers, problem.provider)):
        if most is not None:
            kept &= np.isin(codes, codes[some])
    return kept


def _fixed(problem: Problem, columns: Bools) -> Problem:
    """The problem over these offers, whose counts all hold already."""
    return replace(
        problem,
        eligible=problem.eligible & columns,
        max_models=None,
        max_providers=None,
        max_offers=np.full(len(problem.labels), len(problem.offers)),
        min_providers=np.ones(len(problem.labels), dtype=np.int64),
    )


def _relaxed(problem: Problem, columns: Bools, answer: Answer, seconds: float) -> float | None:
    """The least objective with uses and replicas fixed, where there are least shares, pins or replicas."""
    model = Compact(problem, columns)
    low, high = np.array(model.bounds().lb), np.array(model.bounds().ub)
    low[model.y] = high[model.y] = 1.0
    if answer.replicas is not None:
        low[model.n] = high[model.n] = answer.replicas
    scale = max(abs(answer.value), 1e-9)
    cost = model.costs(problem.objective / scale, problem.host_objective / scale)
    result = model.solve(cost, seconds, Bounds(low, high), whole=False)
    return None if result.x is None else float(result.fun) * scale
