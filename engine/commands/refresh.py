"""modelpick catalog refresh [ROUTING]: newer prices from a source into the user's overlay."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ..adapters.catalog.prices.quote import Quotes
    from ..adapters.catalog.refresh import Changes
    from ..adapters.routers.stakes import Stakes
    from ..domain.catalog import Catalog

SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """What changes; written unless it is a dry run. Status 1 where the source is not to be believed."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.overlay import after, overlay_file, write
    from ..adapters.catalog.refresh import changes, doubt, facts_of, without_doubtful

    source, today = given.source, date.today()
    overlay = overlay_file(given.overlay, given.catalog, "catalog refresh")
    routing = _routing(given.words)
    catalog = _catalog(given.catalog, overlay)
    quotes, day, given.dated = _quotes(source, given.file, given.as_of, today)
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
        note(write(overlay, given.catalog, facts))
    verdict = f"written to {overlay}" if agreed else "nothing written"
    shown = given.json or given.yes  # who was asked has seen it all
    return (_said(given, found, verdict, money) if shown else verdict), 0


def _catalog(base: Path | None, overlay: Path) -> Catalog:
    """As it is with the overlay that is to be written, so that what is in it already is not told again."""
    from ..adapters.catalog.file import load_catalog
    from ..adapters.disk import there

    return load_catalog(base, overlay if there(overlay) else None)


def _routing(words: list[str]) -> Path | None:
    from ..domain.errors import InputError

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

    from ..adapters.catalog.overlay import after
    from ..adapters.routers.stakes import stakes
    from ..adapters.routing_file import check_references, load_routing

    asked = load_routing(routing)
    check_references(asked, before)
    return stakes(asked, before, after(overlay, base, facts), date.today())


def _quotes(source: str, file: Path | None, as_of: str | None, today: date) -> tuple[Quotes, date, str]:
    """What the source says, of which day, and how that day is known.

    A day that the user gives, else the newest that the text itself names, else that of fetching it. A file
    that names none is taken to be of the day on which it was last written, and that is said.
    """
    from datetime import date

    from ..adapters.catalog.prices import genai, litellm, models_dev, openrouter
    from ..adapters.disk import read_text
    from ..adapters.network import fetch_text
    from ..domain.errors import InputError

    readers = {
        "litellm": (litellm.URL, litellm.quotes),
        "openrouter": (openrouter.URL, openrouter.quotes),
        "models.dev": (models_dev.URL, models_dev.quotes),
    }
    text = None if file is None else read_text(file)
    if source == "genai-prices":
        quotes = genai.quotes(today) if text is None else genai.quotes(today, text, str(file))
    elif text is None:
        url, read = readers[source]
        text = fetch_text(url)
        quotes = read(text, url)
        _say_repeated(text, url)
    else:
        quotes = readers[source][1](text, str(file))
        _say_repeated(text, str(file))
    if as_of is not None:
        try:
            return quotes, date.fromisoformat(as_of), ""
        except ValueError:
            what = f"should be a day such as {today}, not {as_of!r}"
            raise InputError(what, where="catalog refresh", key="--as-of") from None
    if file is None and source != "genai-prices":
        return quotes, today, ""
    if quotes.day is not None:
        day = min(today, quotes.day)
        return quotes, day, f"taken to be of {day}, the newest day it names; --as-of gives another"
    if file is None:
        return quotes, today, ""
    day = min(today, date.fromtimestamp(file.stat().st_mtime))
    return (
        quotes,
        day,
        f"names no day: taken to be of {day}, when {file} was last written; --as-of gives another",
    )


def _say_repeated(text: str, where: str) -> None:
    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.prices.quote import repeated

    if clause := repeated(text):
        note(f"{where}: {clause}")


def _agreed(text: str, overlay: Path) -> bool | None:
    """Ask; None where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(f"{text}\nWrite this to {overlay}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _said(given: argparse.Namespace, found: Changes, verdict: str, money: Stakes | None = None) -> str:
    from ..adapters.report.refresh import refresh_json, refresh_text

    if given.json and verdict:
        facts = {**refresh_json(found, money), "dated": given.dated, "verdict": verdict}
        return json.dumps(facts, indent=2)
    return refresh_text(found, given.source, verdict, money, given.dated)
