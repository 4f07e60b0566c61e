"""Figures as people write them: 128k, 10M, 60s, $500, 80%, 1,500."""

from __future__ import annotations

import re
from math import isfinite

_QUANTITY = re.compile(
    r"""\s*(?P<lead>\$|usd\s*)?\s*
        (?P<number>[+-]?(?:\d{1,3}(?:[,_ ]\d{3})+|\d+(?:_\d+)*)?(?:\.\d*)?(?:e[+-]?\d+)?)\s*
        (?P<scale>k|m(?!s|in)|bn?)?\s*
        (?P<unit>%|percent|ms|s|secs?|seconds?|min|minutes?|usd|\$|tokens?|tok|requests?|req|points?|days?|d|x)?
        (?:\s*/\s*(?:mo|month|s|min))?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9}
_SECONDS = {"ms": 1e-3, "min": 60.0, "minute": 60.0, "minutes": 60.0}
_KINDS = {  # what a unit measures, as the rules name it
    **dict.fromkeys(("%", "percent"), "%"),
    **dict.fromkeys(("ms", "s", "sec", "secs", "second", "seconds", "min", "minute", "minutes"), "s"),
    **dict.fromkeys(("usd", "$"), "USD"),
    **dict.fromkeys(("token", "tokens", "tok"), "tokens"),
    **dict.fromkeys(("request", "requests", "req"), "req"),
    **dict.fromkeys(("point", "points"), "points"),
    "x": "x",
}
_PERCENTAGES = {"share", "weight", "%", "points"}  # kinds that a percentage is one of
SHARES = {
    *("cached", "cache_writes", "share", "min_share", "max_provider_share", "pin"),
    *("fee", "batch_discount"),
}


def quantity(text: str, name: str = "", kind: str = "") -> float | None:
    """The number that a text with a scale or unit stands for; None for any other.

    `name` is the key it is for: 80% is 0.8 of a share and 80 points or percent of anything else; k is 1,000.
    `kind`: share, weight, %, points, s, USD, tokens, req or x, where it has to be that: 5 s are no tokens.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or not any(character.isdigit() for character in match["number"]):
        return None
    scale, unit = (match["scale"] or "").lower(), (match["unit"] or "").lower()
    if kind and not all(_is_of(kind, each) for each in ((match["lead"] or "").strip().lower(), unit) if each):
        return None
    if kind == "s" and scale:  # 5 m may be minutes
        return None
    number = float(re.sub("[,_ ]", "", match["number"])) * _SCALES[scale]
    number *= _SECONDS.get(unit, 1.0)
    if not isfinite(number):
        return None
    part = name in SHARES or kind in ("share", "weight")
    return number / 100 if unit in ("%", "percent") and part else number


def _is_of(kind: str, unit: str) -> bool:
    """Whether a unit is one of that kind."""
    measured = _KINDS.get(unit)
    return measured == kind or (measured == "%" and kind in _PERCENTAGES)


def figure_text(number: float) -> str:
    """A number as TOML writes it, thousands apart by underscores."""
    return f"{int(number):_}" if number == int(number) and abs(number) < 1e15 else f"{number:.10g}"
