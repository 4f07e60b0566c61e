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
    for name, entry in table_of(parsed(text, where), where).items():
        if not isinstance(entry, Mapping) or entry.get("mode") not in {"chat", "responses"}:
            continue
        facts = _with_base(entry)
        if not (_number(facts.get(PRICES["input"])) and _number(facts.get(PRICES["output"]))):
            continue
        provider = str(facts.get("litellm_provider"))
        features = frozenset(word for flag, word in FEATURES.items() if facts.get(flag))
        found.append(Quote(provider, name, _facts(name.removeprefix(f"{provider}/"), facts), features))
    return found


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _with_base(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry that has only a list of tiers, by length of prompt: the lowest one is its base price."""
    tiers = facts.get("tiered_pricing")
    lowest = tiers[0] if isinstance(tiers, list) and tiers else None
    if not isinstance(lowest, Mapping) or "range" not in lowest:
        return facts
    return {**{source: lowest[source] for source in PRICES.values() if source in lowest}, **facts}


def _facts(wire: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = {"id": wire}
    for field, source in PRICES.items():
        if _number(facts.get(source)):
            offer[field] = per_million(facts[source])
    if tiers := _tiers(facts) or _listed_tiers(facts):
        offer["tiers"] = tiers
    if _number(facts.get("input_cost_per_request")):
        offer["per_request"] = float(facts["input_cost_per_request"])
    if said := _in_total(facts):
        offer["ambiguous"] = said
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


def _in_total(facts: Mapping[str, Any]) -> str:
    """What the map notes where a price was published for input and output together, and it has split it."""
    about = facts.get("metadata")
    note = about.get("notes") if isinstance(about, Mapping) else None
    return str(note) if isinstance(note, str) and re.search(r"\btotal\b|\bsplit\b", note, re.I) else ""


def _listed_tiers(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`tiered_pricing`: prices by `range` of prompt tokens, the first of which is the base."""
    rows = facts.get("tiered_pricing")
    found: dict[int, dict[str, Any]] = {}
    for row in rows if isinstance(rows, list) else ():
        bounds = row.get("range") if isinstance(row, Mapping) else None
        if isinstance(bounds, list) and bounds and _number(bounds[0]):
            priced = {f: per_million(row[s]) for f, s in PRICES.items() if _number(row.get(s))}
            if {"input", "output"} <= set(priced):
                found[int(bounds[0])] = priced
    return [{"above": at, **found[at]} for at in sorted(found)]


def _tiers(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for field, source in PRICES.items():
        for name, price in facts.items():
            match = re.fullmatch(rf"{source}_above_(\d+)k_tokens", name)
            if match and _number(price):
                found.setdefault(int(match[1]) * 1000, {})[field] = per_million(price)
    return [{"above": at, **found[at]} for at in sorted(found) if {"input", "output"} <= set(found[at])]
