"""What the terminal shows, cell by cell: a change costs the bytes of the cells that differ.

Textual writes whole every line that a widget repaints, each part with all of its style, and a list that
scrolls by a line whole as well. Over a slow line that is felt with every key. As curses does, only cells that
differ from those that were written last are written here, a style by what differs from the one before, and
lines that have only moved are moved by the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from . import textual_private
from .textual_private import CompositorUpdate

_MAX_GAP = 4  # unchanged cells that cost no more to write again than to pass over
_MAX_SHIFT = 4  # lines that a list is scrolled by and the terminal asked to move: the wheel's step
_MIN_MOVED = 4  # lines that have to be right after it


class Look(NamedTuple):
    """A style in the codes of a terminal; "" where it has its default."""

    attributes: str = ""
    foreground: str = ""
    background: str = ""


Cell = tuple[str, Look]  # text is "" where the text before it reaches into the cell
_DEFAULT = Look()
_ATTRIBUTES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")  # by rich's bits
_UNSEEN = {"1", "2", "3"}  # bold, dim and italic say nothing of a blank
_ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_UNKNOWN: Cell = ("\0", _DEFAULT)  # what the terminal shows there nobody knows


class _Letters(dict[str, Cell]):
    """The cells of a style, each made once: a screen has thousands."""

    def __init__(self, look: Look, blank: Look) -> None:
        self.look, self._blank = look, blank

    def __missing__(self, letter: str) -> Cell:
        cell = self[letter] = letter, self._blank if letter == " " else self.look
        return cell


class FrameBuffer:
    """The cells of one terminal as they were last written."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[list[Cell]] = []
        self._letters: dict[Style | None, _Letters] = {}
        self._colors: ColorSystem | None = None

    def forget(self) -> None:
        """Write everything again: somebody else has written to the terminal, or it has another size."""
        self._size = Size(0, 0)

    def changes(self, pieces: Iterable[tuple[int, int, Strip]], size: Size, colors: ColorSystem) -> str:
        """What to write so that a terminal of `size` shows the strips, each at its column and line."""
        if size != self._size:
            self._size = size
            self._lines = [[_UNKNOWN] * size.width for _ in range(size.height)]
        if colors != self._colors:
            self._colors = colors
            self._letters.clear()
        wanted: dict[int, list[Cell]] = {}
        for x, y, strip in pieces:
            if 0 <= y < size.height and 0 <= x < size.width:
                line = wanted.setdefault(y, self._lines[y].copy())
                cells = self._cells(strip)[: size.width - x]
                line[x : x + len(cells)] = cells
        written = [self._move_lines(wanted)]
        look = _DEFAULT
        for y, line in wanted.items():
            old = self._lines[y]
            if line != old:
                look = _write_line(y, old, line, look, written)
                self._lines[y] = line
        if look != _DEFAULT:
            written.append("\x1b[0m")
        return "".join(written)

    def _cells(self, strip: Strip) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, _ in strip:
            letters = self._letters.get(style)
            if letters is None:
                letters = self._letters[style] = self._letters_in(style)
            if text.isprintable() and (text.isascii() or all(map(_is_narrow, text))):
                cells += [letters[letter] for letter in text]
            elif width := cell_len(text):  # terminals differ in what such text takes: it is written as one
                cells += [(text, letters.look), *[("", letters.look)] * (width - 1)]
            elif cells:
                cells[-1] = cells[-1][0] + text, cells[-1][1]
        return cells

    def _letters_in(self, style: Style | None) -> _Letters:
        codes, colors = ([], ["", ""]) if style is None else self._codes(style)
        look = Look(";".join(codes), *colors)
        return _Letters(look, look if set(codes) - _UNSEEN else Look("", "", look.background))

    def _codes(self, style: Style) -> tuple[list[str], list[str]]:
        assert self._colors is not None
        flags = (
            style.bold, style.dim, style.italic, style.underline, style.blink, style.blink2, style.reverse,
            style.conceal, style.strike, style.underline2, style.frame, style.encircle, style.overline,
        )  # fmt: skip
        colors = [
            "" if color is None else ";".join(color.downgrade(self._colors).get_ansi_codes(foreground))
            for color, foreground in ((style.color, True), (style.bgcolor, False))
        ]
        return [code for code, flag in zip(_ATTRIBUTES, flags, strict=True) if flag], colors

    def _move_lines(self, wanted: dict[int, list[Cell]]) -> str:
        """Let the terminal move lines that are only elsewhere; the lines that it then shows are known."""
        best, moved = 0, _MIN_MOVED - 1
        lines = self._lines
        for shift in range(-_MAX_SHIFT, _MAX_SHIFT + 1) if len(wanted) > _MIN_MOVED else ():
            if shift:
                count = sum(
                    line == lines[y + shift] != lines[y]
                    for y, line in wanted.items()
                    if 0 <= y + shift < len(lines)
                )
                best, moved = (shift, count) if count > moved else (best, moved)
        if not best:
            return ""
        at = [y for y, line in wanted.items() if 0 <= y + best < len(lines) and line == lines[y + best]]
        top, bottom = min(*at, min(at) + best), max(*at, max(at) + best)
        for y in range(top, bottom + 1):  # what stands between them moves with them, and is written again
            wanted.setdefault(y, lines[y])
        blank = [[_UNKNOWN] * self._size.width for _ in range(abs(best))]
        block = lines[top : bottom + 1]
        self._lines[top : bottom + 1] = [*block[best:], *blank] if best > 0 else [*blank, *block[:best]]
        region = f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1};1H"
        return f"{region}\x1b[{abs(best)}{'M' if best > 0 else 'L'}\x1b[r"


