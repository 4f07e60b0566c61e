"""Scenarios side by side: a column each, money and quality first, then who serves every label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from ... import formatting
from ...document.scenario import Scenario
from ...widgets.bars import partial_quality
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing

_NAME_WIDTH, _MIN_WIDTH, _MAX_WIDTH = 13, 20, 44  # cells of the names, and of a scenario
Cell = tuple[str, str]  # text, style


class SideBySide(LinePanel):
    """Today, the what-if and every scenario that was kept; as many as there is room for."""

    GROUP = "Side by side"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "pan(1)", "Next scenario", key_display="→", id="beside_right"),
        Binding("left,h", "pan(-1)", "Previous", key_display="←", id="beside_left"),
    ]

    def __init__(self, routing: Routing, **options: Any) -> None:
        super().__init__(**options)
        self.routing = routing
        self.scenarios: Sequence[Scenario] = ()
        self.first = 1  # of those beside today, which stays

    def lines_for(self, width: int) -> list[Line]:
        """A table, today first; a line says how many scenarios there is no room for."""
        if not self.scenarios:
            return []
        shown = self._shown(width)
        plans = [scenario.plan for scenario in shown]
        cell_width = min((width - 1 - _NAME_WIDTH) // len(shown), _MAX_WIDTH)
        rows: list[tuple[str, Sequence[Cell]]] = [
            ("", [(scenario.name, "head") for scenario in shown]),
            ("", [("" if scenario.words == scenario.name else scenario.words, "note") for scenario in shown]),
            ("USD/mo", [(formatting.money(plan.cost if plan else None), "value") for plan in plans]),
            ("vs today", [self._to_today(scenario) for scenario in shown]),
            ("quality", [self._quality(plan) for plan in plans]),
        ]
        for label in self.routing.labels:
            rows += self._label(label, plans)
        lines = []
        for name, cells in rows:
            columns = [(formatting.fit_offer(f" {text}", cell_width), style) for text, style in cells]
            lines.append(Line(((formatting.fit(name, _NAME_WIDTH), "name"), *columns)))
        if len(shown) < len(self.scenarios):
            last = self.first + len(shown) - 2  # today is shown besides
            span = f"scenario {last}" if last == self.first else f"scenarios {self.first}-{last}"
            note = f"{span} of {len(self.scenarios) - 1}"
            lines.append(Line(((formatting.fit(note, width - 1), "note"),)))
        return lines

    def _shown(self, width: int) -> list[Scenario]:
        room = self._room(width)
        self.first = max(1, min(self.first, len(self.scenarios) - room))
        return [self.scenarios[0], *self.scenarios[self.first : self.first + room]]

    def action_pan(self, by: int) -> None:
        """Show other scenarios beside today."""
        self.first += by
        self.rebuild()

    def disabled_reason_pan(self, by: int) -> str:
        """Why there is no other scenario on that side."""
        room = self._room(self.scrollable_content_region.width)
        if 1 <= self.first + by <= len(self.scenarios) - room:
            return ""
        return f"there is no other scenario to the {'right' if by > 0 else 'left'}"

    @staticmethod
    def _room(width: int) -> int:
        """How many scenarios there is room for beside today."""
        return max((width - _NAME_WIDTH) // _MIN_WIDTH, 2) - 1

    def _quality(self, plan: Plan | None) -> Cell:
        """The quality of all labels; else of those that have one, with how many they are; and its change."""
        if plan is None or not plan.found:
            return ("?", "note")
        partial = partial_quality(self.routing, plan)
        quality, of = (plan.quality, "") if partial is None else (partial[0], f" {partial[1]}")
        return f"{formatting.points(quality)}{of}", "value"

    def _to_today(self, scenario: Scenario) -> Cell:
        today = self.scenarios[0]
        before, after = (None if plan is None else plan.cost for plan in (today.plan, scenario.plan))
        if scenario is today or before is None or after is None:
            return "", "note"
        text = formatting.change(before, after)
        return text, {"▲": "bad", "▼": "good"}.get(text[0], "note")

    def _label(self, label: str, plans: Sequence[Plan | None]) -> list[tuple[str, Sequence[Cell]]]:
        """Its cost, then its offers: those that today's plan does not have are marked."""
        today = plans[0]
        at_first = set() if today is None or label not in today.labels else _offers(today, label)
        mixes = [_mix(plan, label, at_first) for plan in plans]
        no_cell: Cell = ("", "note")
        rows = zip_longest(*mixes, fillvalue=no_cell)
        return [(label if at == 0 else "", cells) for at, cells in enumerate(rows)]


def _offers(plan: Plan, label: str) -> set[str]:
    return {route.offer for route in plan.labels[label].routes}


def _mix(plan: Plan | None, label: str, at_first: set[str]) -> list[Cell]:
    if plan is None:
        return [("…", "note")]
    if label not in plan.labels:
        return [("no plan", "bad")]
    cells: list[Cell] = [(f"{formatting.money(plan.labels[label].cost)} USD/mo", "value")]
    for route in plan.labels[label].routes:
        is_new = route.offer not in at_first
        share = "" if route.share > 0.9995 else f"{formatting.share(route.share)} "
        text = f"{'+' if is_new else ' '} {share}{_model_first(route.offer)}"
        cells.append((text, "mark" if is_new else "note"))
    return cells


def _model_first(offer: str) -> str:
    """The model before its provider: what is cut off in a narrow column says less."""
    provider, _, model = offer.partition("/")
    return f"{model} · {provider}"
