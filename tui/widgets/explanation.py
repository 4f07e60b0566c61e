"""The why panel: what a step of each rule costs, what is out and for which reason, and what comes next.

Reasons as lines: prices in words, offers that are out by rule, offers next in line. No state.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...engine.domain.errors import InputError
from .. import formatting
from ..messages import CursorMoved, WhyFound
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.routing import Routing
    from ..document.rules import RulePath


_SHOWN = 200  # offers of an opened group
_QUALITY, _LATENCY = ("min_quality", "min_quality_each"), ("max_latency",)  # rules about such figures


@dataclass(frozen=True)
class Facts:
    """The answers so far for one section of a routing: by rule's path, "out" and "next"; `wanted` are all.

    `figures`: the what-if figures and the caution that the solver's catalogue had when it answered.
    """

    routing: Routing
    figures: Mapping[str, Any]
    section: RulePath
    wanted: frozenset[str]
    found: bool = True  # there is a plan
    parts: Mapping[str, Any] = field(default_factory=dict)
    marks: Marks | None = None
    mix: Signs | None = None  # what the plan's mix for this label rests on

    @staticmethod
    def asked(routing: Routing, figures: Mapping[str, Any], section: RulePath, found: bool) -> Facts:
        """Nothing is known yet."""
        from ..document.rules import priced

        wanted = set(priced(routing, section)) if found else set()
        if section != ("limits",):
            wanted |= {"out", "next"} if found else {"out"}
        return Facts(routing, figures, section, frozenset(wanted), found)

    def explains(self, routing: Routing | None, figures: Mapping[str, Any]) -> bool:
        """Whether these are reasons for the plan of this routing on this catalogue."""
        return self.routing == routing and self.figures == figures

    def having(self, parts: Mapping[str, Any]) -> Facts:
        """With more answers."""
        return replace(self, parts={**self.parts, **parts})

    def signs(self, offer: str, rule: str = "") -> str:
        """The signs of an offer's figure that a rule is about; of its cost and quality without a rule."""
        label = self.routing.labels.get(self.section[-1])
        if self.marks is None or label is None:
            return ""
        found = self.marks.signs(offer, label.skills, label.percentile)
        return found._replace(latency="").all if not rule else _about(rule, found)

    @property
    def whole(self) -> bool:
        """Whether every answer is there."""
        return self.wanted <= set(self.parts)


def why_lines(facts: Facts, width: int, offers: int, opened: Collection[str], faint: bool) -> list[Line]:
    """All that is known, in three blocks."""
    lines = list(_prices(facts, width))
    if not facts.wanted:
        none = "no rule here has a price" if facts.found else "there is no plan, so no rule has a price"
        lines.append(_line(f"  {none}", "note", width))
    if "next" in facts.parts:
        lines += _runners(facts, width)
    if "out" in facts.parts:
        lines += _out(facts, width, offers, opened)
    if not facts.whole:
        lines.append(_line("  …", "note", width))
    return [replace(line, faint=faint) for line in lines]


def _line(text: str, style: str, width: int, key: Any = None, signs: str = "") -> Line:
    return Line(((formatting.fit(text, width), style),), key, signs=signs)


def _about(rule: str, signs: Signs | None) -> str:
    """The signs of the figure that a rule of this name is about."""
    if signs is None:
        return ""
    return signs.quality if rule in _QUALITY else signs.latency if rule in _LATENCY else ""


def _prices(facts: Facts, width: int) -> Iterator[Line]:
    """Binding rules with what a step costs; the others with the room they leave."""
    from ...engine.domain.explanation import RulePrice

    found, late = [], []
    for path in sorted(facts.wanted - {"out", "next"}):
        answer = facts.parts.get(path)
        if isinstance(answer, InputError):
            late.append((path.rpartition(".")[2], str(answer)))
        elif answer:
            found.append(RulePrice.model_validate(answer[0]))
    found.sort(key=lambda rule: (not rule.binding, *(-abs(by or 0.0) for by in _worth(rule))))
    for rule in found:
        yield from _price(facts, rule, width)
    for name, error in late:
        yield _line(f"  {name} has no price yet: {error}", "note", width)


