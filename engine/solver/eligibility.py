"""Which offers may serve a label at all, and for those that may not, each rule they break.

A rule is a mask over the offers and the words for one of them, so that the matrices and the explanations
cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..domain.catalog import Catalog
from ..domain.plan import Exclusion
from ..domain.routing import Label, Limits, Routing
from .problem import Bools, Floats
from .table import Table, tabled


@dataclass(frozen=True)
class Rule:
    """A rule by its path, the offers that break it (N,), and the reason in words for the i-th of them."""

    path: str
    broken: Bools
    reason: Callable[[int], str]


def exclusions(routing: Routing, catalog: Catalog, today: date) -> dict[str, tuple[Exclusion, ...]]:
    """Label -> every rule that every ineligible offer breaks, with the reason in words."""
    table = tabled(catalog, today)
    return {name: tuple(broken(routing, table, name)) for name in routing.labels}


def broken(routing: Routing, table: Table, name: str) -> Iterator[Exclusion]:
    """Every rule that every offer left out of label `name` breaks, offer by offer."""
    found = [(i, rule) for rule in rules(routing, table, name) for i in np.flatnonzero(rule.broken)]
    for i, rule in sorted(found, key=lambda pair: int(pair[0])):
        yield Exclusion(offer=table.offers[i], rule=rule.path, reason=rule.reason(int(i)))


def eligible(routing: Routing, table: Table, name: str) -> Bools:
    """(N,) the offers that break no rule of label `name`."""
    out = np.ones(len(table.offers), dtype=bool)
    for rule in rules(routing, table, name):
        out &= ~rule.broken
    return out


def rules(routing: Routing, table: Table, name: str) -> Iterator[Rule]:
    """Every rule in force that takes single offers out of a label's choice."""
    label = routing.labels[name]
    yield Rule("catalog.status", table.gone, lambda _: "retired")
    yield from _whole(routing.limits, table)
    for rule in (*_size(label, table), *_choice(label, table), *_fitness(routing, label, table)):
        yield Rule(f"labels.{name}.{rule.path}", rule.broken, rule.reason)


def _whole(limits: Limits, table: Table) -> Iterator[Rule]:
    provider, model = table.provider, table.model

    def seller(i: int) -> str:
        return table.providers[int(provider[i])]

    def weights(i: int) -> str:
        return table.models[int(model[i])]

    if limits.providers is not None:
        out = ~_among(table.providers, limits.providers)[provider]
        yield Rule("limits.providers", out, lambda i: f"{seller(i)} is not among the allowed providers")
    if limits.deny_providers:
        out = _among(table.providers, limits.deny_providers)[provider]
        yield Rule("limits.deny_providers", out, lambda i: f"provider {seller(i)} is denied")
    if limits.models is not None:
        out = ~_among(table.models, limits.models)[model]
        yield Rule("limits.models", out, lambda i: f"{weights(i)} is not among the allowed models")
    if limits.deny_models:
        out = _among(table.models, limits.deny_models)[model]
        yield Rule("limits.deny_models", out, lambda i: f"model {weights(i)} is denied")
    if limits.open_weights:
        yield Rule("limits.open_weights", ~table.open_weights, lambda _: "the weights are not open")
    if not limits.trains_on_data:

        def trains(i: int) -> str:
            return f"{seller(i)} {'trains' if table.trains[i] == 1 else 'may train'} on your data"

        yield Rule("limits.trains_on_data", table.trains != 0, trains)


def _size(label: Label, table: Table) -> Iterator[Rule]:
    def window(i: int) -> str:
        return f"needs {label.fits:,.0f} tokens of context, has {table.window[i]:,.0f}"

    yield Rule("context", label.fits > table.window, window)
    out = label.output_tokens * table.verbosity

    def answer(i: int) -> str:
        return f"answers {out[i]:,.0f} tokens, at most {table.max_output[i]:,.0f} allowed"

    yield Rule("output_tokens", out > table.max_output, answer)
    if label.features:
        none = np.zeros(len(table.offers), dtype=bool)
        lacks = {name: ~table.features.get(name, none) for name in label.features}

        def missing(i: int) -> str:
            return f"lacks {', '.join(name for name, lack in lacks.items() if lack[i])}"

        yield Rule("features", np.asarray(np.any(list(lacks.values()), axis=0)), missing)


def _choice(label: Label, table: Table) -> Iterator[Rule]:
    if label.allow is not None:
        yield Rule("allow", ~_among(table.offers, label.allow), lambda _: "not among the allowed offers")
    if label.deny:
        yield Rule("deny", _among(table.offers, label.deny), lambda _: "denied")


def _fitness(routing: Routing, label: Label, table: Table) -> Iterator[Rule]:
    if routing.needs_quality(label):
        score, wanted = qualities(label, table), f"unscored for {', '.join(label.skills)}"
        yield Rule("skills", np.isnan(score), lambda _: wanted)
        least = label.min_quality_each
        if least is not None:
            yield Rule(
                "min_quality_each",
                score < least - 1e-9,
                lambda i: f"quality {score[i]:.1f}, at least {least:g} asked of each",
            )
    if label.latency_limit is not None:
        unknown = np.isnan(table.ttft) | np.isnan(table.tps)
        yield Rule("max_latency", unknown, lambda _: "speed unknown")


def qualities(label: Label, table: Table) -> Floats:
    """(N,) `sum(w*skill) / sum(w)`, 0-100; nan where a weighted skill is unknown or nothing is weighted."""
    if not label.skills or not all(name in table.skills for name in label.skills):
        return np.full(len(table.offers), np.nan)
    total = sum(weight * table.skills[name] for name, weight in label.skills.items())
    return np.asarray(total / sum(label.skills.values()))


def _among(names: tuple[str, ...], wanted: tuple[str, ...]) -> Bools:
    some = set(wanted)
    return np.array([name in some for name in names], dtype=bool)
