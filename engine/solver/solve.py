"""From matrices to an answer: label by label where nothing couples them, else the coupled model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from .branch_and_price.driver import solve_coupled
from .branch_and_price.knapsack import under_one_rule
from .cache import Memory, key_of
from .compile.problem import Coupling, Floats, Problem
from .mixes.closed_form import best_mix, closed_form, crowded, impossible_shares, undominated
from .mixes.columns import Columns
from .mixes.vertices import has_edges, vertices
from .models.compact import together
from .models.highs import NumericalTrouble
from .models.lp import linear, solve_linear
from .solution import Answer
from .tie_breaking import settled
from .tolerances import LINKING_TOL, MAX_TRIPLED_OFFERS, MIN_SECONDS, OPTIMALITY_TOL, USED_SHARE_TOL


def solve(problem: Problem, seconds: float, memory: Memory | None = None) -> Answer:
    """The optimum of the problem, or the best found in `seconds` with a proven bound.

    `memory` is of earlier solves over the same catalogue, in the same order of offers.
    """
    end = perf_counter() + seconds
    answer = found(problem, seconds, memory or Memory())
    return settled(problem, answer, max(end - perf_counter(), MIN_SECONDS))


def found(problem: Problem, seconds: float, memory: Memory) -> Answer:
    """The same with ties as they fall: any one of the best, whose worth is what counts."""
    end = perf_counter() + seconds
    for rule in problem.couplings:
        if (free := _unbudgeted(problem, rule)) is not None:
            return _within(rule, found(free, seconds, memory))
    every = range(len(problem.labels))
    if _unserved(problem) or crowded(problem) or any(impossible_shares(problem, k) for k in every):
        return Answer("infeasible")
    if linear(problem):
        return solve_linear(problem, seconds)
    if problem.max_providers == 1:
        return _at_one(problem, seconds)
    separate = separately(problem, seconds, memory)
    if separate is None:
        return Answer("infeasible")
    if separate.shares is not None and holds(problem, separate.shares):
        return separate
    under = under_one_rule(problem, memory)
    if under is not None and (under.shares is None or holds(problem, under.shares)):
        return under
    try:
        return solve_coupled(problem, max(end - perf_counter(), MIN_SECONDS), memory)
    except NumericalTrouble:
        return _unproven(problem, separate, max(end - perf_counter(), MIN_SECONDS))


def _unproven(problem: Problem, separate: Answer, seconds: float) -> Answer:
    """A plan by the textbook model where the decomposition fails on the figures; the bound is the labels'.

    Raises NumericalTrouble where that fails too, or finds no plan: it may be wrong about that.
    """
    answer = together(problem, problem.eligible, seconds)
    if answer.shares is None:
        raise NumericalTrouble
    least = separate.bound if separate.shares is not None else -np.inf
    return replace(answer, status="feasible", bound=min(least, answer.value))


def _unbudgeted(problem: Problem, rule: Coupling) -> Problem | None:
    """The problem without `rule`, where that is a limit on the very cost that is made least; else None."""
    if rule.path != "limits.budget" or problem.maximise_quality:
        return None
    scale = float(rule.coef.max(initial=0.0))
    unit = float(problem.cost.max(initial=0.0)) / scale if scale > 0 else 0.0
    fixed = np.zeros(len(problem.hosts)) if rule.fixed is None else rule.fixed
    same = np.allclose(rule.coef * unit, problem.cost, rtol=1e-12, atol=0.0)
    if unit <= 0 or not same or not np.allclose(fixed * unit, problem.rent, rtol=1e-12, atol=0.0):
        return None
    return replace(problem, couplings=tuple(other for other in problem.couplings if other is not rule))


def _within(rule: Coupling, answer: Answer) -> Answer:
    """The answer of the problem without a budget under the budget: the least cost keeps it, or none does."""
    if answer.shares is None:
        return answer
    rent = 0.0 if rule.fixed is None or answer.replicas is None else float(rule.fixed @ answer.replicas)
    spent = float((rule.coef * answer.shares).sum()) + rent
    most = rule.limit + LINKING_TOL * max(rule.limit, 1.0)
    if spent <= most:
        return answer
    least = spent * answer.bound / answer.value if answer.value > 0 else spent
    return Answer("infeasible" if answer.status == "optimal" or least > most else "timed_out")


def _unserved(problem: Problem) -> bool:
    """Whether a label has no offer at all, or a pinned one may not serve it."""
    pinned = np.nan_to_num(problem.pin)
    return bool((pinned[~problem.eligible] > 0).any() or not problem.eligible.any(axis=1).all())


def _at_one(problem: Problem, seconds: float) -> Answer:
    """The best at a single provider: each in turn, from the least that their labels come to by themselves."""
    end, least = perf_counter() + seconds, list[tuple[float, int]]()
    for one in np.unique(problem.provider[problem.eligible.any(axis=0)]):
        theirs = _only(problem, int(one))
        apart = None if _unserved(theirs) else separately(theirs, seconds, Memory())
        if apart is not None:
            least.append((apart.bound, int(one)))
    best, late = Answer("infeasible"), False
    for bound, one in sorted(least):
        if bound >= best.value - OPTIMALITY_TOL * abs(best.value):
            break
        answer = found(_only(problem, one), max(end - perf_counter(), 0.05), Memory())
        late = late or answer.status in ("feasible", "timed_out")
        best = answer if answer.value < best.value else best
    if late:
        status = "timed_out" if best.shares is None else "feasible"
        return replace(best, status=status, bound=min(least)[0])
    return best


def _only(problem: Problem, provider: int) -> Problem:
    """The problem with the offers of one provider."""
    eligible = problem.eligible & (problem.provider == provider)
    return replace(problem, eligible=eligible, max_providers=None)


def holds(problem: Problem, shares: Floats) -> bool:
    """Whether shares that meet every label's own rules also meet those that couple the labels."""
    used = np.asarray((shares > USED_SHARE_TOL).any(axis=0))
    if np.any(used[problem.hosts]):
        return False  # replicas are rented for the whole router
    if problem.max_models is not None and len(np.unique(problem.model[used])) > problem.max_models:
        return False
    if problem.max_providers is not None and len(np.unique(problem.provider[used])) > problem.max_providers:
        return False
    return not problem.rules.broken(shares)


