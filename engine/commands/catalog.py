"""modelpick catalog list|show|check|match|refresh: what is known, from where, how old, and what is newer.

`refresh [ROUTING]` writes newer prices of a source into the user's overlay, and says what they are worth.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ..adapters.catalog.prices.quote import Quotes
    from ..adapters.catalog.refresh import Changes
    from ..adapters.routers.costing import ChangeImpact
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

HELP = "list offers, show every figure of one, check or refresh them all"
SUBCOMMANDS = {
    "list": "list the offers, or those whose names have all the words; a level by @ and its name",
    "show": "every figure of a model, offer, provider or plan: from where, how old",
    "check": "check all figures: units, outliers, sources that disagree; exit status 1 where one is wrong",
    "match": "what model of the catalogue a name elsewhere means",
    "refresh": "write newer prices of a source into your overlay, and say what they mean to a routing",
}
SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices", "model-prices")
_WORDS = {
    "list": ("WORD", "*", "words to look for"),
    "show": ("NAME", "*", "models, offers, providers, plans"),
    "check": ("WORD", "*", argparse.SUPPRESS),
    "match": ("NAME", "*", "names to look up"),
    "refresh": ("ROUTING", "*", "a routing file: what the changes mean to it"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Each subcommand has its own."""


def subcommand_arguments(parser: argparse.ArgumentParser, action: str) -> None:
    """What list, show, check, match or refresh takes."""
    parser.set_defaults(action=action)
    metavar, count, about = _WORDS[action]
    parser.add_argument("words", nargs=count, metavar=metavar, help=about)
    if action == "list":
        parser.add_argument("--missing", action="store_true", help="only what is unscored or has no speed")
    if action != "refresh":
        return
    parser.add_argument(
        "--from",
        dest="source",
        choices=SOURCES,
        default="litellm",
        metavar="SOURCE",
        help=f"whose prices (default litellm): {', '.join(SOURCES)}",
    )
    parser.add_argument(
        "--file", type=Path, metavar="F", help="the source's own file, instead of fetching it"
    )
    parser.add_argument("--as-of", metavar="D", help="the day of the source's text, such as 2026-11-23")
    parser.add_argument(
        "--all", action="store_true", help="also offers that the catalogue was made without on purpose"
    )
    parser.add_argument("--overlay", type=Path, metavar="F", help="write here, not to your own overlay")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--yes", action="store_true", help="write without asking")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """What the action prints; status 1 for errors found, unknown names or an unbelievable source.

    Raises InputError for an unknown name.
    """
    actions = {"list": _list, "show": _show, "check": _check, "match": _match, "refresh": _refresh}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.catalog import list_text, matching_offers

    catalog = load_spelled_out(options.catalog)
    offers = matching_offers(catalog, options.words)
    if getattr(options, "missing", False):
        from ..adapters.report.catalog import unknown_figures, unknown_json, unknown_text

        figures = unknown_figures(catalog, offers)
        about = {"as_of": catalog.as_of.isoformat(), **unknown_json(figures)}
        return json.dumps(about, indent=2) if options.json else unknown_text(catalog, figures), 0
    if options.json:
        facts = {key: catalog.offers[key].model_dump(mode="json") for key in offers}
        return json.dumps({"as_of": catalog.as_of.isoformat(), "offers": facts}, indent=2), 0
    return list_text(catalog, offers, levels=any("@" in word for word in options.words)), 0


def _show(options: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.catalog import Shown, show_json, show_text
    from ..domain.errors import InputError
    from ..domain.levels import canonical
    from ..solver.analysis.compare import named_offers
    from ..solver.skill_model.skills import skill_table

    if not options.words:
        raise InputError("name a model, an offer, a provider or a plan to show", where="catalog show")
    catalog, today = load_spelled_out(options.catalog), date.today()
    plans = [word for word in options.words if word in catalog.plans and word not in catalog.models]
    words = [word for word in options.words if word not in plans]
    providers = [word for word in words if word in catalog.providers and word not in catalog.models]
    words = [word for word in words if word not in providers]
    skills = skill_table(catalog)
    if options.json:
        facts = show_json(catalog, named_offers(catalog, words), providers, skills, today)
        facts += [{"plan": key, "facts": catalog.plans[key].model_dump(mode="json")} for key in plans]
        return json.dumps(facts, indent=2), 0
    names = [canonical(word, catalog.models) for word in words]
    models = {name: named_offers(catalog, [name]) for name in names if name in catalog.models}
    offers = named_offers(catalog, [name for name in names if name not in models])
    return show_text(catalog, Shown(models, offers, providers, plans), skills, today), 0


def _match(options: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import match_json, match_names, match_text
    from ..domain.errors import InputError

    if not options.words:
        raise InputError("give the names to look up", where="catalog match")
    matches = match_names(load_catalog(options.catalog), options.words)
    status = 0 if all(match.key for match in matches) else 1
    return json.dumps(match_json(matches), indent=2) if options.json else match_text(matches), status


def _check(options: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.checks import Severity, check_catalog
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import check_json, check_text
    from ..domain.errors import InputError

    if options.words:
        raise InputError("check looks at the whole catalogue and takes no words", where="catalog check")
    catalog = load_catalog(options.catalog)
    findings = check_catalog(catalog, date.today())
    status = 1 if any(finding.severity == Severity.ERROR for finding in findings) else 0
    if options.json:
        return json.dumps(check_json(findings), indent=2), status
    return check_text(findings, len(catalog.offers)), status


def _refresh(options: argparse.Namespace) -> tuple[str, int]:
    """What changes; written unless it is a dry run. Status 1 where the source is not to be believed."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.overlay import overlay_path, preview_overlay, write_overlay
    from ..adapters.catalog.refresh import compare_quotes, disbelief, refresh_overrides, without_wrong_offers
    from ..adapters.routers.costing import change_impact

    source, today = options.source, date.today()
    overlay = overlay_path(options.overlay, options.catalog, "catalog refresh")
    catalog = known_catalog(options.catalog, overlay)
    quotes, day, dated = source_quotes(source, options.file, options.as_of, today)
    routing = _routing(options.words, catalog)

    def text(verdict: str, impact: ChangeImpact | None = None) -> str:
        return _refresh_text(options, changes, verdict, impact, dated)

    changes = compare_quotes(catalog, quotes, source, day, everything=options.all)
    if reason := disbelief(changes):
        return text(f"refused: {reason}; nothing has changed"), 1
    if changes.new:
        overrides = refresh_overrides(catalog, changes, source, day)
        preview = preview_overlay(overlay, options.catalog, overrides)
        changes = without_wrong_offers(changes, preview, today)
    overrides = refresh_overrides(catalog, changes, source, day) if changes.any else {}
    impact = None
    if routing is not None and (overrides or changes.delisted):
        after = preview_overlay(overlay, options.catalog, overrides) if overrides else catalog
        impact = change_impact(routing, catalog, after, today)
        if impact is None:
            note(f"{options.words[0]}: no mix keeps its rules today, so there is no plan to compare")
    if not changes.any:
        return text("nothing to change", impact), 0
    if options.dry_run:
        return text("nothing written", impact), 0
    agreed = options.yes or _agreed(text("", impact), overlay)
    if agreed is None:
        return text("nothing written; --yes writes without asking", impact), 0
    if agreed:
        note(write_overlay(overlay, options.catalog, overrides))
    verdict = f"written to {overlay}" if agreed else "nothing written"
    seen = not (options.json or options.yes)  # who was asked has seen all the rest
    return (verdict if seen else text(verdict, impact)), 0


