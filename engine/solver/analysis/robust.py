"""Plans whose worst case is least when at most k figures are at their worst, and what that safety costs.

Where cost is minimised, the plan is found among few offers and proven over all of them:

1. The robust counterpart over some offers gives prices of the cases. The cheapest plan at these prices, out
   of the whole catalogue, gives a bound on every worst case and offers worth adding, if any.
2. The counterpart with whole numbers over those offers gives an incumbent.
3. Any better plan is cheaper than it at the cases' prices too, and what the cheapest mix that holds an offer
   costs there says which offers it can use (reduced-cost fixing). The counterpart over those proves the
   optimum.

Where quality is maximised, cutting sets (Mutapcic and Boyd, Cutting-set methods for robust convex
optimization with pessimizing oracles, 2009): a row for each case in which some plan has broken the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...domain.robustness import Doubt, Safe
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of, swaps
from ...domain.solver_status import SolverStatus
from ..branch_and_price.decomposition import Decomposition
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..coverage import monthly_cost
from ..deadline import Deadline
from ..models.builder import ModelSolution
from ..models.compact import CompactModel
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import (
    CASE_BUDGET_TOL,
    JUDGED_RULE_TOL,
    LINKING_TOL,
    MAX_ROBUST_ROUNDS,
    MAX_SCENARIO_ROUNDS,
    MIN_SCALE,
    MIN_SECONDS,
    ROBUST_MIP_GAP,
    ROBUST_TOL,
    SHARE_TOL,
    TIE_TOL,
    TINY,
)
from .scenario_solver import change_between, objective
from .worst_case import LabelSet, WorstCase, WorstCaseModel


@dataclass(frozen=True)
class CounterpartRelaxation:
    """The optimum with whole numbers let go, USD a month, its (L, N) shares and prices of the cases.

    `costs` (L, N): whose cheapest plan bounds every worst case from below; the rows' dual prices make one
    price list of all cases.
    """

    value: float
    shares: Floats
    costs: Floats


class RobustCounterpart:
    """The model over the columns in `mask` (L, N) that makes t, the worst of `label_sets`, least.

    Bertsimas and Sim (2004): for a set S of labels whose volume is at its worst, the dearest k - |S| prices
    add, by duality, `min over theta, p >= 0 of (k-|S|)*theta + sum(p_j)` with `p_j >= price*money_j - theta`;
    `money_j` is what offer j earns with the volumes of S. So one row says that the cost of S is at most t,
    and one more an offer. Money is in `scale` USD a month. The columns of each set are theta, then p of each
    offer in use.

    """

    def __init__(
        self,
        worst_cases: WorstCaseModel,
        problem: Problem,
        mask: Bools,
        label_sets: Sequence[LabelSet],
        scale: float,
    ) -> None:
        self.worst_cases, self.problem, self.scale = worst_cases, problem, scale
        self.label_sets = list(label_sets)
        self.model = CompactModel(problem, mask)
        self.offers, self.offer_index = np.unique(self.model.offer, return_inverse=True)
        self.builder = self.model.builder
        self.t, self.first_row = int(self.builder.add_columns(1, high=np.inf)[0]), self.builder.height
        for labels in self.label_sets:
            self._limit_worst_of(labels)

    @property
    def rows(self) -> int:
        """How many linear rows the worst cases take."""
        return self.builder.height - self.first_row

    def _limit_worst_of(self, labels: LabelSet) -> None:
        """The cost with these labels' volumes, and the prices worst for it, is at most t."""
        model, builder, count = self.model, self.builder, len(self.offers)
        money = self._money(labels)[model.label, model.offer] / self.scale
        theta, p = builder.add_columns(1, high=np.inf), builder.add_columns(count, high=np.inf)
        row = builder.add_rows(1, -np.inf, 0.0)
        builder.add_entries(row, model.x, money)
        builder.add_entries(row, model.n, self.problem.fixed_cost / self.scale)
        builder.add_entries(row, theta, float(self.worst_cases.k - len(labels)))
        builder.add_entries(row, p, 1.0)
        builder.add_entries(row, self.t, -1.0)
        rows = builder.add_rows(count, -np.inf, 0.0)
        builder.add_entries(rows[self.offer_index], model.x, self.worst_cases.doubt.price * money)
        builder.add_entries(rows, theta, -1.0)
        builder.add_entries(rows, p, -1.0)

    def _money(self, labels: LabelSet) -> Floats:
        return np.asarray(self.worst_cases.problem.cost * self.worst_cases.volume(labels)[:, None])

    def relax(self) -> CounterpartRelaxation | None:
        """The relaxation; None where there is no plan even so, or no time."""
        solution = self.builder.solve_lp(self._worst_cost())
        if solution.x is None or solution.status != SolverStatus.OPTIMAL:
            return None
        shares, costs = self.model.shares(solution.x), self._weighted_costs(-solution.duals)
        return CounterpartRelaxation(solution.objective * self.scale, shares, costs)

    def _weighted_costs(self, price: Floats) -> Floats:
        """(L, N) the costs of all cases weighted by the rows' prices, cut to what a case may be.

        Valid for any prices: weights of the sets that add up to 1, no offer's above its set's, and together
        at most k - |S| times it.
        """
        costs, count = np.zeros(self.problem.cost.shape), len(self.offers)
        set_prices = price[self.first_row :: 1 + count].clip(0.0)
        total = max(float(set_prices.sum()), MIN_SCALE)
        for i, labels in enumerate(self.label_sets):
            start = self.first_row + i * (1 + count) + 1
            weight = set_prices[i] / total
            offer_weights = np.minimum(price[start : start + count].clip(0.0) / total, weight)
            max_weight = weight * (self.worst_cases.k - len(labels))
            offer_weights *= min(1.0, max_weight / max(float(offer_weights.sum()), TINY))
            factors = np.full(len(self.problem.offers), weight)
            factors[self.offers] += self.worst_cases.doubt.price * offer_weights
            costs += self._money(labels) * factors
        return costs

    def least_worst_case(self, below: float, seconds: float) -> ModelSolution:
        """The plan of the least worst case, if that is at most `below` USD a month."""
        return self._solve(self._worst_cost(), self._bounds(below / self.scale), seconds)

    def cheapest(self, max_worst_case: float, seconds: float) -> ModelSolution:
        """Of the plans whose worst case is at most this the cheapest today."""
        return self._solve(self._todays_cost(), self._bounds(max_worst_case / self.scale), seconds)

    def shares(self, x: Floats) -> tuple[Floats, Ints]:
        """(L, N) shares and (H,) replicas of a solution, its whole numbers fixed."""
        low, high = self.builder.bounds()
        integers = self.builder.integer
        low[integers] = high[integers] = np.round(x[integers])
        high[self.t] = max(float(x[self.t]), 0.0) * (1 + TIE_TOL)
        fixed = self._solve(self._todays_cost(), (low, high), 10.0, relax=True)
        x = x if fixed.x is None else fixed.x
        shares = np.clip(self.model.shares(x), 0, 1)
        shares[shares < SHARE_TOL] = 0
        shares /= shares.sum(axis=1, keepdims=True)
        return shares, np.round(x[self.model.n]).astype(np.int64)

    def _worst_cost(self) -> Floats:
        cost = np.zeros(self.builder.width)
        cost[self.t] = 1.0
        return cost

    def _todays_cost(self) -> Floats:
        return self.model.costs(self.worst_cases.problem.cost, self.problem.fixed_cost) / self.scale

    def _bounds(self, max_t: float) -> tuple[Floats, Floats]:
        low, high = self.builder.bounds()
        high[self.t] = max_t
        return low, high

    def _solve(
        self, cost: Floats, bounds: tuple[Floats, Floats], seconds: float, *, relax: bool = False
    ) -> ModelSolution:
        return self.builder.solve_milp(
            cost, max(seconds, MIN_SECONDS), ROBUST_MIP_GAP, bounds=bounds, relax=relax
        )


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
