"""Scenarios side by side: a column each, money and quality first, then who serves every label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from ... import formatting
from ...document.scenario import Scenario
from ...widgets.bars import partial_quality
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.routing import Routing

_NAME, _LEAST = 13, 20


class Beside(LinePanel):
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
        """A table; today first."""
        if not self.scenarios:
            return []
        shown = self._shown(width)
        each = (width - 1 - _NAME) // len(shown)
        rows = [
            ("", "head", [one.name for one in shown]),
            ("", "note", [one.words for one in shown]),
            ("USD/mo", "value", [formatting.money(one.plan.cost if one.plan else None) for one in shown]),
            ("to today", "note", [self._to_today(one) for one in shown]),
            ("quality", "value", [self._quality(one) for one in shown]),
        ]
        for label in self.routing.labels:
            rows += self._label(label, shown)
        lines = []
        for name, style, cells in rows:
            told = [(formatting.fit(f" {cell}", each), style) for cell in cells]
            lines.append(Line(((formatting.fit(name, _NAME), "name"), *told)))
        hidden = len(self.scenarios) - len(shown)
        if hidden:
            more = f"{len(shown)} of {len(self.scenarios)} are shown, from the {self.first}. kept one on"
            lines.append(Line(((formatting.fit(more, width - 1), "note"),)))
        return lines

    def _shown(self, width: int) -> list[Scenario]:
        room = max((width - _NAME) // _LEAST, 2) - 1
        self.first = max(1, min(self.first, len(self.scenarios) - room))
        return [self.scenarios[0], *self.scenarios[self.first : self.first + room]]

    def action_pan(self, by: int) -> None:
        """Other scenarios beside today."""
        self.first += by
        self.rebuild()

    def off_pan(self, by: int) -> str:
        """There may be no more of them."""
        room = max((self.scrollable_content_region.width - _NAME) // _LEAST, 2) - 1
        there = 1 <= self.first + by <= len(self.scenarios) - room
        return "" if there else f"there is no other scenario to the {'right' if by > 0 else 'left'}"

    def _quality(self, one: Scenario) -> str:
        """Of all labels; of those that have one, and then how many they are."""
        partly = None if one.plan is None else partial_quality(self.routing, one.plan)
        if partly is not None:
            return f"{formatting.points(partly[0])} {partly[1]}"
        return formatting.points(one.plan.quality if one.plan else None)

    def _to_today(self, one: Scenario) -> str:
        costs = [None if plan is None else plan.cost for plan in (self.scenarios[0].plan, one.plan)]
        if one is self.scenarios[0] or costs[0] is None or costs[1] is None:
            return ""
        return formatting.change(costs[0], costs[1])

    def _label(self, label: str, shown: Sequence[Scenario]) -> list[tuple[str, str, list[str]]]:
        mixes = [_mix(one, label) for one in shown]
        deep = max(len(mix) for mix in mixes)
        padded = [[*mix, *[""] * (deep - len(mix))] for mix in mixes]
        return [(label if row == 0 else "", "value", [mix[row] for mix in padded]) for row in range(deep)]


def _mix(scenario: Scenario, label: str) -> list[str]:
    plan = scenario.plan
    if plan is None:
        return ["…"]
    if label not in plan.labels:
        return ["no plan"]
    return [f"{formatting.share(r.share)} {_turned(r.offer)}" for r in plan.labels[label].routes]


def _turned(offer: str) -> str:
    """The model before its provider: what is cut off in a narrow column says less."""
    provider, _, model = offer.partition("/")
    return f"{model} · {provider}"
