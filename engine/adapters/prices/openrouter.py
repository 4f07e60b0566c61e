"""OpenRouter's /api/v1/models: USD per token, written as strings; -1 means that it depends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.errors import InputError
from .quote import Quote, parsed, per_million, table_of

URL = "https://openrouter.ai/api/v1/models"
PRICES = {
    "input": "prompt",
    "output": "completion",
    "cache_read": "input_cache_read",
    "cache_write": "input_cache_write",
}
_FEATURES = {"tools": "tools", "structured_outputs": "structured", "reasoning": "reasoning"}


def quotes(text: str, where: str = "openrouter") -> list[Quote]:
    """A quote per model; free variants and routers without a price of their own are left out."""
    rows = table_of(parsed(text, where), where).get("data")
    if not isinstance(rows, list):
        raise InputError("should be a list", where=where, key="data")
    found = []
    for row in rows:
        model = table_of(row, where)
        name, pricing = str(model.get("id")), model.get("pricing")
        facts = _facts(pricing) if isinstance(pricing, Mapping) else {}
        if not (facts.get("input") and facts.get("output")):
            continue
        top = model.get("top_provider") or {}
        for field, value in (
            ("context", model.get("context_length")),
            ("max_output", top.get("max_completion_tokens")),
        ):
            if isinstance(value, (int, float)) and value > 0:
                facts[field] = int(value)
        told = model.get("supported_parameters") or ()
        features = frozenset(word for flag, word in _FEATURES.items() if flag in told)
        found.append(Quote("openrouter", name, {"id": name, **facts}, features))
    return found


def _facts(pricing: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for field, source in PRICES.items():
        try:
            price = float(pricing.get(source) or 0)
        except (TypeError, ValueError):
            continue
        if price > 0:
            facts[field] = per_million(price)
    return facts
