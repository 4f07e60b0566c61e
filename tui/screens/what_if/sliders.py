"""The left panel of the what-if screen: sliders, the scenarios that were kept, what matters most.

Scenarios side by side: a column each, money and quality first, then who serves every label.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from ... import formatting
from ...document.scenario import STOPS, Knob, Scenario, knob_name, knobs
from ...widgets.bars import partial_quality
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing
    from ....engine.domain.scenario import Bar, Tornado


_HALF, _EIGHTHS = 6, ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_NAME, _FACTOR, _FIGURE, _SHORT, _ROOMY = 24, 8, 16, 12, 70


class Sliders(LinePanel):
    """Keys of its lines: ("knob", knob), ("kept", place), None."""

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
        """The screen explains what is under the cursor."""
        self.screen.explain()  # type: ignore[attr-defined]

    def lines_for(self, width: int) -> list[Line]:
        """Three parts under their heads."""
        width -= 1
        lines = [self._head("what if", width)]
        lines += [self._slider(knob, width) for knob in self.knobs]
        lines.append(self._head(f"kept: {self._key('keep')} keeps one", width))
        lines += [self._bookmark(at, one, width) for at, one in enumerate(self.kept)]
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
        figures = _FIGURE if width > _ROOMY else _SHORT
        room = max(width - 3 - _NAME - _FACTOR - figures - 1, 0)
        now, unit = self.absolute(knob), " req/mo" if width > _ROOMY else "/mo"
        # All traffic is every label's, too.
        all_of_it = self.scenario.factor(("growth", "")) if knob[0] == "requests" else 1.0
        figure = "" if now is None else f"{now * factor * all_of_it:,.0f}{unit}"
        parts = [
            ("   ", "note"),
            (formatting.fit(knob_name(knob), _NAME - 1) + " ", "name"),
            (formatting.fit(f"×{factor:.4g}", _FACTOR), "value" if factor == 1 else "mark"),
            (formatting.fit(_track(factor, room), room), "note" if factor == 1 else "value"),
            (formatting.fit(figure, figures, right=True), "note" if factor * all_of_it == 1 else "value"),
        ]
        return Line(tuple(parts), ("knob", knob))

    def _bookmark(self, at: int, one: Scenario, width: int) -> Line:
        cost = None if one.plan is None else one.plan.cost
        told = "…" if one.plan is None else "no plan" if cost is None else f"{formatting.money(cost)} USD/mo"
        room = max(width - 3 - 20, 4)
        parts = [("   ", "note"), (formatting.fit(f"{one.name}: {one.words}", room), "value")]
        return Line((*parts, (formatting.fit(told, 20, right=True), "value")), ("kept", at))

    def _bars(self, tornado: Tornado, width: int) -> list[Line]:
        moving = [bar for bar in tornado.bars if bar.effect is None or bar.effect > 1e-9][:20]
        today = self.today.cost if self.today is not None and self.today.cost is not None else 0.0
        ends = [end for bar in moving for end in (bar.at_low, bar.at_high) if end is not None]
        most = max((abs(end - today) for end in ends), default=0.0) or 1.0
        return [self._bar(bar, today, most, width) for bar in moving]

    def _bar(self, bar: Bar, today: float, most: float, width: int) -> Line:
        ends = " to ".join("✗" if end is None else f"{end:,.2f}" for end in (bar.at_low, bar.at_high))
        room = max(width - 3 - 18 - 2 * _HALF - 2, 8)
        moves = [(end - today) / most for end in (bar.at_low, bar.at_high) if end is not None]
        cheaper, dearer = min([0.0, *moves]), max([0.0, *moves])
        if bar.effect is None:  # an end without a plan: farther than any bar
            dearer = 1.0
        left, right = _two_sided(cheaper, dearer, _HALF)
        parts = [
            ("   ", "note"),
            (formatting.fit(bar.input.partition(".")[2], room - 1) + " ", "name"),
            (left, "good"),
            ("│", "note"),
            (f"{right} ", "bad"),
            (formatting.fit(ends, 18, right=True), "value"),
        ]
        return Line(tuple(parts))


def _track(factor: float, width: int) -> str:
    """A slider's position on its scale of factors, ×1 in the middle of it marked."""
    if width < 8:
        return ""
    low, high = log10(STOPS[0]), log10(STOPS[-1])
    at, one = (round((log10(f) - low) / (high - low) * (width - 1)) for f in (factor, 1.0))
    track = ["─"] * width
    track[one] = "┼"
    if factor != 1 and at == one:  # a step away is a cell away, also where cells are few
        at = one + (1 if factor > 1 else -1)
    track[at] = "●"
    return "".join(track)


def _two_sided(low: float, high: float, half: int) -> tuple[str, str]:
    """Bars to the left and right of today's cost, in eighths of a cell; low <= 0 <= high, parts of 1."""
    left, right = (round(min(abs(part), 1.0) * half * 8) for part in (low, high))
    left, right = (max(size, 1) if part else 0 for size, part in ((left, low), (right, high)))
    # From the left only halves can be drawn: a block that ends at the right has no finer ones.
    whole, rest = divmod(left, 8)
    bar = ("▐" if rest else "") + "█" * whole
    return bar.rjust(half), ("█" * (right // 8) + _EIGHTHS[right % 8]).ljust(half)


_BESIDE_NAME, _LEAST = 13, 20


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
        each = (width - 1 - _BESIDE_NAME) // len(shown)
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
            lines.append(Line(((formatting.fit(name, _BESIDE_NAME), "name"), *told)))
        hidden = len(self.scenarios) - len(shown)
        if hidden:
            more = f"{len(shown)} of {len(self.scenarios)} are shown, from the {self.first}. kept one on"
            lines.append(Line(((formatting.fit(more, width - 1), "note"),)))
        return lines

    def _shown(self, width: int) -> list[Scenario]:
        room = max((width - _BESIDE_NAME) // _LEAST, 2) - 1
        self.first = max(1, min(self.first, len(self.scenarios) - room))
        return [self.scenarios[0], *self.scenarios[self.first : self.first + room]]

    def action_pan(self, by: int) -> None:
        """Other scenarios beside today."""
        self.first += by
        self.rebuild()

    def disabled_reason_pan(self, by: int) -> str:
        """There may be no more of them."""
        room = max((self.scrollable_content_region.width - _BESIDE_NAME) // _LEAST, 2) - 1
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
