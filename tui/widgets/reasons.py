"""Reasons as lines: prices in words, offers that are out by rule, offers next in line. No state."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .. import formatting
from .line_list import Line

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.routing import Routing
    from ..document.rules import Path

_SHOWN = 200  # offers of an opened group
_QUALITY, _LATENCY = ("min_quality", "min_quality_each"), ("max_latency",)  # rules about such figures


@dataclass(frozen=True)
class Facts:
    """The answers so far for one section of a routing: by rule's path, "out" and "next"; `wanted` are all.

    `figures`: the what-if figures and the caution that the solver's catalogue had when it answered.
    """

    routing: Routing
    figures: Mapping[str, Any]
    section: Path
    wanted: frozenset[str]
    found: bool = True  # there is a plan
    parts: Mapping[str, Any] = field(default_factory=dict)
    marks: Marks | None = None
    mix: Signs | None = None  # what the plan's mix for this label rests on

    @staticmethod
    def asked(routing: Routing, figures: Mapping[str, Any], section: Path, found: bool) -> Facts:
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
    from ...engine.adapters.report.words import changes, told
    from ...engine.domain.marks import named

    path = (*facts.section, rule.path.rpartition(".")[2])
    value = f"{path[-1]} {formatting.figure(rule.value, rule.unit)}"
    signs = _about(path[-1], facts.mix)
    if not rule.binding and rule.dropped:
        without = changes(facts.routing.objective, rule.dropped)
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
    yield _line(f"  {value} binds{named(signs, ': ')}", "value", width, path, signs)
    for text in textwrap.wrap(told(facts.routing.objective, rule), max(width - 4, 10)):
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
