"""How a solve ended; apart from the plan, as the app's first screen names it before pydantic is loaded."""

from __future__ import annotations

from enum import StrEnum


class SolverStatus(StrEnum):
    """How a solve ended; files and --json have the words. A time-out with a plan is FEASIBLE."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    TIMED_OUT = "timed_out"

    @property
    def proven(self) -> bool:
        """Whether no more time would change it."""
        return self in (SolverStatus.OPTIMAL, SolverStatus.INFEASIBLE)

    @property
    def has_plan(self) -> bool:
        """Whether there are routes to follow."""
        return self in (SolverStatus.OPTIMAL, SolverStatus.FEASIBLE)
