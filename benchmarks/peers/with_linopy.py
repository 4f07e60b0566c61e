"""linopy with HiGHS: one flat variable, rows as grouped sums over the non-zero entries.

linopy pads the terms of every row of a constraint to the longest; rows of like length go together.
"""

from __future__ import annotations

import logging
from time import perf_counter

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import coo_array, csr_array

from ..catalogues import Ints
from ..textbook import Model
from . import Outcome

logging.getLogger("linopy").setLevel(logging.ERROR)


def by_linopy(model: Model, limit: float) -> Outcome:
    """The model handed to HiGHS in memory (io_api direct), the fastest way linopy has."""
    start = perf_counter()
    problem = _model(model)
    built = perf_counter()
    _, condition = problem.solve(
        "highs",
        io_api="direct",
        progress=False,
        output_flag=False,
        time_limit=limit,
        mip_rel_gap=1e-9,
    )
    done = perf_counter()
    value = problem.objective.value
    found = value is not None and bool(np.isfinite(value))
    optimal = condition == "optimal"
    word = "optimal" if optimal else "stopped at the limit" if condition == "time_limit" else condition
    return Outcome(built - start, done - built, word, optimal, value if found else None)


def _model(model: Model) -> linopy.Model:
    problem = linopy.Model()
    count, whole = len(model.label), np.flatnonzero(model.whole)
    shares = problem.add_variables(0, 1, coords=[pd.RangeIndex(count, name="column")], name="share")
    parts = [shares]
    if len(whole):
        index = pd.Index(whole, name="column")
        parts.append(problem.add_variables(binary=True, coords=[index], name="used"))
    rows = model.a.tocsr()
    for kind, chosen in _alike(model, rows).items():
        left = _sums(parts, count, rows[chosen].tocoo())
        right = xr.DataArray(model.row_high[chosen], dims="row", coords={"row": np.arange(len(chosen))})
        problem.add_constraints(left, "=" if kind[0] else "<=", right, name=f"rows{kind}")
    problem.add_objective((shares * model.c[:count]).sum())
    return problem


def _alike(model: Model, rows: csr_array) -> dict[tuple[bool, bool, bool, int], Ints]:
    """The rows by sense, by whether they hold shares and switches, and by the magnitude of their length."""
    width = np.diff(rows.indptr)
    switches = np.asarray((rows[:, len(model.label) :] != 0).sum(axis=1)).ravel()
    equal = np.isin(np.arange(len(width)), model.equal)
    size = np.ceil(np.log2(np.maximum(width, 1)) / 4).astype(int)
    keys = zip(
        (equal).tolist(), (width > switches).tolist(), (switches > 0).tolist(), size.tolist(), strict=True
    )
    groups: dict[tuple[bool, bool, bool, int], list[int]] = {}
    for row, key in enumerate(keys):
        if width[row]:
            groups.setdefault(key, []).append(row)
    return {key: np.array(group) for key, group in groups.items()}


def _sums(parts: list[linopy.Variable], count: int, entries: coo_array) -> linopy.LinearExpression:
    """sum of value*variable over each row's entries, shares and switches apart."""
    row, column = entries.coords
    sums = []
    for variable, mine in zip(parts, (column < count, column >= count), strict=False):
        if mine.any():
            entry = xr.DataArray(column[mine], dims="entry", coords={"entry": np.arange(int(mine.sum()))})
            terms = (variable.sel(column=entry) * entries.data[mine]).drop_vars("column")
            place = pd.Series(row[mine], index=pd.RangeIndex(int(mine.sum()), name="entry"), name="row")
            sums.append(terms.groupby(place).sum())
    return sums[0] + sums[1] if len(sums) > 1 else sums[0]
