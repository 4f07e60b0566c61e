"""modelpick robust [FILE]: what safety against doubtful figures costs, and the plan's chances."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .options import SECONDS, figure, whole

HELP = "what safety against doubtful prices, volumes, speeds and scores costs; the plan's chances"
_MOST = 20  # figures at their worst
_DOUBTS = {
    "price": (20.0, "PERCENT", "how far a price may rise (default 20 %%)"),
    "volume": (30.0, "PERCENT", "how far a label's requests may rise (default 30 %%)"),
    "time": (20.0, "PERCENT", "how far an offer's time may rise, in the chances (default 20 %%)"),
    "quality": (4.0, "POINTS", "how far a skill without an interval may be off, likewise (default 4)"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, -k, the doubts, --cautious, --samples, --resolves, --seed and --time-limit."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        "--set", "-s", action="append", default=[], metavar="PATH=VALUE", help="change a rule first"
    )
    parser.add_argument(
        *("-k", "--k"),
        type=whole(f"a whole number from 0 to {_MOST}", 0, _MOST),
        default=3,
        metavar="N",
        help=f"at most N figures at their worst (default 3, up to {_MOST})",
    )
    for name, (default, unit, text) in _DOUBTS.items():
        parser.add_argument(
            f"--{name}",
            type=figure(f"a number of {unit.lower()} from 0 to 10,000", 0, 10_000),
            default=default,
            metavar=unit,
            help=text,
        )
    parser.add_argument(
        "--cautious", action="store_true", help="fitted skills count at the low end of their 80 %% interval"
    )
    parser.add_argument(
        "--samples",
        type=whole("a whole number", 0, 10**9),
        default=10_000,
        metavar="N",
        help="random months (default 10000; 0: none)",
    )
    parser.add_argument(
        "--resolves",
        type=whole("a whole number", 0, 10**9),
        default=50,
        metavar="N",
        help="of them solved anew (default 50)",
    )
    parser.add_argument(
        "--seed",
        type=whole("a whole number", 0, 10**9),
        default=1,
        metavar="S",
        help="same seed, same figures (default 1)",
    )
    parser.add_argument(
        "--time-limit",
        type=SECONDS,
        default=60.0,
        metavar="SECONDS",
        help="for the safe plans together (default 60); what is not proven then says its gap",
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """Both parts; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.robust import robust_text
    from ..domain.robustness import Doubt, Robustness
    from ..solver.analysis.conservative import conservative_compiler, premium
    from ..solver.analysis.monte_carlo import monte_carlo
    from ..solver.analysis.robust import robust_plans
    from ..solver.compile.compiler import Compiler
    from .options import question

    routing, catalog = question(given.file, given.set, given.catalog)
    today = date.today()
    compiler = plain = Compiler(catalog, today)
    if given.cautious:
        compiler = conservative_compiler(plain, catalog)
    doubts = {name: getattr(given, name) / 100 for name in ("price", "volume", "time")}
    doubt = Doubt(**doubts, quality=min(given.quality, 100.0))
    safe = robust_plans(routing, compiler, doubt, given.k, given.time_limit)
    odds = None
    if given.samples and safe[0].outcome.found:
        some = {"samples": given.samples, "resolves": given.resolves, "seed": given.seed}
        odds = monte_carlo(routing, plain, catalog, doubt, **some, careful=compiler)
    caution = premium(routing, plain, safe[0].outcome) if given.cautious else None
    parts = {"missing": tuple(range(len(safe), given.k + 1)), "chances": odds}
    found = Robustness(cautious=given.cautious, caution=caution, doubt=doubt, safe=safe, **parts)
    status = {"infeasible": 1, "timed_out": 3}.get(safe[0].outcome.status, 0)
    used = [offer for plan in safe for mix in plan.outcome.mixes.values() for offer in mix]
    warnings = alerts(catalog, used, today)
    warn(warnings)
    if given.json:
        return json.dumps({**found.model_dump(mode="json"), "warnings": warnings}, indent=2), status
    return robust_text(routing, found), status
