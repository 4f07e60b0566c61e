"""The coupled optimum: grow a pool of models until the bound holds, then prove it by reduced costs.

1. The master's LP over the pool's mix columns gives prices; pricing gives a bound over the whole catalogue
   and the models worth adding. Repeat until none is.
2. Integer models over what reduced costs leave give the optimum and prove it: see prove.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from ...domain.solver_status import SolverStatus
from ..cache import SolveCache, constraint_key
from ..compile.problem import Bools, Problem
from ..models.lp import better_proven, compressed, extreme, priced_anew, suits
from ..solution import Solution
from ..tolerances import ARTIFICIAL_TOL, BOUND_TOL, CHARGE_TOL, MAX_CARRIED_MODELS, MAX_RESCALES, SHARE_TOL
from .decomposition import (
    Decomposition,
    SearchState,
    is_feasible_plan,
    meets_integer_rules,
    pool_columns,
    value_limit,
)
from .master import solve_master
from .pricing import LagrangianBound, lagrangian_bound, price_triples
from .proof import adapt_incumbent, prove

PER_LABEL = 6  # models a label seeds the pool with
GROW = 16  # models added a round


def branch_and_price(problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    """The optimum of a problem whose labels have a mix each, when nothing couples them.

    Where what offers cost differs by many powers of ten, the scale that is guessed before any plan is known
    may hide the optimum within the solver's tolerances: then it is solved again on the scale of the plan
    found, out of the offers that a better plan may use.
    """
    end = perf_counter() + seconds
    coupled = Decomposition(problem, cache)
    if not np.isfinite(coupled.best.min(axis=1)).all():
        return Solution(SolverStatus.INFEASIBLE)
    answer = _searched(coupled, cache, end)
    if problem.maximise_quality or not answer.status.proven:
        return answer
    if answer.shares is None:
        if not extreme(problem):
            return answer
        answer = priced_anew(problem, _searched(Decomposition(compressed(problem), cache), SolveCache(), end))
    for _ in range(MAX_RESCALES):
        if answer.shares is None or suits(coupled.scale, answer.value):
            break
        least = coupled.best.min(axis=1)
        limit = least + max(answer.value - least.sum(), 0.0) + BOUND_TOL * answer.value
        eligible = problem.eligible & ((coupled.best <= limit[:, None]) | (problem.pin > 0))
        coupled = Decomposition(replace(problem, eligible=eligible), cache, answer.value)
        again = _searched(coupled, SolveCache(), end)
        best = better_proven(answer, again, float(least.sum()))
        if best is not again:
            return best
        answer = again
    return answer


def _searched(coupled: Decomposition, cache: SolveCache, end: float) -> Solution:
    """The optimum at the coupled problem's scale."""
    problem = coupled.full
    if not np.isfinite(coupled.best.min(axis=1)).all():
        return Solution(SolverStatus.INFEASIBLE)
    state = _start(coupled, cache, end)
    for _ in range(200):
        start = perf_counter()
        state, done = _round(coupled, state, end)
        now = perf_counter()
        if done or state.stalled or 2 * now - start > end:  # another round like this one would be too late
            break
    cache.pool, cache.shares = state.pool, state.shares
    cache.rules = frozenset(constraint_key(rule) for rule in state.rows)
    if state.shares is None:
        return Solution(SolverStatus.INFEASIBLE if done else SolverStatus.TIMED_OUT)
    proven = state.proven or bool(done)
    none = np.zeros(len(problem.hosts), np.int64)
    return Solution(
        SolverStatus.OPTIMAL if proven else SolverStatus.FEASIBLE,
        state.shares,
        none if state.replicas is None else state.replicas,
        state.value,
        state.value if proven else min(state.bound, state.value),
    )


