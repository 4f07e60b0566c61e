"""A good plan before any branching: a few labels at a time change their mixes, all ways tried at once.

The relaxation leaves few labels between two mixes, and many that another mix would cost next to nothing more.
Of some of these every combination of mixes is listed in two halves, which are put together the cheapest way
that keeps the rules (Horowitz and Sahni 1974). Of hundreds of labels of one mix each the best plan is so near
to the bound that halving choices finds neither it nor the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import numpy as np

from ..compile.problem import Floats, Ints
from ..tolerances import ROUNDING_TOL

ROUNDS = 200  # neighbourhoods that are tried
STALL = 60  # of them in a row without a better plan
WAYS = (2, 3)  # mixes a label that are tried, in turn
HALF = 4096  # combinations of a half under one rule, which are sorted
HALF_OF_PAIRS = 729  # under several, where each is compared with each of the other half
MAX_LISTED = 20_000  # combinations of a half that are listed to find the best of all
MAX_BITS = 32  # of all combinations: of more it is not tried
MAX_COMPARED = 4_000_000  # pairs of combinations under several rules


@dataclass(frozen=True)
class Choices:
    """Columns to choose from: label (n,) ascending, value, reduced cost (n,), load (rules, n); the limits."""

    label: Ints
    value: Floats
    load: Floats
    reduced: Floats
    limit: Floats


def exchange(choices: Choices, start: Ints, enough: float, end: float = np.inf) -> Ints | None:
    """(labels,) the places of one column a label that keep the limits, the cheapest found; None where none.

    `start` are such places, whatever they add to the rules; at a value of `enough`, or the moment `end` of
    perf_counter, the search ends.
    """
    order = np.lexsort((choices.reduced, choices.label))
    first = np.searchsorted(choices.label[order], np.arange(len(start)))
    count = np.diff([*first, len(order)])
    second = np.full(len(start), np.inf)
    several = np.flatnonzero(count > 1)
    second[several] = choices.reduced[order[first[several] + 1]]
    nearest = several[np.argsort(second[several], kind="stable")]
    limit = choices.limit + ROUNDING_TOL
    chance, current = np.random.default_rng(0), start.copy()
    kept = bool((choices.load[:, current].sum(axis=1) <= limit).all())
    best, stalled = (float(choices.value[current].sum()) if kept else np.inf), 0
    half = HALF if len(limit) == 1 else HALF_OF_PAIRS
    for turn in range(ROUNDS):
        if best <= enough or stalled >= STALL or not len(nearest) or perf_counter() > end:
            break
        ways = WAYS[turn % len(WAYS)]
        size = 2 * int(np.log(half) / np.log(ways) + ROUNDING_TOL)
        near = nearest[: size * (1 + turn // 4)]
        core = near[:size] if turn == 0 else chance.permutation(near)[:size]
        options = [_options(order, int(first[k]), int(count[k]), ways, int(current[k])) for k in core]
        rest = np.ones(len(start), dtype=bool)
        rest[core] = False
        room = limit - choices.load[:, current[rest]].sum(axis=1)
        chosen = _cheapest(choices, options, room)
        stalled += 1
        if chosen is None:
            continue
        trial = current.copy()
        trial[core] = chosen
        worth = float(choices.value[trial].sum())
        if worth < best - ROUNDING_TOL * abs(worth):
            best, current, stalled = worth, trial, 0
    return current if np.isfinite(best) else None


class TooMany(Exception):
    """More combinations than are worth listing."""


def best_choice(choices: Choices, gap: float) -> Ints | None:
    """(labels,) the places of one column a label that keep the limits and cost the least; None where none.

    All of those count whose reduced costs add up to at most `gap`: no others are better than a plan so far
    above the relaxation. Raises TooMany.
    """
    labels = int(choices.label[-1]) + 1
    first = np.searchsorted(choices.label, np.arange(labels + 1))
    options = [np.arange(low, high) for low, high in pairwise(first)]
    if sum(np.log2(len(ways)) for ways in options) > MAX_BITS:
        raise TooMany
    order = sorted(range(labels), key=lambda label: len(options[label]))
    halves = []
    for part in (order[::2], order[1::2]):
        rows = np.zeros((1, 0), np.int64)
        for label in part:
            rows = _extended(choices, rows, options[label], gap)
        halves.append(rows)
    left, right = halves
    chosen = _joined(choices, left, right, choices.limit + ROUNDING_TOL)
    if chosen is None:
        return None
    places = np.zeros(labels, np.int64)
    places[[*order[::2], *order[1::2]]] = chosen
    return places


def _extended(choices: Choices, rows: Ints, options: Ints, gap: float) -> Ints:
    """(combinations, labels + 1) the rows with one more label's options, without what cannot be best."""
    if len(rows) * len(options) > 4 * MAX_LISTED:
        raise TooMany
    rows = np.column_stack([np.repeat(rows, len(options), axis=0), np.tile(options, len(rows))])
    rows = rows[choices.reduced[rows].sum(axis=1) <= gap]
    if len(choices.limit) <= 1 and len(rows):
        value = choices.value[rows].sum(axis=1)
        load = choices.load[:, rows].sum(axis=(0, 2))
        order = np.lexsort((value, load))
        before = np.concatenate([[np.inf], np.minimum.accumulate(value[order])[:-1]])
        rows = rows[order[value[order] < before]]
    if len(rows) > MAX_LISTED:
        raise TooMany
    return rows


