"""A price source's quotes -> offers of the models and providers that are on the reviewed list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ..model_names import callable_first, key_of
from ..prices.quote import Quote, noted

SEARCH = "web_search"
_PRICE_TOL = 1e-6  # relative: prices nearer than this are the same
Facts = dict[str, Any]


def offers_of(
    quotes: Iterable[Quote],
    providers: Mapping[str, str],
    known: Mapping[str, str],
    sources: Mapping[str, Facts],
    source: str,
) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """(offers by provider/model, what they say of each model). `providers` maps the source's names to keys.

    Of several entries for one offer the one that can be called stands, and of those the shortest name: dated
    ones are snapshots of it. A search of the web is what providers add to a model: most have to have it.
    """
    offers: dict[str, Facts] = {}
    models: dict[str, Facts] = {}
    ordered = sorted(quotes, key=lambda quote: callable_first(quote.name, providers.get(quote.provider, "")))
    searched: dict[str, list[bool]] = {}
    for quote in ordered:
        provider, model = providers.get(quote.provider), key_of(quote.name, known)
        if provider is None or model is None or f"{provider}/{model}" in offers:
            continue
        searched.setdefault(model, []).append(SEARCH in quote.features)
        offers[f"{provider}/{model}"] = {**quote.facts, "source": source, "as_of": sources[source]["as_of"]}
        about = models.setdefault(model, {"features": set(), "context": 0.0})
        about["context"] = max(about["context"], quote.facts.get("context", 0))
        about["features"] |= quote.features
    for quote in ordered:
        key = f"{providers.get(quote.provider)}/{key_of(quote.name, known)}"
        region = str(quote.facts.get("id")).partition(".")[0]
        offer = offers.get(key, {})
        dearer = quote.facts["input"] > offer.get("input", quote.facts["input"])
        if region in ("us", "eu") and str(offer.get("id")).startswith("global.") and dearer:
            prices = f"{quote.facts['input']:g} in, {quote.facts['output']:g} out"
            noted(offer, f"the inference profile {quote.facts['id']} costs {prices}")
    for model, flags in searched.items():
        if not searches_web(flags):
            models[model]["features"].discard(SEARCH)
    return offers, models


def searches_web(flags: Sequence[bool]) -> bool:
    """Whether a model searches the web: half of its offers have to say so, for it is what providers add."""
    return 2 * sum(flags) >= len(flags)


def with_dispute(offer: Facts, other: Facts) -> Facts:
    """The offer with what another source says of its prices, where that differs."""
    prices = ("input", "output", "cache_read", "cache_write")
    stated = {name: other[name] for name in prices if name in offer and name in other}
    if all(abs(price - offer[name]) <= _PRICE_TOL * offer[name] for name, price in stated.items()):
        return offer
    quoted = {"source": other["source"], "as_of": date.fromisoformat(other["as_of"]), **stated}
    return offer | {"disputed": [quoted]}
