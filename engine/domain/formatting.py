"""Figures as text, one way for commands and screens: money, shares, factors, points, counts, units.

Commands write "-" for what is unknown; `tui/formatting` puts the screen's own signs on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

OBJECTIVE_UNITS = {"cost": ("USD a month", 2), "quality": ("points of quality", 3)}  # and its decimals
UNKNOWN = "-"


def cents(usd: float) -> str:
    """USD to the cent, thousands apart: 1,234.50."""
    return f"{usd:,.2f}"


def money(usd: float | None) -> str:
    """USD to the cent; three significant digits below one cent."""
    if usd is None:
        return UNKNOWN
    return cents(usd) if abs(usd) >= 0.01 or usd == 0 else f"{usd:.3g}"


def signed_money(usd: float) -> str:
    """A change of money with its sign; what rounds to nothing is 0.00."""
    return f"{usd:+,.2f}" if abs(usd) >= 0.005 else "0.00"


def saving_text(part: float) -> str:
    """What is saved as a part of what it is compared with; far dearer is said as a multiple of the cost."""
    if abs(part) < 0.005:
        return "0%"
    return f"{part:+.0%}" if part >= -9.995 else f"{1 - part:,.0f} times the cost"


def share_text(share: float) -> str:
    """A share, 0-1, in whole percent; one that rounds to nothing, or to all, is not said to be that."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 < share < 1 - 1e-9 else f"{share:.0%}"


def factor_text(factor: float, digits: int = 3) -> str:
    """A factor in that many significant digits, without an exponent: x0.178, x8.2, x1,000."""
    rounded = f"{factor:.{digits}g}"
    return f"x{float(rounded):,.10g}" if factor >= 1e-4 else f"x{rounded}"


def count_text(number: float | None) -> str:
    """131,072 or - when unknown."""
    return UNKNOWN if number is None else f"{number:,.10g}"


def points_text(number: float | None, unit: str = "", unknown: str = UNKNOWN) -> str:
    """One decimal and the unit, for qualities (0-100) above all."""
    return unknown if number is None else f"{number:.1f}{unit}"


def whole_text(number: float) -> str:
    """A large amount without decimals, a small one in three digits: 1,650 or 0.25."""
    return f"{number:,.0f}" if abs(number) >= 100 or number == round(number) else f"{number:.3g}"


def plural(number: int, noun: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unit_text(unit: str, number: object) -> str:
    """A unit as it goes with a number: '1 point', '2 points', '1 s'.

    A share, 0 to 1, has none, nor has a model that stands in a number's place.
    """
    if unit == "share" or isinstance(number, str):
        return ""
    return unit.removesuffix("s") if number == 1 and len(unit) > 1 else unit


def deprecated_text(note: str) -> str:
    """'deprecated: NOTE' of an offer whose provider wants it used no more."""
    return f"deprecated: {note}" if note else "deprecated"


NO_TIME = "flex tier: answers when there is room, in minutes or not at all"


def retires_text(day: date, today: date) -> str:
    """'retires on 2027-02-09, in 74 days'."""
    left = (day - today).days
    if left < 0:
        return f"retired on {day}"
    return f"retires on {day}, {'today' if not left else 'tomorrow' if left == 1 else f'in {left} days'}"
