"""The plan of the least worst case, found among few offers and proven over all of them.

1. The worst-case rows over some offers (see epigraph) give prices of the cases. The cheapest plan at these
   prices, out of the whole catalogue, gives a bound on every worst case and offers worth adding, if any.
2. The rows with whole numbers over those offers give a plan to beat.
3. Any better plan is cheaper than it at the cases' prices too, and what the cheapest mix that holds an offer
   costs there says which offers it can use. The rows over those prove the optimum.

The plans' worst case as linear rows (Bertsimas and Sim, 2004) of the textbook model.

For a set S of labels whose volume is at its worst, the dearest k - |S| prices add, by duality,
`min over theta, p >= 0 of (k-|S|)*theta + sum(p_j)` with `p_j >= price*money_j - theta`; `money_j` is what
offer j earns with the volumes of S. So one row says that the cost of S is at most t, and one more an offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
from scipy.optimize import Bounds, OptimizeResult
from scipy.sparse import vstack

from ..branch_and_price.decomposition import Decomposition
from ..cache import SolveCache
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..models.compact import CompactModel
from ..models.highs import lp, milp
from ..solution import Solution
from ..solve import solve_without_tie_breaking
from ..tolerances import MAX_ROBUST_ROUNDS, ROBUST_MIP_GAP, ROBUST_TOL
from .worst_case import Case, WorstCaseModel

Labels = tuple[int, ...]


@dataclass(frozen=True)
class Relaxation:
    """The relaxation's optimum in USD a month, and the (L, N) costs whose cheapest plan bounds every worst
    case from below: the rows' dual prices make one price list of all cases."""

    value: float
    shares: Floats
    costs: Floats


