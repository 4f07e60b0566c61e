"""modelpick robust [FILE]: what safety against doubtful figures costs, and the plan's chances."""

from __future__ import annotations

import argparse
import json

from . import EXIT_STATUS
from .options import SECONDS, add_cautious, add_routing, figure, load_inputs, whole, with_caution

HELP = "what safety against doubtful figures costs; the plan's chances"
MAX_K = 20  # figures at their worst
_DOUBTS = {
    "price": (20.0, "PERCENT", "how far a price may rise (default 20 %%)"),
    "volume": (30.0, "PERCENT", "how far a label's requests may rise (default 30 %%)"),
    "time": (20.0, "PERCENT", "how far an offer's time may rise, in the chances (default 20 %%)"),
    "quality": (0.0, "POINTS", "how far a quality without an interval may be off, likewise (default 0)"),
}
_SAMPLING = {
    "samples": (10_000, "N", "random months (default 10000; 0: none)"),
    "resolves": (50, "N", "of them solved anew (default 50)"),
    "seed": (1, "S", "same seed, same figures (default 1)"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, -k, the doubts, --cautious, --samples, --resolves, --seed and --time-limit."""
    add_routing(parser)
    parser.add_argument(
        *("-k", "--k"),
        type=whole(f"a whole number from 0 to {MAX_K}", 0, MAX_K),
        default=3,
        metavar="N",
        help=f"at most N figures at their worst (default 3, up to {MAX_K})",
    )
    for name, (default, unit, text) in _DOUBTS.items():
        size = figure(f"a number of {unit.lower()} from 0 to 10,000", 0, 10_000)
        parser.add_argument(f"--{name}", type=size, default=default, metavar=unit, help=text)
    add_cautious(parser)
    count = whole("a whole number", 0, 10**9)
    for name, (number, unit, text) in _SAMPLING.items():
        parser.add_argument(f"--{name}", type=count, default=number, metavar=unit, help=text)
    parser.add_argument(
        "--time-limit",
        type=SECONDS,
        default=60.0,
        metavar="SECONDS",
        help="for the safe plans together (default 60); what is not proven then says its gap",
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Both parts; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.scenarios import AT_LIST_PRICES, robust_text
    from ..domain.robustness import Doubt, Robustness
    from ..solver.analysis.monte_carlo import monte_carlo
    from ..solver.analysis.remarks import cost_of_caution
    from ..solver.analysis.robust import robust_plans
    from ..solver.pick import Picker

    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    today = date.today()
    picker, asked = Picker(catalog, today), routing
    routing, compiler = with_caution(routing, options), picker.compiler
    doubts = {name: getattr(options, name) / 100 for name in ("price", "volume", "time")}
    doubt = Doubt(**doubts, quality=min(options.quality, 100.0))
    safe = robust_plans(routing, compiler, doubt, options.k, options.time_limit)
    chances = None
    if options.samples and safe[0].outcome.found:
        counts = {"samples": options.samples, "resolves": options.resolves, "seed": options.seed}
        chances = monte_carlo(routing, compiler, catalog, doubt, **counts)
    caution = None
    if options.cautious:
        caution = cost_of_caution(picker, asked, picker.pick(routing, mend=False)).premium
    robustness = Robustness(
        cautious=options.cautious,
        caution=caution,
        doubt=doubt,
        safe=safe,
        missing=tuple(range(len(safe), options.k + 1)),
        chances=chances,
        notes=(AT_LIST_PRICES,) if routing.limits.plans else (),
    )
    status = EXIT_STATUS[safe[0].outcome.status]
    used = [offer for plan in safe for mix in plan.outcome.mixes.values() for offer in mix]
    warnings = alerts(catalog, used, today)
    warn(warnings)
    if options.json:
        return json.dumps({**robustness.model_dump(mode="json"), "warnings": warnings}, indent=2), status
    return robust_text(routing, robustness), status
