"""What a report says, in no format yet: sections of paragraphs, lists, tables and charts; text in spans.

Names out of files stand in spans like all text, so that neither Markdown nor HTML takes them for markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from ..text import clean
from .charts import Chart

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Span:
    """Text in one style; with `url` it leads there."""

    text: str
    strong: bool = False
    code: bool = False
    url: str = ""


Text = tuple[Span, ...]
Cell = str | Text


def spans(text: Cell) -> Text:
    """Text as spans, on one line and without control characters."""
    return (Span(clean(text)),) if isinstance(text, str) else text


def strong(text: str) -> Text:
    """Emphasised."""
    return (Span(clean(text), strong=True),)


def code(text: str) -> Text:
    """A name or a command, as it is typed."""
    return (Span(clean(text), code=True),)


def web(address: str, name: str = "") -> Text:
    """An address that can be followed where it is a web page's; else the name, or the address, as text."""
    label = clean(name or address)
    if not re.fullmatch(r"https?://[^\s/]+\S*", address):
        return (Span(label),) if label else ()
    target = quote(clean(address), safe=":/?#[]@!$&'()*+,;=%~-._").replace("|", "%7C")
    return (Span(label, url=target),)


def joined(parts: Iterable[Cell], separator: str) -> Text:
    """The parts with a separator between them."""
    line: list[Span] = []
    for part in parts:
        if line:
            line.append(Span(separator))
        line += spans(part)
    return tuple(line)


def fill(template: str, **parts: Cell) -> Text:
    """A translated sentence with its `{places}` filled; a part keeps its own style."""
    line: list[Span] = []
    end = 0
    for place in _PLACE.finditer(template):
        line += [Span(template[end : place.start()])] if place.start() > end else []
        line += spans(parts[place[1]])
        end = place.end()
    return (*line, Span(template[end:])) if end < len(template) else tuple(line)


def as_text(text: Cell) -> str:
    """The bare words."""
    return "".join(span.text for span in spans(text))


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: Text


@dataclass(frozen=True)
class Heading:
    """The heading of a part of a section."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list; each entry has a lead in bold, which may be empty, and its text."""

    entries: tuple[tuple[str, Text], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a head, all as long; columns in `numeric` are figures. The first column names its row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = field(default_factory=frozenset)

    @staticmethod
    def of(
        caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], numeric: Iterable[int]
    ) -> Table:
        """A table of any sequences."""
        return Table(caption, tuple(head), tuple(tuple(row) for row in rows), frozenset(numeric))


@dataclass(frozen=True)
class Picture:
    """A chart with the table of its figures, which stands for it where no chart can."""

    chart: Chart
    table: Table


Block = Paragraph | Heading | Bullets | Table | Picture


@dataclass(frozen=True)
class Section:
    """A section; `key` is the same in every language, for links to it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Content:
    """The whole report: its title, when and out of what it was made, and its sections."""

    title: str
    made: Text
    sections: tuple[Section, ...]
