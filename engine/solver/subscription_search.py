"""The optimum where subscriptions may be bought: one integer model of shares, units and what they cover.

Over a large catalogue that model is solved over few offers first. The dual prices of its linear relaxation
over all offers, applied to every row that couples labels, leave each label a problem of its own, which is
solved with its whole numbers (Lagrangian relaxation; Geoffrion 1974). What the labels' mixes that hold an
offer cost then says which offers a plan better than the first one can use: the model over those is the proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ..domain.solver_status import SolverStatus
from .branch_and_price.decomposition import Decomposition
from .cache import SolveCache
from .compile.problem import NO_HOSTS, Bools, Floats, Problem
from .coverage import coverage_classes, objective_value, spread_figures
from .mixes.closed_form import feasible_singles
from .mixes.dominance import nondominated
from .models.compact import CompactModel, solve_compact
from .solution import Solution
from .tolerances import (
    BOUND_TOL,
    MAX_UNPRUNED_PAIRS,
    MIN_SCALE,
    MIN_SECONDS,
    MORE_PAIRS,
    SEED_PAIRS,
    USED_SHARE_TOL,
)


def solve_with_subscriptions(problem: Problem, seconds: float) -> Solution:
    """The best plan, or the best found in `seconds` with a bound. Raises NumericalTrouble."""
    end = perf_counter() + seconds
    problem = replace(problem, eligible=_where_alone_feasible(problem))
    counted = problem.eligible[_has_binaries(problem)].sum()
    if counted <= MAX_UNPRUNED_PAIRS:
        return _solved(problem, problem.eligible, end)
    problem = replace(problem, eligible=undominated_pairs(problem))
    bounds = _pair_bounds(problem, end)
    if bounds is None:
        return _solved(problem, problem.eligible, end)
    mask, size, best = bounds.seeds, SEED_PAIRS, Solution(SolverStatus.TIMED_OUT)
    while True:
        answer = _solved(problem, mask, end)
        best = _better(best, answer, bounds.total)
        within = bounds.within(best.value) if best.shares is not None else problem.eligible
        if answer.status.proven and not (within & ~mask).any():
            return best if best.shares is not None else answer
        if perf_counter() > end:
            return best
        size *= MORE_PAIRS
        few = within.sum() <= MORE_PAIRS * mask.sum()
        last = best.shares is not None and (few or size > SEED_PAIRS * MORE_PAIRS)
        mask = (within if last else within & bounds.nearest(size)) | mask


def _where_alone_feasible(problem: Problem) -> Bools:
    """(L, N) the eligible pairs; of a label of one offer those that keep its rules alone."""
    eligible = problem.eligible.copy()
    for row in np.flatnonzero(problem.max_offers == 1).tolist():
        ix = np.flatnonzero(eligible[row])
        eligible[row, ix] = feasible_singles(problem, row, ix)
    return eligible


def _has_binaries(problem: Problem) -> Bools:
    """(L,) the labels whose shares need whole numbers."""
    every = problem.max_models is not None or problem.max_providers is not None
    few = problem.max_offers < problem.eligible.sum(axis=1)
    return np.asarray(few | (problem.min_share > 0) | (problem.min_providers > 1) | every)


def _solved(problem: Problem, mask: Bools, end: float) -> Solution:
    """The best plan over the pairs in `mask` (L, N), valued to the last digit."""
    answer = solve_compact(problem, mask, max(end - perf_counter(), MIN_SECONDS))
    if answer.shares is None:
        return answer
    value = objective_value(problem, answer.shares, answer.replicas)
    bound = value if answer.status == SolverStatus.OPTIMAL else min(answer.bound, value)
    return replace(answer, value=value, bound=bound)


def _better(first: Solution, wider: Solution, least: float) -> Solution:
    """The better of two, the second over all offers that can matter; `least` bounds every plan."""
    if wider.shares is not None and wider.value <= first.value:
        return wider
    if first.shares is None:
        return first
    if wider.status.proven:  # nothing out there is better
        return replace(first, status=SolverStatus.OPTIMAL, bound=first.value)
    return replace(first, status=SolverStatus.FEASIBLE, bound=min(least, first.value))


@dataclass(frozen=True)
class _PairBounds:
    """`pairs` (L, N) bound every plan that has some of a pair from below; `total` bounds every plan.

    `seeds` (L, N): few pairs that are likely to hold a good plan.
    """

    pairs: Floats
    total: float
    eligible: Bools
    used: Bools

    def within(self, value: float) -> Bools:
        """(L, N) the pairs that a plan worth less than this can have."""
        return np.asarray(self.eligible & (self.pairs <= value + BOUND_TOL * abs(value)))

    def nearest(self, size: int) -> Bools:
        """(L, N) the `size` pairs of each label with the least bounds."""
        count = min(size, self.pairs.shape[1])
        mask = np.zeros(self.pairs.shape, dtype=bool)
        np.put_along_axis(mask, np.argsort(self.pairs, axis=1, kind="stable")[:, :count], True, axis=1)
        return mask & self.eligible

    @property
    def seeds(self) -> Bools:
        """(L, N)."""
        return self.nearest(SEED_PAIRS) | self.used


def _pair_bounds(problem: Problem, end: float) -> _PairBounds | None:
    """The bounds at the relaxation's dual prices; None where it has no solution in time."""
    model = CompactModel(problem, problem.eligible)
    scale = max(float(np.abs(problem.objective[problem.eligible]).max(initial=0.0)), MIN_SCALE)
    cost = model.costs(problem.objective, problem.fixed_objective, problem.usd_objective) / scale
    relaxed = model.builder.solve_lp(cost, max(end - perf_counter(), MIN_SECONDS))
    if relaxed.x is None or relaxed.status != SolverStatus.OPTIMAL:
        return None
    prices = relaxed.duals.copy()
    prices[model.own_rows] = 0.0
    reduced = model.builder.reduced_costs(cost, prices)
    values = np.zeros(problem.cost.shape)
    values[model.label, model.offer] = reduced[model.x] * scale
    labels = Decomposition(_label_problems(problem, values), SolveCache())
    least = labels.best.min(axis=1)
    reduced[model.x] = 0.0  # the labels' part
    constant = model.builder.bound(reduced, prices) * scale
    total = constant + float(least.sum())
    used = problem.eligible & (model.shares(relaxed.x) > USED_SHARE_TOL)
    return _PairBounds(total + labels.best - least[:, None], total, problem.eligible, used)


