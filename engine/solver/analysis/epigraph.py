"""The plans' worst case as linear rows (Bertsimas and Sim, 2004) of the textbook model.

For a set S of labels whose volume is at its worst, the dearest k - |S| prices add, by duality,
`min over theta, p >= 0 of (k-|S|)*theta + sum(p_j)` with `p_j >= price*money_j - theta`; `money_j` is what
offer j earns with the volumes of S. So one row says that the cost of S is at most t, and one more an offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, OptimizeResult
from scipy.sparse import vstack

from ..compile.problem import Bools, Floats, Ints, Problem
from ..models.compact import Compact
from ..models.highs import lp, milp
from .worst_case import Worst

GAP = 2e-7  # relative, of the integer model
Labels = tuple[int, ...]


@dataclass(frozen=True)
class Relaxed:
    """The relaxation's optimum in USD a month, and the (L, N) costs whose cheapest plan bounds every worst
    case from below: the rows' dual prices make one price list of all cases."""

    value: float
    shares: Floats
    costs: Floats


class Epigraph:
    """The model over the columns in `mask` (L, N) that makes t, the worst of `sets`, least."""

    def __init__(
        self, worst: Worst, problem: Problem, mask: Bools, sets: Sequence[Labels], scale: float
    ) -> None:
        self.worst, self.problem, self.scale, self.sets = worst, problem, scale, list(sets)
        self.model = Compact(problem, mask)
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
        rows.put(row, model.n, self.problem.rent / self.scale)
        rows.put(row, np.array([theta]), float(self.worst.k - len(labels)))
        rows.put(row, p, 1.0)
        rows.put(row, np.array([self.t]), -1.0)
        first = rows.block(count, -np.inf, 0.0)
        rows.put(first + self.place, model.x, self.worst.doubt.price * money)
        rows.put(first + np.arange(count), np.full(count, theta), -1.0)
        rows.put(first + np.arange(count), p, -1.0)

    def _money(self, labels: Labels) -> Floats:
        return np.asarray(self.worst.problem.cost * self.worst.volume(labels)[:, None])

    def relax(self) -> Relaxed | None:
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
        return Relaxed(result.fun * self.scale, self.model.shares(result.x), self._mixed(price))

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
        c[: self.model.width] = self.model.costs(self.worst.problem.cost, self.problem.rent) / self.scale
        return self._solve(c, self._bounds(most / self.scale), seconds)

    def shares(self, x: Floats) -> tuple[Floats, Ints]:
        """(L, N) shares and (H,) replicas of a solution, its whole numbers fixed."""
        bounds = self._bounds()
        low, high = np.array(bounds.lb), np.array(bounds.ub)
        whole = np.flatnonzero(self._kinds())
        low[whole] = high[whole] = np.round(x[whole])
        high[self.t] = max(float(x[self.t]), 0.0) * (1 + 1e-9)
        c = np.zeros(self.width)
        c[: self.model.width] = self.model.costs(self.worst.problem.cost, self.problem.rent) / self.scale
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
            options={"time_limit": max(seconds, 0.05), "mip_rel_gap": GAP},
        )
