"""Charts as shapes on a canvas: bars, bars to both sides, a line with marks, marks in a plane.

The template draws them as SVG, in the page's colours and with its font, so they need no script, follow the
dark scheme and print. The canvas is narrow, so that its text stays readable on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import Literal

from ..text import clean, width

WIDTH = 480.0  # of every canvas; the text is 12 high on it
_BAR, _ROW = 12.0, 36.0  # a bar, and the row of its name and itself
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 14.0, 14.0, 46.0  # margins of a plane
_MAX_NAME = 68  # columns of a name above its bar

Anchor = Literal["start", "middle", "end"]
Format = Callable[[float], str]


@dataclass(frozen=True)
class Shape:
    """A rectangle, a circle, a line or a text; `style` is its class in the style sheet."""

    kind: Literal["rect", "circle", "line", "text"]
    style: str
    x: float
    y: float
    x2: float = 0.0  # a rectangle's width, a circle's radius, a line's other end
    y2: float = 0.0  # a rectangle's height, a line's other end
    text: str = ""
    anchor: Anchor = "start"


@dataclass(frozen=True)
class Chart:
    """Shapes on a canvas of WIDTH x `height`; `title` and `description` are what a screen reader says."""

    key: str
    title: str
    description: str
    height: float
    shapes: tuple[Shape, ...]
    width: float = WIDTH


@dataclass(frozen=True)
class Axis:
    """What an axis shows, its range, and how its figures are written."""

    title: str
    low: float
    high: float
    write: Format

    @property
    def ticks(self) -> list[float]:
        """Round figures within the range, some four."""
        span = self.high - self.low
        raw = span / 4
        power = 10.0 ** floor(log10(raw))
        step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * (1 - 1e-9))
        first = ceil(self.low / step - 1e-9)
        return [step * n for n in range(first, floor(self.high / step + 1e-9) + 1)]


def spread_axis(title: str, figures: Sequence[float], write: Format, *, from_zero: bool = False) -> Axis:
    """An axis that shows all the figures with a little room at its ends."""
    low, high = min(figures), max(figures)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    bottom = 0.0 if from_zero or low - room < 0 <= low else low - room
    return Axis(title, bottom, high + room, write)


def bars(key: str, title: str, description: str, rows: Sequence[tuple[str, float, str]]) -> Chart:
    """A bar for each name, its figure written at its end."""
    longest = max((figure for _, figure, _ in rows), default=0.0) or 1.0
    shapes: list[Shape] = []
    for at, (name, figure, text) in enumerate(rows):
        y = 4 + at * _ROW
        length = max(figure / longest * WIDTH, 1.0 if figure else 0.0)
        shapes += [
            Shape("text", "text", 0, y + 11, text=_cut(name, _MAX_NAME - width(text))),
            Shape("text", "figure", WIDTH, y + 11, text=text, anchor="end"),
            Shape("rect", "rail", 0, y + 17, WIDTH, _BAR),
            Shape("rect", "bar", 0, y + 17, _round(length), _BAR),
        ]
    return Chart(key, title, description, 8 + len(rows) * _ROW, tuple(shapes))


def two_sided(
    key: str, title: str, description: str, rows: Sequence[tuple[str, float | None, float | None, str]]
) -> Chart:
    """A row for each name with its changes at the lower and the higher figure; None: there is no plan."""
    sizes = [abs(end) for _, low, high, _ in rows for end in (low, high) if end is not None]
    longest, middle = max(sizes, default=0.0) or 1.0, WIDTH / 2
    shapes: list[Shape] = []
    for at, (name, low, high, text) in enumerate(rows):
        y = 4 + at * _ROW
        shapes += [
            Shape("text", "text", 0, y + 11, text=_cut(name, _MAX_NAME - width(text))),
            Shape("text", "figure", WIDTH, y + 11, text=text, anchor="end"),
        ]
        shapes.append(Shape("line", "axis", middle, y + 15, middle, y + 19 + _BAR))
        ends = (("bar2", low, 0.0), ("bar", high, _BAR / 2))
        for style, change, down in ends:
            if change:
                length = _round(abs(change) / longest * (middle - 2))
                left = middle if change > 0 else middle - length
                shapes.append(Shape("rect", style, _round(left), y + 17 + down, length, _BAR / 2))
    return Chart(key, title, description, 8 + len(rows) * _ROW, tuple(shapes))


@dataclass(frozen=True)
class Mark:
    """A point of a plane with a short name beside it."""

    x: float
    y: float
    name: str
    style: str = "mark"


MARK_WIDTH, MARK_HEIGHT = 26.0, 22.0  # of a mark with its number beside it


def plane(  # noqa: PLR0917 - a chart, all of it needed
    key: str,
    title: str,
    description: str,
    across: Axis,
    up: Axis,
    line: Sequence[tuple[float, float]],
    marks: Sequence[Mark],
) -> Chart:
    """A line through points, and marks, over two axes."""
    height = 320.0
    right, bottom = WIDTH - _RIGHT, height - _BOTTOM

    def x_of(figure: float) -> float:
        return _round(_LEFT + (figure - across.low) / (across.high - across.low) * (right - _LEFT))

    def y_of(figure: float) -> float:
        return _round(bottom - (figure - up.low) / (up.high - up.low) * (bottom - _TOP))

    shapes: list[Shape] = []
    for tick in up.ticks:
        y = y_of(tick)
        shapes += [
            Shape("line", "grid", _LEFT, y, right, y),
            Shape("text", "tick", _LEFT - 6, y + 4, text=up.write(tick), anchor="end"),
        ]
    for tick in across.ticks:
        x = x_of(tick)
        shapes += [
            Shape("line", "grid", x, _TOP, x, bottom),
            Shape("text", "tick", x, bottom + 16, text=across.write(tick), anchor="middle"),
        ]
    shapes += [
        Shape("line", "axis", _LEFT, bottom, right, bottom),
        Shape("line", "axis", _LEFT, _TOP, _LEFT, bottom),
        Shape("text", "tick", (right + _LEFT) / 2, height - 8, text=across.title, anchor="middle"),
        Shape("text", "tick", 0, _TOP - 3, text=up.title),
    ]
    ends = [(x_of(x), y_of(y)) for x, y in line]
    shapes += [Shape("line", "curve", *a, *b) for a, b in pairwise(ends)]
    shapes += [Shape("circle", "dot", x, y, 2.5) for x, y in ends]
    down = 17 if line else -7  # a rising line leaves room below it
    placed = [(x_of(mark.x), y_of(mark.y), mark.name) for mark in marks]
    shapes += [Shape("circle", mark.style, x, y, 5) for mark, (x, y, _) in zip(marks, placed, strict=True)]
    for x, y, names in _named_together(placed):
        left = x > WIDTH * 0.7
        at = x - 9 if left else x + 9
        shapes.append(Shape("text", "text", at, y + down, text=", ".join(names), anchor=_side(left)))
    return Chart(key, title, description, height, tuple(shapes))


def _named_together(placed: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, list[str]]]:
    """Marks (x, y, name) whose names would lie over each other have them side by side, at the first."""
    groups: list[tuple[float, float, list[str]]] = []
    for x, y, name in placed:
        near = (names for ax, ay, names in groups if abs(ax - x) < MARK_WIDTH and abs(ay - y) < MARK_HEIGHT)
        names = next(near, None)
        if names is None:
            groups.append((x, y, [name]))
        else:
            names.append(name)
    return groups


def _side(left: bool) -> Anchor:
    return "end" if left else "start"


def _round(figure: float) -> float:
    return round(figure, 2)


def _cut(name: str, columns: int) -> str:
    """A name in so many columns of a terminal, a wide character being two, its middle left out."""
    name = clean(name)
    if width(name) <= columns:
        return name
    head = ""
    for character in name:
        if width(head + character) >= columns:
            break
        head += character
    return f"{head}…"
