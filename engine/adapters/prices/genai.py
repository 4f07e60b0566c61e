"""The installed package genai-prices: USD per million tokens, with tiers, dates and times of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from ...domain.errors import InputError
from .quote import Quote

_FIELDS = {"input": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok"}
_FIELDS["cache_write"] = "cache_write_mtok"


def quotes(today: date) -> list[Quote]:
    """Prices in force at noon (UTC) of a day. Raises InputError where the package is not installed."""
    try:
        from genai_prices.data import providers
    except ImportError:
        raise InputError("not installed: pip install genai-prices", where="genai-prices") from None
    noon = datetime.combine(today, time(12), UTC)
    found = []
    for provider in providers:
        for model in provider.models:
            facts = _facts(model.get_prices(noon))
            if facts.get("input") and facts.get("output"):
                window = getattr(model, "context_window", None)
                size = {"context": int(window)} if window else {}
                found.append(Quote(provider.id, model.id, {"id": model.id, **facts, **size}))
    return found


def _facts(prices: Any) -> dict[str, Any]:
    """The base price of each kind; tiers where input and output both have them."""
    facts: dict[str, Any] = {}
    tiers: dict[int, dict[str, float]] = {}
    for field, source in _FIELDS.items():
        price = getattr(prices, source, None)
        if price is None:
            continue
        base = getattr(price, "base", price)
        if float(base) > 0:
            facts[field] = float(base)
        for tier in getattr(price, "tiers", ()):
            tiers.setdefault(int(tier.start), {})[field] = float(tier.price)
    whole = [{"above": at, **tiers[at]} for at in sorted(tiers) if {"input", "output"} <= set(tiers[at])]
    return facts | ({"tiers": whole} if whole else {})
