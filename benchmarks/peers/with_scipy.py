"""scipy.optimize: linprog for the LP, milp for whole numbers."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from ..textbook import Model
from . import Outcome


def by_linprog(model: Model, limit: float) -> Outcome:
    """linprog, its default method: equations and inequalities apart."""
    start = perf_counter()
    rows = model.a.tocsr()
    equal = model.equal
    loose = np.setdiff1d(np.arange(len(model.row_high)), equal)
    inequalities, equations = rows[loose], rows[equal]
    bounds = np.column_stack([model.low, model.high])
    built = perf_counter()
    result = linprog(
        model.c,
        A_ub=inequalities,
        b_ub=model.row_high[loose],
        A_eq=equations,
        b_eq=model.row_high[equal],
        bounds=bounds,
        options={"time_limit": limit},
    )
    done = perf_counter()
    return Outcome(built - start, done - built, _word(result.status), result.status == 0, result.fun)


def by_milp(model: Model, limit: float) -> Outcome:
    """milp, asked for a proof to 1e-9."""
    start = perf_counter()
    rows = LinearConstraint(model.a, model.row_low, model.row_high)
    bounds = Bounds(model.low, model.high)
    built = perf_counter()
    result = milp(
        model.c,
        constraints=rows,
        bounds=bounds,
        integrality=model.whole.astype(int),
        options={"time_limit": limit, "mip_rel_gap": 1e-9},
    )
    done = perf_counter()
    optimal = result.status == 0
    return Outcome(
        built - start, done - built, _word(result.status), optimal, result.fun, result.mip_dual_bound
    )


def _word(status: int) -> str:
    words = {0: "optimal", 1: "stopped at the limit", 2: "infeasible", 3: "unbounded"}
    return words.get(status, "failed")
