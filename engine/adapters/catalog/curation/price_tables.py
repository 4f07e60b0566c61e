"""Two tables of prices -> quotes, for offers that the first source does not have; USD per million.

That taken out of genai-prices: a cell such as `2;>200000:4` has a tier, rows without a price are unknown, not
free. And the snapshot of the package model-prices, the makers' own lists with their history and batches:
`standard` is a list of changes, each with the rates that hold from its `start`; no rates mean that the price
is not known from then on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..prices.quote import NO_PRICE, Quote, Quotes, is_number, seller_at, without_storage

GENAI_COLUMNS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}


def genai_quotes(rows: Iterable[Mapping[str, str]], live: Mapping[str, set[str]]) -> list[Quote]:
    """Quotes of rows with both prices. `live`: for some providers, the only names known to be live there.

    A row with a window is current; one without, at such a provider, must be among those names.
    """
    priced = []
    for row in rows:
        prices = {
            kind: _prices_by_length(row[column]) for kind, column in GENAI_COLUMNS.items() if row.get(column)
        }
        if not (prices.get("input", {}).get(0) and prices.get("output", {}).get(0)):
            continue
        names = live.get(row["provider"])
        if names is None or ("/" in row["model"] and (row["context_window"] or row["model"] in names)):
            seller = seller_at("aws", row["model"]) if row["provider"] == "aws" else row["provider"]
            priced.append(Quote(seller, row["model"], _genai_facts(row, prices)))
    return priced


def _genai_facts(row: Mapping[str, str], prices: Mapping[str, Mapping[int, float]]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": row["model"], **{kind: at[0] for kind, at in prices.items() if at.get(0)}}
    starts = sorted(set(prices["input"]) & set(prices["output"]) - {0})
    if starts:
        facts["tiers"] = [
            {"above": start, **{kind: at[start] for kind, at in prices.items() if start in at}}
            for start in starts
        ]
    without_storage(facts)
    if row["context_window"]:
        facts["context"] = int(row["context_window"])
    if row["deprecated"]:
        facts["status"] = "deprecated"
    return facts


def _prices_by_length(cell: str) -> dict[int, float]:
    """Prompt tokens above which a price holds -> the price."""
    matches = (re.fullmatch(r"(?:>(\d+):)?([0-9.]+)", part.strip()) for part in cell.split(";"))
    return {int(match[1] or 0): float(match[2]) for match in matches if match}


MAKERS_PRICES = ("input", "output", "cache_read", "cache_write")


def makers_quotes(text: str, day: str) -> Quotes:
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
                facts = _makers_facts(name, rates, _rates(lists.get("batch", ()), day))
                status = {"status": "deprecated"} if states.get(name) == "deprecated" else {}
                seller = seller_at(provider, name) if provider == "amazon-bedrock" else provider
                collected.append(Quote(seller, name, facts | status))
    return collected


def _rates(changes: Any, day: str) -> Mapping[str, Any]:
    """The rates of the last change that has come into force; empty without any."""
    begun = [change for change in changes if str(change["start"] or "")[:10] <= day]
    return (begun[-1]["rates"] or {}) if begun else {}


def _makers_facts(name: str, rates: Mapping[str, Any], batch: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": name, **_makers_prices(rates)}
    tiers = [{"above": int(tier["above"]), **_makers_prices(tier)} for tier in rates.get("tiers", ())]
    if tiers and all({"input", "output"} <= set(tier) for tier in tiers):
        facts["tiers"] = tiers
    saved = [1 - batch[kind] / rates[kind] for kind in ("input", "output") if is_number(batch.get(kind))]
    if saved and min(saved) > 0:
        facts["batch_discount"] = round(min(saved), 6)
    return facts


def _makers_prices(rates: Mapping[str, Any]) -> dict[str, float]:
    return {kind: float(rates[kind]) for kind in MAKERS_PRICES if is_number(rates.get(kind))}
