"""Charts: the frontier in a terminal, and a sweep as a picture (SVG, no script)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Any

from ...domain.explanation import Frontier, Point
from ...domain.formatting import money
from .text import page_columns, styled

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row, then column
_BLANK = 0x2800


class Canvas:
    """A surface of `width` x `height` characters of 2 x 4 dots, addressed from the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[0] * width for _ in range(height)]

    @property
    def dots(self) -> tuple[int, int]:
        """Dots across and down."""
        return 2 * self.width, 4 * self.height

    def dot(self, x: int, y: int) -> None:
        """Set one dot; outside the surface nothing happens."""
        across, down = self.dots
        if 0 <= x < across and 0 <= y < down:
            self._cells[y // 4][x // 2] |= _BITS[y % 4][x % 2]

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Set the dots between two, both included."""
        (x, y), (to_x, to_y) = start, end
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for step in range(steps + 1):
            self.dot(round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps))

    def rows(self) -> list[str]:
        """The characters, line by line; a space where no dot is set."""
        return ["".join(chr(_BLANK + cell) if cell else " " for cell in row) for row in self._cells]


@dataclass(frozen=True)
class Scale:
    """A range of figures along so many dots; `log` steps by factors."""

    low: float
    high: float
    dots: int
    log: bool = False

    def at(self, figure: float) -> int:
        """The dot of a figure, from 0."""
        low, high, at = (log10(max(x, 1e-9)) if self.log else x for x in (self.low, self.high, figure))
        return round((at - low) / (high - low) * (self.dots - 1)) if high > low else self.dots // 2


PLOT_ROWS = 16
_MARGIN = 7  # columns left of the surface, for the figures of quality
_NOW, _KNEE, _BUDGET = "●", "◆", "│"


def frontier_plot(curve: Frontier, figure: str) -> str:
    """Cost to the right, quality (`figure` names it) up: the curve, its knee, today's plan, the budget."""
    width = max(page_columns() - _MARGIN - 2, 20)
    canvas = Canvas(width, PLOT_ROWS)
    drawn = [*curve.points, *([curve.current] if curve.current else [])]
    across, down = canvas.dots
    x = Scale(min(p.cost for p in drawn), max(p.cost for p in drawn), across)
    y = Scale(min(p.quality for p in drawn), max(p.quality for p in drawn), down)

    def place(point: Point) -> tuple[int, int]:
        return x.at(point.cost), down - 1 - y.at(point.quality)

    places = [place(point) for point in curve.points]
    for start, end in zip(places, places[1:] or places, strict=False):
        canvas.line(start, end)
    marks: dict[tuple[int, int], str] = {}
    if curve.budget is not None and x.low <= curve.budget <= x.high:
        marks = {(row, x.at(curve.budget) // 2): _BUDGET for row in range(PLOT_ROWS)}
    named = [(curve.current, _NOW), (None if curve.knee is None else curve.points[curve.knee], _KNEE)]
    for point, sign in named:
        if point is not None:
            column, row = place(point)
            marks[row // 4, column // 2] = sign
    ticks = {0: y.high, PLOT_ROWS // 2: (y.low + y.high) / 2, PLOT_ROWS - 1: y.low}
    lines = [figure]
    for row, dots in enumerate(canvas.rows()):
        signs = "".join(
            styled(marks[row, c], "green") if (row, c) in marks else dot for c, dot in enumerate(dots)
        )
        tick = f"{ticks[row]:.1f}" if row in ticks else ""
        lines.append(f"{tick:>{_MARGIN - 1}} ┤{signs}".rstrip())
    ends = (money(x.low), money((x.low + x.high) / 2), f"{money(x.high)} USD/month")
    room = max(width - len(ends[0]) - len(ends[2]), len(ends[1]) + 2)
    lines.append(f"{'':{_MARGIN}}└{'─' * width}")
    lines.append(f"{'':{_MARGIN + 1}}{ends[0]}{ends[1]:^{room}}{ends[2]}")
    legend = [f"{_NOW} now", f"{_KNEE} knee", *([f"{_BUDGET} budget"] if _BUDGET in marks.values() else [])]
    return "\n".join([*lines, f"{'':{_MARGIN + 1}}{'   '.join(legend)}"])


_SIZE, _EDGE = (720, 420), (70, 24, 24, 56)  # width, height; left, top, right, bottom
_COLOURS = ("#3366cc", "#dc3912", "#109618", "#ff9900", "#990099", "#0099c6", "#dd4477", "#66aa00")


def sweep_svg(rows: Sequence[Mapping[str, Any]], varied: Sequence[str]) -> str:
    """USD a month against the first varied figure, a line for every combination of the others.

    `varied` are the columns that differ between rows. Rows without a plan have no point; a figure that is no
    number takes the place of its order.
    """
    axis = varied[0] if varied else "file"
    lines: dict[str, list[tuple[Any, float]]] = {}
    for row in rows:
        if row.get("cost") not in (None, ""):
            name = ", ".join(f"{column} {row.get(column)}" for column in varied[1:])
            lines.setdefault(name, []).append((row.get(axis), float(row["cost"])))
    ticks = _ticks(at for line in lines.values() for at, _ in line)
    left, top, right, bottom = _EDGE
    width, height = _SIZE[0] - left - right, _SIZE[1] - top - bottom
    x = Scale(min(ticks.values(), default=0.0), max(ticks.values(), default=1.0), width)
    costs = [cost for line in lines.values() for _, cost in line]
    y = Scale(0.0, max(costs, default=1.0) or 1.0, height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE[0]} {_SIZE[1] + 18 * len(lines)}"'
        ' font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(f'USD a month against {axis}')}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#444"/>',
        f'<text x="{left}" y="{top - 8}">USD a month</text>',
        f'<text x="{left + width / 2:.0f}" y="{_SIZE[1] - 10}" text-anchor="middle">{escape(axis)}</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        level = top + height - share * height
        parts.append(
            f'<text x="{left - 6}" y="{level + 4:.0f}" text-anchor="end">{money(y.high * share)}</text>'
        )
    for text, at in ticks.items():
        place = left + x.at(at)
        parts.append(f'<text x="{place}" y="{top + height + 16}" text-anchor="middle">{escape(text)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [
            (left + x.at(ticks[str(at)]), top + height - y.at(cost))
            for at, cost in sorted(line, key=lambda pair: ticks[str(pair[0])])
        ]
        path = " ".join(f"{across},{up}" for across, up in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across}" cy="{up}" r="3" fill="{colour}"/>' for across, up in points]
        if name:
            parts.append(
                f'<text x="{left}" y="{_SIZE[1] + 18 * number + 8}" fill="{colour}">{escape(name)}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ticks(values: Iterable[Any]) -> dict[str, float]:
    """Text of each figure -> its place on the axis: itself, or its order where one is no number."""
    texts = list(dict.fromkeys(map(str, values)))
    try:
        return dict(sorted(((text, float(text)) for text in texts), key=lambda tick: tick[1]))
    except ValueError:
        return {text: float(order) for order, text in enumerate(texts)}
