"""The report as Markdown; a chart is the table of its figures."""

from __future__ import annotations

import re

from ..text import clean
from .content import Block, Bullets, Cell, Content, Heading, Paragraph, Picture, Section, Span, Table, spans

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def escaped(text: str) -> str:
    """Text that shows as it is."""
    return _SPECIAL.sub(r"\\\1", clean(text))


def markdown(content: Content) -> str:
    """The whole, without a last line end."""
    blocks = [f"# {escaped(content.title)}", _inline(content.made)]
    for section in content.sections:
        blocks += _section(section)
    return "\n\n".join(blocks)


def _section(section: Section) -> list[str]:
    return [f"## {escaped(section.title)}", *(_block(block) for block in section.blocks)]


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return _inline(text)
        case Heading(text):
            return f"### {_inline(text)}"
        case Bullets():
            return _bullets(block)
        case Table():
            return _table(block)
        case Picture():
            return _table(block.table)


def _bullets(block: Bullets) -> str:
    lines = []
    for at, (lead, text) in enumerate(block.entries, 1):
        sign = f"{at}." if block.ordered else "-"
        lines.append(f"{sign} {f'**{escaped(lead)}:** ' if lead else ''}{_inline(text)}")
    return "\n".join(lines)


def _table(block: Table) -> str:
    rule = ["---:" if at in block.numeric else "---" for at in range(len(block.head))]
    head, *rows = ([_inline(cell) for cell in row] for row in (block.head, *block.rows))
    lines = "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
    return f"**{escaped(block.caption)}**\n\n{lines}"


def _inline(text: Cell) -> str:
    return "".join(map(_span, spans(text)))


def _span(span: Span) -> str:
    text = escaped(span.text)
    if span.url:
        return f"[{text}](<{span.url}>)"
    return f"**{text}**" if span.strong and text.strip() == text and text else text
