"""Markdown out of plain values, in which names from a catalogue mark nothing up, and HTML out of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import quote

from .text import clean

_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def escaped(text: str) -> str:
    """Text that shows as it is."""
    return _SPECIAL.sub(r"\\\1", clean(text))


class Markup(str):
    """Text that is Markdown already: `table` does not escape it again."""


def link(address: str) -> str:
    """An address that can be followed where it is a web page's, else its text; '-' without one."""
    if not re.fullmatch(r"https?://[^\s/]+\S*", address):
        return address or "-"
    target = quote(clean(address), safe=":/?#[]@!$&'()*+,;=%~-._")
    return Markup(f"[{escaped(address)}](<{target.replace('|', '%7C')}>)")


def section(title: str, *blocks: str) -> str:
    """A second-level heading with what is under it."""
    return "\n\n".join([f"## {title}", *(block for block in blocks if block)])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """A pipe table; empty without rows."""
    if not rows:
        return "Nothing known."
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    lines = [[cell if isinstance(cell, Markup) else escaped(cell) for cell in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def code(text: str) -> str:
    """Text as it stands, in a block of code."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def page(text: str, title: str) -> str:
    """The same as one HTML page that needs nothing else."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark").enable("table").render(text)
    name = title.replace("&", "&amp;").replace("<", "&lt;")
    style = (
        "*{box-sizing:border-box}a{color:inherit}"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
        "body{overflow-wrap:anywhere}table{border-collapse:collapse;margin:1rem 0}"
        "@media screen{table{display:block;overflow-x:auto;overflow-wrap:normal}}"
        "@media print{@page{size:A4 landscape;margin:10mm}"
        "body{font-size:9pt;max-width:none;margin:0;padding:0}"
        "table{display:table;width:100%;font-size:7pt}td,th{padding:.1rem .2rem!important}"
        "thead{display:table-header-group}tr{break-inside:avoid}h1,h2,p{break-after:avoid}}"
        "td,th{border-bottom:1px solid #8884;padding:.25rem .6rem;text-align:left}"
        ":root{color-scheme:light dark}"
    )
    head = f'<meta charset="utf-8">{_VIEWPORT}<title>{name}</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}</body></html>'
