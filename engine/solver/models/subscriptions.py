"""Columns and rows of subscriptions: whole units, and the parts of shares that they cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compile.problem import Floats, Ints, SubscriptionTerms
from .builder import ModelBuilder


class SubscriptionColumns:
    """Units `u` (P,) of each subscription, and the part of the share of every pair that it covers.

    Pairs are (`label`, `offer`), what all cover of one is at most its share `x` (n,). `parts` are (places of
    the pairs, columns) of each subscription; `money` (columns, USD a month).
    """

    def __init__(
        self,
        builder: ModelBuilder,
        subscriptions: Sequence[SubscriptionTerms],
        label: Ints,
        offer: Ints,
        x: Ints,
    ) -> None:
        self.builder = builder
        self.u = np.zeros(0, dtype=np.int64)
        self.parts: list[tuple[Ints, Ints]] = []
        self.rows: list[int] = []  # of the allowances; -1: unlimited
        columns, money = [np.zeros(0, np.int64)], [np.zeros(0)]
        for terms in subscriptions:
            cells = terms.cells(label, offer)
            use = terms.of(terms.use, label[cells], offer[cells])
            unit = builder.add_columns(1, terms.min_units, _max_units(terms, label[cells], use), integer=True)
            covered = builder.add_columns(len(cells))
            self.rows.append(-1)
            if not terms.unlimited:
                row = builder.add_rows(1, -np.inf, 0.0)
                builder.add_entries(row, covered, use)
                builder.add_entries(row, unit, -1.0)
                self.rows[-1] = int(row[0])
            columns += [unit, covered]
            money += [np.array([terms.fee]), -terms.of(terms.saves, label[cells], offer[cells])]
            self.u = np.concatenate([self.u, unit])
            self.parts.append((cells, covered))
        self.money = np.concatenate(columns), np.concatenate(money)
        self._limit_to_shares(x)

    def _limit_to_shares(self, x: Ints) -> None:
        """A request is covered by at most one plan."""
        cells = np.unique(np.concatenate([places for places, _ in self.parts])) if self.parts else self.u
        rows = self.builder.add_rows(len(cells), -np.inf, 0.0)
        self.builder.add_entries(rows, x[cells], -1.0)
        for places, covered in self.parts:
            self.builder.add_entries(rows[np.searchsorted(cells, places)], covered, 1.0)

    def add_money(self, row: Ints, factor: float) -> None:
        """Lets the units' fees, less the list cost of what they cover, count in a row, times `factor`."""
        columns, money = self.money
        self.builder.add_entries(row, columns, factor * money)


def _max_units(terms: SubscriptionTerms, label: Ints, use: Floats) -> float:
    """As many units as all labels can use up: a limit that takes no plan away."""
    if terms.unlimited:
        return terms.min_units
    max_units = np.zeros(int(label.max(initial=-1)) + 1)
    np.maximum.at(max_units, label, use)
    return float(max(min(terms.max_units, np.ceil(max_units.sum())), terms.min_units))
