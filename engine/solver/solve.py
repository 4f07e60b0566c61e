"""From matrices to an answer: label by label where nothing couples them, else the coupled model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from ..domain.solver_status import SolverStatus
from .branch_and_price.driver import branch_and_price
from .branch_and_price.knapsack import solve_knapsack
from .cache import SolveCache, label_key
from .compile.problem import Floats, LinkingConstraint, Problem
from .facility_location import solve_at_few_models, solve_at_few_providers
from .mixes.closed_form import (
    best_mix,
    has_closed_form,
    impossible_shares,
    provider_share_infeasible,
    undominated,
)
from .mixes.columns import Columns
from .mixes.vertices import has_edges, has_two_rules, vertices
from .models.builder import NumericalTrouble
from .models.compact import solve_compact
from .models.lp import is_linear, solve_linear
from .solution import Solution
from .subscription_search import solve_with_subscriptions
from .tie_breaking import break_ties
from .tolerances import (
    LINKING_TOL,
    MAX_PRICED_OFFERS,
    MAX_TRIPLED_OFFERS,
    MIN_SECONDS,
    OPTIMALITY_TOL,
    QUICK_SECONDS,
    ROUNDING_TOL,
    USED_SHARE_TOL,
)


def solve(problem: Problem, seconds: float, cache: SolveCache | None = None) -> Solution:
    """The optimum of the problem, or the best found in `seconds` with a proven bound; ties broken.

    `cache` is of earlier solves over the same catalogue, in the same order of offers.
    """
    end, cache = perf_counter() + seconds, cache or SolveCache()
    cache.make_room(len(problem.offers))

    def answer() -> Solution:
        optimum = solve_without_tie_breaking(problem, seconds, cache)
        return break_ties(problem, optimum, max(end - perf_counter(), MIN_SECONDS))

    return cache.solved_once("ties broken", problem, answer)


def solve_without_tie_breaking(problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    """The same with ties as they fall: any one of the best, whose worth is what counts."""
    return cache.solved_once("optimum", problem, partial(_optimum, problem, seconds, cache))


def _optimum(problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    end = perf_counter() + seconds
    for rule in () if problem.subscriptions else problem.linking:
        if (free := _unbudgeted(problem, rule)) is not None:
            return _within(rule, solve_without_tie_breaking(free, seconds, cache))
    restricted = np.flatnonzero(~np.isnan(problem.pin).all(axis=1) | (problem.min_providers > 1))
    if (
        _unserved(problem)
        or provider_share_infeasible(problem)
        or any(impossible_shares(problem, k) for k in restricted.tolist())
    ):
        return Solution(SolverStatus.INFEASIBLE)
    if problem.subscriptions:
        return solve_with_subscriptions(problem, max(end - perf_counter(), MIN_SECONDS))
    if is_linear(problem):
        return solve_linear(problem, seconds)
    if problem.max_providers == 1:
        return _at_one(problem, seconds)
    separate = solve_separately(problem, seconds, cache)
    if separate is None:
        return Solution(SolverStatus.INFEASIBLE)
    if separate.shares is not None and meets_linking(problem, separate.shares):
        return separate
    under = solve_knapsack(problem, cache)
    if under is not None and (under.shares is None or meets_linking(problem, under.shares)):
        return under
    try:
        return _coupled(problem, max(end - perf_counter(), MIN_SECONDS), cache)
    except NumericalTrouble:
        return _unproven(problem, separate, max(end - perf_counter(), MIN_SECONDS))


def _coupled(problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    """The optimum of labels that rules couple: by their mixes; where providers are counted and that is not
    done in no time, by the providers in use; by the models in use where mixes of three are too many."""
    end, many = perf_counter() + seconds, _many_triples(problem)
    few = solve_at_few_providers if problem.max_providers is not None else solve_at_few_models
    if problem.max_providers is None and (problem.max_models is None or not many):
        return branch_and_price(problem, seconds, cache)
    if many:
        return few(problem, seconds, _solve_subset)
    quick = branch_and_price(problem, min(QUICK_SECONDS, seconds / 4), cache)
    if quick.status.proven:
        return quick
    first = few(problem, (end - perf_counter()) / 2, _solve_subset)
    if first.status.proven:
        return first
    second = branch_and_price(problem, max(end - perf_counter(), MIN_SECONDS), cache)
    if second.status.proven:
        return second
    better = first if first.value <= second.value else second
    return replace(better, bound=max(first.bound, second.bound))


def _many_triples(problem: Problem) -> bool:
    """Whether a label of any number of offers has two rules on its mix, and many offers."""
    return any(
        not has_closed_form(problem, label)
        and has_two_rules(problem, label)
        and problem.eligible[label].sum() > MAX_PRICED_OFFERS
        for label in range(len(problem.labels))
    )


def _solve_subset(problem: Problem, seconds: float) -> Solution:
    return solve_without_tie_breaking(problem, seconds, SolveCache())


def _unproven(problem: Problem, separate: Solution, seconds: float) -> Solution:
    """A plan by the textbook model where the decomposition fails on the figures; the bound is the labels'.

    Raises NumericalTrouble where that fails too, or finds no plan: it may be wrong about that.
    """
    answer = solve_compact(problem, problem.eligible, seconds)
    if answer.shares is None:
        raise NumericalTrouble
    least = separate.bound if separate.shares is not None else -np.inf
    return replace(answer, status=SolverStatus.FEASIBLE, bound=min(least, answer.value))


def _unbudgeted(problem: Problem, rule: LinkingConstraint) -> Problem | None:
    """The problem without `rule`, where that is a limit on the very cost that is made least; else None."""
    if rule.path != "limits.budget" or problem.maximise_quality:
        return None
    scale = float(rule.coef.max(initial=0.0))
    unit = float(problem.cost.max(initial=0.0)) / scale if scale > 0 else 0.0
    fixed = np.zeros(len(problem.hosts)) if rule.fixed_coef is None else rule.fixed_coef
    same = np.allclose(rule.coef * unit, problem.cost, rtol=ROUNDING_TOL, atol=0.0)
    if (
        unit <= 0
        or not same
        or not np.allclose(fixed * unit, problem.fixed_cost, rtol=ROUNDING_TOL, atol=0.0)
    ):
        return None
    return replace(problem, linking=tuple(other for other in problem.linking if other is not rule))


def _within(rule: LinkingConstraint, answer: Solution) -> Solution:
    """The answer of the problem without a budget under the budget: the least cost keeps it, or none does."""
    if answer.shares is None:
        return answer
    rent = (
        0.0
        if rule.fixed_coef is None or answer.replicas is None
        else float(rule.fixed_coef @ answer.replicas)
    )
    spent = float((rule.coef * answer.shares).sum()) + rent
    limit = rule.limit + LINKING_TOL * max(rule.limit, 1.0)
    if spent <= limit:
        return answer
    least = spent * answer.bound / answer.value if answer.value > 0 else spent
    return Solution(
        SolverStatus.INFEASIBLE
        if answer.status == SolverStatus.OPTIMAL or least > limit
        else SolverStatus.TIMED_OUT
    )


def _unserved(problem: Problem) -> bool:
    """Whether a label has no offer at all, or a pinned one may not serve it."""
    pinned = np.nan_to_num(problem.pin)
    return bool((pinned[~problem.eligible] > 0).any() or not problem.eligible.any(axis=1).all())


def _at_one(problem: Problem, seconds: float) -> Solution:
    """The best at a single provider: each in turn, from the least that their labels come to by themselves."""
    end, least = perf_counter() + seconds, list[tuple[float, int]]()
    for provider in np.unique(problem.provider[problem.eligible.any(axis=0)]):
        theirs = _only(problem, int(provider))
        apart = None if _unserved(theirs) else solve_separately(theirs, seconds, SolveCache())
        if apart is not None:
            least.append((apart.bound, int(provider)))
    best, late = Solution(SolverStatus.INFEASIBLE), False
    for bound, provider in sorted(least):
        if bound >= best.value - OPTIMALITY_TOL * abs(best.value):
            break
        answer = solve_without_tie_breaking(
            _only(problem, provider), max(end - perf_counter(), 0.05), SolveCache()
        )
        late = late or answer.status in (SolverStatus.FEASIBLE, SolverStatus.TIMED_OUT)
        best = answer if answer.value < best.value else best
    if late:
        status = SolverStatus.TIMED_OUT if best.shares is None else SolverStatus.FEASIBLE
        return replace(best, status=status, bound=min(least)[0])
    return best


def _only(problem: Problem, provider: int) -> Problem:
    """The problem with the offers of one provider."""
    eligible = problem.eligible & (problem.provider == provider)
    return replace(problem, eligible=eligible, max_providers=None)


def meets_linking(problem: Problem, shares: Floats) -> bool:
    """Whether shares that meet every label's own rules also meet those that couple the labels."""
    used = np.asarray((shares > USED_SHARE_TOL).any(axis=0))
    if np.any(used[problem.self_hosted]):
        return False  # replicas are rented for the whole router
    if problem.max_models is not None and len(np.unique(problem.model[used])) > problem.max_models:
        return False
    if problem.max_providers is not None and len(np.unique(problem.provider[used])) > problem.max_providers:
        return False
    return not problem.unhosted_linking.violated(shares)