def _worth(rule: Any) -> tuple[float | None, ...]:
    """What a rule costs, by what counts first."""
    return rule.looser if rule.step else rule.dropped, rule.tighter, rule.dropped


def _price(facts: Facts, rule: Any, width: int) -> Iterator[Line]:
    from ...engine.adapters.report.text import change_text, rule_price_text
    from ...engine.domain.marks import legend_text

    path = (*facts.section, rule.path.rpartition(".")[2])
    value = f"{path[-1]} {formatting.figure(rule.value, rule.unit)}"
    signs = _about(path[-1], facts.mix)
    if not rule.binding and rule.dropped:
        without = change_text(facts.routing.objective, rule.dropped)
        yield _line(f"  {value}: without it the plan {without}", "note", width, path, signs)
        return
    if not rule.binding:
        has = (
            ""
            if rule.attained is None
            else f": the plan has {signs}{formatting.figure(_short(rule.attained), rule.unit)}"
        )
        yield _line(f"  {value} costs nothing{has}", "note", width, path, signs)
        return
    yield _line(f"  {value} binds{legend_text(signs, ': ')}", "value", width, path, signs)
    for text in textwrap.wrap(rule_price_text(facts.routing.objective, rule), max(width - 4, 10)):
        yield _line(f"    {text}", "name", width, path, signs)


def _short(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value)


def _runners(facts: Facts, width: int) -> Iterator[Line]:
    """The offers next in line, with what a share of them would cost."""
    answer = facts.parts["next"]
    if isinstance(answer, InputError):
        yield _line(f"  next in line: {answer}", "note", width)
        return
    yield _line("next in line, were it forced in" if answer else "no other offer fits", "name", width)
    money = facts.routing.objective == "cost"
    for one in answer:
        more, signs = one["forced_cost"], facts.signs(one["offer"])
        price = f"{signs}{formatting.signed(more)} USD/mo at {formatting.share(one['forced_share'])}"
        if not money:
            price += f", {formatting.signed(one['forced_change'])} points"
        name = formatting.fit(f"  {one['offer']}", max(width - len(price) - 1, 8))
        parts = ((f"{name} ", "value"), (formatting.fit(price, width - len(name) - 1), "note"))
        yield Line(parts, ("offer", one["offer"]), signs=signs)


def _out(facts: Facts, width: int, offers: int, opened: Collection[str]) -> Iterator[Line]:
    """Offers that are out, counted by the rule they break; an opened group lists them."""
    answer = facts.parts["out"]
    if isinstance(answer, InputError):
        yield _line(f"  what is out: {answer}", "note", width)
        return
    rules: dict[str, list[dict[str, str]]] = {}
    breaks = Counter(one["offer"] for one in answer)
    for one in answer:
        rules.setdefault(one["rule"], []).append(one)
    yield _line(f"out: {len(breaks):,} of {offers:,} offers", "name", width)
    for rule, those in sorted(rules.items(), key=lambda pair: -len(pair[1])):
        only = sum(breaks[one["offer"]] == 1 for one in those)
        sign = "▾" if rule in opened else "▸"
        alone = f", {only:,} by this alone" if only else ""
        text = f"  {sign} {rule.rpartition('.')[2]}: {len(those):,} offers{alone}"
        yield _line(text, "value", width, ("group", rule))
        if rule in opened:
            for one in those[:_SHOWN]:
                signs = facts.signs(one["offer"], rule.rpartition(".")[2])
                said = f"      {signs}{' ' if signs else ''}{one['offer']}: {one['reason']}"
                yield _line(said, "note", width, ("offer", one["offer"], one["rule"]), signs)
            if len(those) > _SHOWN:
                yield _line(f"      and {len(those) - _SHOWN:,} more", "note", width)


