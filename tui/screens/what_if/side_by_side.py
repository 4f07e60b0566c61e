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

_NAME_WIDTH, _MIN_WIDTH = 13, 20  # cells of the names, and least of a scenario


class SideBySide(LinePanel):
    """Today, and every scenario that was kept; as many as there is room for, from the first one shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "pan(1)", "Further", key_display="→", id="beside_right"),
        Binding("left,h", "pan(-1)", "Nearer", key_display="←", id="beside_left"),
    ]

    def __init__(self, routing: Routing, **options: Any) -> None:
        super().__init__(**options)
        self.routing = routing
        self.scenarios: Sequence[Scenario] = ()
        self.first = 1  # of those kept; today stays

    def lines_for(self, width: int) -> list[Line]:
        """A table, today first; a line says how many scenarios there is no room for."""
        if not self.scenarios:
            return []
        shown = self._shown(width)
        plans = [scenario.plan for scenario in shown]
        cell_width = (width - 1 - _NAME_WIDTH) // len(shown)
        rows = [
            ("", "head", [scenario.name for scenario in shown]),
            ("", "note", [scenario.words for scenario in shown]),
            ("USD/mo", "value", [formatting.money(plan.cost if plan else None) for plan in plans]),
            ("to today", "note", [self._to_today(scenario) for scenario in shown]),
            ("quality", "value", [self._quality(plan) for plan in plans]),
        ]
        for label in self.routing.labels:
            rows += self._label(label, shown)
        lines = []
        for name, style, cells in rows:
            columns = [(formatting.fit(f" {cell}", cell_width), style) for cell in cells]
            lines.append(Line(((formatting.fit(name, _NAME_WIDTH), "name"), *columns)))
        if len(shown) < len(self.scenarios):
            note = f"scenarios {self.first}-{self.first + len(shown) - 1} of {len(self.scenarios)}"
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
        """How many kept scenarios there is room for beside today."""
        return max((width - _NAME_WIDTH) // _MIN_WIDTH, 2) - 1

    def _quality(self, plan: Plan | None) -> str:
        """The quality of all labels; else of those that have one, with how many they are."""
        if plan is None:
            return formatting.points(None)
        partial = partial_quality(self.routing, plan)
        if partial is not None:
            return f"{formatting.points(partial[0])} {partial[1]}"
        return formatting.points(plan.quality)

    def _to_today(self, scenario: Scenario) -> str:
        today = self.scenarios[0]
        before, after = (None if plan is None else plan.cost for plan in (today.plan, scenario.plan))
        if scenario is today or before is None or after is None:
            return ""
        return formatting.change(before, after)

    def _label(self, label: str, shown: Sequence[Scenario]) -> list[tuple[str, str, list[str]]]:
        mixes = [_mix(scenario.plan, label) for scenario in shown]
        rows = zip_longest(*mixes, fillvalue="")
        return [(label if at == 0 else "", "value", list(cells)) for at, cells in enumerate(rows)]


def _mix(plan: Plan | None, label: str) -> list[str]:
    if plan is None:
        return ["…"]
    if label not in plan.labels:
        return ["no plan"]
    return [f"{formatting.share(r.share)} {_model_first(r.offer)}" for r in plan.labels[label].routes]


def _model_first(offer: str) -> str:
    """The model before its provider: what is cut off in a narrow column says less."""
    provider, _, model = offer.partition("/")
    return f"{model} · {provider}"
