"""Whether a routing has any plan at all, asked many times over.

The cheapest way that decides is taken: closed forms of each label by itself, a plan that an earlier question
has found, the model without an objective where it is small, and else the cheapest plan.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ...domain.references import AsGoodAs
from ...domain.routing import Routing
from ...domain.rules import coupling_rules
from ...domain.solver_status import SolverStatus
from ..branch_and_price.decomposition import is_feasible_plan
from ..cache import SolveCache, label_key
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Problem
from ..deadline import Deadline
from ..mixes.closed_form import is_subproblem_feasible, provider_share_infeasible
from ..solution import Solution
from ..solve import meets_linking, solve_separately, solve_without_tie_breaking
from ..tolerances import LINKING_TOL, MAX_KEPT_PLANS
from .elastic_search import any_plan
from .relaxation_scope import RelaxationScope


class FeasibilityTest:
    """Tests routings over one catalogue until the deadline; later ones get MIN_SECONDS each.

    `proven`: the time has sufficed to prove that the combined repair is the nearest.
    """

    def __init__(self, compiler: Compiler, deadline: Deadline, cache: SolveCache | None = None) -> None:
        self.compiler, self.deadline, self.cache = compiler, deadline, cache or SolveCache()
        self.proven = True
        self._plans: list[tuple[tuple[str, ...], Floats]] = []  # (labels, shares), the latest first

    def infeasible(self, routing: Routing) -> bool:
        """Whether it is proven that no plan keeps the rules."""
        return self._status(as_cost_routing(routing)) == SolverStatus.INFEASIBLE

    def feasible(self, routing: Routing) -> bool:
        """Whether a plan was found."""
        return self._status(as_cost_routing(routing)) in (SolverStatus.OPTIMAL, SolverStatus.FEASIBLE)

    def _status(self, routing: Routing) -> SolverStatus:
        problem = self.compiler.compile(routing)
        labels_feasible = self._labels_feasible(problem)
        if False in labels_feasible or provider_share_infeasible(problem):
            return SolverStatus.INFEASIBLE
        if None not in labels_feasible and not _linked(problem):
            return SolverStatus.OPTIMAL
        if not _links_offers(problem) and all(self._labels_feasible(_without_single_offer_rules(problem))):
            return SolverStatus.OPTIMAL
        if any(
            labels == problem.labels and is_feasible_plan(problem, shares) for labels, shares in self._plans
        ):
            return SolverStatus.OPTIMAL
        return self._solve(routing, problem)

    def _labels_feasible(self, problem: Problem) -> list[bool | None]:
        """Whether each label can keep its own rules; None where the closed form does not decide."""
        return [
            self.cache.get_or_compute(
                "keeps", label_key(problem, row), partial(is_subproblem_feasible, problem, row)
            )
            for row in range(len(problem.labels))
        ]

    def _solve(self, routing: Routing, problem: Problem) -> SolverStatus:
        """By each label's cheapest mix, by a model for any plan where that is little, or by the cheapest."""
        paths = {rule.path for rule in problem.linking}
        if problem.subscriptions and "limits.budget" in paths:
            return self._keep(
                problem, solve_without_tie_breaking(problem, self.deadline.seconds_left, self.cache)
            )
        problem = replace(problem, subscriptions=())  # money alone does not make a plan impossible
        if "limits.budget" in paths or "limits.max_provider_share" not in paths:
            separate = solve_separately(problem, self.deadline.seconds_left, self.cache)
            if separate is None or _over_budget(problem, separate):
                return SolverStatus.INFEASIBLE
            if separate.shares is not None and meets_linking(problem, separate.shares):
                return self._keep(problem, separate)
        solution = Solution(SolverStatus.TIMED_OUT)
        counted = problem.max_models is not None or problem.max_providers is not None
        if "limits.max_provider_share" in paths and not counted:
            hard = RelaxationScope.of(routing, self.compiler, frozenset())
            solution = any_plan(hard, problem, self.deadline.seconds_left, self.cache)
        if solution.status == SolverStatus.TIMED_OUT:
            solution = solve_without_tie_breaking(problem, self.deadline.seconds_left, self.cache)
        return self._keep(problem, solution)

    def _keep(self, problem: Problem, solution: Solution) -> SolverStatus:
        """The solution's status; its plan may decide a later test."""
        if solution.shares is not None:
            self._plans = [(problem.labels, solution.shares), *self._plans][:MAX_KEPT_PLANS]
        return solution.status


def _linked(problem: Problem) -> bool:
    """Whether any rule holds across labels."""
    hosted = bool(problem.eligible[:, problem.self_hosted].any())
    return _links_offers(problem) or bool(problem.linking) or hosted


def _links_offers(problem: Problem) -> bool:
    """Whether a rule across labels is about several offers."""
    counted = problem.max_models is not None or problem.max_providers is not None
    return counted or not all(rule.is_of_one_offer for rule in problem.linking)


def _without_single_offer_rules(problem: Problem) -> Problem:
    """The problem without the offers that have a rule of their own across labels."""
    eligible = problem.eligible.copy()
    for rule in problem.linking:
        eligible[:, rule.offers] = False
    return replace(problem, eligible=eligible)


def _over_budget(problem: Problem, separate: Solution) -> bool:
    """Whether even the labels' cheapest mixes cost more than the budget."""
    if separate.shares is None or problem.maximise_quality or separate.status != SolverStatus.OPTIMAL:
        return False
    for rule in problem.linking:
        if rule.path == "limits.budget":
            spent = float((rule.coef * separate.shares).sum())
            return spent > rule.limit + LINKING_TOL * max(rule.limit, 1.0)
    return False


def label_alone(routing: Routing, label: str) -> Routing:
    """One label of the routing, without what couples it to others: fewer rules to keep than the whole."""
    across_labels: dict[str, Any] = dict.fromkeys(coupling_rules())
    if isinstance(floor := routing.limits.min_quality, AsGoodAs):  # its model counts as it stands
        across_labels["min_quality"] = floor.moved(0.0)
    limits = routing.limits.model_copy(update=across_labels)
    return routing.model_copy(update={"labels": {label: routing.labels[label]}, "limits": limits})


def as_cost_routing(routing: Routing) -> Routing:
    """The same rules at the cheapest objective, which will do where only feasibility matters.

    Offers without a known quality stay out where it is what the routing maximises.
    """
    if routing.objective == "cost":
        return routing
    labels = {
        name: label.model_copy(update={"min_quality_each": label.min_quality_each or 0.0})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"objective": "cost", "labels": labels})
