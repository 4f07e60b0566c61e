"""The worst case of a plan when at most k figures are at their worst (Bertsimas and Sim, 2004).

The figures are each offer's price and each label's requests. A price and a volume may both be at their worst,
and then multiply, so the labels' part is enumerated; given that, the worst prices are those of most money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from ...domain.errors import InputError
from ...domain.robustness import Doubt
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..tolerances import MAX_LABEL_SETS


@dataclass(frozen=True)
class Case:
    """Labels and offers (by index) whose volume or price is at its worst."""

    labels: tuple[int, ...]
    offers: tuple[int, ...]


class WorstCaseModel:
    """The worst cases of one routing's plans."""

    def __init__(self, routing: Routing, compiler: Compiler, doubt: Doubt, k: int) -> None:
        self.routing, self.compiler, self.doubt, self.k = routing, compiler, doubt, k
        self.problem = compiler.compile(routing)
        count = len(self.problem.labels)
        if sum(comb(count, n) for n in range(min(k, count) + 1)) > MAX_LABEL_SETS:
            raise InputError(f"too many sets of {k} of {count} labels; choose a smaller number", key="--k")
        self.sets = [some for n in range(min(k, count) + 1) for some in combinations(range(count), n)]
        self._rules: dict[tuple[int, ...], list[LinkingConstraint]] = {}

    def cost(self, shares: Floats, replicas: Ints | None) -> tuple[float, Case]:
        """The most that (L, N) shares can cost, and the case."""
        money = self.problem.cost * shares
        best, case = -np.inf, Case((), ())
        for labels in self.sets:
            grown = self.volume(labels)[:, None] * money
            more = self.doubt.price * grown.sum(axis=0)
            left = min(self.k - len(labels), len(more))
            top = np.argsort(-more, kind="stable")[:left]
            total = float(grown.sum() + more[top].sum())
            if total > best:
                best, case = total, Case(labels, tuple(int(i) for i in top if more[i] > 0))
        return best + _rent(self.problem, replicas), case

    def costs(self, case: Case) -> Floats:
        """(L, N) what a share of 1 costs in a case."""
        price = np.ones(len(self.problem.offers))
        price[list(case.offers)] += self.doubt.price
        return np.asarray(self.problem.cost * self.volume(case.labels)[:, None] * price)

    def row(self, case: Case, most: float) -> LinkingConstraint:
        """The linear row: the cost of a case is at most this (USD a month, above 0)."""
        every = np.arange(len(self.problem.offers))
        return LinkingConstraint(
            "limits.budget", every, self.costs(case) / most, 1.0, fixed_coef=self.problem.fixed_cost / most
        )

    def rules(self, shares: Floats, replicas: Ints | None) -> Iterator[LinkingConstraint]:
        """Rate limits and provider shares as they are in a case in which these shares break them."""
        for labels in self.sets:
            for rule in self._of(labels):
                load = float((rule.coef * shares[:, rule.offers]).sum())
                if rule.replica_of >= 0:
                    load -= 0 if replicas is None else int(replicas[rule.replica_of])
                if load > rule.limit + 1e-7 * max(1.0, abs(rule.limit)):
                    yield rule

    def needless(self) -> Bools:
        """(L, N) offers that some safe plan does without: another one of the label, without rate limits and
        no worse in quality and lateness, costs less at its worst than they do at their best."""
        p, table = self.problem, self.compiler.table
        out = np.zeros(p.cost.shape, dtype=bool)
        few = (p.max_models, p.max_providers, self.routing.limits.max_provider_share)
        if any(rule is not None for rule in few):
            return out  # in another's place it may be one model or provider too many
        free = np.isnan(table.rpm) & np.isnan(table.tpm)
        free[p.self_hosted] = False
        for k in np.flatnonzero((p.min_providers <= 1) & np.isnan(p.pin).all(axis=1)):
            ix = np.flatnonzero(p.eligible[k])
            by = ix[free[ix]]
            quality = np.nan_to_num(p.quality[k])
            better = p.cost[k, by] * (1 + self.doubt.price) < p.cost[k, ix, None]
            better &= quality[by] >= quality[ix, None]
            better &= p.late[k, by] <= p.late[k, ix, None]
            better &= by != ix[:, None]
            out[k, ix] = better.any(axis=1)
        return out

    def names(self, case: Case) -> tuple[str, ...]:
        """The figures by their paths."""
        labels = [f"labels.{self.problem.labels[i]}.requests" for i in case.labels]
        return (*labels, *(f"offers.{self.problem.offers[i]}.price" for i in case.offers))

    def volume(self, labels: tuple[int, ...]) -> Floats:
        """(L,) factors of the volumes where these labels' are at their worst."""
        volume = np.ones(len(self.problem.labels))
        volume[list(labels)] += self.doubt.volume
        return volume

    def _of(self, labels: tuple[int, ...]) -> list[LinkingConstraint]:
        """The rules across labels, but for the budget, with more requests of some labels."""
        if labels not in self._rules:
            volume, grown = self.volume(labels), {}
            for (name, label), by in zip(self.routing.labels.items(), volume, strict=True):
                grown[name] = label.model_copy(update={"requests": label.requests * float(by)})
            problem = self.compiler.compile(self.routing.model_copy(update={"labels": grown}))
            self._rules[labels] = [rule for rule in problem.linking if rule.fixed_coef is None]
        return self._rules[labels]


def _rent(problem: Problem, replicas: Ints | None) -> float:
    return 0.0 if replicas is None or not len(problem.fixed_cost) else float(replicas @ problem.fixed_cost)
