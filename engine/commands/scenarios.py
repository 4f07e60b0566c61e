"""modelpick scenarios [FILE]: what growth, prices, outages, expiring offers and each input do to the plan."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from . import EXIT_STATUS
from .options import add_hosts, add_routing, figure, load_inputs, whole

if TYPE_CHECKING:
    from ..domain.routing import Routing
    from ..solver.compile.compiler import Compiler

_FACTOR = figure("a factor above 0, such as 0.5", 1e-9, 1e9)
HELP = "what growth, prices, an outage or expiring offers would change"
_PARTS = {
    "growth": "requests x0.1 to x1000: costs, and each volume at which the mix switches",
    "prices": "prices halved, doubled, of all and of each provider; requests of each label",
    "outage": "each provider in use out in turn: the plan then, or the rules that break and their repair",
    "expiring": "offers in use that retire within --days, and the plans that follow",
    "tornado": "every input a step (or 20 %%) lower and higher, the one that matters most first",
    "self-hosting": "the volumes at which offers with a hosting price start or stop to pay",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, a flag for each part, and what narrows them."""
    add_routing(parser)
    for name, text in _PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    parser.add_argument(
        "--offer", metavar="OFFER", help="this offer's price x0.1 to x10, and where the mix switches"
    )
    add_hosts(parser)
    parser.add_argument("--label", metavar="L", help="with --growth: this label alone grows")
    parser.add_argument(
        "--low", type=_FACTOR, metavar="X", help="the range's lower end (growth 0.1, price 0.1)"
    )
    parser.add_argument("--high", type=_FACTOR, metavar="X", help="its upper end (growth 1000, price 10)")
    parser.add_argument(
        "--days",
        type=whole("a number of days from 1 to 36,500", 1, 36_500),
        default=365,
        metavar="N",
        help="for --expiring (default 365)",
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The parts asked for, else all that apply. Raises InputError.

    Status 1 where there is no plan today, or none in an outage that is asked for.
    """
    from ..adapters.catalog.alerts import alerts, offers_of, warn
    from ..adapters.report.scenarios import scenarios_json, scenarios_text
    from ..adapters.rule_overrides import with_hosts
    from ..domain.errors import InputError
    from ..solver.analysis.scenario_solver import ScenarioSolver
    from ..solver.compile.compiler import Compiler

    if options.label is not None and not options.growth:
        raise InputError("--label goes with --growth", where="scenarios")
    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    compiler = Compiler(with_hosts(catalog, options.host), date.today())
    names = [name for name in _PARTS if getattr(options, name.replace("-", "_"))]
    if options.host and not names:
        names = ["self-hosting"]
    if not names and options.offer is None:
        names = [name for name in _PARTS if name != "self-hosting" or len(compiler.table.self_hosted)]
    if options.offer is not None:
        names.append("offer")
    analyses = _analyses(options, routing, compiler)
    parts = {name: analyses[name]() for name in names}
    plan = ScenarioSolver(compiler).plan(routing)
    status = EXIT_STATUS[plan.status]
    warnings = alerts(catalog, offers_of(plan), date.today())
    if options.outage:
        from ..domain.solver_status import SolverStatus

        fatal = [
            outage.provider for outage in parts["outage"] if outage.outcome.status == SolverStatus.INFEASIBLE
        ]
        if fatal:
            status = 1
            warnings.append(f"no plan keeps the rules without {' or '.join(fatal)} (exit status 1)")
    warn(warnings)
    if options.json:
        return json.dumps({**scenarios_json(parts), "warnings": warnings}, indent=2), status
    return scenarios_text(routing, parts), status


def _analyses(
    options: argparse.Namespace, routing: Routing, compiler: Compiler
) -> dict[str, Callable[[], Any]]:
    """Part -> the analysis that answers it."""
    from ..solver.analysis.growth import growth, price_path
    from ..solver.analysis.hosting import self_hosting
    from ..solver.analysis.outages import expiring, outages
    from ..solver.analysis.tornado import tornado
    from ..solver.analysis.what_if import what_ifs

    ends = {"low": options.low, "high": options.high}
    span = {end: factor for end, factor in ends.items() if factor is not None}
    return {
        "growth": lambda: growth(routing, compiler, options.label, **span),
        "prices": lambda: what_ifs(routing, compiler),
        "outage": lambda: outages(routing, compiler),
        "expiring": lambda: expiring(routing, compiler, date.today(), options.days),
        "tornado": lambda: tornado(routing, compiler),
        "self-hosting": lambda: self_hosting(routing, compiler, **span),
        "offer": lambda: price_path(routing, compiler, options.offer, **span),
    }