def solve_separately(problem: Problem, seconds: float, cache: SolveCache) -> Solution | None:
    """Each label's own optimum: the bound of everything, and the answer when no rule couples them.

    None where a label has none.
    """
    shares, value, bound = np.zeros(problem.cost.shape), 0.0, 0.0
    for label in range(len(problem.labels)):
        if has_closed_form(problem, label):
            best = cache.get_or_compute("best", label_key(problem, label), partial(best_mix, problem, label))
            if best is None:
                return None
            value, bound, shares[label] = value + best[0], bound + best[0], best[1]
            continue
        answer = _solve_alone(problem, label, seconds, cache)
        if answer.shares is None:
            return None if answer.status == SolverStatus.INFEASIBLE else Solution(SolverStatus.TIMED_OUT)
        value, bound, shares[label] = value + answer.value, bound + answer.bound, answer.shares[0]
    status = SolverStatus.OPTIMAL if bound >= value else SolverStatus.FEASIBLE
    return Solution(status, shares, np.zeros(len(problem.hosts), np.int64), value, bound)


def _best_of(subproblem: Problem, columns: Columns) -> Solution:
    """The best of a label's mixes, all of them listed."""
    if not len(columns):
        return Solution(SolverStatus.INFEASIBLE)
    best = columns.take(np.array([columns.value.argmin()]))
    value, none = float(best.value[0]), np.zeros(0, np.int64)
    return Solution(SolverStatus.OPTIMAL, best.mixed(np.ones(1), subproblem.cost.shape), none, value, value)


def _solve_alone(problem: Problem, label: int, seconds: float, cache: SolveCache) -> Solution:
    """One label's optimum where it has no closed form; remembered where it is proven."""
    key = label_key(problem, label)

    def answer() -> Solution:
        subproblem = problem.subproblem(label)
        if has_edges(subproblem, 0) and len(few := undominated(subproblem, 0)) <= MAX_TRIPLED_OFFERS:
            return _best_of(subproblem, vertices(subproblem, 0, few))
        if is_linear(subproblem):
            return solve_linear(subproblem, seconds)
        mask = subproblem.eligible & ~np.isnan(subproblem.pin)
        mask[0, undominated(subproblem, 0)] = True
        return solve_compact(subproblem, mask, seconds)

    best = cache.get_or_compute("own", key, answer)
    if not best.status.proven:
        del cache.facts["own", key]
    return best
