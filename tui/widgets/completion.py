"""Names offered while a value is typed: those that fit the last word, the likeliest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

_SEPARATORS = ",[{"
_SHOWN = 6  # names that are named at once


def last_word(text: str) -> tuple[str, str]:
    """What stands before the word that is being typed, and the word, without quotes around it."""
    start = max(text.rfind(mark) for mark in _SEPARATORS) + 1
    word = text[start:]
    blanks = len(word) - len(word.lstrip(" \"'"))
    return text[: start + blanks], word[blanks:].rstrip("]}\"'")


def fitting_names(names: Collection[str], text: str) -> list[str]:
    """The names that fit the last word: those that begin so, those with a part that does, those that have it.

    A word with its figure behind it is complete, and a name that stands there already is not offered again.
    """
    before, word = last_word(text)
    if " " in word or "=" in word:
        return []
    begun, given = word.casefold(), before.casefold()
    ranked = [(_rank(name.casefold(), begun), name) for name in names if name.casefold() not in given]
    return [name for rank, name in sorted(ranked) if rank < _NO_FIT and name != word]


_NO_FIT = 3


def _rank(name: str, begun: str) -> int:
    if name.startswith(begun):
        return 0
    parts = name.replace("/", " ").replace("-", " ").replace("_", " ").split()
    if any(part.startswith(begun) for part in parts):
        return 1
    return 2 if begun in name else _NO_FIT


def completed_with(text: str, name: str) -> str:
    """The text with the name in the place of its last word."""
    return last_word(text)[0] + name


def offer_text(names: Sequence[str], key: str) -> str:
    """The first names in a few words; nothing where there are none."""
    if not names:
        return ""
    more = f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return f"{key} takes: {' · '.join(names[:_SHOWN])}{more}"
