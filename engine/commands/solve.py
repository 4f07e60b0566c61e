"""modelpick solve [FILE]: the plan on standard output, and with -o in a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from . import EXIT_STATUS
from .options import (
    SECONDS,
    add_cautious,
    add_routing,
    caution_text,
    check_names,
    note_floors,
    with_caution,
)

HELP = "find the best mix of offers for every label and print it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --cautious, -o and --time-limit."""
    add_routing(parser, set_help="change a rule first, such as labels.think.min_quality=80; PATH= clears it")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="save the routing with its routes here; -: print it"
    )
    parser.add_argument(
        "--time-limit",
        type=SECONDS,
        default=60.0,
        metavar="SECONDS",
        help="stop searching then (default 60)",
    )
    add_cautious(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Solve; saves only when there is a plan. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, note, offers_of, plan_alerts, suspicious_values, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.disk import is_standard, read_text
    from ..adapters.report.explain import missing_note
    from ..adapters.report.plan import Marked, plan_text
    from ..adapters.routing_file import canonical, read_routing, ready_made, with_sets
    from ..solver.analysis.missing_figures import count_missing
    from ..solver.analysis.remarks import with_mix_saving
    from ..solver.pick import Picker

    old_text = None if options.file is None else read_text(options.file)
    catalog = load_spelled_out(options.catalog)
    routing = ready_made(catalog) if old_text is None else read_routing(old_text, str(options.file))
    routing = with_sets(routing, options.set)
    check_names(routing, catalog, "" if options.file is None else str(options.file))
    routing = canonical(routing, catalog)
    today = date.today()
    picker, asked = Picker(catalog, today), routing
    routing = with_caution(routing, options)
    plan = picker.pick(routing, options.time_limit)
    if options.cautious:
        from ..solver.analysis.remarks import cost_of_caution

        caution = cost_of_caution(picker, asked, plan, options.time_limit)
        plan = plan.model_copy(update={"caution": caution})
    plan = with_mix_saving(picker, routing, plan)
    saved_text = ""
    if options.output is not None and plan.found:
        from ..adapters.routing_file import save, write_routing
        from ..adapters.solution_stamp import stamped

        saved_text = write_routing(stamped(routing, plan, catalog), old_text)
        if not is_standard(options.output):
            note(save(options.output, saved_text))
    marked = Marked.by(routing, catalog, today)
    if old_text is None:
        note_floors(asked, catalog)
    warnings = suspicious_values(routing) + plan_alerts(routing, catalog, today)
    warnings += alerts(catalog, offers_of(plan), today)
    warn(warnings)
    missing = count_missing(routing, picker.compiler.table)
    if saved_text and is_standard(options.output):
        return saved_text.rstrip("\n"), EXIT_STATUS[plan.status]
    if options.json:
        facts = {**marked.json(plan), "warnings": warnings, "missing_figures": missing}
        return json.dumps(facts, indent=2), EXIT_STATUS[plan.status]
    blocks = (plan_text(plan, marked, routing), missing_note(missing), caution_text(routing, plan.caution))
    return "\n\n".join(block for block in blocks if block), EXIT_STATUS[plan.status]
