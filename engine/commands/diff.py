"""modelpick diff A B: what another routing changes in routes, money, quality and latency, at one workload."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from .options import add_format, check_routes, chosen_format, figure

if TYPE_CHECKING:
    from datetime import date

    from ..adapters.report.comparison import Difference
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
    from ..adapters.report.comparison import increase, quality_losses

    style = chosen_format(options)
    catalog, today = load_spelled_out(options.catalog), date.today()
    if _is_new(options.a, options.b):
        return _new_text(options.a, options.b, style), 0
    sides = _Sides.read(options, catalog, today)
    difference = sides.difference()
    at_own_workload, own_volumes = sides.at_own_workload(difference, options.workload)
    for sentence in own_volumes:
        sys.stderr.write(f"modelpick: note: {sentence}\n")
    warnings = [note for routing in sides.routings.values() for note in suspicious_values(routing)]
    warnings += alerts(catalog, offers_of(difference.after), today)
    warn(warnings)
    percent = increase(difference.before, difference.after)
    over = options.max_increase is not None and percent > options.max_increase
    losses = quality_losses(difference.before, difference.after, options.max_quality_loss)
    status = int(over or bool(losses) or difference.breaks)
    if style == "json":
        facts = {
            "max_increase": options.max_increase,
            "over": over,
            "max_quality_loss": options.max_quality_loss,
            "quality_losses": losses,
            "workload": options.workload,
            "at_own_workload": at_own_workload,
        }
        return _json_text(difference, facts, warnings), status
    from ..adapters.report.comparison import quality_losses_text

    lost = quality_losses_text(losses, options.max_quality_loss)
    if style == "github":
        from ..adapters.report.comparison import diff_markdown

        notes = [*([lost] if lost else []), *own_volumes, *warnings]
        limit = options.max_increase
        return diff_markdown(difference, sides.routings, limit, notes, failed=bool(status)), status
    return _text(difference, options.max_increase, lost), status


@dataclass(frozen=True)
class _Sides:
    """A and B as their files have them (`routings`) and `priced` at one workload, with their routes."""

    catalog: Catalog
    today: date
    routings: dict[str, Routing]
    priced: dict[str, Routing]
    mixes: dict[str, dict[str, Mix]]

    @classmethod
    def read(cls, options: argparse.Namespace, catalog: Catalog, today: date) -> _Sides:
        """The files, without the labels that either has no routes for. Raises InputError."""
        from ..adapters.routing_file import canonical
        from ..domain.rules import with_workload

        paths = {"A": options.a, "B": options.b}
        routings = _routed({side: canonical(_routing(path), catalog) for side, path in paths.items()})
        mixes = {side: _mixes(routings[side], catalog, path) for side, path in paths.items()}
        basis = routings.get(options.workload) or _routing(Path(options.workload))
        priced = {side: with_workload(routing, basis) for side, routing in routings.items()}
        return cls(catalog, today, routings, priced, mixes)

    def difference(self) -> Difference:
        """Both sides' routes at one workload, and the rules that B breaks: its own, and A's."""
        from ..adapters.report.comparison import Difference
        from ..adapters.routers.costing import evaluate_mixes

        before, before_breaks = evaluate_mixes(self.priced["A"], self.catalog, self.mixes["A"], self.today)
        after, after_breaks = evaluate_mixes(self.priced["B"], self.catalog, self.mixes["B"], self.today)
        broken = {"B": after_breaks, "A": self._breaks_of_other_rules(after_breaks)}
        return Difference(before, after, broken, frozenset(rule.where for rule in before_breaks))

    def _breaks_of_other_rules(self, breaks: tuple[Break, ...]) -> tuple[Break, ...]:
        """What B's routes break of the rules of A, where these are not among B's own `breaks`."""
        from ..adapters.routers.base import Mix
        from ..adapters.routers.costing import evaluate_mixes

        other, mixes = self.priced["A"], self.mixes["B"]
        shared = {name: label for name, label in other.labels.items() if name in self.priced["B"].labels}
        if not shared:
            return ()
        routing = other.model_copy(update={"labels": shared})
        routed = {
            name: Mix(label, mixes[name].shares, mixes[name].fallbacks) for name, label in shared.items()
        }
        listed = {(rule.where, rule.reason) for rule in breaks}
        other_breaks = evaluate_mixes(routing, self.catalog, routed, self.today)[1]
        return tuple(rule for rule in other_breaks if (rule.where, rule.reason) not in listed)

    def at_own_workload(
        self, difference: Difference, workload: str
    ) -> tuple[dict[str, float | None], list[str]]:
        """Each side's cost where its own workload is another than `workload`, and that as sentences."""
        from ..adapters.report.comparison import own_workload_text
        from ..adapters.routers.costing import evaluate_mixes
        from ..domain.rules import monthly_requests

        costs: dict[str, float | None] = {}
        sentences = []
        for side, plan in (("A", difference.before), ("B", difference.after)):
            routing, priced = self.routings[side], self.priced[side]
            if priced != routing:
                own_plan = evaluate_mixes(routing, self.catalog, self.mixes[side], self.today)[0]
                costs[side] = own_plan.cost
                volumes = (monthly_requests(routing), monthly_requests(priced))
                sentences.append(own_workload_text(side, workload, volumes, own_plan, plan))
        return costs, sentences


def _json_text(difference: Difference, facts: Mapping[str, object], warnings: Sequence[str]) -> str:
    from ..adapters.report.comparison import diff_json

    compared = diff_json(difference.before, difference.after)
    broken = difference.broken_json()
    return json.dumps({**compared, **facts, "broken": broken, "warnings": warnings}, indent=2)


def _text(difference: Difference, max_increase: float | None, lost: str) -> str:
    """`lost`: the quality over the limit, in words."""
    from ..adapters.report.comparison import broken_text, diff_text

    text = diff_text(difference.before, difference.after, max_increase)
    return "\n\n".join(block for block in (text, lost, broken_text(difference)) if block)


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
