"""modelpick schema routing|catalog|COMMAND... [-o FILE]: a JSON Schema of a file or an answer."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .options import output_path

HELP = "print a JSON Schema: of a file, for editors, or of a --json answer"

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TITLES = {"routing": "modelpick routing", "catalog": "modelpick catalogue"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """routing, catalog or a command, and -o."""
    parser.add_argument(
        "of",
        nargs="+",
        metavar="routing|catalog|COMMAND",
        help="a file, or a command that prints such an answer with --json, as solve or import usage",
    )
    parser.add_argument(
        "-o", "--output", type=output_path, metavar="OUT", help="save it, and say how a file names it"
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The schema; saved, the first line that makes Taplo and Even Better TOML use it."""
    from ..adapters.catalog.alerts import note
    from ..adapters.disk import save

    of = " ".join(options.of)
    text = json.dumps(_schema(of), indent=2)
    if options.output is None:
        return text, 0
    note(save(options.output, f"{text}\n"))
    if of not in _TITLES:
        return f"saved to {options.output}", 0
    line = header(options.output.name)
    if options.json:
        return json.dumps({"saved": str(options.output), "header": line}), 0
    return f"saved to {options.output}; the first line of a TOML file beside it:\n\n{line}", 0


def _schema(of: str) -> dict[str, Any]:
    """Of a file or of an answer. Raises InputError for anything else."""
    if of in _TITLES:
        return schema_of(of)
    from ..domain.errors import InputError, nearest
    from .answers import ANSWERS, answer_schema

    if of not in ANSWERS:
        known = ("routing", "catalog", *ANSWERS)
        raise InputError(f"{of!r} is none of {', '.join(known)}{nearest(of, known)}", where="schema")
    return {"$schema": DRAFT, **answer_schema(of)}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a routing or a catalogue file, derived from the fields of its model."""
    from ..domain.catalog import Catalog
    from ..domain.routing import Routing

    schema = (Routing if kind == "routing" else Catalog).model_json_schema(by_alias=True)
    described: dict[str, Any] = _described(schema)
    return {"$schema": DRAFT, **described, "title": _TITLES[kind]}


def header(schema: str) -> str:
    """The line at the top of a TOML file by which Taplo and Even Better TOML find its schema."""
    return f"#:schema ./{schema}"


def _described(node: Any) -> Any:
    """What screens read from a field, `help` and `unit`, as the description that editors show."""
    if isinstance(node, list):
        return [_described(child) for child in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _described(child) for key, child in node.items() if key not in {"help", "unit", "step"}}
    if isinstance(node.get("help"), str):
        unit = f" ({node['unit']})" if node.get("unit") else ""
        kept["description"] = f"{node['help']}{unit}"
    return kept
