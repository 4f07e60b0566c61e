"""Plans whose worst case is least when at most k figures are at their worst, and what that safety costs."""

from __future__ import annotations

from dataclasses import replace

from ...domain.robustness import Doubt, Safe
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of, swaps
from ...domain.solver_status import SolverStatus
from ..compile.compiler import Compiler
from ..deadline import Deadline
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve
from ..tolerances import JUDGED_RULE_TOL, LINKING_TOL, MIN_SCALE, MIN_SECONDS
from .robust_search import CuttingSetSearch, RobustPlan, RobustSearch, SharedFindings
from .scenario_solver import change_between, objective
from .worst_case import WorstCaseModel


def robust_plans(
    routing: Routing, compiler: Compiler, doubt: Doubt, max_k: int = 3, seconds: float = 60.0
) -> tuple[Safe, ...]:
    """The robust plan for each k from 0 (today's best) to `max_k`; the last are left out where time is short.

    Where quality is maximised, the best plan whose cost stays within the budget in every case. What one k has
    found, the next begins with: its plan keeps the cases of fewer figures too. Raises InputError where there
    are too many sets of k labels to enumerate.
    """
    deadline, plans, shared = Deadline.after(seconds), list[Safe](), SharedFindings()
    for k in range(max_k + 1):
        if plans and deadline.passed:
            break
        turn = max(deadline.seconds_left / (max_k + 1 - k), MIN_SECONDS)
        worst_cases = WorstCaseModel(routing, compiler, doubt, k)
        plans.append(_RobustPlanning(worst_cases, Deadline.after(turn), shared).run())
    return tuple(plans)


class _RobustPlanning:
    """The robust plan for one k, against today's best."""

    def __init__(self, worst_cases: WorstCaseModel, deadline: Deadline, shared: SharedFindings) -> None:
        self.worst_cases, self.deadline, self.shared = worst_cases, deadline, shared
        self.routing, self.problem = worst_cases.routing, worst_cases.problem

    def run(self) -> Safe:
        """The plan, or that there is none."""
        if not self.shared.plans:
            today = solve(self.problem, self.deadline.seconds_left, self.shared.cache)
            self.shared.plans.append(today)
            if (surest := self.worst_cases.qualities.all_at_worst()) is not None:
                self.shared.plans.append(solve(surest, self.deadline.seconds_left, self.shared.cache))
        today = self.shared.plans[0]
        now = self._outcome(today)
        if today.shares is None:
            return Safe(k=self.worst_cases.k, outcome=now)
        safe = self._exposed(today)
        kind = CuttingSetSearch if self.problem.maximise_quality else RobustSearch
        search = kind(self.worst_cases, self.deadline, self.shared)
        search.run()
        if search.best is None:
            status = SolverStatus.INFEASIBLE if search.infeasible else SolverStatus.TIMED_OUT
            return safe.model_copy(update={"outcome": Outcome(status=status), "rows": search.rows})
        fields = self._fields(search.best, now, search.proven)
        fields |= {"bound": search.bound, "rows": search.rows}
        if isinstance(search, RobustSearch):
            worst = search.best.worst
            gap = max(worst - search.bound, 0.0) / max(worst, MIN_SCALE)
            fields["gap"] = 0.0 if search.proven else gap
        return safe.model_copy(update=fields)

    def _exposed(self, today: Solution) -> Safe:
        """What today's best plan risks."""
        assert today.shares is not None
        exposed, _ = self.worst_cases.cost(today.shares, today.replicas)
        broken = {rule.path for rule in self.worst_cases.broken_rules(today.shares, today.replicas)}
        budget = self.routing.limits.budget
        if budget is not None and exposed > budget * (1 + LINKING_TOL):
            broken.add("limits.budget")
        no_plan_yet = Outcome(status=SolverStatus.INFEASIBLE)
        return Safe(k=self.worst_cases.k, outcome=no_plan_yet, exposed=exposed, broken=tuple(sorted(broken)))

    def _fields(self, best: RobustPlan, now: Outcome, proven: bool) -> dict[str, object]:
        """The fields of Safe."""
        budget = self.routing.limits.budget
        status = SolverStatus.OPTIMAL if proven else SolverStatus.FEASIBLE
        outcome = self._outcome(replace(best.solution, status=status))
        premium = change_between(objective(self.routing, now), objective(self.routing, outcome))
        return {
            "outcome": outcome,
            "premium": -premium if premium is not None and self.problem.maximise_quality else premium,
            "worst": best.worst,
            "figures": self.worst_cases.figures(best.case),
            "kept": None if budget is None else best.worst <= budget * (1 + JUDGED_RULE_TOL),
            "swaps": swaps(now, outcome),
        }

    def _outcome(self, solution: Solution) -> Outcome:
        return outcome_of(build_plan(self.routing, self.worst_cases.compiler, self.problem, solution))
