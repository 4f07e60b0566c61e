"""One score as its source has it, in the catalogue's scale but under the source's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ....domain.errors import InputError

_BRACKETS = re.compile(r"^(.*\S)\s*\(([^()]*)\)$")
_SUFFIX = re.compile(
    r"^(.+?)[_](\d+k|none|minimal|low|medium|high|xhigh|max|unknown|thinking|reasoning)$", re.IGNORECASE
)
_NO_VARIANT = {"unknown", "default"}


@dataclass(frozen=True)
class Figure:
    """`value` is 0-100. `variant` is the setting it was taken with: effort, thinking, FC or Prompt, agent.

    `vendor`: reported by the model's own maker rather than measured by somebody else.
    """

    benchmark: str
    name: str
    value: float
    variant: str = ""
    as_of: date | None = None
    vendor: bool = False


def split(name: str) -> tuple[str, str]:
    """(name, variant) of `o3 (high)`, `gpt-5_medium`, `Claude-Opus (FC)`; both are its identity."""
    text = name.strip()
    bracket = _BRACKETS.match(text)
    if bracket and re.search(r"[a-z]{2}", bracket[2], re.IGNORECASE):
        return bracket[1], "" if bracket[2].strip().lower() in _NO_VARIANT else bracket[2].strip().lower()
    suffix = _SUFFIX.match(text)
    if suffix:
        return suffix[1], "" if suffix[2].lower() in _NO_VARIANT else suffix[2].lower()
    return text, ""


_SETTING = re.compile(
    r"\b(?:non-thinking|thinking|reasoning|none|minimal|low|med(?:ium)?|high|xhigh|max|\d+k)\b", re.IGNORECASE
)


def setting(variant: str, board_name: str) -> str:
    """What a run was taken with: its id's word, else that in the board's own name for it.

    `Gemini 3 Flash Preview (Low)`, `gpt-5.1-thinking` and `thinking enabled` say it; `Qwen3 Max` does not.
    """
    if variant not in ("", "unknown"):
        return variant
    bracket = re.search(r"\(([^()]*)\)\W*$", board_name)
    whole = re.fullmatch(r"(?:.*?-)??((?:non-)?thinking)(?: enabled)?", board_name.strip(), re.IGNORECASE)
    words = _SETTING.findall(bracket[1] if bracket else whole[1] if whole else "")
    return " ".join(words).lower().replace("non-thinking", "none") or variant


def number(cell: Any, where: str) -> float | None:
    """A finite number, also out of `77.47%`; None for nothing and N/A. Raises InputError for other words."""
    if cell is None or isinstance(cell, bool):
        return None
    text = str(cell).strip().removesuffix("%").strip()
    if text.casefold() in {"", "n/a", "na", "none", "null", "-"}:
        return None
    try:
        parsed = float(text)
    except ValueError:
        raise InputError(f"should be a number, not {text[:40]!r}", where=where) from None
    return parsed if abs(parsed) < float("inf") else None


def percent(cell: Any, scale: float, where: str) -> float | None:
    """The cell's number times `scale`, 0-100, four decimals. Raises InputError outside of that range."""
    raw = number(cell, where)
    if raw is None:
        return None
    score = round(raw * scale, 4)
    if not -0.01 <= score <= 100.01:
        raise InputError(f"a score of {score:g} is not between 0 and 100", where=where)
    return min(max(score, 0.0), 100.0)


def day(cell: Any) -> date | None:
    """The date at the start of a text; None where there is none."""
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day)
    match = re.match(r"\d{4}-\d\d-\d\d", str(cell or "").strip())
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def rows(text: str, columns: tuple[str, ...], where: str) -> list[Mapping[str, str]]:
    """The rows of a CSV. Raises InputError where a column is missing."""
    import csv
    import io

    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        whole_rows = [row for row in reader if None not in row]
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", where=where) from None
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"no column {missing[0]!r}; is it a file of this source?", where=where)
    return [{column: cell or "" for column, cell in row.items()} for row in whole_rows]
