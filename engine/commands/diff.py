"""modelpick diff A B: what another routing changes in routes, money, quality and latency, at one workload."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from .options import add_format, check_routes, chosen_format, figure

if TYPE_CHECKING:
    from ..adapters.routers.base import Mix
    from ..domain.catalog import Catalog
    from ..domain.explanation import Break
    from ..domain.routing import Routing

HELP = "the money at stake between two routings, at one workload"


def arguments(parser: argparse.ArgumentParser) -> None:
    """A, B, --workload, --max-increase, --max-quality-loss and --format."""
    for name in ("A", "B"):
        parser.add_argument(
            name.lower(),
            type=Path,
            metavar=name,
            help="a routing file with its routes; REV:PATH is one as git has it, such as HEAD:routing.toml",
        )
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
    parser.add_argument(
        "--max-quality-loss",
        type=figure("a number of points from 0 to 100", 0, 100),
        metavar="POINTS",
        help="exit status 1 where the quality of a label, or of the router, falls by more than this in B",
    )
    add_format(parser)


def _percent(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = inf
    if not isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of percent, such as 5")
    return number


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The comparison; status 1 over a limit, or where B's routes break a rule of B.

    Raises InputError for a file without routes.
    """
    from datetime import date

    from ..adapters.catalog.alerts import alerts, offers_of, suspicious_values, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.comparison import (
        Difference,
        broken_text,
        diff_json,
        diff_text,
        increase,
        own_workload_text,
        quality_losses,
        quality_losses_text,
    )
    from ..adapters.routers.costing import evaluate_mixes
    from ..adapters.routing_file import canonical
    from ..adapters.workload import requests, with_workload

    style = chosen_format(options)
    catalog, today = load_spelled_out(options.catalog), date.today()
    paths = {"A": options.a, "B": options.b}
    if _is_new(options.a, options.b):
        return _new_text(options.a, options.b, style), 0
    routings = {side: canonical(_routing(path), catalog) for side, path in paths.items()}
    routings = _routed(routings)
    mixes = {side: _mixes(routings[side], catalog, path) for side, path in paths.items()}
    basis = routings.get(options.workload) or _routing(Path(options.workload))
    priced = {side: with_workload(routing, basis) for side, routing in routings.items()}
    before, before_breaks = evaluate_mixes(priced["A"], catalog, mixes["A"], today)
    after, after_breaks = evaluate_mixes(priced["B"], catalog, mixes["B"], today)
    broken = {
        "B": after_breaks,
        "A": _breaks_of_other_rules(priced["A"], priced["B"], mixes["B"], catalog, after_breaks),
    }
    difference = Difference(before, after, broken, frozenset(rule.where for rule in before_breaks))
    at_own_workload: dict[str, float | None] = {}
    own_volumes = []
    for side, plan in (("A", before), ("B", after)):
        if priced[side] != routings[side]:
            own_plan = evaluate_mixes(routings[side], catalog, mixes[side], today)[0]
            at_own_workload[side] = own_plan.cost
            volumes = (requests(routings[side]), requests(priced[side]))
            sentence = own_workload_text(side, options.workload, volumes, own_plan, plan)
            own_volumes.append(sentence)
            sys.stderr.write(f"modelpick: note: {sentence}\n")
    warnings = [note for routing in routings.values() for note in suspicious_values(routing)]
    warnings += alerts(catalog, offers_of(after), today)
    warn(warnings)
    percent = increase(before, after)
    over = options.max_increase is not None and percent > options.max_increase
    losses = quality_losses(before, after, options.max_quality_loss)
    status = int(over or bool(losses) or difference.breaks)
    if style == "json":
        facts = {
            **diff_json(before, after),
            "max_increase": options.max_increase,
            "over": over,
            "max_quality_loss": options.max_quality_loss,
            "quality_losses": losses,
            "workload": options.workload,
            "at_own_workload": at_own_workload,
            "broken": difference.broken_json(),
            "warnings": warnings,
        }
        return json.dumps(facts, indent=2), status
    lost = quality_losses_text(losses, options.max_quality_loss)
    if style == "github":
        from ..adapters.report.pull_request import diff_markdown

        notes = [*([lost] if lost else []), *own_volumes, *warnings]
        return diff_markdown(difference, routings, options.max_increase, notes, failed=bool(status)), status
    blocks = (diff_text(before, after, options.max_increase), lost, broken_text(difference))
    return "\n\n".join(block for block in blocks if block), status


