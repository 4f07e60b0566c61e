"""Plans whose worst case is least when at most k figures are at their worst, and what that safety costs.

Every worst case is a linear row, cost of the case <= most, added when a plan breaks it; a plan that breaks
none of all the cases keeps them all. The least `most` that leaves a plan is found by halving between a proven
bound and the best plan so far, each half a solve of the full problem; of equal worst cases the cheaper plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

from ...domain.robustness import Doubt, Safe
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of, swaps
from ..answer import Answer
from ..compiler import Compiler
from ..memory import Memory
from ..problem import Coupling
from ..report import plan_of
from ..search import solve
from .world import less, objective
from .worst import Case, Worst

FINE = 1e-6  # relative: a worst case nearer than this to the bound is the least
ROUNDS = 200


def safe_plans(
    routing: Routing, compiler: Compiler, doubt: Doubt, most: int = 3, seconds: float = 60.0
) -> tuple[Safe, ...]:
    """The safe plan for each k from 0 (today's best) to `most`, within `seconds` in all: where they do not
    suffice the last ones are left out.

    Where quality is maximised, the best plan whose cost stays within the budget in every case. Raises
    InputError where there are too many sets of k labels to enumerate.
    """
    end, found = perf_counter() + seconds, list[Safe]()
    for k in range(most + 1):
        if not found or perf_counter() < end:
            found.append(_Search(routing, compiler, Worst(routing, compiler, doubt, k), end).run())
    return tuple(found)


@dataclass(frozen=True)
class _Found:
    """A plan that keeps every rule in every case, and its worst cost with its case."""

    answer: Answer
    worst: float
    case: Case


class _Search:
    """The state of one k."""

    def __init__(self, routing: Routing, compiler: Compiler, worst: Worst, end: float) -> None:
        self.routing, self.compiler, self.worst, self.end = routing, compiler, worst, end
        self.problem, self.memory = worst.problem, Memory()
        self.stopped = False  # a solve ran out of time: no plan then proves nothing
        self.cases: list[Case] = []
        self.rules: list[Coupling] = []

    def run(self) -> Safe:
        """The safe plan against today's best."""
        today = solve(self.problem, self._left, self.memory)
        now = self._outcome(today)
        if today.shares is None:
            return Safe(k=self.worst.k, outcome=now)
        exposed, case = self.worst.cost(today.shares, today.replicas)
        broken = {rule.path for rule in self.worst.rules(today.shares, today.replicas)}
        self.cases.append(case)
        budget = self.routing.limits.budget
        if budget is not None and exposed > budget * (1 + 1e-9):
            broken.add("limits.budget")
        found, bound = self._best()
        said = Safe(
            k=self.worst.k,
            outcome=Outcome(status="infeasible"),
            exposed=exposed,
            broken=tuple(sorted(broken)),
        )
        if found is None:
            return said.model_copy(update={"rows": self._rows})
        outcome = self._outcome(found.answer)
        premium = less(objective(self.routing, outcome), objective(self.routing, now))
        return said.model_copy(
            update={
                "outcome": outcome,
                "premium": -premium if premium is not None and self.problem.maximise_quality else premium,
                "worst": found.worst,
                "bound": bound,
                "figures": self.worst.names(found.case),
                "kept": None if budget is None else found.worst <= budget * (1 + 1e-6),
                "swaps": swaps(now, outcome),
                "rows": self._rows,
            }
        )

    @property
    def _rows(self) -> int:
        return len(self.cases) + len(self.rules)

    @property
    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)

    def _outcome(self, answer: Answer) -> Outcome:
        return outcome_of(plan_of(self.routing, self.compiler, self.problem, answer))

    def _best(self) -> tuple[_Found | None, float | None]:
        """The plan of the least worst cost and the bound; maximising quality, the best within the budget."""
        if self.problem.maximise_quality:
            found = self._within(self.routing.limits.budget or 0.0)
            return found, None
        found = self._within(None)
        if found is None:
            return None, None
        low = self._bound()
        while found.worst - low > FINE * max(found.worst, 1e-12) and perf_counter() < self.end:
            middle = (low + found.worst) / 2
            better = self._within(middle)
            if self.stopped:
                break
            if better is None:
                low = middle
            elif better.worst < found.worst:
                found = better
            else:
                break
        return found, low

    def _bound(self) -> float:
        """No plan's worst case is less than the least cost of one case."""
        free = tuple(rule for rule in self.problem.couplings if rule.fixed is None)
        answers = [
            solve(replace(self.problem, cost=self.worst.costs(case), couplings=free), self._left)
            for case in self.cases
        ]
        return max(answer.bound for answer in answers)

    def _within(self, most: float | None) -> _Found | None:
        """The best plan today whose cost is at most this in every case; None where there is none."""
        for _ in range(ROUNDS):
            rows = tuple(self.worst.row(case, most) for case in self.cases) if most else ()
            problem = replace(self.problem, couplings=(*self.problem.couplings, *rows, *self.rules))
            answer = solve(problem, self._left, self.memory)
            if answer.shares is None:
                self.stopped = answer.status != "infeasible"
                return None
            cost, case = self.worst.cost(answer.shares, answer.replicas)
            broken = list(self.worst.rules(answer.shares, answer.replicas))
            self.rules += broken
            over = most is not None and cost > most * (1 + 1e-8)
            if over and case not in self.cases:
                self.cases.append(case)
            elif not broken:
                return _Found(answer, cost, case)
        return None
