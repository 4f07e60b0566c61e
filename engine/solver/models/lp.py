"""The linear case, no whole numbers at all: column generation with a price check of the whole catalogue.

A small LP over some offers of every label gives dual prices; every left-out offer of every label is priced
with them in one pass, and those of negative reduced cost join. When none is left, the small LP's optimum is
the whole catalogue's. Rules across labels join when a solution breaks them.

What a solver's absolute tolerances cannot tell apart is asked again on a better scale, and a convex
trade-off's straight pieces are found by their slopes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

import numpy as np

from ...domain.solver_status import SolverStatus
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..solution import Solution
from ..tolerances import (
    BREAKPOINT_TOL,
    DEFAULT_SECONDS,
    MAX_BREAKPOINTS,
    MAX_PENALTY,
    MAX_RESCALES,
    MAX_SCALE_ABOVE,
    MAX_SCALE_BELOW,
    MAX_SPREAD,
    MIN_SCALE,
    MIN_SECONDS,
    OBJECTIVE_TOL,
    REDUCED_COST_TOL,
    ROUNDING_TOL,
    SHARE_TOL,
    TINY,
)
from .builder import ModelBuilder, ModelSolution


def extreme(problem: Problem) -> bool:
    """Whether the offers' objectives differ by more than a solver's tolerances can tell apart."""
    values = np.abs(problem.objective[problem.eligible])
    values = values[values > 0]
    return bool(len(values) and values.max() > MAX_SPREAD * values.min())


def suits(scale: float, value: float) -> bool:
    """Whether one unit of the solver's objective is near enough to what a plan is worth."""
    return value <= 0 or value / MAX_SCALE_BELOW <= scale <= value * MAX_SCALE_ABOVE


def compressed(problem: Problem) -> Problem:
    """The same rules with the costs' differences made small: for whether there is any plan."""
    largest = max(float(problem.cost[problem.eligible].max(initial=0.0)), TINY)
    return replace(problem, cost=np.cbrt(np.cbrt(problem.cost / largest)), fixed_cost=problem.fixed_cost * 0)


def priced_anew(problem: Problem, answer: Solution) -> Solution:
    """A plan found under other costs at the problem's own: nothing is proven of it."""
    shares: Floats | None = answer.shares
    if shares is None:
        return answer
    rent = 0.0 if answer.replicas is None else float(problem.fixed_cost @ answer.replicas)
    return replace(
        answer, status=SolverStatus.FEASIBLE, value=float((problem.cost * shares).sum()) + rent, bound=0.0
    )


def better_proven(answer: Solution, again: Solution, least: float) -> Solution:
    """Of an answer and that of the second solve, on the first one's scale, the better with what is proven.

    `least` is a lower bound on every plan, for where the second solve proves nothing.
    """
    if again.shares is not None and again.value <= answer.value:
        return again
    proven = again.status == SolverStatus.OPTIMAL and again.value <= answer.value * (1 + OBJECTIVE_TOL)
    status, bound = (
        (SolverStatus.OPTIMAL, answer.value) if proven else (SolverStatus.FEASIBLE, min(least, answer.value))
    )
    return replace(answer, status=status, bound=bound)


JOIN = 12  # offers a label that join in a round
FEW_OFFERS = 24  # of a label, that are all in the first round: a second costs more than they do
FEW_RULES = 3  # across labels and offers, that are in the first round
GRID = (0.0, 0.03, 0.3, 3.0, 30.0)  # multipliers of the mix rules that the first offers are the best for


def is_linear(problem: Problem) -> bool:
    """Whether the problem has no whole numbers and no pins."""
    counts = problem.eligible.sum(axis=1)
    return bool(
        problem.max_models is None
        and problem.max_providers is None
        and (problem.max_offers >= counts).all()
        and not problem.min_share.any()
        and (problem.min_providers <= 1).all()
        and np.isnan(problem.pin).all()
        and not problem.eligible[:, problem.self_hosted].any()
        and not problem.subscriptions
    )


def solve_linear(problem: Problem, seconds: float) -> Solution:
    """The optimum of a linear problem, or the best found in `seconds` with a proven bound.

    Where costs differ by many powers of ten it is solved again on the scale of the plan found.
    """
    end = perf_counter() + seconds
    search = _Search(problem, end)
    answer = search.run()
    if problem.maximise_quality or not answer.status.proven:
        return answer
    if answer.shares is None:
        if not extreme(problem):
            return answer
        answer = priced_anew(problem, _Search(compressed(problem), end).run())
    for _ in range(MAX_RESCALES):
        if answer.shares is None or (
            answer.status == SolverStatus.OPTIMAL and suits(search.scale, answer.value)
        ):
            break
        # An offer that costs 1e12 plans has no share that a solver can tell from none.
        eligible = problem.eligible & (problem.cost <= MAX_PENALTY * answer.value)
        search = _Search(replace(problem, eligible=eligible), end, answer.value)
        again = search.run()
        best = better_proven(answer, again, 0.0)
        if best is not again:
            return best
        answer = again
    return answer


