"""modelpick baselines [FILE]: what the plan saves against simpler ways, and the rules that those break."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import EXIT_STATUS
from .options import add_routing, check_routes, load_inputs

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

    Mixes = dict[str, dict[str, float]]  # label -> offer -> share

ROUTER_SUFFIXES = (".json", ".jsonc", ".json5", ".yaml", ".yml")
OWN_ROUTES = "its own routes"
HELP = "what the plan saves against one model, the best, or today's routes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set and --against."""
    add_routing(parser)
    parser.add_argument(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the routes in this routing file or router's config too (those in FILE are compared anyway)",
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The savings; status 1 where no mix keeps the rules, or the routes in FILE do not.

    Raises InputError for a file without routes.
    """
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.comparison import baselines_text
    from ..adapters.report.plan import Marked
    from ..solver.analysis.baselines import baselines
    from ..solver.compile.compiler import Compiler

    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    existing = {}
    if any(label.routes for label in routing.labels.values()):
        existing[OWN_ROUTES] = _mixes(routing, list(routing.labels), catalog, str(options.file))
    for path in options.against:
        existing[str(path)] = _mixes_in(path, list(routing.labels), catalog)
    routing, existing = _with_common_labels(routing, existing)
    today = date.today()
    comparison = baselines(routing, Compiler(catalog, today), existing)
    own_routes = next((baseline for baseline in comparison.against if baseline.name == OWN_ROUTES), None)
    broken = own_routes is not None and bool(own_routes.broken)
    status = 1 if broken else EXIT_STATUS[comparison.plan.status]
    outcomes = [comparison.plan, *([own_routes.outcome] if own_routes is not None else [])]
    used = [offer for outcome in outcomes for mix in outcome.mixes.values() for offer in mix]
    warnings = alerts(catalog, used, today)
    if broken:
        warnings.append(f"{options.file}: its own routes break its rules (exit status 1)")
    warn(warnings)
    if options.json:
        return json.dumps({**comparison.model_dump(mode="json"), "warnings": warnings}, indent=2), status
    return baselines_text(comparison, Marked.by(routing, catalog, today)), status


def _with_common_labels(routing: Routing, existing: dict[str, Mixes]) -> tuple[Routing, dict[str, Mixes]]:
    """The routing and the routes compared with it (by file), with the labels alone that all of these have.

    Says on standard error which labels are left out. Raises InputError where none is common.
    """
    missing = {
        where: [name for name in routing.labels if name not in mixes] for where, mixes in existing.items()
    }
    for where, names in missing.items():
        if names:
            sys.stderr.write(
                f"modelpick: note: {where}: {', '.join(names)} left out of the whole comparison, as it"
                " has no known model for them\n"
            )
    dropped = {name for names in missing.values() for name in names}
    if not dropped:
        return routing, existing
    labels = {name: label for name, label in routing.labels.items() if name not in dropped}
    if not labels:
        from ..domain.errors import InputError

        raise InputError("the files have no label in common, so nothing can be compared", where="--against")
    common = {where: {name: mixes[name] for name in labels} for where, mixes in existing.items()}
    return routing.model_copy(update={"labels": labels}), common


def _mixes_in(path: Path, labels: list[str], catalog: Catalog) -> Mixes:
    """The routes for these labels in a routing file, or in a router's own config."""
    if path.suffix.lower() not in ROUTER_SUFFIXES:
        from ..adapters.routing_file import load_routing

        return _mixes(load_routing(path), labels, catalog, str(path))
    from ..adapters.disk import read_text
    from ..adapters.report.text import clean
    from ..adapters.routers.import_ import mixes_for_labels, read_config
    from ..adapters.routers.own_prices import price_overrides

    _, config = read_config(read_text(path), str(path), None, catalog)
    mixes, assumption = mixes_for_labels(config.shares, labels, str(path), config.unknown_labels)
    overrides, prices = price_overrides(config, catalog)
    if overrides:
        prices.append(f"these prices are not taken here; modelpick import config {path} -o OUT takes them")
    for note in [*config.notes, *prices, *([assumption] if assumption else [])]:
        sys.stderr.write(f"modelpick: note: {path}: {clean(note)}\n")
    return {name: dict(mix) for name, mix in mixes.items()}


def _mixes(routing: Routing, labels: list[str], catalog: Catalog, where: str) -> Mixes:
    """A routing's own routes for these labels; shares that do not quite add up are stretched.

    A label without routes, beside others that have some, is left out: its model is not known.
    """
    from ..domain.errors import InputError, nearest

    mixes = {}
    for name in labels:
        label = routing.labels.get(name)
        if label is None:
            suggestion = nearest(name, routing.labels)
            raise InputError(f"this label is not there{suggestion}", key=f"labels.{name}", where=where)
        if not label.routes and any(other.routes for other in routing.labels.values()):
            continue
        check_routes(name, label, catalog, where)
        mix: dict[str, float] = {}
        for route in label.routes:
            mix[route.offer] = mix.get(route.offer, 0.0) + route.share
        total = sum(mix.values())
        if not total:
            reason = "has no routes; modelpick solve -o writes them"
            raise InputError(reason, key=f"labels.{name}", where=where)
        mixes[name] = {offer: share / total for offer, share in mix.items() if share}
    return mixes
