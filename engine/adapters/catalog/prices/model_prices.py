"""The snapshot of the package model-prices: the makers' own lists with their history, USD per million.

`standard` and `batch` are lists of changes, each with the rates that hold from its `start`; no rates mean
that the price is not known from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ....domain.errors import InputError
from .quote import NO_PRICE, Quote, Quotes, is_number, not_numbers, parsed, seller_at, served_faster, table_of

URL = "https://raw.githubusercontent.com/wakamex/model-prices/data/v1/latest.json"
PRICES = ("input", "output", "cache_read", "cache_write")


def newest_url(manifest: str, where: str = URL) -> str:
    """Where the newest snapshot is, by the text at `URL`. Raises InputError."""
    digest = table_of(parsed(manifest, where), where).get("sha256")
    if not isinstance(digest, str) or not digest.isalnum():
        raise InputError("names no snapshot: sha256 is missing", where=where)
    return f"{where.rpartition('/')[0]}/{digest}.json"


def quotes(today: date, text: str, where: str = "model-prices") -> Quotes:
    """The prices in force on a day, of models that are not removed; `day` is that of the snapshot.

    Raises InputError.
    """
    snapshot = table_of(parsed(text, where), where)
    prices, statuses = snapshot.get("prices"), snapshot.get("status")
    if not isinstance(prices, Mapping):
        raise InputError("is no snapshot of model-prices: a table of prices by provider", where=where)
    collected = Quotes()
    collected.seen(str(snapshot.get("updated_at"))[:10])
    for provider, models in prices.items():
        states = statuses.get(provider) if isinstance(statuses, Mapping) else None
        for name, lists in models.items() if isinstance(models, Mapping) else ():
            state = states.get(name) if isinstance(states, Mapping) else None
            rates, batch = _rates(lists, "standard", today), _rates(lists, "batch", today)
            if state == "removed":
                continue
            if wrong := not_numbers(rates, PRICES):
                collected.leave_out(provider, name, wrong)
            elif not (is_number(rates.get("input")) and is_number(rates.get("output"))):
                collected.leave_out(provider, name, NO_PRICE)
            else:
                seller, model = served_faster(provider, name)
                seller = seller_at(provider, name) if provider == "amazon-bedrock" else seller
                facts = _facts(name, rates, batch) | ({"status": state} if state == "deprecated" else {})
                collected.append(Quote(seller, model, facts))
    return collected


def _rates(lists: object, kind: str, today: date) -> Mapping[str, Any]:
    """The rates of the last change that has come into force; empty without any."""
    rows = lists.get(kind) if isinstance(lists, Mapping) else None
    changes = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    begun = [change for change in changes if str(change.get("start") or "")[:10] <= today.isoformat()]
    rates = begun[-1].get("rates") if begun else None
    return rates if isinstance(rates, Mapping) else {}


def _facts(name: str, rates: Mapping[str, Any], batch: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": name, **_prices(rates)}
    listed = rates.get("tiers")
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    tiers = [{"above": int(row["above"]), **_prices(row)} for row in rows if is_number(row.get("above"))]
    if tiers and all({"input", "output"} <= set(tier) for tier in tiers):
        facts["tiers"] = tiers
    saved = [1 - batch[kind] / rates[kind] for kind in ("input", "output") if is_number(batch.get(kind))]
    if saved and min(saved) > 0:
        facts["batch_discount"] = round(min(saved), 6)
    return facts


def _prices(rates: Mapping[str, Any]) -> dict[str, float]:
    return {kind: float(rates[kind]) for kind in PRICES if is_number(rates.get(kind))}
