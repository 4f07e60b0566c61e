"""A frontier as a curve in braille, with its axes and marks: lines of styled text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor, log10

from rich.cells import cell_len
from textual.content import Content

from ....engine.adapters.report.plot import Canvas, Scale
from ... import formatting
from .curve import Curve, Point

MARGIN, _MAX_MARGIN = 9, 13  # cells left of the chart, for the figures of its axis and the labels' names
CURSOR, NOW, KNEE, BUDGET, FLOOR, TODAY = "◉", "●", "◆", "│", "┄", "┊"
_STRIPS_FROM, _MAX_STRIPS = 10, 5  # lines of the chart, of which a quarter may say who answers
_STYLES = {
    "note": "$secondary",
    "value": "$foreground",
    "good": "bold $text-success",
    "name": "bold $text-warning",
    "mark": "bold $accent",
}
_UNIT = " USD/mo"
_TICKS = 5  # figures along an axis, about
Part = tuple[str, str]  # text, style


def chart(curve: Curve, cursor: int, width: int, height: int, log: bool) -> list[list[Part]]:
    """`height` lines of at most `width` cells: the curve, the cursor's plan, today's and the knee.

    The budget, the floor and today's cost are lines with their names; under the axis stands which model
    answers most of a label, from the cost on at which it does.
    """
    strips = curve.strips() if height >= _STRIPS_FROM else {}
    shown_strips = list(strips.items())[: min(height // 4, _MAX_STRIPS)]
    margin, x = _axis(curve, width, height, log)
    canvas = Canvas(x.dots // 2, max(height - 2 - len(shown_strips), 2))
    _, down = canvas.dots
    measures = [point.measure for point in _drawn(curve)]
    y = Scale(min(measures), max(measures), down)

    def place(point: Point) -> tuple[int, int]:
        return x.at(point.cost), down - 1 - y.at(point.measure)

    ends = [place(point) for point in curve.points]
    for start, end in zip(ends, ends[1:] or ends, strict=False):
        canvas.line(start, end)
    marks = _marks(curve, cursor, place)
    budget_column = _budget_column(curve, x)
    today_column = None if curve.now is None else x.at(curve.now.cost) // 2
    floor_row = None if curve.floor is None else (down - 1 - y.at(curve.floor)) // 4
    faint_before = 0 if curve.floor is None else x.at(_first_allowed(curve).cost) // 2
    ticks = {(down - 1 - y.at(figure)) // 4: f"{figure:,g}" for figure in _figures(y)}
    lines = []
    rows = list(canvas.rows())
    free_rows = [row for row in range(len(rows)) if row != floor_row]
    names = _line_names(curve, budget_column, today_column, rows, free_rows, marks)
    for row, text in enumerate(rows):
        label = f"{ticks.get(row, ''):>{margin - 2}} {'┤' if row in ticks else '│'}"
        row_marks: dict[int, Part] = {}
        if today_column is not None and text[today_column] == " ":
            row_marks[today_column] = TODAY, "good"
        if budget_column is not None:
            row_marks[budget_column] = BUDGET, "name"
        dots = text
        if row == floor_row and curve.floor is not None:
            dots = _written(text.replace(" ", FLOOR), 1, f" {curve.floor_word} {curve.floor:,.4g} ", FLOOR)
        else:
            for column, name in names.get(row, ()):
                dots = _written(dots, column, name, " ")
        row_marks |= {c: mark for (r, c), mark in marks.items() if r == row}
        lines.append([(label, "note"), *_marked(dots, row_marks, faint_before, budget_column)])
    lines += [[(part, "note")] for part in _feet(x, canvas.width, margin)]
    columns = [x.at(point.cost) // 2 for point in curve.points]
    for name, pieces in shown_strips:
        lead = f"{formatting.fit(name, margin - 1)} "
        lines.append([(lead, "note"), *_strip(pieces, columns, cursor, canvas.width)])
    return lines


def point_at(curve: Curve, column: int, width: int, height: int, log: bool) -> int:
    """The place of the point that is nearest to a column of the chart."""
    margin, x = _axis(curve, width, height, log)
    places = range(len(curve.points))
    return min(places, key=lambda at: abs(x.at(curve.points[at].cost) // 2 - (column - margin)))


def _axis(curve: Curve, width: int, height: int, log: bool) -> tuple[int, Scale]:
    """Cells left of the chart, and its axis of cost."""
    margin = _margin(curve) if height >= _STRIPS_FROM else MARGIN
    costs = [point.cost for point in _drawn(curve)]
    return margin, Scale(min(costs), max(costs), 2 * max(width - margin, 8), log)


def _drawn(curve: Curve) -> list[Point]:
    return [*curve.points, *([curve.now] if curve.now is not None else [])]


def _margin(curve: Curve) -> int:
    """As many cells as the axis and the names of the labels take, whichever of them change."""
    longest = max((cell_len(formatting.clean(name)) for name in curve.points[0].mixes), default=0)
    return min(max(MARGIN, longest + 1), _MAX_MARGIN)


def content(rows: list[list[Part]]) -> Content:
    """The lines of a chart in the theme's colours."""
    text = [(part, _STYLES[style]) for row in rows for part, style in [*row, ("\n", "note")]]
    return Content.assemble(*text[:-1])


