"""A routing as TOML text, changing no more of an existing file than the values that changed."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AbstractTable, AoT, Float, InlineTable, Item, SingleKey, Table

from ..domain.base import Value
from ..domain.routing import Measured, Routing
from .serialization import file_fields, to_plain, to_table

_NAMED_TABLES = ("labels", "measured")  # tables of tables, whose names are the user's
_MAX_EXACT = 2**53  # whole numbers below it are exact as floats


def edited(routing: Routing, old_text: str, *, inline: bool = False) -> str:
    """`old_text` with `routing`'s values; comments and order stay. `inline`: new tables take one line."""
    crlf = "\r\n" in old_text
    document = tomlkit.parse(old_text.replace("\r\n", "\n"))
    _merge(document, routing, inline)
    text = tomlkit.dumps(document)
    if not text.endswith("\n"):
        text += "\n"
    return text.replace("\n", "\r\n") if crlf else text


def fresh(routing: Routing) -> str:
    """A whole new file."""
    document = tomlkit.document()
    for key, given in to_table(routing).items():
        if key == "labels":
            document.append(key, _named_tables(routing.labels))
        else:
            document.append(
                key, _table(getattr(routing, key)) if isinstance(given, dict) else _toml_item(given)
            )
    lines = tomlkit.dumps(document).split("\n")
    spaced = [f"\n{line}" if line.startswith("[") else line for line in lines]
    return "\n".join(spaced).strip("\n").replace("\n\n\n", "\n\n") + "\n"


def _merge(table: MutableMapping[str, Any], model: Value, inline: bool) -> None:
    """Make `table` say `model`: touch what differs, add what is not a default, drop what is unset."""
    written = to_table(model)
    for key, given, _ in file_fields(model):
        if key not in table:
            if key in written and key not in ("schema", "objective"):
                _add(table, key, given, inline)
        elif given is None:
            del table[key]
        elif isinstance(given, Value) and isinstance(table[key], MutableMapping):
            _merge(table[key], given, inline)
        elif key in _NAMED_TABLES and isinstance(table[key], MutableMapping):
            _merge_named(table[key], given, inline)
        elif _unwrapped(table[key]) != to_plain(given):
            _put(table, key, given)


def _merge_named(table: MutableMapping[str, Any], models: Mapping[str, Value], inline: bool) -> None:
    """Labels, or a label's measured models: those that are gone go, the others say what they should."""
    for name in [name for name in table if name not in models]:
        del table[name]
    for name, model in models.items():
        if isinstance(table.get(name), MutableMapping):
            _merge(table[name], model, inline)
        else:
            on_one_line = inline or isinstance(table, InlineTable)
            new = _toml_item(to_table(model)) if on_one_line else _table(model)
            if isinstance(new, Table) and isinstance(model, Measured):
                new = _after(next(reversed(list(table.values())), None), new)
            table[name] = new


def _after(last: object, new: Table) -> Table:
    """`new`, to stand after `last`, with the comments at its end: they are about what follows both."""
    new.trivia.indent = "\n"
    if isinstance(last, Table):
        tail = []
        while last.value.body and last.value.body[-1][0] is None:
            tail.append(last.value.body.pop())
        new.value.body.extend(reversed(tail))
    return new


def _put(table: MutableMapping[str, Any], key: str, given: Any) -> None:
    """Replace one value; a table keeps its own comments, a number its notation, a line its comment."""
    old = table[key]
    if isinstance(given, Mapping) and isinstance(old, MutableMapping) and not isinstance(old, InlineTable):
        for name in [name for name in old if name not in given]:
            del old[name]
        for name, inner in given.items():
            if name not in old:
                _add(old, name, inner, inline=True)
            elif _unwrapped(old[name]) != inner:
                _put(old, name, inner)
        return
    new = _toml_item(to_plain(given), real=isinstance(old, Float))
    if isinstance(old, Item):
        new.trivia.indent, new.trivia.comment_ws = old.trivia.indent, old.trivia.comment_ws
        new.trivia.comment, new.trivia.trail = old.trivia.comment, old.trivia.trail
    table[key] = new


def _add(table: MutableMapping[str, Any], key: str, given: Any, inline: bool) -> None:
    """A new key, after the last plain one: the blanks and comments that follow are the next table's."""
    inline = inline or isinstance(table, InlineTable)
    named = key in _NAMED_TABLES and not inline
    new = _toml_item(to_plain(given))
    if named:
        new = _named_tables(given, indent="\n")
    elif isinstance(given, Value) and not inline:
        new = _table(given)
    body = table.value.body if isinstance(table, Table) else None
    if body is None or (isinstance(new, Table) and not named):
        _append(table, key, new)
        return
    simple = [name for name, old in body if name is not None and not isinstance(old, (AbstractTable, AoT))]
    if not simple:
        _append(table, key, new)
        return
    table.value._insert_after(simple[-1], SingleKey(key), new)  # type: ignore[attr-defined]


def _append(table: MutableMapping[str, Any], key: str, new: Item) -> None:
    if isinstance(new, Table):
        new.trivia.indent = "\n" + new.trivia.indent
    table[key] = new


def _table(model: Value) -> Table:
    table = tomlkit.table()
    written = to_table(model)
    for key, given in written.items():
        if key not in _NAMED_TABLES:
            table.append(SingleKey(key), _toml_item(given))
    for key in _NAMED_TABLES:
        if key in written:
            table.append(SingleKey(key), _named_tables(getattr(model, key)))
    return table


def _named_tables(models: Mapping[str, Value], indent: str = "") -> Table:
    """A table for each, `[labels.think]` or `[labels.think.measured."gpt-5"]`, and none for all of them.

    `indent`: what stands before each.
    """
    tables = tomlkit.table(is_super_table=True)
    for name, model in models.items():
        table = _table(model)
        table.trivia.indent = indent
        tables.append(SingleKey(name), table)
    return tables


def _toml_item(given: Any, real: bool = False) -> Item:
    return tomlkit.value(_text(given, real))


def _text(given: Any, real: bool = False) -> str:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return _number(given, real)
    if isinstance(given, dict):
        inside = ", ".join(f"{SingleKey(key).as_string()} = {_text(value)}" for key, value in given.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(given, list):
        if len(given) > 1 and isinstance(given[0], dict):
            return "[\n" + "".join(f"    {_text(row)},\n" for row in given) + "]"
        return f"[{', '.join(_text(element) for element in given)}]"
    return str(tomlkit.item(given).as_string())


def _number(given: float, real: bool) -> str:
    """4_000, 0.05, 1.0: whole numbers without a point from 2 on, unless the file wrote one before."""
    whole = float(given).is_integer() and abs(given) < _MAX_EXACT
    if isinstance(given, int) or (whole and not real and abs(given) > 1):
        return f"{int(given):_}"
    return f"{given:_.1f}" if whole else repr(float(given))


def _unwrapped(toml_value: Any) -> Any:
    return toml_value.unwrap() if hasattr(toml_value, "unwrap") else toml_value