def known_catalog(base: Path | None, overlay: Path) -> Catalog:
    """With the overlay that is to be written, so that what is in it already is not listed again."""
    from ..adapters.catalog.file import load_catalog
    from ..adapters.disk import exists

    return load_catalog(base, overlay if exists(overlay) else None)


def _routing(words: list[str], catalog: Catalog) -> Routing | None:
    """The routing whose plan the changes are held against, where one is named. Raises InputError."""
    from ..adapters.routing_file import check_references, load_routing
    from ..domain.errors import InputError
    from ..domain.levels import spelled_out

    if len(words) > 1:
        raise InputError("takes one routing file at most", where="catalog refresh")
    if not words:
        return None
    routing = load_routing(Path(words[0]))
    try:
        check_references(routing, spelled_out(catalog))
    except InputError as error:
        raise error.at(words[0]) from None
    return routing


def source_quotes(source: str, file: Path | None, as_of: str | None, today: date) -> tuple[Quotes, date, str]:
    """What the source says, of which day, and how that day is known.

    A day that the user gives, else the newest that the text itself names, else that of fetching it. A file
    that names none is taken to be of the day on which it was last written, and that is said.
    """
    from datetime import date
    from functools import partial

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.prices import genai, litellm, model_prices, models_dev, openrouter
    from ..adapters.catalog.prices.quote import repeated
    from ..adapters.disk import read_text
    from ..domain.errors import InputError

    readers: dict[str, tuple[str, Callable[[str, str], Quotes]]] = {
        "litellm": (litellm.URL, litellm.quotes),
        "openrouter": (openrouter.URL, openrouter.quotes),
        "models.dev": (models_dev.URL, models_dev.quotes),
        "genai-prices": ("", partial(genai.quotes, today)),
        "model-prices": (model_prices.URL, partial(model_prices.quotes, today)),
    }
    if source == "genai-prices" and file is None:
        quotes = genai.quotes(today)
    else:
        where, text = (str(file), read_text(file)) if file else _fetched(readers[source][0])
        quotes = _read(readers[source][1], source, text, where)
        if clause := repeated(text):
            note(f"{where}: {clause}")
    if as_of is not None:
        try:
            return quotes, date.fromisoformat(as_of), ""
        except ValueError:
            reason = f"should be a day such as {today}, not {as_of!r}"
            raise InputError(reason, where="catalog refresh", key="--as-of") from None
    if file is None and source != "genai-prices":
        return quotes, today, ""
    if quotes.day is not None:
        day = min(today, quotes.day)
        return quotes, day, f"taken to be of {day}, the newest day it names; --as-of gives another"
    if file is None:
        return quotes, today, ""
    day = min(today, date.fromtimestamp(file.stat().st_mtime))
    dated = f"names no day: taken to be of {day}, when {file} was last written; --as-of gives another"
    return quotes, day, dated


