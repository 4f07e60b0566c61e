"""The report as one HTML page that needs nothing else: no script, no font, no picture from outside."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..text import width
from .content import Bullets, Cell, Content, Heading, Paragraph, Picture, Table, as_text, spans
from .language import Language

if TYPE_CHECKING:
    from jinja2 import Environment

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
