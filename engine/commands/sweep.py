"""modelpick sweep FILE... --vary PATH=V1,V2 -o OUT: many routings x scenarios, into one table."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.formatting import plural
from .options import POSITIVE_SECONDS, check_names, note_floors, whole

if TYPE_CHECKING:
    from ..adapters.sweep.run import Sweep
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

HELP = "solve many routings x scenarios into a CSV or Parquet table"
_running: list[Sweep] = []


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE..., --vary, --scenarios, -o, --jobs, --plot, --scheduler, --time-limit and --fresh."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="routing files; without one, a ready-made one"
    )
    parser.add_argument(
        *("--vary", "-v"),
        action="append",
        default=[],
        metavar="PATH=V1,V2,...",
        help="values for a rule, such as limits.growth=1,10,100 (an empty one clears it), or for a figure: "
        "prices.openai=0.5,1,2 (factor; a provider, model, offer or all), times, requests.think (a label or "
        "all), out=azure, skills.coding=-5,0 (points); several are crossed",
    )
    parser.add_argument(
        "--scenarios",
        type=Path,
        metavar="FILE",
        help="TOML, a table each ([busy] requests.all = 10), or CSV, a line each, whose first line has a "
        "column scenario (optional) and such paths as in --vary; an empty cell leaves the file's own",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="the table: .csv or .parquet"
    )
    parser.add_argument(
        "--jobs",
        "-j",
        type=whole("a number of processes, 1 or more", 1, 10_000),
        metavar="N",
        help="processes on this machine (default: one a core)",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="SVG", help="draw cost against the first varied figure here, an SVG file"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster instead, such as tcp://10.0.0.5:8786"
    )
    parser.add_argument(
        "--time-limit", type=POSITIVE_SECONDS, default=60.0, metavar="SECONDS", help="for a row (default 60)"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="solve all rows again, also those already in OUT"
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Solve and save; status 1 where no row has a plan. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import alerts, note, suspicious_values, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.sweep.executors import default_jobs
    from ..adapters.sweep.output import Output
    from ..adapters.sweep.run import Sweep
    from ..adapters.sweep.spec import parse_grid, read_scenarios, sweep_tasks

    _check_plot(options.plot)
    output = Output(options.output)
    catalog = load_spelled_out(options.catalog)
    routings = _routings(options.files, catalog)
    scenarios = read_scenarios(options.scenarios) if options.scenarios else []
    tasks = sweep_tasks(routings, scenarios, parse_grid(options.vary), catalog)
    sweep = Sweep(tasks, catalog, output, options.time_limit, fresh=options.fresh)
    _running.append(sweep)
    try:
        sweep.run(options.jobs or default_jobs(), options.scheduler)
    finally:
        _running.remove(sweep)
    if options.plot:
        note(_draw(sweep, options.plot))
    counts = sweep.counts()
    status = 0 if counts.get("optimal") or counts.get("feasible") else 1
    warnings = [line for routing in routings.values() for line in suspicious_values(routing)]
    warnings += alerts(catalog, sweep.offers(), date.today())
    warn(warnings)
    if options.json:
        facts = {"rows": len(tasks), "kept": sweep.kept, "statuses": counts, "output": str(options.output)}
        return json.dumps({**facts, "warnings": warnings}, indent=2), status
    statuses = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())
    kept = f", {sweep.kept:,} of them from before" if sweep.kept else ""
    return f"{plural(len(tasks), 'row')} in {options.output}: {statuses}{kept}", status


def _check_plot(path: Path | None) -> None:
    """Raises InputError, before anything is solved, for a picture of another kind than is drawn."""
    from ..domain.errors import InputError

    if path is not None and path.suffix.lower() not in ("", ".svg"):
        name = path.with_suffix(".svg").name
        raise InputError(f"the plot is SVG, not {path.suffix}: write {name}", where=f"--plot {path}")


def _draw(sweep: Sweep, path: Path) -> str:
    """Save the picture; what is to be said of it."""
    from ..adapters.disk import save
    from ..adapters.report.plot import sweep_svg

    rows = [
        {"file": task.file, "scenario": task.scenario, **task.sets, "cost": sweep.done[key]["cost"]}
        for task, key in zip(sweep.tasks, sweep.keys, strict=True)
        if key in sweep.done
    ]
    varied = [name for name in rows[0] if len({row.get(name) for row in rows}) > 1 and name != "cost"]
    # The axis is a varied figure where there is one; files and scenarios are lines.
    varied.sort(key=lambda name: name in ("file", "scenario"))
    return save(path, sweep_svg(rows, varied))


def _routings(files: list[Path], catalog: Catalog) -> dict[str, Routing]:
    """File -> its routing, or "" -> the ready-made one without files. Raises InputError."""
    from ..adapters.routing_file import load_routing, ready_made

    routings = {str(file): load_routing(file) for file in files} or {"": ready_made(catalog)}
    for file, routing in routings.items():
        check_names(routing, catalog, file)
        if not file:
            note_floors(routing, catalog)
    return routings


def interrupted() -> None:
    """Keep what is done: the table of the finished rows, which the next run goes on from."""
    for sweep in _running:
        sweep.interrupt()
