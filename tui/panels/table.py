"""The plan as a table: names to the left, figures right-aligned in columns as wide as what they hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from .. import present
from .lines import Line

if TYPE_CHECKING:
    from ...engine.domain.plan import LabelPlan, Plan, PlannedRoute
    from ...engine.domain.routing import Routing

_HEADS = ("share", "USD/mo", "quality", "latency", "context")
_SHORT = ("share", "USD/mo", "qual.", "latency", "ctx")  # where the names need the room
_TALL = 14  # lines of the panel from which every label has a line of its own, and its fallbacks

Row = tuple[str, str, tuple[str, ...], tuple[str, ...] | None]  # style, name, figures, key


@dataclass(frozen=True)
class Table:
    """How to draw: for rules and offers' windows, in so many cells and lines; denser where lines are few."""

    routing: Routing
    windows: Mapping[str, float]
    width: int
    height: int
    faint: bool = False
    supposed: Collection[str] = ()  # offers with what-if figures carry a sign

    def lines(self, plan: Plan) -> list[Line]:
        """The heads, then every label with its offers and fallbacks."""
        rows: list[Row] = []
        for name, label in plan.labels.items():
            rows += self._label(name, label)
        rows += [("note", f"  {count} replicas of {key}", (), None) for key, count in plan.replicas.items()]
        rows += [("note", f"  {note}", (), None) for note in plan.notes]
        longest = max((cell_len(name) for _, name, figures, _ in rows if figures), default=0)
        sizes = _sizes(_HEADS, rows)
        heads = _HEADS if longest + sum(sizes) <= self.width else _SHORT
        sizes = _sizes(heads, rows)
        return [self._line(row, sizes) for row in [("note", "label and its offers", heads, None), *rows]]

    def _label(self, name: str, label: LabelPlan) -> list[Row]:
        key, tall = ("labels", name), self.height >= _TALL
        routes = [self._route(route) for route in label.routes]
        if len(routes) == 1 and not tall:
            return [("value", f"{name}: {self._named(label.routes[0].offer)}", routes[0], key)]
        whole = ("", present.money(label.cost), *_performance(label.quality, label.latency), "")
        told = self.routing.labels.get(name)
        at = f", latency at {present.percentile(told.percentile)}" if told is not None else ""
        rows: list[Row] = [("head", f"{name}{at}", whole if len(routes) > 1 else (), key)]
        rows += [
            ("value", f"  {self._named(r.offer)}", cells, key)
            for r, cells in zip(label.routes, routes, strict=True)
        ]
        if tall and label.fallbacks:
            rows.append(("note", present.listed("  else ", label.fallbacks, ", then ", self.width), (), key))
        return rows

    def _named(self, offer: str) -> str:
        return f"≠ {offer}" if offer in self.supposed else offer

    def _route(self, route: PlannedRoute) -> tuple[str, ...]:
        return (
            present.share(route.share),
            present.money(route.cost),
            *_performance(route.quality, route.latency),
            present.tokens(self.windows.get(route.offer)),
        )

    def _line(self, row: Row, sizes: Sequence[int]) -> Line:
        style, name, figures, key = row
        if not figures:
            return Line(((present.fit(name, self.width), style),), key, self.faint)
        cells = "".join(
            present.fit(text, size, right=True) for text, size in zip(figures, sizes, strict=True)
        )
        names = max(self.width - len(cells), min(self.width, 8))
        parts = ((present.fit(name, names), style), (present.fit(cells, self.width - names), style))
        return Line(parts, key, self.faint)


def _sizes(heads: tuple[str, ...], rows: Sequence[Row]) -> list[int]:
    """A column is as wide as what it holds, and a space."""
    cells = [heads, *(figures for _, _, figures, _ in rows if figures)]
    return [1 + max(map(cell_len, column)) for column in zip(*cells, strict=True)]


def _performance(quality: float | None, latency: float | None) -> tuple[str, str]:
    return present.points(quality), present.seconds(latency)
