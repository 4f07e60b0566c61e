"""The worst case of a plan when at most k figures are at their worst.

Budgeted uncertainty (Bertsimas and Sim, The price of robustness, Operations Research 52, 2004). The figures
are each offer's price, each label's requests and each model's quality (see worst_quality). A price and a
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
from ...domain.robustness import Doubt
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.formulas import RATE_LIMITS
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..tolerances import CASE_RULE_TOL, MAX_LABEL_SETS
from .worst_quality import WorstQualities

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
