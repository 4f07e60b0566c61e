"""LiteLLM's quotes -> offers of the models and providers that are on the reviewed list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..prices.quote import Quote
from .names import key_of

Facts = dict[str, Any]


def offers_of(
    quotes: Iterable[Quote], providers: dict[str, str], known: dict[str, str], as_of: str
) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """(offers by provider/model, what they say of each model). `providers` maps LiteLLM's names to keys.

    Of several entries for one offer the one with the shortest name stands: dated ones are snapshots of it.
    """
    offers: dict[str, Facts] = {}
    models: dict[str, Facts] = {}
    for quote in sorted(quotes, key=lambda one: (len(one.name), one.name)):
        provider, model = providers.get(quote.provider), key_of(quote.name, known)
        if provider is None or model is None or f"{provider}/{model}" in offers:
            continue
        offers[f"{provider}/{model}"] = {**quote.facts, "source": "litellm", "as_of": as_of}
        about = models.setdefault(model, {"features": set(), "context": 0.0})
        about["context"] = max(about["context"], quote.facts.get("context", 0))
        about["features"] |= quote.features
    return offers, models
