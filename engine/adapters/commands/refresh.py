"""modelpick catalog refresh [ROUTING]: newer prices from a source into the user's overlay."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ...domain.catalog import Catalog
    from ..prices.quote import Quote
    from ..refresh import Changes
    from ..stakes import Stakes

SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What changes; written unless it is a dry run. Status 1 where the source is not to be believed."""
    from datetime import date

    from ..overlay import after, overlay_file, write
    from ..refresh import changes, doubt, facts_of, without_doubtful

    source, today = given.source, date.today()
    overlay = overlay_file(given.overlay, given.catalog, "catalog refresh")
    routing = _routing(given.words)
    catalog = _catalog(given.catalog, overlay)
    quotes, day = _quotes(source, given.file, today)
    found = changes(catalog, quotes, source, day)
    if reason := doubt(found):
        return _said(given, found, f"refused: {reason}; nothing has changed"), 1
    if found.new:
        tried = after(overlay, given.catalog, facts_of(catalog, found, source, day))
        found = without_doubtful(found, tried, today)
    if not found.any:
        return _said(given, found, "nothing to change"), 0
    facts = facts_of(catalog, found, source, day)
    money = _stakes(routing, catalog, facts, overlay, given.catalog)
    if given.dry_run:
        return _said(given, found, "nothing written", money), 0
    agreed = given.yes or _agreed(_said(given, found, "", money), overlay)
    if agreed is None:
        return _said(given, found, "nothing written; --yes writes without asking", money), 0
    if agreed:
        write(overlay, given.catalog, facts)
    verdict = f"written to {overlay}" if agreed else "nothing written"
    shown = given.json or given.yes  # who was asked has seen it all
    return (_said(given, found, verdict, money) if shown else verdict), 0


def _catalog(base: Path | None, overlay: Path) -> Catalog:
    """As it is with the overlay that is to be written, so that what is in it already is not told again."""
    from ..catalogs import load_catalog
    from ..disk import there

    return load_catalog(base, overlay if there(overlay) else None)


def _routing(words: list[str]) -> Path | None:
    from ...domain.errors import InputError

    if len(words) > 1:
        raise InputError("takes one routing file at most", where="catalog refresh")
    return Path(words[0]) if words else None


def _stakes(
    routing: Path | None,
    before: Catalog,
    facts: dict[str, dict[str, object]],
    overlay: Path,
    base: Path | None,
) -> Stakes | None:
    """In money, for the user's routing, where one is named."""
    if routing is None:
        return None
    from datetime import date

    from ..files import check_references, load_routing
    from ..overlay import after
    from ..stakes import stakes

    asked = load_routing(routing)
    check_references(asked, before)
    return stakes(asked, before, after(overlay, base, facts), date.today())


def _quotes(source: str, file: Path | None, today: date) -> tuple[list[Quote], date]:
    """What the source says, and of which day: a file's is its own, the package's that of its last change."""
    from datetime import date

    from ..disk import read_text
    from ..network import fetch_text
    from ..prices import genai, litellm, models_dev, openrouter

    if source == "genai-prices":
        return genai.quotes(today), genai.data_day(today)
    readers = {
        "litellm": (litellm.URL, litellm.quotes),
        "openrouter": (openrouter.URL, openrouter.quotes),
        "models.dev": (models_dev.URL, models_dev.quotes),
    }
    url, read = readers[source]
    if file is None:
        return read(fetch_text(url), url), today
    quotes = read(read_text(file), str(file))
    return quotes, min(today, date.fromtimestamp(file.stat().st_mtime))


def _agreed(text: str, overlay: Path) -> bool | None:
    """Ask; None where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(f"{text}\nWrite this to {overlay}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _said(given: argparse.Namespace, found: Changes, verdict: str, money: Stakes | None = None) -> str:
    from ..report.refresh import refresh_json, refresh_text

    if given.json and verdict:
        return json.dumps({**refresh_json(found, money), "verdict": verdict}, indent=2)
    return refresh_text(found, given.source, verdict, money)
