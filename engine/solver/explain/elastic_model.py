"""The elastic model: the textbook one with a column for whatever a rule may give, the least of it in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import OptimizeResult

from .across import across
from .ask import Ask
from .base import Base
from .labels import Passed, lateness, quality, uses

Levels = Mapping[int, Sequence[float]]  # label -> seconds at which its lateness is looked at


class Model(Base):
    """One routing's elastic model; `most` is the most it may move in all."""

    def __init__(self, ask: Ask, most: float, levels: Levels) -> None:
        super().__init__(ask, most)
        self.passed: dict[int, Passed] = {}
        for row, label in enumerate(ask.routing.labels.values()):
            quality(self, row, label)
            self.passed[row] = lateness(self, row, label, levels.get(row, ()))
            uses(self, row, label)
        across(self)
        total = self.sheet.rows(1, 0.0, most)
        for column, weight in self.weight.items():
            self.sheet.put(total, column, weight)

    def solve(self, seconds: float, *, money: bool) -> OptimizeResult:
        """The least movement, or the least `money`."""
        cost = np.zeros(self.sheet.width)
        if money:
            values = self.ask.free.cost[self.label, self.offer]
            scale = float(values.max(initial=0.0)) or 1.0
            cost[self.x], cost[self.n] = values / scale, self.ask.free.rent / scale
        else:
            cost[list(self.weight)] = list(self.weight.values())
        return self.sheet.solve(cost, seconds, 1e-4 if money else 1e-9)
