"""modelpick import config FILE, usage SOURCE, scores FILE: what a router has, what went through it, evals.

modelpick import scores FILE --format F: published or own evaluations into the user's overlay.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .options import whole

if TYPE_CHECKING:
    from ..adapters.catalog.score_import import Import
    from ..domain.routing import Routing


HELP = "read a router's configuration or usage as a routing, or scores into the catalogue"


def arguments(parser: argparse.ArgumentParser) -> None:
    """config FILE, usage SOURCE or scores FILE, and the options of each."""

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
    score_arguments(parser)


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
        return import_scores(given)
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
    from ..adapters.usage.routing import as_json, usage_routing

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


FORMATS = ("aider", "evalplus", "epoch", "bfcl", "lmarena", "livebench", "lm-eval", "promptfoo")


def score_arguments(parser: argparse.ArgumentParser) -> None:
    """--format, --skill, --name, --overlay and --dry-run."""
    group = parser.add_argument_group("scores")
    group.add_argument("--format", choices=FORMATS, help="what wrote the file")
    group.add_argument("--skill", metavar="S", help="the skill that tests new to the catalogue measure")
    group.add_argument(
        "--name", action="append", default=[], metavar="THEIRS=OURS", help="a model's name there, and its key"
    )
    group.add_argument("--dry-run", action="store_true", help="only show what would be written")


def import_scores(given: argparse.Namespace) -> tuple[str, int]:
    """What was read; written to the overlay unless it is a dry run. Status 1 where nothing was usable."""
    from datetime import date

    from ..adapters.catalog.alerts import note
    from ..adapters.catalog.file import load_catalog
    from ..adapters.catalog.overlay import overlay_path, write_overlay
    from ..adapters.catalog.score_import import FORMATS as READERS
    from ..adapters.catalog.score_import import read_scores
    from ..adapters.disk import read_text
    from ..domain.errors import InputError

    if given.format is None:
        raise InputError(f"say what wrote the file: --format {'|'.join(FORMATS)}", where="import scores")
    text = read_text(Path(given.source))
    figures = READERS[given.format][1](text, str(given.source))
    for clause in _repeated(text, given.format):
        note(f"{given.source}: {clause}")
    catalog = load_catalog(given.catalog)
    found = read_scores(
        catalog, figures, given.format, skill=given.skill, names=_names(given.name), day=date.today()
    )
    for line in _notes(found):
        sys.stderr.write(f"modelpick: note: {line}\n")
    if given.dry_run or not found.scores:
        return _said(given, found, "nothing written"), 0 if found.scores else 1
    overlay = overlay_path(given.output, given.catalog, "import scores")
    note(write_overlay(overlay, given.catalog, found.facts))
    return _said(given, found, f"written to {overlay}"), 0


def _repeated(text: str, format: str) -> list[str]:
    """What to say of keys that stand twice."""
    from ..adapters.catalog.prices.quote import repeated as repeated_in_json
    from ..adapters.routers.text import repeated as repeated_in_yaml

    if format == "aider":
        return [f"{clause}; the last one counts" for clause in repeated_in_yaml(text, True)]
    return [clause] if text.lstrip().startswith(("{", "[")) and (clause := repeated_in_json(text)) else []


def _names(pairs: list[str]) -> dict[str, str]:
    from ..domain.errors import InputError

    for pair in pairs:
        if not all(pair.partition("=")):
            raise InputError(f"should be THEIRS=OURS, not {pair!r}", where="--name")
    return {pair.rpartition("=")[0]: pair.rpartition("=")[2] for pair in pairs}


def _notes(found: Import) -> list[str]:
    from ..adapters.report.text import clean

    notes = []
    for name, likely in found.unmapped.items():
        about = " or ".join(f"{key} ({score:.2f})" for key, score in likely)
        hint = f"; perhaps {about}: --name '{name}'={likely[0][0]}" if likely else ""
        notes.append(clean(f"{name} is no model of the catalogue{hint}"))
    if len(notes) > 12:
        notes = [*notes[:12], f"and {len(notes) - 12} more names are no models of the catalogue"]
    return notes + [f"{clean(test)} is new: --skill says what it measures" for test in found.unskilled]


def _said(given: argparse.Namespace, found: Import, verdict: str) -> str:
    from ..adapters.report.text import clean, table

    if given.json:
        told = {"scores": found.scores, "unmapped": found.unmapped, "unskilled": found.unskilled}
        return json.dumps({**told, "verdict": verdict}, indent=2, default=str)
    rows = [
        (clean(model), clean(row["benchmark"]), f"{row['value']:g}", clean(row.get("variant", "")))
        for model, scores in found.scores.items()
        for row in scores
    ]
    head = table(("model", "benchmark", "score, 0-100", "variant"), rows, (2,)) if rows else ""
    return "\n\n".join(part for part in (head, f"{len(rows)} scores, {verdict}") if part)
