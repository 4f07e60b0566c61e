"""modelpick report [FILE]: the founding report's sections, computed, as Markdown or HTML."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "write the report: recommendation, comparison, budget, growth, sources"
GROWTH = (0.1, 1.0, 2.0, 10.0, 100.0)


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE and --format."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument("--format", choices=("md", "html"), default="md", help="Markdown (default) or HTML")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The document, found in DEFAULT_SECONDS; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date
    from time import perf_counter

    from ..adapters.catalog.alerts import alerts, offers_of, warn
    from ..adapters.report.document import Findings, code, document, escaped, page
    from ..adapters.report.plan import Marked, plan_text
    from ..solver.pick import Picker
    from ..solver.tolerances import DEFAULT_SECONDS, MIN_SECONDS
    from .options import question

    routing, catalog = question(given.file, (), given.catalog)
    today = date.today()
    picker = Picker(catalog, today)
    end = perf_counter() + DEFAULT_SECONDS
    plan = picker.pick(routing)
    if not plan.found:
        status = 1 if plan.status == "infeasible" else 3
        said = plan_text(plan, routing=routing)
        if given.json:
            return json.dumps(plan.to_json(), indent=2), status
        if given.format == "html":
            name = "the ready-made routing" if given.file is None else given.file.name
            title = f"Models for {name}"
            return page(
                f"# {escaped(title)}\n\nMade on {today}: there is no plan.\n\n{code(said)}\n", title
            ), status
        return said, status
    warnings = alerts(catalog, offers_of(plan), today)
    warn(warnings)
    grown = {}
    for factor in GROWTH:
        limits = routing.limits.model_copy(update={"growth": routing.limits.growth * factor})
        left = max(end - perf_counter(), MIN_SECONDS)
        grown[factor] = picker.pick(routing.model_copy(update={"limits": limits}), left, mend=False)
    name = "the ready-made routing" if given.file is None else given.file.name
    text = document(Findings(name, routing, catalog, plan, grown, Marked.by(routing, catalog, today), today))
    if given.json:
        growth = {f"{factor:g}": more.to_json() for factor, more in grown.items()}
        return json.dumps(
            {"plan": plan.to_json(), "growth": growth, "report": text, "warnings": warnings}, indent=2
        ), 0
    return (page(text, f"Models for {name}") if given.format == "html" else text.rstrip("\n")), 0
