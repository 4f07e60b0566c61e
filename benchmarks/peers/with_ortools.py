"""OR-tools through its model builder: GLOP for the LP, SCIP for whole numbers.

CP-SAT is left out: it rounds shares to whole numbers, another and dearer problem.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
from ortools.linear_solver.python import model_builder

from ..textbook import Model
from . import Outcome


def by_glop(model: Model, limit: float) -> Outcome:
    """Google's simplex."""
    return _solve(model, limit, "glop")


def by_scip(model: Model, limit: float) -> Outcome:
    """SCIP, as OR-tools ships it."""
    return _solve(model, limit, "scip")


def _solve(model: Model, limit: float, solver_name: str) -> Outcome:
    start = perf_counter()
    built_model = model_builder.Model()
    built_model.helper.fill_model_from_sparse_data(
        model.low, model.high, model.c, model.row_low, model.row_high, model.a.tocsr()
    )
    for column in np.flatnonzero(model.whole).tolist():
        built_model.helper.set_var_integrality(column, True)
    solver = model_builder.Solver(solver_name)
    solver.set_time_limit_in_seconds(limit)
    if solver_name == "scip":
        solver.set_solver_specific_parameters("limits/gap = 1e-9")
    built = perf_counter()
    status = solver.solve(built_model)
    done = perf_counter()
    optimal = status == model_builder.SolveStatus.OPTIMAL
    found = optimal or status == model_builder.SolveStatus.FEASIBLE
    return Outcome(
        built - start,
        done - built,
        "optimal" if optimal else "stopped at the limit" if found else status.name.lower(),
        optimal,
        solver.objective_value if found else None,
        solver.best_objective_bound if found and model.whole.any() else None,
    )