def _written(text: str, start: int, words: str, blank: str) -> str:
    """The row with words on a line of it, where nothing else is drawn."""
    end = start + len(words)
    return text[:start] + words + text[end:] if set(text[start:end]) <= {blank} else text


def _line_names(  # noqa: PLR0917 - what stands in the chart
    curve: Curve,
    budget: int | None,
    today: int | None,
    rows: list[str],
    free_rows: list[int],
    marks: Mapping[tuple[int, int], Part],
) -> dict[int, list[tuple[int, str]]]:
    """Row -> (column, name) of the lines that stand, where there is room; the budget's further up."""
    taken = {(row, column) for row in free_rows for column in (budget, today)} | marks.keys()
    names: dict[int, list[tuple[int, str]]] = {}
    today_cost = None if curve.now is None else curve.now.cost
    lines = ((budget, "budget", curve.budget, 1), (today, "today", today_cost, -1))
    for column, name, usd, order in lines:
        if column is None or usd is None:
            continue
        text = f"{name} {formatting.money(usd)}"
        places = [
            (row, start)
            for row in free_rows[::order]
            for start in (column + 2, column - len(text) - 1)
            if start >= 0
            and row not in names
            and rows[row][start : start + len(text)] == " " * len(text)
            and taken.isdisjoint((row, at) for at in range(start, start + len(text)))
        ]
        if places:
            names[places[0][0]] = [(places[0][1], text)]
    return names


def _strip(pieces: list[tuple[int, str]], columns: list[int], cursor: int, width: int) -> list[Part]:
    """Which model answers most of a label, from which cost on; that at the cursor is whole and bright.

    Others are named where their names have room; those without are ticks.
    """
    starts = [columns[at] if at else 0 for at, _ in pieces]
    ends = [*starts[1:], width]
    current = max(at for at, (first, _) in enumerate(pieces) if first <= cursor)
    cells = ["─"] * width
    cells[starts[current] : ends[current]] = "━" * (ends[current] - starts[current])
    for start in starts:
        cells[min(start, width - 1)] = "╷"
    bright: range = range(0)
    for at in sorted(range(len(pieces)), key=lambda at: at != current):
        model = formatting.clean(pieces[at][1])
        if at == current:
            text = f" {formatting.fit_offer(model, min(cell_len(model), max(width - 2, 1)))} "
            start = max(min(starts[at] + 1, width - cell_len(text)), 0)
            bright = range(start, start + cell_len(text))
        else:
            text = f" {model} "
            start = starts[at] + 1
            end = start + cell_len(text)
            if end > ends[at] or (start < bright.stop and bright.start < end):
                continue
        cells[start : start + cell_len(text)] = [*text, *[""] * (cell_len(text) - len(text))]
    lead, shown, rest = (
        "".join(part)
        for part in (cells[: bright.start], cells[bright.start : bright.stop], cells[bright.stop :])
    )
    parts = [(lead, "note"), (shown, "value"), (rest, "note")]
    return [part for part in parts if part[0]]


def _first_allowed(curve: Curve) -> Point:
    return next(point for point in curve.points if not point.below_floor)


def _figures(scale: Scale) -> list[float]:
    """Round figures within a range, in steps of 1, 2 or 5 times a power of ten."""
    if scale.high <= scale.low:
        return [round(scale.low, 2)]
    rough = (scale.high - scale.low) / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = ceil(scale.low / step)
    return [round(step * at, 10) for at in range(first, floor(scale.high / step) + 1)]


def _log_figures(scale: Scale) -> list[float]:
    """1, 2 and 5 times the powers of ten within a range; its ends where none is."""
    if scale.low <= 0:
        return _figures(scale)
    powers = range(floor(log10(scale.low)), ceil(log10(scale.high)) + 1)
    figures = [round(factor * 10.0**power, 10) for power in powers for factor in (1, 2, 5)]
    within = [figure for figure in figures if scale.low <= figure <= scale.high]
    return within if len(within) > 1 else [round(scale.low, 2), round(scale.high, 2)]


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


def _feet(x: Scale, width: int, margin: int) -> tuple[str, str]:
    """The axis of cost with its ticks, and their figures under them; the last tells the unit."""
    axis, figures = ["─"] * width, [" "] * (width + margin + len(_UNIT))
    free = 0
    for figure in _log_figures(x) if x.log else _figures(x):
        column, text = x.at(figure) // 2, f"{figure:,g}"
        start = max(margin + column - len(text) // 2, 0)
        if start < free or start + len(text) > margin + width - len(_UNIT):
            continue
        axis[min(column, width - 1)] = "┴"
        figures[start : start + len(text)] = text
        free = start + len(text) + 2
    label = "".join(figures[: margin + width - len(_UNIT)]) + _UNIT
    return " " * (margin - 1) + "└" + "".join(axis), label
