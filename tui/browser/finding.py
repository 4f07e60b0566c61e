"""Which rows, in which order: fuzzy words, the ineligible in or out, sorted by a column.

The score is that of textual's own fuzzy search. Its search for the best places tries every combination of
them, which can take seconds, and so the places are found here as fzf does: the first end, then back from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from textual.fuzzy import FuzzySearch

from .columns import Column
from .rows import Row

_search = FuzzySearch()


@dataclass(frozen=True)
class Hay:
    """What the words of a filter are looked for in: the name fuzzily, the rest as it is written."""

    name: str
    rest: str = field(default="", repr=False)


def hay_of(row: Row) -> Hay:
    """Name, wire name, provider, developer, status, weights and features."""
    about = (
        row.offer.id, row.provider.name, row.model.name, row.model.developer, row.model.licence,
        row.offer.status, "open" if row.model.open_weights else "closed", *row.model.features,
    )  # fmt: skip
    return Hay(row.key.casefold(), "\n".join(about).casefold())


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
    found = []
    for letter in reversed(word):
        end = text.rfind(letter, 0, end + 1)
        found.append(end)
        end -= 1
    return found[::-1]


def score(words: Sequence[str], hay: Hay) -> float:
    """How well a row fits all the words; 0 where it does not. `!word` leaves out what has it."""
    total = 1.0
    for word in words:
        if word.startswith("!"):
            if len(word) > 1 and (word[1:] in hay.name or word[1:] in hay.rest):
                return 0.0
            continue
        found = places(word, hay.name)
        whole = word in hay.rest
        if found is None and not whole:
            return 0.0
        total += max(_search.score(hay.name, found) if found else 0.0, 1.0 if whole else 0.0)
        total += len(word) if found is not None and found[-1] - found[0] < len(word) else 0.0
    return total


def words_of(text: str) -> list[str]:
    """A filter's words."""
    return text.casefold().split()


def chosen(
    rows: Iterable[Row], hays: dict[str, Hay], words: Sequence[str], *, hidden: bool, only: frozenset[str]
) -> list[tuple[float, Row]]:
    """The rows that fit, with their scores; `hidden` leaves out the ineligible, `only` all but some."""
    found = []
    for row in rows:
        if (hidden and row.out) or (only and row.key not in only):
            continue
        points = score(words, hays[row.key]) if words else 1.0
        if points > 0:
            found.append((points, row))
    return found


def ordered(found: list[tuple[float, Row]], column: Column | None, reverse: bool) -> list[Row]:
    """By a column, unknown values last either way; without one by how well they fit."""
    if column is None:
        return [row for _, row in sorted(found, key=lambda pair: (-pair[0], pair[1].key))]
    down = column.down != reverse
    known = [(value, row) for _, row in found if (value := column.value(row)) is not None]
    unknown = sorted((row for _, row in found if column.value(row) is None), key=lambda row: row.key)
    known.sort(key=lambda pair: pair[1].key)
    known.sort(key=lambda pair: pair[0], reverse=down)
    return [*(row for _, row in known), *unknown]
