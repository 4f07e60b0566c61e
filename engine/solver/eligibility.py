"""Which offers may serve a label at all, and for those that may not, each rule they break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..domain.catalog import Catalog, Model, Offer
from ..domain.plan import Exclusion
from ..domain.routing import Label, Limits, Routing
from .skills import quality, skill_table


def exclusions(routing: Routing, catalog: Catalog, today: date) -> dict[str, tuple[Exclusion, ...]]:
    """Label -> every rule that every ineligible offer breaks, with the reason in words."""
    skills = skill_table(catalog)
    return {
        name: tuple(
            Exclusion(offer=key, rule=rule, reason=reason)
            for key in catalog.offers
            for rule, reason in breaks(routing, catalog, skills, name, key, today=today)
        )
        for name in routing.labels
    }


def breaks(
    routing: Routing,
    catalog: Catalog,
    skills: dict[str, dict[str, float]],
    name: str,
    key: str,
    *,
    today: date,
) -> Iterator[tuple[str, str]]:
    """(path of the rule, reason) for each rule that offer `key` breaks for label `name`."""
    label, offer = routing.labels[name], catalog.offers[key]
    provider, _, model = key.partition("/")
    yield from _gone(offer, today)
    for rule, reason in _whole(routing.limits, catalog, provider, model):
        yield f"limits.{rule}", reason
    for rule, reason in _size(label, offer, catalog.models[model]):
        yield f"labels.{name}.{rule}", reason
    for rule, reason in _choice(label, key):
        yield f"labels.{name}.{rule}", reason
    score = quality(skills[model], label.skills)
    for rule, reason in _fitness(routing, label, offer, score):
        yield f"labels.{name}.{rule}", reason


def _gone(offer: Offer, today: date) -> Iterator[tuple[str, str]]:
    if offer.status == "retired" or (offer.retires is not None and offer.retires < today):
        when = f" on {offer.retires}" if offer.retires is not None else ""
        yield "catalog.status", f"retired{when}"


def _whole(limits: Limits, catalog: Catalog, provider: str, model: str) -> Iterator[tuple[str, str]]:
    if limits.providers is not None and provider not in limits.providers:
        yield "providers", f"{provider} is not among the allowed providers"
    if provider in limits.deny_providers:
        yield "deny_providers", f"provider {provider} is denied"
    if limits.models is not None and model not in limits.models:
        yield "models", f"{model} is not among the allowed models"
    if model in limits.deny_models:
        yield "deny_models", f"model {model} is denied"
    if limits.open_weights and not catalog.models[model].open_weights:
        yield "open_weights", "the weights are not open"
    trains = catalog.providers[provider].trains_on_data
    if not limits.trains_on_data and trains is not False:
        yield "trains_on_data", f"{provider} {'trains' if trains else 'may train'} on your data"


def _size(label: Label, offer: Offer, model: Model) -> Iterator[tuple[str, str]]:
    window = min(model.context, offer.context if offer.context is not None else model.context)
    if label.fits > window:
        yield "context", f"needs {label.fits:,.0f} tokens of context, has {window:,.0f}"
    outputs = [limit for limit in (model.max_output, offer.max_output) if limit is not None]
    out = label.output_tokens * model.verbosity
    if outputs and out > min(outputs):
        yield "output_tokens", f"answers {out:,.0f} tokens, at most {min(outputs):,.0f} allowed"
    missing = [feature for feature in label.features if feature not in model.features]
    if missing:
        yield "features", f"lacks {', '.join(missing)}"


def _choice(label: Label, key: str) -> Iterator[tuple[str, str]]:
    if label.allow is not None and key not in label.allow:
        yield "allow", "not among the allowed offers"
    if key in label.deny:
        yield "deny", "denied"


def _fitness(routing: Routing, label: Label, offer: Offer, score: float | None) -> Iterator[tuple[str, str]]:
    if routing.needs_quality(label) and score is None:
        yield "skills", f"unscored for {', '.join(label.skills)}"
    least = label.min_quality_each
    if least is not None and score is not None and score < least - 1e-9:
        yield "min_quality_each", f"quality {score:.1f}, at least {least:g} asked of each"
    if label.latency_limit is not None and (offer.ttft is None or offer.tps is None):
        yield "max_latency", "speed unknown"
