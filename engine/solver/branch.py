"""The coupled optimum: grow a pool of models until the bound holds, then prove it by reduced costs.

1. The master's LP over the pool's mix columns gives prices; pricing gives a bound over the whole catalogue
   and the models worth adding. Repeat until none is.
2. A plan that uses a column of reduced cost above t costs more than bound + t. So the integer model over all
   columns up to t is the optimum of everything as soon as its value is at most bound + t; else t grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from .compact import Answer
from .coupled import Columns, Coupled
from .master import Master, Relaxed, shares_of
from .price import Bound, bound, column_costs, offer_costs
from .problem import Bools, Coupling, Floats, Ints, Problem

EXACT = 1e-9  # relative distance to the bound that counts as proven
PER_LABEL = 8  # models a label seeds the pool with
GROW = 24  # models added a round
FIRST = 40  # columns a label in the first integer model


@dataclass(frozen=True)
class State:
    """Where the search stands."""

    pool: Bools  # (models,)
    rows: tuple[Coupling, ...]  # coupling rules some plan has broken so far
    shares: Floats | None = None
    value: float = np.inf
    bound: float = -np.inf

    @property
    def proven(self) -> bool:
        """Whether the incumbent is within EXACT of the bound."""
        gap = self.value - self.bound
        return bool(np.isfinite(gap) and gap <= EXACT * max(abs(self.value), 1e-12))

    def better(self, value: float, shares: Floats) -> State:
        """With this plan, if it is better."""
        return replace(self, value=value, shares=shares) if value < self.value else self


def solve_coupled(problem: Problem, seconds: float) -> Answer:
    """The optimum of a problem whose labels are all in closed form and that rents no replicas."""
    end = perf_counter() + seconds
    coupled = Coupled(problem)
    if not np.isfinite(coupled.best.min(axis=1)).all():
        return Answer("infeasible")
    state = State(_seed(coupled), ())
    for _ in range(200):
        state, done = _round(coupled, state, end)
        if done or perf_counter() > end:
            break
    if state.shares is None:
        return Answer("infeasible" if done else "timed_out")
    proven = state.proven or bool(done)
    value = float((problem.objective * state.shares).sum())
    return Answer(
        "optimal" if proven else "feasible",
        state.shares,
        np.zeros(len(problem.hosts), np.int64),
        value,
        value if proven else min(state.bound, value),
    )


def _seed(coupled: Coupled) -> Bools:
    """The models of each label's best mixes, of its skyline, and those good for many labels at once."""
    model, best = coupled.problem.model, coupled.best
    pool = np.zeros(coupled.models, dtype=bool)
    for k in range(coupled.labels):
        near = np.argsort(best[k], kind="stable")[:PER_LABEL]
        pool[model[near[np.isfinite(best[k, near])]]] = True
        sky = coupled.sky[k]
        pool[model[sky[np.argsort(best[k, sky], kind="stable")[:PER_LABEL]]]] = True
    if coupled.problem.max_models is not None:
        least = best.min(axis=1)
        worst = least + 0.2 * np.abs(least).sum()
        regret = np.minimum(best - least[:, None], (worst - least)[:, None]).sum(axis=0)
        pool[model[np.argsort(regret, kind="stable")[:GROW]]] = True
    return pool


def _round(coupled: Coupled, state: State, end: float) -> tuple[State, bool]:
    """One round: solve the LP over the pool, then grow the pool, add broken rules, or prove."""
    rows = list(state.rows)
    pool = [ix[state.pool[coupled.problem.model[ix]]] for ix in coupled.ix]
    columns = coupled.columns(pool, rows, _limit(coupled, state))
    scale = coupled.scale
    lp = Master(coupled, columns, rows).relax(np.full(coupled.labels, 1e3 * scale))
    shares = shares_of(coupled, columns, lp.weight)
    broken = broken_rules(coupled, shares, rows)
    low = bound(coupled, lp.prices, rows, state.pool)
    state = replace(state, bound=max(state.bound, low.value))
    if lp.artificial <= 1e-9 and not broken and _whole(coupled, columns, lp.weight):
        state = state.better(lp.value, shares)
    if state.proven:
        return state, True
    if broken:
        return replace(state, rows=(*rows, *broken)), False
    wanted = _wanted(coupled, low, state.pool, scale)
    if wanted.any():
        return replace(state, pool=state.pool | wanted), False
    if lp.artificial > 1e-7 and state.shares is None and low.value > 50 * scale:
        return state, True  # even the relaxation over the whole catalogue needs what does not exist
    return _prove(coupled, state, columns, lp, low, end=end)


def _limit(coupled: Coupled, state: State) -> Floats | None:
    """(L,) what a label's mix may be worth in a plan better than the incumbent."""
    if not np.isfinite(state.value):
        return None
    least = coupled.best.min(axis=1)
    return np.asarray(least + (state.value - least.sum()) + 1e-6 * abs(state.value))


