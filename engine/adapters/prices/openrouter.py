"""OpenRouter's /api/v1/models, and /endpoints of one model: USD per token, as strings; -1 is "it depends"."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
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
MS = 0.001  # latencies are milliseconds to the first token
_FEATURES = {"tools": "tools", "structured_outputs": "structured", "reasoning": "reasoning"}


def quotes(text: str, where: str = "openrouter") -> list[Quote]:
    """A quote per model, or per provider of the one model whose endpoints are listed.

    Free variants and routers without a price of their own are left out. Raises InputError.
    """
    rows = table_of(parsed(text, where), where).get("data")
    if isinstance(rows, Mapping) and isinstance(rows.get("endpoints"), list):
        return _endpoints(rows)
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


def _endpoints(model: Mapping[str, Any]) -> list[Quote]:
    """Who serves the model: prices, windows and the medians of the last half hour."""
    found = []
    for row in model["endpoints"]:
        pricing = row.get("pricing") if isinstance(row, Mapping) else None
        facts = _facts(pricing) if isinstance(pricing, Mapping) else {}
        if not (facts.get("input") and facts.get("output")):
            continue
        named = {"context": "context_length", "max_output": "max_completion_tokens"}
        facts |= {field: int(row[name]) for field, name in named.items() if _positive(row.get(name))}
        for field, name, unit in (("ttft", "latency_last_30m", MS), ("tps", "throughput_last_30m", 1.0)):
            median = row[name].get("p50") if isinstance(row.get(name), Mapping) else row.get(name)
            if _positive(median):
                facts[field] = round(float(median) * unit, 4)
        told = row.get("supported_parameters") or ()
        features = frozenset(word for flag, word in _FEATURES.items() if flag in told)
        found.append(Quote(str(row.get("provider_name")), str(model.get("id")), facts, features))
    return found


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _facts(pricing: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for field, source in PRICES.items():
        try:
            price = float(pricing.get(source) or 0)
        except (TypeError, ValueError):
            continue
        if price > 0:
            facts[field] = per_million(price)
    with suppress(TypeError, ValueError):
        if (request := float(pricing.get("request") or 0)) > 0:
            facts["per_request"] = request
    return facts
