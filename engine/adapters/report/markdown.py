"""Markdown out of plain values, in which names from a catalogue mark nothing up."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .text import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def escaped(text: str) -> str:
    """Text that shows as it is."""
    return _SPECIAL.sub(r"\\\1", clean(text))


class Markup(str):
    """Text that is Markdown already: `table` does not escape it again."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """A pipe table; empty without rows."""
    if not rows:
        return "Nothing known."
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    lines = [[cell if isinstance(cell, Markup) else escaped(cell) for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
