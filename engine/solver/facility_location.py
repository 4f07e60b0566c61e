"""The optimum at a limited number of providers, or of models: sets of them, the most promising first.

Which of them are in use is decided by a model of its own, facility location with pairs: a label pays for the
cheapest mix that the sources opened leave it (Balinski 1965). It leaves the rules across labels out but for
their dual prices (Lagrangian relaxation; Geoffrion 1974), so it bounds every plan from below. The set that it
opens is solved with all rules, as a problem without the count, and then cut off (logic-based Benders
decomposition; Hooker and Ottosson 2003), until no set left can be better than the best plan.

S sources, providers or models; the places of some of them are what a set is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from ..domain.solver_status import SolverStatus
from .compile.problem import Bools, Floats, Ints, Problem
from .mixes.closed_form import feasible_singles, has_closed_form, pair_intervals
from .mixes.dominance import nondominated
from .mixes.multipliers import rule_keepers, rule_priced
from .models.builder import ModelBuilder
from .models.lp import linking_prices
from .solution import Solution
from .tolerances import (
    BOUND_TOL,
    MAX_LEVELS,
    MIN_SCALE,
    MIN_SECONDS,
    OBJECTIVE_UNIT,
    OPTIMALITY_TOL,
    ROUNDING_TOL,
)

Solve = Callable[[Problem, float], Solution]  # of a problem without the count, in so many seconds
MAX_SWAPS = 20  # rounds of the local search for the first set


def solve_at_few_providers(problem: Problem, seconds: float, solve: Solve) -> Solution:
    """The best plan of at most `max_providers`, or the best found in `seconds` with a proven bound."""
    assert problem.max_providers is not None
    uncounted = replace(problem, max_providers=None)
    return _solve_at_few(uncounted, problem.provider, problem.max_providers, seconds, solve)


def solve_at_few_models(problem: Problem, seconds: float, solve: Solve) -> Solution:
    """The same of at most `max_models`."""
    assert problem.max_models is not None
    return _solve_at_few(replace(problem, max_models=None), problem.model, problem.max_models, seconds, solve)


def _solve_at_few(problem: Problem, codes: Ints, count: int, seconds: float, solve: Solve) -> Solution:
    """The best plan of at most `count` different `codes` (N,)."""
    end = perf_counter() + seconds
    prices = linking_prices(problem, seconds / 4)
    if prices is None:
        return Solution(SolverStatus.INFEASIBLE)
    return _SetSearch(problem, codes, count, prices, solve, end).run()


class PairBound:
    """What the mixes of a label of one or two offers are worth at least, by the sources that are open.

    `pairs` (S, S): the least worth of a mix of each two sources, of one on the diagonal. `priced` (N,) is the
    offers' and `source` (N,) their place.
    """

    def __init__(self, problem: Problem, label: int, priced: Floats, source: Ints, count: int) -> None:
        ix = np.flatnonzero(problem.eligible[label])
        code = source[ix]
        self.pairs = np.full((count, count), np.inf)
        alone = np.where(feasible_singles(problem, label, ix), priced[ix], np.inf)
        np.minimum.at(self.pairs, (code, code), alone)
        if problem.max_offers[label] >= 2:
            self._take_in_pairs(problem, label, priced, ix, code)

    def _take_in_pairs(self, problem: Problem, label: int, priced: Floats, ix: Ints, code: Ints) -> None:
        quality = np.nan_to_num(problem.quality[label, ix])
        metrics = np.column_stack([priced[ix], problem.late[label, ix], -quality])
        of_each = [np.flatnonzero(code == place) for place in np.unique(code)]
        # An offer that another of its source beats is in no mix; of each provider, where there must be two.
        group = problem.provider[ix]
        depth = max(int(problem.min_providers[label]), 1)
        kept = np.concatenate([of[nondominated(metrics[of], group[of], depth)] for of in of_each])
        i, j = np.triu_indices(len(kept), 1)
        a, b = ix[kept[i]], ix[kept[j]]
        apart = bool(problem.min_providers[label] > 1)
        ends = pair_intervals(problem, label, a, b, cap=np.ones(len(problem.offers)), apart=apart)
        share = np.where(priced[a] <= priced[b], np.maximum(ends.low, ends.high), ends.low)
        worth = priced[b] + share * (priced[a] - priced[b])
        worth[ends.low > ends.high + ROUNDING_TOL] = np.inf
        np.minimum.at(self.pairs, (code[kept[i]], code[kept[j]]), worth)
        self.pairs = np.minimum(self.pairs, self.pairs.T)

    def of_sets(self, sets: Ints) -> Floats:
        """(n,) with the sources of each set (n, k) open; inf where they cannot serve the label."""
        return np.asarray(self.pairs[sets[:, :, None], sets[:, None, :]].min(axis=(1, 2)))

    def tightened(self, _chosen: Ints) -> bool:
        """Whether the bound of these sources could be raised: it is exact."""
        return False

    @property
    def largest(self) -> float:
        """The largest entry that is finite."""
        return float(self.pairs[np.isfinite(self.pairs)].max(initial=0.0))

    def add_to(self, master: _Master, limit: float) -> bool:
        """Adds the label's mixes that are worth no more than the limit; whether there are any."""
        alone = np.diag(self.pairs)
        rival = np.minimum(alone[:, None], alone)
        better = np.triu(self.pairs < rival, 1)
        first, second = np.nonzero((better | np.diag(np.isfinite(alone))) & (self.pairs <= limit))
        worth = self.pairs[first, second]
        master.pay(master.choose(first, second), worth)
        return bool(len(first))


