"""The report as one HTML page that needs nothing else: no script, no font, no picture from outside."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .content import Bullets, Content, Heading, Paragraph, Picture, Table, spans
from .language import Language

if TYPE_CHECKING:
    from jinja2 import Environment


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
    return environment
