"""LiteLLM's quotes -> offers of the models and providers that are on the reviewed list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..prices.quote import Quote
from .names import key_of

Facts = dict[str, Any]


def offers_of(
    quotes: Iterable[Quote],
    providers: dict[str, str],
    known: dict[str, str],
    sources: dict[str, Facts],
    source: str,
) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """(offers by provider/model, what they say of each model). `providers` maps the source's names to keys.

    Of several entries for one offer the one with the shortest name stands: dated ones are snapshots of it.
    """
    offers: dict[str, Facts] = {}
    models: dict[str, Facts] = {}
    for quote in sorted(quotes, key=lambda one: (len(one.name), one.name)):
        provider, model = providers.get(quote.provider), key_of(quote.name, known)
        if provider is None or model is None or f"{provider}/{model}" in offers:
            continue
        offers[f"{provider}/{model}"] = {**quote.facts, "source": source, "as_of": sources[source]["as_of"]}
        about = models.setdefault(model, {"features": set(), "context": 0.0})
        about["context"] = max(about["context"], quote.facts.get("context", 0))
        about["features"] |= quote.features
    return offers, models


def disputed(offer: Facts, other: Facts) -> Facts:
    """The offer with what another source says of its prices, where that differs."""
    prices = ("input", "output", "cache_read", "cache_write")
    told = {p: other[p] for p in prices if p in offer and p in other}
    if all(abs(price - offer[name]) <= 1e-6 * offer[name] for name, price in told.items()):
        return offer
    kept = {"source": other["source"], "as_of": date.fromisoformat(other["as_of"]), **told}
    return offer | {"disputed": [kept]}
