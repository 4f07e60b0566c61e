"""Words of the filter that are about a field: `provider:azure`, `ctx>200k`, `quality>=70`, `<20usd`, `<30s`.

A figure that is not known meets no comparison. What is still being typed, `ctx>`, leaves everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from ....engine.domain.errors import nearest
from .columns import Column
from .rows import Row

_COMPARISON = re.compile(r"([a-z0-9_/:.-]*?)(>=|<=|>|<|=)(.*)")
_FIGURE = re.compile(r"\$?(\d+(?:[.,]\d+)*)(k|m|%|usd|\$|s|pt|points)?")
_FACTORS = {"k": 1e3, "m": 1e6, "%": 0.01}
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt, "=": eq}
_COLUMNS = {  # what people call them
    "cost": "month", "usd": "month", "price": "month", "$": "month", "qual": "quality", "q": "quality",
    "p95": "latency", "time": "latency", "ctx": "context", "window": "context", "in": "input",
    "out": "output", "cached": "cache_read", "speed": "tps", "tok/s": "tps",
}  # fmt: skip
_OF_UNIT = {"usd": "month", "$": "month", "s": "latency", "pt": "quality", "points": "quality"}
_TEXTS: Mapping[str, Callable[[Row], str]] = {
    "provider": lambda row: f"{row.key.partition('/')[0]}\n{row.provider.name}",
    "model": lambda row: f"{row.key.partition('/')[2]}\n{row.model.name}",
    "developer": lambda row: row.model.developer,
    "status": lambda row: row.offer.status,
    "licence": lambda row: row.model.licence,
    "feature": lambda row: "\n".join(row.features),
    "weights": lambda row: "open" if row.model.open_weights else "closed",
}
_PLURALS = {"features": "feature", "license": "licence", "maker": "developer"}


class Query(NamedTuple):
    """A filter: words to look for, conditions on fields, and what is wrong with those that are none."""

    words: tuple[str, ...]
    conditions: tuple[Callable[[Row], bool], ...] = ()
    problems: tuple[str, ...] = ()

    def holds(self, row: Row) -> bool:
        """Whether a row meets every condition."""
        return all(condition(row) for condition in self.conditions)


@dataclass(frozen=True)
class _Text:
    field: Callable[[Row], str]
    options: tuple[str, ...]
    wanted: bool

    def __call__(self, row: Row) -> bool:
        text = self.field(row).casefold()
        return any(option in text for option in self.options) == self.wanted


@dataclass(frozen=True)
class _Comparison:
    column: Column
    compare: Callable[[float, float], bool]
    figure: float
    wanted: bool

    def __call__(self, row: Row) -> bool:
        known = self.column.sort_key(row)
        return isinstance(known, (int, float)) and self.compare(known, self.figure) == self.wanted


def query_of(words: Sequence[str], columns: Mapping[str, Column]) -> Query:
    """The words of a filter, in lower case, with those about fields as conditions."""
    plain: list[str] = []
    conditions: list[Callable[[Row], bool]] = []
    problems: list[str] = []
    for word in words:
        wanted, body = not word.startswith("!"), word.removeprefix("!")
        field, colon, text = body.partition(":")
        if colon and (name := _PLURALS.get(field, field)) in _TEXTS:
            if options := tuple(filter(None, text.split("|"))):
                conditions.append(_Text(_TEXTS[name], options, wanted))
        elif match := _COMPARISON.fullmatch(body):
            comparison = _comparison(match, columns, wanted)
            if isinstance(comparison, str):
                problems += [comparison] if comparison else []
            else:
                conditions.append(comparison)
        else:
            plain.append(word)
    return Query(tuple(plain), tuple(conditions), tuple(problems))


def _comparison(match: re.Match[str], columns: Mapping[str, Column], wanted: bool) -> _Comparison | str:
    """A comparison, or what is wrong with it; "" while it is being typed."""
    field, operator, text = match.groups()
    if not text:
        return ""
    figure = _FIGURE.fullmatch(text)
    if figure is None:
        return f"{text!r} is no figure; write for example ctx>200k, quality>70, <20usd"
    number, unit = float(figure[1].replace(",", "")), figure[2] or ("usd" if text.startswith("$") else "")
    name = _COLUMNS.get(field, field) or _OF_UNIT.get(unit, "")
    if name not in columns and f"skill:{name}" in columns:
        name = f"skill:{name}"
    if name not in columns:
        if not field:
            return "compare what? write for example ctx>200k, quality>70, <20usd, <30s"
        known = [*_COLUMNS, *(column.removeprefix("skill:") for column in columns)]
        return f"no column is called {field!r}{nearest(field, known)}"
    return _Comparison(columns[name], _OPERATORS[operator], number * _FACTORS.get(unit, 1.0), wanted)
