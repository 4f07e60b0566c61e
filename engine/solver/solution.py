"""What a solve gives back, before it becomes words."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from ..domain.solver_status import SolverStatus
from .compile.problem import Floats, Ints, Problem
from .tolerances import REPLICA_TOL


@dataclass(frozen=True)
class Solution:
    """Shares (L, N) and replicas (H,), or why there are none.

    `value` and the proven `bound` are of what is minimised: USD a month, or minus points of quality.
    """

    status: SolverStatus
    shares: Floats | None = None
    replicas: Ints | None = None
    value: float = np.inf
    bound: float = -np.inf


def replicas_for(problem: Problem, shares: Floats) -> Ints:
    """(H,) whole replicas that carry the load of (L, N) shares: the most that any rate limit asks for."""
    need = np.zeros(len(problem.hosts), dtype=np.int64)
    for rule in problem.linking:
        if rule.replica_of >= 0:
            load = float((rule.coef * shares[:, rule.offers]).sum()) - rule.limit
            need[rule.replica_of] = max(need[rule.replica_of], ceil(load - REPLICA_TOL))
    return need
