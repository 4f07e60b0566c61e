"""Mix columns: whole answers for one label, of up to three offers each.

Column generation out of a list: an LP over few columns, which those join that its prices tempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..tolerances import COLUMN_COST_TOL, SHARE_TOL

WIDTH = 3


@dataclass(frozen=True)
class Columns:
    """n columns: label (n,), offers and shares (n, 3), value (n,). Unused places repeat the last offer."""

    label: Ints
    offers: Ints
    shares: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.value)

    def take(self, keep: Ints) -> Columns:
        """Some of the columns."""
        return Columns(self.label[keep], self.offers[keep], self.shares[keep], self.value[keep])

    @property
    def support(self) -> Ints:
        """(n,) a number that columns of one label on the same offers have in common, and no others."""
        n = int(self.offers.max(initial=0)) + 1
        code = self.label
        for place in range(WIDTH):
            _, code = np.unique(code * n + self.offers[:, place], return_inverse=True)
        return code

    def load(self, rule: LinkingConstraint) -> Floats:
        """(n,) what each column adds to the left side of a coupling rule."""
        parts = [rule.coefficients(self.label, self.offers[:, i]) * self.shares[:, i] for i in range(WIDTH)]
        return np.asarray(sum(parts))

    def codes(self, codes: Ints) -> tuple[Ints, Ints]:
        """(column, code) once for every different model (or provider) of each column."""
        wide = codes[self.offers]
        first = np.ones(wide.shape, dtype=bool)
        first[:, 1] = wide[:, 1] != wide[:, 0]
        first[:, 2] = (wide[:, 2] != wide[:, 0]) & (wide[:, 2] != wide[:, 1])
        at, place = np.nonzero(first)
        return at, wide[at, place]

    def mixed(self, weight: Floats, shape: tuple[int, ...]) -> Floats:
        """(L, N) the shares that (n,) weights on the columns amount to."""
        shares = np.zeros(shape)
        k = np.flatnonzero(weight > SHARE_TOL)
        for i in range(WIDTH):
            np.add.at(shares, (self.label[k], self.offers[k, i]), weight[k] * self.shares[k, i])
        return shares


def single_columns(label: int, a: Ints, value: Floats) -> Columns:
    """One offer alone."""
    shares = np.tile([1.0, 0.0, 0.0], (len(a), 1))
    return Columns(np.full(len(a), label), np.column_stack([a, a, a]), shares, value[a])


def pair_columns(label: int, a: Ints, b: Ints, share: Floats, value: Floats) -> Columns:
    """Two offers, `share` that of a."""
    shares = np.column_stack([share, 1 - share, np.zeros(len(a))])
    worth = value[b] + share * (value[a] - value[b])
    return Columns(np.full(len(a), label), np.column_stack([a, b, b]), shares, worth)


def triple_columns(label: int, offers: Ints, shares: Floats, value: Floats) -> Columns:
    """Three offers, both (n, 3)."""
    return Columns(np.full(len(offers), label), offers, shares, (value[offers] * shares).sum(axis=1))


def concat_columns(parts: Sequence[Columns]) -> Columns:
    """All the columns of several lots."""
    fields = ("label", "offers", "shares", "value")
    return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def rank_in_label(label: Ints, figures: Floats) -> Ints:
    """(n,) the place of each column among its label's, the least figure first."""
    order = np.lexsort((figures, label))
    first = np.searchsorted(label[order], np.arange(int(label.max(initial=0)) + 1))
    ranks = np.zeros(len(figures), np.int64)
    ranks[order] = np.arange(len(order)) - first[label[order]]
    return ranks


FIRST = 40  # columns a label that the LP begins with, by each of the figures
JOIN = 60  # columns a label that join at once

T = TypeVar("T")


def generate_columns(
    label: Ints,
    few: int,
    figures: Sequence[Floats],
    reduced: Callable[[T], Floats],
    solve: Callable[[Bools], T | None],
) -> tuple[T, Bools, Floats] | None:
    """The optimum over all columns, those (n,) that the LP had in the end, all reduced costs (n,).

    Up to `few` columns it has all at once, else those of the least figures (n,) of each label to begin with.
    `solve` gives the optimum over some columns, None where they leave no plan; `reduced` what all cost under
    it, in units of the scale. None where all leave no plan.
    """
    chosen = np.full(len(label), len(label) <= few)
    if not chosen.all():
        for row in figures:
            chosen |= rank_in_label(label, row) < FIRST
    while True:
        optimum = solve(chosen)
        if optimum is None:
            if chosen.all():
                return None
            chosen[:] = True
            continue
        cost = reduced(optimum)
        tempted = ~chosen & (cost < -COLUMN_COST_TOL)
        if not tempted.any():
            return optimum, chosen, cost
        joining = np.flatnonzero(tempted)
        chosen[joining[rank_in_label(label[joining], cost[joining]) < JOIN]] = True
