"""Dominance among the mixes of one label: what no best plan needs, whatever couples the labels.

A mix can stand in for another where it is worth no more, adds no more to any rule across labels, and needs
no model or provider that the other does not, where their number is limited. That is exact: the relaxation's
duals charge it no more, and a plan with it in the other's place keeps every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..compile.problem import Bools, Floats, Ints
from ..tolerances import MAX_DOMINATORS, TINY
from .columns import Columns


def irreplaceable(metrics: Sequence[Floats], group: Ints, can_replace: Bools) -> Ints:
    """Indices of those (n,) that no other of their group equals or beats in all `metrics`, smaller is better.

    Only those that `can_replace` (n,) beat others; of equals the first stays.
    """
    total = sum(((row - row.min()) / max(float(np.ptp(row)), TINY) for row in metrics), np.zeros(len(group)))
    # What beats another comes before it.
    left = np.lexsort((*metrics[::-1], total, group))
    kept = np.zeros(len(group), dtype=bool)
    while len(left):
        is_first = np.ones(len(left), dtype=bool)
        is_first[1:] = group[left[1:]] != group[left[:-1]]
        first = left[is_first][np.cumsum(is_first) - 1]
        kept[left[is_first]] = True
        beaten = can_replace[first]
        for row in metrics:
            beaten &= row[first] <= row[left]
        left = left[~beaten & ~is_first]
    return np.flatnonzero(kept)


def undominated_columns(columns: Columns, loads: Floats, codes: Sequence[Ints]) -> Ints:
    """Indices of the columns, singles and pairs, that another does not stand in for.

    `loads` (rules, n) are what they add to the rules across labels in force, `codes` (N,) each say which
    model or provider an offer is of, where the number of those is limited. A pair stays or goes with both of
    its ends: it is measured by the least of each figure that it can come to.
    """
    keys, subkeys = _groups(columns, codes)
    support = columns.support
    worth, least = columns.value, loads
    if len(loads):
        worth, least = _least(support, columns.value), np.array([_least(support, row) for row in loads])
    known, first, count, order = _dominators(keys, columns.value, loads.sum(axis=0))
    beaten = np.zeros(len(columns), dtype=bool)
    for key in (keys, *subkeys):
        place = np.minimum(np.searchsorted(known, key), len(known) - 1)
        left = np.flatnonzero((known[place] == key) & ~beaten)
        for turn in range(int(count.max(initial=0))):
            left = left[(count[place[left]] > turn) & ~beaten[left]]
            if not len(left):
                break
            rival = order[first[place[left]] + turn]
            better = columns.value[rival] < worth[left]
            as_good = (columns.value[rival] <= worth[left]) & (support[rival] != support[left])
            for row, low in zip(loads, least, strict=True):
                better |= row[rival] < low[left]
                as_good &= row[rival] <= low[left]
            beaten[left] = as_good & (better | (support[rival] < support[left]))
    return np.flatnonzero(~beaten)


def _groups(columns: Columns, codes: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """(n,) a number of the label and the set of models and providers; those of one offer out of that set."""
    sets = [np.sort(code[columns.offers[:, :2]], axis=1) for code in codes]
    widths = [int(code.max(initial=0)) + 1 for code in codes]

    def key(pairs: Sequence[tuple[Ints, Ints]]) -> Ints:
        number = columns.label.astype(np.int64)
        for (low, high), width in zip(pairs, widths, strict=True):
            number = (number * width + low) * width + high
        return number

    ends = product(*[(codes_of[:, 0], codes_of[:, 1]) for codes_of in sets])
    subkeys = [key([(code, code) for code in one_of_each]) for one_of_each in ends] if sets else []
    return key([(codes_of[:, 0], codes_of[:, 1]) for codes_of in sets]), subkeys


def _least(support: Ints, figures: Floats) -> Floats:
    """(n,) the least figure of the columns on the same offers."""
    least = np.full(int(support.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, support, figures)
    return np.asarray(least[support])


def _dominators(keys: Ints, value: Floats, load: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """The groups' keys, and where in `order` the columns begin, and how many there are, that may beat others.

    These are the group's Pareto staircase of value and total load; of a long one the cheaper part.
    """
    order = np.lexsort((load, value, keys))
    known, first, group = np.unique(keys[order], return_index=True, return_inverse=True)
    step = float(np.ptp(load)) + 1.0 if len(load) else 1.0
    lower = load[order] - group * step  # every group lies below all before it
    before = np.concatenate([[np.inf], np.minimum.accumulate(lower)[:-1]])
    order, group = order[lower < before], group[lower < before]
    first = np.searchsorted(group, np.arange(len(known)))
    count = np.bincount(group, minlength=len(known))
    return known, first, np.minimum(count, MAX_DOMINATORS), order
