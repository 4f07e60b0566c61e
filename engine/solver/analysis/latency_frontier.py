"""Cost against latency of one label: the least cost at each limit from the fastest mix to the cheapest.

Each point is an epsilon constraint: the whole routing solved with another `max_latency` of the label.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.explanation import FastPoint, LatencyFrontier
from ...domain.routing import Routing
from ...domain.rules import with_value
from ..cache import Memory
from ..compile.compiler import Compiler
from ..solve import solve
from .frontier import knee, over_budget

SLOWEST = 1e5  # seconds: a limit that only keeps offers of unknown speed out
FINE = 0.005  # relative: the fastest limit is found this closely
SAME = 1e-7  # relative: costs nearer than this are one


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
    search = _Search(routing, compiler, label, perf_counter() + seconds)
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


class _Search:
    """One label's limits tried out."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str, end: float) -> None:
        cheapest = routing.model_copy(
            update={"objective": "cost", "limits": routing.limits.model_copy(update={"budget": None})}
        )
        self.routing, self.compiler, self.label, self.end = cheapest, compiler, label, end
        self.budget = routing.limits.budget
        self.row, self.memory = list(routing.labels).index(label), Memory()

    def run(self, points: int) -> list[FastPoint]:
        """The points, the fastest first, each cheaper than all before it."""
        slow = self._at(SLOWEST)
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
            if point is not None and (not found or point.cost < found[-1].cost * (1 - SAME)):
                found.append(point)
        return found

    def _enough(self, slow: FastPoint) -> float:
        """The least limit, about, at which the plan costs no more than without one."""
        return self._least(1e-3, SLOWEST, lambda p: p is not None and p.cost <= slow.cost * (1 + SAME))

    def _fastest(self, high: float) -> float:
        """The least limit, about, that any plan meets."""
        return self._least(1e-3, high, lambda p: p is not None)

    def _least(self, low: float, high: float, holds: Callable[[FastPoint | None], bool]) -> float:
        while high > low * (1 + FINE) and perf_counter() < self.end:
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
        answer = solve(problem, max(self.end - perf_counter(), 0.05), self.memory)
        if answer.shares is None:
            return None
        rent = 0.0 if answer.replicas is None else float(answer.replicas @ problem.rent)
        mine = answer.shares[self.row]
        cost = float((problem.cost * answer.shares).sum()) + rent
        return FastPoint(
            cost=cost,
            over_budget=over_budget(cost, self.budget),
            max_latency=rounded,
            routes={problem.offers[i]: round(float(mine[i]), 9) for i in np.flatnonzero(mine)},
        )
