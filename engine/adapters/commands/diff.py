"""modelpick diff A B: what another routing changes in routes, money, quality and latency."""

from __future__ import annotations

import argparse
import json
import sys
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...domain.catalog import Catalog
    from ...domain.plan import Plan

HELP = "the money at stake between two routings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """A, B and --max-increase."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), type=Path, metavar=name, help="a routing file with its routes")
    parser.add_argument(
        "--max-increase",
        type=_percent,
        metavar="PERCENT",
        help="exit status 1 where B costs more than this above A",
    )


def _percent(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = inf
    if not isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of percent, such as 5")
    return number


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The comparison; status 1 over --max-increase. Raises InputError for a file without routes."""
    from ..catalogs import load_catalog
    from ..report.diff import diff_json, diff_text, increase

    catalog = load_catalog(given.catalog)
    before, after = (_plan(path, catalog) for path in (given.a, given.b))
    percent = increase(before, after)
    over = given.max_increase is not None and percent > given.max_increase
    if given.json:
        told = {**diff_json(before, after), "max_increase": given.max_increase, "over": over}
        return json.dumps(told, indent=2), int(over)
    return diff_text(before, after, given.max_increase), int(over)


def _plan(path: Path, catalog: Catalog) -> Plan:
    from datetime import date

    from ...domain.errors import InputError, nearest
    from ..files import load_routing
    from ..report.table import clean
    from ..routers.priced import own_routes, priced, uneven

    routing = load_routing(path)
    mixes = own_routes(routing, catalog)
    if mixes is None:
        for name, label in routing.labels.items():
            if not label.routes:
                raise InputError(
                    "has no routes; modelpick solve -o writes them", key=f"labels.{name}", where=str(path)
                )
            for route in label.routes:
                if route.offer not in catalog.offers:
                    close = nearest(route.offer, catalog.offers)
                    what = f"unknown offer {route.offer!r}{close}"
                    raise InputError(what, key=f"labels.{name}.routes", where=str(path))
        raise InputError("its shares add up to nothing", where=str(path))
    for line in uneven(routing):
        sys.stderr.write(f"modelpick: warning: {path}: {clean(line)}\n")
    return priced(routing, catalog, mixes, date.today())
