"""modelpick frontier [FILE]: cost against quality, from the cheapest plan to the best."""

from __future__ import annotations

import argparse
import json

from .options import add_cautious, add_routing, caution_text, load_inputs, whole, with_caution

HELP = "print cost against quality, from the cheapest plan to the best"
MAX_POINTS = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --cautious, --label, --points and --plot."""
    add_routing(parser)
    parser.add_argument("--label", metavar="L", help="move this label's quality only")
    parser.add_argument(
        "--points",
        type=whole(f"a whole number from 2 to {MAX_POINTS:,}", 2, MAX_POINTS),
        default=50,
        metavar="N",
        help="where whole numbers count (default 50)",
    )
    parser.add_argument("--plot", action="store_true", help="draw the curve in the terminal")
    add_cautious(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The points; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.explain import frontier_text
    from ..domain.routing import MIN_CONFIDENCE
    from ..solver.analysis.frontier import frontier
    from ..solver.pick import Picker

    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    picker, asked, caution = Picker(catalog, date.today()), routing, None
    routing = with_caution(routing, options)
    if options.cautious:
        from ..solver.analysis.remarks import cost_of_caution

        caution = cost_of_caution(picker, asked, picker.pick(routing, mend=False))
    curve = frontier(routing, picker.compiler, options.label, options.points)
    status = 0 if curve.points else 1
    used = [offer for point in curve.points for mix in point.routes.values() for offer in mix]
    warnings = alerts(catalog, used, date.today())
    warn(warnings)
    if options.json:
        facts = curve.model_dump(mode="json")
        facts |= {} if caution is None else {"caution": caution.model_dump(mode="json")}
        return json.dumps({**facts, "warnings": warnings}, indent=2), status
    is_counted = any(routing.confidence(label) > MIN_CONFIDENCE for label in routing.labels.values())
    drawn = ""
    if options.plot and curve.points:
        from ..adapters.report.plot import frontier_plot

        drawn = frontier_plot(curve, "counted quality" if is_counted else "quality")
    blocks = (caution_text(routing, caution), drawn, frontier_text(curve, is_counted=is_counted))
    return "\n\n".join(block for block in blocks if block), status
