"""modelpick diff A B: what another routing changes in routes, money, quality and latency, at one workload."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..adapters.routers.base import Mix
    from ..domain.catalog import Catalog
    from ..domain.explanation import Break
    from ..domain.routing import Routing

HELP = "the money at stake between two routings, at one workload"


def arguments(parser: argparse.ArgumentParser) -> None:
    """A, B, --workload and --max-increase."""
    for name in ("A", "B"):
        parser.add_argument(name.lower(), type=Path, metavar=name, help="a routing file with its routes")
    parser.add_argument(
        "--workload",
        default="A",
        metavar="A|B|FILE",
        help="whose requests and tokens both are priced at (default A)",
    )
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
    """The comparison; status 1 over --max-increase, or where B's routes break a rule of B.

    Raises InputError for a file without routes.
    """
    from datetime import date

    from ..adapters.catalog.alerts import alerts, doubtful_values, offers_of, warn
    from ..adapters.catalog.file import load_catalog
    from ..adapters.report.comparison import (
        Difference,
        broken_text,
        diff_json,
        diff_text,
        increase,
        own_workload_text,
    )
    from ..adapters.routers.costing import judged_mixes
    from ..adapters.routing_file import load_routing
    from ..adapters.workload import requests, with_workload

    catalog, today = load_catalog(given.catalog), date.today()
    routings = {side: load_routing(path) for side, path in (("A", given.a), ("B", given.b))}
    mixes = {side: _mixes(routings[side], catalog, given.a if side == "A" else given.b) for side in routings}
    basis = routings.get(given.workload) or load_routing(Path(given.workload))
    asked = {side: with_workload(routing, basis) for side, routing in routings.items()}
    before, broken_before = judged_mixes(asked["A"], catalog, mixes["A"], today)
    after, broken_after = judged_mixes(asked["B"], catalog, mixes["B"], today)
    broken = {
        "B": broken_after,
        "A": _broken_by_other_rules(asked["A"], asked["B"], mixes["B"], catalog, broken_after),
    }
    comparison = Difference(before, after, broken, frozenset(rule.rule for rule in broken_before))
    own = {}
    for side, plan in (("A", before), ("B", after)):
        if asked[side] != routings[side]:
            own[side] = judged_mixes(routings[side], catalog, mixes[side], today)[0]
            count = (requests(routings[side]), requests(asked[side]))
            sys.stderr.write(
                f"modelpick: note: {own_workload_text(side, given.workload, count, own[side], plan)}\n"
            )
    warnings = [note for routing in routings.values() for note in doubtful_values(routing)]
    warnings += alerts(catalog, offers_of(after), today)
    warn(warnings)
    percent = increase(before, after)
    over = given.max_increase is not None and percent > given.max_increase
    status = int(over or comparison.breaks)
    if given.json:
        facts = {
            **diff_json(before, after),
            "max_increase": given.max_increase,
            "over": over,
            "workload": given.workload,
            "at_own_workload": {side: plan.cost for side, plan in own.items()},
            "broken": comparison.broken_json(),
            "warnings": warnings,
        }
        return json.dumps(facts, indent=2), status
    blocks = (diff_text(before, after, given.max_increase), broken_text(comparison))
    return "\n\n".join(block for block in blocks if block), status


def _broken_by_other_rules(
    asked: Routing, changed: Routing, mixes: Mapping[str, Mix], catalog: Catalog, known: tuple[Break, ...]
) -> tuple[Break, ...]:
    """What B's routes break of A's rules, where these are not B's as well."""
    from datetime import date

    from ..adapters.routers.base import Mix
    from ..adapters.routers.costing import judged_mixes

    shared = {name: label for name, label in asked.labels.items() if name in changed.labels}
    if not shared:
        return ()
    there = asked.model_copy(update={"labels": shared})
    routed = {name: Mix(label, mixes[name].shares, mixes[name].fallbacks) for name, label in shared.items()}
    said = {(rule.rule, rule.reason) for rule in known}
    broken = judged_mixes(there, catalog, routed, date.today())[1]
    return tuple(rule for rule in broken if (rule.rule, rule.reason) not in said)


def _mixes(routing: Routing, catalog: Catalog, path: Path) -> dict[str, Mix]:
    """A file's own routes. Raises InputError where it has none, or names an unknown offer."""
    from ..adapters.report.text import clean
    from ..adapters.routers.costing import own_routes, uneven
    from ..domain.errors import InputError, nearest

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
    return mixes
