"""The textbook model (shares x, use y, models z, providers v, replicas n) on any subset of the columns.

Strong links: all of a label's shares at one model add up to at most that model's z, likewise providers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult
from scipy.sparse import csc_array

from ..compile.problem import Bools, Floats, Ints, Problem
from ..solution import Solution, replicas_for
from ..tolerances import MAX_UNPRESOLVED_COLUMNS
from .highs import milp

FINE = 1e-3  # HiGHS also stops within 1e-6 of the objective in its own unit, which nobody can tell it not to


@dataclass
class _Assembly:
    """Rows collected as triples while a model is built; never leaves this file."""

    columns: int
    row: list[Ints] = field(default_factory=list)
    col: list[Ints] = field(default_factory=list)
    val: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    rows: int = 0

    def block(self, count: int, low: Floats | float, high: Floats | float) -> int:
        """Opens `count` new rows with these bounds; the index of the first."""
        self.low.append(np.broadcast_to(np.asarray(low, float), (count,)))
        self.high.append(np.broadcast_to(np.asarray(high, float), (count,)))
        self.rows += count
        return self.rows - count

    def put(self, row: Ints | int, col: Ints, val: Floats | float) -> None:
        """Entries of the matrix, broadcast to the columns."""
        self.row.append(np.broadcast_to(np.asarray(row, np.int64), col.shape))
        self.col.append(col)
        self.val.append(np.broadcast_to(np.asarray(val, float), col.shape))

    def constraint(self) -> LinearConstraint:
        """Everything put so far, as scipy wants it."""
        triples = (np.concatenate(self.val), (np.concatenate(self.row), np.concatenate(self.col)))
        matrix = csc_array(triples, shape=(self.rows, self.columns))
        return LinearConstraint(matrix, np.concatenate(self.low), np.concatenate(self.high))


class CompactModel:
    """The model over the columns in `mask` (L, N); `count` has a use y for every share, needed or not."""

    def __init__(self, problem: Problem, mask: Bools, *, count: bool = False) -> None:
        self.problem, self.count = problem, count
        self.label, self.offer = np.nonzero(mask)
        self.x = np.arange(len(self.label))
        self._place()
        self.rows = _Assembly(self.width)
        self._mixes()
        self._uses()
        self._wholes(self.problem.model, self.z, self.zs, self.problem.max_models)
        self._wholes(self.problem.provider, self.v, self.vs, self.problem.max_providers)
        self._couplings()

    def _place(self) -> None:
        """Gives every kind of variable its columns."""
        p = self.problem
        counted = (p.max_offers < columns_per_label(self.label, len(p.labels))) | (p.min_share > 0)
        counted |= (p.min_providers > 1) | self.count
        self.y_of = np.full(len(self.label), -1)
        used = np.flatnonzero(counted[self.label])
        self.y_of[used] = len(self.label) + np.arange(len(used))
        at = len(self.label) + len(used)
        self.y = np.arange(len(self.label), at)
        self.n = at + np.arange(len(p.self_hosted))
        at += len(p.self_hosted)
        self.zs = np.unique(p.model[self.offer]) if p.max_models is not None else np.zeros(0, np.int64)
        self.z = at + np.arange(len(self.zs))
        at += len(self.zs)
        self.vs = np.unique(p.provider[self.offer]) if p.max_providers is not None else np.zeros(0, np.int64)
        self.v = at + np.arange(len(self.vs))
        at += len(self.vs)
        spread = np.flatnonzero(p.min_providers[self.label] > 1)
        pairs = self.label[spread] * (p.provider.max(initial=0) + 1) + p.provider[self.offer[spread]]
        self.ws, of = np.unique(pairs, return_inverse=True)
        self.w_of = np.full(len(self.label), -1)
        self.w_of[spread] = at + of
        self.w = at + np.arange(len(self.ws))
        self.width = at + len(self.ws)

    def _mixes(self) -> None:
        p, rows = self.problem, self.rows
        labels = len(p.labels)
        first = rows.block(labels, 1.0, 1.0)
        rows.put(first + self.label, self.x, 1.0)
        if np.isfinite(p.min_quality).any():
            first = rows.block(labels, p.min_quality, np.inf)
            ruled = np.isfinite(p.min_quality[self.label])
            rows.put(
                first + self.label[ruled], self.x[ruled], p.quality[self.label[ruled], self.offer[ruled]]
            )
        if np.isfinite(p.max_late).any():
            first = rows.block(labels, -np.inf, np.where(np.isfinite(p.max_late), 1.0, np.inf))
            part = p.late[self.label, self.offer] / p.max_late[self.label]  # HiGHS tolerates 1e-6 too much
            rows.put(first + self.label, self.x, part)

    def _uses(self) -> None:
        """x <= y, x >= min_share*y, at most max_offers y, enough providers among the y."""
        p, rows = self.problem, self.rows
        k = np.flatnonzero(self.y_of >= 0)
        if not len(k):
            return
        y = self.y_of[k]
        first = rows.block(len(k), -np.inf, 0.0)
        at = first + np.arange(len(k))
        rows.put(at, k, 1.0)
        rows.put(at, y, -1.0)
        first = rows.block(len(k), -np.inf, 0.0)
        at = first + np.arange(len(k))
        rows.put(at, k, -1.0)
        rows.put(at, y, p.min_share[self.label[k]])
        first = rows.block(len(p.labels), -np.inf, p.max_offers.astype(float))
        rows.put(first + self.label[k], y, 1.0)
        if len(self.w):
            s = np.flatnonzero(self.w_of >= 0)
            first = rows.block(len(self.w), -np.inf, 0.0)
            rows.put(first + self.w_of[s] - self.w[0], self.y_of[s], -1.0)
            rows.put(first + np.arange(len(self.w)), self.w, 1.0)
            least = np.where(p.min_providers > 1, p.min_providers, -np.inf)
            first = rows.block(len(p.labels), least, np.inf)
            rows.put(first + self.ws // (p.provider.max() + 1), self.w, 1.0)

    def _wholes(self, codes: Ints, columns: Ints, names: Ints, limit: int | None) -> None:
        """At most `limit` models (or providers) in use."""
        if limit is None:
            return
        rows = self.rows
        code = np.searchsorted(names, codes[self.offer])
        link, of = np.unique(self.label * len(names) + code, return_inverse=True)
        first = rows.block(len(link), -np.inf, 0.0)
        rows.put(first + of, self.x, 1.0)
        rows.put(first + np.arange(len(link)), columns[link % len(names)], -1.0)
        rows.put(rows.block(1, -np.inf, float(limit)), columns, 1.0)

    def _couplings(self) -> None:
        here = np.isin(np.arange(len(self.problem.offers)), self.offer)
        for rule in (one for one in self.problem.linking if not one.is_redundant(here)):
            coef = rule.coefficients(self.label, self.offer)
            k = np.flatnonzero(coef)
            row = self.rows.block(1, -np.inf, rule.limit)
            self.rows.put(row, k, coef[k])
            if rule.replica_of >= 0:
                self.rows.put(row, self.n[[rule.replica_of]], -1.0)
            if rule.fixed_coef is not None and len(self.n):
                self.rows.put(row, self.n, rule.fixed_coef)

    def bounds(self) -> Bounds:
        """0 to 1, but for pins and replicas."""
        low, high = np.zeros(self.width), np.ones(self.width)
        pin = self.problem.pin[self.label, self.offer]
        pinned = np.flatnonzero(~np.isnan(pin))
        low[pinned] = high[pinned] = pin[pinned]
        high[self.n] = np.inf
        return Bounds(low, high)

    def integrality(self) -> Ints:
        """1 for the whole variables."""
        kinds = np.zeros(self.width, dtype=np.int64)
        for whole in (self.y, self.n, self.z, self.v):
            kinds[whole] = 1
        return kinds

    def costs(self, objective: Floats, fixed_objective: Floats) -> Floats:
        """The objective vector from (L, N) and (H,) coefficients."""
        c = np.zeros(self.width)
        c[self.x] = objective[self.label, self.offer]
        c[self.n] = fixed_objective
        return c

    def keep(self, c: Floats, most: float) -> None:
        """One more row: the vector `c` may be worth at most this."""
        columns = np.flatnonzero(c)
        self.rows.put(self.rows.block(1, -np.inf, most), columns, c[columns])

    def solve(
        self, c: Floats, seconds: float, bounds: Bounds | None = None, whole: bool = True
    ) -> OptimizeResult:
        """HiGHS on this model; `whole=False` leaves every variable continuous."""
        return milp(
            c,
            constraints=self.rows.constraint(),
            bounds=self.bounds() if bounds is None else bounds,
            integrality=self.integrality() if whole else None,
            options={
                "time_limit": max(seconds, 0.01),
                "mip_rel_gap": 1e-9,
                "presolve": len(c) > MAX_UNPRESOLVED_COLUMNS,
            },
        )

    def shares(self, x: Floats) -> Floats:
        """(L, N) shares of a solution vector."""
        out = np.zeros(self.problem.cost.shape)
        out[self.label, self.offer] = x[self.x]
        return out


def columns_per_label(label: Ints, labels: int) -> Ints:
    """How many columns each label has."""
    return np.bincount(label, minlength=labels)


def solve_compact(problem: Problem, mask: Bools, seconds: float) -> Solution:
    """The compact model over `mask`, its whole numbers fixed and polished by an LP."""
    scale = FINE * _scale(problem, mask)
    model = CompactModel(problem, mask)
    c = model.costs(problem.objective, problem.fixed_objective) / scale
    result = model.solve(c, seconds)
    if result.x is None:
        return Solution("infeasible" if result.status == 2 else "timed_out")
    bound = result.mip_dual_bound if result.mip_dual_bound is not None else result.fun
    shares, replicas, value = polish(model, result.x, c)
    status = "optimal" if result.status == 0 else "feasible"
    lower = value if status == "optimal" else min(float(bound), value)
    if problem.maximise_quality:  # which replicas cost nothing
        replicas = np.minimum(replicas, replicas_for(problem, shares))
    return Solution(status, shares, replicas, value * scale, lower * scale)


def polish(model: CompactModel, x: Floats, c: Floats) -> tuple[Floats, Ints, float]:
    """The LP with the whole numbers fixed; of equal objective the higher quality (or the lower cost)."""
    bounds = model.bounds()
    low, high = np.array(bounds.lb), np.array(bounds.ub)
    for whole in (model.y, model.n, model.z, model.v):
        low[whole] = high[whole] = np.round(x[whole])
    fixed = Bounds(low, high)
    result = model.solve(c, 60.0, fixed, whole=False)
    if result.x is None:  # rounding moved a tight rule: the solver's own point stands
        result.x, result.fun = x, float(c @ x)
    shares = np.clip(model.shares(result.x), 0, 1)
    shares[shares < 1e-9] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    return shares, np.round(result.x[model.n]).astype(np.int64), float(result.fun)


def _scale(problem: Problem, mask: Bools) -> float:
    """What one unit of the solver's objective is worth, so that its absolute tolerances mean something."""
    values = np.abs(problem.objective)
    values = np.where(mask & (values > 0), values, np.inf).min(axis=1)
    typical = float(values[np.isfinite(values)].sum())
    return typical if typical > 0 else 1.0
