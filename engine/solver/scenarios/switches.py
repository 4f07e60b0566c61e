"""Where an outcome switches as one factor grows: solved at stops, then halved between those that differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from time import perf_counter
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")
FINE = 1e-6  # relative width of the bracket of a switch
MOST = 60  # switches looked for


@dataclass(frozen=True)
class Bracket(Generic[T]):
    """Solved at both ends: `before` at `below`, `after`, of another kind, at `at`."""

    below: float
    at: float
    before: T
    after: T


@dataclass(frozen=True)
class Found(Generic[T]):
    """Every stop and bracket in order; `complete`: neither the time nor MOST cut the search short.

    A kind that comes and goes between two neighbouring stops of one kind stays unseen.
    """

    stops: tuple[tuple[float, T], ...]
    brackets: tuple[Bracket[T], ...]
    complete: bool


def stops_between(low: float, high: float) -> list[float]:
    """Factors a quarter of a decade apart, the ends and 1 among them."""
    count = max(2, int(np.ceil(4 * np.log10(high / low))) + 1)
    inner = [float(f"{at:.6g}") for at in np.geomspace(low, high, count)[1:-1]]
    return sorted({low, *inner, high, *([1.0] if low <= 1 <= high else [])})


def switches(
    solve: Callable[[float], T], kind: Callable[[T], Hashable], stops: list[float], seconds: float
) -> Found[T]:
    """Solves at the stops, then halves geometrically wherever the kind differs until FINE."""
    end = perf_counter() + seconds
    known = [(at, solve(at)) for at in stops]
    todo = [(*a, *b) for a, b in pairwise(known)][::-1]
    found: list[Bracket[T]] = []
    while todo and len(found) < MOST and perf_counter() < end:
        low, before, high, after = todo.pop()
        if kind(before) == kind(after):
            continue
        if high <= low * (1 + FINE):
            found.append(Bracket(low, high, before, after))
            continue
        middle = sqrt(low * high)
        here = solve(middle)
        todo += [(middle, here, high, after), (low, before, middle, here)]
    return Found(tuple(known), tuple(found), not todo)
