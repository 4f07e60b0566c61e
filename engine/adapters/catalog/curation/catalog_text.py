"""The built catalogue as TOML: scores, tiers, disputed prices and fitted skills on a line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tomlkit

HEADER = "Written by: python -m modelpick.engine.adapters.catalog.curation. Corrections: its curated.toml."
_LISTS = ("scores", "tiers", "disputed")


def catalog_text(catalog: Mapping[str, Any]) -> str:
    """The text of catalog.toml."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    for key, table in catalog.items():
        document.add(key, tomlkit.item(table))
    for key, row in list(catalog.get("retired", {}).items()):
        document["retired"][key] = _inline_table(row)
    for table in (document["models"], document["offers"]):
        for row in table.values():
            for name in _LISTS:
                if name in row:
                    row[name] = _array(row[name])
            for skill, estimate in list(row.get("fitted", {}).items()):
                row["fitted"][skill] = _inline_table(estimate)
            for effort in row.get("efforts", {}).values():
                for skill, estimate in list(effort.get("fitted", {}).items()):
                    effort["fitted"][skill] = _inline_table(estimate)
    return tomlkit.dumps(document)


def _array(rows: Iterable[Mapping[str, Any]]) -> tomlkit.items.Array:
    array = tomlkit.array()
    for row in rows:
        array.append(_inline_table(row))
    return array.multiline(len(array) > 1)


def _inline_table(row: Mapping[str, Any]) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(dict(row))
    return table
