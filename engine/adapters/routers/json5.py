"""JSON as people write it (comments, trailing commas, bare keys), read and edited with all of it kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import InputError
from .values import same_value

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
_BARE = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_MAX_DEPTH = 100


@dataclass
class Node:
    """A value with its place in the text; `lead` is where the blanks and comments before a member begin."""

    start: int
    end: int
    value: Any
    items: list[tuple[Any, int, Node]] = field(default_factory=list)  # key or index, lead, node


def load(text: str, where: str) -> Any:
    """The value a text describes. Raises InputError with the line."""
    return parse(text, where).value


def parse(text: str, where: str) -> Node:
    """The value and the place of each part. Raises InputError with the line."""
    reader = _Reader(text, where)
    node = reader.value(reader.skip(0), 0)
    end = reader.skip(node.end)
    if end != len(text):
        raise reader.wrong(end, "text after the end of the value")
    return node


def duplicate_keys(text: str) -> list[tuple[str, int, int]]:
    """(key, first line, later line) of each key that stands more than once in a table of a valid text."""
    pairs: list[tuple[str, int, int]] = []
    waiting = [parse(text, "")]
    while waiting:
        node = waiting.pop()
        places: dict[str, int] = {}
        for key, _, below in node.items:
            waiting.append(below)
            if isinstance(key, str):
                if key in places:
                    first, later = (text.count("\n", 0, at) + 1 for at in (places[key], below.start))
                    pairs.append((key, first, later))
                places.setdefault(key, below.start)
    return sorted(pairs, key=lambda pair: pair[2])


class _Reader:
    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def wrong(self, at: int, what: str) -> InputError:
        line = self.text.count("\n", 0, at) + 1
        return InputError(f"line {line}: not valid JSON: {what}", where=self.where)

    def skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return space.end() if space else at

    def value(self, at: int, depth: int) -> Node:
        sign = self.text[at : at + 1]
        if depth > _MAX_DEPTH:
            raise self.wrong(at, "nested too deeply")
        if sign in ("{", "["):
            return self._group(at, depth, sign == "{")
        if sign in ('"', "'"):
            return self._string(at)
        number = _NUMBER.match(self.text, at)
        if number:
            return Node(at, number.end(), _number(number[0]))
        word = _BARE.match(self.text, at)
        if word and word[0] in _WORDS:
            return Node(at, word.end(), _WORDS[word[0]])
        raise self.wrong(at, "a value is missing")

    def _group(self, start: int, depth: int, keyed: bool) -> Node:
        items: list[tuple[Any, int, Node]] = []
        close = "}" if keyed else "]"
        lead = start + 1
        while True:
            at = self.skip(lead)
            if self.text[at : at + 1] == close:
                values = (
                    {key: node.value for key, _, node in items} if keyed else [n.value for _, _, n in items]
                )
                return Node(start, at + 1, values, items)
            if items and self.text[lead - 1] != ",":
                raise self.wrong(at, f"',' or '{close}' is missing")
            key: Any = len(items)
            if keyed:
                name = self._key(at)
                key, at = name.value, self.skip(name.end)
                if self.text[at : at + 1] != ":":
                    raise self.wrong(at, f"':' is missing after {key!r}")
                at = self.skip(at + 1)
            node = self.value(at, depth + 1)
            items.append((key, lead, node))
            after = self.skip(node.end)
            lead = after + 1 if self.text[after : after + 1] == "," else node.end

    def _key(self, at: int) -> Node:
        bare = _BARE.match(self.text, at)
        return Node(at, bare.end(), bare[0]) if bare else self._string(at)

    def _string(self, at: int) -> Node:
        quoted = _STRING.match(self.text, at)
        if not quoted:
            raise self.wrong(at, "a text is not closed")
        return Node(at, quoted.end(), _ESCAPE.sub(_unescaped, quoted[0][1:-1]))


def _number(text: str) -> float:
    if "x" in text.lower():
        return int(text, 16)
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _unescaped(escape: re.Match[str]) -> str:
    sign = escape[1]
    if sign[0] in "ux" and len(sign) > 1:
        return chr(int(sign[1:], 16))
    return "" if sign.endswith("\n") else _ESCAPES.get(sign, sign)


def edited(old_text: str, new: Mapping[str, Any], where: str) -> str:
    """`old_text` saying `new`: what is equal keeps its text with the comments, the rest is replaced."""
    node = parse(old_text, where)
    return old_text[: node.start] + _edited(old_text, node, new, 0) + old_text[node.end :]


def _edited(text: str, node: Node, new: Any, depth: int) -> str:
    """The text of `new`, with whatever of the old text says the same."""
    if same_value(node.value, new):
        return text[node.start : node.end]
    if isinstance(node.value, dict) and isinstance(new, Mapping):
        old = {key: (lead, inner) for key, lead, inner in node.items}
        order = [*(key for key in old if key in new), *(key for key in new if key not in old)]
        parts = [_member(text, old.get(key), key, new[key], depth + 1) for key in order]
        return _joined(text, node, parts, depth)
    if isinstance(node.value, list) and isinstance(new, list):
        spare = [(lead, inner) for _, lead, inner in node.items]
        parts = []
        for entry in new:
            at = next((i for i, (_, inner) in enumerate(spare) if same_value(inner.value, entry)), None)
            if at is None:
                at = next((i for i, (_, inner) in enumerate(spare) if _same_name(inner.value, entry)), None)
            if at is None:
                parts.append(_fresh(entry, depth + 1))
                continue
            lead, inner = spare.pop(at)
            parts.append(text[lead : inner.start] + _edited(text, inner, entry, depth + 1))
        return _joined(text, node, parts, depth)
    return dumps(new, depth)


def _member(text: str, old: tuple[int, Node] | None, key: str, value: Any, depth: int) -> str:
    if old is None:
        return _fresh(value, depth, f"{json.dumps(key, ensure_ascii=False)}: ")
    lead, node = old
    return text[lead : node.start] + _edited(text, node, value, depth)


def _fresh(value: Any, depth: int, name: str = "") -> str:
    return f"\n{'  ' * depth}{name}{dumps(value, depth)}"


def _joined(text: str, node: Node, parts: list[str], depth: int) -> str:
    """The parts between the old brackets, with what stood before the closing one."""
    last = node.items[-1][2].end if node.items else node.start + 1
    tail = text[last : node.end - 1]
    tail = tail.lstrip().removeprefix(",") if tail.lstrip().startswith(",") else tail
    if "\n" not in tail and parts and "\n" in parts[-1]:
        tail += "\n" + "  " * depth
    return text[node.start] + ",".join(parts) + tail + text[node.end - 1]


def _same_name(old: Any, new: Any) -> bool:
    """Whether two entries of a list are called the same."""
    return any(
        isinstance(old, dict) and isinstance(new, Mapping) and old.get(key) == new.get(key) is not None
        for key in ("name", "id")
    )


def dumps(value: Any, depth: int = 0) -> str:
    """JSON with two blanks of indent, as inside `depth` groups."""
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n" + "  " * depth)
