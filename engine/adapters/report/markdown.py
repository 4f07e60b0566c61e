"""Markdown out of plain values: names from a catalogue mark nothing up."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .table import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def escaped(text: str) -> str:
    """Text that shows as it is."""
    return _SPECIAL.sub(r"\\\1", clean(text))


def section(title: str, *blocks: str) -> str:
    """A second-level heading with what is under it."""
    return "\n\n".join([f"## {title}", *(block for block in blocks if block)])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """A pipe table; empty without rows."""
    if not rows:
        return "Nothing known."
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    lines = [[escaped(cell) for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def page(text: str, title: str) -> str:
    """The same as one HTML page that needs nothing else."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark").enable("table").render(text)
    name = title.replace("&", "&amp;").replace("<", "&lt;")
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;display:block;overflow-x:auto}"
        "td,th{border-bottom:1px solid #8884;padding:.25rem .6rem;text-align:left}"
        ":root{color-scheme:light dark}"
    )
    head = f'<meta charset="utf-8"><title>{name}</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}</body></html>'
