"""YAML read, and edited line by line: what a change does not touch keeps its text, comments included.

PyYAML (the parser of the routers themselves) gives every node's place; a whole-document rewriter such as
ruamel.yaml hangs a comment on the entry before it and loses it with that entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from difflib import SequenceMatcher
from math import inf
from typing import Any

import yaml

from ...domain.errors import InputError

_MAX_VALUES = 100_000  # values, aliases unfolded
_MAX_DEPTH = 100  # levels
_MAX_CHARACTERS = 2_000_000  # characters
_MAX_ROUNDS = 4
_WINDOW = 8  # entries of a list looked at for one that resembles a new one
_MIN_LIKENESS = 0.6
_MERGE = "tag:yaml.org,2002:merge"  # the key <<
_ANCHOR = re.compile(r"&\S+\s+")


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
    if len(text) > _MAX_CHARACTERS:  # PyYAML takes seconds for each of them
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


def duplicate_keys(text: str) -> list[tuple[str, int, int]]:
    """(key, first line, later line) of each key that stands more than once in a table of a valid text."""
    pairs: list[tuple[str, int, int]] = []
    waiting, visited = [yaml.compose(text, Loader=yaml.SafeLoader)], set[int]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in visited:
            continue  # what several aliases stand for is looked at once
        visited.add(id(node))
        lines: dict[tuple[str, str], int] = {}
        for entry in node.value:
            key, below = entry if isinstance(entry, tuple) else (None, entry)
            waiting.append(below)
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                name, line = (key.tag, key.value), key.start_mark.line + 1
                if name in lines:
                    pairs.append((key.value, lines[name], line))
                lines.setdefault(name, line)
    return sorted(pairs, key=lambda pair: pair[2])


def _check_size(root: yaml.Node | None, where: str) -> None:
    """Raises InputError for aliases that unfold without end, or nearly so, and for a deep nest."""
    measures: dict[int, tuple[float, int]] = {}

    def measure(node: Any) -> tuple[float, int]:
        """How many values a node holds, and in how many levels."""
        if not isinstance(node, yaml.CollectionNode):
            return 1, 0
        if id(node) not in measures:
            measures[id(node)] = inf, 0  # while it is open: one that holds itself has no end
            inner = [each for pair in node.value for each in (pair if isinstance(pair, tuple) else (pair,))]
            below = [measure(each) for each in inner]
            count = 1 + sum(values for values, _ in below)
            measures[id(node)] = count, 1 + max((levels for _, levels in below), default=0)
        return measures[id(node)]

    values, levels = measure(root)
    if levels > _MAX_DEPTH:
        raise InputError("nested too deeply", where=where)
    if values > _MAX_VALUES:
        raise InputError(f"holds more than {_MAX_VALUES:,} values, aliases unfolded", where=where)


def dumps(value: Any) -> str:
    """`value` as YAML in block style, keys in their order."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def edited(old_text: str, new: Mapping[str, Any], where: str) -> str:
    """`old_text` saying `new`; written anew, without comments, only where its layout defeats the editing."""
    if load(old_text, where) is None:
        return old_text.rstrip() + "\n" + dumps(new) if old_text.strip() else dumps(new)
    text, unfold = old_text, False
    for _ in range(_MAX_ROUNDS):
        with suppress(_TooOdd, yaml.YAMLError):
            editor = _Editor(text, unfold)
            changed = editor.edited(new)
            try:
                if yaml.safe_load(changed) == new:
                    return changed
            except yaml.YAMLError:  # an anchor has gone with what it stood on
                changed, unfold = text, True
            text = changed  # a changed anchor has changed what refers to it: once more
    return dumps(new)


class _TooOdd(Exception):
    """A layout that is not edited line by line."""


_Edit = tuple[int, int, list[str]]


