"""modelpick schema routing|catalog: the JSON Schema of a file, for editors."""

from __future__ import annotations

import argparse
import json

HELP = "print the JSON Schema of a routing or catalogue file, for editors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """routing or catalog."""
    parser.add_argument("of", choices=("routing", "catalog"))


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The schema."""
    from ..schema import schema_of

    return json.dumps(schema_of(given.of), indent=2), 0