class MultiplierBound:
    """The same of a label that may use any number of offers, or has pins: by its rules' multipliers.

    `levels` (levels, S): the least value of each source's offers at some multipliers. The label is worth no
    less than the least open entry of every level; multipliers are added for sets of sources as they come up.
    `keeps` (rules, S): whether a source has an offer that keeps the rule; one of them must be open.
    """

    def __init__(self, problem: Problem, label: int, priced: Floats, source: Ints, count: int) -> None:
        self.problem, self.label, self.priced = problem, label, priced
        self.ix = np.flatnonzero(problem.eligible[label])
        self.code = source[self.ix]
        self.keeps = np.ones((1, count), dtype=bool)
        self.levels = np.full((1, count), -np.inf)
        self.tightened(np.arange(count))

    def tightened(self, chosen: Ints) -> bool:
        """Whether the bound of these sources is raised, to the linear relaxation's of their offers."""
        before = self.of_sets(chosen[None])[0]
        offers = self.ix[np.isin(self.code, chosen)]
        if np.isposinf(before) or len(self.levels) >= MAX_LEVELS or not len(offers):
            return False
        priced = rule_priced(self.problem, self.label, self.ix, self.priced, offers)
        if priced is None:
            keepers = rule_keepers(self.problem, self.label, self.ix, offers)
            keeps = np.isin(np.arange(self.keeps.shape[1]), self.code[np.isin(self.ix, keepers)])
            self.keeps = np.vstack([self.keeps, keeps])
            return not keeps[chosen].any()
        level = np.full(self.levels.shape[1], np.inf)
        np.minimum.at(level, self.code, priced)
        if np.isneginf(before):
            self.levels = level[None]
            return True
        if level[chosen].min() <= before + BOUND_TOL * max(abs(before), MIN_SCALE):
            return False
        self.levels = np.vstack([self.levels, level])
        return True

    def of_sets(self, sets: Ints) -> Floats:
        """(n,) with the sources of each set (n, k) open; inf where they cannot serve the label."""
        least = self.levels[:, sets].min(axis=2).max(axis=0)
        return np.asarray(np.where(self.keeps[:, sets].any(axis=2).all(axis=0), least, np.inf))

    @property
    def largest(self) -> float:
        """The largest entry that is finite."""
        return float(self.levels[np.isfinite(self.levels)].max(initial=0.0))

    def add_to(self, master: _Master, limit: float) -> bool:
        """Adds the label's levels, as far as the limit; whether there is anything."""
        master.open_one_of(self.keeps)
        if not (self.levels <= limit).any(axis=1).all():
            return False
        worst = master.builder.add_columns(1, -np.inf, np.inf)
        for level in self.levels:
            sources = np.flatnonzero(np.isfinite(level) & (level <= limit))
            chosen = master.choose(sources, sources)
            row = master.builder.add_rows(1, -np.inf, 0.0)
            master.builder.add_entries(row, chosen, level[sources] / master.scale)
            master.builder.add_entries(row, worst, -1.0)
        master.pay(worst, np.full(1, master.scale))
        return True