def _wanted(coupled: Coupled, low: Bound, pool: Bools, scale: float) -> Bools:
    """The models outside the pool whose completed charges say that they could improve the LP."""
    total = low.charge.sum(axis=0)
    most = coupled.problem.max_models
    if most is None:
        value = low.charge.max(axis=0)
        floor = 0.0
    else:
        value = total
        inside = np.sort(np.where(pool, total, 0.0))[::-1]
        floor = float(inside[most - 1]) if most <= len(inside) else 0.0
    eager = ~pool & (value > floor + 1e-7 * scale)
    chosen = np.argsort(np.where(eager, -value, 0.0), kind="stable")[:GROW]
    wanted = np.zeros(len(pool), dtype=bool)
    wanted[chosen] = eager[chosen]
    mates = low.partner[:, wanted]
    wanted[mates[mates >= 0]] = True
    return wanted & ~pool


def _prove(
    coupled: Coupled, state: State, columns: Columns, lp: Relaxed, low: Bound, *, end: float
) -> tuple[State, bool]:
    """Integer models over all columns of reduced cost up to a growing radius, until the bound meets one."""
    tiny = 1e-9 * coupled.scale
    costs = np.sort(column_costs(coupled, columns, lp.prices, low, state.rows))
    first = float(costs[min(FIRST * coupled.labels, len(costs) - 1)])
    radius = min(max(first, 1e-3 * coupled.scale), state.value - low.value)
    near = _Near(coupled, lp, low)
    while perf_counter() < end:
        chosen, every = near.columns(radius + tiny, state, _limit(coupled, state))
        solved = True
        if len(np.unique(chosen.label)) == coupled.labels:
            result = Master(coupled, chosen, list(state.rows)).whole(end - perf_counter())
            solved = result.status in (0, 2)
            if result.x is not None:
                shares = shares_of(coupled, chosen, result.x[: len(chosen.value)])
                broken = broken_rules(coupled, shares, state.rows)
                if broken:
                    return replace(state, rows=(*state.rows, *broken)), False
                state = state.better(float((coupled.value * shares).sum()), shares)
        if solved and (every or state.value <= low.value + radius + tiny):
            return replace(state, bound=state.value), True
        if solved:
            state = replace(state, bound=max(state.bound, min(state.value, low.value + radius)))
        radius = min(2.5 * radius, state.value - low.value)
    return state, False


class _Near:
    """The mix columns within a radius of the bound, out of the whole catalogue."""

    def __init__(self, coupled: Coupled, lp: Relaxed, low: Bound) -> None:
        self.coupled, self.prices, self.low = coupled, lp.prices, low
        self.offers = offer_costs(coupled, lp.prices, low)
        most = coupled.problem.max_models
        charges = low.charge.sum(axis=0)
        # A plan that uses model m gives up one of the max_models dearest charges for m's own.
        last = -np.inf if most is None else float(np.sort(charges)[-most:][0])
        self.models = np.maximum(0.0, last - charges)

    def columns(self, radius: float, state: State, limit: Floats | None) -> tuple[Columns, bool]:
        """(columns of reduced cost at most `radius`, whether these are all columns there are)."""
        c, model = self.coupled, self.coupled.problem.model
        near = (self.offers <= radius) & (self.models[model] <= radius)
        pool = [np.flatnonzero(row) for row in near]
        columns = c.columns(pool, state.rows, limit)
        costs = column_costs(c, columns, self.prices, self.low, state.rows)
        keep = _both_ends(columns, costs, radius)
        reach = np.isfinite(c.best) & c.problem.eligible
        every = bool((near | ~reach).all()) and len(keep) == len(columns.value)
        return columns.take(keep), every


def _both_ends(columns: Columns, costs: Floats, most: float) -> Ints:
    """The columns of every pair that has an end point of reduced cost at most `most`."""
    _, of = np.unique(columns.pair, return_inverse=True)
    least = np.full(int(of.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, of, costs)
    return np.flatnonzero(least[of] <= most)


def _whole(coupled: Coupled, columns: Columns, weight: Floats) -> bool:
    """Whether LP weights already are a plan: one pair a label, few enough models and providers."""
    k = np.flatnonzero(weight > 1e-7)
    if len(np.unique(columns.pair[k])) > coupled.labels:
        return False
    p = coupled.problem
    used = np.unique(np.concatenate([columns.a[k], columns.b[k]]))
    few = p.max_models is None or len(np.unique(p.model[used])) <= p.max_models
    return few and (p.max_providers is None or len(np.unique(p.provider[used])) <= p.max_providers)


def broken_rules(coupled: Coupled, shares: Floats, have: Sequence[Coupling]) -> list[Coupling]:
    """The coupling rules, not in force yet, that these shares break."""
    known = {id(row) for row in have}
    return [
        row
        for row in coupled.problem.couplings
        if id(row) not in known
        and float((row.coef * shares[:, row.offers]).sum()) > row.limit + 1e-9 * max(1.0, abs(row.limit))
    ]
