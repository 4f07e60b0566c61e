"""The worst case of a plan when at most k figures are at their worst.

Budgeted uncertainty (Bertsimas and Sim, The price of robustness, Operations Research 52, 2004). The figures
are each offer's price, each label's requests and each model's quality (WorstQualities). A price and a
volume may both be at their worst, and then multiply, so the labels' part is enumerated; given that, the worst
prices are those of most money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from ...domain.errors import InputError
from ...domain.references import points_of
from ...domain.robustness import Doubt
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.formulas import RATE_LIMITS
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..compile.quality import exempt_offers, own_keys, quality_gaps
from ..tolerances import CASE_RULE_TOL, MAX_LABEL_SETS, USED_SHARE_TOL

LabelSet = tuple[int, ...]


@dataclass(frozen=True)
class WorstCase:
    """Labels and offers (by index) whose volume or price is at its worst."""

    labels: LabelSet
    offers: tuple[int, ...]


class WorstCaseModel:
    """The worst cases of one routing's plans, at most `k` figures at their worst.

    All at list cost: which units of subscriptions to hold against every case is another question.
    Raises InputError where there are more than MAX_LABEL_SETS sets of k labels.
    """

    def __init__(self, routing: Routing, compiler: Compiler, doubt: Doubt, k: int) -> None:
        self.routing, self.compiler, self.doubt, self.k = routing, compiler, doubt, k
        self.problem = replace(compiler.compile(routing), subscriptions=())
        count = len(self.problem.labels)
        sizes = range(min(k, count) + 1)
        if sum(comb(count, size) for size in sizes) > MAX_LABEL_SETS:
            raise InputError(f"too many sets of {k} of {count} labels; choose a smaller number", key="--k")
        self.label_sets = [labels for size in sizes for labels in combinations(range(count), size)]
        self._rules: dict[LabelSet, list[LinkingConstraint]] = {}
        self.qualities = WorstQualities(routing, compiler, self.problem, k)

    def cost(self, shares: Floats, replicas: Ints | None) -> tuple[float, WorstCase]:
        """The most that (L, N) shares can cost, USD a month, and the case."""
        money = self.problem.cost * shares
        worst, case = -np.inf, WorstCase((), ())
        for labels in self.label_sets:
            grown = self.volume(labels)[:, None] * money
            increase = self.doubt.price * grown.sum(axis=0)  # (N,) by offers' prices
            count = min(self.k - len(labels), len(increase))
            dearest = np.argsort(-increase, kind="stable")[:count]
            total = float(grown.sum() + increase[dearest].sum())
            if total > worst:
                worst, case = total, WorstCase(labels, tuple(int(i) for i in dearest if increase[i] > 0))
        rent = 0.0 if replicas is None else float(replicas @ self.problem.fixed_cost)
        return worst + rent, case

    def budget_row(self, case: WorstCase, budget: float) -> LinkingConstraint:
        """The linear row: the cost of a case is at most the budget (USD a month, above 0)."""
        price = np.ones(len(self.problem.offers))
        price[list(case.offers)] += self.doubt.price
        costs = self.problem.cost * self.volume(case.labels)[:, None] * price
        offers, rent = np.arange(len(self.problem.offers)), self.problem.fixed_cost / budget
        return LinkingConstraint("limits.budget", offers, costs / budget, 1.0, fixed_coef=rent)

    def broken_rules(self, shares: Floats, replicas: Ints | None) -> Iterator[LinkingConstraint]:
        """Rate limits, provider shares and rules on quality as they are in a case that breaks them."""
        yield from self.qualities.broken_rules(shares)
        for labels in self.label_sets:
            for rule in self._rules_with(labels):
                load = float((rule.coef * shares[:, rule.offers]).sum())
                if rule.replica_of >= 0:
                    load -= 0 if replicas is None else int(replicas[rule.replica_of])
                if load > rule.limit + CASE_RULE_TOL * max(1.0, abs(rule.limit)):
                    yield rule

    def dominated_pairs(self) -> Bools:
        """(L, N) offers that some robust plan does without: another of the label costs less at its worst than
        they do at their best, is no worse in quality and lateness, and has no rate limits."""
        p, table = self.problem, self.compiler.table
        dominated = np.zeros(p.cost.shape, dtype=bool)
        counts = (p.max_models, p.max_providers, self.routing.limits.max_provider_share)
        if any(limit is not None for limit in counts):
            return dominated  # in another's place it may be one model or provider too many
        unlimited = np.all([np.isnan(getattr(table, kind)) for kind in RATE_LIMITS], axis=0)
        unlimited[p.self_hosted] = False
        for row in np.flatnonzero((p.min_providers <= 1) & np.isnan(p.pin).all(axis=1)).tolist():
            ix = np.flatnonzero(p.eligible[row])
            by = ix[unlimited[ix]]
            quality = np.nan_to_num(p.quality[row])
            better = p.cost[row, by] * (1 + self.doubt.price) < p.cost[row, ix, None]
            better &= quality[by] >= quality[ix, None]
            better &= p.late[row, by] <= p.late[row, ix, None]
            better &= by != ix[:, None]
            better &= self.qualities.replaces(row, by, ix)
            dominated[row, ix] = better.any(axis=1)
        return dominated

    def figures(self, case: WorstCase) -> tuple[str, ...]:
        """The figures at their worst, by their paths."""
        labels = [f"labels.{self.problem.labels[i]}.requests" for i in case.labels]
        return (*labels, *(f"offers.{self.problem.offers[i]}.price" for i in case.offers))

    def volume(self, labels: LabelSet) -> Floats:
        """(L,) factors of the volumes where these labels' are at their worst."""
        volume = np.ones(len(self.problem.labels))
        volume[list(labels)] += self.doubt.volume
        return volume

    def _rules_with(self, labels: LabelSet) -> list[LinkingConstraint]:
        """The rules across labels, but for the budget, with more requests of some labels."""
        if labels not in self._rules:
            volume, grown = self.volume(labels), {}
            for (name, label), factor in zip(self.routing.labels.items(), volume, strict=True):
                grown[name] = label.model_copy(update={"requests": label.requests * float(factor)})
            problem = self.compiler.compile(self.routing.model_copy(update={"labels": grown}))
            self._rules[labels] = [rule for rule in problem.linking if rule.fixed_coef is None]
        return self._rules[labels]


