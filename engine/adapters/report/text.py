"""Aligned tables that fit the page, 80 columns where it is no terminal: what is too wide is folded, not cut.

Colour is for a terminal alone (`Page.colour`) and never the only sign; else the text can be piped and pasted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import zip_longest

GAP = "  "
NARROWEST = 40  # a terminal that says it has fewer columns is laid out as if it had these
TALLEST = 3  # lines of a wrapped cell: a longer text in the last column goes below its row
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
Row = Sequence[str] | str  # cells, or a line across all columns


@dataclass(frozen=True)
class Page:
    """What answers are laid out for: its columns, and whether it shows colour."""

    columns: int = 80
    colour: bool = False


_page: ContextVar[Page] = ContextVar("page", default=Page())  # noqa: B039 (it is frozen)


@contextmanager
def printing_on(page: Page) -> Iterator[None]:
    """Tables made inside fit this page."""
    before = _page.set(page)
    try:
        yield
    finally:
        _page.reset(before)


def page_columns() -> int:
    """The columns that answers are laid out for."""
    return _page.get().columns


def styled(text: str, style: str) -> str:
    """The text in bold, dim, red, green, yellow or cyan, where the page shows it; else as it is."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text and _page.get().colour else text


def table(head: Sequence[str], rows: Sequence[Row], right: Sequence[int] = ()) -> str:
    """Rows under a head; the columns numbered in `right` are aligned to the right.

    A row that is one text goes across all columns, wrapped under its own indent. A table that is wider than
    the page has its texts wrapped, else its last or first column on lines of their own; else it is split.
    """
    return "\n".join(_fitted(head, rows, frozenset(right), _page.get().columns))


def _fitted(head: Sequence[str], rows: Sequence[Row], right: frozenset[int], columns: int) -> list[str]:
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [max(width(row[column]) for row in (head, *cells)) for column in range(len(head))]
    if _total(widths) <= columns:
        return _lines(head, rows, right, widths, columns)
    texts = [column for column in range(len(head)) if column not in right]
    least = list(widths)
    for column in texts:
        least[column] = max(_longest_word(row[column]) for row in (head, *cells))
    below = _columns_below(least, right, columns)
    if _total(least) <= columns:
        shared = _shared(widths, least, texts, columns)
        tallest = max((len(wrapped(row[c], shared[c])) for row in cells for c in texts), default=1)
        if tallest <= TALLEST or not below:
            return _lines(head, rows, right, shared, columns)
    if below:
        return _with_last_below(head, rows, right, len(head) - below, columns)
    if texts[:1] == [0] and len(head) > 1:
        figures = [widths[column] if column in right else least[column] for column in range(1, len(head))]
        if 1 in texts and _total(figures) + len(GAP) <= columns:
            return _grouped(head, rows, right, columns)
        if _total([len(GAP), *figures]) <= columns:
            return _with_long_names_above(head, rows, right, columns - _total([0, *figures]), columns)
    return _split(head, rows, right, columns)


def _columns_below(least: Sequence[int], right: frozenset[int], columns: int) -> int:
    """How many of the last columns, all of them texts, have to go for the others to fit; 0 where none may."""
    for kept in range(len(least) - 1, 1, -1):
        if kept in right:
            return 0
        if _total(least[:kept]) <= columns:
            return len(least) - kept
    return 0


