"""Where an outcome switches as one factor grows: solved at stops, then split between those that differ.

What comes and goes between two stops of one kind is found as well where every solve tells, besides its value,
a line: of a concave value the line of its plan, which no value exceeds; of a convex one a line that no value
falls short of (Eisner and Severance, Mathematical techniques for efficient record segmentation in large
shared databases, J. ACM 23, 1976). Where the line of one end meets the value of the other, all between is
that line; else the two lines meet at the factor to look at next. Without lines, factors are looked at
densely.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, sqrt
from typing import Generic, TypeVar

import numpy as np

from ..deadline import Deadline
from ..tolerances import MAX_SWITCHES, MIN_SCALE, OBJECTIVE_TOL, SWITCH_TOL

T = TypeVar("T")
DENSE = 1.1  # factor between neighbours of one kind without lines


@dataclass(frozen=True)
class SweepPoint(Generic[T]):
    """The outcome at a factor; its value at the coordinate x (the factor or 1 / factor), and a line's slope.

    `fixed_plan` is the plan itself where a larger factor only takes choice away: the same plan at two factors
    is then the best between them. The line holds for factors up to `valid_to`.
    """

    factor: float
    outcome: T
    x: float = 0.0
    value: float | None = None
    slope: float | None = None
    fixed_plan: bytes | None = None
    valid_to: float = inf

    def line(self, x: float) -> float | None:
        """The line at another coordinate."""
        if self.value is None or self.slope is None:
            return None
        return self.value + self.slope * (x - self.x)


@dataclass(frozen=True)
class Bracket(Generic[T]):
    """Solved at both ends: `before` at the factor `below`, `after`, of another kind, at the factor `at`."""

    below: float
    at: float
    before: T
    after: T


@dataclass(frozen=True)
class Sweep(Generic[T]):
    """Every stop and bracket in order; `complete`: neither the time nor MAX_SWITCHES cut the search short.

    `proven`: no kind comes and goes between neighbours; else one may that does so within a factor of DENSE.
    """

    stops: tuple[tuple[float, T], ...]
    brackets: tuple[Bracket[T], ...]
    complete: bool
    proven: bool


def stops_between(low: float, high: float, per_decade: int = 4) -> list[float]:
    """Factors evenly spread, so many in each decade; the ends and 1 are among them."""
    count = max(2, int(np.ceil(per_decade * np.log10(high / low))) + 1)
    inner = [float(f"{factor:.6g}") for factor in np.geomspace(low, high, count)[1:-1]]
    return sorted({low, *inner, high, *([1.0] if low <= 1 <= high else [])})


def find_switches(
    solve: Callable[[float], SweepPoint[T]],
    kind: Callable[[T], Hashable],
    stops: list[float],
    seconds: float,
    is_last: Callable[[T], bool] = lambda _: False,
) -> Sweep[T]:
    """Solves at the stops, then splits wherever the kind differs, or may differ between, until SWITCH_TOL.

    `is_last`: an outcome so is the outcome at any larger factor as well, as where there is no plan.
    """
    deadline = Deadline.after(seconds)
    points = [solve(stops[0])]
    for stop in stops[1:]:
        last = is_last(points[-1].outcome)
        points.append(replace(points[-1], factor=stop) if last else solve(stop))
    pending = [(a, b, 0) for a, b in pairwise(points)][::-1]
    brackets: list[Bracket[T]] = []
    proven = True
    while pending and len(brackets) < MAX_SWITCHES and not deadline.passed:
        a, b, depth = pending.pop()
        same_kind = kind(a.outcome) == kind(b.outcome)
        if b.factor <= a.factor * (1 + SWITCH_TOL):
            if not same_kind:
                brackets.append(Bracket(a.factor, b.factor, a.outcome, b.outcome))
            continue
        if same_kind and (_same_between(a, b) or is_last(a.outcome)):
            continue
        has_lines = a.slope is not None and b.slope is not None
        if same_kind and not has_lines and b.factor <= a.factor * DENSE:
            proven = False
            continue
        middle = solve(_split(a, b, depth))
        pending += [(middle, b, depth + 1), (a, middle, depth + 1)]
    outcomes = tuple((point.factor, point.outcome) for point in points)
    return Sweep(outcomes, tuple(brackets), not pending, proven and not pending)


def _same_between(a: SweepPoint[T], b: SweepPoint[T]) -> bool:
    """Whether the line of one end meets the value of the other, or the plan is the same."""
    if a.fixed_plan is not None and a.fixed_plan == b.fixed_plan:
        return True
    for base, other in ((a, b), (b, a)):
        predicted = base.line(other.x) if other.factor <= base.valid_to else None
        if predicted is not None and other.value is not None:
            scale = max(abs(other.value), abs(base.value or 0.0), MIN_SCALE)
            if abs(predicted - other.value) <= OBJECTIVE_TOL * scale:
                return True
    return False


def _split(a: SweepPoint[T], b: SweepPoint[T], depth: int) -> float:
    """Where the lines meet, if that is inside, but by turns the geometric mean, which always closes in."""
    low, high = a.factor * (1 + SWITCH_TOL / 2), b.factor / (1 + SWITCH_TOL / 2)
    if depth % 3 < 2 and a.slope is not None and b.slope is not None and a.slope != b.slope:
        assert a.value is not None and b.value is not None
        x = (b.value - b.slope * b.x - a.value + a.slope * a.x) / (a.slope - b.slope)
        factor = x if a.x == a.factor else 1 / x if x > 0 else 0.0
        if a.factor < factor < b.factor:
            return min(max(factor, low), high)
    return sqrt(a.factor * b.factor)
