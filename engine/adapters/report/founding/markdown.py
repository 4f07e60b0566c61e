"""The report as Markdown; a chart is the table of its figures."""

from __future__ import annotations

from ..markdown import Markup, escaped, table
from .content import Block, Bullets, Cell, Content, Heading, Paragraph, Picture, Section, Span, Table, spans


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
    rows = [[Markup(_inline(cell)) for cell in row] for row in block.rows]
    return f"**{escaped(block.caption)}**\n\n{table(block.head, rows, block.numeric)}"


def _inline(text: Cell) -> str:
    return "".join(map(_span, spans(text)))


def _span(span: Span) -> str:
    text = escaped(span.text)
    if span.url:
        return f"[{text}](<{span.url}>)"
    return f"**{text}**" if span.strong and text.strip() == text and text else text
