"""The runners-up of a label: eligible offers that no plan uses, and what each would cost in the mix."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from ...domain.explanation import WhyNot
from ...domain.routing import Routing
from ..cache import Memory
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Problem
from ..solution import Answer
from ..solve import solve
from .case import Case
from .forcing import Forced, forced, reduced_cost

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
    memory, found = Memory(), []
    for at in order[:TRIED]:
        case = Case(problem, row, int(at), end, memory)
        if (made := forced(case, case.worth(best))) is not None:
            found.append((made.change / made.share, problem.offers[at], case, made))
        if case.late:
            break
    nearest = sorted(found, key=lambda one: one[:2])[:count]
    return tuple(_told(label, case, made, best) for _, _, case, made in nearest)


def _told(label: str, case: Case, made: Forced, best: Answer) -> WhyNot:
    return WhyNot(
        offer=case.problem.offers[case.at],
        label=label,
        reduced_cost=reduced_cost(case, best, made.answer),
        **made.facts(case),
    )


def _distance(problem: Problem, row: int, shares: Floats) -> Floats:
    """(N,) what a whole label of each offer costs, its quality paid for as the mix pays for it."""
    cost, quality = problem.objective[row], np.nan_to_num(problem.quality[row])
    used = np.flatnonzero(shares)
    low, high = used[quality[used].argmin()], used[quality[used].argmax()]
    rise = quality[high] - quality[low]
    slope = (cost[high] - cost[low]) / rise if rise > 1e-9 else 0.0
    return np.asarray(cost - slope * quality)