def _fetched(url: str) -> tuple[str, str]:
    """(address, text) of a source's list; of model-prices, that of its newest snapshot."""
    from ..adapters.catalog.prices import model_prices
    from ..adapters.network import fetch_text

    text = fetch_text(url)
    if url != model_prices.URL:
        return url, text
    snapshot = model_prices.newest_url(text)
    return snapshot, fetch_text(snapshot)


def _read(reader: Callable[[str, str], Quotes], source: str, text: str, where: str) -> Quotes:
    """What a source's list says. Raises InputError for another source's list, naming that one."""
    from ..adapters.catalog.prices.quote import likely_source
    from ..domain.errors import InputError

    error = None
    try:
        quotes = reader(text, where)
    except InputError as unreadable:
        error = unreadable
    if (error is not None or not quotes) and (likely := likely_source(text)) not in ("", source):
        raise InputError(f"is the list of {likely}: --from {likely} reads it", where=where)
    if error is not None:
        raise error
    return quotes


def _agreed(text: str, overlay: Path) -> bool | None:
    """Ask; None where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(f"{text}\nWrite this to {overlay}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _refresh_text(
    options: argparse.Namespace, changes: Changes, verdict: str, impact: ChangeImpact | None, dated: str
) -> str:
    """The changes for people, or with --json as data; without a verdict it is a question, and so text."""
    from ..adapters.report.refresh import refresh_json, refresh_text

    if options.json and verdict:
        return json.dumps({**refresh_json(changes, impact), "dated": dated, "verdict": verdict}, indent=2)
    return refresh_text(changes, options.source, verdict, impact, dated)
