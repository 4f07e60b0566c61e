"""modelpick report [FILE]: the founding report's sections, computed, as Markdown or HTML."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from . import EXIT_STATUS
from .options import add_month, add_routing, load_inputs

HELP = "write the report: recommendation, comparison, budget, growth, sources"
GROWTH_FACTORS = (0.1, 1.0, 2.0, 10.0, 100.0)


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --format, -o and the tokens of the month that the budgets are for."""
    add_routing(parser)
    parser.add_argument("--format", choices=("md", "html"), default="md", help="Markdown (default) or HTML")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="write the report here")
    add_month(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The document, or with -o where it was written. Raises InputError."""
    text, status = _report(options)
    if options.output is None:
        return text, status
    from ..adapters.catalog.alerts import note
    from ..adapters.disk import save

    note(save(options.output, text.rstrip("\n") + "\n"))
    return f"wrote {options.output}", status


def _report(options: argparse.Namespace) -> tuple[str, int]:
    """The document, found in DEFAULT_SECONDS; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date
    from time import perf_counter

    from ..adapters.catalog.alerts import alerts, offers_of, warn
    from ..adapters.report.document import Report, document
    from ..adapters.report.markdown import code, escaped, page
    from ..adapters.report.plan import Marked, plan_text
    from ..solver.pick import Picker
    from ..solver.tolerances import DEFAULT_SECONDS, MIN_SECONDS

    routing, catalog = load_inputs(options.file, options.set, options.catalog)
    today = date.today()
    picker = Picker(catalog, today)
    end = perf_counter() + DEFAULT_SECONDS
    plan = picker.pick(routing)
    name = "the ready-made routing" if options.file is None else options.file.name
    title = f"Models for {name}"
    if not plan.found:
        status = EXIT_STATUS[plan.status]
        if options.json:
            return json.dumps(plan.to_json(), indent=2), status
        text = plan_text(plan, routing=routing)
        if options.format == "html":
            text = f"# {escaped(title)}\n\nMade on {today}: there is no plan.\n\n{code(text)}\n"
            return page(text, title), status
        return text, status
    warnings = alerts(catalog, offers_of(plan), today)
    warn(warnings)
    grown_plans = {}
    for factor in GROWTH_FACTORS:
        limits = routing.limits.model_copy(update={"growth": routing.limits.growth * factor})
        left = max(end - perf_counter(), MIN_SECONDS)
        grown_plans[factor] = picker.pick(routing.model_copy(update={"limits": limits}), left, mend=False)
    marked = Marked.by(routing, catalog, today)
    month = {"input_tokens": options.input_tokens, "output_tokens": options.output_tokens}
    text = document(Report(name, routing, catalog, plan, grown_plans, marked, today, **month))
    if options.json:
        growth = {f"{factor:g}": grown.to_json() for factor, grown in grown_plans.items()}
        facts = {"plan": plan.to_json(), "growth": growth, "report": text, "warnings": warnings}
        return json.dumps(facts, indent=2), 0
    return (page(text, title) if options.format == "html" else text.rstrip("\n")), 0
