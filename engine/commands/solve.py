"""modelpick solve [FILE]: the plan on standard output, and with -o in a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .options import SECONDS, add_flag, caution_text

HELP = "find the best mix of offers for every label and print it"
_STATUS = {"optimal": 0, "feasible": 0, "infeasible": 1, "timed_out": 3}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --cautious, -o and --time-limit."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        *("--set", "-s"),
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a rule first, such as labels.think.min_quality=80; PATH= clears it",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="save the routing with its routes here"
    )
    parser.add_argument(
        "--time-limit",
        type=SECONDS,
        default=60.0,
        metavar="SECONDS",
        help="stop searching then (default 60)",
    )
    add_flag(parser)


def run(given: argparse.Namespace) -> tuple[str, int]:
    """Solve; saves only when there is a plan. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, doubtful_values, note, offers_of, warn
    from ..adapters.disk import read_text
    from ..adapters.report.plan import Marked, plan_text
    from ..adapters.routing_file import check_references, load_catalog, read_routing, ready_made, with_sets
    from ..domain.errors import InputError
    from ..solver.pick import Picker

    old_text = None if given.file is None else read_text(given.file)
    routing = ready_made() if old_text is None else read_routing(old_text, str(given.file))
    routing = with_sets(routing, given.set)
    catalog = load_catalog(given.catalog)
    try:
        check_references(routing, catalog)
    except InputError as error:
        raise error.at("" if given.file is None else str(given.file)) from None
    today = date.today()
    picker, plan = Picker(catalog, today), None
    if given.cautious:
        from ..solver.analysis.conservative import pick_conservative

        plan = pick_conservative(picker, routing, given.time_limit)
    plan = plan or picker.pick(routing, given.time_limit)
    if given.output is not None and plan.found:
        from ..adapters.routing_file import save, write_routing
        from ..adapters.solution_stamp import stamped

        note(save(given.output, write_routing(stamped(routing, plan, catalog), old_text)))
    marked = Marked.by(routing, catalog, today)
    warnings = doubtful_values(routing) + alerts(catalog, offers_of(plan), today)
    warn(warnings)
    if given.json:
        return json.dumps({**marked.json(plan), "warnings": warnings}, indent=2), _STATUS[plan.status]
    said = (plan_text(plan, marked, routing), caution_text(routing, plan.caution))
    return "\n\n".join(part for part in said if part), _STATUS[plan.status]
