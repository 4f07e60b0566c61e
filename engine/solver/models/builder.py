"""A mixed-integer model in the making: columns and rows as they come, solved by HiGHS through scipy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult
from scipy.sparse import csc_array

from ..compile.problem import Floats, Ints
from .highs import milp


class ModelBuilder:
    """Columns with their bounds, rows with theirs, and the entries between them."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._bounds: list[tuple[Floats, Floats, bool]] = []
        self._limits: list[tuple[Floats, Floats]] = []
        self._parts: list[tuple[Ints, Ints, Floats]] = []

    def columns(self, count: int, most: Floats | float = 1.0, *, whole: bool = False) -> Ints:
        """`count` new columns from 0 to `most`."""
        self._bounds.append((np.zeros(count), _wide(most, count), whole))
        self.width += count
        return np.arange(self.width - count, self.width)

    def rows(self, count: int, low: Floats | float, high: Floats | float) -> Ints:
        """`count` new rows between these bounds."""
        self._limits.append((_wide(low, count), _wide(high, count)))
        self.height += count
        return np.arange(self.height - count, self.height)

    def put(self, row: Ints | int, column: Ints | int, value: Floats | float) -> None:
        """Entries, broadcast against each other."""
        rows, columns, values = np.broadcast_arrays(row, column, value)
        self._parts.append((rows.ravel(), columns.ravel(), values.astype(float).ravel()))

    def solve(self, cost: Floats, seconds: float, gap: float, *, presolve: bool = True) -> OptimizeResult:
        """The least `cost` (width,), to a relative `gap`."""
        low, high = (np.concatenate([bounds[i] for bounds in self._bounds]) for i in (0, 1))
        whole = np.concatenate([np.full(len(low), float(kind)) for low, _, kind in self._bounds])
        row, column, value = (np.concatenate([part[i] for part in self._parts]) for i in range(3))
        matrix = csc_array((value, (row, column)), shape=(self.height, self.width))
        least, most = (np.concatenate([limits[i] for limits in self._limits]) for i in (0, 1))
        return milp(
            cost,
            constraints=LinearConstraint(matrix, least, most),
            bounds=Bounds(low, high),
            integrality=whole,
            options={"time_limit": max(seconds, 0.05), "mip_rel_gap": gap, "presolve": presolve},
        )


def _wide(value: Floats | float, count: int) -> Floats:
    return np.array(np.broadcast_to(np.asarray(value, float), (count,)))
