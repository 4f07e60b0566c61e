"""modelpick catalog list|show|check: what is known, from where, how old, and what is doubtful."""

from __future__ import annotations

import argparse
import json

HELP = "list offers, show every figure of one, or check them all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """list [WORD...], show MODEL... and check."""
    parser.add_argument("action", choices=("list", "show", "check"))
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="list: words to look for; show: models or offers"
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The list, the figures or the findings. Raises InputError for an unknown name."""
    return {"list": _list, "show": _show, "check": _check}[given.action](given)


def _list(given: argparse.Namespace) -> tuple[str, int]:
    from ..catalogs import load_catalog
    from ..report.catalog import list_text, matching

    catalog = load_catalog(given.catalog)
    found = matching(catalog, given.words)
    if given.json:
        facts = {key: catalog.offers[key].model_dump(mode="json") for key in found}
        return json.dumps({"as_of": catalog.as_of.isoformat(), "offers": facts}, indent=2), 0
    return list_text(catalog, found), 0


def _show(given: argparse.Namespace) -> tuple[str, int]:
    from ...domain.errors import InputError
    from ...solver.compare import named_offers
    from ...solver.skills import skill_table
    from ..catalogs import load_catalog
    from ..report.catalog import show_json, show_text

    if not given.words:
        raise InputError("name a model or an offer to show", where="catalog show")
    catalog = load_catalog(given.catalog)
    found, skills = named_offers(catalog, given.words), skill_table(catalog)
    if given.json:
        return json.dumps(show_json(catalog, found, skills), indent=2), 0
    return show_text(catalog, found, skills), 0


def _check(given: argparse.Namespace) -> tuple[str, int]:
    from datetime import date

    from ...domain.errors import InputError
    from ..catalogs import load_catalog
    from ..check.all import findings
    from ..report.check import check_json, check_text

    if given.words:
        raise InputError("check looks at the whole catalogue and takes no words", where="catalog check")
    catalog = load_catalog(given.catalog)
    found = findings(catalog, date.today())
    status = 1 if any(one.severity == "error" for one in found) else 0
    return json.dumps(check_json(found), indent=2) if given.json else check_text(
        found, len(catalog.offers)
    ), status
