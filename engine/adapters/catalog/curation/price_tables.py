"""A table taken out of genai-prices -> quotes, for offers that the first source does not have.

USD per million tokens. A cell such as `2;>200000:4` has a tier; rows without a price are unknown, not free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..prices.quote import Quote, seller_at, served_faster, without_storage

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
            seller, model = served_faster(row["provider"], row["model"])
            seller = seller_at("aws", row["model"]) if row["provider"] == "aws" else seller
            priced.append(Quote(seller, model, _genai_facts(row, prices)))
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
