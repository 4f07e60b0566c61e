"""Which rows, in which order: fuzzy words, conditions on fields, and a column to sort by.

Conditions are `provider:azure`, `ctx>200k`, `quality>=70`, `<20usd`, `<30s`. A figure that is not known meets
no comparison. What is still being typed, `ctx>`, leaves everything.

The measure of a fit is that of textual's own fuzzy search. Its search for the best places tries every
combination of them, which can take seconds, and so the places are found here as fzf does: the first end, then
back from it. What a longer filter keeps is among what the shorter one kept, so a letter more looks at less.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from ....engine.domain.errors import nearest
from .columns import Column
from .rows import Row

_EITHER = re.compile(r"\s*\|\s*")
_WORD = re.compile(r"\w+")
_MAX_FILTERS = 64  # remembered; also what a backspace goes back to
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


@dataclass(frozen=True)
class SearchedText:
    """What a filter's words are looked for in: the name fuzzily, the rest as it is written.

    Bit i of `starts` is set where a word of the name begins at letter i.
    """

    name: str
    rest: str = field(default="", repr=False)
    starts: int = field(default=0, repr=False)

    def has_any(self, options: Iterable[str]) -> bool:
        """Whether one of these stands there as it is written."""
        return any(option in self.name or option in self.rest for option in options)


def searched_text(row: Row) -> SearchedText:
    """Name, wire name, provider, developer, status, weights and features."""
    about = (
        row.offer.id, row.provider.name, row.model.name, row.model.developer, row.model.licence,
        row.offer.status, "open" if row.model.open_weights else "closed", *row.features,
    )  # fmt: skip
    name = row.key.casefold()
    starts = sum(1 << word.start() for word in _WORD.finditer(name))
    return SearchedText(name, "\n".join(about).casefold(), starts)


def places(word: str, text: str) -> list[int] | None:
    """Where the letters of a word stand in a text, close together; None where they are not all there."""
    at = text.find(word)
    if at >= 0:
        return list(range(at, at + len(word)))
    end = -1
    for letter in word:
        end = text.find(letter, end + 1)
        if end < 0:
            return None
    backwards = []
    for letter in reversed(word):
        end = text.rfind(letter, 0, end + 1)
        backwards.append(end)
        end -= 1
    return backwards[::-1]


def fit(word: str, text: SearchedText) -> float:
    """How well one word fits; 0 where it does not. Beginnings count twice, letters in few groups more."""
    whole = 1.0 if word in text.rest else 0.0
    length, at = len(word), text.name.find(word)
    if at >= 0:  # most often, and quickly: one group
        starts = (text.starts >> at & (1 << length) - 1).bit_count()
        return max(2.0 * (length + starts), whole) + length
    letters = places(word, text.name)
    if letters is None:
        return whole
    starts = sum(text.starts >> place & 1 for place in letters)
    gaps = sum(after != before + 1 for before, after in itertools.pairwise(letters))
    return max((length + starts) * (1 + (1 - gaps / length) ** 2), whole)


def alternatives(word: str) -> list[str]:
    """The alternatives of a word: `a|b` stands for either."""
    return [part for part in word.split("|") if part]


def literal(words: Sequence[str], text: SearchedText) -> bool:
    """Whether every word stands there as it is written, not only its letters here and there."""
    return all(word.startswith("!") or text.has_any(alternatives(word)) for word in words)


def score(words: Sequence[str], text: SearchedText) -> float:
    """How well a row fits all the words; 0 where it does not. `a|b` is either, `!word` leaves out."""
    total = 1.0
    for word in words:
        if word.startswith("!"):
            if text.has_any(alternatives(word[1:])):
                return 0.0
            continue
        points = max((fit(option, text) for option in alternatives(word)), default=1.0)
        if not points:
            return 0.0
        total += points
    return total


def words_of(text: str) -> tuple[str, ...]:
    """The words of a filter as it was typed, without case; `a | b` is one word."""
    return tuple(_EITHER.sub("|", text.casefold()).split())


class Finder:
    """Finds the rows of a catalogue that fit a filter, and remembers what earlier filters found."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._texts = {row.key: searched_text(row) for row in sorted(rows, key=lambda row: row.key)}
        self._matches: dict[tuple[str, ...], Mapping[str, float]] = {(): dict.fromkeys(self._texts, 1.0)}

    def matching(self, words: tuple[str, ...]) -> Mapping[str, float]:
        """Name -> how well it fits, of the rows that do, by name."""
        if words not in self._matches:
            among = min((self._matches[old] for old in self._matches if _narrows(words, old)), key=len)
            scores = ((key, score(words, self._texts[key])) for key in among)
            if len(self._matches) > _MAX_FILTERS:
                self._matches = {(): self._matches[()]}
            self._matches[words] = {key: fitness for key, fitness in scores if fitness > 0}
        return self._matches[words]

    def literal_first(self, words: tuple[str, ...], names: Sequence[str]) -> list[str]:
        """The names in their order, but what has the words as written before what has only their letters."""
        whole = {key for key in names if literal(words, self._texts[key])}
        return [key for key in names if key in whole] + [key for key in names if key not in whole]


def _narrows(new: Collection[str], old: Collection[str]) -> bool:
    """Whether nothing that the old words leave out can fit the new ones."""
    return all(
        word in new
        or word == "!"
        or (word[0] != "!" and "|" not in word and any(_longer(word, other) for other in new))
        for word in old
    )


def _longer(word: str, other: str) -> bool:
    """Whether another word begins with this one, and allows nothing besides."""
    return other.startswith(word) and "|" not in other


def ordered(rows: Mapping[str, Row], column: Column, reverse: bool) -> list[str]:
    """The names of the rows by a column, then as plans break ties; unknown figures last either way."""
    sort_keys = {key: column.sort_key(rows[key]) for key in sorted(rows, key=lambda key: _tie(rows[key]))}
    known = [key for key, sort_key in sort_keys.items() if sort_key is not None]
    known.sort(key=sort_keys.__getitem__, reverse=column.down != reverse)
    return known + [key for key, sort_key in sort_keys.items() if sort_key is None]


def _tie(row: Row) -> tuple[float, bool, float, float, str]:
    """By cost; of equal cost what the plan has, then the higher quality, the lower latency, the name."""
    standing = row.standing
    if standing is None:
        return row.offer.input, False, 0.0, 0.0, row.key
    quality = 0.0 if standing.counted is None else standing.counted
    latency = float("inf") if standing.latency is None else standing.latency
    return standing.cost, row.share == 0, -quality, latency, row.key


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
