"""python -m modelpick.engine.adapters.catalog.curation --data DIR --out catalog.toml --as-of 2026-11-23."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ..model_names import curated_lists, reviewed
from .build import BUSIEST, SPEEDS, bills_of, build_catalog, read_rows, unmapped

HEADER = "Written by: python -m modelpick.engine.adapters.catalog.curation. Corrections: its curated.toml."
_LISTS = ("scores", "tiers", "disputed")


def catalog_text(catalog: Mapping[str, Any]) -> str:
    """The text of catalog.toml."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    for key, table in catalog.items():
        document.add(key, tomlkit.item(table))
    for source in document["sources"].values():
        if "left_out" in source:
            source["left_out"].multiline(True)
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


_LISTED = 30  # names without a model that are shown


def main() -> None:
    """Write the catalogue."""
    parser = argparse.ArgumentParser(prog="curate", description="Make catalog.toml out of raw facts.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with prices/, quality/, speed/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", required=True, help="the catalogue's date, such as 2026-11-23")
    share = "the largest share of the measured requests whose names may have no model; default 0.05"
    parser.add_argument("--unmapped", type=float, default=0.05, help=share)
    parser.add_argument("--bills", type=Path, help="write what tasks of public boards took here, as CSV")
    options = parser.parse_args()
    curated = curated_lists()
    rows, known = read_rows(options.data / SPEEDS), reviewed(curated["models"])
    names, lost, busiest = unmapped(rows, known, curated["unlisted"])
    for name, count in names[:_LISTED]:
        sys.stderr.write(f"no model for {name}: {count:,} requests\n")
    sys.stderr.write(f"{len(names)} names without a model, {lost:.0%} of the requests\n")
    if busiest:
        parser.error(f"of the {BUSIEST} busiest names these have no model: {', '.join(busiest)}")
    if lost > options.unmapped:
        parser.error(f"more than {options.unmapped:.0%} of the requests have no model: review aliases.toml")
    catalog = build_catalog(curated, options.data, options.as_of)
    for key, source in catalog["sources"].items():
        if left_out := source.get("left_out"):
            sys.stderr.write(f"{len(left_out)} offers of {key} left out\n")
    options.out.write_text(catalog_text(catalog), "utf-8")
    if options.bills:
        with options.bills.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(("board", "model", "level", "tokens", "kind"))
            for bill in bills_of(catalog, options.data, known):
                table.writerow((bill.board, bill.model, bill.level, f"{bill.tokens:.4g}", bill.kind))


if __name__ == "__main__":
    main()
