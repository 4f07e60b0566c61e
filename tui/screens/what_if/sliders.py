"""The left panel of the what-if screen: sliders, presets, and the scenarios that were kept."""

from __future__ import annotations

from bisect import bisect_left
from math import log
from typing import TYPE_CHECKING, Any

from ... import formatting
from ...document.scenario import STOPS, Knob, Scenario, knob_name, knobs
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing


_FACTOR_WIDTH, _COST_WIDTH = 7, 20  # cells
_MIN_NAME, _MAX_NAME, _MIN_TRACK = 12, 28, 16
_AS_IT_IS = STOPS.index(1.0)
Part = tuple[str, str]  # text, style


class Sliders(LinePanel):
    """Its lines' keys are ("knob", knob), ("kept", place) or None."""

    GROUP = "Sliders"

    def __init__(self, routing: Routing, plan: Plan | None, **options: Any) -> None:
        super().__init__(**options)
        self.routing = routing
        self.scenario = Scenario()
        self.kept: tuple[Scenario, ...] = ()
        self.knobs = knobs(routing, plan)

    @property
    def knob(self) -> Knob | None:
        """The slider under the cursor."""
        key = self.key
        return key[1] if key is not None and key[0] == "knob" else None

    @property
    def place(self) -> int | None:
        """The kept scenario under the cursor."""
        key = self.key
        return key[1] if key is not None and key[0] == "kept" else None

    def absolute(self, knob: Knob) -> float | None:
        """What a knob's factor is of: requests a month; None for prices."""
        kind, name = knob
        if kind == "requests":
            return self.routing.labels[name].requests * self.routing.limits.growth
        if kind == "growth":
            return sum(label.requests for label in self.routing.labels.values()) * self.routing.limits.growth
        return None

    def moved(self) -> None:
        """Have the screen explain what is under the cursor."""
        self.screen.explain()  # type: ignore[attr-defined]

    def lines_for(self, width: int) -> list[Line]:
        """Presets in a line or two, sliders, kept scenarios under their head."""
        width -= 1
        names = max(len(knob_name(knob)) for knob in self.knobs) + 1
        names = min(max(names, _MIN_NAME), _MAX_NAME)
        lines = self._presets(width)
        lines += [self._slider(knob, width, names) for knob in self.knobs]
        if self.kept:
            lines.append(Line(((formatting.fit("kept scenarios", width), "head"),)))
        return lines + [self._bookmark(at, scenario, width) for at, scenario in enumerate(self.kept)]

    def _key(self, name: str) -> str:
        screen: Any = self.screen
        return str(screen.key(name))

    def _presets(self, width: int) -> list[Line]:
        """What one key does each; what is on has its sign."""
        scenario = self.scenario
        down = f"{', '.join(scenario.out)} down" if scenario.out else "a provider down"
        presets = [
            ("preset_traffic", "traffic ×2", scenario.factor(("growth", "")) == 2),
            ("preset_prices", f"prices {formatting.MINUS}30 %", scenario.factor(("prices", "")) == 0.7),
            ("preset_outage", down, bool(scenario.out)),
            ("preset_sure", "90 % sure", scenario.confidence is not None),
        ]
        screen: Any = self.screen
        presets = presets[:-1] if screen.disabled_reason_sure() else presets  # the rules say so already
        rows: list[list[Part]] = [[]]
        used = 0
        for name, words, on in presets:
            text = f"{self._key(name)} {words}{' ●' if on else ''}  "
            if used and used + len(text) > width:
                rows.append([])
                used = 0
            rows[-1].append((formatting.fit(text, min(len(text), width)), "mark" if on else "note"))
            used += len(text)
        return [Line(tuple(row)) for row in rows]

    def _slider(self, knob: Knob, width: int, names: int) -> Line:
        factor = self.scenario.factor(knob)
        # All traffic is every label's, too.
        traffic = self.scenario.factor(("growth", "")) if knob[0] == "requests" else 1.0
        figure_width, unit = self._figure_width(width - names - _FACTOR_WIDTH - 1)
        room = width - names - _FACTOR_WIDTH - figure_width - 1
        now = self.absolute(knob)
        figure = "" if now is None else f"{now * factor * traffic:,.0f}{unit}"
        parts = [
            (formatting.fit(knob_name(knob), names), "name"),
            (formatting.fit(f"×{factor:.4g}", _FACTOR_WIDTH), "value" if factor == 1 else "mark"),
            *track(factor, room),
            (formatting.fit(figure, figure_width, right=True), "note" if factor * traffic == 1 else "value"),
        ]
        return Line(tuple(parts), ("knob", knob))

    def _figure_width(self, room: int) -> tuple[int, str]:
        """Cells for requests a month beside a track, and their unit; without room they give way."""
        traffic = self.scenario.factor(("growth", ""))
        most = max((self.absolute(knob) or 0.0) * self.scenario.factor(knob) for knob in self.knobs)
        for unit in (" req/mo", "/mo", ""):
            width = len(f"{most * max(traffic, 1.0):,.0f}{unit}") + 1
            if room - width >= _MIN_TRACK:
                return width, unit
        return 0, ""

    def _bookmark(self, at: int, scenario: Scenario, width: int) -> Line:
        if scenario.plan is None:
            cost = "…"
        elif scenario.plan.cost is None:
            cost = "no plan"
        else:
            cost = f"{formatting.money(scenario.plan.cost)} USD/mo"
        room = max(width - _COST_WIDTH, 4)
        named = "" if scenario.name == scenario.words else f"{scenario.name}: "
        parts = [(formatting.fit(f"{named}{scenario.words}", room), "value")]
        return Line((*parts, (formatting.fit(cost, _COST_WIDTH, right=True), "value")), ("kept", at))


def track(factor: float, width: int) -> list[Part]:
    """A slider of `width` cells: filled from ×1 to where it stands, a step of a key at least half a cell.

    Empty where there are too few cells to tell two steps apart.
    """
    if width < _MIN_TRACK:
        return [(" " * max(width, 0), "note")]
    steps = len(STOPS) - 1
    halves = min((width - 1) * 2 // steps, 2)  # a step takes: half a cell, or a whole one
    left, right = -(-_AS_IT_IS * halves // 2), -(-(steps - _AS_IT_IS) * halves // 2)  # cells on either side
    moved = round((_stop(factor) - _AS_IT_IS) * halves)
    moved = moved or (0 if factor == 1 else 1 if factor > 1 else -1)
    whole, half = divmod(abs(moved), 2)
    rest = " " * (width - left - right - 1)
    if moved >= 0:
        filled = "━" * whole + "╾" * half
        empty_right = "─" * (right - len(filled))
        return [("─" * left + "┼", "note"), (filled, "mark"), (empty_right + rest, "note")]
    filled = "╼" * half + "━" * whole
    return [("─" * (left - len(filled)), "note"), (filled, "mark"), ("┼" + "─" * right + rest, "note")]


def _stop(factor: float) -> float:
    """Where a factor stands among the stops, between two by its logarithm."""
    at = min(max(bisect_left(STOPS, factor), 1), len(STOPS) - 1)
    low, high = STOPS[at - 1], STOPS[at]
    return at - 1 + log(factor / low) / log(high / low)
