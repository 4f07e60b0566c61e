"""modelpick frontier [FILE]: cost against quality, from the cheapest plan to the best."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .options import add_flag, caution_text, whole

HELP = "print cost against quality, from the cheapest plan to the best"
_MOST = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --cautious, --label and --points."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        "--set", "-s", action="append", default=[], metavar="PATH=VALUE", help="change a rule first"
    )
    parser.add_argument("--label", metavar="L", help="move this label's quality only")
    parser.add_argument(
        "--points",
        type=whole(f"a whole number from 2 to {_MOST:,}", 2, _MOST),
        default=50,
        metavar="N",
        help="where whole numbers count (default 50)",
    )
    add_flag(parser)


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The points; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.explain import frontier_text
    from ..solver.analysis.frontier import frontier
    from ..solver.pick import Picker
    from .options import question

    routing, catalog = question(given.file, given.set, given.catalog)
    plain = picker = Picker(catalog, date.today())
    cost = None
    if given.cautious:
        from ..solver.analysis.conservative import conservative_picker, cost_of_caution

        picker = conservative_picker(plain)
        cost = cost_of_caution(plain, routing, picker.pick(routing, mend=False))
    found = frontier(routing, picker.compiler, given.label, given.points)
    status = 0 if found.points else 1
    used = [offer for point in found.points for mix in point.routes.values() for offer in mix]
    warnings = alerts(catalog, used, date.today())
    warn(warnings)
    if given.json:
        more = {} if cost is None else {"caution": cost.model_dump(mode="json")}
        return json.dumps({**found.model_dump(mode="json"), **more, "warnings": warnings}, indent=2), status
    said = (caution_text(routing, cost), frontier_text(found))
    return "\n\n".join(part for part in said if part), status
