"""The ends of a convex trade-off's straight pieces, exactly: between two known ones, price by the slope.

The optimum for the slope between two points is on their line (then it is a piece) or a new end (the method of
Eisner and Severance, 1976).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..tolerances import BREAKPOINT_TOL, MAX_BREAKPOINTS

T = TypeVar("T")


def breakpoints(
    low: T, high: T, place: Callable[[T], tuple[float, float]], best: Callable[[float], T | None]
) -> list[T]:
    """The ends between `low` and `high`, in no order, where `place` is (cost, gain) of a point.

    `best` gives the point of least cost less gain at a price a unit of gain; None stops there.
    """
    ends: list[T] = []
    todo = [(low, high)]
    while todo and len(ends) < MAX_BREAKPOINTS:
        a, b = todo.pop()
        (cost, gain), (more, better) = place(a), place(b)
        size = max(abs(cost), abs(more), 1e-12)
        if more - cost <= BREAKPOINT_TOL * size or better - gain <= BREAKPOINT_TOL * max(
            abs(gain), abs(better)
        ):
            continue
        slope = (more - cost) / (better - gain)
        if (point := best(slope)) is None:
            continue
        spent, reached = place(point)
        if (cost - slope * gain) - (spent - slope * reached) > BREAKPOINT_TOL * size:
            ends.append(point)
            todo += [(a, point), (point, b)]
    return ends
