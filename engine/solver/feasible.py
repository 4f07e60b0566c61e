"""Whether a routing has any plan at all, asked many times over: cheapest objective, no ties, and a memory.

A label by itself is asked first: what it cannot keep alone, it cannot keep among the others.
"""

from __future__ import annotations

from time import perf_counter

from ..domain.routing import Routing
from .compiler import Compiler
from .memory import Memory
from .search import found

LEAST = 0.05  # seconds that a solve gets even where time is out


class Feasible:
    """Answers until `end` (of perf_counter); `sure` where time has sufficed to prove what is nearest."""

    def __init__(self, compiler: Compiler, end: float, memory: Memory | None = None) -> None:
        self.compiler, self.end, self.memory = compiler, end, memory or Memory()
        self.sure = True

    @property
    def left(self) -> float:
        """Seconds, a few at least."""
        return max(self.end - perf_counter(), LEAST)

    @property
    def late(self) -> bool:
        """Whether time is out, so that answers may be missing."""
        return perf_counter() > self.end

    def impossible(self, routing: Routing) -> bool:
        """Whether it is proven that no plan keeps the rules."""
        return self._status(feasibility(routing)) == "infeasible"

    def possible(self, routing: Routing, label: str | None = None) -> bool:
        """Whether a plan was found; `label` is the one whose rules are the most likely to have none."""
        if label is not None and self.impossible(only(routing, label)):
            return False
        return self._status(feasibility(routing)) in ("optimal", "feasible")

    def _status(self, routing: Routing) -> str:
        return found(self.compiler.compile(routing), self.left, self.memory).status


def only(routing: Routing, label: str) -> Routing:
    """One label of the routing, without the share of all requests: less to keep than the whole."""
    limits = routing.limits.model_copy(update={"max_provider_share": None})
    return routing.model_copy(update={"labels": {label: routing.labels[label]}, "limits": limits})


def feasibility(routing: Routing) -> Routing:
    """The same rules at the cheapest objective, which will do where only feasibility matters.

    Offers without a known quality stay out where it is what the routing maximises.
    """
    if routing.objective == "cost":
        return routing
    labels = {
        key: label.model_copy(update={"min_quality_each": label.min_quality_each or 0.0})
        for key, label in routing.labels.items()
    }
    return routing.model_copy(update={"objective": "cost", "labels": labels})