def priced_objective(problem: Problem) -> Floats:
    """(L, N) the objective, and what the rules across labels charge a share in the linear relaxation.

    That is without pins, counts, least shares, replicas and subscriptions; just the objective where it has no
    optimum.
    """
    search = _Search(problem, perf_counter() + DEFAULT_SECONDS)
    if search.run().shares is None:
        return problem.objective
    return search.priced


def linking_prices(problem: Problem, seconds: float) -> tuple[Floats, float] | None:
    """(L, N) the objective with what the rules across labels charge at the linear relaxation's dual prices,
    and what these pay: no plan is worth less than its shares at the first, less the second. None: infeasible.
    """
    plain = problem.objective, 0.0
    if extreme(problem):  # the relaxation may miss its optimum
        return plain
    search = _Search(problem, perf_counter() + seconds)
    status = search.run().status
    if status == SolverStatus.INFEASIBLE:
        return None
    return (search.priced, search.paid) if status == SolverStatus.OPTIMAL else plain


@dataclass(frozen=True)
class _Point:
    """An optimum of the small LP: shares (L, N), reduced costs (L, N), what no offer could serve."""

    value: float
    shares: Floats
    reduced: Floats
    unserved: float


class _Search:
    """The state of one solve."""

    def __init__(self, problem: Problem, end: float, scale: float | None = None) -> None:
        self.problem, self.end = problem, end
        self.labels = len(problem.labels)
        self.value = problem.objective
        # Mix rules relative to their limits, so that a label nobody serves keeps them.
        self.short = _relative(problem.quality, problem.min_quality)  # sum(short*x) <= 0
        self.excess = _relative(-problem.late, -problem.max_late)  # likewise
        self.linking = problem.unhosted_linking
        self.scale = scale or _scale(self.value, problem.eligible)
        self.big = 1e3 * self.scale
        self.mask = np.zeros(self.value.shape, dtype=bool)
        self.rows: list[LinkingConstraint] = (
            [*self.linking.wide] if len(self.linking.wide) <= FEW_RULES else []
        )
        self.priced = self.value  # (L, N) with what the linking rows charge at the last dual prices
        self.paid = 0.0  # what the limits of these rows come to at the same prices

    def run(self) -> Solution:
        self._seed()
        real = True  # else the cost is what stays unserved: phase 1
        while True:
            point = self._relax(real)
            if perf_counter() > self.end:
                return self._stopped(point, real)
            if broken := self.linking.violated(point.shares, self.rows):
                self.rows += broken
            elif self._join(point.reduced):
                continue
            elif point.unserved <= SHARE_TOL and real:
                return Solution(SolverStatus.OPTIMAL, point.shares, self._none(), point.value, point.value)
            elif point.unserved <= SHARE_TOL and self.big < MAX_PENALTY * self.scale:
                real, self.big = True, 1e3 * self.big
            elif point.unserved <= SHARE_TOL:
                return Solution(SolverStatus.INFEASIBLE)  # but for less than the solver can tell
            elif real:
                real = False
            else:
                return Solution(SolverStatus.INFEASIBLE)

    def _none(self) -> Ints:
        return np.zeros(len(self.problem.hosts), np.int64)

    def _stopped(self, point: _Point, real: bool) -> Solution:
        if not real or point.unserved > SHARE_TOL or self.linking.violated(point.shares, self.rows):
            return Solution(SolverStatus.TIMED_OUT)
        least = np.where(self.problem.eligible, point.reduced, np.inf).min(axis=1)
        bound = point.value + float(np.minimum(least, 0).sum())
        return Solution(SolverStatus.FEASIBLE, point.shares, self._none(), point.value, bound)

    def _seed(self) -> None:
        """The best offers of each label at a few prices of its own rules; where they are few, all."""
        for k in range(self.labels):
            ix = np.flatnonzero(self.problem.eligible[k])
            if len(ix) <= FEW_OFFERS:
                self.mask[k, ix] = True
                continue
            value, short, excess = self.value[k, ix], self.short[k, ix], self.excess[k, ix]
            if not (short.any() or excess.any()):
                self.mask[k, ix[value.argmin()]] = True
                continue
            spread = float(np.median(np.abs(value))) or 1.0
            units = [spread / (float(np.median(np.abs(rule))) or 1.0) for rule in (short, excess)]
            for i in GRID if short.any() else GRID[:1]:
                for j in GRID if excess.any() else GRID[:1]:
                    priced = value + i * units[0] * short + j * units[1] * excess
                    self.mask[k, ix[priced.argmin()]] = True

    def _join(self, reduced: Floats) -> bool:
        """Lets the most promising left-out offers join; False where there are none."""
        left = np.where(self.problem.eligible & ~self.mask, reduced, 0.0)
        least = min(JOIN, left.shape[1])
        best = np.argpartition(left, least - 1, axis=1)[:, :least]
        row = np.repeat(np.arange(self.labels), least)
        col = best.ravel()
        wanted = left[row, col] < -REDUCED_COST_TOL * self.scale
        self.mask[row[wanted], col[wanted]] = True
        return bool(wanted.any())

    def _relax(self, real: bool) -> _Point:
        """The small LP, with an artificial column for every label."""
        label, offer = np.nonzero(self.mask)
        builder = ModelBuilder()
        columns = builder.add_columns(len(label), high=np.inf)
        artificial = builder.add_columns(self.labels, high=np.inf)
        cost = np.zeros(builder.width)
        cost[columns] = self.value[label, offer] / self.scale if real else 0.0
        cost[artificial] = self.big / self.scale if real else 1.0
        serve = builder.add_rows(self.labels, 1.0, 1.0)
        builder.add_entries(serve[label], columns, 1.0)
        builder.add_entries(serve, artificial, 1.0)
        for rule in (self.short, self.excess):
            builder.add_entries(
                builder.add_rows(self.labels, -np.inf, 0.0)[label], columns, rule[label, offer]
            )
        for constraint in self.rows:
            coef = constraint.coefficients(label, offer)
            nonzero = np.flatnonzero(coef)
            row = builder.add_rows(1, -np.inf, constraint.limit)
            builder.add_entries(row, columns[nonzero], coef[nonzero])
        solution = builder.solve_lp(cost, max(self.end - perf_counter(), MIN_SECONDS))
        shares = np.zeros(self.value.shape)
        if solution.x is None:
            return _Point(np.inf, shares, np.zeros(shares.shape), 1.0)
        x = solution.x[columns]
        shares[label, offer] = np.where(x > ROUNDING_TOL, x, 0.0)
        unserved = float(solution.x[artificial].sum())
        return _Point(float((self.value * shares).sum()), shares, self._reduced(solution, real), unserved)

    def _reduced(self, solution: ModelSolution, real: bool) -> Floats:
        """(L, N) reduced costs at the LP's dual prices, in the objective's unit."""
        alpha, price = np.split(solution.duals * self.scale, [self.labels])
        short, excess, rest = np.split(-price, [self.labels, 2 * self.labels])
        priced = self.value.copy() if real else np.zeros(self.value.shape)
        for charge, row in zip(rest, self.rows, strict=True):
            if charge > 0:
                priced[:, row.offers] += charge * row.coef
        self.priced = priced
        self.paid = sum(
            max(float(charge), 0.0) * row.limit for charge, row in zip(rest, self.rows, strict=True)
        )
        out = priced - alpha[:, None]
        for prices, rule in ((short, self.short), (excess, self.excess)):
            if prices.any():
                out += prices[:, None] * rule
        return np.asarray(out)


