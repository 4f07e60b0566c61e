"""modelpick import config FILE, usage SOURCE, scores FILE: what a router has, what went through it, evals."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .figures import whole

if TYPE_CHECKING:
    from ..domain.routing import Routing

HELP = "read a router's configuration or usage as a routing, or scores into the catalogue"


def arguments(parser: argparse.ArgumentParser) -> None:
    """config FILE, usage SOURCE or scores FILE, and the options of each."""
    from .import_scores import arguments as scores

    parser.epilog = (
        "Your last month on other models: modelpick import usage ~/.claude/projects -o now.toml &&"
        " modelpick solve now.toml -o best.toml && modelpick diff now.toml best.toml"
    )
    parser.add_argument("what", choices=("config", "usage", "scores"), metavar="config|usage|scores")
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="config: the router's file; usage: a file, a folder, 'a pattern*', or a database with LiteLLM's"
        " spend logs, postgres://USER@HOST/NAME (password: PGPASSWORD); scores: a file of results",
    )
    parser.add_argument(
        "--router", metavar="ROUTER", help="config: whose it is, where the file does not show it"
    )
    parser.add_argument(
        "--workload", type=Path, metavar="FILE", help="a routing file with the labels' rules (and workload)"
    )
    _usage_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="save the routing here; scores: instead of your overlay",
    )
    scores(parser)


def _usage_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table",
        default="LiteLLM_SpendLogs",
        metavar="NAME",
        help="usage: the table in that database, SCHEMA.NAME if need be (default LiteLLM_SpendLogs)",
    )
    parser.add_argument(
        "--threshold",
        type=whole("a whole number of tokens such as 60k, at least 1", 1, 10**9),
        default=60_000,
        metavar="TOKENS",
        help="usage: Claude Code's prompts over this are longContext (default 60000)",
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The routing as TOML, or with --json what was found as well. Raises InputError."""
    if given.what == "scores":
        from .import_scores import run as scores

        return scores(given)
    from ..adapters.routing_file import read_routing, write_routing

    workload, text = _workload(given)
    routing, notes, told = (_usage if given.what == "usage" else _config)(given, workload)
    for line in notes:
        sys.stderr.write(f"modelpick: note: {line}\n")
    answer = write_routing(routing, _without_ready_made_comments(text) if given.what == "usage" else text)
    read_routing(answer, f"{given.source}: what it makes is no routing")
    shown = told if given.json else answer.rstrip("\n")
    return _saved(given, answer, shown), 0


def _config(given: argparse.Namespace, workload: Routing) -> tuple[Routing, list[str], str]:
    from ..adapters.catalog.file import load_catalog
    from ..adapters.disk import read_text
    from ..adapters.report.text import clean
    from ..adapters.routers.import_ import assumed, read_config, routed
    from ..adapters.serialization import bare

    text = read_text(Path(given.source))
    name, found = read_config(text, given.source, given.router, load_catalog(given.catalog))
    routing = routed(found, workload)
    told = assumed(found.shares, workload)
    notes = [clean(line) for line in [*found.notes, *([told] if told else [])]]
    if given.workload is None:
        notes.append("workload and rules are the ready-made ones; --workload FILE takes yours")
    answer = {"router": name, "notes": notes, "routing": bare(routing)}
    return routing, notes, json.dumps(answer, indent=2, default=str)


def _usage(given: argparse.Namespace, workload: Routing) -> tuple[Routing, list[str], str]:
    from ..adapters.report.text import clean
    from ..adapters.usage.command import as_json, usage_routing

    routing, figures, told = usage_routing(given, workload)
    notes = [clean(line) for line in told]
    if given.workload is None:
        notes.append("rules are the ready-made ones; --workload FILE takes yours")
    return routing, notes, as_json(routing, figures, notes)


def _workload(given: argparse.Namespace) -> tuple[Routing, str]:
    """The routing with the workload, and its text; the ready-made one where none is given."""
    from ..adapters.disk import read_text
    from ..adapters.routing_file import read_routing

    path = given.workload or Path(__file__).parents[1] / "adapters" / "ready_made.toml"
    text = read_text(path)
    return read_routing(text, str(path)), text


def _without_ready_made_comments(text: str) -> str:
    """Without the comments of the ready-made routing, which speak of figures that are others now."""
    path = Path(__file__).parents[1] / "adapters" / "ready_made.toml"
    ready_made = {line for line in path.read_text("utf-8").splitlines() if line.startswith("#")}
    return "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\r\n") not in ready_made)


def _saved(given: argparse.Namespace, text: str, shown: str) -> str:
    """Save where -o says; what to print then."""
    from ..adapters.catalog.alerts import note
    from ..adapters.disk import save

    if given.output is None:
        return shown
    note(save(given.output, text))
    return shown if given.json else f"wrote {given.output}"
