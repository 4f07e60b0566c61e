"""Searches for robust plans: of the least worst case, or of the best quality within the budget in every case.

Where cost is minimised, the plan is found among few offers and proven over all of them:

1. The robust counterpart over some offers gives prices of the cases. The cheapest plan at these prices, out
of
   the whole catalogue, gives a bound on every worst case and offers worth adding, if any.
2. The counterpart with whole numbers over those offers gives an incumbent.
3. Any better plan is cheaper than it at the cases' prices too, and what the cheapest mix that holds an offer
   costs there says which offers it can use (reduced-cost fixing). The counterpart over those proves the
   optimum.

Where quality is maximised, cutting sets (Mutapcic and Boyd, Cutting-set methods for robust convex
optimization with pessimizing oracles, 2009): a row for each case in which some plan has broken the budget.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ...domain.solver_status import SolverStatus
from ..branch_and_price.decomposition import Decomposition
from ..cache import SolveCache
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..coverage import monthly_cost
from ..deadline import Deadline
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import (
    CASE_BUDGET_TOL,
    LINKING_TOL,
    MAX_ROBUST_ROUNDS,
    MAX_SCENARIO_ROUNDS,
    MIN_SCALE,
    ROBUST_TOL,
)
from .robust_counterpart import RobustCounterpart
from .worst_case import LabelSet, WorstCase, WorstCaseModel

SEED_OFFERS = 6  # cheapest offers a label to begin with
TIE_BREAK_SECONDS = 5.0


@dataclass(frozen=True)
class RobustPlan:
    """A plan that keeps every rule in every case, and its worst cost, USD a month, with its case."""

    solution: Solution
    worst: float
    case: WorstCase


@dataclass
class SharedFindings:
    """What the search for one k leaves to the next, whose worst cases are no better.

    Plans (today's first), sets of labels and rules that some plan has broken, and the bound, USD a month.
    """

    cache: SolveCache = field(default_factory=SolveCache)
    plans: list[Solution] = field(default_factory=list)
    label_sets: list[LabelSet] = field(default_factory=lambda: [()])
    rules: list[LinkingConstraint] = field(default_factory=list)
    bound: float = 0.0


class CuttingSetSearch:
    """The best quality within the budget in every case of one k; fills in `best`."""

    bound: float | None = None  # of the cost, which is not what is minimised

    def __init__(self, worst_cases: WorstCaseModel, deadline: Deadline, shared: SharedFindings) -> None:
        self.worst_cases, self.cache, self.deadline = worst_cases, shared.cache, deadline
        self.today = shared.plans[0]
        self.rules: list[LinkingConstraint] = []
        self.cases: list[WorstCase] = []
        self.best: RobustPlan | None = None
        self.infeasible = False  # proven: no plan keeps the budget in every case

    @property
    def rows(self) -> int:
        """How many linear rows the cases have taken."""
        return len(self.cases) + len(self.rules)

    @property
    def proven(self) -> bool:
        """Whether no plan within the budget is better."""
        return self.best is not None and self.best.solution.status == SolverStatus.OPTIMAL

    def run(self) -> None:
        """Solves with more and more cases, from the worst of today's plan, until none is broken."""
        worst_cases, budget = self.worst_cases, self.worst_cases.routing.limits.budget or 0.0
        if self.today.shares is not None:
            self.cases.append(worst_cases.cost(self.today.shares, self.today.replicas)[1])
        for _ in range(MAX_SCENARIO_ROUNDS):
            rows = tuple(worst_cases.budget_row(case, budget) for case in self.cases) if budget else ()
            problem = replace(worst_cases.problem, linking=(*worst_cases.problem.linking, *rows, *self.rules))
            solution = solve(problem, self.deadline.seconds_left, self.cache)
            if solution.shares is None:
                self.infeasible = solution.status == SolverStatus.INFEASIBLE
                return
            cost, case = worst_cases.cost(solution.shares, solution.replicas)
            broken = list(worst_cases.broken_rules(solution.shares, solution.replicas))
            self.rules += broken
            if cost > budget * (1 + CASE_BUDGET_TOL) and case not in self.cases:
                self.cases.append(case)
            elif not broken:
                self.best = RobustPlan(solution, cost, case)
                return


class RobustSearch:
    """The least worst case of one k; fills in `best` and `bound`, USD a month."""

    def __init__(self, worst_cases: WorstCaseModel, deadline: Deadline, shared: SharedFindings) -> None:
        self.worst_cases, self.cache, self.deadline, self.shared = worst_cases, shared.cache, deadline, shared
        self.problem = worst_cases.problem
        self.label_sets, self.rules = shared.label_sets, shared.rules
        self.best: RobustPlan | None = None
        self.bound, self.rows = shared.bound, 0
        self.infeasible = False  # proven: no plan keeps every rule in every case
        self.costs = self.problem.cost  # (L, N) that the bound is at
        self.mask = np.zeros(self.problem.cost.shape, dtype=bool)  # (L, N) the offers looked at

    @property
    def proven(self) -> bool:
        """Whether no plan's worst case can be less than the best plan's."""
        if self.best is None:
            return False
        return self.best.worst - self.bound <= ROBUST_TOL * max(self.best.worst, MIN_SCALE)

    def run(self) -> None:
        """The three steps, as far as the time goes; then of equal plans the cheapest today."""
        for solution in self.shared.plans:
            self._take_in(solution)
        if self.worst_cases.k == 0:
            self.bound = self.shared.plans[0].bound
        self._seed()
        self._grow()
        if not self.proven and not self.deadline.passed:
            self._solve_over(self.mask, proof=False)
        if not self.proven and not self.deadline.passed:
            self._solve_over(self._pairs_of_better_plans(), proof=True)
        if self.proven:
            self._break_ties()
        self.shared.bound = self.bound
        if self.best is not None:
            self.shared.plans.append(self.best.solution)

    def _counterpart(self, mask: Bools) -> RobustCounterpart:
        """Over these pairs, with today's rules and those of the cases that some plan has broken."""
        problem = replace(self.problem, linking=(*self.problem.linking, *self.rules))
        scale = self.best.worst if self.best is not None and self.best.worst > 0 else 1.0
        return RobustCounterpart(self.worst_cases, problem, mask, self.label_sets, scale)

    def _problem_at(self, costs: Floats) -> Problem:
        """Of least cost at these (L, N) costs, the budget and rents aside."""
        unfixed = tuple(rule for rule in self.problem.linking if rule.fixed_coef is None)
        return replace(self.problem, cost=costs, linking=(*unfixed, *self.rules))

    def _take_in(self, solution: Solution) -> bool:
        """Takes the plan's offers, cases and rules in; whether any case or rule was new."""
        if solution.shares is None:
            return False
        self.mask |= solution.shares > 0
        cost, case = self.worst_cases.cost(solution.shares, solution.replicas)
        broken = list(self.worst_cases.broken_rules(solution.shares, solution.replicas))
        known = {id(rule) for rule in self.rules}
        new_rules = [rule for rule in broken if id(rule) not in known]
        self.rules += new_rules
        new = self._take_in_labels(case.labels) or bool(new_rules)
        budget = self.worst_cases.routing.limits.budget
        kept = not broken and (budget is None or solution.value <= budget * (1 + LINKING_TOL))
        if kept and (self.best is None or cost < self.best.worst * (1 - ROBUST_TOL / 10)):
            self.best = RobustPlan(solution, cost, case)
        return new

    def _take_in_labels(self, labels: LabelSet) -> bool:
        """Whether the set was new."""
        if labels in self.label_sets:
            return False
        self.label_sets.append(labels)
        return True

    def _seed(self) -> None:
        """The cheapest offers of each label, and of these the ones that any of its rules needs."""
        p = self.problem
        for label, row in enumerate(p.eligible):
            ix = np.flatnonzero(row)
            for metric in (p.cost[label, ix], p.late[label, ix]):
                self.mask[label, ix[np.argsort(metric, kind="stable")[:SEED_OFFERS]]] = True
            good = ix[np.nan_to_num(p.quality[label, ix]) >= p.min_quality[label]]
            cheapest = np.argsort(p.cost[label, good], kind="stable")[:SEED_OFFERS]
            self.mask[label, good[cheapest]] = True
        self.mask |= np.nan_to_num(p.pin) > 0

    def _grow(self) -> None:
        """The relaxation's prices, and the cheapest plan at them, until nothing new comes of it."""
        for _ in range(MAX_ROBUST_ROUNDS):
            if self.proven or self.deadline.passed:
                return
            pairs = self.mask.sum()
            counterpart = self._counterpart(self.mask)
            self.rows, relaxation = counterpart.rows, counterpart.relax()
            if relaxation is None:
                return
            _, case = self.worst_cases.cost(relaxation.shares, None)
            new = self._take_in_labels(case.labels)
            new |= self._solve_at(relaxation.costs)
            if not new and self.mask.sum() == pairs:
                return

    def _solve_at(self, costs: Floats) -> bool:
        """The cheapest plan of the whole catalogue at these costs: a bound, and perhaps the best plan."""
        solution = solve_without_tie_breaking(self._problem_at(costs), self.deadline.seconds_left, self.cache)
        if solution.status in (SolverStatus.OPTIMAL, SolverStatus.FEASIBLE) and solution.bound > self.bound:
            self.bound, self.costs = float(solution.bound), costs
        if solution.shares is None:
            return False
        none = np.zeros(len(self.problem.fixed_cost), np.int64)
        replicas = none if solution.replicas is None else solution.replicas
        return self._take_in(_feasible(self.problem, solution.shares, replicas))

    def _pairs_of_better_plans(self) -> Bools:
        """(L, N) the offers that a plan better than the best one may use."""
        needed = ~self.worst_cases.dominated_pairs()
        if self.best is None:
            return np.asarray(self.problem.eligible & needed)
        best = Decomposition(self._problem_at(self.costs), self.cache).best
        least = best.min(axis=1, keepdims=True)
        gap = self.best.worst - float(least.sum()) + ROBUST_TOL * self.best.worst
        within_gap = (best <= least + gap) & needed
        return np.asarray((within_gap | self.mask) & self.problem.eligible)

    def _solve_over(self, mask: Bools, *, proof: bool) -> None:
        """The best plan out of these offers; with `proof` no offer outside them is in a better one."""
        for _ in range(MAX_ROBUST_ROUNDS):
            counterpart = self._counterpart(mask & self.problem.eligible)
            self.rows = counterpart.rows
            below = self.best.worst if self.best is not None else np.inf
            solution = counterpart.least_worst_case(below, self.deadline.seconds_left)
            if proof and solution.bound is not None:
                dual_bound = solution.bound * counterpart.scale
                self.bound = max(self.bound, min(dual_bound, below))
            if solution.x is None:
                if proof and solution.status == SolverStatus.INFEASIBLE:
                    self.infeasible = self.best is None
                    self.bound = max(self.bound, below)
                return
            new = self._take_in(_feasible(self.problem, *counterpart.shares(solution.x)))
            if not new or self.proven or self.deadline.passed:
                return

    def _break_ties(self) -> None:
        """Of the plans of the least worst case the cheapest today, out of the offers looked at."""
        if self.best is None:
            return
        max_worst_case = self.best.worst * (1 + ROBUST_TOL / 10)
        pairs = self.mask & self.problem.eligible
        for _ in range(MAX_ROBUST_ROUNDS):
            counterpart = self._counterpart(pairs)
            optimum = counterpart.cheapest(max_worst_case, min(self.deadline.seconds_left, TIE_BREAK_SECONDS))
            if optimum.x is None:
                return
            shares, replicas = counterpart.shares(optimum.x)
            solution = _feasible(self.problem, shares, replicas)
            cost, case = self.worst_cases.cost(shares, replicas)
            broken = list(self.worst_cases.broken_rules(shares, replicas))
            if cost <= max_worst_case * (1 + ROBUST_TOL / 10) and not broken:
                if solution.value < self.best.solution.value * (1 - ROBUST_TOL):
                    self.best = RobustPlan(solution, cost, case)
                return
            if not self._take_in(solution):
                return


def _feasible(problem: Problem, shares: Floats, replicas: Ints) -> Solution:
    cost = monthly_cost(problem, shares, replicas)
    return Solution(SolverStatus.FEASIBLE, shares, replicas, cost, cost)
