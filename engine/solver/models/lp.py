"""The linear case, no whole numbers at all: column generation with a price check of the whole catalogue.

A small LP over some offers of every label gives dual prices; every left-out offer of every label is priced
with them in one pass, and those of negative reduced cost join. When none is left, the small LP's optimum is
the whole catalogue's. Rules across labels join when a solution breaks them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy.optimize import OptimizeResult
from scipy.sparse import csr_array

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..solution import Solution
from ..tolerances import MAX_PENALTY, MAX_RESCALES, REDUCED_COST_TOL
from .highs import lp
from .scaling import better_proven, compressed, extreme, priced_anew, suits

JOIN = 12  # offers a label that join in a round
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
    )


def solve_linear(problem: Problem, seconds: float) -> Solution:
    """The optimum of a linear problem, or the best found in `seconds` with a proven bound.

    Where costs differ by many powers of ten it is solved again on the scale of the plan found.
    """
    end = perf_counter() + seconds
    search = _Search(problem, end)
    answer = search.run()
    if problem.maximise_quality or answer.status not in ("optimal", "infeasible"):
        return answer
    if answer.shares is None:
        if not extreme(problem):
            return answer
        answer = priced_anew(problem, _Search(compressed(problem), end).run())
    for _ in range(MAX_RESCALES):
        if answer.shares is None or (answer.status == "optimal" and suits(search.scale, answer.value)):
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
        self.rows: list[LinkingConstraint] = []

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
            elif point.unserved <= 1e-9 and real:
                return Solution("optimal", point.shares, self._none(), point.value, point.value)
            elif point.unserved <= 1e-9 and self.big < MAX_PENALTY * self.scale:
                real, self.big = True, 1e3 * self.big
            elif point.unserved <= 1e-9:
                return Solution("infeasible")  # but for less than the solver can tell
            elif real:
                real = False
            else:
                return Solution("infeasible")

    def _none(self) -> Ints:
        return np.zeros(len(self.problem.self_hosted), np.int64)

    def _stopped(self, point: _Point, real: bool) -> Solution:
        if not real or point.unserved > 1e-9 or self.linking.violated(point.shares, self.rows):
            return Solution("timed_out")
        least = np.where(self.problem.eligible, point.reduced, np.inf).min(axis=1)
        bound = point.value + float(np.minimum(least, 0).sum())
        return Solution("feasible", point.shares, self._none(), point.value, bound)

    def _seed(self) -> None:
        """The best offers of each label at a few prices of its own rules."""
        for k in range(self.labels):
            ix = np.flatnonzero(self.problem.eligible[k])
            value, short, excess = self.value[k, ix], self.short[k, ix], self.excess[k, ix]
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
        count = len(label)
        cost = np.concatenate(
            [
                self.value[label, offer] / self.scale if real else np.zeros(count),
                np.full(self.labels, self.big / self.scale if real else 1.0),
            ]
        )
        at = np.concatenate([label, np.arange(self.labels)])
        serve = csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(self.labels, len(at)))
        upper, limits = self._rows(label, offer)
        result = lp(
            cost,
            A_ub=upper,
            b_ub=limits,
            A_eq=serve,
            b_eq=np.ones(self.labels),
            bounds=(0, None),
            time_limit=max(self.end - perf_counter(), 0.05),
        )
        shares = np.zeros(self.value.shape)
        if result.x is None:
            return _Point(np.inf, shares, np.zeros(shares.shape), 1.0)
        shares[label, offer] = np.where(result.x[:count] > 1e-12, result.x[:count], 0.0)
        reduced = self._reduced(result, real)
        unserved = float(result.x[count:].sum())
        return _Point(float((self.value * shares).sum()), shares, reduced, unserved)

    def _rows(self, label: Ints, offer: Ints) -> tuple[csr_array, Floats]:
        """Two mix rules a label, then the rules across labels that are in force."""
        column = np.arange(len(label))
        row = [label, self.labels + label]
        col = [column, column]
        val = [self.short[label, offer], self.excess[label, offer]]
        for i, rule in enumerate(self.rows):
            coef = rule.coefficients(label, offer)
            k = np.flatnonzero(coef)
            row.append(np.full(len(k), 2 * self.labels + i))
            col.append(k)
            val.append(coef[k])
        limits = np.concatenate([np.zeros(2 * self.labels), [rule.limit for rule in self.rows]])
        triples = (np.concatenate(val), (np.concatenate(row), np.concatenate(col)))
        return csr_array(triples, shape=(len(limits), len(label) + self.labels)), limits

    def _reduced(self, result: OptimizeResult, real: bool) -> Floats:
        """(L, N) reduced costs at the LP's dual prices, in the objective's unit."""
        dual = -result.ineqlin.marginals * self.scale
        short, excess, rest = np.split(dual, [self.labels, 2 * self.labels])
        alpha = result.eqlin.marginals * self.scale
        out = self.value - alpha[:, None] if real else np.repeat(-alpha[:, None], self.value.shape[1], 1)
        for price, rule in ((short, self.short), (excess, self.excess)):
            if price.any():
                out += price[:, None] * rule
        for price, row in zip(rest, self.rows, strict=True):
            if price > 0:
                out[:, row.offers] += price * row.coef
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
