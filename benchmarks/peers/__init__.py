"""Each peer is given the same textbook model, and is timed from those arrays to its answer.

build: the peer's own model object, made the way a user of that library makes it from such arrays.
solve: the call that solves, and getting the numbers back. Importing the library is not timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from ..textbook import Model


@dataclass(frozen=True)
class Outcome:
    """What a peer says: seconds, a status in its own words, objective and proven bound."""

    build: float
    solve: float
    status: str
    optimal: bool
    objective: float | None = None
    bound: float | None = None


Solve = Callable[[Model, float], Outcome]  # with a time limit in seconds


@dataclass(frozen=True)
class Peer:
    """A library: how tables name it, the module and function that use it, what it can solve."""

    name: str
    home: str
    function: str
    linear: bool = True
    whole: bool = True
    large: bool = False  # worth waiting for on the largest instances

    def load(self) -> Solve:
        """The function; ImportError where the library is not installed."""
        solve: Solve = getattr(import_module(f".{self.home}", __package__), self.function)
        return solve


PEERS = (
    Peer("scipy linprog", "with_scipy", "by_linprog", whole=False, large=True),
    Peer("scipy milp", "with_scipy", "by_milp", linear=False, large=True),
    Peer("highspy", "with_highspy", "by_highspy", large=True),
    Peer("OR-tools GLOP", "with_ortools", "by_glop", whole=False),
    Peer("OR-tools SCIP", "with_ortools", "by_scip", linear=False),
    Peer("PuLP + CBC", "with_pulp", "by_cbc"),
    Peer("cvxpy (HiGHS)", "with_cvxpy", "by_cvxpy"),
    Peer("linopy (HiGHS)", "with_linopy", "by_linopy"),
)