class _Editor:
    """Edits of one text, line by line. `unfold`: every alias is replaced by what it stands for."""

    def __init__(self, text: str, unfold: bool) -> None:
        self.lines = text.splitlines()
        self.root = yaml.compose(text, Loader=yaml.SafeLoader)
        aliases = (
            token for token in yaml.scan(text, Loader=yaml.SafeLoader) if isinstance(token, yaml.AliasToken)
        )
        self.aliases = [token.start_mark.line for token in aliases] if unfold else []

    def edited(self, new: Mapping[str, Any]) -> str:
        """The text with the edits that make it say `new`. Raises _TooOdd."""
        lines = [*self.lines]
        edits = self._edits(self.root, new)
        # From the end: of two insertions at one line the inner one, which comes first, ends up above.
        in_order = sorted(edits, key=lambda edit: edit[:2])
        for start, end, text in reversed(in_order):
            lines[start:end] = text
        return "\n".join(lines) + "\n"

    def _edits(self, node: yaml.Node, new: Any) -> list[_Edit]:
        if isinstance(node, yaml.MappingNode) and isinstance(new, Mapping) and not node.flow_style:
            return self._mapping(node, new)
        if isinstance(node, yaml.SequenceNode) and isinstance(new, list) and not node.flow_style:
            return self._sequence(node, new)
        raise _TooOdd

    def _stands(self, node: yaml.Node, start: int, new: Any) -> bool:
        """Whether the node from line `start` on says `new` and may stay as it is."""
        end = _end(self.lines, node, start)
        return _same_in_order(_value(node), new) and not any(start <= line < end for line in self.aliases)

    def _mapping(self, node: yaml.MappingNode, new: Mapping[str, Any]) -> list[_Edit]:
        if not node.value:
            raise _TooOdd
        inherited = self._inherited(node)
        if set(inherited) - set(new):
            raise _TooOdd
        edits: list[_Edit] = []
        there = {name for name, value in inherited.items() if _same_in_order(value, new[name])}
        for key, value in node.value:
            if key.tag == _MERGE:
                continue
            name, start = _value(key), key.start_mark.line
            there.add(name)
            if name not in new:
                if self.lines[start][: key.start_mark.column].strip():
                    raise _TooOdd  # the first key of a list's entry stands behind its dash
                edits.append((start, _end(self.lines, value, start), []))
            elif not self._stands(value, start, new[name]):
                edits += self._changed(key, value, new[name])
        last = _end(self.lines, node.value[-1][1], node.value[-1][0].start_mark.line)
        fresh = {name: value for name, value in new.items() if name not in there}
        if fresh:
            edits.append((last, last, _block(fresh, node.value[0][0].start_mark.column)))
        return edits

    def _inherited(self, node: yaml.MappingNode) -> dict[Any, Any]:
        """What a mapping has by `<<`."""
        merges = [value for key, value in node.value if key.tag == _MERGE]
        if merges and self.aliases:
            raise _TooOdd
        values = [_value(value) for value in merges]
        flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
        return {key: value for each in reversed(flat) for key, value in each.items()}

    def _changed(self, key: yaml.Node, value: yaml.Node, new: Any) -> list[_Edit]:
        """One key's new value; a plain one keeps the comment behind it."""
        lines, start, column = self.lines, key.start_mark.line, key.start_mark.column
        is_alias = value.start_mark.index < key.start_mark.index
        if not is_alias:
            with suppress(_TooOdd):
                return self._edits(value, new)
            if inline := self._inline(value, new):
                return inline
        text = _block({_value(key): new}, column, lines[start][:column])
        on_one_line = value.start_mark.line == value.end_mark.line == start
        if len(text) == 1 and on_one_line:
            text[0] += lines[start][value.end_mark.column :]
        return [(start, _end(lines, value, start), text)]

    def _inline(self, node: yaml.Node, new: Any) -> list[_Edit]:
        """A group in brackets on one line stays one, with its anchor and the comment behind it."""
        start, end = node.start_mark, node.end_mark
        if (
            not isinstance(new, (dict, list))
            or not getattr(node, "flow_style", False)
            or start.line != end.line
        ):
            return []
        line = self.lines[start.line]
        anchor = _ANCHOR.match(line, start.column)
        text = yaml.dump(
            new, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=inf, default_flow_style=True
        )
        return [
            (
                start.line,
                start.line + 1,
                [
                    line[: start.column]
                    + (anchor[0] if anchor else "")
                    + text.rstrip("\n")
                    + line[end.column :]
                ],
            )
        ]

    def _sequence(self, node: yaml.SequenceNode, new: list[Any]) -> list[_Edit]:
        starts = [entry.start_mark.index for entry in node.value]
        places = [
            (entry.start_mark.line, _end(self.lines, entry, entry.start_mark.line)) for entry in node.value
        ]
        dashed = all(self.lines[start].lstrip().startswith("-") for start, _ in places)
        if not new or not places or not dashed or starts != sorted(set(starts)):
            raise _TooOdd
        first = self.lines[places[0][0]]
        indent = len(first) - len(first.lstrip())
        before = [
            json.dumps(_value(entry), default=str) + "*" * any(start <= line < end for line in self.aliases)
            for entry, (start, end) in zip(node.value, places, strict=True)
        ]
        after = [json.dumps(entry, default=str) for entry in new]
        edits: list[_Edit] = []
        for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if kind != "equal":
                edits += (
                    self._replaced(node.value[a:b], places[a:b], new[c:d], indent)
                    if b > a
                    else [(at := places[a - 1][1] if a else places[0][0], at, _block(new[c:d], indent))]
                )
        return edits

    def _replaced(
        self, old: list[yaml.Node], places: list[tuple[int, int]], new: list[Any], indent: int
    ) -> list[_Edit]:
        """Entries in the place of others: each is edited into the first that it resembles, or new."""
        edits: list[_Edit] = []
        at, waiting = 0, []
        values = [_value(node) for node in old]
        for entry in new:
            i = _resembling(values[at : at + _WINDOW], entry)
            if i is None:
                waiting.append(entry)
                continue
            for dropped in places[at : at + i]:
                edits.append((*dropped, _block(waiting, indent) if waiting else []))
                waiting = []
            at += i
            if waiting:  # behind the entry before it: a comment above this one is about this one
                line = places[at - 1][1] if at else places[at][0]
                edits.append((line, line, _block(waiting, indent)))
                waiting = []
            edits += self._entry(old[at], places[at], entry, indent)
            at += 1
        for dropped in places[at:]:
            edits.append((*dropped, _block(waiting, indent) if waiting else []))
            waiting = []
        if waiting:
            edits.append((places[-1][1], places[-1][1], _block(waiting, indent)))
        return edits

    def _entry(self, node: yaml.Node, place: tuple[int, int], new: Any, indent: int) -> list[_Edit]:
        with suppress(_TooOdd):
            return self._edits(node, new)
        return self._inline(node, new) or [(*place, _block([new], indent))]


def _resembling(values: list[Any], new: Any) -> int | None:
    """Which of `values` most resembles `new`: one of the same name, or else much the same text."""
    text = json.dumps(new, default=str)
    likeness = [
        SequenceMatcher(None, json.dumps(value, default=str), text, autojunk=False).ratio()
        for value in values
    ]
    named = [_name(value) is not None and _name(value) == _name(new) for value in values]
    likely = [
        i for i, alike in enumerate(likeness) if named[i] or (alike > _MIN_LIKENESS and _name(new) is None)
    ]
    return max(likely, key=lambda i: likeness[i], default=None)


def _name(value: Any) -> Any:
    """What an entry of a list is called, where it says so."""
    keys = ("model_name", "name", "id")
    return next((value[key] for key in keys if key in value), None) if isinstance(value, dict) else None


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
        return loader.construct_object(deepcopy(node), deep=True)  # it unfolds << within the node
    finally:
        loader.dispose()


def _same_in_order(old: Any, new: Any) -> bool:
    """Equal in kind as well (1 is not true), keys in the same order."""
    return bool(old == new) and json.dumps(old, default=str) == json.dumps(new, default=str)