def _options(order: Ints, first: int, count: int, ways: int, now: int) -> Ints:
    """The label's columns of the least reduced cost, and the one it has."""
    options = order[first : first + min(ways, count)]
    return options if now in options else np.append(options[:-1], now)


def _cheapest(choices: Choices, options: list[Ints], room: Floats) -> Ints | None:
    """One of each of the options within the room, together the cheapest; None: none fits."""
    middle = len(options) // 2
    return _joined(choices, _combinations(options[:middle]), _combinations(options[middle:]), room)


def _joined(choices: Choices, left: Ints, right: Ints, room: Floats) -> Ints | None:
    """A row of `left` and one of `right` (combinations, labels) within the room, together the cheapest."""
    if not len(left) or not len(right):
        return None
    value_left, load_left = choices.value[left].sum(axis=1), choices.load[:, left].sum(axis=2)
    value_right, load_right = choices.value[right].sum(axis=1), choices.load[:, right].sum(axis=2)
    if len(room) == 1:
        order = np.lexsort((value_right, load_right[0]))
        least = np.minimum.accumulate(value_right[order])
        last = np.searchsorted(load_right[0, order], room[0] - load_left[0], side="right") - 1
        total = np.where(last >= 0, value_left + least[np.maximum(last, 0)], np.inf)
        i = int(total.argmin())
        if not np.isfinite(total[i]):
            return None
        j = int(order[value_right[order[: last[i] + 1]].argmin()])
        return np.concatenate([left[i], right[j]])
    if len(left) * len(right) > MAX_COMPARED:
        raise TooMany
    fits = np.ones((len(left), len(right)), dtype=bool)
    for row_left, row_right, free in zip(load_left, load_right, room, strict=True):
        fits &= row_left[:, None] + row_right <= free
    total = np.where(fits, value_left[:, None] + value_right, np.inf)
    i, j = divmod(int(total.argmin()), len(right))
    return np.concatenate([left[i], right[j]]) if np.isfinite(total[i, j]) else None


def _combinations(options: list[Ints]) -> Ints:
    """(combinations, labels) every choice of one of each of the options."""
    if not options:
        return np.zeros((1, 0), np.int64)
    grids = np.meshgrid(*options, indexing="ij")
    return np.stack([grid.ravel() for grid in grids], axis=1)