def _routing(path: Path) -> Routing:
    """The routing in a file, or in REV:PATH. Raises InputError."""
    from ..adapters.disk import exists
    from ..adapters.git_revision import is_revision, read_revision
    from ..adapters.routing_file import load_routing, read_routing

    if is_revision(str(path)) and not exists(path):
        return read_routing(read_revision(str(path)), str(path))
    return load_routing(path)


def _is_new(before: Path, after: Path) -> bool:
    """Whether A is REV:B and git has no such file there yet. Raises InputError for an unknown revision."""
    from ..adapters.disk import exists
    from ..adapters.git_revision import has_path, is_revision

    name = str(before)
    same_file = name.partition(":")[2] == str(after)
    return is_revision(name) and same_file and not exists(before) and exists(after) and not has_path(name)


def _new_text(before: Path, after: Path, style: str) -> str:
    """That B is new, so that there is nothing to compare it with."""
    from ..adapters.report import markdown
    from ..adapters.report.check import MARKER
    from ..adapters.report.text import clean

    sentence = f"{clean(str(after))} is new since {clean(str(before).partition(':')[0])}: nothing to compare"
    if style == "json":
        return json.dumps({"new": str(after), "before": str(before)}, indent=2)
    if style == "github":
        return f"{MARKER.format('diff')}\n### ✅ modelpick diff: {markdown.escaped(sentence)}"
    return sentence


def _routed(routings: dict[str, Routing]) -> dict[str, Routing]:
    """The routings without the labels that either has no routes for, as of a model that is not known; said on
    standard error. A routing without any routes stays as it is."""
    from ..adapters.report.text import clean

    dropped: set[str] = set()
    for side, routing in routings.items():
        unrouted = [name for name, label in routing.labels.items() if not label.routes]
        if unrouted and len(unrouted) < len(routing.labels):
            dropped |= set(unrouted)
            listed = clean(", ".join(unrouted))
            sys.stderr.write(f"modelpick: note: {side} has no routes for {listed}: left out on both sides\n")
    kept = {
        side: {name: label for name, label in routing.labels.items() if name not in dropped}
        for side, routing in routings.items()
    }
    if not dropped or not all(kept.values()):
        return routings
    return {side: routing.model_copy(update={"labels": kept[side]}) for side, routing in routings.items()}


def _breaks_of_other_rules(
    other: Routing, changed: Routing, mixes: Mapping[str, Mix], catalog: Catalog, breaks: tuple[Break, ...]
) -> tuple[Break, ...]:
    """What B's routes break of the rules of A (`other`), where these are not among B's own `breaks`."""
    from datetime import date

    from ..adapters.routers.base import Mix
    from ..adapters.routers.costing import evaluate_mixes

    shared = {name: label for name, label in other.labels.items() if name in changed.labels}
    if not shared:
        return ()
    routing = other.model_copy(update={"labels": shared})
    routed = {name: Mix(label, mixes[name].shares, mixes[name].fallbacks) for name, label in shared.items()}
    listed = {(rule.where, rule.reason) for rule in breaks}
    other_breaks = evaluate_mixes(routing, catalog, routed, date.today())[1]
    return tuple(rule for rule in other_breaks if (rule.where, rule.reason) not in listed)


def _mixes(routing: Routing, catalog: Catalog, path: Path) -> dict[str, Mix]:
    """A file's own routes. Raises InputError where it has none, or names an unknown offer."""
    from ..adapters.report.text import clean
    from ..adapters.routers.costing import current_mixes, uneven_share_notes
    from ..domain.errors import InputError

    mixes = current_mixes(routing, catalog)
    if mixes is None:
        for name, label in routing.labels.items():
            check_routes(name, label, catalog, str(path))
        raise InputError("its shares add up to nothing", where=str(path))
    for line in uneven_share_notes(routing):
        sys.stderr.write(f"modelpick: warning: {path}: {clean(line)}\n")
    return mixes
