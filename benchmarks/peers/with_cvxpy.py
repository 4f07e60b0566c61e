"""cvxpy with its default solver for such models, HiGHS."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import cvxpy
import numpy as np

from ..textbook import Model
from . import Outcome


def by_cvxpy(model: Model, limit: float) -> Outcome:
    """Matrix constraints on one vector variable; cvxpy's own compilation counts as solving."""
    start = perf_counter()
    rows = model.a.tocsr()
    equal = model.equal
    loose = np.setdiff1d(np.arange(len(model.row_high)), equal)
    whole = np.flatnonzero(model.whole)
    x = cvxpy.Variable(len(model.c), integer=[whole] if len(whole) else False)
    rules = [rows[equal] @ x == model.row_high[equal], rows[loose] @ x <= model.row_high[loose]]
    problem = cvxpy.Problem(cvxpy.Minimize(model.c @ x), [*rules, x >= 0, x <= 1])
    built = perf_counter()
    options: dict[str, Any] = {"time_limit": limit}
    if len(whole):
        options["mip_rel_gap"] = 1e-9
    try:
        problem.solve(solver=cvxpy.HIGHS, **options)
    except cvxpy.SolverError as error:
        return Outcome(built - start, perf_counter() - built, f"error: {error}"[:40], False)
    done = perf_counter()
    optimal = problem.status == cvxpy.OPTIMAL
    found = problem.value is not None and np.isfinite(problem.value)
    word = "optimal" if optimal else "stopped at the limit" if found else str(problem.status)
    return Outcome(built - start, done - built, word, optimal, float(problem.value) if found else None)
