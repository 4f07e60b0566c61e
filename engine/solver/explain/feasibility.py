"""Whether a routing has any plan at all, asked many times over.

The cheapest way that decides is taken: closed forms of each label by itself, a plan that an earlier question
has found, the model without an objective where it is small, and else the cheapest plan.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter

from ...domain.routing import Routing
from ..branch_and_price.decomposition import meets
from ..cache import Memory, key_of
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Problem
from ..mixes.closed_form import crowded, own
from ..solution import Answer
from ..solve import found, holds, separately
from ..tolerances import LINKING_TOL, MAX_KEPT_PLANS, MIN_SECONDS
from .elastic_search import any_plan
from .relaxation_scope import RelaxationScope


class FeasibilityTest:
    """Answers until `end` (of perf_counter); `sure` where time has sufficed to prove what is nearest."""

    def __init__(self, compiler: Compiler, end: float, memory: Memory | None = None) -> None:
        self.compiler, self.end, self.memory = compiler, end, memory or Memory()
        self.sure = True
        self.plans: list[tuple[tuple[str, ...], Floats]] = []

    @property
    def left(self) -> float:
        """Seconds, a few at least."""
        return max(self.end - perf_counter(), MIN_SECONDS)

    @property
    def late(self) -> bool:
        """Whether time is out, so that answers may be missing."""
        return perf_counter() > self.end

    def impossible(self, routing: Routing) -> bool:
        """Whether it is proven that no plan keeps the rules."""
        return self._status(as_cost_routing(routing)) == "infeasible"

    def possible(self, routing: Routing) -> bool:
        """Whether a plan was found."""
        return self._status(as_cost_routing(routing)) in ("optimal", "feasible")

    def _status(self, routing: Routing) -> str:
        problem = self.compiler.compile(routing)
        alone = self._alone(problem)
        if False in alone or crowded(problem):
            return "infeasible"
        if None not in alone and not _coupled(problem):
            return "optimal"
        if not _paired(problem) and all(self._alone(_unlimited(problem))):
            return "optimal"
        if any(names == problem.labels and meets(problem, plan) for names, plan in self.plans):
            return "optimal"
        return self._solved(routing, problem)

    def _alone(self, problem: Problem) -> list[bool | None]:
        """Whether each label can keep its own rules (see own)."""
        every = range(len(problem.labels))
        return [self.memory.recall("keeps", key_of(problem, k), partial(own, problem, k)) for k in every]

    def _solved(self, routing: Routing, problem: Problem) -> str:
        """By each label's cheapest mix, by a model for any plan where that is little, or by the cheapest."""
        paths = {rule.path for rule in problem.couplings}
        if "limits.budget" in paths or "limits.max_provider_share" not in paths:
            apart = separately(problem, self.left, self.memory)
            if apart is None or _too_dear(problem, apart):
                return "infeasible"
            if apart.shares is not None and holds(problem, apart.shares):
                return self._kept(problem, apart)
        answer = Answer("timed_out")
        counted = problem.max_models is not None or problem.max_providers is not None
        if "limits.max_provider_share" in paths and not counted:
            answer = any_plan(
                RelaxationScope.of(routing, self.compiler, frozenset()), problem, self.left, self.memory
            )
        if answer.status == "timed_out":
            answer = found(problem, self.left, self.memory)
        return self._kept(problem, answer)

    def _kept(self, problem: Problem, answer: Answer) -> str:
        if answer.shares is not None:
            self.plans = [(problem.labels, answer.shares), *self.plans][:MAX_KEPT_PLANS]
        return answer.status


def _coupled(problem: Problem) -> bool:
    """Whether any rule holds across labels."""
    return _paired(problem) or bool(problem.couplings) or bool(problem.eligible[:, problem.hosts].any())


def _paired(problem: Problem) -> bool:
    """Whether one does that is not about a single offer."""
    counted = problem.max_models is not None or problem.max_providers is not None
    return counted or any(len(rule.offers) != 1 for rule in problem.couplings)


def _unlimited(problem: Problem) -> Problem:
    """The problem without the offers that have a rule of their own across labels."""
    eligible = problem.eligible.copy()
    eligible[:, [int(rule.offers[0]) for rule in problem.couplings]] = False
    return replace(problem, eligible=eligible)


def _too_dear(problem: Problem, apart: Answer) -> bool:
    """Whether even the labels' cheapest mixes cost more than the budget."""
    if apart.shares is None or problem.maximise_quality or apart.status != "optimal":
        return False
    for rule in problem.couplings:
        if rule.path == "limits.budget":
            spent = float((rule.coef * apart.shares).sum())
            return spent > rule.limit + LINKING_TOL * max(rule.limit, 1.0)
    return False


def label_alone(routing: Routing, label: str) -> Routing:
    """One label of the routing, without what couples it to others: less to keep than the whole."""
    across = dict.fromkeys(("budget", "max_models", "max_providers", "max_provider_share"))
    limits = routing.limits.model_copy(update=across)
    return routing.model_copy(update={"labels": {label: routing.labels[label]}, "limits": limits})


def as_cost_routing(routing: Routing) -> Routing:
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