class RobustCounterpart:
    """The model over the columns in `mask` (L, N) that makes t, the worst of `sets`, least."""

    def __init__(
        self, worst: WorstCaseModel, problem: Problem, mask: Bools, sets: Sequence[Labels], scale: float
    ) -> None:
        self.worst, self.problem, self.scale, self.sets = worst, problem, scale, list(sets)
        self.model = CompactModel(problem, mask)
        self.names, self.place = np.unique(self.model.offer, return_inverse=True)
        self.t = self.model.width
        self.width, self.first_row = self.t + 1, self.model.rows.rows
        for labels in self.sets:
            self._worst_of(labels)
        self.model.rows.columns = self.width

    @property
    def rows(self) -> int:
        """How many linear rows the worst cases take."""
        return self.model.rows.rows - self.first_row

    def _worst_of(self, labels: Labels) -> None:
        model, rows, count = self.model, self.model.rows, len(self.names)
        money = self._money(labels)[model.label, model.offer] / self.scale
        theta, p = self.width, self.width + 1 + np.arange(count)
        self.width += 1 + count
        row = rows.block(1, -np.inf, 0.0)
        rows.put(row, model.x, money)
        rows.put(row, model.n, self.problem.fixed_cost / self.scale)
        rows.put(row, np.array([theta]), float(self.worst.k - len(labels)))
        rows.put(row, p, 1.0)
        rows.put(row, np.array([self.t]), -1.0)
        first = rows.block(count, -np.inf, 0.0)
        rows.put(first + self.place, model.x, self.worst.doubt.price * money)
        rows.put(first + np.arange(count), np.full(count, theta), -1.0)
        rows.put(first + np.arange(count), p, -1.0)

    def _money(self, labels: Labels) -> Floats:
        return np.asarray(self.worst.problem.cost * self.worst.volume(labels)[:, None])

    def relax(self) -> Relaxation | None:
        """The relaxation, its whole numbers let go; None where there is no plan even so, or no time."""
        whole = self.model.rows.constraint()
        equal, above, below = whole.lb == whole.ub, np.isfinite(whole.ub), np.isfinite(whole.lb)
        above, below = above & ~equal, below & ~equal
        limits = self._bounds()
        result = lp(
            self._aim(),
            A_ub=vstack([whole.A[above], -whole.A[below]]),
            b_ub=np.concatenate([whole.ub[above], -whole.lb[below]]),
            A_eq=whole.A[equal],
            b_eq=whole.ub[equal],
            bounds=np.column_stack([limits.lb, limits.ub]),
        )
        if result.x is None or result.status != 0:
            return None
        price = np.zeros(len(whole.ub))
        price[np.flatnonzero(above)] = -result.ineqlin.marginals[: above.sum()]
        return Relaxation(result.fun * self.scale, self.model.shares(result.x), self._mixed(price))

    def _mixed(self, price: Floats) -> Floats:
        """(L, N) the costs of all cases weighted by the rows' prices, cut to what a case may be.

        Valid for any prices: weights of the sets that add up to 1, no offer's above its set's, and together
        at most k - |S| times it.
        """
        out, count = np.zeros(self.problem.cost.shape), len(self.names)
        weights = price[self.first_row :: 1 + count].clip(0.0)
        for i, labels in enumerate(self.sets):
            start = self.first_row + i * (1 + count) + 1
            part = weights[i] / max(float(weights.sum()), 1e-12)
            at = np.minimum(price[start : start + count].clip(0.0) / max(float(weights.sum()), 1e-12), part)
            most = part * (self.worst.k - len(labels))
            at *= min(1.0, most / max(float(at.sum()), 1e-300))
            dear = np.full(len(self.problem.offers), part)
            dear[self.names] += self.worst.doubt.price * at
            out += self._money(labels) * dear
        return out

    def least(self, below: float, seconds: float) -> OptimizeResult:
        """The plan of the least worst case, if that is at most `below` USD a month."""
        return self._solve(self._aim(), self._bounds(below / self.scale), seconds)

    def cheapest(self, most: float, seconds: float) -> OptimizeResult:
        """Of the plans whose worst case is at most this the cheapest today."""
        c = np.zeros(self.width)
        c[: self.model.width] = (
            self.model.costs(self.worst.problem.cost, self.problem.fixed_cost) / self.scale
        )
        return self._solve(c, self._bounds(most / self.scale), seconds)

    def shares(self, x: Floats) -> tuple[Floats, Ints]:
        """(L, N) shares and (H,) replicas of a solution, its whole numbers fixed."""
        bounds = self._bounds()
        low, high = np.array(bounds.lb), np.array(bounds.ub)
        whole = np.flatnonzero(self._kinds())
        low[whole] = high[whole] = np.round(x[whole])
        high[self.t] = max(float(x[self.t]), 0.0) * (1 + 1e-9)
        c = np.zeros(self.width)
        c[: self.model.width] = (
            self.model.costs(self.worst.problem.cost, self.problem.fixed_cost) / self.scale
        )
        fixed = self._solve(c, Bounds(low, high), 10.0, whole=False)
        x = x if fixed.x is None else fixed.x
        shares = np.clip(self.model.shares(x), 0, 1)
        shares[shares < 1e-9] = 0
        shares /= shares.sum(axis=1, keepdims=True)
        return shares, np.round(x[self.model.n]).astype(np.int64)

    def _aim(self) -> Floats:
        c = np.zeros(self.width)
        c[self.t] = 1.0
        return c

    def _bounds(self, most: float = np.inf) -> Bounds:
        own = self.model.bounds()
        more = self.width - self.model.width
        low, high = np.append(own.lb, np.zeros(more)), np.append(own.ub, np.full(more, np.inf))
        high[self.t] = most
        return Bounds(low, high)

    def _kinds(self) -> Ints:
        return np.append(self.model.integrality(), np.zeros(self.width - self.model.width, np.int64))

    def _solve(self, c: Floats, bounds: Bounds, seconds: float, whole: bool = True) -> OptimizeResult:
        return milp(
            c,
            constraints=self.model.rows.constraint(),
            bounds=bounds,
            integrality=self._kinds() if whole else None,
            options={"time_limit": max(seconds, 0.05), "mip_rel_gap": ROBUST_MIP_GAP},
        )


SEED = 6  # cheapest offers a label to begin with


@dataclass(frozen=True)
class RobustPlan:
    """A plan that keeps every rule in every case, and its worst cost with its case."""

    answer: Solution
    worst: float
    case: Case


