"""modelpick baselines [FILE]: what the plan saves against simpler ways, and the rules that those break."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...domain.catalog import Catalog
    from ...domain.routing import Routing

_ROUTERS = (".json", ".jsonc", ".json5", ".yaml", ".yml")
_OWN = "its own routes"
HELP = "what the plan saves against one model, the cheapest, the best, or today's routes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set and --against."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        "--set", "-s", action="append", default=[], metavar="PATH=VALUE", help="change a rule first"
    )
    parser.add_argument(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the routes in this routing file or router's config too (those in FILE are compared anyway)",
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The savings; status 1 where no mix keeps the rules, or the routes in FILE do not.

    Raises InputError for a file without routes.
    """
    from datetime import date

    from ...solver.compiler import Compiler
    from ...solver.scenarios.baselines import baselines
    from ..alerts import alerts, warn
    from ..report.baselines import baselines_text
    from ..report.marked import Marked
    from .ask import question

    routing, catalog = question(given.file, given.set, given.catalog)
    existing = {}
    if any(label.routes for label in routing.labels.values()):
        existing[_OWN] = _routes(routing, routing, catalog, str(given.file))
    for path in given.against:
        existing[str(path)] = _against(path, routing, catalog)
    routing, existing = _comparable(routing, existing)
    today = date.today()
    found = baselines(routing, Compiler(catalog, today), existing)
    own = next((each for each in found.against if each.name == _OWN), None)
    broken = own is not None and bool(own.broken)
    status = 1 if broken else {"infeasible": 1, "timed_out": 3}.get(found.plan.status, 0)
    recommended = [found.plan, *([own.outcome] if own is not None else [])]
    used = [offer for outcome in recommended for mix in outcome.mixes.values() for offer in mix]
    warnings = alerts(catalog, used, today)
    if broken:
        warnings.append(f"{given.file}: its own routes break its rules (exit status 1)")
    warn(warnings)
    if given.json:
        return json.dumps({**found.model_dump(mode="json"), "warnings": warnings}, indent=2), status
    return baselines_text(found, Marked.by(routing, catalog, today)), status


def _comparable(
    routing: Routing, existing: dict[str, dict[str, dict[str, float]]]
) -> tuple[Routing, dict[str, dict[str, dict[str, float]]]]:
    """The routing and the routes compared with it, with the labels alone that all of these know."""
    lacking = {
        where: [name for name in routing.labels if name not in mixes] for where, mixes in existing.items()
    }
    for where, names in lacking.items():
        if names:
            sys.stderr.write(
                f"modelpick: note: {where}: {', '.join(names)} left out of the whole comparison, as it"
                " has no known model for them\n"
            )
    gone = {name for names in lacking.values() for name in names}
    if not gone:
        return routing, existing
    labels = {name: label for name, label in routing.labels.items() if name not in gone}
    if not labels:
        from ...domain.errors import InputError

        raise InputError("the files have no label in common, so nothing can be compared", where="--against")
    kept = {where: {name: mixes[name] for name in labels} for where, mixes in existing.items()}
    return routing.model_copy(update={"labels": labels}), kept


def _against(path: Path, routing: Routing, catalog: Catalog) -> dict[str, dict[str, float]]:
    """The routes in a routing file, or in a router's own config."""
    if path.suffix.lower() not in _ROUTERS:
        from ..files import load_routing

        return _routes(load_routing(path), routing, catalog, str(path))
    from ..disk import read_text
    from ..report.table import clean
    from ..routers.reading import read_config, spread

    _, found = read_config(read_text(path), str(path), None, catalog)
    mixes, lent = spread(found.shares, routing.labels, str(path), found.lost)
    for note in [*found.notes, *([lent] if lent else [])]:
        sys.stderr.write(f"modelpick: note: {path}: {clean(note)}\n")
    return {name: dict(mix) for name, mix in mixes.items()}


def _routes(asked: Routing, routing: Routing, catalog: Catalog, where: str) -> dict[str, dict[str, float]]:
    """Label -> offer -> share for every label of `routing`; shares that do not quite add up are stretched."""
    from ...domain.errors import InputError, nearest

    found = {}
    for name in routing.labels:
        label = asked.labels.get(name)
        if label is None:
            close = nearest(name, asked.labels)
            raise InputError(f"this label is not there{close}", key=f"labels.{name}", where=where)
        mix: dict[str, float] = {}
        for route in label.routes:
            if route.offer not in catalog.offers:
                what = f"unknown offer {route.offer!r}{nearest(route.offer, catalog.offers)}"
                raise InputError(what, key=f"labels.{name}.routes", where=where)
            mix[route.offer] = mix.get(route.offer, 0.0) + route.share
        total = sum(mix.values())
        if not total:
            what = "has no routes; modelpick solve -o writes them"
            raise InputError(what, key=f"labels.{name}", where=where)
        found[name] = {offer: share / total for offer, share in mix.items() if share}
    return found