class WorstQualities:
    """The rows of one routing's rules on quality, at most `k` qualities at their worst, the low ends
    of their 80 % intervals.

    What a mix then has is linear in its shares for any given models (Bertsimas and Sim, as for prices), so a
    rule is a row for each set of models in which some plan has broken it.
    `gap` (L, N) is how far below what is counted an offer may be; `figure` (L, N) numbers what is off at
    once: a model's skills on all labels, or a test result of a label's own. What has no interval is certain.
    """

    def __init__(self, routing: Routing, compiler: Compiler, problem: Problem, k: int) -> None:
        self.problem, self.k = problem, k
        self.routing = routing = compiler.resolved(routing)
        self.gap, self.figure = np.zeros(problem.cost.shape), np.zeros(problem.cost.shape, np.int64)
        table, first = compiler.table, len(compiler.table.models)
        for row, (name, label) in enumerate(routing.labels.items()):
            rows = compiler.rows(routing, name)
            gap = rows.counted - np.maximum(rows.quality - quality_gaps(label, table), 0.0)
            gap[exempt_offers(routing, name, table)] = 0.0
            self.gap[row] = np.nan_to_num(np.maximum(gap, 0.0))
            self.figure[row] = table.model
            if label.is_tested:
                self.figure[row] = first + np.maximum(own_keys(label, table), 0)
                first += len(label.measured)
        self._rules: dict[tuple[str, tuple[int, ...]], LinkingConstraint] = {}

    def all_at_worst(self) -> Problem | None:
        """The problem with every quality at its worst: its plans keep the rules on quality in every case."""
        if not self.gap.any():
            return None
        low = np.nan_to_num(self.problem.quality) - self.gap
        each = [points_of(label.min_quality_each) for label in self.routing.labels.values()]
        floors = np.array([-np.inf if floor is None else floor for floor in each])
        eligible = self.problem.eligible & (low >= floors[:, None] - CASE_RULE_TOL)
        return replace(self.problem.with_quality(low), eligible=eligible)

    def broken_rules(self, shares: Floats) -> Iterator[LinkingConstraint]:
        """The rules on quality that (L, N) shares break, as they are where they do."""
        if not self.k or not self.gap.any():
            return
        p = self.problem
        for row, name in enumerate(p.labels):
            if np.isfinite(floor := float(p.min_quality[row])):
                weight = np.zeros(len(p.labels))
                weight[row] = 1.0
                yield from self._broken(f"labels.{name}.min_quality", weight, floor, shares)
            yield from self._broken_each(row, name, shares)
        for rule in p.linking:
            if rule.path == "limits.min_quality":
                yield from self._broken(rule.path, p.weight, 100 - rule.limit * rule.scale, shares)

    def replaces(self, row: int, by: Ints, ix: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(ix, by) whether an offer's quality is no worse than another's, whichever are at their worst.

        By what is counted it is known to be no worse.
        """
        gap, low = self.gap[row], np.nan_to_num(self.problem.quality[row]) - self.gap[row]
        alike = (self.figure[row, by] == self.figure[row, ix, None]) & (low[by] >= low[ix, None])
        return np.asarray((gap[by] <= 0) | alike)

    def _broken(self, path: str, weight: Floats, floor: float, shares: Floats) -> Iterator[LinkingConstraint]:
        """The rule on the labels' mean by weight (L,) where the k qualities that matter most are low."""
        weighted = weight[:, None] * shares
        quality = float((weighted * np.nan_to_num(self.problem.quality)).sum())
        losses = np.bincount(self.figure.ravel(), (weighted * self.gap).ravel())
        worst = np.argsort(-losses, kind="stable")[: self.k]
        worst = np.sort(worst[losses[worst] > 0])
        if quality - losses[worst].sum() >= floor - CASE_RULE_TOL * 100:
            return
        key = path, tuple(worst.tolist())
        if key not in self._rules:
            at_worst = np.nan_to_num(self.problem.quality) - np.where(
                np.isin(self.figure, worst), self.gap, 0
            )
            scale = max(100 - floor, 1.0)
            coef = weight[:, None] * (100 - at_worst) / scale
            every, limit = np.arange(coef.shape[1]), weight.sum() * 100 / scale - floor / scale
            self._rules[key] = LinkingConstraint(path, every, coef, limit, scale=scale)
        yield self._rules[key]

    def _broken_each(self, row: int, name: str, shares: Floats) -> Iterator[LinkingConstraint]:
        """The offers in use that alone are below the floor of each where they are at their worst."""
        floor = points_of(self.routing.labels[name].min_quality_each)
        if floor is None:
            return
        low = np.nan_to_num(self.problem.quality[row]) - self.gap[row]
        for i in np.flatnonzero(
            (shares[row] > USED_SHARE_TOL) & (low < floor - CASE_RULE_TOL * 100)
        ).tolist():
            key = f"labels.{name}.min_quality_each", (i,)
            if key not in self._rules:
                coef = np.zeros((len(self.problem.labels), 1))
                coef[row] = 1.0
                self._rules[key] = LinkingConstraint(key[0], np.array([i]), coef, 0.0)
            yield self._rules[key]
