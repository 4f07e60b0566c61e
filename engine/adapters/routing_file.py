"""Routing files: text to value and back, with the file's own comments and order kept."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..domain.errors import InputError
from ..domain.routing import Routing
from .catalog.file import catalog_hash, load_catalog
from .disk import read_text, save
from .references import check_references
from .rule_overrides import with_sets
from .validation import located, parse_toml, validated

__all__ = [
    "catalog_hash",
    "check_references",
    "load_catalog",
    "load_routing",
    "read_routing",
    "ready_made",
    "routing_from",
    "save",
    "with_sets",
    "write_routing",
]


def load_routing(path: str | os.PathLike[str]) -> Routing:
    """The routing in a file. Raises InputError."""
    return read_routing(read_text(path), str(path))


def read_routing(text: str, where: str) -> Routing:
    """The routing a TOML text describes. Raises InputError naming `where`, the key and the problem."""
    try:
        return routing_from(parse_toml(text, where), where)
    except InputError as error:
        raise located(error, text) from None


def routing_from(data: dict[str, Any], where: str) -> Routing:
    """The routing that plain values describe. Raises InputError."""
    if not data:
        raise InputError("empty: a routing needs at least one [labels.NAME] table", where=where)
    if "labels" not in data and {"offers", "models", "providers"} & set(data):
        raise InputError("is a catalogue, not a routing file; --catalog takes it", where=where)
    return validated(Routing, data, where)


def write_routing(routing: Routing, old_text: str | None) -> str:
    """`routing` as TOML; with `old_text`, that text with only the changed values touched.

    What it returns always reads back as `routing`: where an unusual layout defeats the editing in place, the
    text is written anew, without the old comments but for an editor's `#:schema` line.
    """
    from .toml_edit import edited, fresh

    if old_text is not None and old_text.strip():
        for inline in (False, True):  # labels in dotted keys take new ones only on one line
            with suppress(Exception):  # tomlkit raises many kinds; what follows is right for all of them
                text = edited(routing, old_text, inline=inline)
                if read_routing(text, "") == routing:
                    return text
    first = (old_text or "").partition("\n")[0].rstrip("\r")
    return f"{first}\n{fresh(routing)}" if first.startswith("#:schema ") else fresh(routing)


def ready_made() -> Routing:
    """The routing to start from without a file: one developer on claude-code-router."""
    path = Path(__file__).with_name("ready_made.toml")
    return read_routing(path.read_text("utf-8"), path.name)
