"""modelpick sweep FILE... --vary PATH=V1,V2 -o OUT: many routings x scenarios, into one table."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .options import POSITIVE_SECONDS, whole

if TYPE_CHECKING:
    from ..adapters.sweep.run import Sweep
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

HELP = "solve many routings x scenarios into a CSV or Parquet table"
_running: list[Sweep] = []


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE..., --vary, --scenarios, -o, --jobs, --scheduler, --time-limit and --fresh."""
    put = parser.add_argument
    put("files", nargs="*", type=Path, metavar="FILE", help="routing files; without one, a ready-made one")
    put(
        *("--vary", "-v"),
        action="append",
        default=[],
        metavar="PATH=V1,V2,...",
        help="values for a rule, such as limits.growth=1,10,100 (an empty one clears it), or for a figure: "
        "prices.openai=0.5,1,2 (factor; a provider, model, offer or all), times, requests.think (a label or "
        "all), out=azure, skills.coding=-5,0 (points); several are crossed",
    )
    put(
        "--scenarios",
        type=Path,
        metavar="FILE",
        help="TOML, a table each ([busy] requests.all = 10), or CSV, a line each, whose first line has a "
        "column scenario (optional) and such paths as in --vary; an empty cell leaves the file's own",
    )
    put("-o", "--output", type=Path, required=True, metavar="OUT", help="the table: .csv or .parquet")
    put(
        "--jobs",
        "-j",
        type=whole("a number of processes, 1 or more", 1, 10_000),
        metavar="N",
        help="processes on this machine (default: one a core)",
    )
    put("--scheduler", metavar="ADDRESS", help="a Dask cluster instead, such as tcp://10.0.0.5:8786")
    put("--time-limit", type=POSITIVE_SECONDS, default=60.0, metavar="SECONDS", help="for a row (default 60)")
    put("--fresh", action="store_true", help="solve all rows again, also those already in OUT")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """Solve and save; status 1 where no row has a plan. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, doubtful_values, warn
    from ..adapters.routing_file import load_catalog
    from ..adapters.sweep.executors import default_jobs
    from ..adapters.sweep.output import Output
    from ..adapters.sweep.run import Sweep
    from ..adapters.sweep.spec import parse_grid, read_scenarios, sweep_tasks

    output = Output(given.output)
    catalog = load_catalog(given.catalog)
    routings = _routings(given.files, catalog)
    asked = sweep_tasks(
        routings,
        read_scenarios(given.scenarios) if given.scenarios else [],
        parse_grid(given.vary),
        catalog,
    )
    sweep = Sweep(asked, catalog, output, given.time_limit, fresh=given.fresh)
    _running.append(sweep)
    try:
        sweep.run(given.jobs or default_jobs(), given.scheduler)
    finally:
        _running.remove(sweep)
    counts = sweep.counts()
    status = 0 if counts.get("optimal") or counts.get("feasible") else 1
    warnings = [note for routing in routings.values() for note in doubtful_values(routing)]
    warnings += alerts(catalog, sweep.offers(), date.today())
    warn(warnings)
    if given.json:
        said = {"rows": len(asked), "kept": sweep.kept, "statuses": counts, "output": str(given.output)}
        said |= {"warnings": warnings}
        return json.dumps(said, indent=2), status
    parts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())
    kept = f", {sweep.kept:,} of them from before" if sweep.kept else ""
    return f"{len(asked):,} row{'' if len(asked) == 1 else 's'} in {given.output}: {parts}{kept}", status


def _routings(files: list[Path], catalog: Catalog) -> dict[str, Routing]:
    from ..adapters.routing_file import check_references, load_routing, ready_made
    from ..domain.errors import InputError

    found = {str(file): load_routing(file) for file in files} or {"": ready_made()}
    for name, routing in found.items():
        try:
            check_references(routing, catalog)
        except InputError as error:
            raise error.at(name) from None
    return found


def interrupted() -> None:
    """Keep what is done: the table of the finished rows, which the next run goes on from."""
    for sweep in _running:
        sweep.interrupt()
