"""The report as one HTML page that needs nothing else (no script, no font, no picture), and as Markdown.

In Markdown a chart is the table of its figures.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..text import width
from .content import Bullets, Cell, Content, Heading, Paragraph, Picture, Table, as_text, spans
from .language import Language

if TYPE_CHECKING:
    from jinja2 import Environment
from ..markdown import Markup, escaped, table
from .content import Block, Section, Span

MAX_SHORT, MAX_MEDIUM = 14, 50  # columns of a cell's text


def html(content: Content, lang: str) -> str:
    """The whole page, in the language that the content is written in."""
    template = _environment().get_template("report.html.j2")
    return str(template.render(content=content, lang=lang, _=Language(lang).gettext)).rstrip("\n")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    kinds = {
        "paragraph": Paragraph,
        "heading": Heading,
        "bullets": Bullets,
        "table": Table,
        "picture": Picture,
    }
    names = {kind: name for name, kind in kinds.items()}
    environment.globals["kind"] = lambda block: names[type(block)]
    environment.filters["spans"] = spans
    environment.filters["room"] = _room
    return environment


def _room(cell: Cell) -> str:
    """The class of a cell, by how wide its text is: so that a table on a phone does not wrap every word."""
    columns = width(as_text(cell))
    return "l" if columns > MAX_MEDIUM else "m" if columns > MAX_SHORT else "s"


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
