"""The textbook model on any subset of the columns.

Shares x, use y, replicas n, models z, providers v, units of subscriptions u.

Strong links: all of a label's shares at one model add up to at most that model's z, likewise providers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...domain.solver_status import SolverStatus
from ..compile.problem import Bools, Floats, Ints, Problem, SubscriptionTerms
from ..solution import Solution, replicas_for
from ..tolerances import DEFAULT_SECONDS, MAX_UNPRESOLVED_COLUMNS, OBJECTIVE_UNIT, OPTIMALITY_TOL, SHARE_TOL
from .builder import ModelBuilder, ModelSolution, NumericalTrouble

Bounds = tuple[Floats, Floats]


class SubscriptionColumns:
    """Columns and rows of units `u` (P,) of each subscription, and the part of each share that it covers.

    Pairs are (`label`, `offer`), what all cover of one is at most its share `x` (n,). `parts` are (places of
    the pairs, columns) of each subscription; `money` (columns, USD a month).
    """

    def __init__(
        self,
        builder: ModelBuilder,
        subscriptions: Sequence[SubscriptionTerms],
        label: Ints,
        offer: Ints,
        x: Ints,
    ) -> None:
        self.builder = builder
        self.u = np.zeros(0, dtype=np.int64)
        self.parts: list[tuple[Ints, Ints]] = []
        self.rows: list[int] = []  # of the allowances; -1: unlimited
        columns, money = [np.zeros(0, np.int64)], [np.zeros(0)]
        for terms in subscriptions:
            cells = terms.cells(label, offer)
            use = terms.of(terms.use, label[cells], offer[cells])
            unit = builder.add_columns(1, terms.min_units, _max_units(terms, label[cells], use), integer=True)
            covered = builder.add_columns(len(cells))
            self.rows.append(-1)
            if not terms.unlimited:
                row = builder.add_rows(1, -np.inf, 0.0)
                builder.add_entries(row, covered, use)
                builder.add_entries(row, unit, -1.0)
                self.rows[-1] = int(row[0])
            columns += [unit, covered]
            money += [np.array([terms.fee]), -terms.of(terms.saves, label[cells], offer[cells])]
            self.u = np.concatenate([self.u, unit])
            self.parts.append((cells, covered))
        self.money = np.concatenate(columns), np.concatenate(money)
        self._limit_to_shares(x)

    def _limit_to_shares(self, x: Ints) -> None:
        """A request is covered by at most one plan."""
        cells = np.unique(np.concatenate([places for places, _ in self.parts])) if self.parts else self.u
        rows = self.builder.add_rows(len(cells), -np.inf, 0.0)
        self.builder.add_entries(rows, x[cells], -1.0)
        for places, covered in self.parts:
            self.builder.add_entries(rows[np.searchsorted(cells, places)], covered, 1.0)

    def add_money(self, row: Ints, factor: float) -> None:
        """Lets the units' fees, less the list cost of what they cover, count in a row, times `factor`."""
        columns, money = self.money
        self.builder.add_entries(row, columns, factor * money)


def _max_units(terms: SubscriptionTerms, label: Ints, use: Floats) -> float:
    """As many units as all labels can use up: a limit that takes no plan away."""
    if terms.unlimited:
        return terms.min_units
    max_units = np.zeros(int(label.max(initial=-1)) + 1)
    np.maximum.at(max_units, label, use)
    return float(max(min(terms.max_units, np.ceil(max_units.sum())), terms.min_units))


