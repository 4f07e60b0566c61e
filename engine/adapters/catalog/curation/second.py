"""The table of prices taken out of genai-prices -> quotes, for offers that the first source does not have.

USD per million; a cell such as `2;>200000:4` has a tier. Rows without a price are unknown, not free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..prices.quote import Quote, without_storage

FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}


def quotes(rows: Iterable[Mapping[str, str]], served: Mapping[str, set[str]]) -> list[Quote]:
    """Quotes of rows with both prices. `served`: for some providers, the only names known to be live there.

    A row with a window is current; one without, at such a provider, must be among those names.
    """
    found = []
    for row in rows:
        prices = {field: _tiers(row[column]) for field, column in FIELDS.items() if row.get(column)}
        if not (prices.get("input", {}).get(0) and prices.get("output", {}).get(0)):
            continue
        live = served.get(row["provider"])
        if live is not None and not ("/" in row["model"] and (row["context_window"] or row["model"] in live)):
            continue
        found.append(Quote(row["provider"], row["model"], _facts(row, prices)))
    return found


def _facts(row: Mapping[str, str], prices: Mapping[str, Mapping[int, float]]) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": row["model"], **{f: at[0] for f, at in prices.items() if at.get(0)}}
    starts = sorted(set(prices["input"]) & set(prices["output"]) - {0})
    if starts:
        facts["tiers"] = [
            {"above": start, **{field: at[start] for field, at in prices.items() if start in at}}
            for start in starts
        ]
    without_storage(facts)
    if row["context_window"]:
        facts["context"] = int(row["context_window"])
    if row["deprecated"]:
        facts["status"] = "deprecated"
    return facts


def _tiers(cell: str) -> dict[int, float]:
    """Prompt tokens above which a price holds -> the price."""
    found = {}
    for part in cell.split(";"):
        match = re.fullmatch(r"(?:>(\d+):)?([0-9.]+)", part.strip())
        if match:
            found[int(match[1] or 0)] = float(match[2])
    return found
