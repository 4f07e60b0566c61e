"""The offers next in line for a label, each with what a plan that uses it costs more.

Which are worth solving for, dual prices and closed forms say: they order the whole catalogue by what the
cheapest mix with each offer costs, rules across labels charged at their prices in the linear relaxation. How
many are solved for is a number, so that equal questions have equal answers on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from ...domain.explanation import WhyNot
from ...domain.routing import Routing
from ..branch_and_price.decomposition import Decomposition
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Floats, Ints, Problem
from ..coverage import covered_objective
from ..deadline import Deadline
from ..models.lp import priced_objective
from ..solve import solve
from ..tolerances import MAX_NEAR_OFFERS, MAX_TRIED_OFFERS
from .break_even import TRIAL_SHARE, EntryProblem, ForcedEntry, forced_entry

LATE = "time was out: others may be nearer"


def runners_up(
    routing: Routing,
    compiler: Compiler,
    label: str,
    seconds: float,
    count: int = 5,
    *,
    cache: SolveCache | None = None,
) -> tuple[WhyNot, ...]:
    """Up to `count` offers that the plan does not use for the label, one a model and level, nearest first.

    Each has `forced_share` of the label, `forced_cost` and `forced_change` of the best plan with exactly that
    share of it: all of a label that may use one offer, of two the share at which both cost the least, else
    the least share that makes sense. Where rules couple the labels the others move only to offers near their
    best, so that these figures are the most it costs. `note` says where `seconds` were not enough. `cache` is
    of earlier solves over the same catalogue.
    """
    cache = SolveCache() if cache is None else cache
    deadline, problem = Deadline.after(seconds), compiler.compile(routing)
    row, best = list(routing.labels).index(label), solve(problem, seconds, cache)
    if best.shares is None:
        return ()
    nearby = _Neighbourhood(problem, row, best.shares, cache)
    solved: dict[str, tuple[float, str, ForcedEntry, EntryProblem]] = {}
    tried, note = 0, ""
    for estimate, offer, share in nearby.candidates():
        level = problem.offers[offer].partition("/")[2]
        changes = sorted(change for change, *_ in solved.values())
        if level in solved or (len(changes) >= count and estimate > changes[count - 1]):
            continue
        if tried == MAX_TRIED_OFFERS:
            break
        entry = EntryProblem(nearby.around(offer), row, offer, deadline)
        forced, tried = forced_entry(entry, entry.worth(best), share), tried + 1
        if forced is not None:
            solved[level] = (forced.change, problem.offers[offer], forced, entry)
        if deadline.passed:
            note = LATE
            break
    nearest = sorted(solved.values(), key=lambda candidate: (candidate[0], -candidate[2].share, candidate[1]))
    return tuple(
        WhyNot(offer=offer, label=label, note=note, **forced.fields(entry))
        for _, offer, forced, entry in nearest[:count]
    )


class _Neighbourhood:
    """What lies near a plan, by what the cheapest mix of a label with each offer is worth.

    Rules across labels are charged at their prices in the linear relaxation.
    """

    def __init__(self, problem: Problem, row: int, shares: Floats, cache: SolveCache) -> None:
        self.problem, self.row, self.shares = problem, row, shares
        priced = problem
        if problem.subscriptions and not problem.maximise_quality:  # what is covered is cheap
            priced = replace(problem, cost=covered_objective(problem, shares), subscriptions=())
        least = priced.min_share.copy()
        least[row] = max(float(least[row]), TRIAL_SHARE)
        self.coupled = Decomposition(replace(priced, min_share=least), cache)
        self.value = priced_objective(self.coupled.problem)
        self.skyline = [self.coupled.skyline(k, ix, self.value[k]) for k, ix in enumerate(self.coupled.ix)]
        self.worth = np.full(shares.shape, np.inf)
        for k, ix in enumerate(self.coupled.ix):
            self.worth[k, ix] = self.coupled.holding(k, ix, self.skyline[k], self.value[k])
        self.near = np.asarray(problem.eligible & ((shares > 0) | (np.nan_to_num(problem.pin) > 0)))
        self.near[row, self.skyline[row]] = True
        self._take_nearest(self.near, problem.eligible)
        if problem.max_models is not None:
            used = np.unique(problem.model[(shares > 0).any(axis=0)])
            self._take_nearest(self.near, problem.eligible & np.isin(problem.model, used))

    def _take_nearest(self, near: Bools, among: Bools) -> None:
        """Adds to `near` (L, N) each label's MAX_NEAR_OFFERS nearest of `among` (L, N)."""
        for k in range(len(near)):
            ix = np.flatnonzero(among[k] & np.isfinite(self.worth[k]))
            near[k, ix[np.argsort(self.worth[k, ix], kind="stable")[:MAX_NEAR_OFFERS]]] = True

    def candidates(self) -> Iterator[tuple[float, int, float]]:
        """(what a plan with it costs more, about; offer; the share to force), the nearest first.

        In the objective's unit; exact where no rule couples the labels and this one may use two offers.
        """
        problem, row = self.problem, self.row
        unused = np.flatnonzero(problem.eligible[row] & (self.shares[row] == 0) & np.isnan(problem.pin[row]))
        change = self.worth[row, unused] - float(self.value[row] @ self.shares[row])
        seconds, quality = problem.seconds[row, unused], np.nan_to_num(problem.quality[row, unused])
        order = np.lexsort((unused, seconds, -quality, change))
        order = order[np.isfinite(change[order])]
        share, familiar = self._shares(unused), self._familiar[unused[order]]
        # Where models or providers are few, what brings in no new one may well be nearer than it looks.
        for pair in zip_longest(order[familiar], order[~familiar]):
            for place in pair:
                if place is not None:
                    yield float(change[place]), int(unused[place]), float(share[place])

    @property
    def _familiar(self) -> Bools:
        """(N,) whether an offer is of a model, or of a provider, in use, where there is a limit on these."""
        problem, used = self.problem, np.flatnonzero((self.shares > 0).any(axis=0))
        familiar: Bools = np.ones(len(problem.offers), dtype=np.bool_)
        for codes, limit in ((problem.model, problem.max_models), (problem.provider, problem.max_providers)):
            if limit is not None:
                familiar &= np.isin(codes, codes[used])
        return familiar

    def _shares(self, offers: Ints) -> Floats:
        """(n,) each offer's share of the label's cheapest mix with it."""
        coupled, row, value = self.coupled, self.row, self.value[self.row]
        if coupled.free[row]:
            return np.full(len(offers), float(coupled.full.min_share[row]))
        alone = coupled.singles(row, offers, value)
        if coupled.problem.max_offers[row] == 1:
            return np.ones(len(offers))
        mixed, place = coupled.partners(row, offers, self.skyline[row], value)
        partner = self.skyline[row][place]
        ends = coupled.ends(row, offers, partner)
        most = np.maximum(ends.low, ends.high)
        return np.where(mixed < alone, np.where(value[offers] <= value[partner], most, ends.low), 1.0)

    def around(self, offer: int) -> Problem:
        """The problem with nothing but what lies near the plan, and this offer."""
        problem, near = self.problem, self.near.copy()
        near[self.row, offer] = True
        if problem.max_models is not None:
            self._take_nearest(near, problem.eligible & (problem.model == problem.model[offer]))
        if problem.max_providers is not None:
            self._take_nearest(near, problem.eligible & (problem.provider == problem.provider[offer]))
        return replace(problem, eligible=near)