@dataclass
class SharedFindings:
    """What the search for one k leaves to the next, whose worst cases are no better: plans, sets of labels
    and rules that some plan has broken, and the bound."""

    cache: SolveCache = field(default_factory=SolveCache)
    plans: list[Solution] = field(default_factory=list)  # today's first
    sets: list[Labels] = field(default_factory=lambda: [()])
    rules: list[LinkingConstraint] = field(default_factory=list)
    bound: float = 0.0


class RobustSearch:
    """The search for one k."""

    def __init__(self, worst: WorstCaseModel, end: float, carried: SharedFindings) -> None:
        self.worst, self.cache, self.end, self.carried = worst, carried.cache, end, carried
        self.problem = worst.problem
        self.sets, self.rules = carried.sets, carried.rules
        self.best: RobustPlan | None = None
        self.bound, self.rows = carried.bound, 0
        self.none = False  # proven: no plan keeps every rule in every case
        self.costs = self.problem.cost
        self.mask = np.zeros(self.problem.cost.shape, dtype=bool)

    def run(self) -> None:
        """Fills in `best` and `bound`."""
        for answer in self.carried.plans:
            self._try(answer)
        if self.worst.k == 0:
            self.bound = self.carried.plans[0].bound
        self._seed()
        self._grow()
        if not self.proven and perf_counter() < self.end:
            self._whole(self.mask, proof=False)
        if not self.proven and perf_counter() < self.end:
            self._whole(self._survivors(), proof=True)
        if self.proven:
            self._cheaper()
        self.carried.bound = self.bound
        if self.best is not None:
            self.carried.plans.append(self.best.answer)

    @property
    def proven(self) -> bool:
        """Whether no plan's worst case can be less than the best plan's."""
        return self.best is not None and self.best.worst - self.bound <= ROBUST_TOL * max(
            self.best.worst, 1e-12
        )

    @property
    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)

    @property
    def _scale(self) -> float:
        return self.best.worst if self.best is not None and self.best.worst > 0 else 1.0

    def _today(self) -> Problem:
        """Today's rules with those of the cases that some plan has broken."""
        return replace(self.problem, linking=(*self.problem.linking, *self.rules))

    def _try(self, answer: Solution) -> bool:
        """Takes the plan's offers, cases and rules in; whether any case or rule was new."""
        if answer.shares is None:
            return False
        self.mask |= answer.shares > 0
        cost, case = self.worst.cost(answer.shares, answer.replicas)
        broken = list(self.worst.rules(answer.shares, answer.replicas))
        have = {id(rule) for rule in self.rules}
        fresh = [rule for rule in broken if id(rule) not in have]
        self.rules += fresh
        new = bool(fresh) or case.labels not in self.sets
        if case.labels not in self.sets:
            self.sets.append(case.labels)
        budget = self.worst.routing.limits.budget
        kept = not broken and (budget is None or answer.value <= budget * (1 + 1e-9))
        if kept and (self.best is None or cost < self.best.worst * (1 - ROBUST_TOL / 10)):
            self.best = RobustPlan(answer, cost, case)
        return new

    def _seed(self) -> None:
        """The cheapest offers of each label, and of these the ones that any of its rules needs."""
        for label, row in enumerate(self.problem.eligible):
            ix = np.flatnonzero(row)
            for order in (self.problem.cost[label, ix], self.problem.late[label, ix]):
                self.mask[label, ix[np.argsort(order, kind="stable")[:SEED]]] = True
            quality = np.nan_to_num(self.problem.quality[label, ix])
            fits = ix[quality >= self.problem.min_quality[label]]
            cheap = np.argsort(self.problem.cost[label, fits], kind="stable")[:SEED]
            self.mask[label, fits[cheap]] = True
        self.mask |= np.nan_to_num(self.problem.pin) > 0

    def _grow(self) -> None:
        """The relaxation's prices, and the cheapest plan at them, until nothing new comes of it."""
        for _ in range(MAX_ROBUST_ROUNDS):
            if self.proven or perf_counter() > self.end:
                return
            now = self.mask.sum()
            rows = RobustCounterpart(self.worst, self._today(), self.mask, self.sets, self._scale)
            self.rows, relaxed = rows.rows, rows.relax()
            if relaxed is None:
                return
            _, case = self.worst.cost(relaxed.shares, None)
            new = case.labels not in self.sets
            if new:
                self.sets.append(case.labels)
            new |= self._priced(relaxed.costs)
            if not new and self.mask.sum() == now:
                return

    def _priced(self, costs: Floats) -> bool:
        """The cheapest plan of the whole catalogue at these costs: a bound, and perhaps the best plan."""
        free = tuple(rule for rule in self.problem.linking if rule.fixed_coef is None)
        asked = replace(self.problem, cost=costs, linking=(*free, *self.rules))
        answer = solve_without_tie_breaking(asked, self._left, self.cache)
        if answer.status in ("optimal", "feasible") and answer.bound > self.bound:
            self.bound, self.costs = float(answer.bound), costs
        if answer.shares is None:
            return False
        none = np.zeros(len(self.problem.fixed_cost), np.int64)
        replicas = none if answer.replicas is None else answer.replicas
        return self._try(_answer(self.problem, answer.shares, replicas))

    def _survivors(self) -> Bools:
        """(L, N) the offers that a plan better than the best one may use."""
        if self.best is None:
            return self.problem.eligible & ~self.worst.needless()
        free = tuple(rule for rule in self.problem.linking if rule.fixed_coef is None)
        asked = replace(self.problem, cost=self.costs, linking=(*free, *self.rules))
        best = Decomposition(asked, self.cache).best
        least = best.min(axis=1, keepdims=True)
        slack = self.best.worst - float(least.sum()) + ROBUST_TOL * self.best.worst
        within = (best <= least + slack) & ~self.worst.needless()
        return np.asarray((within | self.mask) & self.problem.eligible)

    def _whole(self, mask: Bools, *, proof: bool) -> None:
        """The best plan out of these offers; with `proof` no offer outside them is in a better one."""
        for _ in range(MAX_ROBUST_ROUNDS):
            rows = RobustCounterpart(
                self.worst, self._today(), mask & self.problem.eligible, self.sets, self._scale
            )
            self.rows = rows.rows
            below = self.best.worst if self.best is not None else np.inf
            result = rows.least(below, self._left)
            if proof and result.mip_dual_bound is not None:
                self.bound = max(self.bound, min(float(result.mip_dual_bound) * self._scale, below))
            if result.x is None:
                if proof and result.status == 2:
                    self.none = self.best is None
                    self.bound = max(self.bound, below)
                return
            shares, replicas = rows.shares(result.x)
            new = self._try(_answer(self.problem, shares, replicas))
            if not new or self.proven or perf_counter() > self.end:
                return

    def _cheaper(self) -> None:
        """Of the plans of the least worst case the cheapest today, out of the offers looked at."""
        if self.best is None:
            return
        most = self.best.worst * (1 + ROBUST_TOL / 10)
        where = self.mask & self.problem.eligible
        for _ in range(MAX_ROBUST_ROUNDS):
            rows = RobustCounterpart(self.worst, self._today(), where, self.sets, self._scale)
            result = rows.cheapest(most, min(self._left, 5.0))
            if result.x is None:
                return
            answer = _answer(self.problem, *rows.shares(result.x))
            assert answer.shares is not None
            cost, case = self.worst.cost(answer.shares, answer.replicas)
            if cost <= most * (1 + ROBUST_TOL / 10) and not list(
                self.worst.rules(answer.shares, answer.replicas)
            ):
                if answer.value < self.best.answer.value * (1 - ROBUST_TOL):
                    self.best = RobustPlan(answer, cost, case)
                return
            if not self._try(answer):
                return


def _answer(problem: Problem, shares: Floats, replicas: Ints) -> Solution:
    rent = float(replicas @ problem.fixed_cost) if len(problem.fixed_cost) else 0.0
    value = float((problem.cost * shares).sum()) + rent
    return Solution("feasible", shares, replicas, value, value)
