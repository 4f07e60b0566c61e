"""Plain aligned tables: no colour and no box, so that they can be piped, diffed and pasted.

A rule's price in words, for the command line and the app alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from ...domain.explanation import TIME_OUT, RulePrice
from ...domain.rules import spec_of

GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows under a head; the columns numbered in `right` are aligned to the right."""
    lines = [head, *rows]
    widths = [max(width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        GAP.join(_pad(line[column], widths[column], column in right) for column in range(len(head))).rstrip()
        for line in lines
    )


def _pad(text: str, to: int, right: bool) -> str:
    space = " " * (to - width(text))
    return space + text if right else text + space


def width(text: str) -> int:
    """Columns a terminal gives the text: two for a wide character, none for a combining one."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clean(text: str) -> str:
    """One line, without control characters that a terminal would obey: file contents are not trusted."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def money(usd: float | None) -> str:
    """USD to the cent; three significant digits below one cent."""
    if usd is None:
        return "-"
    return f"{usd:,.2f}" if abs(usd) >= 0.01 or usd == 0 else f"{usd:.3g}"


def signed(usd: float) -> str:
    """A change of money with its sign; what rounds to nothing is 0.00."""
    return f"{usd:+,.2f}" if abs(usd) >= 0.005 else "0.00"


def part_text(part: float) -> str:
    """What is saved as a part of what it is compared with; far dearer is said as a multiple of the cost."""
    if abs(part) < 0.005:
        return "0%"
    return f"{part:+.0%}" if part >= -9.995 else f"{1 - part:,.0f} times the cost"


def share_text(share: float) -> str:
    """A share in whole percent; one that rounds to nothing, or to all, is not said to be that."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 < share < 1 - 1e-9 else f"{share:.0%}"


def times(factor: float, digits: int = 3) -> str:
    """A factor in that many significant digits, without an exponent: x0.178, x8.2, x1,000."""
    rounded = f"{factor:.{digits}g}"
    return f"x{float(rounded):,.10g}" if factor >= 1e-4 else f"x{rounded}"


def count(number: float | None) -> str:
    """131,072 or - when unknown."""
    return "-" if number is None else f"{number:,.10g}"


def point(number: float | None, unit: str = "") -> str:
    """One decimal and the unit, or - when unknown."""
    return "-" if number is None else f"{number:.1f}{unit}"


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
        up = spec_of(rule.path).looser > 0
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
