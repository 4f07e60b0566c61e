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
    from datetime import date

    from ..adapters.catalog.prices.quote import Quotes
    from ..adapters.catalog.refresh import Changes
    from ..adapters.routers.costing import ChangeImpact
    from ..domain.catalog import Catalog

HELP = "list offers, show every figure of one, check or refresh them all"
SUBCOMMANDS = {
    "list": "list the offers, or those whose names have all the words",
    "show": "every figure of a model, offer, provider or plan: from where, how old",
    "check": "check all figures: units, outliers, sources that disagree; exit status 1 where one is wrong",
    "match": "what model of the catalogue a name elsewhere means",
    "refresh": "write newer prices of a source into your overlay, and say what they mean to a routing",
}
SOURCES = ("litellm", "openrouter", "models.dev", "genai-prices")
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
        "--from", dest="source", choices=SOURCES, default="litellm", help="whose prices (default litellm)"
    )
    parser.add_argument(
        "--file", type=Path, metavar="F", help="the source's own file, instead of fetching it"
    )
    parser.add_argument("--as-of", metavar="D", help="the day of the source's text, such as 2026-11-23")
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
    return list_text(catalog, offers), 0


def _show(options: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.catalog import plans_text, show_json, show_text
    from ..domain.errors import InputError
    from ..solver.analysis.compare import named_offers
    from ..solver.skill_model.skills import skill_table

    if not options.words:
        raise InputError("name a model, an offer, a provider or a plan to show", where="catalog show")
    catalog, today = load_spelled_out(options.catalog), date.today()
    plans = [word for word in options.words if word in catalog.plans and word not in catalog.models]
    words = [word for word in options.words if word not in plans]
    providers = [word for word in words if word in catalog.providers and word not in catalog.models]
    offers = named_offers(catalog, [word for word in words if word not in providers])
    skills = skill_table(catalog)
    if options.json:
        facts = show_json(catalog, offers, providers, skills, today)
        facts += [{"plan": key, "facts": catalog.plans[key].model_dump(mode="json")} for key in plans]
        return json.dumps(facts, indent=2), 0
    blocks = (show_text(catalog, offers, providers, skills, today), plans_text(catalog, plans, today))
    return "\n\n".join(block for block in blocks if block), 0


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

    source, today = options.source, date.today()
    overlay = overlay_path(options.overlay, options.catalog, "catalog refresh")
    routing_file = _routing_file(options.words)
    catalog = known_catalog(options.catalog, overlay)
    quotes, day, dated = source_quotes(source, options.file, options.as_of, today)

    def text(verdict: str, impact: ChangeImpact | None = None) -> str:
        return _refresh_text(options, changes, verdict, impact, dated)

    changes = compare_quotes(catalog, quotes, source, day)
    if reason := disbelief(changes):
        return text(f"refused: {reason}; nothing has changed"), 1
    if changes.new:
        overrides = refresh_overrides(catalog, changes, source, day)
        preview = preview_overlay(overlay, options.catalog, overrides)
        changes = without_wrong_offers(changes, preview, today)
    if not changes.any:
        return text("nothing to change"), 0
    overrides = refresh_overrides(catalog, changes, source, day)
    impact = _impact(routing_file, catalog, overrides, overlay, options.catalog)
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


def _routing_file(words: list[str]) -> Path | None:
    from ..domain.errors import InputError

    if len(words) > 1:
        raise InputError("takes one routing file at most", where="catalog refresh")
    return Path(words[0]) if words else None


def _impact(
    routing_file: Path | None,
    before: Catalog,
    overrides: dict[str, dict[str, object]],
    overlay: Path,
    base: Path | None,
) -> ChangeImpact | None:
    """What the changes are worth to the user's routing, where one is named."""
    if routing_file is None:
        return None
    from datetime import date

    from ..adapters.catalog.overlay import preview_overlay
    from ..adapters.routers.costing import change_impact
    from ..adapters.routing_file import check_references, load_routing

    routing = load_routing(routing_file)
    check_references(routing, before)
    return change_impact(routing, before, preview_overlay(overlay, base, overrides), date.today())


def source_quotes(source: str, file: Path | None, as_of: str | None, today: date) -> tuple[Quotes, date, str]:
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


def _refresh_text(
    options: argparse.Namespace, changes: Changes, verdict: str, impact: ChangeImpact | None, dated: str
) -> str:
    """The changes for people, or with --json as data; without a verdict it is a question, and so text."""
    from ..adapters.report.refresh import refresh_json, refresh_text

    if options.json and verdict:
        return json.dumps({**refresh_json(changes, impact), "dated": dated, "verdict": verdict}, indent=2)
    return refresh_text(changes, options.source, verdict, impact, dated)
