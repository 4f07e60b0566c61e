"""Writes docs/reference: commands, both TOML files field by field, JSON answers. A hook of mkdocs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modelpick.__main__ import COMMANDS, command_of
from modelpick.engine.commands.parsers import overview, parser_of, subcommands
from modelpick.engine.commands.schema import schema_of

FOLDER = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """File name -> Markdown."""
    return {
        "commands.md": commands(),
        "routing-file.md": fields("The routing file", schema_of("routing")),
        "catalogue.md": fields("The catalogue", schema_of("catalog")),
        "json.md": json_answers(),
    }


def commands() -> str:
    """The help of each command and subcommand."""
    parts = ["# Commands\n\nAs `modelpick help COMMAND` prints them."]
    for name in COMMANDS:
        command = command_of(name)
        known = subcommands(command)
        text = overview(name, command) if known else parser_of(name, command).format_help()
        parts.append(f"## modelpick {name}\n\n```text\n{text}\n```")
        for subcommand in known:
            text = parser_of(name, command, subcommand).format_help()
            parts.append(f"### modelpick {name} {subcommand}\n\n```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def fields(title: str, schema: dict[str, Any]) -> str:
    """A table for each kind of TOML table: key, type, default, meaning."""
    definitions = schema.get("$defs", {})
    parts = [f"# {title}\n\n{schema.get('description', '').strip()}", _table("The file", schema)]
    parts += [_table(name, part) for name, part in definitions.items() if part.get("properties")]
    return "\n\n".join(parts) + "\n"


def _table(name: str, part: dict[str, Any]) -> str:
    required = set(part.get("required", ()))
    lines = [
        f"## {name}",
        "",
        part.get("description", "").strip(),
        "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for key, facts in part.get("properties", {}).items():
        default = (
            "required"
            if key in required
            else _cell(json.dumps(facts["default"]))
            if "default" in facts
            else ""
        )
        lines.append(
            f"| `{key}` | {_cell(_kind(facts))} | {default} | {_cell(facts.get('description', ''))} |"
        )
    return "\n".join(lines)


def _kind(facts: dict[str, Any]) -> str:
    if "$ref" in facts:
        return str(facts["$ref"]).rpartition("/")[2]
    if "enum" in facts:
        return ", ".join(map(str, facts["enum"]))
    if "const" in facts:
        return str(facts["const"])
    if "anyOf" in facts:
        return " or ".join(_kind(kind) for kind in facts["anyOf"] if kind.get("type") != "null")
    if facts.get("type") == "array":
        return f"list of {_kind(facts.get('items', {}))}"
    if facts.get("type") == "object":
        inner = facts.get("additionalProperties")
        return f"table of {_kind(inner)}" if isinstance(inner, dict) else "table"
    return str(facts.get("type", "any"))


def json_answers() -> str:
    """What each command prints with --json."""
    from modelpick.engine.commands.answers import ANSWERS, answer_schema

    parts = [
        "# JSON answers\n\nCommands print these with `--json`; `modelpick schema COMMAND` prints a schema."
        " Keys may be added; those that are here stay."
    ]
    for name in ANSWERS:
        schema = answer_schema(name)
        parts.append(_table(f"{name} --json", schema))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def on_pre_build(config: Any) -> None:  # noqa: ARG001 (mkdocs calls it so)
    """Write the pages before mkdocs looks for them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
