"""What a solver's absolute tolerances cannot tell apart, and how to ask again on a better scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...domain.solver_status import SolverStatus
from ..compile.problem import Floats, Problem
from ..solution import Solution
from ..tolerances import MAX_SCALE_ABOVE, MAX_SCALE_BELOW, MAX_SPREAD, OBJECTIVE_TOL


def extreme(problem: Problem) -> bool:
    """Whether the offers' objectives differ by more than a solver's tolerances can tell apart."""
    values = np.abs(problem.objective[problem.eligible])
    values = values[values > 0]
    return bool(len(values) and values.max() > MAX_SPREAD * values.min())


def suits(scale: float, value: float) -> bool:
    """Whether one unit of the solver's objective is near enough to what a plan is worth."""
    return value <= 0 or value / MAX_SCALE_BELOW <= scale <= value * MAX_SCALE_ABOVE


def compressed(problem: Problem) -> Problem:
    """The same rules with the costs' differences made small: for whether there is any plan."""
    largest = max(float(problem.cost[problem.eligible].max(initial=0.0)), 1e-300)
    return replace(problem, cost=np.cbrt(np.cbrt(problem.cost / largest)), fixed_cost=problem.fixed_cost * 0)


def priced_anew(problem: Problem, answer: Solution) -> Solution:
    """A plan found under other costs at the problem's own: nothing is proven of it."""
    shares: Floats | None = answer.shares
    if shares is None:
        return answer
    rent = 0.0 if answer.replicas is None else float(problem.fixed_cost @ answer.replicas)
    return replace(
        answer, status=SolverStatus.FEASIBLE, value=float((problem.cost * shares).sum()) + rent, bound=0.0
    )


def better_proven(answer: Solution, again: Solution, least: float) -> Solution:
    """Of an answer and that of the second solve, on the first one's scale, the better with what is proven.

    `least` is a lower bound on every plan, for where the second solve proves nothing.
    """
    if again.shares is not None and again.value <= answer.value:
        return again
    proven = again.status == SolverStatus.OPTIMAL and again.value <= answer.value * (1 + OBJECTIVE_TOL)
    status, bound = (
        (SolverStatus.OPTIMAL, answer.value) if proven else (SolverStatus.FEASIBLE, min(least, answer.value))
    )
    return replace(answer, status=status, bound=bound)