def undominated_pairs(problem: Problem) -> Bools:
    """(L, N) the eligible pairs without those that another of their label can stand in for in every plan.

    The other costs no more, is no worse and no later, has no limits of its own, and takes no more of the
    allowances of the same subscriptions; where models or providers are counted it is of the same one.
    """
    kept, p = problem.eligible.copy(), problem
    limited = np.zeros(len(p.offers), dtype=bool)
    limited[p.self_hosted] = True
    for rule in p.linking:
        limited[rule.offers] |= rule.path.startswith("offers.")
    groups = coverage_classes(p)
    by_provider = p.max_providers is not None or any(r.path == "limits.max_provider_share" for r in p.linking)
    if p.max_models is not None:
        groups = groups * (int(p.model.max()) + 1) + p.model
    if by_provider or (p.min_providers > 1).any():
        groups = groups * (int(p.provider.max()) + 1) + p.provider
    for row in range(len(p.labels)):
        fixed = limited | ~np.isnan(p.pin[row])
        uses = [spread_figures(terms.use[row], terms.offers, len(p.offers)) for terms in p.subscriptions]
        metrics = np.column_stack([p.cost[row], -np.nan_to_num(p.quality[row]), p.late[row], *uses])
        for group in np.unique(groups[kept[row] & ~fixed]):
            ix = np.flatnonzero(kept[row] & ~fixed & (groups == group))
            kept[row, ix] = False
            kept[row, ix[nondominated(metrics[ix], p.provider[ix])]] = True
    return kept


def _label_problems(problem: Problem, values: Floats) -> Problem:
    """The labels' own rules alone, at these (L, N) values."""
    return replace(
        problem,
        cost=values,
        maximise_quality=False,
        max_models=None,
        max_providers=None,
        linking=(),
        subscriptions=(),
        **NO_HOSTS,
    )
