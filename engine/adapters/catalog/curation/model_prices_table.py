"""The snapshot of the package model-prices -> quotes: the makers' own lists, with their history and batches.

USD per million. `standard` is a list of changes, each with the rates that hold from its `start`; no rates
mean that the price is not known from then on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..prices.quote import NO_PRICE, Quote, Quotes, is_number, seller_at

PRICES = ("input", "output", "cache_read", "cache_write")


def quotes(text: str, day: str) -> Quotes:
    """The prices in force on a day, YYYY-MM-DD. Models that are removed from a list have none."""
    snapshot = json.loads(text)
    collected = Quotes()
    for provider, models in snapshot["prices"].items():
        states = snapshot["status"].get(provider, {})
        for name, lists in models.items():
            rates = _rates(lists.get("standard", ()), day)
            if not (is_number(rates.get("input")) and is_number(rates.get("output"))):
                collected.leave_out(provider, name, NO_PRICE)
            elif states.get(name) != "removed":
                facts = _facts(name, rates, _rates(lists.get("batch", ()), day))
                status = {"status": "deprecated"} if states.get(name) == "deprecated" else {}
                seller = seller_at(provider, name) if provider == "amazon-bedrock" else provider
                collected.append(Quote(seller, name, facts | status))
    return collected


def _rates(changes: Any, day: str) -> Mapping[str, Any]:
    """The rates of the last change that has come into force; empty without any."""
    begun = [change for change in changes if str(change["start"] or "")[:10] <= day]
    return (begun[-1]["rates"] or {}) if begun else {}


def _facts(name: str, rates: Mapping[str, Any], batch: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": name, **_prices(rates)}
    tiers = [{"above": int(tier["above"]), **_prices(tier)} for tier in rates.get("tiers", ())]
    if tiers and all({"input", "output"} <= set(tier) for tier in tiers):
        facts["tiers"] = tiers
    saved = [1 - batch[kind] / rates[kind] for kind in ("input", "output") if is_number(batch.get(kind))]
    if saved and min(saved) > 0:
        facts["batch_discount"] = round(min(saved), 6)
    return facts


def _prices(rates: Mapping[str, Any]) -> dict[str, float]:
    return {kind: float(rates[kind]) for kind in PRICES if is_number(rates.get(kind))}
