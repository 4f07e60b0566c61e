"""models.dev's api.json: USD per million tokens, by provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .quote import (
    NO_PRICE,
    Quote,
    Quotes,
    dearer_reasoning,
    is_number,
    not_numbers,
    noted,
    parsed,
    seller_at,
    table_of,
)

URL = "https://models.dev/api.json"
PRICES = ("input", "output", "cache_read", "cache_write")
FALLBACK = 200_000  # where the older `context_over_200k` begins
_FEATURES = {"tool_call": "tools", "structured_output": "structured", "reasoning": "reasoning"}
_SEEN = {"image": "vision", "audio": "audio", "pdf": "pdf"}


def quotes(text: str, where: str = "models.dev") -> Quotes:
    """A quote per provider's priced model; `day` is the newest `last_updated`. Raises InputError."""
    collected = Quotes()
    for provider, about in table_of(parsed(text, where), where).items():
        models = about.get("models") if isinstance(about, Mapping) else None
        for name, model in (models if isinstance(models, Mapping) else {}).items():
            if not isinstance(model, Mapping):
                collected.leave_out(provider, name, "should be an object")
                continue
            collected.seen(model.get("last_updated"))
            cost, limit = model.get("cost"), model.get("limit")
            priced = cost if isinstance(cost, Mapping) else {}
            sized = limit if isinstance(limit, Mapping) else {}
            wrong = not_numbers(priced, (*PRICES, "reasoning")) or not_numbers(sized, ("context", "output"))
            if wrong:
                collected.leave_out(provider, name, wrong)
            elif not (is_number(priced.get("input")) and is_number(priced.get("output"))):
                collected.leave_out(provider, name, NO_PRICE)
            else:
                facts = _facts(name, model, priced, sized)
                seller = seller_at(provider, name) if provider == "amazon-bedrock" else provider
                collected.append(Quote(seller, name, facts, _features(model), lacks=_lacks(model)))
    return collected


def _facts(
    name: str, model: Mapping[str, Any], cost: Mapping[str, Any], limit: Mapping[str, Any]
) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": name, **_prices(cost)}
    dearer_reasoning(facts, cost.get("reasoning"))
    tiers, unread = _tiers(cost)
    if tiers:
        facts["tiers"] = tiers
    if unread:
        noted(facts, f"{unread} prices for long prompts could not be read")
    if model.get("status") == "deprecated":
        facts["status"] = "deprecated"
    for field, source in (("context", "context"), ("max_output", "output")):
        if is_number(limit.get(source)):
            facts[field] = int(limit[source])
    if is_number(limit.get("input")) and limit["input"] < facts.get("context", 0):
        facts["max_input"] = int(limit["input"])
    return facts


def _prices(cost: Mapping[str, Any]) -> dict[str, float]:
    return {field: float(cost[field]) for field in PRICES if is_number(cost.get(field))}


def _tiers(cost: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Prices of longer prompts, by `tier.size`, and how many rows could not be read.

    The older `context_over_200k` says the same without its size, and stands only where there is no list.
    """
    rows, tiers, unread = cost.get("tiers"), dict[int, dict[str, float]](), 0
    for row in rows if isinstance(rows, list) else ():
        about = row.get("tier") if isinstance(row, Mapping) else None
        kind = about.get("type", "context") if isinstance(about, Mapping) else ""
        size = about.get("size") if isinstance(about, Mapping) else None
        priced = _prices(row) if isinstance(row, Mapping) else {}
        if kind == "context" and is_number(size) and int(size) and {"input", "output"} <= set(priced):
            tiers[int(size)] = priced
        elif size != 0:
            unread += 1
    long = cost.get("context_over_200k")
    if not tiers and isinstance(long, Mapping):
        priced = _prices(long)
        if {"input", "output"} <= set(priced):
            tiers[FALLBACK] = priced
        else:
            unread += 1
    return [{"above": size, **tiers[size]} for size in sorted(tiers)], unread


def _features(model: Mapping[str, Any]) -> frozenset[str]:
    kinds = model.get("modalities")
    seen = kinds.get("input") if isinstance(kinds, Mapping) else None
    flags = {word for flag, word in _FEATURES.items() if model.get(flag) is True}
    return frozenset(
        flags | {word for kind, word in _SEEN.items() if isinstance(seen, list) and kind in seen}
    )


def _lacks(model: Mapping[str, Any]) -> frozenset[str]:
    kinds = model.get("modalities")
    seen = kinds.get("input") if isinstance(kinds, Mapping) else None
    flags = {word for flag, word in _FEATURES.items() if model.get(flag) is False}
    return frozenset(
        flags | {word for kind, word in _SEEN.items() if isinstance(seen, list) and kind not in seen}
    )