LabelBound = PairBound | MultiplierBound


class _Master:
    """The model that opens sources; what mixes are worth is in `scale` of the objective's unit."""

    def __init__(
        self, bounds: Sequence[LabelBound], limits: Floats, count: int, opened: Bools, scale: float
    ) -> None:
        self.builder, self.scale = ModelBuilder(), scale
        self.open = self.builder.add_columns(len(opened), opened.astype(float), integer=True)
        self.builder.add_entries(self.builder.add_rows(1, -np.inf, float(count)), self.open, 1.0)
        self.paid = list[tuple[Ints, Floats]]()
        served = [bound.add_to(self, limit) for bound, limit in zip(bounds, limits.tolist(), strict=True)]
        self.serves_all = all(served)

    def choose(self, first: Ints, second: Ints) -> Ints:
        """(n,) columns, of which one is chosen whose two sources (n,), (n,) are both open."""
        mixes, apart = self.builder.add_columns(len(first)), first != second
        self.builder.add_entries(self.builder.add_rows(1, 1.0, 1.0), mixes, 1.0)
        links = self.builder.add_rows(len(self.open), -np.inf, 0.0)
        self.builder.add_entries(links, self.open, -1.0)
        self.builder.add_entries(links[first], mixes, 1.0)
        self.builder.add_entries(links[second[apart]], mixes[apart], 1.0)
        return mixes

    def pay(self, columns: Ints, worth: Floats) -> None:
        """Lets columns (n,) be worth so much, in the objective's unit."""
        self.paid.append((columns, worth))

    def open_one_of(self, sets: Bools) -> None:
        """At least one source of each set (sets, S)."""
        chosen, source = np.nonzero(sets)
        rows = self.builder.add_rows(len(sets), 1.0, np.inf)
        self.builder.add_entries(rows[chosen], self.open[source], 1.0)

    def next(self, seconds: float) -> tuple[Ints, float] | None:
        """The sources to open, none where time is out, and the bound on all sets left; None: none is left."""
        cost = np.zeros(self.builder.width)
        for columns, worth in self.paid:
            cost[columns] = worth / self.scale
        optimum = self.builder.solve_milp(cost, seconds, OPTIMALITY_TOL)
        if optimum.status == SolverStatus.INFEASIBLE:
            return None
        bound = -np.inf if optimum.bound is None else optimum.bound * self.scale
        chosen = self.open[:0] if optimum.x is None else np.flatnonzero(optimum.x[self.open] > 0.5)
        return chosen, bound


