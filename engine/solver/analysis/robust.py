"""Plans whose worst case is least when at most k figures are at their worst, and what that safety costs.

See `least` for cost; where quality is maximised every case's cost is a row against the budget (see `within`).
What one k has found, the next begins with: its plan keeps the cases of fewer figures too.

The best quality that stays within the budget in every case: a row a case that some plan has broken.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from ...domain.plan import PlanStatus
from ...domain.robustness import Doubt, Safe
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of, swaps
from ..compile.compiler import Compiler
from ..compile.problem import LinkingConstraint
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve
from ..tolerances import MAX_SCENARIO_ROUNDS
from .robust_search import RobustPlan, RobustSearch, SharedFindings
from .scenario_solver import change_between, objective
from .worst_case import Case, WorstCaseModel


class CuttingSetSearch:
    """The search for one k."""

    def __init__(self, worst: WorstCaseModel, end: float, carried: SharedFindings) -> None:
        self.worst, self.cache, self.end, self.today = worst, carried.cache, end, carried.plans[0]
        self.rules: list[LinkingConstraint] = []
        self.cases: list[Case] = []
        self.best: RobustPlan | None = None
        self.bound: float | None = None  # of the cost, which is not what is made least
        self.none = False  # proven: no plan keeps the budget in every case

    @property
    def rows(self) -> int:
        """How many linear rows the cases have taken."""
        return len(self.cases) + len(self.rules)

    @property
    def proven(self) -> bool:
        """Whether no plan within the budget is better."""
        return self.best is not None and self.best.answer.status == "optimal"

    def run(self) -> None:
        """Fills in `best`: a plan that breaks no case at all, from the case that is today's plan's worst."""
        budget = self.worst.routing.limits.budget or 0.0
        if self.today.shares is not None:
            self.cases.append(self.worst.cost(self.today.shares, self.today.replicas)[1])
        for _ in range(MAX_SCENARIO_ROUNDS):
            rows = tuple(self.worst.row(case, budget) for case in self.cases) if budget else ()
            linking = (*self.worst.problem.linking, *rows, *self.rules)
            left = max(self.end - perf_counter(), 0.05)
            answer = solve(replace(self.worst.problem, linking=linking), left, self.cache)
            if answer.shares is None:
                self.none = answer.status == "infeasible"
                return
            cost, case = self.worst.cost(answer.shares, answer.replicas)
            broken = list(self.worst.rules(answer.shares, answer.replicas))
            self.rules += broken
            if cost > budget * (1 + 1e-8) and case not in self.cases:
                self.cases.append(case)
            elif not broken:
                self.best = RobustPlan(answer, cost, case)
                return


def robust_plans(
    routing: Routing, compiler: Compiler, doubt: Doubt, most: int = 3, seconds: float = 60.0
) -> tuple[Safe, ...]:
    """The safe plan for each k from 0 (today's best) to `most`, within `seconds` in all: where they do not
    suffice the last ones are left out.

    Where quality is maximised, the best plan whose cost stays within the budget in every case. Raises
    InputError where there are too many sets of k labels to enumerate.
    """
    end, found, carried = perf_counter() + seconds, list[Safe](), SharedFindings()
    for k in range(most + 1):
        if found and perf_counter() > end:
            break
        share = max((end - perf_counter()) / (most + 1 - k), 0.05)  # later ones shall have their turn
        search = _Search(
            routing, compiler, WorstCaseModel(routing, compiler, doubt, k), perf_counter() + share, carried
        )
        found.append(search.run())
    return tuple(found)


class _Search:
    """The state of one k."""

    def __init__(
        self, routing: Routing, compiler: Compiler, worst: WorstCaseModel, end: float, carried: SharedFindings
    ) -> None:
        self.routing, self.compiler, self.worst, self.end = routing, compiler, worst, end
        self.problem, self.carried = worst.problem, carried

    def run(self) -> Safe:
        """The safe plan against today's best."""
        if not self.carried.plans:
            self.carried.plans.append(solve(self.problem, self._left, self.carried.cache))
        today = self.carried.plans[0]
        now = self._outcome(today)
        if today.shares is None:
            return Safe(k=self.worst.k, outcome=now)
        said = self._exposed(today)
        kind = CuttingSetSearch if self.problem.maximise_quality else RobustSearch
        found = kind(self.worst, self.end, self.carried)
        found.run()
        if found.best is None:
            status: PlanStatus = "infeasible" if found.none else "timed_out"
            return said.model_copy(update={"outcome": Outcome(status=status), "rows": found.rows})
        facts = self._facts(found.best, now, found.proven) | {"bound": found.bound, "rows": found.rows}
        return said.model_copy(update=facts | (_proof(found) if isinstance(found, RobustSearch) else {}))

    def _exposed(self, today: Solution) -> Safe:
        """What today's best plan risks."""
        assert today.shares is not None
        exposed, _ = self.worst.cost(today.shares, today.replicas)
        broken = {rule.path for rule in self.worst.rules(today.shares, today.replicas)}
        budget = self.routing.limits.budget
        if budget is not None and exposed > budget * (1 + 1e-9):
            broken.add("limits.budget")
        nothing = Outcome(status="infeasible")
        return Safe(k=self.worst.k, outcome=nothing, exposed=exposed, broken=tuple(sorted(broken)))

    def _facts(self, found: RobustPlan, now: Outcome, proven: bool) -> dict[str, object]:
        status, budget = "optimal" if proven else "feasible", self.routing.limits.budget
        outcome = self._outcome(replace(found.answer, status=status))
        premium = change_between(objective(self.routing, outcome), objective(self.routing, now))
        return {
            "outcome": outcome,
            "premium": -premium if premium is not None and self.problem.maximise_quality else premium,
            "worst": found.worst,
            "figures": self.worst.names(found.case),
            "kept": None if budget is None else found.worst <= budget * (1 + 1e-6),
            "swaps": swaps(now, outcome),
        }

    @property
    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)

    def _outcome(self, answer: Solution) -> Outcome:
        return outcome_of(build_plan(self.routing, self.compiler, self.problem, answer))


def _proof(found: RobustSearch) -> dict[str, object]:
    assert found.best is not None
    gap = max(found.best.worst - found.bound, 0.0) / max(found.best.worst, 1e-12)
    return {"gap": 0.0 if found.proven else gap}
