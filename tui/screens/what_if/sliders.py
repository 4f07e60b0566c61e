"""The left panel of the what-if screen: sliders, the scenarios that were kept, what matters most."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Any

from ... import formatting
from ...document.scenario import STOPS, Knob, Scenario, knob_name, knobs
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing
    from ....engine.domain.scenario import Bar, Tornado


_NAME_WIDTH, _FACTOR_WIDTH, _COST_WIDTH, _ENDS_WIDTH, _HALF_BAR = 24, 8, 20, 18, 6  # cells
_ROOMY, _FIGURE_WIDTHS = 70, (12, 16)  # the wider ones where the panel has more cells than that
_MAX_BARS = 20
_EFFECT_TOL = 1e-9  # USD a month


class Sliders(LinePanel):
    """The left panel; its lines' keys are ("knob", knob), ("kept", place) or None."""

    def __init__(self, routing: Routing, plan: Plan | None, **options: Any) -> None:
        super().__init__(**options)
        self.routing, self.today = routing, plan
        self.scenario = Scenario()
        self.kept: tuple[Scenario, ...] = ()
        self.tornado: Tornado | None = None
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
        """Three parts under their heads."""
        width -= 1
        lines = [self._head("what if", width)]
        lines += [self._slider(knob, width) for knob in self.knobs]
        lines.append(self._head(f"Saved scenarios ({self._key('keep')} saves this one)", width))
        lines += [self._bookmark(at, scenario, width) for at, scenario in enumerate(self.kept)]
        lines.append(self._head("what matters most: USD/mo when lower to higher, │ today", width))
        if self.tornado is None:
            return [*lines, Line(((formatting.fit("  is being computed …", width), "note"),))]
        return lines + self._bars(self.tornado, width)

    def _key(self, name: str) -> str:
        screen: Any = self.screen
        return str(screen.key(name))

    def _head(self, text: str, width: int) -> Line:
        return Line(((formatting.fit(text, width), "head"),))

    def _slider(self, knob: Knob, width: int) -> Line:
        factor = self.scenario.factor(knob)
        figure_width = _FIGURE_WIDTHS[width > _ROOMY]
        room = max(width - 3 - _NAME_WIDTH - _FACTOR_WIDTH - figure_width - 1, 0)
        now, unit = self.absolute(knob), " req/mo" if width > _ROOMY else "/mo"
        # All traffic is every label's, too.
        traffic = self.scenario.factor(("growth", "")) if knob[0] == "requests" else 1.0
        figure = "" if now is None else f"{now * factor * traffic:,.0f}{unit}"
        parts = [
            ("   ", "note"),
            (formatting.fit(knob_name(knob), _NAME_WIDTH - 1) + " ", "name"),
            (formatting.fit(f"×{factor:.4g}", _FACTOR_WIDTH), "value" if factor == 1 else "mark"),
            (formatting.fit(_track(factor, room), room), "note" if factor == 1 else "value"),
            (formatting.fit(figure, figure_width, right=True), "note" if factor * traffic == 1 else "value"),
        ]
        return Line(tuple(parts), ("knob", knob))

    def _bookmark(self, at: int, scenario: Scenario, width: int) -> Line:
        if scenario.plan is None:
            cost = "…"
        elif scenario.plan.cost is None:
            cost = "no plan"
        else:
            cost = f"{formatting.money(scenario.plan.cost)} USD/mo"
        room = max(width - 3 - _COST_WIDTH, 4)
        parts = [("   ", "note"), (formatting.fit(f"{scenario.name}: {scenario.words}", room), "value")]
        return Line((*parts, (formatting.fit(cost, _COST_WIDTH, right=True), "value")), ("kept", at))

    def _bars(self, tornado: Tornado, width: int) -> list[Line]:
        moving = [bar for bar in tornado.bars if bar.effect is None or bar.effect > _EFFECT_TOL][:_MAX_BARS]
        today = self.today.cost if self.today is not None and self.today.cost is not None else 0.0
        ends = [end for bar in moving for end in (bar.at_low, bar.at_high) if end is not None]
        longest = max((abs(end - today) for end in ends), default=0.0) or 1.0
        return [self._bar(bar, today, longest, width) for bar in moving]

    def _bar(self, bar: Bar, today: float, longest: float, width: int) -> Line:
        ends = " to ".join("✗" if end is None else f"{end:,.2f}" for end in (bar.at_low, bar.at_high))
        room = max(width - 3 - _ENDS_WIDTH - 2 * _HALF_BAR - 2, 8)
        moves = [(end - today) / longest for end in (bar.at_low, bar.at_high) if end is not None]
        cheaper, dearer = min([0.0, *moves]), max([0.0, *moves])
        if bar.effect is None:  # an end without a plan: farther than any bar
            dearer = 1.0
        left, right = _two_sided(cheaper, dearer, _HALF_BAR)
        parts = [
            ("   ", "note"),
            (formatting.fit(bar.input.partition(".")[2], room - 1) + " ", "name"),
            (left, "good"),
            ("│", "note"),
            (f"{right} ", "bad"),
            (formatting.fit(ends, _ENDS_WIDTH, right=True), "value"),
        ]
        return Line(tuple(parts))


def _track(factor: float, width: int) -> str:
    """A slider's position on its logarithmic scale of factors, ×1 marked."""
    if width < 8:
        return ""
    low, high = log10(STOPS[0]), log10(STOPS[-1])
    at, middle = (round((log10(f) - low) / (high - low) * (width - 1)) for f in (factor, 1.0))
    track = ["─"] * width
    track[middle] = "┼"
    if factor != 1 and at == middle:  # a step away is a cell away, also where cells are few
        at = middle + (1 if factor > 1 else -1)
    track[at] = "●"
    return "".join(track)


def _two_sided(low: float, high: float, half: int) -> tuple[str, str]:
    """Bars to the left and right of today's cost, in eighths of a cell; low <= 0 <= high, parts of 1."""
    left = max(round(min(-low, 1.0) * half * 8), 1) if low else 0
    # From the left only halves can be drawn: a block that ends at the right has no finer ones.
    whole, rest = divmod(left, 8)
    return (("▐" if rest else "") + "█" * whole).rjust(half), formatting.bar(min(high, 1.0), half)
