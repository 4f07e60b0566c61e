"""The plan of the least worst case, found among few offers and proven over all of them.

1. The worst-case rows over some offers (see epigraph) give prices of the cases. The cheapest plan at these
   prices, out of the whole catalogue, gives a bound on every worst case and offers worth adding, if any.
2. The rows with whole numbers over those offers give a plan to beat.
3. Any better plan is cheaper than it at the cases' prices too, and what the cheapest mix that holds an offer
   costs there says which offers it can use. The rows over those prove the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from ..branch_and_price.decomposition import Coupled
from ..cache import Memory
from ..compile.problem import Bools, Coupling, Floats, Ints, Problem
from ..solution import Answer
from ..solve import found
from .epigraph import Epigraph, Labels
from .worst_case import Case, Worst

FINE = 1e-6  # relative: a worst case nearer than this to the bound is the least
SEED = 6  # cheapest offers a label to begin with
ROUNDS = 100


@dataclass(frozen=True)
class Kept:
    """A plan that keeps every rule in every case, and its worst cost with its case."""

    answer: Answer
    worst: float
    case: Case


@dataclass
class Carried:
    """What the search for one k leaves to the next, whose worst cases are no better: plans, sets of labels
    and rules that some plan has broken, and the bound."""

    memory: Memory = field(default_factory=Memory)
    plans: list[Answer] = field(default_factory=list)  # today's first
    sets: list[Labels] = field(default_factory=lambda: [()])
    rules: list[Coupling] = field(default_factory=list)
    bound: float = 0.0


class Least:
    """The search for one k."""

    def __init__(self, worst: Worst, end: float, carried: Carried) -> None:
        self.worst, self.memory, self.end, self.carried = worst, carried.memory, end, carried
        self.problem = worst.problem
        self.sets, self.rules = carried.sets, carried.rules
        self.best: Kept | None = None
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
        return self.best is not None and self.best.worst - self.bound <= FINE * max(self.best.worst, 1e-12)

    @property
    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)

    @property
    def _scale(self) -> float:
        return self.best.worst if self.best is not None and self.best.worst > 0 else 1.0

    def _today(self) -> Problem:
        """Today's rules with those of the cases that some plan has broken."""
        return replace(self.problem, couplings=(*self.problem.couplings, *self.rules))

    def _try(self, answer: Answer) -> bool:
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
        if kept and (self.best is None or cost < self.best.worst * (1 - FINE / 10)):
            self.best = Kept(answer, cost, case)
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
        for _ in range(ROUNDS):
            if self.proven or perf_counter() > self.end:
                return
            now = self.mask.sum()
            rows = Epigraph(self.worst, self._today(), self.mask, self.sets, self._scale)
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
        free = tuple(rule for rule in self.problem.couplings if rule.fixed is None)
        asked = replace(self.problem, cost=costs, couplings=(*free, *self.rules))
        answer = found(asked, self._left, self.memory)
        if answer.status in ("optimal", "feasible") and answer.bound > self.bound:
            self.bound, self.costs = float(answer.bound), costs
        if answer.shares is None:
            return False
        none = np.zeros(len(self.problem.rent), np.int64)
        replicas = none if answer.replicas is None else answer.replicas
        return self._try(_answer(self.problem, answer.shares, replicas))

    def _survivors(self) -> Bools:
        """(L, N) the offers that a plan better than the best one may use."""
        if self.best is None:
            return self.problem.eligible & ~self.worst.needless()
        free = tuple(rule for rule in self.problem.couplings if rule.fixed is None)
        asked = replace(self.problem, cost=self.costs, couplings=(*free, *self.rules))
        best = Coupled(asked, self.memory).best
        least = best.min(axis=1, keepdims=True)
        slack = self.best.worst - float(least.sum()) + FINE * self.best.worst
        within = (best <= least + slack) & ~self.worst.needless()
        return np.asarray((within | self.mask) & self.problem.eligible)

    def _whole(self, mask: Bools, *, proof: bool) -> None:
        """The best plan out of these offers; with `proof` no offer outside them is in a better one."""
        for _ in range(ROUNDS):
            rows = Epigraph(self.worst, self._today(), mask & self.problem.eligible, self.sets, self._scale)
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
        most = self.best.worst * (1 + FINE / 10)
        where = self.mask & self.problem.eligible
        for _ in range(ROUNDS):
            rows = Epigraph(self.worst, self._today(), where, self.sets, self._scale)
            result = rows.cheapest(most, min(self._left, 5.0))
            if result.x is None:
                return
            answer = _answer(self.problem, *rows.shares(result.x))
            assert answer.shares is not None
            cost, case = self.worst.cost(answer.shares, answer.replicas)
            if cost <= most * (1 + FINE / 10) and not list(self.worst.rules(answer.shares, answer.replicas)):
                if answer.value < self.best.answer.value * (1 - FINE):
                    self.best = Kept(answer, cost, case)
                return
            if not self._try(answer):
                return


def _answer(problem: Problem, shares: Floats, replicas: Ints) -> Answer:
    rent = float(replicas @ problem.rent) if len(problem.rent) else 0.0
    value = float((problem.cost * shares).sum()) + rent
    return Answer("feasible", shares, replicas, value, value)