class _SetSearch:
    """The best plan so far, and a bound on the sets that are left."""

    def __init__(  # noqa: PLR0917 - one search, all of it needed
        self,
        problem: Problem,
        codes: Ints,
        count: int,
        prices: tuple[Floats, float],
        solve: Solve,
        end: float,
    ) -> None:
        self.problem, self.codes, self.solve, self.end = problem, codes, solve, end
        priced, self.paid = prices
        self.sources = np.unique(codes[problem.eligible.any(axis=0)])
        self.count = min(count, len(self.sources))
        pinned = codes[(np.nan_to_num(problem.pin) > 0).any(axis=0)]
        self.pinned = np.flatnonzero(np.isin(self.sources, pinned))
        place = np.searchsorted(self.sources, codes)
        self.bounds = [
            (PairBound if has_closed_form(problem, label) else MultiplierBound)(
                problem, label, priced[label], place, len(self.sources)
            )
            for label in range(len(problem.labels))
        ]
        every = np.arange(len(self.sources))[None]
        self.least = np.array([bound.of_sets(every)[0] for bound in self.bounds])
        self.bound = float(self.least.sum()) - self.paid
        # The best plan, and the least bound of what was cut short.
        self.best, self.unproven = Solution(SolverStatus.INFEASIBLE), np.inf

    def run(self) -> Solution:
        """Sets of sources, until none can be better or time is out."""
        if not np.isfinite(self.least).all() or len(self.pinned) > self.count:
            return Solution(SolverStatus.INFEASIBLE)
        tried = [self._promising()]
        while self._tightened(tried[0]) and perf_counter() < self.end:
            tried[0] = self._promising()
        self._try(tried[0])
        while perf_counter() < self.end and not self.proven:
            following = self._following(tried)
            if following is None:
                self.bound = np.inf
                break
            chosen, bound = following
            self.bound = max(self.bound, bound - self.paid)
            if not len(chosen) or self.proven:
                break
            chosen = self._filled(chosen)
            if not self._tightened(chosen):
                tried.append(chosen)
                self._try(chosen)
        return self._answer()

    def _following(self, tried: Sequence[Ints]) -> tuple[Ints, float] | None:
        """The most promising set that is left, and the bound on all that are; None: none is left."""
        places = np.arange(len(self.sources))
        opened = np.isin(places, self.pinned)
        master = _Master(self.bounds, self._limits(), self.count, opened, self._scale)
        # A set that was tried, or a part of it, is not asked for again.
        master.open_one_of(np.array([~np.isin(places, chosen) for chosen in tried]))
        return master.next(max(self.end - perf_counter(), MIN_SECONDS)) if master.serves_all else None

    @property
    def proven(self) -> bool:
        """Whether no set left can hold a better plan."""
        return self.bound >= self.best.value - OPTIMALITY_TOL * abs(self.best.value)

    @property
    def _scale(self) -> float:
        return OBJECTIVE_UNIT * max(float(np.abs(self.least).sum()), MIN_SCALE)

    def _tightened(self, chosen: Ints) -> bool:
        """Whether any label's bound of these sources is raised."""
        raised = [bound.tightened(chosen) for bound in self.bounds]
        return any(raised)

    def _limits(self) -> Floats:
        """(L,) what a label's mix may be worth in a plan better than the best."""
        if self.best.shares is None:
            return np.full(len(self.least), np.inf)
        room = self.best.value - (float(self.least.sum()) - self.paid)
        return np.asarray(self.least + max(room, 0.0) + BOUND_TOL * abs(self.best.value))

    def _try(self, chosen: Ints) -> None:
        """Solves the problem with the sources at these places alone."""
        eligible = self.problem.eligible & np.isin(self.codes, self.sources[chosen])
        left = max((self.end - perf_counter()) / 2, MIN_SECONDS)
        answer = self.solve(replace(self.problem, eligible=eligible), left)
        if not answer.status.proven:
            self.unproven = min(self.unproven, answer.bound)
        if answer.shares is not None and answer.value < self.best.value:
            self.best = answer

    def _answer(self) -> Solution:
        """The best plan with what is proven of it."""
        bound = min(self.bound, self.unproven, self.best.value)
        if self.best.shares is None:
            status = SolverStatus.INFEASIBLE if np.isinf(bound) else SolverStatus.TIMED_OUT
            return Solution(status)
        proven = bound >= self.best.value - OPTIMALITY_TOL * abs(self.best.value)
        if proven:
            return replace(self.best, status=SolverStatus.OPTIMAL, bound=self.best.value)
        return replace(self.best, status=SolverStatus.FEASIBLE, bound=bound)

    def _promising(self) -> Ints:
        """The places of sources whose bound is little: added one by one, then swapped."""
        chosen, fixed = self._filled(self.pinned), len(self.pinned)
        for _ in range(MAX_SWAPS):
            before = chosen
            for _ in range(fixed, self.count):  # the oldest goes, the best of all comes
                sets = self._with_each(np.delete(chosen, fixed))
                chosen = sets[self._worth(sets).argmin()]
            if set(before.tolist()) == set(chosen.tolist()):
                break
        return chosen

    def _filled(self, chosen: Ints) -> Ints:
        """The places with as many more as there may be, each the one of the least bound."""
        while len(chosen) < self.count:
            sets = self._with_each(chosen)
            chosen = sets[self._worth(sets).argmin()]
        return chosen

    def _with_each(self, chosen: Ints) -> Ints:
        """(n, k + 1) the set with every source that it does not have, at its end."""
        others = np.setdiff1d(np.arange(len(self.sources)), chosen)
        return np.column_stack([np.tile(chosen, (len(others), 1)), others])

    def _worth(self, sets: Ints) -> Floats:
        """(n,) the bound of each set, a label that it cannot serve at more than any mix costs."""
        total = np.zeros(len(sets))
        for bound, least in zip(self.bounds, self.least, strict=True):
            worth = bound.of_sets(sets)
            total += np.where(np.isfinite(worth), worth, 10 * bound.largest - 9 * least + 1.0)
        return total
