"""Which offers may serve a label at all, and for those that may not, each rule they break.

A rule is a mask over the offers and the words for one of them, so that the matrices and the explanations
cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...domain.explanation import Break
from ...domain.plan import Exclusion
from ...domain.references import points_of
from ...domain.routing import MIN_CONFIDENCE, Label, Limits, Routing
from ..tolerances import LABEL_RULE_TOL, ROUNDING_TOL
from .formulas import median_latencies, output_tokens
from .offer_table import OfferTable
from .problem import Bools, Floats, Ints
from .quality import counted_qualities, resolved

ROUNDING = 1 + ROUNDING_TOL  # a product may be off by its last digit
Figures = Callable[[int], dict[str, Any]]  # of the i-th offer: the fields of Break by their names


@dataclass(frozen=True)
class EligibilityRule:
    """A rule by its path, the offers that break it (N,), and for the i-th of them the reason in words.

    `figures` are what it needs, has and lacks.
    """

    path: str
    broken: Bools
    reason: Callable[[int], str]
    figures: Figures

    def as_break(self, i: int) -> Break:
        """What the i-th offer breaks, and by how much."""
        return Break(rule=self.path, reason=self.reason(i), **self.figures(i))


def _apart(needed: Callable[[int], float], has: Callable[[int], float], unit: str) -> Figures:
    """Figures that differ by an amount."""
    return lambda i: {
        "needed": float(needed(i)),
        "has": float(has(i)),
        "by": abs(float(needed(i)) - float(has(i))),
        "unit": unit,
    }


def _lacking(wanted: Collection[str], has: Callable[[int, str], bool], unit: str) -> Figures:
    """Figures that are names, of which some are not there."""

    def figures(i: int) -> dict[str, Any]:
        got = [name for name in wanted if has(i, name)]
        return {"needed": list(wanted), "has": got, "by": float(len(wanted) - len(got)), "unit": unit}

    return figures


def _named(needed: Any, has: Callable[[int], Any]) -> Figures:
    """Figures that are no matter of degree."""
    return lambda i: {"needed": needed, "has": has(i)}


def exclusions(routing: Routing, table: OfferTable, name: str) -> Iterator[Exclusion]:
    """Every rule that every offer left out of label `name` breaks, offer by offer."""
    broken = [
        (i, rule) for rule in eligibility_rules(routing, table, name) for i in np.flatnonzero(rule.broken)
    ]
    for i, rule in sorted(broken, key=lambda pair: int(pair[0])):
        yield Exclusion(offer=table.offers[i], rule=rule.path, reason=rule.reason(int(i)))


def eligible_offers(routing: Routing, table: OfferTable, name: str) -> Bools:
    """(N,) the offers that break no rule of label `name`."""
    out = np.ones(len(table.offers), dtype=bool)
    for rule in eligibility_rules(routing, table, name):
        out &= ~rule.broken
    return out


def eligibility_rules(routing: Routing, table: OfferTable, name: str) -> Iterator[EligibilityRule]:
    """Every rule in force that takes single offers out of a label's choice."""
    routing = resolved(routing, table)
    label = routing.labels[name]
    there = _named("not retired", lambda _: "retired")
    yield EligibilityRule("catalog.status", table.gone, lambda _: "retired", there)
    yield from _whole(routing.limits, table)
    for rule in (*_size(label, table), *_choice(label, table), *_fitness(routing, name, table)):
        yield replace(rule, path=f"labels.{name}.{rule.path}")


def _whole(limits: Limits, table: OfferTable) -> Iterator[EligibilityRule]:
    def listed(
        kind: str, codes: Ints, names: tuple[str, ...], wanted: tuple[str, ...], deny: bool
    ) -> EligibilityRule:
        among = models_among(table, wanted) if kind == "models" else _among(names, wanted)[codes]

        def name_of(i: int) -> str:
            return names[int(codes[i])]

        if deny:
            noun = {"providers": "provider", "models": "model"}[kind]
            figures = _named("not denied", name_of)
            return EligibilityRule(
                f"limits.deny_{kind}", among, lambda i: f"{noun} {name_of(i)} is denied", figures
            )
        figures = _named(list(wanted), name_of)
        return EligibilityRule(
            f"limits.{kind}", ~among, lambda i: f"{name_of(i)} is not among the allowed {kind}", figures
        )

    provider, model = table.provider, table.model
    if limits.providers is not None:
        yield listed("providers", provider, table.providers, limits.providers, deny=False)
    if limits.deny_providers:
        yield listed("providers", provider, table.providers, limits.deny_providers, deny=True)
    if limits.models is not None:
        yield listed("models", model, table.models, limits.models, deny=False)
    if limits.deny_models:
        yield listed("models", model, table.models, limits.deny_models, deny=True)
    yield from _conditions(limits, table)


def _conditions(limits: Limits, table: OfferTable) -> Iterator[EligibilityRule]:
    """What single offers must be: open, in a region, silent about the data."""
    provider = table.provider
    if limits.open_weights:
        needs_and_has = _named(needed=True, has=lambda _: False)
        yield EligibilityRule(
            "limits.open_weights", ~table.open_weights, lambda _: "the weights are not open", needs_and_has
        )
    if limits.regions is not None:
        wanted = limits.regions
        regions = table.regions

        def where(i: int) -> str:
            served = f"served in {', '.join(regions[i])}" if regions[i] else "where it is served is not known"
            return f"{served}, not in {' or '.join(wanted)}"

        figures = _named(list(wanted), lambda i: list(regions[i]))
        yield EligibilityRule("limits.regions", served_outside(wanted, table), where, figures)
    if not limits.trains_on_data:

        def trains(i: int) -> str:
            known = "trains" if table.trains[i] == 1 else "may train"
            return f"{table.providers[int(provider[i])]} {known} on your data"

        needs_and_has = _named(needed=False, has=lambda i: True if table.trains[i] == 1 else None)
        yield EligibilityRule("limits.trains_on_data", table.trains != 0, trains, needs_and_has)


