"""YAML read, and edited line by line: what a change does not touch keeps its text, comments included.

PyYAML (the parser of the routers themselves) gives every node's place; a whole-document rewriter such as
ruamel.yaml hangs a comment on the entry before it and loses it with that entry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from math import inf
from typing import Any

import yaml

from ...domain.errors import InputError

_LARGEST = 100_000  # values, aliases unfolded
_LONGEST = 2_000_000  # characters


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Indented lists, no anchors, and numbers that every YAML reader takes for numbers."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    # PyYAML reads 6e-08, without a point, as a text.
    text = repr(value)
    text = text.replace("e", ".0e", 1) if "." not in text and "e" in text else text
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(float, _float)


def load(text: str, where: str) -> Any:
    """The value a text describes. Raises InputError with the line."""
    if len(text) > _LONGEST:  # PyYAML takes seconds for each of them
        raise InputError("larger than 2 MB, too large to be a router's configuration", where=where)
    try:
        _check_size(yaml.compose(text, Loader=yaml.SafeLoader), where)
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{line}not valid YAML: {error.problem}", where=where) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=where) from None
    except RecursionError:
        raise InputError("nested too deeply", where=where) from None


def _check_size(root: yaml.Node | None, where: str) -> None:
    """Raises InputError for aliases that unfold without end, or nearly so."""
    sizes: dict[int, float] = {}

    def size(node: Any) -> float:
        if isinstance(node, tuple):
            return size(node[0]) + size(node[1])
        if not isinstance(node, yaml.CollectionNode):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = inf  # while it is open: one that holds itself has no end
            sizes[id(node)] = 1 + sum(size(each) for each in node.value)
        return sizes[id(node)]

    if size(root) > _LARGEST:
        raise InputError(f"holds more than {_LARGEST:,} values, aliases unfolded", where=where)


def dumps(value: Any) -> str:
    """`value` as YAML in block style, keys in their order."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def edited(old_text: str, new: Mapping[str, Any], where: str) -> str:
    """`old_text` saying `new`; written anew, without comments, only where its layout defeats the editing."""
    if load(old_text, where) is None:
        return old_text.rstrip() + "\n" + dumps(new) if old_text.strip() else dumps(new)
    with suppress(_TooOdd, yaml.YAMLError):
        lines = old_text.splitlines()
        node = yaml.compose(old_text, Loader=yaml.SafeLoader)
        for start, end, text in sorted(_edits(lines, node, new), key=lambda edit: edit[:2], reverse=True):
            lines[start:end] = text
        result = "\n".join(lines) + "\n"
        if yaml.safe_load(result) == new:
            return result
    return dumps(new)


class _TooOdd(Exception):
    """A layout that is not edited line by line."""


_Edit = tuple[int, int, list[str]]


def _edits(lines: list[str], node: yaml.Node, new: Any) -> list[_Edit]:
    if isinstance(node, yaml.MappingNode) and isinstance(new, Mapping) and not node.flow_style:
        return _mapping(lines, node, new)
    if isinstance(node, yaml.SequenceNode) and isinstance(new, list) and not node.flow_style:
        return _sequence(lines, node, new)
    raise _TooOdd


def _mapping(lines: list[str], node: yaml.MappingNode, new: Mapping[str, Any]) -> list[_Edit]:
    indent = node.start_mark.column
    found: list[_Edit] = []
    old = set()
    for key, value in node.value:
        name = _value(key)
        old.add(name)
        start, end = key.start_mark.line, _end(lines, value, key.start_mark.line)
        if name not in new:
            found.append((start, end, []))
        elif not _same(_value(value), new[name]):
            found += _changed(lines, key, value, new[name])
    if not node.value:
        raise _TooOdd
    last = _end(lines, node.value[-1][1], node.value[-1][0].start_mark.line)
    fresh = {name: value for name, value in new.items() if name not in old}
    if fresh:
        found.append((last, last, _block(fresh, indent)))
    return found


def _changed(lines: list[str], key: yaml.Node, value: yaml.Node, new: Any) -> list[_Edit]:
    """One key's new value; a plain one keeps the comment behind it."""
    start, column = key.start_mark.line, key.start_mark.column
    try:
        return _edits(lines, value, new)
    except _TooOdd:
        text = _block({_value(key): new}, column, lines[start][:column])
        on_one_line = value.start_mark.line == value.end_mark.line == start
        if len(text) == 1 and on_one_line:
            text[0] += lines[start][value.end_mark.column :]
        return [(start, _end(lines, value, start), text)]


def _sequence(lines: list[str], node: yaml.SequenceNode, new: list[Any]) -> list[_Edit]:
    places = [(item.start_mark.line, _end(lines, item, item.start_mark.line)) for item in node.value]
    indent = node.start_mark.column
    if not places or any(not lines[start].lstrip().startswith("-") for start, _ in places):
        raise _TooOdd
    before = [json.dumps(_value(item), default=str) for item in node.value]
    after = [json.dumps(item, default=str) for item in new]
    found: list[_Edit] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        text = _block(new[c:d], indent) if d > c else []
        gone = places[a:b]
        at = gone[0][0] if gone else places[a - 1][1] if a else places[0][0]
        found += [(start, end, []) for start, end in gone[1:]]
        found.append((at, gone[0][1] if gone else at, text))
    if not new:
        raise _TooOdd
    return found


def _end(lines: list[str], node: yaml.Node, start: int) -> int:
    """The line after the last one that says something of this node; what follows belongs to the next."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]  # a block's own end mark is where the next token begins
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.line + (1 if node.end_mark.column else 0)
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return max(end, start + 1)


def _block(value: Any, indent: int, head: str | None = None) -> list[str]:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    lines = [" " * indent + line if line else line for line in text.splitlines()]
    if head is not None:
        lines[0] = head + lines[0][indent:]
    return lines


def _value(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _same(old: Any, new: Any) -> bool:
    """Equal in kind as well: 1 is not true."""
    return bool(old == new) and json.dumps(old, default=str) == json.dumps(new, default=str)
