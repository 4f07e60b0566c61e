"""Figures and names as the screen shows them: every number with its unit, every change with its sign.

Figures are those of `engine/domain/formatting`, with a true minus and "?" for what is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from rich.cells import cell_len, set_cell_size

from ..engine.domain.field_facts import Sense
from ..engine.domain.formatting import cents, points_text, unit_text
from ..engine.domain.rules import RulePath

if TYPE_CHECKING:
    from ..engine.domain.routing import Routing
    from ..engine.domain.rules import RuleSpec

MINUS = "−"
_SIDES = {Sense.UPPER: "≤ ", Sense.LOWER: "≥ "}
_EIGHTHS, _SHADE = " ▏▎▍▌▋▊▉", "▒"
_OFFER_AT_END = re.compile(r"((?:.*\s)?)(?:([^\s/]+)/)?([^\s@/]+)(@\S+)?\s*")
_SHORT_PROVIDER, _SHORT_MODEL = 2, 6  # letters of a name that has to be cut
_NARROWED = {
    **{0x1F1E6 + at: chr(ord("A") + at) for at in range(26)},
    **dict.fromkeys((0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400))),
}


def clean(text: str) -> str:
    """Text that stays on its line and in its cells: control characters become a dot.

    Terminals do not agree on how wide flags and emoji with a skin or a presentation are: flags become their
    letters, what would change the emoji before it is left out, and a letter is one with its accent.
    """
    if text.isascii():
        return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)
    text = normalize("NFC", text.translate(_NARROWED))
    return "".join(c if c.isprintable() else "·" for c in text)


def fit(text: str, width: int, right: bool = False) -> str:
    """Text in exactly so many cells, cut with an ellipsis where it is longer."""
    text = clean(text)
    room = width - cell_len(text)
    if room < 0:
        return set_cell_size(text, max(width - 1, 0)) + "…" if width > 0 else ""
    return " " * room + text if right else text + " " * room


def fit_offer(text: str, width: int) -> str:
    """As `fit`, of text that ends with provider/model@level or a model: it and its level stay longest."""
    text = clean(text)
    excess = cell_len(text) - width
    match = _OFFER_AT_END.fullmatch(text) if excess > 0 else None
    if match is None or not (match[2] or match[4]):
        return fit(text, width)
    lead, provider, model, level = match.groups(default="")
    if len(provider) > _SHORT_PROVIDER + 1:
        kept = max(len(provider) - excess - 1, _SHORT_PROVIDER)
        provider = f"{provider[:kept]}…"
    start = f"{lead}{provider}/" if provider else lead
    room = width - cell_len(start) - cell_len(level)
    if cell_len(model) <= room:
        return fit(f"{start}{model}{level}", width)
    if room < _SHORT_MODEL:
        return fit(f"{start}{model}", width)
    return f"{start}{fit(model, room)}{level}"


def fit_parts(parts: Sequence[tuple[str, int]], between: str, width: int) -> str:
    """Texts with their ranks side by side, those that are empty left out, in exactly so many cells.

    Where they are too long those of the highest rank go first, the last before the others; rank 0 stays.
    """
    kept = [part for part in parts if part[0]]
    while cell_len(between.join(text for text, _ in kept)) > width and any(rank for _, rank in kept):
        highest = max(rank for _, rank in kept)
        kept.pop(max(at for at, (_, rank) in enumerate(kept) if rank == highest))
    return fit(between.join(text for text, _ in kept), width)


def listed(lead: str, names: Sequence[str], between: str, width: int) -> str:
    """As many of the names as fit in so many cells, and how many more there are; at least one."""
    for count in range(len(names), 0, -1):
        more = f" +{len(names) - count}" if count < len(names) else ""
        text = lead + between.join(names[:count]) + more
        if cell_len(text) <= width:
            return text
    return text


def number(value: float) -> str:
    """4,000 or 0.05: no more digits than it has."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", MINUS)
    return f"{value:,.9g}".replace("-", MINUS)


def figure(value: Any, unit: str = "", item_unit: str = "") -> str:
    """A rule's value with its unit, words and weights without brackets; a share in per cent.

    `item_unit` is that of the numbers in a table.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if unit == "share":
            return f"{number(round(value * 100, 9))} %"
        return f"{number(value)}×" if unit == "x" else f"{number(value)} {unit_text(unit, value)}".rstrip()
    if isinstance(value, Mapping):
        unit = "share" if item_unit == "share" else ""  # a weight has none
        return ", ".join(f"{key} {figure(each, unit)}" for key, each in value.items()) or "none"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)


def limit_text(rule: RuleSpec, value: Any, with_unit: bool = True) -> str:
    """A rule's value as a table shows it: '≥ 60 points', '90 %', '8×'."""
    side = "" if rule.sense is None or value is None else _SIDES.get(rule.sense, "")
    is_short = rule.unit in ("share", "x")
    return side + figure(value, rule.unit if with_unit or is_short else "", rule.item_unit)


