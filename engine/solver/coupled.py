"""Labels that rules couple, each on one offer or a pair: what pricing and the master model share.

A mix column is a whole answer for one label: a single offer, or a pair at an end point of the interval of
shares that its quality, lateness, least share and the coupling rules taken one by one leave it. The master
model picks one pair per label, which makes its relaxation far tighter than shares bounded by switches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .mixes import Ends, pair_ends, single_ends
from .problem import Bools, Coupling, Floats, Ints, Problem
from .skyline import skyline


@dataclass(frozen=True)
class Columns:
    """Mix columns, each (n,): label, offers a and b (equal for a single), share of a, objective."""

    label: Ints
    a: Ints
    b: Ints
    share: Floats
    value: Floats

    @property
    def pair(self) -> Ints:
        """A number that both end points of one pair have in common, and no other column."""
        n = int(max(self.a.max(initial=0), self.b.max(initial=0))) + 1
        return (self.label * n + self.a) * n + self.b

    def take(self, keep: Ints) -> Columns:
        """Some of the columns."""
        return Columns(*(getattr(self, f)[keep] for f in ("label", "a", "b", "share", "value")))


@dataclass(frozen=True)
class Prices:
    """Dual prices: alpha (L,) of a label, charge (L, models) of using a model, pi of the coupling rows."""

    alpha: Floats
    charge: Floats
    pi: Floats


class Coupled:
    """One problem whose labels all use at most two offers, with what does not depend on the prices."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.value = problem.objective
        self.models = int(problem.model.max(initial=0)) + 1
        self.cap = _caps(problem)
        self.apart = _apart(problem)
        self.ix = [np.flatnonzero(row) for row in problem.eligible]
        self.depth = [2 if self.apart[k] or (self.cap[k] < 1).any() else 1 for k in range(self.labels)]
        self.sky = [self.skyline(k, self.ix[k], self.value[k]) for k in range(self.labels)]

    @property
    def labels(self) -> int:
        """L."""
        return len(self.problem.labels)

    @cached_property
    def best(self) -> Floats:
        """(L, N) the label's best mix that holds the offer, nothing else coupled; inf where there is none."""
        out = np.full(self.value.shape, np.inf)
        for k in range(self.labels):
            out[k, self.ix[k]] = self.holding(k, self.ix[k], self.sky[k], self.value[k])
        return out

    @cached_property
    def scale(self) -> float:
        """What one unit of the solver's objective is worth: absolute tolerances then mean something."""
        return max(float(np.abs(self.best.min(axis=1)).sum()), 1e-12)

    def skyline(self, label: int, ix: Ints, value: Floats) -> Ints:
        """The offers of `ix` that can stand in for any partner in a pair, at these (N,) values."""
        p = self.problem
        metrics = [value[ix], p.late[label, ix]]
        if np.isfinite(p.min_quality[label]):
            metrics.append(-p.quality[label, ix])
        if (self.cap[label, ix] < 1).any():
            metrics.append(-self.cap[label, ix])
        return ix[skyline(np.column_stack(metrics), p.provider[ix], self.depth[label])]

    def ends(self, label: int, a: Ints, b: Ints) -> Ends:
        """The feasible shares of each a with each b, broadcast against each other."""
        return pair_ends(self.problem, label, a, b, cap=self.cap[label], apart=bool(self.apart[label]))

    def pairs(self, label: int, a: Ints, b: Ints, value: Floats) -> Floats:
        """(a, b) the least value of mixing each a with each b; inf where none is feasible."""
        left, right = a[:, None], b[None, :]
        ends = self.ends(label, left, right)
        slope = value[left] - value[right]
        share = np.where(slope <= 0, ends.high, ends.low)
        return np.where(ends.low <= ends.high + 1e-12, value[right] + share * slope, np.inf)

    def singles(self, label: int, a: Ints, value: Floats) -> Floats:
        """(a,) the value of each offer alone; inf where it may not serve alone."""
        fits = single_ends(self.problem, label, a) & (self.cap[label, a] >= 1 - 1e-12)
        return np.where(fits & ~self.apart[label], value[a], np.inf)

    def holding(self, label: int, a: Ints, partners: Ints, value: Floats) -> Floats:
        """(a,) the least value of a mix of `a` alone or with one of `partners`."""
        best = self.singles(label, a, value)
        if self.problem.max_offers[label] >= 2 and len(partners) and len(a):
            best = np.minimum(best, self.pairs(label, a, partners, value).min(axis=1))
        return best

    def priced(self, rows: Sequence[Coupling], pi: Floats) -> Floats:
        """(L, N) the objective plus what the coupling rows charge at prices pi >= 0."""
        if not (pi > 1e-12).any():
            return self.value
        value = self.value.copy()
        for row, price in zip(rows, pi, strict=True):
            if price > 1e-12:
                value[:, row.offers] += price * row.coef
        return value

    def columns(self, pool: list[Ints], rows: Sequence[Coupling], limit: Floats | None = None) -> Columns:
        """Every mix column of the offers in `pool` (one array a label) that a best plan may need.

        Both end points where a coupling row in force touches the pair, else only the better one, and only
        where it beats both offers alone. `limit` (L,) drops columns whose own value exceeds it.
        """
        touched = np.zeros(len(self.problem.offers), dtype=bool)
        for row in rows:
            touched[row.offers] = True
        most = np.full(self.labels, np.inf) if limit is None else limit
        parts = [self._label_columns(k, pool[k], touched, most[k]) for k in range(self.labels)]
        names = ("label", "a", "b", "share", "value")
        return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def _label_columns(self, k: int, ix: Ints, touched: Bools, limit: float) -> Columns:
        value = self.value[k]
        if np.isfinite(limit):
            ix = ix[self.best[k, ix] <= limit]
        alone = self.singles(k, ix, value)
        single = ix[np.isfinite(alone)]
        a, b, share = single, single, np.ones(len(single))
        if self.problem.max_offers[k] >= 2 and len(ix) > 1:
            i, j = np.triu_indices(len(ix), 1)
            ends = self.ends(k, ix[i], ix[j])
            better = np.where(value[ix[i]] <= value[ix[j]], ends.high, ends.low)
            worth = value[ix[j]] + better * (value[ix[i]] - value[ix[j]])
            both = touched[ix[i]] | touched[ix[j]]
            fits = ends.low <= ends.high + 1e-12
            fits &= both | (worth < np.minimum(alone[i], alone[j]) - 1e-12 * abs(worth))
            one = np.flatnonzero(fits)
            two = np.flatnonzero(fits & both & (ends.high - ends.low > 1e-9))
            worse = np.where(value[ix[i[two]]] <= value[ix[j[two]]], ends.low[two], ends.high[two])
            a = np.concatenate([a, ix[i[one]], ix[i[two]]])
            b = np.concatenate([b, ix[j[one]], ix[j[two]]])
            share = np.concatenate([share, better[one], worse])
        worth = value[b] + share * (value[a] - value[b])
        keep = np.flatnonzero(worth <= limit)
        return Columns(np.full(len(keep), k), a[keep], b[keep], share[keep], worth[keep])


def _caps(problem: Problem) -> Floats:
    """(L, N) the largest share of a label that an offer can take under each coupling rule on its own."""
    cap = np.ones(problem.cost.shape)
    for rule in problem.couplings:
        if rule.host < 0:
            with np.errstate(divide="ignore"):
                most = np.where(rule.coef > 0, rule.limit / rule.coef, np.inf)
            cap[:, rule.offers] = np.minimum(cap[:, rule.offers], most)
    return cap


def _apart(problem: Problem) -> Bools:
    """(L,) whether a label needs two providers: asked for, or because none may carry it all."""
    apart = problem.min_providers > 1
    for rule in problem.couplings:
        if rule.path == "limits.max_provider_share" and len(rule.offers):
            apart = apart | (rule.coef[:, 0] > rule.limit + 1e-12)
    return apart
