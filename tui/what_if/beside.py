"""Scenarios side by side: a column each, money and quality first, then who serves every label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import present
from ..panels.lines import Line, LinePanel
from ..scenario import Scenario

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

_NAME = 13


class Beside(LinePanel):
    """Today, and every scenario that was kept."""

    def __init__(self, routing: Routing, **options: Any) -> None:
        super().__init__(**options)
        self.routing = routing
        self.scenarios: Sequence[Scenario] = ()

    def lines_for(self, width: int) -> list[Line]:
        """A table; as many scenarios as there is room for."""
        shown = self.scenarios[: max((width - _NAME) // 20, 1)]
        if not shown:
            return []
        each = (width - 1 - _NAME) // len(shown)
        rows = [
            ("", "head", [one.name for one in shown]),
            ("", "note", [one.words for one in shown]),
            ("USD/mo", "value", [present.money(one.plan.cost if one.plan else None) for one in shown]),
            ("quality", "value", [present.points(one.plan.quality if one.plan else None) for one in shown]),
        ]
        for label in self.routing.labels:
            rows += self._label(label, shown)
        lines = []
        for name, style, cells in rows:
            told = [(present.fit(f" {cell}", each), style) for cell in cells]
            lines.append(Line(((present.fit(name, _NAME), "name"), *told)))
        hidden = len(self.scenarios) - len(shown)
        if hidden:
            lines.append(Line(((present.fit(f"{hidden} more need a wider screen", width - 1), "note"),)))
        return lines

    def _label(self, label: str, shown: Sequence[Scenario]) -> list[tuple[str, str, list[str]]]:
        mixes = [_mix(one, label) for one in shown]
        deep = max(len(mix) for mix in mixes)
        padded = [[*mix, *[""] * (deep - len(mix))] for mix in mixes]
        return [(label if row == 0 else "", "value", [mix[row] for mix in padded]) for row in range(deep)]


def _mix(scenario: Scenario, label: str) -> list[str]:
    plan = scenario.plan
    if plan is None or label not in plan.labels:
        return ["no plan"]
    return [f"{present.share(r.share)} {r.offer}" for r in plan.labels[label].routes]
