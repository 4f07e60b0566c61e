"""Values of files that others have written, which may hold anything: taken as what they should be.

And characters in them that are not seen: controls, and those that turn the direction of writing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

LIST, TABLE, TABLES = "list", "table", "list of tables"
_TURNED = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff"
)


def as_table(value: Any, *path: str) -> dict[str, Any]:
    """`value`, or what stands at `path` below it, if that is a table of names; else an empty one."""
    for name in path:
        value = as_table(value).get(name)
    return {str(key): setting for key, setting in value.items()} if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_tables(value: Any) -> list[dict[str, Any]]:
    """The tables in a list."""
    return [as_table(entry) for entry in as_list(value) if isinstance(entry, Mapping)]


def as_texts(value: Any) -> list[str]:
    """The texts in a list."""
    return [entry for entry in as_list(value) if isinstance(entry, str)]


def as_shares(value: Any) -> list[tuple[str, float]]:
    """The [model, share] pairs in a list, with shares from 0 to 1."""
    pairs = [entry for entry in as_list(value) if isinstance(entry, list) and len(entry) == 2]
    return [
        (str(model), float(share))
        for model, share in pairs
        if isinstance(share, (int, float)) and 0 <= share <= 1
    ]


def whole_number(value: Any) -> int | None:
    """A count above 0 that a file holds as a number or as text; None for anything else."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def same_value(old: Any, new: Any) -> bool:
    """Equal in kind as well (1 is not true), keys in any order, NaN as itself."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same_value(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_value, old, new))
    both_nan = old != old and new != new  # noqa: PLR0124
    return type(old) is type(new) and bool(old == new or both_nan)


def in_order_of(old: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` with its keys in the order of `old`."""
    return {**{key: new[key] for key in old if key in new}, **new}


def unseen(sign: str) -> bool:
    """Whether a character is a control or turns the direction of writing."""
    return sign in _TURNED or unicodedata.category(sign) in ("Cc", "Cs")


def escaped(text: str) -> str:
    """`text` with its unseen characters as \\xNN or \\uNNNN."""
    return "".join(_escape(sign) if unseen(sign) else sign for sign in text)


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode()
