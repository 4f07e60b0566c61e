"""modelpick spent LOGS --plan FILE: the month to date and its forecast against a plan, split by cause."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..adapters.usage import LONG_PROMPT
from .options import TOKENS, check_names, check_routes

HELP = "what this month has cost so far against a plan, why, and what it is likely to cost"


def arguments(parser: argparse.ArgumentParser) -> None:
    """LOGS, --plan, --focus, and what says how a log is to be read."""
    parser.add_argument(
        "source", metavar="LOGS", help="what import usage reads: a file, a folder, a database"
    )
    parser.add_argument(
        "--plan", type=Path, required=True, metavar="FILE", help="the routing with its routes, as planned"
    )
    parser.add_argument(
        "--focus", type=Path, metavar="OUT", help="write the days as FOCUS 1.3 CSV, for finance"
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="what a model's name there means, for this time; repeatable",
    )
    parser.add_argument(
        "--as", dest="substitute", metavar="OFFER", help="price every model that is unknown as this offer"
    )
    parser.add_argument(
        "--table",
        default="LiteLLM_SpendLogs",
        metavar="NAME",
        help="the table in a database (default LiteLLM_SpendLogs)",
    )
    parser.add_argument(
        "--threshold",
        type=TOKENS,
        default=LONG_PROMPT,
        metavar="TOKENS",
        help="Claude Code's prompts over this are longContext (default 60000)",
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The comparison, as text or data. Raises InputError for a log or a plan that is none."""
    from datetime import UTC, date, datetime

    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.disk import read_text, save
    from ..adapters.report.spending import focus_csv, spending_json, spending_text
    from ..adapters.report.text import clean
    from ..adapters.routers.own_names import checked_name, checked_names, load_own_names
    from ..adapters.routing_file import canonical, read_routing
    from ..adapters.usage.routing import OfferResolver, read_source
    from ..adapters.usage.spending import spending
    from ..domain.errors import InputError
    from ..solver.compile.compiler import Compiler
    from .import_ import name_pairs

    catalog, where = load_spelled_out(options.catalog), str(options.plan)
    routing = read_routing(read_text(options.plan), where)
    check_names(routing, catalog, where)
    for name, label in routing.labels.items():
        check_routes(name, label, catalog, where)
    routing = canonical(routing, catalog)
    own_names = {**load_own_names(), **checked_names(name_pairs(options.name), catalog)}
    substitute = options.substitute and checked_name(options.substitute, catalog, "--as")
    if substitute is not None and substitute not in catalog.offers:
        raise InputError(f"{substitute!r} is a provider, not an offer", where="--as")
    offers = OfferResolver(routing, catalog, own_names, substitute)
    usage = read_source(options.source, offers, table=options.table, threshold=options.threshold, by_day=True)
    table = Compiler(catalog, date.today()).table
    figures = spending(usage, routing, offers, catalog, table, today=datetime.now(UTC).date())
    notes = [clean(note) for note in figures.notes]
    if routing.limits.plans:
        notes.append("the plan counts at list price: subscriptions in limits.plans are not taken off it")
    if options.focus is not None:
        save(options.focus, focus_csv(figures, catalog))
        notes.append(f"FOCUS 1.3 rows of {figures.number_of_days} days: {options.focus}")
    for note in notes:
        sys.stderr.write(f"modelpick: note: {note}\n")
    return spending_json(figures, tuple(notes)) if options.json else spending_text(figures), 0
