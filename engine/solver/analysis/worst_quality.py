"""Qualities at their worst: at most k of a routing's models at the low end of their 80 % intervals.

What a mix then has is linear in its shares for any given models (Bertsimas and Sim, as for prices), so a rule
on quality is a row for each set of models in which some plan has broken it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...domain.references import points_of
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.doubt import own_keys
from ..compile.problem import Floats, Ints, LinkingConstraint, Problem
from ..compile.quality import exempt_offers, quality_gaps
from ..tolerances import CASE_RULE_TOL, USED_SHARE_TOL


class WorstQualities:
    """The rows of one routing's rules on quality, at most `k` qualities at their worst.

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