class CompactModel:
    """The model over the columns in `mask` (L, N); `count` has a use y for every share, needed or not.

    `label`, `offer` (n,) say what the shares `x` (n,) are of; y, n, z, v, u are column indices like x.
    """

    def __init__(self, problem: Problem, mask: Bools, *, count: bool = False) -> None:
        self.problem, self.builder = problem, ModelBuilder()
        self.label, self.offer = np.nonzero(mask)
        self._add_columns(count)
        self.subscriptions = SubscriptionColumns(
            self.builder, problem.subscriptions, self.label, self.offer, self.x
        )
        self.u = self.subscriptions.u
        first = self.builder.height
        self._limit_mixes()
        self._limit_uses()
        self.own_rows = np.arange(first, self.builder.height)  # a label's own rules
        self._limit_count(problem.model, self.z, self._models, problem.max_models)
        self._limit_count(problem.provider, self.v, self._providers, problem.max_providers)
        self._link_labels()

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.builder.width

    @property
    def wholes(self) -> Ints:
        """Indices of the columns that are whole numbers."""
        return np.concatenate([self.y, self.n, self.z, self.v, self.u])

    def _add_columns(self, count: bool) -> None:
        p, builder = self.problem, self.builder
        none = np.zeros(0, np.int64)
        pin = p.pin[self.label, self.offer]
        free = np.isnan(pin)
        self.x = builder.add_columns(len(self.label), np.where(free, 0.0, pin), np.where(free, 1.0, pin))
        counted = (p.max_offers < np.bincount(self.label, minlength=len(p.labels))) | (p.min_share > 0)
        counted |= (p.min_providers > 1) | count
        self._used = np.flatnonzero(counted[self.label])  # the shares that have a y
        self.y = builder.add_columns(len(self._used), integer=True)
        self.n = builder.add_columns(len(p.hosts), 0.0, np.inf, integer=True)
        self._models = np.unique(p.model[self.offer]) if p.max_models is not None else none
        self.z = builder.add_columns(len(self._models), integer=True)
        self._providers = np.unique(p.provider[self.offer]) if p.max_providers is not None else none
        self.v = builder.add_columns(len(self._providers), integer=True)

    def _limit_mixes(self) -> None:
        """Every label's shares add up to 1 and keep its quality and lateness."""
        p, builder = self.problem, self.builder
        labels = len(p.labels)
        builder.add_entries(builder.add_rows(labels, 1.0, 1.0)[self.label], self.x, 1.0)
        if np.isfinite(p.min_quality).any():
            rows = builder.add_rows(labels, p.min_quality, np.inf)
            ruled = np.isfinite(p.min_quality[self.label])
            label, offer = self.label[ruled], self.offer[ruled]
            builder.add_entries(rows[label], self.x[ruled], p.quality[label, offer])
        if np.isfinite(p.max_late).any():
            rows = builder.add_rows(labels, -np.inf, np.where(np.isfinite(p.max_late), 1.0, np.inf))
            # Relative to the limit: HiGHS tolerates 1e-6 too much.
            late = p.late[self.label, self.offer] / p.max_late[self.label]
            builder.add_entries(rows[self.label], self.x, late)

    def _limit_uses(self) -> None:
        """x <= y, x >= min_share*y, at most max_offers y, enough providers among the y."""
        p, builder, used = self.problem, self.builder, self._used
        if not len(used):
            return
        label, offer = self.label[used], self.offer[used]
        rows = builder.add_rows(len(used), -np.inf, 0.0)
        builder.add_entries(rows, used, 1.0)
        builder.add_entries(rows, self.y, -1.0)
        rows = builder.add_rows(len(used), -np.inf, 0.0)
        builder.add_entries(rows, used, -1.0)
        builder.add_entries(rows, self.y, p.min_share[label])
        rows = builder.add_rows(len(p.labels), -np.inf, p.max_offers.astype(float))
        builder.add_entries(rows[label], self.y, 1.0)
        spread = p.min_providers[label] > 1
        if not spread.any():
            return
        codes = int(p.provider.max(initial=0)) + 1
        pairs, pair = np.unique(label[spread] * codes + p.provider[offer[spread]], return_inverse=True)
        serves = builder.add_columns(len(pairs))  # whether the provider carries some of the label
        rows = builder.add_rows(len(pairs), -np.inf, 0.0)
        builder.add_entries(rows[pair], self.y[spread], -1.0)
        builder.add_entries(rows, serves, 1.0)
        least = np.where(p.min_providers > 1, p.min_providers, -np.inf)
        builder.add_entries(builder.add_rows(len(p.labels), least, np.inf)[pairs // codes], serves, 1.0)

    def _limit_count(self, codes: Ints, columns: Ints, names: Ints, limit: int | None) -> None:
        """At most `limit` models (or providers) in use."""
        if limit is None:
            return
        builder = self.builder
        code = np.searchsorted(names, codes[self.offer])
        links, link = np.unique(self.label * len(names) + code, return_inverse=True)
        rows = builder.add_rows(len(links), -np.inf, 0.0)
        builder.add_entries(rows[link], self.x, 1.0)
        builder.add_entries(rows, columns[links % len(names)], -1.0)
        builder.add_entries(builder.add_rows(1, -np.inf, float(limit)), columns, 1.0)

    def _link_labels(self) -> None:
        used = np.isin(np.arange(len(self.problem.offers)), self.offer)
        for rule in self.problem.linking:
            if rule.is_redundant(used):
                continue
            coef = rule.coefficients(self.label, self.offer)
            nonzero = np.flatnonzero(coef)
            row = self.builder.add_rows(1, -np.inf, rule.limit)
            self.builder.add_entries(row, nonzero, coef[nonzero])
            if rule.replica_of >= 0:
                self.builder.add_entries(row, self.n[rule.replica_of], -1.0)
            if rule.fixed_coef is not None and len(self.n):
                self.builder.add_entries(row, self.n, rule.fixed_coef)
            if rule.usd:
                self.subscriptions.add_money(row, 1 / rule.usd)

    def costs(self, objective: Floats, fixed_objective: Floats, usd: float = 0.0) -> Floats:
        """(width,) the objective from (L, N) coefficients of shares, (H,) of replicas, and of USD for
        subscriptions.
        """
        cost = np.zeros(self.width)
        cost[self.x] = objective[self.label, self.offer]
        cost[self.n] = fixed_objective
        columns, money = self.subscriptions.money
        cost[columns] = usd * money
        return cost

    def keep(self, cost: Floats, cap: float) -> None:
        """One more row: `cost` (width,) may be worth at most this."""
        columns = np.flatnonzero(cost)
        self.builder.add_entries(self.builder.add_rows(1, -np.inf, cap), columns, cost[columns])

    def solve(
        self, cost: Floats, seconds: float, bounds: Bounds | None = None, *, relax: bool = False
    ) -> ModelSolution:
        """The least `cost` (width,); `relax` leaves every column continuous. Raises NumericalTrouble."""
        presolve = len(cost) > MAX_UNPRESOLVED_COLUMNS
        return self.builder.solve_milp(
            cost, seconds, OPTIMALITY_TOL, bounds=bounds, presolve=presolve, relax=relax
        )

    def unused(self, x: Floats) -> Bools:
        """(n,) the shares whose use, model or provider is not in use at these columns (width,)."""
        off = np.zeros(len(self.x), dtype=bool)
        off[self._used] = x[self.y] < 0.5
        for codes, columns, names in (
            (self.problem.model, self.z, self._models),
            (self.problem.provider, self.v, self._providers),
        ):
            if len(names):
                off |= x[columns][np.searchsorted(names, codes[self.offer])] < 0.5
        return off

    def shares(self, x: Floats) -> Floats:
        """(L, N) shares of a solution's columns (width,)."""
        shares = np.zeros(self.problem.cost.shape)
        shares[self.label, self.offer] = x[self.x]
        return shares


def solve_compact(problem: Problem, mask: Bools, seconds: float) -> Solution:
    """The optimum over the columns in `mask` (L, N), its whole numbers fixed and polished by an LP.

    Raises NumericalTrouble.
    """
    scale = OBJECTIVE_UNIT * _scale(problem, mask)
    model = CompactModel(problem, mask)
    cost = model.costs(problem.objective, problem.fixed_objective, problem.usd_objective) / scale
    optimum = model.solve(cost, seconds)
    if optimum.x is None:
        return Solution(optimum.status)
    bound = optimum.objective if optimum.bound is None else optimum.bound
    shares, replicas, objective = polish(model, optimum.x, cost)
    bound = objective if optimum.status == SolverStatus.OPTIMAL else min(bound, objective)
    if problem.maximise_quality:  # which replicas cost nothing
        replicas = np.minimum(replicas, replicas_for(problem, shares))
    return Solution(optimum.status, shares, replicas, objective * scale, bound * scale)


def polish(model: CompactModel, x: Floats, cost: Floats) -> tuple[Floats, Ints, float]:
    """(L, N) shares, (H,) replicas and the objective of the LP that the whole numbers in `x` leave."""
    low, high = model.builder.bounds()
    low[model.wholes] = high[model.wholes] = np.round(x[model.wholes])
    # A row would let a share through that the solver's tolerance is no larger than.
    unused = model.x[model.unused(high)]
    high[unused] = low[unused]
    try:
        polished = model.solve(cost, DEFAULT_SECONDS, (low, high), relax=True)
    except NumericalTrouble:
        polished = ModelSolution(SolverStatus.TIMED_OUT)
    objective = polished.objective
    if polished.x is None:  # rounding moved a tight rule, or by too little: the solver's own point stands
        objective = float(cost @ x)
    else:
        x = polished.x
    shares = np.clip(model.shares(x), 0, 1)
    shares[shares < SHARE_TOL] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    return shares, np.round(x[model.n]).astype(np.int64), objective


def _scale(problem: Problem, mask: Bools) -> float:
    """What one unit of the solver's objective is worth, so that its absolute tolerances mean something."""
    cheapest = np.abs(problem.objective)
    cheapest = np.where(mask & (cheapest > 0), cheapest, np.inf).min(axis=1)
    return float(cheapest[np.isfinite(cheapest)].sum()) or 1.0