def _with_last_below(
    head: Sequence[str], rows: Sequence[Row], right: frozenset[int], kept: int, columns: int
) -> list[str]:
    """The texts of the last columns in a line below their row, each with its head."""
    inner: list[Row] = []
    for row in rows:
        if isinstance(row, str):
            inner.append(row)
            continue
        inner.append(row[:kept])
        named = [
            (name, text) for name, text in zip(head[kept:], row[kept:], strict=True) if text not in ("", "-")
        ]
        if named:
            inner.append(
                f"{GAP}{GAP}" + "; ".join(f"{name}: {text}" if name else text for name, text in named)
            )
    return _fitted(head[:kept], inner, right, columns)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shared(widths: list[int], least: list[int], texts: list[int], columns: int) -> list[int]:
    """The widths that fit: the widest text gives way first, none below its longest word."""
    widths = list(widths)
    while (over := _total(widths) - columns) > 0:
        column = max((c for c in texts if widths[c] > least[c]), key=lambda c: widths[c])
        widths[column] = max(least[column], widths[column] - max(over // len(texts), 1))
    return widths


def _lines(
    head: Sequence[str], rows: Sequence[Row], right: frozenset[int], widths: Sequence[int], columns: int
) -> list[str]:
    lines = [styled(line, "bold") for line in _cell_lines(head, right, widths)]
    for row in rows:
        lines += wrapped(row, columns) if isinstance(row, str) else _cell_lines(row, right, widths)
    return lines


def _cell_lines(row: Sequence[str], right: frozenset[int], widths: Sequence[int]) -> list[str]:
    """The lines of a row: one, or as many as its longest wrapped cell has."""
    cells = [[text] if column in right else wrapped(text, widths[column]) for column, text in enumerate(row)]
    return [
        GAP.join(_pad(text, widths[column], column in right) for column, text in enumerate(line)).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]


def _grouped(head: Sequence[str], rows: Sequence[Row], right: frozenset[int], columns: int) -> list[str]:
    """The first column as a line of its own above the rows that it is of."""
    inner: list[Row] = []
    for row in rows:
        if isinstance(row, str):
            inner.append(row.removeprefix(GAP))
        else:
            if row[0]:
                inner.append(_Heading(row[0]))
            inner.append(row[1:])
    moved = frozenset(column - 1 for column in right)
    lines = _fitted(head[1:], inner, moved, columns - len(GAP))
    headings = {styled(text, "cyan") for text in inner if isinstance(text, _Heading)}
    return [line if line in headings else GAP + line for line in lines]


class _Heading(str):
    """A line that stands at the margin."""

    __slots__ = ()


def _with_long_names_above(
    head: Sequence[str], rows: Sequence[Row], right: frozenset[int], room: int, columns: int
) -> list[str]:
    """Names that leave the figures no room on a line of their own, the figures on the next."""
    inner: list[Row] = []
    for row in rows:
        if isinstance(row, str) or width(row[0]) <= room:
            inner.append(row)
        else:
            inner += [row[0], ("", *row[1:])]
    short = head[0] if width(head[0]) <= room else ""
    return ([] if short else wrapped(head[0], columns)) + _fitted((short, *head[1:]), inner, right, columns)


def _split(head: Sequence[str], rows: Sequence[Row], right: frozenset[int], columns: int) -> list[str]:
    """As many columns as fit beside the first, then the others beside the first again."""
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [max(width(row[column]) for row in (head, *cells)) for column in range(len(head))]
    least = [
        widths[c] if c in right else max(_longest_word(row[c]) for row in (head, *cells))
        for c in range(len(head))
    ]
    kept = [0, 1] if len(head) > 1 else [0]
    while len(kept) < len(head) and _total([least[c] for c in (*kept, kept[-1] + 1)]) <= columns:
        kept.append(kept[-1] + 1)
    if len(kept) == len(head):  # one word is wider than the page: it is not broken
        return _lines(head, rows, right, widths, columns)
    rest = [0, *range(kept[-1] + 1, len(head))]
    lines: list[str] = []
    for part in (kept, rest):
        part_rows = [row if isinstance(row, str) else [row[c] for c in part] for row in rows]
        if part is rest:
            part_rows = [row for row in part_rows if not isinstance(row, str)]
        part_right = frozenset(part.index(c) for c in right if c in part)
        lines += [*([""] if lines else []), *_fitted([head[c] for c in part], part_rows, part_right, columns)]
    return lines


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, broken at spaces; a word that is longer stays whole.

    What follows stands two columns further in than the first line.
    """
    if width(text) <= columns:
        return [styled(text, "cyan") if isinstance(text, _Heading) else text]
    indent = " " * (len(text) - len(text.lstrip(" ")))
    lines, line = [], indent
    for word in text.split():
        longer = line + word if not line.strip() else f"{line} {word}"
        if width(longer) > columns and line.strip():
            lines.append(line)
            line = f"{indent}{GAP}{word}"
        else:
            line = longer
    return [*lines, line]


def fitted(text: str) -> str:
    """The text with the lines that are wider than the page wrapped at spaces."""
    columns = _page.get().columns
    return "\n".join(part for line in text.split("\n") for part in wrapped(line, columns))


def _longest_word(text: str) -> int:
    indent = len(text) - len(text.lstrip(" "))
    return max((width(word) for word in text.split()), default=0) + indent + (len(GAP) if " " in text else 0)


def _pad(text: str, to: int, right: bool) -> str:
    space = " " * (to - width(text))
    return space + text if right else text + space


def width(text: str) -> int:
    """Columns a terminal gives the text: two for a wide character, none for a combining one or a colour."""
    if text.isascii() and "\x1b" not in text:
        return len(text)
    return sum(_cells(character) for character in _ESCAPES.sub("", text))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clean(text: str) -> str:
    """One line, without control characters that a terminal would obey: file contents are not trusted."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)
