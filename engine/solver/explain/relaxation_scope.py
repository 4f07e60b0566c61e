"""What of an infeasible routing may give way, and how far each relaxation moves a rule.

A movement is relative to the rule's limit: a budget of 100 USD that becomes 110, a floor of 80 that becomes
72 and a limit of ten models that becomes eleven have all moved by 0.1. What has no size counts DROP_WEIGHT
each: a switch, an item of a list, a rule that is dropped because only then unknown figures are allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

import numpy as np

from ...domain.references import grid_origin, rounded
from ...domain.routing import Label, Routing
from ...domain.rules import quality_rules, rules_in_force, spec_of, value_of, without
from ..compile.compiler import Compiler
from ..compile.eligibility import largest_context, models_among, offers_among, served_outside
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats, Ints, Problem
from ..tolerances import GRID_TOL, LABEL_RULE_TOL

DROP_WEIGHT = 2.0  # movement of a switch, an item or a dropped rule: twice the whole of a floor


@dataclass(frozen=True)
class RelaxationScope:
    """A routing whose `soft_rules` (paths) may give way; the others are hard.

    `unruled` is its problem without any rule; `median` (L, N) are the offers' seconds, nan where unknown, and
    `spread` their p95 over that. `quality` (L, N) is what the routing's rules count of each offer.
    """

    routing: Routing
    table: OfferTable
    unruled: Problem
    median: Floats
    spread: Floats
    quality: Floats
    soft_rules: frozenset[str]

    @staticmethod
    def of(routing: Routing, compiler: Compiler, soft_rules: Set[str] | None = None) -> RelaxationScope:
        """The scope of a routing; None for `soft_rules` means every rule in force."""
        routing = compiler.resolved(routing)
        rules = rules_in_force(routing)
        unruled = without(routing, {*rules})
        rows = [compiler.rows(routing, name) for name in routing.labels]
        median, spread, quality = (
            np.array([getattr(row, name) for row in rows]) for name in ("median", "spread", "counted")
        )
        soft_rules = frozenset(rules if soft_rules is None else soft_rules)
        problem = compiler.compile(unruled)
        return RelaxationScope(routing, compiler.table, problem, median, spread, quality, soft_rules)

    def limit(self, path: str) -> float:
        """The number that a rule states, in its unit."""
        return float(value_of(self.routing, path))

    def scale(self, path: str) -> float:
        """What a movement of 1 is in the rule's unit: its limit; of a rule whose limit is 0 its step."""
        return abs(self.limit(path)) or float(spec_of(path).step or 1.0)

    def round_outward(self, path: str, limit: float, sign: int) -> float:
        """The limit on the rule's grid, rounded the way that the rule gives (-1: down, 1: up)."""
        grid, origin = spec_of(path).grid, grid_origin(value_of(self.routing, path))
        steps = (limit - origin) / grid
        whole = floor(steps + GRID_TOL) if sign < 0 else ceil(steps - GRID_TOL)
        return rounded(origin + whole * grid, origin)


@dataclass(frozen=True)
class ElasticBinary:
    """One discrete relaxation of a rule, 1 where the plan takes it; it moves the rule by `weight`.

    `concession` is the item of the rule's list, or the new limit of its threshold; None where the rule is
    dropped. Offers `offers` serve the `labels` only if it is taken, or the rule dropped. The weights of a
    threshold's binaries add up: an offer that needs the second needs the first. An infinite weight: not to be
    had.
    """

    path: str
    weight: float
    concession: Any
    labels: tuple[int, ...]
    offers: Ints


def elastic_binaries(scope: RelaxationScope, max_movement: float) -> list[ElasticBinary]:
    """Every discrete relaxation; those of hard rules and beyond `max_movement` have an infinite weight."""
    binaries = [*_limit_binaries(scope), *_unscored_binaries(scope)]
    for row, (name, label) in enumerate(scope.routing.labels.items()):
        binaries += _label_binaries(scope, row, f"labels.{name}", label, max_movement)
    return [
        binary
        if binary.path in scope.soft_rules and binary.weight <= max_movement
        else replace(binary, weight=np.inf)
        for binary in binaries
    ]


