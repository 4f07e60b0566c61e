"""The coupled optimum: grow a pool of models until the bound holds, then prove it by reduced costs.

1. The master's LP over the pool's mix columns gives prices; pricing gives a bound over the whole catalogue
   and the models worth adding. Repeat until none is.
2. Integer models over what reduced costs leave give the optimum and prove it: see prove.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from ..cache import Memory, named
from ..compile.problem import Bools, Problem
from ..models.scaling import better_proven, compressed, extreme, priced_anew, suits
from ..solution import Answer
from ..tolerances import MAX_CARRIED_MODELS, MAX_RESCALES
from .decomposition import Coupled, State, is_plan, meets, pool_columns, worth_limit
from .master import relaxed
from .pricing import Bound, bound, tempting
from .proof import adapted, prove

PER_LABEL = 6  # models a label seeds the pool with
GROW = 16  # models added a round


def solve_coupled(problem: Problem, seconds: float, memory: Memory) -> Answer:
    """The optimum of a problem whose labels have a mix each, when nothing couples them.

    Where what offers cost differs by many powers of ten, the scale that is guessed before any plan is known
    may hide the optimum within the solver's tolerances: then it is solved again on the scale of the plan
    found, out of the offers that a better plan may use.
    """
    end = perf_counter() + seconds
    coupled = Coupled(problem, memory)
    if not np.isfinite(coupled.best.min(axis=1)).all():
        return Answer("infeasible")
    answer = _searched(coupled, memory, end)
    if problem.maximise_quality or answer.status not in ("optimal", "infeasible"):
        return answer
    if answer.shares is None:
        if not extreme(problem):
            return answer
        answer = priced_anew(problem, _searched(Coupled(compressed(problem), memory), Memory(), end))
    for _ in range(MAX_RESCALES):
        if answer.shares is None or suits(coupled.scale, answer.value):
            break
        least = coupled.best.min(axis=1)
        limit = least + max(answer.value - least.sum(), 0.0) + 1e-6 * answer.value
        eligible = problem.eligible & ((coupled.best <= limit[:, None]) | (problem.pin > 0))
        coupled = Coupled(replace(problem, eligible=eligible), memory, answer.value)
        again = _searched(coupled, Memory(), end)
        best = better_proven(answer, again, float(least.sum()))
        if best is not again:
            return best
        answer = again
    return answer


def _searched(coupled: Coupled, memory: Memory, end: float) -> Answer:
    """The optimum at the coupled problem's scale."""
    problem = coupled.full
    if not np.isfinite(coupled.best.min(axis=1)).all():
        return Answer("infeasible")
    state = _start(coupled, memory, end)
    for _ in range(200):
        start = perf_counter()
        state, done = _round(coupled, state, end)
        now = perf_counter()
        if done or 2 * now - start > end:  # another round like this one would be too late
            break
    memory.pool, memory.shares = state.pool, state.shares
    memory.rules = frozenset(named(rule) for rule in state.rows)
    if state.shares is None:
        return Answer("infeasible" if done else "timed_out")
    proven = state.proven or bool(done)
    none = np.zeros(len(problem.hosts), np.int64)
    return Answer(
        "optimal" if proven else "feasible",
        state.shares,
        none if state.replicas is None else state.replicas,
        state.value,
        state.value if proven else min(state.bound, state.value),
    )


def _start(coupled: Coupled, memory: Memory, end: float) -> State:
    """The seed, and what the last search has found out that still holds."""
    pool = _seed(coupled)
    if memory.pool is not None and memory.pool.sum() <= MAX_CARRIED_MODELS:
        pool |= memory.pool
    paths = {path for path, _ in memory.rules}
    rules = [rule for rule in (*coupled.rules.wide, *coupled.rules.single) if rule.path in paths]
    state = State(pool, tuple(rule for rule in rules if named(rule) in memory.rules))
    old = memory.shares
    if old is None or old.shape != coupled.value.shape:
        return state
    if meets(coupled.full, old):
        return state.better(float((coupled.full.objective * old).sum()), old)
    return state if coupled.bounding else adapted(coupled, state, old, end)


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
    columns = pool_columns(coupled, state)
    scale = coupled.scale
    lp = relaxed(coupled, columns, rows, state.big * scale)
    shares = columns.mixed(lp.weight, coupled.value.shape)
    broken = coupled.rules.broken(shares, rows)
    if better := tempting(coupled, lp.prices, rows, state.pool):
        return replace(state, triples=(*state.triples, *better)), False
    if broken:
        return replace(state, rows=(*rows, *broken)), False
    low = bound(coupled, lp.prices, rows, state.pool, worth_limit(coupled, state))
    state = replace(state, bound=max(state.bound, low.value))
    if lp.artificial <= 1e-9 and is_plan(coupled.full, shares):
        state = state.better(lp.value, shares)
    if state.proven:
        return state, True
    wanted = _wanted(coupled, low, state.pool, scale)
    if wanted.any():
        return replace(state, pool=state.pool | wanted), False
    if lp.artificial > 1e-7 and state.shares is None and low.value > 50 * scale:
        # The relaxation wants what does not exist: it is the last resort only where it is dear enough.
        worst = float(np.where(coupled.problem.eligible, coupled.value, -np.inf).max(axis=1).sum())
        if low.value > worst:
            return state, True
        if state.big * scale < 1e3 * worst:
            return replace(state, big=1e3 * worst / scale), False
    return prove(coupled, state, lp, low, end)


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
