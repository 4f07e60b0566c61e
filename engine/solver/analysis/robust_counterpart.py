"""The robust counterpart of the textbook model: the plans' worst case as linear rows.

Bertsimas and Sim (2004): for a set S of labels whose volume is at its worst, the dearest k - |S| prices add,
by duality, `min over theta, p >= 0 of (k-|S|)*theta + sum(p_j)` with `p_j >= price*money_j - theta`;
`money_j` is what offer j earns with the volumes of S. So one row says that the cost of S is at most t, and
one more an offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...domain.solver_status import SolverStatus
from ..compile.problem import Bools, Floats, Ints, Problem
from ..models.builder import ModelSolution
from ..models.compact import CompactModel
from ..tolerances import MIN_SCALE, MIN_SECONDS, ROBUST_MIP_GAP, SHARE_TOL, TIE_TOL, TINY
from .worst_case import LabelSet, WorstCaseModel


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

    Money is in `scale` USD a month. The columns of each set are theta, then p of each offer in use.
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
