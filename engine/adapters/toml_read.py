"""TOML as text to plain values, in a time that grows with the text's length, and without tomlkit."""

from __future__ import annotations

import re
import tomllib
from typing import Any

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
