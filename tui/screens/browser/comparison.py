"""Up to six offers side by side: a line a figure, the best of each marked by a sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import formatting
from ...widgets.line_list import Line, LinePanel
from .columns import Column
from .rows import Row

MAX_COMPARED = 6
_NAME_WIDTH = 16
_FIGURES = (
    "month", "quality", "latency", "late", "share", "input", "output", "cache_read", "cache_write", "context",
    "ttft", "tps", "rpm", "tpm", "fee", "status", "developer", "licence", "dated", "source",
)  # fmt: skip
_BETTER_LOW = {"month", "latency", "late", "input", "output", "cache_read", "cache_write", "ttft", "fee"}
_BETTER_HIGH = {"quality", "context", "tps", "rpm", "tpm"}


class Comparison(LinePanel):
    """A column for each offer; figures that no offer has are left out."""

    def __init__(self, rows: Sequence[Row], columns: Mapping[str, Column], **options: Any) -> None:
        super().__init__(**options)
        self._rows, self._columns = rows, columns

    def named_lines(self) -> list[tuple[int, str]]:
        """Every line: all of them are figures."""
        return self.all_lines()

    def lines_for(self, width: int) -> list[Line]:
        """Names, figures, skills, features, and the reasons under them."""
        width -= 1
        rows = self._rows
        cell_width = max((width - _NAME_WIDTH) // max(len(rows), 1), 4)
        providers = [row.key.partition("/")[0] for row in rows]
        models = [row.key.partition("/")[2] for row in rows]
        lines = [_line("provider", providers, cell_width, "head")]
        for at in range(0, max(map(len, models), default=0), cell_width - 1):  # a long name goes on below
            parts = [name[at : at + cell_width - 1] for name in models]
            lines.append(_line("" if at else "model", parts, cell_width, "head"))
        skills = [name for name in self._columns if name.startswith("skill:")]
        for name in (*_FIGURES, *skills):
            column = self._columns[name]
            texts = [column.signed_text(row) for row in rows]
            if set(texts) <= {"-", "?"}:
                continue
            best = _best(name, [column.sort_key(row) for row in rows])
            marked = [f"{text} {'★' if at in best else ' '}" for at, text in enumerate(texts)]
            head = name.removeprefix("skill:") if name.startswith("skill:") else column.head
            lines.append(_line(head, marked, cell_width, "value"))
        for feature in sorted({name for row in rows for name in row.features}):
            has = [_has(row, feature) for row in rows]
            style = "value" if "no" in has else "note"
            lines.append(_line(f"has {feature}", has, cell_width, style))
        notes = [formatting.fit(f"{row.key}: {row.note}", width) for row in rows if row.note]
        return lines + [Line(((text, "note"),)) for text in ([" " * width, *notes] if notes else ())]


def _has(row: Row, feature: str) -> str:
    return "yes" if feature in row.features else "?" if feature in row.offer.features_unknown else "no"


def _best(name: str, figures: Sequence[object]) -> set[int]:
    """The indices of the best figures; none where all are alike or no end of the scale is better."""
    known = [figure for figure in figures if isinstance(figure, (int, float))]
    pick: Callable[[Sequence[float]], float] | None = (
        min if name in _BETTER_LOW else max if name in _BETTER_HIGH or name.startswith("skill:") else None
    )
    if pick is None or len(set(known)) < 2:
        return set()
    return {at for at, figure in enumerate(figures) if figure == pick(known)}


def _line(name: str, cells: Sequence[str], width: int, style: str) -> Line:
    parts = [(formatting.fit(name, _NAME_WIDTH), "name")]
    parts += [(" " + formatting.fit(cell, width - 1, right=True), style) for cell in cells]
    return Line(tuple(parts), None)
