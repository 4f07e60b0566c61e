"""modelpick check FILE...: whether the routes in a file keep its rules on today's catalogue."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from .options import add_format, chosen_format, figure, load_inputs

HELP = "whether a file's routes keep its rules today, for a build server"
MAX_SECONDS = 10.0  # to solve anew where rules are broken


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE..., --set, --retiring, --max-cost and --format."""
    parser.add_argument(
        "file", nargs="*", type=Path, metavar="FILE", help="a routing file with its routes; also several"
    )
    parser.add_argument(
        "--set", "-s", action="append", default=[], metavar="PATH=VALUE", help="change a rule first"
    )
    parser.add_argument(
        "--retiring",
        type=figure("a number of days", 0, 100_000),
        metavar="DAYS",
        help="exit status 1 where an offer in use retires within DAYS days",
    )
    parser.add_argument(
        "--max-cost",
        type=figure("a number of USD a month", 0, 1e12),
        metavar="USD",
        help="exit status 1 where the routes cost more than USD a month",
    )
    add_format(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Status 0 where every rule is kept, else 1 with each broken rule. Raises InputError without routes.

    Of several files each is looked at: one that is unusable is said on standard error, and the status is 2.
    """
    from ..adapters.catalog.alerts import note
    from ..domain.errors import InputError

    style = chosen_format(options)
    if not options.file:
        raise InputError(
            "needs FILE, a routing file with its routes; modelpick solve -o writes one", where="check"
        )
    if len(options.file) == 1:
        report, status = _checked(options, options.file[0], style)
        return json.dumps(report, indent=2) if style == "json" else report, status
    reports, worst = [], 0
    for file in options.file:
        try:
            report, status = _checked(options, file, style)
        except InputError as error:
            note(str(error))
            report, status = {"file": str(file), "unusable": str(error)} if style == "json" else "", 2
        reports.append(report)
        worst = max(worst, status)
    if style == "json":
        return json.dumps(reports, indent=2), worst
    return "\n\n".join(report for report in reports if report), worst


def _checked(options: argparse.Namespace, file: Path, style: str) -> tuple[Any, int]:
    """The report on one file, as a text or as plain values for JSON, and its status. Raises InputError."""
    from ..adapters.catalog.alerts import alerts, warn
    from ..adapters.report.check import CheckReport, check_markdown, check_text
    from ..adapters.report.plan import Marked
    from ..domain.errors import InputError
    from ..solver.analysis.check import check, with_limits
    from ..solver.pick import pick

    routing, catalog = load_inputs(file, options.set, options.catalog)
    today = date.today()
    try:
        verdict = check(routing, catalog, today, retiring=options.retiring, max_cost=options.max_cost)
    except InputError as error:
        raise error.at(str(file)) from None
    fresh = None
    if not verdict.passed:
        asked = with_limits(routing, catalog, today, options.retiring, options.max_cost)
        fresh = pick(asked, catalog, today=today, time_limit=MAX_SECONDS)
    report = CheckReport(
        file=str(file),
        routing=routing,
        catalog=catalog,
        check=verdict,
        marked=Marked.by(routing, catalog, today),
        max_cost=options.max_cost,
        fresh=fresh,
    )
    used = [route.offer for label in routing.labels.values() for route in label.routes]
    used += [offer for label in routing.labels.values() for offer in label.fallbacks]
    warnings = [*(verdict.plan.notes if verdict.plan else ()), *alerts(catalog, used, today)]
    warn(warnings)
    status = 0 if verdict.passed else 1
    if style == "json":
        return {**report.json(), "file": str(file), "warnings": warnings}, status
    return (check_markdown if style == "github" else check_text)(report), status
