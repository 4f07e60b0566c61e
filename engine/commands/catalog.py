"""modelpick catalog list|show|check|refresh: what is known, from where, how old, and what is newer."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "list offers, show every figure of one, check or refresh them all"

_ACTIONS = ("list", "show", "check", "match", "refresh")


def arguments(parser: argparse.ArgumentParser) -> None:
    """list [WORD...], show MODEL..., check, and refresh with its options."""
    from .refresh import SOURCES

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


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The list, the figures or the findings. Raises InputError for an unknown name."""
    return {"list": _list, "show": _show, "check": _check, "match": _match, "refresh": _refresh}[
        given.action
    ](given)


def _list(given: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.catalog import list_text, matching

    catalog = load_catalog(given.catalog)
    found = matching(catalog, given.words)
    if given.json:
        facts = {key: catalog.offers[key].model_dump(mode="json") for key in found}
        return json.dumps({"as_of": catalog.as_of.isoformat(), "offers": facts}, indent=2), 0
    return list_text(catalog, found), 0


def _show(given: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.show import show_json, show_text
    from ..domain.errors import InputError
    from ..solver.analysis.compare import named_offers
    from ..solver.skill_model.skills import skill_table

    if not given.words:
        raise InputError("name a model, an offer or a provider to show", where="catalog show")
    catalog, today = load_catalog(given.catalog), date.today()
    sellers = [word for word in given.words if word in catalog.providers and word not in catalog.models]
    found = named_offers(catalog, [word for word in given.words if word not in sellers])
    skills = skill_table(catalog)
    if given.json:
        return json.dumps(show_json(catalog, found, sellers, skills, today), indent=2), 0
    return show_text(catalog, found, sellers, skills, today), 0


def _match(given: argparse.Namespace) -> tuple[str, int]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.match import match_json, match_text, matches
    from ..domain.errors import InputError

    if not given.words:
        raise InputError("give the names to look up", where="catalog match")
    found = matches(load_catalog(given.catalog), given.words)
    status = 0 if all(one.key for one in found) else 1
    return json.dumps(match_json(found), indent=2) if given.json else match_text(found), status


def _refresh(given: argparse.Namespace) -> tuple[str, int]:
    from .refresh import run

    return run(given)


def _check(given: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ..adapters.catalog.checks import findings
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.check import check_json, check_text
    from ..domain.errors import InputError

    if given.words:
        raise InputError("check looks at the whole catalogue and takes no words", where="catalog check")
    catalog = load_catalog(given.catalog)
    found = findings(catalog, date.today())
    status = 1 if any(one.severity == "error" for one in found) else 0
    return json.dumps(check_json(found), indent=2) if given.json else check_text(
        found, len(catalog.offers)
    ), status