class WhyPanel(LinePanel):
    """The reasons for one section's part of the plan; faint while they are old, never blank."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.open_reason", "Open", key_display="⏎", id="open_reason"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.section: RulePath = ("limits",)
        self.routing: Routing | None = None
        self.figures: Mapping[str, Any] = {}
        self.found = True
        self.stale = True
        self.offers = 0
        self.opened: set[str] = set()
        self.marks: Marks | None = None  # of figures that deserve less trust
        self.mixes: Mapping[str, Signs] = {}  # label -> what its mix rests on
        self._facts: dict[RulePath, Facts] = {}
        self._next: dict[RulePath, Facts] = {}

    @property
    def facts(self) -> Facts | None:
        """What is shown of the section: the newest, or what was known before it."""
        return self._facts.get(self.section)

    def show_section(self, section: RulePath) -> None:
        """Show the reasons for another label, or for the router's limits."""
        self.section, self.cursor = section, 0
        self.opened.clear()
        self.rebuild()

    def show_answered(self, routing: Routing, found: bool, figures: Mapping[str, Any]) -> None:
        """The plan of this routing is on the screen; its reasons are being found.

        `figures`: the what-if figures and the caution that the plan rests on.
        """
        self.routing, self.found, self.figures = routing, found, figures
        self.stale = False
        for section in [*self._facts]:
            if section[0] == "labels" and section[1] not in routing.labels:
                del self._facts[section]
        self._next.clear()
        self.rebuild_soon()

    def show_nothing(self, section: RulePath) -> None:
        """There is nothing to ask of this section."""
        assert self.routing is not None
        self._facts[section] = Facts.asked(self.routing, self.figures, section, self.found)
        self.rebuild()

    def show_stale(self) -> None:
        """The rules have moved on."""
        if not self.stale:
            self.stale = True
            self.rebuild_soon()

    def whole(self, section: RulePath) -> bool:
        """Whether all reasons for the section are those of the plan on the screen."""
        facts = self._facts.get(section)
        return facts is not None and facts.explains(self.routing, self.figures) and facts.whole

    @on(WhyFound)
    def _take(self, message: WhyFound) -> None:
        """More parts; the old reasons stay until every part of the new ones is there."""
        message.stop()
        if self.routing is None or (message.routing, message.figures) != (self.routing, self.figures):
            return
        facts = self._next.get(message.section)
        if facts is None or not facts.explains(self.routing, self.figures):
            facts = Facts.asked(self.routing, self.figures, message.section, self.found)
        facts = self._next[message.section] = facts.having(message.parts)
        shown = self._facts.get(message.section)
        if facts.whole or shown is None or shown.explains(self.routing, self.figures):
            self._facts[message.section] = facts
            if message.section == self.section:
                self.rebuild()

    def turn(self) -> bool:
        """Open or close the group under the cursor; False where there is none."""
        key = self.key
        if not key or key[0] != "group":
            return False
        self.opened ^= {key[1]}
        self.rebuild()
        return True

    def moved(self) -> None:
        """Tell what is under the cursor now."""
        if self.key is not None:
            self.post_message(CursorMoved(self.key))

    def chosen(self) -> None:
        """A double click opens."""
        self.call_later(self.run_action, "screen.open_reason")

    def lines_for(self, width: int) -> list[Line]:
        """The section's name, then its reasons."""
        width -= 1
        name = "router" if self.section == ("limits",) else self.section[1]
        head = Line(((formatting.fit(f"why {name}", width), "head"),), self.section)
        facts = self.facts
        if facts is None:
            return [head, Line(((formatting.fit("  …", width), "note"),))]
        faint = self.stale or not facts.explains(self.routing, self.figures)
        return [head, *self._shown(facts, width, faint)]

    def _shown(self, facts: Facts, width: int, faint: bool) -> Sequence[Line]:
        facts = replace(facts, marks=self.marks, mix=self.mixes.get(self.section[-1]))
        return why_lines(facts, width, self.offers, self.opened, faint)
