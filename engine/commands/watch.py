"""modelpick watch FILE: fresh prices, and whether they ask for something: another plan, a retirement."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.usage import LONG_PROMPT
from .catalog import SOURCES
from .options import add_format, check_names, chosen_format, figure

if TYPE_CHECKING:
    from datetime import date

    from ..adapters.catalog.refresh import Changes
    from ..adapters.watch import WatchReport
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

HELP = "refresh prices and say whether the plan should change, for cron"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, the source of prices as `catalog refresh` has it, and what is worth telling."""
    parser.epilog = (
        "Exit status: 0 nothing to do; 1 another plan is better, a rule is broken, an offer in use retires, a"
        " subscription starts or stops paying; 2 the source or FILE cannot be used, and nothing is written."
        " In cron: modelpick watch routing.toml || mail ...; --format github is the body of an issue."
    )
    parser.add_argument("watched", type=Path, metavar="FILE", help="a routing file with its routes")
    parser.add_argument(
        "--from",
        dest="source",
        choices=(*SOURCES, "none"),
        default="litellm",
        metavar="SOURCE",
        help=f"whose prices (default litellm): {', '.join(SOURCES)} or none",
    )
    parser.add_argument(
        "--file", type=Path, metavar="F", help="the source's own file, instead of fetching it"
    )
    parser.add_argument("--as-of", metavar="D", help="the day of the source's text, such as 2026-11-23")
    parser.add_argument(
        "--overlay", type=Path, metavar="F", help="write prices here, not to your own overlay"
    )
    parser.add_argument(
        "--retiring",
        type=figure("a number of days", 0, 100_000),
        default=60.0,
        metavar="DAYS",
        help="name offers in use that retire within DAYS days, and plan without them (default 60)",
    )
    parser.add_argument(
        "--min-gain",
        type=figure("an amount above 0", 1e-6, 1e12),
        default=1.0,
        metavar="USD",
        help="a plan that is better by less is no news (USD a month, or points of quality; default 1)",
    )
    parser.add_argument(
        "--usage", metavar="SOURCE", help="logs, as import usage reads them: what subscriptions are priced at"
    )
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="NAME",
        help="also say whether this subscription pays (those in limits.plans are; repeat; all: every one)",
    )
    parser.add_argument("--memory", type=Path, metavar="F", help="remember here since when a plan is better")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="save the routing with a better plan"
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_format(parser)


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The day's report; status 1 where it asks for something. Raises InputError."""
    from datetime import date

    from ..adapters.report.watch import watch_json, watch_markdown, watch_text

    style = chosen_format(options)
    report = watched(options, date.today())
    if style == "json":
        return json.dumps(watch_json(report), indent=2), int(report.asks)
    return (watch_markdown if style == "github" else watch_text)(report), int(report.asks)


def watched(options: argparse.Namespace, today: date) -> WatchReport:
    """The report as of a day; prices and memory are written once all of it is known. Raises InputError."""
    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.overlay import overlay_path, write_overlay
    from ..adapters.disk import read_text, save
    from ..adapters.routing_file import canonical, read_routing, write_routing
    from ..adapters.solution_stamp import stamped
    from ..adapters.watch import memory_path, read_memory, watch, write_memory
    from ..domain.errors import InputError
    from ..domain.levels import spelled_out

    file: Path = options.watched
    old_text = read_text(file)
    routing = read_routing(old_text, str(file))
    overlay = None
    if options.source != "none" or options.overlay is not None:
        overlay = overlay_path(options.overlay, options.catalog, "watch")
    before, after, changes, overrides, day = _refreshed(options, overlay, today)
    catalogs = spelled_out(before), spelled_out(after)
    check_names(routing, catalogs[1], str(file))
    routing = canonical(routing, catalogs[1])
    memory_file = options.memory or memory_path(file)
    memory = read_memory(memory_file)
    plans = _plans(options.plan, catalogs[1])
    usage = None if options.usage is None else _usage(options.usage, routing, catalogs[1])
    try:
        report, remembered = watch(
            str(file),
            routing,
            catalogs,
            changes,
            (today, day),
            memory=memory,
            retiring=options.retiring,
            min_gain=options.min_gain,
            usage=usage,
            plans=plans,
        )
    except InputError as error:
        raise error.at(str(file)) from None
    if options.dry_run:
        return report
    if overrides and overlay is not None:
        note(write_overlay(overlay, options.catalog, overrides))
    write_memory(memory_file, remembered, str(file))
    if options.output is not None and report.best.found and (report.is_better or report.check.broken):
        note(save(options.output, write_routing(stamped(routing, report.best, catalogs[1]), old_text)))
        note(f"the new plan is in {options.output}")
    return report


def _refreshed(
    options: argparse.Namespace, overlay: Path | None, today: date
) -> tuple[Catalog, Catalog, Changes | None, dict[str, dict[str, object]], date]:
    """The catalogue before and after the source's news, the news, what to lay over, and of which day it is.

    Raises InputError for a source that is down, unreadable or not to be believed.
    """
    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_catalog
    from ..adapters.catalog.overlay import preview_overlay
    from ..adapters.catalog.refresh import compare_quotes, disbelief, refresh_overrides, without_wrong_offers
    from ..domain.errors import InputError
    from .catalog import known_catalog, source_quotes

    before = load_catalog(options.catalog) if overlay is None else known_catalog(options.catalog, overlay)
    if options.source == "none" or overlay is None:
        return before, before, None, {}, today
    quotes, day, dated = source_quotes(options.source, options.file, options.as_of, today)
    if dated:
        note(f"{options.source} {dated}")
    changes = compare_quotes(before, quotes, options.source, day)
    if reason := disbelief(changes):
        where = str(options.file or options.source)
        raise InputError(f"not to be believed: {reason}; nothing is written", where=where)
    if not changes.any:
        return before, before, changes, {}, day
    overrides = refresh_overrides(before, changes, options.source, day)
    after = preview_overlay(overlay, options.catalog, overrides)
    if changes.new:
        changes = without_wrong_offers(changes, after, today)
        overrides = refresh_overrides(before, changes, options.source, day)
        after = preview_overlay(overlay, options.catalog, overrides)
    return before, after, changes, overrides, day


def _plans(names: list[str], catalog: Catalog) -> list[str]:
    """The subscriptions asked about; `all` is every one of the catalogue. Raises InputError."""
    from ..domain.errors import InputError, nearest

    if "all" in names:
        return list(catalog.plans)
    for name in names:
        if name not in catalog.plans:
            raise InputError(f"unknown plan {name!r}{nearest(name, catalog.plans)}", where="--plan")
    return names


def _usage(source: str, routing: Routing, catalog: Catalog) -> Routing:
    """What the logs hold, scaled to a month, with the routes that were taken. Raises InputError."""
    from ..adapters.catalog.alerts import note
    from ..adapters.usage.routing import OfferResolver, usage_routing

    offers = OfferResolver(routing, catalog)
    of_logs, _, remarks = usage_routing(
        source, routing, offers, table="LiteLLM_SpendLogs", threshold=LONG_PROMPT
    )
    for remark in remarks:
        note(remark)
    labels = {name: label for name, label in of_logs.labels.items() if label.routes}
    if not labels:
        from ..domain.errors import InputError

        raise InputError("no model of these logs is in the catalogue", where=source)
    return of_logs.model_copy(update={"labels": labels})
