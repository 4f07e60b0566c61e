"""A frontier as a curve in braille, with its axes and marks: lines of styled text."""

from __future__ import annotations

from collections.abc import Callable

from ....engine.adapters.report.canvas import Canvas, Scale
from ... import formatting
from .curve import Curve, Point

MARGIN = 9  # cells left of the chart, for the figures of its axis
CURSOR, NOW, KNEE, BUDGET = "◉", "●", "◆", "│"
Part = tuple[str, str]  # text, style


def chart(curve: Curve, cursor: int, width: int, height: int, log: bool) -> list[list[Part]]:
    """`height` lines of at most `width` cells: the curve, the cursor's plan, today's and the knee."""
    canvas = Canvas(max(width - MARGIN, 8), max(height - 2, 2))
    across, down = canvas.dots
    drawn = [*curve.points, *([curve.now] if curve.now is not None else [])]
    costs, measures = [point.cost for point in drawn], [point.measure for point in drawn]
    x = Scale(min(costs), max(costs), across, log)
    y = Scale(min(measures), max(measures), down)

    def place(point: Point) -> tuple[int, int]:
        return x.at(point.cost), down - 1 - y.at(point.measure)

    ends = [place(point) for point in curve.points]
    for start, end in zip(ends, ends[1:] or ends, strict=False):
        canvas.line(start, end)
    marks = _marks(curve, cursor, place)
    budget_column = _budget_column(curve, x)
    lines = []
    for row, text in enumerate(canvas.rows()):
        label = f"{_tick(y, row, canvas.height):>{MARGIN - 2}} ┤"
        row_marks = {} if budget_column is None else {budget_column: (BUDGET, "note")}
        row_marks |= {c: mark for (r, c), mark in marks.items() if r == row}
        lines.append([(label, "note"), *_marked(text, row_marks, budget_column)])
    lines.append([(" " * (MARGIN - 1) + "└" + "─" * canvas.width, "note")])
    lines.append([(_feet(x, canvas.width), "note")])
    return lines


def _marks(
    curve: Curve, cursor: int, place: Callable[[Point], tuple[int, int]]
) -> dict[tuple[int, int], Part]:
    """(row, column) -> mark; the cursor's is drawn last, over the others."""
    marks: dict[tuple[int, int], Part] = {}
    points: list[tuple[Point | None, Part]] = [
        (curve.now, (NOW, "good")),
        (None if curve.knee is None else curve.points[curve.knee], (KNEE, "name")),
        (curve.points[cursor], (CURSOR, "mark")),
    ]
    for point, mark in points:
        if point is not None:
            across, down = place(point)
            marks[down // 4, across // 2] = mark
    return marks


def _budget_column(curve: Curve, x: Scale) -> int | None:
    """The column where the budget ends; None where all of the curve is within it."""
    if curve.budget is None or not any(point.over_budget for point in curve.points):
        return None
    return max(min(x.at(max(curve.budget, x.low)), x.dots - 1), 0) // 2


def _marked(text: str, marks: dict[int, Part], budget_column: int | None) -> list[Part]:
    """A row of the chart with its marks; what is beyond the budget's column is faint."""
    parts: list[Part] = []
    start = 0
    for column in [*sorted(marks), len(text)]:
        style = "note" if budget_column is not None and start > budget_column else "value"
        parts.append((text[start:column], style))
        parts += [marks[column]] if column in marks else []
        start = column + 1
    return parts


def _tick(y: Scale, row: int, rows: int) -> str:
    """The figure at the top, in the middle and at the bottom of the axis."""
    shares = {0: 1.0, rows // 2: 0.5, rows - 1: 0.0}
    if row not in shares or y.high <= y.low:
        return f"{y.high:,.1f}" if row == rows // 2 and y.high <= y.low else ""
    return f"{y.low + (y.high - y.low) * shares[row]:,.1f}"


def _feet(x: Scale, width: int) -> str:
    """The figures under the ends and the middle of the cost axis."""
    middle = (x.low * x.high) ** 0.5 if x.log and x.low > 0 else (x.low + x.high) / 2
    left, centre, right = (formatting.money(v) for v in (x.low, middle, x.high))
    right += " USD/mo"
    if x.high <= x.low or width < len(left + centre + right) + 4:
        return " " * MARGIN + f"{left} USD/mo"
    room = width - len(left) - len(right)
    return " " * MARGIN + left + centre.center(room) + right
