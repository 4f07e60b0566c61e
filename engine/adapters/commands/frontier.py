"""modelpick frontier [FILE]: cost against quality, from the cheapest plan to the best."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "print cost against quality, from the cheapest plan to the best"
_MOST = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --set, --label and --points."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        "--set", "-s", action="append", default=[], metavar="PATH=VALUE", help="change a rule first"
    )
    parser.add_argument("--label", metavar="L", help="move this label's quality only")
    parser.add_argument(
        "--points", type=_count, default=50, metavar="N", help="where whole numbers count (default 50)"
    )


def _count(text: str) -> int:
    number = int(text)
    if not 2 <= number <= _MOST:
        raise ValueError(text)
    return number


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The points; status 1 where no mix keeps the rules. Raises InputError."""
    from datetime import date

    from ...solver.compiler import Compiler
    from ...solver.frontier import frontier
    from ..report.explain import frontier_text
    from .ask import question

    routing, catalog = question(given.file, given.set, given.catalog)
    found = frontier(routing, Compiler(catalog, date.today()), given.label, given.points)
    status = 0 if found.points else 1
    if given.json:
        return json.dumps(found.model_dump(mode="json"), indent=2), status
    return frontier_text(found), status
