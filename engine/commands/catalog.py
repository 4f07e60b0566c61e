"""modelpick catalog list|show|check|refresh: what is known, from where, how old, and what is newer.

modelpick catalog refresh [ROUTING]: newer prices from a source into the user's overlay.
"""

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
    from ..adapters.routers.costing import ChangeImpact
    from ..domain.catalog import Catalog


HELP = "list offers, show every figure of one, check or refresh them all"

_ACTIONS = ("list", "show", "check", "match", "refresh")


def arguments(parser: argparse.ArgumentParser) -> None:
    """list [WORD...], show MODEL..., check, and refresh with its options."""

    parser.add_argument("action", choices=(*_ACTIONS,), metavar="|".join(_ACTIONS))
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="list: words to look for; show: models, offers, providers; match: names; refresh: a routing",
    )
    news = parser.add_argument_group("refresh")
    news.add_argument("--from", dest="source", choices=SOURCES, default="litellm", help="default litellm")
    news.add_argument("--file", type=Path, metavar="F", help="the source's own file, instead of fetching it")
    news.add_argument("--as-of", metavar="D", help="the day of the source's text, such as 2026-11-23")
    news.add_argument("--overlay", type=Path, metavar="F", help="write here, not to your own overlay")
    news.add_argument("--dry-run", action="store_true", help="only show what would change")
    news.add_argument("--yes", action="store_true", help="write without asking")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The list, the figures or the findings. Raises InputError for an unknown name."""
    return {"list": _list, "show": _show, "check": _check, "match": _match, "refresh": _refresh}[
        options.action
    ](options)


def _list(options: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import list_text, matching_offers

    catalog = load_catalog(options.catalog)
    found = matching_offers(catalog, options.words)
    if options.json:
        facts = {key: catalog.offers[key].model_dump(mode="json") for key in found}
        return json.dumps({"as_of": catalog.as_of.isoformat(), "offers": facts}, indent=2), 0
    return list_text(catalog, found), 0


def _show(options: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import show_json, show_text
    from ..domain.errors import InputError
    from ..solver.analysis.compare import named_offers
    from ..solver.skill_model.skills import skill_table

    if not options.words:
        raise InputError("name a model, an offer or a provider to show", where="catalog show")
    catalog, today = load_catalog(options.catalog), date.today()
    sellers = [word for word in options.words if word in catalog.providers and word not in catalog.models]
    found = named_offers(catalog, [word for word in options.words if word not in sellers])
    skills = skill_table(catalog)
    if options.json:
        return json.dumps(show_json(catalog, found, sellers, skills, today), indent=2), 0
    return show_text(catalog, found, sellers, skills, today), 0


def _match(options: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import match_json, match_names, match_text
    from ..domain.errors import InputError

    if not options.words:
        raise InputError("give the names to look up", where="catalog match")
    found = match_names(load_catalog(options.catalog), options.words)
    status = 0 if all(one.key for one in found) else 1
    return json.dumps(match_json(found), indent=2) if options.json else match_text(found), status


def _refresh(options: argparse.Namespace) -> tuple[str, int]:

    return refresh_catalog(options)


def _check(options: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.checks import check_catalog
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import check_json, check_text
    from ..domain.errors import InputError

    if options.words:
        raise InputError("check looks at the whole catalogue and takes no words", where="catalog check")
    catalog = load_catalog(options.catalog)
    found = check_catalog(catalog, date.today())
    status = 1 if any(one.severity == "error" for one in found) else 0
    return json.dumps(check_json(found), indent=2) if options.json else check_text(
        found, len(catalog.offers)
    ), status


SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices")


def refresh_catalog(options: argparse.Namespace) -> tuple[str, int]:
    """What changes; written unless it is a dry run. Status 1 where the source is not to be believed."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.overlay import overlay_path, preview_overlay, write_overlay
    from ..adapters.catalog.refresh import compare_quotes, disbelief, refresh_overrides, without_wrong_offers

    source, today = options.source, date.today()
    overlay = overlay_path(options.overlay, options.catalog, "catalog refresh")
    routing = _routing(options.words)
    catalog = _catalog(options.catalog, overlay)
    quotes, day, options.dated = _quotes(source, options.file, options.as_of, today)
    found = compare_quotes(catalog, quotes, source, day)
    if reason := disbelief(found):
        return _said(options, found, f"refused: {reason}; nothing has changed"), 1
    if found.new:
        tried = preview_overlay(overlay, options.catalog, refresh_overrides(catalog, found, source, day))
        found = without_wrong_offers(found, tried, today)
    if not found.any:
        return _said(options, found, "nothing to change"), 0
    facts = refresh_overrides(catalog, found, source, day)
    money = _stakes(routing, catalog, facts, overlay, options.catalog)
    if options.dry_run:
        return _said(options, found, "nothing written", money), 0
    agreed = options.yes or _agreed(_said(options, found, "", money), overlay)
    if agreed is None:
        return _said(options, found, "nothing written; --yes writes without asking", money), 0
    if agreed:
        note(write_overlay(overlay, options.catalog, facts))
    verdict = f"written to {overlay}" if agreed else "nothing written"
    shown = options.json or options.yes  # who was asked has seen it all
    return (_said(options, found, verdict, money) if shown else verdict), 0


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
) -> ChangeImpact | None:
    """In money, for the user's routing, where one is named."""
    if routing is None:
        return None
    from datetime import date

    from ..adapters.catalog.overlay import preview_overlay
    from ..adapters.routers.costing import change_impact
    from ..adapters.routing_file import check_references, load_routing

    asked = load_routing(routing)
    check_references(asked, before)
    return change_impact(asked, before, preview_overlay(overlay, base, facts), date.today())


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


def _said(
    options: argparse.Namespace, found: Changes, verdict: str, money: ChangeImpact | None = None
) -> str:
    from ..adapters.report.refresh import refresh_json, refresh_text

    if options.json and verdict:
        facts = {**refresh_json(found, money), "dated": options.dated, "verdict": verdict}
        return json.dumps(facts, indent=2)
    return refresh_text(found, options.source, verdict, money, options.dated)
