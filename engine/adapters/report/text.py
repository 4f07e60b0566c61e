"""Plain aligned tables: no colour and no box, so that they can be piped, diffed and pasted.

A rule's price in words, for the command line and the app alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from ...domain.explanation import TIME_OUT, RulePrice
from ...domain.formatting import OBJECTIVE_UNITS, unit_text
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


MAX_NAMES = 3  # of a list, before "and 5 more"


def value_text(setting: Any) -> str:
    """A rule's value: numbers, names, yes or no, offers with their shares."""
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, int | float):
        return f"{setting:,g}"
    names = (
        [f"{key} {share:g}" for key, share in setting.items()] if isinstance(setting, dict) else list(setting)
    )
    more = f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else ""
    return clean(", ".join(names[:MAX_NAMES])) + more


def step_text(rule: RulePrice) -> str:
    """One step with its unit: '1 point', '1000 tokens'."""
    if rule.step is None:
        return ""
    return f"{rule.step:g} {unit_text(rule.unit, rule.step)}".strip()


def rule_price_text(objective: str, rule: RulePrice) -> str:
    """What a step costs to either side, and how far that holds: '1 point more costs 3.20 USD a month'."""
    clauses = []
    if rule.step is not None:
        up = spec_of(rule.path).looser > 0
        for word, direction in (
            ("more", "looser" if up else "tighter"),
            ("less", "tighter" if up else "looser"),
        ):
            change = (
                "is no step" if direction in rule.ends else change_text(objective, getattr(rule, direction))
            )
            if getattr(rule, f"{direction}_reason") == TIME_OUT:
                change = "was not solved in time"
            clauses.append(f"{step_text(rule)} {word} {change}")
    if rule.dropped and rule.dropped != rule.looser:
        clauses.append(f"without it the plan {change_text(objective, rule.dropped)}")
    if rule.price and (holds := _holds(rule)):
        clauses.append(f"with these models {holds}")
    if rule.step is None and rule.dropped is None:
        clauses.append("was not solved in time")
    return "; ".join(clauses) or "costs nothing"


def _holds(rule: RulePrice) -> str:
    """Between which values a price holds: nothing where that is everywhere, or nowhere but here."""
    low, high = rule.holds_from, rule.holds_to
    if low is not None and high is not None:
        return f"from {low:,.4g} to {high:,.4g} {rule.unit}" if low < high else ""
    if high is not None:
        return f"up to {high:,.4g} {rule.unit}"
    return "" if low is None else f"from {low:,.4g} {rule.unit} up"


def change_text(objective: str, change: float | None) -> str:
    """The objective's change: costs or saves money, gains or loses quality."""
    unit, digits = OBJECTIVE_UNITS[objective]
    if change is None:
        return "and nothing fits"
    if abs(change) < 0.5 * 10**-digits:
        return "changes nothing" if change == 0 else f"changes less than {10**-digits:.{digits}f} {unit}"
    worse, better = ("costs", "saves") if objective == "cost" else ("gains", "loses")
    return f"{worse if change > 0 else better} {abs(change):,.{digits}f} {unit}"
