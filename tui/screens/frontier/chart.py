"""A frontier as a curve in braille, with its axes and marks: lines of styled text."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10

from ....engine.adapters.report.plot import Canvas, Scale
from ... import formatting
from .curve import Curve, Point

MARGIN = 9  # cells left of the chart, for the figures of its axis
CURSOR, NOW, KNEE, BUDGET, FLOOR = "◉", "●", "◆", "│", "┄"
_UNIT = " USD/mo"
_TICKS = 5  # figures along an axis, about
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
    floor_row = None if curve.floor is None else (down - 1 - y.at(curve.floor)) // 4
    faint_before = 0 if curve.floor is None else x.at(_first_allowed(curve).cost) // 2
    ticks = {(down - 1 - y.at(figure)) // 4: f"{figure:,g}" for figure in _figures(y)}
    lines = []
    for row, text in enumerate(canvas.rows()):
        label = f"{ticks.get(row, ''):>{MARGIN - 2}} {'┤' if row in ticks else '│'}"
        row_marks = {} if budget_column is None else {budget_column: (BUDGET, "note")}
        row_marks |= {c: mark for (r, c), mark in marks.items() if r == row}
        dots = text.replace(" ", FLOOR) if row == floor_row else text
        lines.append([(label, "note"), *_marked(dots, row_marks, faint_before, budget_column)])
    lines += [[(part, "note")] for part in _feet(x, canvas.width)]
    return lines


def _first_allowed(curve: Curve) -> Point:
    return next(point for point in curve.points if not point.below_floor)


def _figures(scale: Scale) -> list[float]:
    """Round figures within a range, in steps of 1, 2 or 5 times a power of ten; of a log one its ends too."""
    if scale.high <= scale.low:
        return [round(scale.low, 2)]
    rough = (scale.high - scale.low) / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = ceil(scale.low / step)
    return [round(step * at, 10) for at in range(first, floor(scale.high / step) + 1)]


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


def _marked(text: str, marks: dict[int, Part], faint_before: int, budget_column: int | None) -> list[Part]:
    """A row of the chart with its marks; faint before what the floors allow and beyond the budget."""
    last = len(text) if budget_column is None else budget_column
    parts: list[Part] = []
    start = 0
    for column in [*sorted(marks), len(text)]:
        low, high = (min(max(edge, start), column) for edge in (faint_before, last))
        parts += [
            (text[start:low], "note"),
            (text[low:high], "value"),
            (text[max(low, high) : column], "note"),
        ]
        parts += [marks[column]] if column in marks else []
        start = column + 1
    return [part for part in parts if part[0]]


def _feet(x: Scale, width: int) -> tuple[str, str]:
    """The axis of cost with its ticks, and their figures under them; the last tells the unit."""
    axis, figures = ["─"] * width, [" "] * (width + MARGIN + len(_UNIT))
    free = 0
    for figure in (
        _figures(x) if not x.log else [x.low, (x.low * x.high) ** 0.5 if x.low > 0 else x.low, x.high]
    ):
        column, text = x.at(figure) // 2, f"{figure:,g}" if not x.log else formatting.money(figure)
        start = max(MARGIN + column - len(text) // 2, 0)
        if start < free or start + len(text) > MARGIN + width - len(_UNIT):
            continue
        axis[min(column, width - 1)] = "┴"
        figures[start : start + len(text)] = text
        free = start + len(text) + 2
    label = "".join(figures[: MARGIN + width - len(_UNIT)]) + _UNIT
    return " " * (MARGIN - 1) + "└" + "".join(axis), label