def served_outside(wanted: Collection[str], table: OfferTable) -> Bools:
    """(N,) the offers not known to be served in one of these regions."""
    return np.array([not set(regions) & set(wanted) for regions in table.regions], dtype=bool)


def largest_context(label: Label, table: OfferTable) -> Floats:
    """(N,) the largest `context` of the label, input + output tokens, that fits each offer.

    The prompt's part counts by the model's tokenizer, against the window and against the longest prompt.
    """
    prompt = np.minimum(table.window - label.output_tokens, table.max_input) / table.prompt_tokens
    return np.asarray(prompt + label.output_tokens)


def _size(label: Label, table: OfferTable) -> Iterator[EligibilityRule]:
    prompt = (label.required_context - label.output_tokens) * table.prompt_tokens
    whole = prompt + label.output_tokens
    short = whole > table.window * ROUNDING
    has, needs = np.where(short, table.window, table.max_input), np.where(short, whole, prompt)

    def room(i: int) -> str:
        verb = f"of context, has {has[i]:,.0f}" if short[i] else f"of prompt, takes {has[i]:,.0f}"
        return f"needs {needs[i]:,.0f} tokens {verb}"

    figures = _apart(lambda i: needs[i], lambda i: has[i], "tokens")
    yield EligibilityRule("context", short | (prompt > table.max_input * ROUNDING), room, figures)
    out = output_tokens(label, table)

    def answer(i: int) -> str:
        return f"answers {out[i]:,.0f} tokens, at most {table.max_output[i]:,.0f} allowed"

    figures = _apart(lambda i: out[i], lambda i: table.max_output[i], "tokens")
    yield EligibilityRule("output_tokens", out > table.max_output * ROUNDING, answer, figures)
    if label.features:
        none = np.zeros(len(table.offers), dtype=bool)
        lacks = {name: ~table.features.get(name, none) for name in label.features}

        def missing(i: int) -> str:
            names = [name for name, lack in lacks.items() if lack[i]]
            unknown = [name for name in names if name in table.unknown_features[i]]
            lacked = [name for name in names if name not in unknown]
            parts = [f"lacks {', '.join(lacked)}"] * bool(lacked)
            parts += [f"not known to have {', '.join(unknown)}"] * bool(unknown)
            return ", ".join(parts)

        out_of = np.asarray(np.any(list(lacks.values()), axis=0))
        got = _lacking(label.features, lambda i, name: not lacks[name][i], "features")
        yield EligibilityRule("features", out_of, missing, got)


def _choice(label: Label, table: OfferTable) -> Iterator[EligibilityRule]:
    if label.allow is not None:
        out = ~offers_among(table, label.allow)
        figures = _named(list(label.allow), lambda i: table.offers[i])
        yield EligibilityRule("allow", out, lambda _: "not among the allowed offers", figures)
    if label.deny:
        figures = _named("not denied", lambda i: table.offers[i])
        yield EligibilityRule("deny", offers_among(table, label.deny), lambda _: "denied", figures)


def _fitness(routing: Routing, name: str, table: OfferTable) -> Iterator[EligibilityRule]:
    label = routing.labels[name]
    if routing.needs_quality(label):
        score, wanted = counted_qualities(routing, name, table), _unscored(label)
        unknown = np.full(len(table.offers), np.nan)
        known = {name: ~np.isnan(table.skills.get(name, unknown)) for name in label.skills}
        got = _lacking(tuple(label.skills), lambda i, name: bool(known[name][i]), "skills")
        yield EligibilityRule("skills", np.isnan(score), lambda _: wanted, got)
        least, how = points_of(label.min_quality_each), _counted_how(routing.confidence(label))
        if least is not None:
            yield EligibilityRule(
                "min_quality_each",
                score < least - LABEL_RULE_TOL,
                lambda i: f"quality {score[i]:.1f}{how}, at least {least:.4g} asked of each",
                _apart(lambda _: least, lambda i: score[i], "points"),
            )
    limit = label.latency_limit
    if limit is not None:
        mute = np.isnan(median_latencies(label, table))
        figures = lambda _: {"needed": limit, "has": None, "unit": "s"}  # noqa: E731
        yield EligibilityRule("max_latency", mute, lambda _: "speed unknown", figures)


def _unscored(label: Label) -> str:
    if label.is_tested:
        return "unscored: the label's own tests are not of it"
    return f"unscored for {', '.join(label.skills)}"


def _counted_how(confidence: float) -> str:
    return f" counted at {confidence:.4g} confidence" if confidence > MIN_CONFIDENCE else ""


def models_among(table: OfferTable, listed: Collection[str]) -> Bools:
    """(N,) the offers of the models that a list covers: without a level all of a model's levels."""
    by_level = _among(table.full_models, listed)[table.model]
    return np.asarray(by_level | _among(table.base_models, listed)[table.base_model])


def offers_among(table: OfferTable, listed: Collection[str]) -> Bools:
    """(N,) the same for a list of offers."""
    return np.asarray(_among(table.full_offers, listed) | _among(table.base_offers, listed)[table.base_offer])


def _among(names: tuple[str, ...], wanted: Collection[str]) -> Bools:
    wanted_set = set(wanted)
    return np.array([name in wanted_set for name in names], dtype=bool)