def money(usd: float | None) -> str:
    """US dollars to the cent; what is there but less than one cent says so."""
    if usd is None:
        return "?"
    if 0 < usd < 0.005:
        return "<0.01"
    return cents(usd).replace("-", MINUS)


def change(before: float, after: float) -> str:
    """A change of money: arrow, sign, cents, and per cent where that says something."""
    increase = after - before
    if abs(increase) < 0.005:
        return "= unchanged"
    sign, arrow = ("+", "▲") if increase > 0 else (MINUS, "▼")
    relative = abs(increase) / before if before > 0.005 else 0.0
    percent = f" ({sign}{relative * 100:.0f} %)" if relative >= 0.01 else ""
    return f"{arrow} {sign}{cents(abs(increase))}{percent}"


def signed(usd: float) -> str:
    """A difference of money, to the cent, with its sign."""
    return f"{MINUS if usd < -0.005 else '+'}{cents(abs(usd))}"


def share(fraction: float) -> str:
    """A share in per cent."""
    percent = fraction * 100
    whole = abs(percent - round(percent)) < 0.05
    return f"{percent:.0f} %" if whole else f"{percent:.1f} %"


def points(quality: float | None) -> str:
    """A quality, 0-100."""
    return points_text(quality, unknown="?")


def sureness(routing: Routing) -> str:
    """How sure the rules on quality must be: '90 % sure'; nothing where quality counts as it stands."""
    ruled = [label for label in routing.labels.values() if routing.needs_quality(label)]
    levels = sorted({routing.confidence(label) for label in ruled})
    if not levels or levels[-1] <= 0.5:
        return ""
    span = "–".join(dict.fromkeys(f"{level * 100:.4g}" for level in (levels[0], levels[-1])))
    return f"{span} % sure"


def seconds(time: float | None) -> str:
    """A latency."""
    if time is None:
        return "?"
    return f"{time:.1f} s" if time < 99.95 else f"{time:,.0f} s"


def tokens(count: float | None) -> str:
    """A context window: 131K, 1.05M."""
    if count is None:
        return "?"
    if count >= 999_500:
        return f"{count / 1e6:.3g}M"
    return f"{count / 1e3:.0f}K" if count >= 1_000 else f"{count:.0f}"


def percentile(value: float) -> str:
    """p95, p99.9."""
    return f"p{value:g}"


def place(path: tuple[str, ...]) -> str:
    """A path in words: 'think · min_quality', 'router · budget', 'what-if · openai/gpt-5 · input'."""
    if not isinstance(path, RulePath):
        return " · ".join(("what-if", *(clean(part) for part in path[1:])))
    section = clean(path.label) if path.section == "labels" else "router"
    return f"{section} · {clean(path.name)}" if path.name else section


def bounds(rule: RuleSpec) -> str:
    """What its value may be: '0 to 100', 'above 0'."""
    low = rule.low if rule.low is not None else rule.above
    high = rule.high if rule.high is not None and rule.high < 1e6 else rule.below
    if rule.choices:
        return " or ".join(rule.choices)
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is None:
        return ""
    return f"{low:g} or more" if rule.low is not None else f"above {low:g}"


def bracketed_bounds(rule: RuleSpec) -> str:
    """Bounds and unit for the end of a sentence: ' (0 to 100 points)', or nothing."""
    if rule.unit == "share":
        return f" ({bounds(rule)}, or in %)"
    words = " ".join(filter(None, (bounds(rule), rule.unit)))
    return f" ({words})" if words else ""


def gauge(part: float | None, cells: int = 8, sure: float | None = None) -> str:
    """A bar of so many cells between its ends, drawn in eighths; nothing for None."""
    return "" if part is None else f"▕{bar(part, cells, sure)}▏"


def bar(part: float, cells: int, sure: float | None = None) -> str:
    """A bar for a part of the whole, 0 to 1, in eighths of a cell; anything at all is seen.

    `sure`: as much of it as is nearly certain, drawn solid; the rest is shaded, in whole cells.
    """
    if sure is not None and sure < part:
        solid = bar(sure, cells).rstrip()
        return (solid + _SHADE * (round(part * cells) - len(solid))).ljust(cells)
    eighths = round(part * cells * 8)
    eighths = max(eighths, 1) if part > 0 else 0
    whole, rest = divmod(min(eighths, cells * 8), 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(cells)
