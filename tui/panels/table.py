"""The plan as a table: names to the left, figures right-aligned in columns as wide as what they hold."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from .. import present
from .lines import Line

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.plan import LabelPlan, Plan, PlannedRoute
    from ...engine.domain.routing import Routing

_HEADS = (  # the first that leaves the names the room they need
    ("  share", "  USD/mo", "  quality, points", "  latency", "  context, tokens"),
    ("share", "USD/mo", "quality", "latency", "context"),
    ("share", "USD/mo", "qual.", "latency", "ctx"),
)
_TALL = 14  # lines of the panel from which every label has a line of its own, and its fallbacks
_NOTE_LINES = 6  # of one note; a longer one is cut, and `modelpick solve` prints all of it


class Row(NamedTuple):
    """Style, name and figures of a line, what it stands for, and the signs its figures carry."""

    style: str
    name: str
    figures: tuple[str, ...] = ()
    key: tuple[str, ...] | None = None
    signs: str = ""


@dataclass(frozen=True)
class Table:
    """How to draw: for rules and offers' windows, in so many cells and lines; denser where lines are few."""

    routing: Routing
    windows: Mapping[str, float]
    width: int
    height: int
    faint: bool = False
    marks: Marks | None = None

    def lines(self, plan: Plan) -> list[Line]:
        """The heads, then every label with its offers and fallbacks."""
        rows: list[Row] = []
        for name, label in plan.labels.items():
            rows += self._label(name, label)
        rows += [Row("note", f"  {count} replicas of {key}") for key, count in plan.replicas.items()]
        rows += [Row("note", line) for note in plan.notes for line in self._wrapped(note)]
        longest = max((cell_len(row.name) for row in rows if row.figures), default=0)
        fitting = (heads for heads in _HEADS if longest + sum(_sizes(heads, rows)) <= self.width)
        heads = next(fitting, _HEADS[-1])
        sizes = _sizes(heads, rows)
        return [self._line(row, sizes) for row in [Row("note", "label and its offers", heads), *rows]]

    def _wrapped(self, note: str) -> list[str]:
        """All of a sentence, on as many lines as it takes."""
        width = max(self.width, 12)
        return textwrap.wrap(
            present.clean(note), width, initial_indent="  ", subsequent_indent="    ", max_lines=_NOTE_LINES
        )

    def _label(self, name: str, label: LabelPlan) -> list[Row]:
        from ...engine.domain.marks import Marks  # with the first plan, after the first paint

        key, tall = ("labels", name), self.height >= _TALL
        told = self.routing.labels.get(name)
        signs, together = (self.marks or Marks()).of_label(told, label)
        pairs = list(zip(label.routes, signs, strict=True))
        if len(pairs) == 1 and not tall:
            return [self._route(f"{name}: ", *pairs[0], key), *self._last_day(pairs[0][0].offer, key)]
        at = f", latency at {present.percentile(told.percentile)}" if told is not None else ""
        whole = Row("head", f"{name}{at}", ("", *_figures(label, together), ""), key, together.all)
        rows = [whole if len(pairs) > 1 else whole._replace(figures=(), signs="")]
        for route, found in pairs:
            rows += [self._route("  ", route, found, key), *self._last_day(route.offer, key)]
        if tall and label.fallbacks:
            dated = [f"{offer}{self._until(offer)}" for offer in label.fallbacks]
            others = present.listed("  else ", dated, ", then ", self.width)
            rows.append(Row("note", others, (), key))
        return rows

    def _route(self, lead: str, route: PlannedRoute, signs: Signs, key: tuple[str, ...]) -> Row:
        supposed = "≠ " if self.marks is not None and route.offer in self.marks.changed else ""
        figures = (
            present.share(route.share),
            *_figures(route, signs),
            present.tokens(self.windows.get(route.offer)),
        )
        return Row("value", f"{lead}{supposed}{route.offer}", figures, key, signs.all)

    def _last_day(self, offer: str, key: tuple[str, ...]) -> list[Row]:
        day = self.marks.last_days.get(offer) if self.marks is not None else None
        return [] if day is None else [Row("bad", f"    ! retires on {day}", (), key)]

    def _until(self, offer: str) -> str:
        day = self.marks.last_days.get(offer) if self.marks is not None else None
        return "" if day is None else f" (until {day})"

    def _line(self, row: Row, sizes: Sequence[int]) -> Line:
        if not row.figures:
            return Line(((present.fit(row.name, self.width), row.style),), row.key, self.faint)
        cells = "".join(
            present.fit(text, size, right=True) for text, size in zip(row.figures, sizes, strict=True)
        )
        names = max(self.width - len(cells), min(self.width, 8))
        parts = (
            (present.fit(row.name, names), row.style),
            (present.fit(cells, self.width - names), row.style),
        )
        return Line(parts, row.key, self.faint, row.signs)


def _sizes(heads: tuple[str, ...], rows: Sequence[Row]) -> list[int]:
    """A column is as wide as what it holds, and a space."""
    cells = [heads, *(row.figures for row in rows if row.figures)]
    return [1 + max(map(cell_len, column)) for column in zip(*cells, strict=True)]


def _figures(told: LabelPlan | PlannedRoute, signs: Signs) -> tuple[str, str, str]:
    """Cost, quality and latency, each after its signs."""
    return (
        signs.cost + present.money(told.cost),
        signs.quality + present.points(told.quality),
        signs.latency + present.seconds(told.latency),
    )
