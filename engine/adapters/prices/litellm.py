"""LiteLLM's model_prices_and_context_window.json: USD per token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .quote import Quote, parsed, per_million, table_of

URL = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
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


def quotes(text: str, where: str = "litellm") -> list[Quote]:
    """Chat models with a price; the map holds zeros for unknown. Raises InputError."""
    found = []
    for name, facts in table_of(parsed(text, where), where).items():
        if not isinstance(facts, Mapping) or facts.get("mode") not in {"chat", "responses"}:
            continue
        if not (_number(facts.get(PRICES["input"])) and _number(facts.get(PRICES["output"]))):
            continue
        provider = str(facts.get("litellm_provider"))
        features = frozenset(word for flag, word in FEATURES.items() if facts.get(flag))
        found.append(Quote(provider, name, _facts(name.removeprefix(f"{provider}/"), facts), features))
    return found


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _facts(wire: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = {"id": wire}
    for field, source in PRICES.items():
        if _number(facts.get(source)):
            offer[field] = per_million(facts[source])
    if tiers := _tiers(facts):
        offer["tiers"] = tiers
    batch = facts.get("input_cost_per_token_batches")
    if _number(batch):
        offer["batch_discount"] = round(1 - batch / facts[PRICES["input"]], 6)
    # A bound of the input; the whole window is not in this source.
    window = facts.get("max_input_tokens") or facts.get("max_tokens")
    for field, value in (("context", window), ("max_output", facts.get("max_output_tokens"))):
        if value is not None and _number(value):
            offer[field] = int(value)
    for limit in ("rpm", "tpm"):
        if _number(facts.get(limit)):
            offer[limit] = int(facts[limit])
    if re.fullmatch(r"\d{4}-\d\d-\d\d", str(facts.get("deprecation_date"))):
        offer["retires"] = facts["deprecation_date"]
    return offer


def _tiers(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for field, source in PRICES.items():
        for name, price in facts.items():
            match = re.fullmatch(rf"{source}_above_(\d+)k_tokens", name)
            if match and _number(price):
                found.setdefault(int(match[1]) * 1000, {})[field] = per_million(price)
    return [{"above": at, **found[at]} for at in sorted(found) if {"input", "output"} <= set(found[at])]
