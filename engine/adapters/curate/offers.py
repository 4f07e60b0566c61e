"""LiteLLM's price map -> offers. It prices a token; the catalogue a million of them, converted only here."""

from __future__ import annotations

import re
from typing import Any

from .names import key_of

Facts = dict[str, Any]
MILLION = 1_000_000
FEATURES = {
    "supports_function_calling": "tools",
    "supports_response_schema": "structured",
    "supports_reasoning": "reasoning",
    "supports_vision": "vision",
    "supports_audio_input": "audio",
    "supports_pdf_input": "pdf",
    "supports_web_search": "web_search",
}
PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}


def per_million(per_token: float) -> float:
    """USD per million tokens from USD per token, without the noise of binary fractions."""
    return float(f"{per_token * MILLION:.9g}")


def offers_of(
    prices: dict[str, Facts], providers: dict[str, str], known: dict[str, str], as_of: str
) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """(offers by provider/model, what they say of each model). `providers` maps LiteLLM's names to keys.

    Of several entries for one offer the one with the shortest name stands: dated ones are snapshots of it.
    An entry without a price, or with a price of zero, is left out: the map holds zeros for unknown.
    """
    offers: dict[str, Facts] = {}
    models: dict[str, Facts] = {}
    for name in sorted(prices, key=lambda n: (len(n), n)):
        facts = prices[name]
        provider = providers.get(str(facts.get("litellm_provider")))
        model = key_of(name, known)
        if provider is None or model is None or facts.get("mode") not in {"chat", "responses"}:
            continue
        if not (facts.get("input_cost_per_token") and facts.get("output_cost_per_token")):
            continue
        key = f"{provider}/{model}"
        if key not in offers:
            offers[key] = _offer(name, facts, as_of)
            _describe(models.setdefault(model, {"features": set(), "context": 0.0}), facts)
    return offers, models


def _offer(name: str, facts: Facts, as_of: str) -> Facts:
    prefix = f"{facts['litellm_provider']}/"
    offer: Facts = {"id": name.removeprefix(prefix)}
    for field, source in PRICES.items():
        if facts.get(source):
            offer[field] = per_million(facts[source])
    if tiers := _tiers(facts):
        offer["tiers"] = tiers
    batch = facts.get("input_cost_per_token_batches")
    if batch:
        offer["batch_discount"] = round(1 - batch / facts["input_cost_per_token"], 6)
    if window := _window(facts):
        offer["context"] = window
    if facts.get("max_output_tokens"):
        offer["max_output"] = int(facts["max_output_tokens"])
    for limit in ("rpm", "tpm"):
        if facts.get(limit):
            offer[limit] = int(facts[limit])
    if facts.get("deprecation_date"):
        offer["retires"] = facts["deprecation_date"]
    offer |= {"source": "litellm", "as_of": as_of}
    return offer


def _window(facts: Facts) -> int | None:
    """Input and output together: the map's figure bounds the input, and the output comes on top of it only
    where the two are given apart; the smaller reading is kept."""
    given = facts.get("max_input_tokens") or facts.get("max_tokens")
    return int(given) if given else None


def _tiers(facts: Facts) -> list[Facts]:
    found: dict[int, Facts] = {}
    for field, source in PRICES.items():
        for name, price in facts.items():
            match = re.fullmatch(rf"{source}_above_(\d+)k_tokens", name)
            if match and price:
                found.setdefault(int(match[1]) * 1000, {})[field] = per_million(price)
    return [{"above": at, **found[at]} for at in sorted(found) if {"input", "output"} <= set(found[at])]


def _describe(model: Facts, facts: Facts) -> None:
    model["context"] = max(model["context"], _window(facts) or 0)
    model["features"] |= {word for flag, word in FEATURES.items() if facts.get(flag)}
