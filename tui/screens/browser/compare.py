"""Up to six offers side by side: a line a figure, the best of each marked by a sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import formatting
from ...widgets.line_list import Line
from .columns import Column
from .rows import Row

MOST = 6
_NAME = 16
_FIGURES = (
    "month", "quality", "latency", "late", "share", "input", "output", "cache_read", "cache_write", "context",
    "ttft", "tps", "rpm", "tpm", "fee", "status", "developer", "licence", "dated", "source",
)  # fmt: skip
_BETTER_LOW = {"month", "latency", "late", "input", "output", "cache_read", "cache_write", "ttft", "fee"}
_BETTER_HIGH = {"quality", "context", "tps", "rpm", "tpm"}


def side_by_side(rows: Sequence[Row], columns: dict[str, Column], width: int) -> list[Line]:
    """The lines of the comparison in so many cells."""
    each = max((width - _NAME) // max(len(rows), 1), 4)
    providers = [row.key.partition("/")[0] for row in rows]
    models = [row.key.partition("/")[2] for row in rows]
    lines = [_line("provider", providers, each, "head")]
    for at in range(0, max(map(len, models), default=0), each - 1):  # a long name goes on below
        parts = [name[at : at + each - 1] for name in models]
        lines.append(_line("" if at else "model", parts, each, "head"))
    skills = [name for name in columns if name.startswith("skill:")]
    for name in (*_FIGURES, *skills):
        column = columns[name]
        texts = [column.said(row) for row in rows]
        if set(texts) <= {"-", "?"}:
            continue
        best = _best(name, [column.value(row) for row in rows])
        marked = [f"{text} {'★' if at in best else ' '}" for at, text in enumerate(texts)]
        head = name.removeprefix("skill:") if name.startswith("skill:") else column.head
        lines.append(_line(head, marked, each, "value"))
    for feature in sorted({name for row in rows for name in row.model.features}):
        has = ["yes" if feature in row.model.features else "no" for row in rows]
        lines.append(_line(f"has {feature}", has, each, "value" if "no" in has else "note"))
    return [*lines, *_notes(rows, width)]


def _notes(rows: Sequence[Row], width: int) -> list[Line]:
    told = [(row.key, row.note) for row in rows if row.note]
    lines = [Line(((formatting.fit(f"{key}: {note}", width), "note"),)) for key, note in told]
    return [Line(((" " * width, "note"),)), *lines] if lines else []


def _best(name: str, values: Sequence[object]) -> set[int]:
    """The places of the best; nobody's where all are alike."""
    known = [value for value in values if isinstance(value, (int, float))]
    pick: Callable[[Sequence[float]], float] | None = (
        min if name in _BETTER_LOW else max if name in _BETTER_HIGH or name.startswith("skill:") else None
    )
    if pick is None or len(set(known)) < 2:
        return set()
    return {at for at, value in enumerate(values) if value == pick(known)}


def _line(name: str, cells: Sequence[str], each: int, style: str) -> Line:
    parts = [(formatting.fit(name, _NAME), "name")]
    parts += [(" " + formatting.fit(cell, each - 1, right=True), style) for cell in cells]
    return Line(tuple(parts), None)
