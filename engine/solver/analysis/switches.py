"""Where an outcome switches as one factor grows: solved at stops, then split between those that differ.

What comes and goes between two stops of one kind is found as well where every solve tells, besides its value,
a line: of a concave value the line of its plan, which no value exceeds; of a convex one a line that no value
falls short of (Eisner and Severance, 1976). Where the line of one end meets the value of the other, all
between is that line; else the two lines meet at the place to look at next. Without lines, places are looked
at densely.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, sqrt
from time import perf_counter
from typing import Generic, TypeVar

import numpy as np

from ..tolerances import MAX_SWITCHES, OBJECTIVE_TOL, SWITCH_TOL

T = TypeVar("T")
DENSE = 1.1  # between neighbours of one kind without lines


@dataclass(frozen=True)
class Spot(Generic[T]):
    """The outcome at a factor; its value at the coordinate x (the factor or 1 / factor), and a line's slope.

    `still` is the plan itself where a larger factor only takes choice away: the same plan at two factors is
    then the best between them.
    """

    at: float
    outcome: T
    x: float = 0.0
    value: float | None = None
    slope: float | None = None
    still: bytes | None = None
    upto: float = inf  # the factor up to which the line is one

    def line(self, x: float) -> float | None:
        """The line at another coordinate."""
        if self.value is None or self.slope is None:
            return None
        return self.value + self.slope * (x - self.x)


@dataclass(frozen=True)
class Bracket(Generic[T]):
    """Solved at both ends: `before` at `below`, `after`, of another kind, at `at`."""

    below: float
    at: float
    before: T
    after: T


@dataclass(frozen=True)
class Found(Generic[T]):
    """Every stop and bracket in order; `complete`: neither the time nor MAX_SWITCHES cut the search short.

    `proven`: no kind comes and goes between neighbours; else one may that does so within a factor of DENSE.
    """

    stops: tuple[tuple[float, T], ...]
    brackets: tuple[Bracket[T], ...]
    complete: bool
    proven: bool


def stops_between(low: float, high: float) -> list[float]:
    """Factors a quarter of a decade apart, the ends and 1 among them."""
    count = max(2, int(np.ceil(4 * np.log10(high / low))) + 1)
    inner = [float(f"{at:.6g}") for at in np.geomspace(low, high, count)[1:-1]]
    return sorted({low, *inner, high, *([1.0] if low <= 1 <= high else [])})


def switches(
    solve: Callable[[float], Spot[T]],
    kind: Callable[[T], Hashable],
    stops: list[float],
    seconds: float,
    ended: Callable[[T], bool] = lambda _: False,
) -> Found[T]:
    """Solves at the stops, then splits wherever the kind differs, or may differ between, until SWITCH_TOL.

    `ended`: what has no plan has none at any larger factor either.
    """
    end = perf_counter() + seconds
    known = [solve(stops[0])]
    for at in stops[1:]:
        known.append(replace(known[-1], at=at) if ended(known[-1].outcome) else solve(at))
    todo = [(a, b, 0) for a, b in pairwise(known)][::-1]
    found: list[Bracket[T]] = []
    proven = True
    while todo and len(found) < MAX_SWITCHES and perf_counter() < end:
        a, b, depth = todo.pop()
        same = kind(a.outcome) == kind(b.outcome)
        if b.at <= a.at * (1 + SWITCH_TOL):
            if not same:
                found.append(Bracket(a.at, b.at, a.outcome, b.outcome))
            continue
        if same and (_steady(a, b) or ended(a.outcome)):
            continue
        if same and not _lines(a, b) and b.at <= a.at * DENSE:
            proven = False
            continue
        middle = solve(_between(a, b, depth))
        todo += [(middle, b, depth + 1), (a, middle, depth + 1)]
    stops_ = tuple((one.at, one.outcome) for one in known)
    return Found(stops_, tuple(found), not todo, proven and not todo)


def _lines(a: Spot[T], b: Spot[T]) -> bool:
    return a.slope is not None and b.slope is not None


def _steady(a: Spot[T], b: Spot[T]) -> bool:
    """Whether the line of one end meets the value of the other, or the plan is the same."""
    if a.still is not None and a.still == b.still:
        return True
    for one, other in ((a, b), (b, a)):
        there = one.line(other.x) if other.at <= one.upto else None
        if there is not None and other.value is not None:
            scale = max(abs(other.value), abs(one.value or 0.0), 1e-12)
            if abs(there - other.value) <= OBJECTIVE_TOL * scale:
                return True
    return False


def _between(a: Spot[T], b: Spot[T], depth: int) -> float:
    """Where the lines meet, if that is inside, but by turns the geometric mean, which always closes in."""
    low, high = a.at * (1 + SWITCH_TOL / 2), b.at / (1 + SWITCH_TOL / 2)
    if depth % 3 < 2 and a.slope is not None and b.slope is not None and a.slope != b.slope:
        assert a.value is not None and b.value is not None
        x = (b.value - b.slope * b.x - a.value + a.slope * a.x) / (a.slope - b.slope)
        at = x if a.x == a.at else 1 / x if x > 0 else 0.0
        if a.at < at < b.at:
            return min(max(at, low), high)
    return sqrt(a.at * b.at)
