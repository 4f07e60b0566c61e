"""modelpick import config FILE and import usage SOURCE: what a router has and what went through it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...domain.routing import Routing

HELP = "read a router's configuration, or its usage, as a routing"


def arguments(parser: argparse.ArgumentParser) -> None:
    """config FILE or usage SOURCE, --router, --workload and -o."""
    parser.add_argument("what", choices=("config",))
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="a router's file; a folder or file of usage"
    )
    parser.add_argument(
        "--router", metavar="ROUTER", help="config: whose it is, where the file does not show it"
    )
    parser.add_argument(
        "--workload", type=Path, metavar="FILE", help="a routing file with the labels' workload and rules"
    )
    parser.add_argument("--threshold", type=int, default=60_000, metavar="TOKENS", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="save the routing here")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The routing as TOML, or with --json what was found. Raises InputError."""
    return _config(given)


def _config(given: argparse.Namespace) -> tuple[str, int]:
    from ..disk import read_text
    from ..files import load_catalog, write_routing
    from ..plain import bare
    from ..routers.reading import read_config, routed

    catalog = load_catalog(given.catalog)
    name, found = read_config(read_text(given.source), str(given.source), given.router, catalog)
    workload, text = workload_of(given)
    routing = routed(found, workload)
    notes = list(found.notes)
    if given.workload is None:
        notes.append("workload and rules are the ready-made ones; --workload FILE takes yours")
    note(notes)
    answer = write_routing(routing, text)
    if given.json:
        told = {"router": name, "notes": notes, "routing": bare(routing)}
        shown = json.dumps(told, indent=2, default=str)
    else:
        shown = answer.rstrip("\n")
    return saved(given, answer, shown), 0


def workload_of(given: argparse.Namespace) -> tuple[Routing, str]:
    """The routing with the workload, and its text; the ready-made one where none is given."""
    from ..disk import read_text
    from ..files import read_routing

    path = given.workload or Path(__file__).parents[1] / "ready_made.toml"
    text = read_text(path)
    return read_routing(text, str(path)), text


def saved(given: argparse.Namespace, text: str, shown: str) -> str:
    """Save where -o says; what to print then."""
    from ..disk import save

    if given.output is None:
        return shown
    save(given.output, text)
    return shown if given.json else f"wrote {given.output}"


def note(notes: list[str]) -> None:
    """Say what the answer on standard output does not."""
    from ..report.table import clean

    for line in notes:
        sys.stderr.write(f"modelpick: note: {clean(line)}\n")
