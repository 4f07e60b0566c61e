"""Plain aligned tables: no colour and no box, so that they can be piped, diffed and pasted."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

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
