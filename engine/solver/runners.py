"""The runners-up of a label: eligible offers that no plan uses, and what each would cost in the mix."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from ..domain.explanation import WhyNot
from ..domain.routing import Routing
from .compiler import Compiler
from .problem import Floats, Problem
from .search import solve
from .why_not import forced

TRIED = 40  # candidates whose cost is solved for, the most promising first


def runners_up(
    routing: Routing, compiler: Compiler, label: str, seconds: float, count: int = 5
) -> tuple[WhyNot, ...]:
    """Up to `count` offers of the least reduced cost, each solved anew with a share of it forced.

    The candidates are the offers nearest to the line of cost and quality through the label's mix.
    """
    end, problem = perf_counter() + seconds, compiler.compile(routing)
    row, best = list(routing.labels).index(label), solve(problem, seconds)
    if best.shares is None:
        return ()
    spare = np.flatnonzero(problem.eligible[row] & (best.shares[row] == 0))
    order = spare[np.argsort(_distance(problem, row, best.shares[row])[spare], kind="stable")]
    cost, found = float((problem.cost * best.shares).sum()), []
    for at in order[:TRIED]:
        left = max(end - perf_counter(), 0.05)
        what = forced(problem, row, int(at), best=best.value, cost=cost, seconds=left)
        if what:
            found.append(WhyNot(offer=problem.offers[at], label=label, **what))
        if perf_counter() > end:
            break
    return tuple(sorted(found, key=lambda one: (one.reduced_cost or 0.0, one.offer))[:count])


def _distance(problem: Problem, row: int, shares: Floats) -> Floats:
    """(N,) what a whole label of each offer costs, its quality paid for as the mix pays for it."""
    cost, quality = problem.objective[row], np.nan_to_num(problem.quality[row])
    used = np.flatnonzero(shares)
    low, high = used[quality[used].argmin()], used[quality[used].argmax()]
    rise = quality[high] - quality[low]
    slope = (cost[high] - cost[low]) / rise if rise > 1e-9 else 0.0
    return np.asarray(cost - slope * quality)
