"""The columns beside a rule: what the plan has of it, and what a step and being without it are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...engine.domain.explanation import NOTHING_FITS, TIME_OUT, RulePrice
from ...engine.domain.field_facts import Sense
from ...engine.domain.rules import spec_of
from .. import formatting

if TYPE_CHECKING:
    from collections.abc import Sequence

Part = tuple[str, str]  # a text and the name of its style
MIN_ROOM = 56  # cells beside a rule's name from which the table's columns stand there
_ROOMY = 95  # from which they have gauges and the values of the steps


@dataclass(frozen=True)
class Columns:
    """The widths of limit, the plan's figure, looser, tighter and without it, in cells."""

    limit: int
    plan: int
    step: int
    without: int
    roomy: bool

    @classmethod
    def within(cls, room: int) -> Columns | None:
        """The columns for so many cells beside the names; None where there are too few for a table."""
        if room < MIN_ROOM:
            return None
        if room < _ROOMY:
            return cls(room - 44, 14, 10, 10, roomy=False)
        return cls(min(room - 73, 30), 27, 17, 12, roomy=True)

    @property
    def heads(self) -> str:
        """The columns' titles."""
        if not self.roomy:
            titles = ("limit", "the plan", "looser", "tighter", "without")
        else:
            titles = ("limit", "the plan", "loosen one step", "tighten one step", "without it")
        widths = (self.limit, self.plan, self.step, self.step, self.without)
        cells = [
            formatting.fit(titles[0], widths[0]),
            formatting.fit(f"{'  ' if self.roomy else ''} {titles[1]}", widths[1]),
        ]
        cells += [formatting.fit(t, w, right=True) for t, w in zip(titles[2:], widths[2:], strict=True)]
        return "".join(cells)

    def parts(self, price: RulePrice, objective: str, signs: str) -> Sequence[Part]:
        """The cells of a rule after its limit; `signs` are those of the plan's figure."""
        return (
            *self._of_plan(price, signs),
            self._step(price, "looser", objective),
            self._step(price, "tighter", objective),
            self._change(price.dropped, objective, self.without),
        )

    def _of_plan(self, price: RulePrice, signs: str) -> Sequence[Part]:
        figure = "" if price.attained is None else f"{signs}{_figure(price.attained, price.unit)}"
        style = "value" if price.binding else "note"
        word = "tight" if price.binding else "room" if figure else "not limiting"
        if not self.roomy:
            sign, word = ("●", "tight") if price.binding else ("○", "room")
            text = f"{formatting.fit(figure, 6, right=True)} {sign} {word}"
            return ((formatting.fit(text, self.plan), style),)
        drawn = formatting.gauge(tightness(price))
        text = f"{formatting.fit(figure, 8, right=True)} {drawn}" if figure and drawn else f" {figure}"
        return ((formatting.fit(f" {text} {word}", self.plan), style),)

    def _step(self, price: RulePrice, side: str, objective: str) -> Part:
        if price.step is None or side in price.ends:
            return (formatting.fit("", self.step), "note")
        reason = price.looser_reason if side == "looser" else price.tighter_reason
        change = price.looser if side == "looser" else price.tighter
        if reason or change is None:
            words = {NOTHING_FITS: "✗ no plan", TIME_OUT: "no time"}
            return (formatting.fit(words.get(reason, "—"), self.step, right=True), "note")
        text, style = _signed(change, objective)
        limit_now = _limit_of(price)
        if self.roomy and limit_now is not None:
            up = spec_of(price.path).looser > 0
            to = limit_now + (price.step if up == (side == "looser") else -price.step)
            is_share = price.unit == "share"
            digits = 9 if price.points is None else 1
            limit = formatting.share(to) if is_share else formatting.number(round(to, digits))
            text = f"{limit} {formatting.fit(text, 8, right=True)}"
        return (formatting.fit(text, self.step, right=True), style)

    @staticmethod
    def _change(change: float | None, objective: str, width: int) -> Part:
        text, style = ("", "note") if change is None else _signed(change, objective)
        return (formatting.fit(text, width, right=True), style)


def _signed(change: float, objective: str) -> Part:
    """A change of the objective with its sign, good or not by its style as well."""
    if objective == "quality":
        text = (
            f"{'+' if change > 0 else formatting.MINUS}{abs(change):.2f}" if abs(change) >= 0.005 else "0.00"
        )
        return text, "good" if change >= 0.005 else "bad" if change <= -0.005 else "note"
    if abs(change) < 0.005:
        return "0.00", "note"
    return formatting.signed(change), "good" if change < 0 else "bad"


def _figure(number: float, unit: str) -> str:
    """The plan's figure in few cells: money to the cent, tokens as windows are written, else three digits."""
    if unit.startswith("USD"):
        return formatting.money(number)
    if unit == "tokens":
        return formatting.tokens(number)
    if unit == "share":
        return formatting.share(number)
    if unit == "points":
        return formatting.points(number)
    return formatting.number(float(f"{number:.3g}") if abs(number) < 1000 else round(number))


def _limit_of(price: RulePrice) -> float | None:
    """The limit as a number: that of a floor that is a model's in points. None where it is none."""
    limit = price.value if price.points is None else price.points
    return None if isinstance(limit, bool) or not isinstance(limit, (int, float)) else float(limit)


def tightness(price: RulePrice) -> float | None:
    """How much of its room a plan takes up, 0 to 1: full is at the limit. None where that has no sense."""
    spec, has, limit = spec_of(price.path), price.attained, _limit_of(price)
    if has is None or limit is None:
        return None
    if spec.sense is Sense.UPPER:
        return min(max(has / limit, 0.0), 1.0) if limit > 0 else 1.0
    return min(max(limit / has, 0.0), 1.0) if has > 0 else 1.0
