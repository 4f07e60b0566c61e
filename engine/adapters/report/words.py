"""A rule's price in words, for the command line and the app alike."""

from __future__ import annotations

from typing import Any

from ...domain.explanation import LOOSER, TIME_OUT, RulePrice
from .text import clean

MONEY = {"cost": ("USD a month", 2), "quality": ("points of quality", 3)}  # an objective's unit, its digits
NAMED = 3  # names of a list that are shown


def said_of(value: Any) -> str:
    """A rule's value: numbers, names, yes or no, offers with their shares."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:,g}"
    names = [f"{key} {share:g}" for key, share in value.items()] if isinstance(value, dict) else list(value)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return clean(", ".join(names[:NAMED])) + more


def step_of(rule: RulePrice) -> str:
    """One step with its unit: '1 point', '1000 tokens'."""
    if rule.step is None:
        return ""
    return f"{rule.step:g} {unit_of(rule, rule.step)}".strip()


def unit_of(rule: RulePrice, number: object) -> str:
    """The rule's unit as it goes with a number: '1 point', '2 points', '1 s'."""
    return rule.unit.removesuffix("s") if number == 1 and len(rule.unit) > 1 else rule.unit


def told(objective: str, rule: RulePrice) -> str:
    """What a step costs to either side, and how far that holds: '1 point more costs 3.20 USD a month'."""
    said = []
    if rule.step is not None:
        up = LOOSER[rule.path.rpartition(".")[2]] > 0
        for word, way in (("more", "looser" if up else "tighter"), ("less", "tighter" if up else "looser")):
            change = "is no step" if way in rule.ends else changes(objective, getattr(rule, way))
            if getattr(rule, f"{way}_reason") == TIME_OUT:
                change = "was not solved in time"
            said.append(f"{step_of(rule)} {word} {change}")
    if rule.dropped and rule.dropped != rule.looser:
        said.append(f"without it the plan {changes(objective, rule.dropped)}")
    if rule.price and (holds := _holds(rule)):
        said.append(f"with these models {holds}")
    if rule.step is None and rule.dropped is None:
        said.append("was not solved in time")
    return "; ".join(said) or "costs nothing"


def _holds(rule: RulePrice) -> str:
    """Between which values a price holds: nothing where that is everywhere, or nowhere but here."""
    low, high = rule.holds_from, rule.holds_to
    if low is not None and high is not None:
        return f"from {low:,.4g} to {high:,.4g} {rule.unit}" if low < high else ""
    if high is not None:
        return f"up to {high:,.4g} {rule.unit}"
    return "" if low is None else f"from {low:,.4g} {rule.unit} up"


def changes(objective: str, change: float | None) -> str:
    """The objective's change: costs or saves money, gains or loses quality."""
    unit, digits = MONEY[objective]
    if change is None:
        return "and nothing fits"
    if abs(change) < 0.5 * 10**-digits:
        return "changes nothing" if change == 0 else f"changes less than {10**-digits:.{digits}f} {unit}"
    worse, better = ("costs", "saves") if objective == "cost" else ("gains", "loses")
    return f"{worse if change > 0 else better} {abs(change):,.{digits}f} {unit}"
