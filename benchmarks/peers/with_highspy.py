"""highspy: HiGHS's own bindings, the model passed as arrays."""

from __future__ import annotations

from time import perf_counter

import highspy
import numpy as np

from ..textbook import Model
from . import Outcome


def by_highspy(model: Model, limit: float) -> Outcome:
    """One call to passModel, one to run."""
    start = perf_counter()
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("time_limit", limit)
    highs.setOptionValue("mip_rel_gap", 1e-9)
    highs.passModel(_arrays(model))
    built = perf_counter()
    highs.run()
    np.asarray(highs.getSolution().col_value)
    done = perf_counter()
    status, info = highs.getModelStatus(), highs.getInfo()
    found = np.isfinite(info.objective_function_value) and info.primal_solution_status == 2
    optimal = status == highspy.HighsModelStatus.kOptimal
    return Outcome(
        built - start,
        done - built,
        "optimal" if optimal else highs.modelStatusToString(status).lower(),
        optimal,
        info.objective_function_value if found else None,
        info.mip_dual_bound if model.whole.any() else None,
    )


def _arrays(model: Model) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.c), len(model.row_high)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.c, model.low, model.high
    lp.row_lower_, lp.row_upper_ = model.row_low, model.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.a.indptr, model.a.indices
    lp.a_matrix_.value_ = model.a.data
    if model.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[i] for i in model.whole.astype(int).tolist()]
    return lp