def separately(problem: Problem, seconds: float, memory: Memory) -> Answer | None:
    """Each label's own optimum: the bound of everything, and the answer when no rule couples them.

    None where a label has none.
    """
    shares, value, bound = np.zeros(problem.cost.shape), 0.0, 0.0
    for label in range(len(problem.labels)):
        if closed_form(problem, label):
            best = memory.recall("best", key_of(problem, label), partial(best_mix, problem, label))
            if best is None:
                return None
            value, bound, shares[label] = value + best[0], bound + best[0], best[1]
            continue
        answer = _own(problem, label, seconds, memory)
        if answer.shares is None:
            return None if answer.status == "infeasible" else Answer("timed_out")
        value, bound, shares[label] = value + answer.value, bound + answer.bound, answer.shares[0]
    status = "optimal" if bound >= value else "feasible"
    return Answer(status, shares, np.zeros(len(problem.hosts), np.int64), value, bound)


def _best_of(own: Problem, columns: Columns) -> Answer:
    """The best of a label's mixes, all of them listed."""
    if not len(columns):
        return Answer("infeasible")
    best = columns.take(np.array([columns.value.argmin()]))
    value, none = float(best.value[0]), np.zeros(0, np.int64)
    return Answer("optimal", best.mixed(np.ones(1), own.cost.shape), none, value, value)


def _own(problem: Problem, label: int, seconds: float, memory: Memory) -> Answer:
    """One label's optimum where it has no closed form; remembered where it is proven."""
    key = key_of(problem, label)

    def answer() -> Answer:
        own = problem.alone(label)
        if has_edges(own, 0) and len(few := undominated(own, 0)) <= MAX_TRIPLED_OFFERS:
            return _best_of(own, vertices(own, 0, few))
        if linear(own):
            return solve_linear(own, seconds)
        mask = own.eligible.copy()
        if np.isnan(own.pin).all():
            mask[:] = False
            mask[0, undominated(own, 0)] = True
        return together(own, mask, seconds)

    best = memory.recall("own", key, answer)
    if best.status not in ("optimal", "infeasible"):
        del memory.facts["own", key]
    return best