def _relative(values: Floats, limit: Floats) -> Floats:
    """(L, N) how far each value falls short of its label's limit; 0 where there is no limit."""
    ruled = np.isfinite(limit)
    out = np.zeros(values.shape)
    out[ruled] = limit[ruled, None] - np.nan_to_num(values[ruled])
    return out


def _scale(value: Floats, eligible: Bools) -> float:
    """What one unit of the solver's objective is worth: HiGHS's tolerances are absolute."""
    least = np.where(eligible & (value != 0), np.abs(value), np.inf).min(axis=1)
    return float(least[np.isfinite(least)].sum()) or 1.0


T = TypeVar("T")


def breakpoints(
    low: T, high: T, place: Callable[[T], tuple[float, float]], best: Callable[[float], T | None]
) -> Iterator[T]:
    """The ends of a convex trade-off's straight pieces between `low` and `high`, exactly, ever more densely.

    `place` is (cost, gain) of a point. The optimum for the slope between two points is on their line (then it
    is a piece) or a new end (the method of Eisner and Severance, 1976).

    `best` gives the point of least cost less gain at a price a unit of gain; None stops there.
    """
    count, todo = 0, deque([(low, high)])
    while todo and count < MAX_BREAKPOINTS:
        a, b = todo.popleft()
        (cost, gain), (more, better) = place(a), place(b)
        size = max(abs(cost), abs(more), MIN_SCALE)
        if more - cost <= BREAKPOINT_TOL * size or better - gain <= BREAKPOINT_TOL * max(
            abs(gain), abs(better)
        ):
            continue
        slope = (more - cost) / (better - gain)
        if (point := best(slope)) is None:
            continue
        spent, reached = place(point)
        if (cost - slope * gain) - (spent - slope * reached) > BREAKPOINT_TOL * size:
            count += 1
            todo += [(a, point), (point, b)]
            yield point
