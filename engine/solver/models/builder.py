"""Sparse linear and integer models in the making, solved by HiGHS: the only caller of scipy's optimisers.

Columns and rows come block by block; what HiGHS cannot solve one way it is asked another way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csc_array, csr_array, vstack

from ...domain.errors import InputError
from ...domain.solver_status import SolverStatus
from ..compile.problem import Bools, Floats, Ints
from ..tolerances import MIN_HIGHS_SECONDS, REDUCED_COST_TOL

# The dual simplex without presolve is the fastest here, and fails where coefficients lie very far apart.
_LP_METHODS = (("highs-ds", False), ("highs-ds", True), ("highs-ipm", True))
_OPTIMAL, _OUT_OF_TIME, _INFEASIBLE = 0, 1, 2  # scipy's codes


class NumericalTrouble(InputError):
    """The solver has failed on the figures."""

    def __init__(self) -> None:
        super().__init__(
            "the figures lie too far apart for the solver: look for prices, rate limits or requests that are"
            " a million times too large or too small (`modelpick catalog check` names some)"
        )


@dataclass(frozen=True)
class ModelSolution:
    """A model's columns `x` (width,), None where there is no solution, its objective and proven lower bound.

    `duals` (height,) of a linear model: by how much the objective rises per unit of a row's right side.
    """

    status: SolverStatus
    x: Floats | None = None
    objective: float = np.inf
    bound: float | None = None
    duals: Floats = field(default_factory=lambda: np.zeros(0))


class ModelBuilder:
    """Columns with bounds, rows with bounds, and the entries between them; to minimise."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._columns: list[tuple[Floats, Floats, Bools]] = []  # low, high, integer
        self._rows: list[tuple[Floats, Floats]] = []  # low, high
        self._entries: list[tuple[Ints, Ints, Floats]] = []  # row, column, coefficient

    def add_columns(
        self, count: int, low: Floats | float = 0.0, high: Floats | float = 1.0, *, integer: bool = False
    ) -> Ints:
        """(count,) new columns between these bounds."""
        self._columns.append((_full(low, count), _full(high, count), np.full(count, integer)))
        self.width += count
        return np.arange(self.width - count, self.width)

    def add_rows(self, count: int, low: Floats | float, high: Floats | float) -> Ints:
        """(count,) new rows between these bounds."""
        self._rows.append((_full(low, count), _full(high, count)))
        self.height += count
        return np.arange(self.height - count, self.height)

    def add_entries(self, row: Ints | int, column: Ints | int, coefficient: Floats | float) -> None:
        """Entries of the matrix, broadcast against each other; those of one place add up."""
        sizes = {np.size(row), np.size(column), np.size(coefficient)}
        size = 0 if 0 in sizes else max(sizes)
        self._entries.append((_full(row, size), _full(column, size), _full(coefficient, size)))

    def bounds(self) -> tuple[Floats, Floats]:
        """(width,), (width,) the columns' bounds: copies, to be narrowed for one solve."""
        return np.concatenate([c[0] for c in self._columns]), np.concatenate([c[1] for c in self._columns])

    @property
    def integer(self) -> Bools:
        """(width,) which columns are whole numbers."""
        return np.concatenate([integer for _, _, integer in self._columns])

    def solve_milp(
        self,
        cost: Floats,
        seconds: float,
        gap: float,
        *,
        bounds: tuple[Floats, Floats] | None = None,
        presolve: bool = True,
        relax: bool = False,
    ) -> ModelSolution:
        """The least `cost` (width,), to a relative `gap`; `relax` lets the whole numbers go.

        Raises NumericalTrouble.
        """
        row, column, coefficient = self._triples()
        matrix = csc_array((coefficient, (row, column)), shape=(self.height, self.width))
        optimum = _milp(
            cost,
            constraints=LinearConstraint(matrix, *self._row_bounds()),
            bounds=Bounds(*(bounds or self.bounds())),
            integrality=None if relax else self.integer.astype(np.int64),
            options={
                "time_limit": max(seconds, MIN_HIGHS_SECONDS),
                "mip_rel_gap": gap,
                "presolve": presolve,
            },
        )
        bound = None if optimum.mip_dual_bound is None else float(optimum.mip_dual_bound)
        if optimum.x is None:
            return ModelSolution(_status(optimum), bound=bound)
        return ModelSolution(_status(optimum), optimum.x, float(optimum.fun), bound)

    def solve_lp(self, cost: Floats, seconds: float | None = None) -> ModelSolution:
        """The least `cost` (width,) with the rows' duals, all columns continuous. Raises NumericalTrouble."""
        low, high = self._row_bounds()
        equal = low == high
        above, below = np.isfinite(high) & ~equal, np.isfinite(low) & ~equal
        row, column, coefficient = self._triples()

        def matrix(rows: Bools) -> csr_array:
            place, of = np.cumsum(rows) - 1, rows[row]
            entries = (coefficient[of], (place[row[of]], column[of]))
            return csr_array(entries, shape=(int(rows.sum()), self.width))

        upper, limits = matrix(above), high[above]
        if below.any():
            upper = vstack([upper, -matrix(below)], format="csr")
            limits = np.concatenate([limits, -low[below]])
        optimum = _linprog(
            cost,
            seconds,
            A_ub=upper if len(limits) else None,
            b_ub=limits if len(limits) else None,
            A_eq=matrix(equal) if equal.any() else None,
            b_eq=high[equal] if equal.any() else None,
            bounds=np.column_stack(self.bounds()),
        )
        if optimum.x is None:
            return ModelSolution(_status(optimum))
        duals = np.zeros(self.height)
        count = int(above.sum())
        duals[equal], duals[above] = optimum.eqlin.marginals, optimum.ineqlin.marginals[:count]
        duals[below] -= optimum.ineqlin.marginals[count:]
        objective = float(optimum.fun)
        return ModelSolution(_status(optimum), optimum.x, objective, objective, duals)

    def reduced_costs(self, cost: Floats, prices: Floats) -> Floats:
        """(width,) what each column costs, less what it is worth to the rows at `prices` (height,)."""
        row, column, coefficient = self._triples()
        charged = np.bincount(column, coefficient * prices[row], minlength=self.width)
        return np.asarray(cost - charged)

    def bound(self, reduced: Floats, prices: Floats) -> float:
        """The least that any point is worth, of its columns' `reduced` costs and the rows at `prices`.

        Prices of the solver's rounding on a side without a bound count as none.
        """
        total = 0.0
        for price, low, high in ((reduced, *self.bounds()), (prices, *self._row_bounds())):
            end = np.where(price > 0, low, high)
            real = (price != 0) & (np.isfinite(end) | (np.abs(price) > REDUCED_COST_TOL))
            total += float(price[real] @ end[real])
        return total

    def _row_bounds(self) -> tuple[Floats, Floats]:
        return np.concatenate([low for low, _ in self._rows]), np.concatenate(
            [high for _, high in self._rows]
        )

    def _triples(self) -> tuple[Ints, Ints, Floats]:
        row, column, coefficient = zip(*self._entries, strict=True)
        return np.concatenate(row), np.concatenate(column), np.concatenate(coefficient)


