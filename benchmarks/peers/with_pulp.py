"""PuLP with the CBC that it ships: one variable object a column, one expression a row."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pulp

from ..textbook import Model
from . import Outcome


def by_cbc(model: Model, limit: float) -> Outcome:
    """PuLP writes the model to a file and starts CBC on it."""
    start = perf_counter()
    problem = _model(model)
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=limit, gapRel=0.0)
    built = perf_counter()
    problem.solve(solver)
    value = pulp.value(problem.objective)
    done = perf_counter()
    found = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    # PuLP 3 says "Optimal" of a plan found at the limit too; only the solution's status knows.
    optimal = problem.sol_status == pulp.LpSolutionOptimal and done - built < limit
    word = (
        "optimal" if optimal else "stopped at the limit" if found else pulp.LpStatus[problem.status].lower()
    )
    return Outcome(built - start, done - built, word, optimal, float(value) if found else None)


def _model(model: Model) -> pulp.LpProblem:
    problem = pulp.LpProblem("mix", pulp.LpMinimize)
    kinds = (pulp.LpContinuous, pulp.LpInteger)
    x = [
        pulp.LpVariable(f"x{i}", 0, 1, kinds[whole])
        for i, whole in enumerate(model.whole.astype(int).tolist())
    ]
    priced = np.flatnonzero(model.c).tolist()
    problem += pulp.LpAffineExpression([(x[i], float(model.c[i])) for i in priced])
    rows = model.a.tocsr()
    starts, columns, values = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    equal = set(model.equal.tolist())
    for row, limit in enumerate(model.row_high.tolist()):
        entries = range(starts[row], starts[row + 1])
        if not entries:
            continue
        left = pulp.LpAffineExpression([(x[columns[k]], values[k]) for k in entries])
        problem += left == limit if row in equal else left <= limit
    return problem
