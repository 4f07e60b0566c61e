"""modelpick catalog list|show: what is known, from where, how old."""

from __future__ import annotations

import argparse
import json

HELP = "list offers, or show every figure of one"


def arguments(parser: argparse.ArgumentParser) -> None:
    """list [WORD...] and show MODEL..."""
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="list: words to look for; show: models or offers"
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The list or the figures. Raises InputError for an unknown name."""
    return _list(given) if given.action == "list" else _show(given)


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