def _limit_binaries(scope: RelaxationScope) -> Iterator[ElasticBinary]:
    """The limits' lists and switches, for all labels at once."""
    limits, table = scope.routing.limits, scope.table
    labels = tuple(range(len(scope.unruled.labels)))

    def binary(name: str, item: Any, barred: Bools) -> ElasticBinary:
        return ElasticBinary(f"limits.{name}", DROP_WEIGHT, item, labels, np.flatnonzero(barred))

    for code, name in enumerate(table.providers):
        if limits.providers is not None and name not in limits.providers:
            yield binary("providers", name, table.provider == code)
        if name in limits.deny_providers:
            yield binary("deny_providers", name, table.provider == code)
    if limits.models is not None:
        for name, offers in _to_list(
            table.full_models, table.model, table.base_models, table.base_model, limits.models
        ):
            yield binary("models", name, offers)
    for name in sorted({*limits.deny_models} & {*table.base_models, *table.full_models}):
        yield binary("deny_models", name, models_among(table, [name]))
    if limits.regions is not None:
        yield binary("regions", None, served_outside(limits.regions, table))
    if limits.open_weights:
        yield binary("open_weights", None, ~table.open_weights)
    if not limits.trains_on_data:
        yield binary("trains_on_data", None, table.trains != 0)


def _to_list(
    full_names: tuple[str, ...],
    code: Ints,
    base_names: tuple[str, ...],
    base_code: Ints,
    listed: Sequence[str],
) -> Iterator[tuple[str, Bools]]:
    """(name, the offers that it lets in) of every name that a list may be given: where it names no level yet
    of a model or an offer, that without a level, else the missing levels."""
    for base, name in enumerate(base_names):
        levels = np.unique(code[base_code == base])
        if name in listed:
            continue
        if {full_names[level] for level in levels}.isdisjoint(listed):
            yield name, base_code == base
            continue
        for level in levels:
            if full_names[level] not in listed:
                yield full_names[level], code == level


def _unscored_binaries(scope: RelaxationScope) -> Iterator[ElasticBinary]:
    """Offers of unknown quality need every quality rule of the label dropped."""
    for row, (name, label) in enumerate(scope.routing.labels.items()):
        unscored = np.flatnonzero(np.isnan(scope.quality[row]))
        for rule in quality_rules():
            if getattr(label, rule) is not None:
                yield ElasticBinary(f"labels.{name}.{rule}", DROP_WEIGHT, None, (row,), unscored)
        if scope.routing.limits.min_quality is not None:
            yield ElasticBinary("limits.min_quality", DROP_WEIGHT, None, (row,), unscored)
        if scope.routing.objective == "quality":
            yield ElasticBinary("objective", DROP_WEIGHT, None, (row,), unscored)


def _label_binaries(
    scope: RelaxationScope, row: int, prefix: str, label: Label, max_movement: float
) -> Iterator[ElasticBinary]:
    """A label's lists and thresholds."""
    table, featureless = scope.table, np.zeros(len(scope.table.offers), dtype=bool)

    def binary(name: str, item: Any, barred: Ints) -> ElasticBinary:
        return ElasticBinary(f"{prefix}.{name}", DROP_WEIGHT, item, (row,), barred)

    for feature in label.features:
        yield binary("features", feature, np.flatnonzero(~table.features.get(feature, featureless)))
    if label.allow is not None:
        every = np.arange(len(table.offers))
        for offer, barred in _to_list(
            table.full_offers, every, table.base_offers, table.base_offer, label.allow
        ):
            yield binary("allow", offer, np.flatnonzero(barred))
    for offer in sorted({*label.deny} & {*table.base_offers, *table.full_offers}):
        yield binary("deny", offer, np.flatnonzero(offers_among(table, [offer])))
    yield from _threshold_binaries(
        scope, row, f"{prefix}.context", largest_context(label, table), max_movement
    )
    if label.min_quality_each is not None:
        quality = scope.quality[row]
        yield from _threshold_binaries(scope, row, f"{prefix}.min_quality_each", quality, max_movement)
    if label.latency_limit is not None:
        yield binary("max_latency", None, np.flatnonzero(np.isnan(scope.median[row])))
    for offer in label.pin:
        yield binary("pin", offer, np.zeros(0, np.int64))


def _threshold_binaries(
    scope: RelaxationScope, row: int, path: str, figures: Floats, max_movement: float
) -> Iterator[ElasticBinary]:
    """One for every lower limit that lets in offers whose `figures` (N,) the rule's limit is above."""
    limit = previous = scope.limit(path)
    short = scope.unruled.eligible[row] & (figures < limit - LABEL_RULE_TOL)
    if path not in scope.soft_rules:
        yield ElasticBinary(path, np.inf, None, (row,), np.flatnonzero(short))
        return
    lower = {scope.round_outward(path, float(figure), -1) for figure in figures[short]}
    for threshold in sorted(lower, reverse=True):
        barred = np.flatnonzero(short & (figures < previous - LABEL_RULE_TOL))
        if (limit - threshold) / scope.scale(path) > max_movement:
            yield ElasticBinary(path, np.inf, threshold, (row,), barred)
            return
        yield ElasticBinary(path, (previous - threshold) / scope.scale(path), threshold, (row,), barred)
        previous = threshold