class Changes(CompositorUpdate):
    """An update of textual's as only what it changes in the terminal."""

    def __init__(self, update: CompositorUpdate, buffer: FrameBuffer, size: Size) -> None:
        self._update, self._buffer, self._size = update, buffer, size

    def render_segments(self, console: Console) -> str:
        """The bytes to write, as text."""
        colors = textual_private.color_system(console)
        return self._buffer.changes(textual_private.pieces(self._update), self._size, colors)


@cache
def _is_narrow(letter: str) -> bool:
    return cell_len(letter) == 1


def _write_line(y: int, old: list[Cell], new: list[Cell], look: Look, written: list[str]) -> Look:
    """Append what makes a line of the terminal another; gives the style that its letters then have."""
    at = -1  # the terminal's column; -1: elsewhere
    for start, end in _runs(old, new):
        gap = new[at:start]
        if at < 0:
            written.append(f"\x1b[{y + 1};{start + 1}H")
        elif len(gap) <= _MAX_GAP and all(_fits(cell, look) for cell in gap):
            written += [text for text, _ in gap]
        else:
            written.append(f"\x1b[{len(gap)}C" if len(gap) > 1 else "\x1b[C")
        sure = True  # where the cursor is: terminals differ in how far a text goes that is no letter a cell
        for column, cell in enumerate(new[start:end], start):
            text, own = cell
            if not text:
                sure = False
                continue
            if not sure:
                written.append(f"\x1b[{y + 1};{column + 1}H")
            if own is not look and not _fits(cell, look):
                written.append(_sgr(look, own))
                look = own
            written.append(text)
            sure = len(text) == 1
        at = end if sure else -1
    return look


def _runs(old: list[Cell], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last column but one of every run of cells that differ."""
    at, width = 0, len(new)
    while at < width:
        if new[at] == old[at]:
            at += 1
            continue
        start = at
        while start and not new[start][0]:  # with the text that reaches into it
            start -= 1
        while at < width and (new[at] != old[at] or not new[at][0]):
            at += 1
        yield start, at


def _fits(cell: Cell, look: Look) -> bool:
    """Whether the cell can be written in a style: a blank shows its background alone."""
    text, own = cell
    if own == look:
        return True
    if text != " " or own.attributes or own.background != look.background:
        return False
    return set(look.attributes.split(";")) <= _UNSEEN | {""}


def _sgr(before: Look, after: Look) -> str:
    """The codes from one style to another."""
    codes: list[str] = []
    if before.attributes != after.attributes:
        if before.attributes in _ENDS:
            codes.append(_ENDS[before.attributes])
        elif before.attributes:
            codes.append("0")
            before = _DEFAULT
        codes += [after.attributes] if after.attributes else []
    if before.foreground != after.foreground:
        codes.append(after.foreground or "39")
    if before.background != after.background:
        codes.append(after.background or "49")
    return f"\x1b[{';'.join(codes)}m"
