"""The best quality that stays within the budget in every case: a row a case that some plan has broken."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from ..compile.problem import Coupling
from ..solve import solve
from .robust_search import Carried, Kept
from .worst_case import Case, Worst

ROUNDS = 200


class Within:
    """The search for one k."""

    def __init__(self, worst: Worst, end: float, carried: Carried) -> None:
        self.worst, self.memory, self.end, self.today = worst, carried.memory, end, carried.plans[0]
        self.rules: list[Coupling] = []
        self.cases: list[Case] = []
        self.best: Kept | None = None
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
        for _ in range(ROUNDS):
            rows = tuple(self.worst.row(case, budget) for case in self.cases) if budget else ()
            couplings = (*self.worst.problem.couplings, *rows, *self.rules)
            left = max(self.end - perf_counter(), 0.05)
            answer = solve(replace(self.worst.problem, couplings=couplings), left, self.memory)
            if answer.shares is None:
                self.none = answer.status == "infeasible"
                return
            cost, case = self.worst.cost(answer.shares, answer.replicas)
            broken = list(self.worst.rules(answer.shares, answer.replicas))
            self.rules += broken
            if cost > budget * (1 + 1e-8) and case not in self.cases:
                self.cases.append(case)
            elif not broken:
                self.best = Kept(answer, cost, case)
                return
