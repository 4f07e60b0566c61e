"""modelpick schema routing|catalog [-o FILE]: the JSON Schema of a file, for editors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "print the JSON Schema of a routing or catalogue file, for editors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """routing or catalog, and -o."""
    parser.add_argument("of", choices=("routing", "catalog"))
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="save it, and say how a file names it"
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The schema; saved, the first line that makes Taplo and Even Better TOML use it."""
    from ..adapters.catalog.alerts import note
    from ..adapters.disk import save
    from .json_schema import header, schema_of

    text = json.dumps(schema_of(given.of), indent=2)
    if given.output is None:
        return text, 0
    note(save(given.output, f"{text}\n"))
    line = header(given.output.name)
    if given.json:
        return json.dumps({"saved": str(given.output), "header": line}), 0
    return f"saved to {given.output}; the first line of a TOML file beside it:\n\n{line}", 0
