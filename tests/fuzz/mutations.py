"""Damage for files: a value replaced, a key lost or misspelt, bytes flipped; the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import tomli_w
import yaml

HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    90,
    0.6,
    1e-12,
    5e-324,
    1e308,
    10**25,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    "x",
    "128k",
    "10M",
    "80 %",
    "1e5",
    "a/b",
    "a,b",
    "\x00\x1b[31m",
    "\u202egnp.exe",
    "{file:~/.ssh/id_rsa}",
    "$HOME",
    "質問 応答",
    "9" * 5_000,
    "2026-02-30",
    [],
    [1],
    ["x", "x"],
    [[[[]]]],
    {},
    {"x": 1},
    {"a": {"b": {"c": []}}},
]


def _nested(depth: int) -> Any:
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    return nested


def damage(document: Any, chance: random.Random) -> Any:
    """A copy of `document` (dictionaries, lists, scalars) with one place replaced, lost or misspelt."""
    if isinstance(document, dict) and document and chance.random() < 0.92:
        key = chance.choice(list(document))
        copy = dict(document)
        kind = chance.random()
        if kind < 0.08:
            del copy[key]
        elif kind < 0.14:
            copy[f"{key}s" if chance.random() < 0.5 else str(key)[:-1]] = copy.pop(key)
        elif kind < 0.18:
            copy[chance.choice(["", "a.b", "x" * 300, "\u202e", "0", "__proto__"])] = chance.choice(HOSTILE)
        else:
            copy[key] = damage(document[key], chance)
        return copy
    if isinstance(document, list) and document and chance.random() < 0.92:
        at = chance.randrange(len(document))
        kept = chance.randint(0, 1)  # 0: the old entry stays behind its damaged copy
        return [*document[:at], damage(document[at], chance), *document[at + kept :]]
    if isinstance(document, (int, float)) and not isinstance(document, bool) and chance.random() < 0.4:
        return document * chance.choice([-1, 0, 1e-6, 1e-3, 0.5, 1.5, 100, 1e6, 1e12])
    return chance.choice([*HOSTILE, _nested(200)])


def damage_text(text: str, chance: random.Random) -> bytes:
    """The text as bytes with a cut, a flip, a repeated or lost line, another line end or encoding."""
    lines = text.splitlines(keepends=True) or [""]
    at = chance.randrange(len(lines))
    kinds: list[Callable[[], bytes]] = [
        lambda: text.encode()[: chance.randrange(len(text) + 1)],
        lambda: "".join([*lines[:at], *lines[at + 1 :]]).encode(),
        lambda: "".join([*lines[: at + 1], *lines[at:]]).encode(),
        lambda: text.replace("\n", "\r\n").encode(),
        lambda: b"\xef\xbb\xbf" + text.encode(),
        lambda: text.encode("utf-16"),
        lambda: b"",
        lambda: chance.randbytes(200),
        lambda: _flipped(text.encode(), chance),
        lambda: text.encode().replace(b"=", b"==", 1).replace(b":", b"", 1),
        lambda: text.encode() + text.encode(),
    ]
    return chance.choice(kinds)()


def _flipped(content: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        if flipped:
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def as_toml(document: Any) -> str:
    """TOML, as far as it can say the document: places without a value are left out."""

    def writable(place: Any) -> Any:
        if isinstance(place, dict):
            return {str(key): writable(inner) for key, inner in place.items() if inner is not None}
        if isinstance(place, list):
            return [writable(inner) for inner in place if inner is not None]
        return place

    cleaned = writable(document)
    return tomli_w.dumps(cleaned if isinstance(cleaned, dict) else {"x": cleaned})


def as_json(document: Any) -> str:
    return json.dumps(document, default=str)


def as_jsonl(document: Any) -> str:
    return "".join(f"{as_json(row)}\n" for row in (document if isinstance(document, list) else [document]))


def as_yaml(document: Any) -> str:
    return str(yaml.safe_dump(document, sort_keys=False))


def as_csv(document: Any) -> str:
    """Rows as they come, without quoting: a damaged table is damaged in this way too."""
    if not isinstance(document, list) or not document or not isinstance(document[0], dict):
        return str(document)
    rows = [row for row in document if isinstance(row, dict)]
    heads = list(rows[0])
    return "\n".join(
        [
            ",".join(map(str, heads)),
            *(",".join("" if row.get(head) is None else str(row[head]) for head in heads) for row in rows),
        ]
    )