def _full(figure: Any, count: int) -> Any:
    """(count,) the figure of each; broadcasting proper costs more than small models take to solve."""
    array = np.asarray(figure)
    return array if array.shape == (count,) else np.full(count, array)


def _status(optimum: OptimizeResult) -> SolverStatus:
    if optimum.x is not None:
        return SolverStatus.OPTIMAL if optimum.status == _OPTIMAL else SolverStatus.FEASIBLE
    return SolverStatus.INFEASIBLE if optimum.status == _INFEASIBLE else SolverStatus.TIMED_OUT


def _linprog(cost: Floats, seconds: float | None, **model: Any) -> OptimizeResult:
    """scipy's linprog, with duals wherever there is a solution."""
    for method, presolve in _LP_METHODS:
        options: dict[str, Any] = {"presolve": presolve}
        if seconds is not None:
            options["time_limit"] = max(seconds, MIN_HIGHS_SECONDS)
        try:
            optimum = linprog(cost, method=method, options=options, **model)
        except (ValueError, OverflowError):  # an infinity or nan among the figures
            raise NumericalTrouble from None
        duals = (optimum.eqlin.marginals, optimum.ineqlin.marginals)
        complete = optimum.x is None or all(marginals is not None for marginals in duals)
        if optimum.status in (_OPTIMAL, _OUT_OF_TIME, _INFEASIBLE) and complete:
            return optimum
    raise NumericalTrouble


def _milp(cost: Floats, **model: Any) -> OptimizeResult:
    """scipy's milp, a second time with presolve where it fails without."""
    try:
        optimum = milp(cost, **model)
        if optimum.status not in (_OPTIMAL, _OUT_OF_TIME, _INFEASIBLE) and optimum.x is None:
            options = {**model.pop("options"), "presolve": True}
            optimum = milp(cost, **model, options=options)
    except (ValueError, OverflowError):
        raise NumericalTrouble from None
    if optimum.status not in (_OPTIMAL, _OUT_OF_TIME, _INFEASIBLE) and optimum.x is None:
        raise NumericalTrouble
    return optimum
