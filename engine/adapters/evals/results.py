"""What every format of evaluations gives: scored answers, or means of several, under the file's own names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import InputError, nearest

_TRUE = {"true", "pass", "passed", "yes", "y", "correct", "ok", "success", "right"}
_FALSE = {"false", "fail", "failed", "no", "n", "incorrect", "wrong", "error", "failure"}
_NOTHING = {"", "nan", "n/a", "na", "none", "null", "-", "inf", "-inf", "infinity", "-infinity"}
_PERCENT = re.compile(r"^(.*\S)\s*%$")
_MAX_SCORE = 1e300  # beyond it no sum is finite
_MIN_AMOUNT, _MAX_AMOUNT = 1e-9, 1e9  # items, tokens, USD or seconds of one result, or none


@dataclass(frozen=True, slots=True)
class Result:
    """A scored answer of a model, or the mean score of `n` of them.

    `names` are what the file calls the model, the most particular first; `level` its reasoning level where
    that is said apart. `score` is in the file's own scale, None where there is none; `best` what the best
    answer gets, and `low` the low end of the score's 80 % interval, where the file says so. `n`: None where
    it is not said. `label`: "" where a row has none, None where nothing is said of labels. `item`: the
    question, which counts once however often it was asked. `output_tokens`, `cost` (USD) and `latency`
    (seconds) are of one request.
    """

    names: tuple[str, ...]
    score: float | bool | None
    label: str | None = None
    level: str = ""
    n: float | None = 1
    item: str | None = None
    best: float | None = None
    low: float | None = None
    output_tokens: float | None = None
    cost: float | None = None
    latency: float | None = None


@dataclass(frozen=True)
class Evaluations:
    """The results in files of one format; `notes` say what was left out, and what was chosen.

    `label_fields` are the names that --label-by takes there, as far as they are known.
    """

    title: str
    results: Iterable[Result]
    notes: list[str] = field(default_factory=list)
    label_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The columns (or keys, `a.b` inside one) that the user names; None: as the format has them."""

    label: str | None = None
    model: str | None = None
    score: str | None = None


def number(cell: Any, where: str) -> float | None:
    """A finite number of a cell; None for nothing, NaN and infinity. Raises InputError for other words."""
    score = score_of(cell, where)
    return None if score is None else float(score)


def score_of(cell: Any, where: str) -> float | bool | None:
    """A score as it stands: a number, or whether it is a pass; None for nothing, NaN and infinity.

    `85%` is 85. Raises InputError for words that are no score.
    """
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, (int, float)):
        return float(cell) if -_MAX_SCORE <= cell <= _MAX_SCORE else None
    text = str(cell).strip()
    word = text.casefold()
    if word in _NOTHING:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    percent = _PERCENT.match(text)
    try:
        parsed = float(percent[1] if percent else text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is no score: a number, or pass and fail", where=where) from None
    return parsed if -_MAX_SCORE <= parsed <= _MAX_SCORE else None


def amount(cell: Any) -> float | None:
    """0, or a number from _MIN_AMOUNT to _MAX_AMOUNT, that is good to have; None for anything else."""
    try:
        parsed = float(str(cell).strip().lstrip("$"))
    except ValueError:
        return None
    meant = parsed == 0 or _MIN_AMOUNT <= parsed <= _MAX_AMOUNT
    return parsed if meant and not isinstance(cell, bool) else None


def text_of(cell: Any) -> str | None:
    """A name out of a cell; None for nothing, and for what is no single value."""
    if cell is None or isinstance(cell, (Mapping, list)):
        return None
    name = str(cell).lower() if isinstance(cell, bool) else str(cell).strip()
    return name or None


def at_path(record: Any, path: str) -> Any:
    """What stands at `a.b.c` in nested records, or under that whole name; None where nothing does."""
    if not isinstance(record, Mapping):
        return None
    if path in record:
        return record[path]
    head, dot, rest = path.partition(".")
    while dot:
        if head in record and (inner := at_path(record[head], rest)) is not None:
            return inner
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def missing_column(name: str, option: str, known: Iterable[str], where: str) -> InputError:
    """That a column is not there, with the nearest and the others."""
    listed = list(dict.fromkeys(known))
    others = f"; there are {', '.join(listed[:20])}" if listed else ""
    return InputError(f"{option}: no column {name!r}{nearest(name, listed)}{others}", where=where)
