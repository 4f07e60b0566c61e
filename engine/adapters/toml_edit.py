"""A routing as TOML text, changing no more of an existing file than the values that changed.

TOML as text to plain values, in a time that grows with the text's length and no faster.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import AbstractTable, AoT, Float, InlineTable, Item, SingleKey, Table

from ..domain.base import Value
from ..domain.routing import Routing
from .serialization import bare, fields, plain

_GROUPED_FROM = 1_000
_EXACT = 2**53


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
    for key, given in plain(routing).items():
        if key == "labels":
            labels = tomlkit.table(is_super_table=True)
            for name, label in routing.labels.items():
                labels.append(SingleKey(name), _table(label))
            document.append(key, labels)
        else:
            document.append(key, _table(getattr(routing, key)) if isinstance(given, dict) else _item(given))
    lines = tomlkit.dumps(document).split("\n")
    spaced = [f"\n{line}" if line.startswith("[") else line for line in lines]
    return "\n".join(spaced).strip("\n").replace("\n\n\n", "\n\n") + "\n"


def _merge(table: MutableMapping[str, Any], value: Value, inline: bool) -> None:
    """Make `table` say `value`: touch what differs, add what is not a default, drop what is unset."""
    told = plain(value)
    for key, given, _ in fields(value):
        if key not in table:
            if key in told and key not in ("schema", "objective"):
                _add(table, key, given, inline)
        elif given is None:
            del table[key]
        elif isinstance(given, Value) and isinstance(table[key], MutableMapping):
            _merge(table[key], given, inline)
        elif key == "labels":
            _merge_labels(table[key], given, inline)
        elif _unwrapped(table[key]) != bare(given):
            _put(table, key, given)


def _merge_labels(table: MutableMapping[str, Any], labels: Mapping[str, Value], inline: bool) -> None:
    for name in [name for name in table if name not in labels]:
        del table[name]
    for name, label in labels.items():
        if name in table:
            _merge(table[name], label, inline)
        else:
            on_one_line = inline or isinstance(table, InlineTable)
            table[name] = _item(plain(label)) if on_one_line else _table(label)


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
    new = _item(bare(given), real=isinstance(old, Float))
    if isinstance(old, Item):
        new.trivia.indent, new.trivia.comment_ws = old.trivia.indent, old.trivia.comment_ws
        new.trivia.comment, new.trivia.trail = old.trivia.comment, old.trivia.trail
    table[key] = new


def _add(table: MutableMapping[str, Any], key: str, given: Any, inline: bool) -> None:
    """A new key, after the last plain one: the blanks and comments that follow are the next table's."""
    inline = inline or isinstance(table, InlineTable)
    item = _table(given) if isinstance(given, Value) and not inline else _item(bare(given))
    body = table.value.body if isinstance(table, Table) else None
    if body is None or isinstance(item, Table):
        _append(table, key, item)
        return
    simple = [name for name, old in body if name is not None and not isinstance(old, (AbstractTable, AoT))]
    if not simple:
        _append(table, key, item)
        return
    table.value._insert_after(simple[-1], SingleKey(key), item)  # type: ignore[attr-defined]


def _append(table: MutableMapping[str, Any], key: str, item: Item) -> None:
    if isinstance(item, Table):
        item.trivia.indent = "\n" + item.trivia.indent
    table[key] = item


def _table(value: Value) -> Table:
    table = tomlkit.table()
    for key, given in plain(value).items():
        table.append(SingleKey(key), _item(given))
    return table


def _item(given: Any, real: bool = False) -> Item:
    return tomlkit.value(_text(given, real))


def _text(given: Any, real: bool = False) -> str:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return _number(given, real)
    if isinstance(given, dict):
        inside = ", ".join(f"{SingleKey(key).as_string()} = {_text(item)}" for key, item in given.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(given, list):
        if len(given) > 1 and isinstance(given[0], dict):
            return "[\n" + "".join(f"    {_text(item)},\n" for item in given) + "]"
        return f"[{', '.join(_text(item) for item in given)}]"
    return str(tomlkit.item(given).as_string())


def _number(given: float, real: bool) -> str:
    """4_000, 0.05, 1.0: whole numbers without a point from 2 on, unless the file wrote one before."""
    whole = float(given).is_integer() and abs(given) < _EXACT
    if isinstance(given, int) or (whole and not real and abs(given) > 1):
        return f"{int(given):_}" if abs(given) >= _GROUPED_FROM else str(int(given))
    return f"{given:_.1f}" if whole and abs(given) >= _GROUPED_FROM else repr(float(given))


def _unwrapped(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


MAX_PARTS = 100  # of a dotted key
_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w\\-])(?:{_PART}[ \t]*+\.[ \t]*+){{{MAX_PARTS}}}")


def loads(text: str) -> dict[str, Any]:
    """What tomllib.loads gives, but a key of more than MAX_PARTS parts is an error.

    tomllib needs a time that grows with the square of a dotted key's parts. Raises as tomllib does:
    TOMLDecodeError with "(at line 1, column 2)", RecursionError, or ValueError for an endless integer.
    """
    if long_key := _LONG_KEY.search(text):
        line = text.count("\n", 0, long_key.start()) + 1
        column = long_key.start() - text.rfind("\n", 0, long_key.start())
        problem = f"A key of more than {MAX_PARTS} parts (at line {line}, column {column})"
        raise tomllib.TOMLDecodeError(problem)
    return tomllib.loads(text)