def _start(coupled: Decomposition, cache: SolveCache, end: float) -> SearchState:
    """The seed, and what the last search has found out that still holds."""
    pool = _seed(coupled)
    if cache.pool is not None and cache.pool.sum() <= MAX_CARRIED_MODELS:
        pool |= cache.pool
    paths = {path for path, _ in cache.rules}
    rules = [rule for rule in (*coupled.linking.wide, *coupled.linking.single) if rule.path in paths]
    state = SearchState(pool, tuple(rule for rule in rules if constraint_key(rule) in cache.rules))
    old = cache.shares
    if old is None or old.shape != coupled.value.shape:
        return state
    if is_feasible_plan(coupled.full, old):
        return state.better(float((coupled.full.objective * old).sum()), old)
    return state if coupled.bounding else adapt_incumbent(coupled, state, old, end)


def _seed(coupled: Decomposition) -> Bools:
    """The models of each label's best mixes, of its skyline, and those good for many labels at once."""
    model, best = coupled.problem.model, coupled.best
    pool = np.zeros(coupled.models, dtype=bool)
    for k in range(coupled.labels):
        cheapest = np.argsort(best[k], kind="stable")[:PER_LABEL]
        pool[model[cheapest[np.isfinite(best[k, cheapest])]]] = True
        sky = coupled.sky[k]
        pool[model[sky[np.argsort(best[k, sky], kind="stable")[:PER_LABEL]]]] = True
    if coupled.problem.max_models is not None:
        least = best.min(axis=1)
        worst = least + 0.2 * np.abs(least).sum()
        regret = np.minimum(best - least[:, None], (worst - least)[:, None]).sum(axis=0)
        pool[model[np.argsort(regret, kind="stable")[:GROW]]] = True
    return pool


def _round(coupled: Decomposition, state: SearchState, end: float) -> tuple[SearchState, bool]:
    """One round: solve the LP over the pool, then grow the pool, add broken rules, or prove."""
    rows = list(state.rows)
    columns = pool_columns(coupled, state)
    scale = coupled.scale
    lp = solve_master(coupled, columns, rows, state.big * scale)
    shares = columns.mixed(lp.weight, coupled.value.shape)
    broken = coupled.linking.violated(shares, rows)
    if better := price_triples(coupled, lp.prices, rows, state.pool):
        return replace(state, triples=(*state.triples, *better)), False
    if broken:
        return replace(state, rows=(*rows, *broken)), False
    low = lagrangian_bound(coupled, lp.prices, rows, state.pool, value_limit(coupled, state))
    state = replace(state, bound=max(state.bound, low.value))
    if lp.artificial <= SHARE_TOL and meets_integer_rules(coupled.full, shares):
        state = state.better(lp.value, shares)
    if state.proven:
        return state, True
    wanted = _wanted(coupled, low, state.pool, scale)
    if wanted.any():
        return replace(state, pool=state.pool | wanted), False
    if lp.artificial > ARTIFICIAL_TOL and state.shares is None and low.value > 50 * scale:
        # The relaxation wants what does not exist: it is the last resort only where it is dear enough.
        worst = float(np.where(coupled.problem.eligible, coupled.value, -np.inf).max(axis=1).sum())
        if low.value > worst:
            return state, True
        if state.big * scale < 1e3 * worst:
            return replace(state, big=1e3 * worst / scale), False
    return prove(coupled, state, lp, low, end)


def _wanted(coupled: Decomposition, low: LagrangianBound, pool: Bools, scale: float) -> Bools:
    """The models outside the pool whose completed charges say that they could improve the LP."""
    total = low.charge.sum(axis=0)
    max_models = coupled.problem.max_models
    if max_models is None:
        value = low.charge.max(axis=0)
        floor = 0.0
    else:
        value = total
        inside = np.sort(np.where(pool, total, 0.0))[::-1]
        floor = float(inside[max_models - 1]) if max_models <= len(inside) else 0.0
    eager = ~pool & (value > floor + CHARGE_TOL * scale)
    chosen = np.argsort(np.where(eager, -value, 0.0), kind="stable")[:GROW]
    wanted = np.zeros(len(pool), dtype=bool)
    wanted[chosen] = eager[chosen]
    mates = low.partner[:, wanted]
    wanted[mates[mates >= 0]] = True
    return wanted & ~pool
