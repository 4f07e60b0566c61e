"""models.dev's api.json: USD per million tokens, by provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .quote import Quote, parsed, table_of

URL = "https://models.dev/api.json"
_FEATURES = {"tool_call": "tools", "structured_output": "structured", "reasoning": "reasoning"}
_SEEN = {"image": "vision", "audio": "audio", "pdf": "pdf"}


def quotes(text: str, where: str = "models.dev") -> list[Quote]:
    """A quote per provider's model that has a price. Raises InputError."""
    found = []
    for provider, about in table_of(parsed(text, where), where).items():
        models = about.get("models") if isinstance(about, Mapping) else None
        for name, model in (models if isinstance(models, Mapping) else {}).items():
            cost = model.get("cost") if isinstance(model, Mapping) else None
            if isinstance(cost, Mapping) and cost.get("input") and cost.get("output"):
                found.append(Quote(provider, name, _facts(name, model, cost), _features(model)))
    return found


def _facts(name: str, model: Mapping[str, Any], cost: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": name}
    for field in ("input", "output", "cache_read", "cache_write"):
        if isinstance(cost.get(field), (int, float)) and cost[field] > 0:
            facts[field] = float(cost[field])
    long = cost.get("context_over_200k")
    if isinstance(long, Mapping) and long.get("input") and long.get("output"):
        names = ("input", "output", "cache_read", "cache_write")
        facts["tiers"] = [{"above": 200_000, **{k: float(long[k]) for k in names if long.get(k)}}]
    if model.get("status") in {"deprecated"}:
        facts["status"] = "deprecated"
    limit = model.get("limit") or {}
    for field, source in (("context", "context"), ("max_output", "output")):
        if limit.get(source):
            facts[field] = int(limit[source])
    return facts


def _features(model: Mapping[str, Any]) -> frozenset[str]:
    seen = (model.get("modalities") or {}).get("input") or ()
    flags = {word for flag, word in _FEATURES.items() if model.get(flag)}
    return frozenset(flags | {word for kind, word in _SEEN.items() if kind in seen})
