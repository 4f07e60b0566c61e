"""What the finder offers: entries that can be done or gone to, and which of them fit a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

_MAX_SHOWN = 200  # lines: nobody reads more, and a letter more leaves fewer


@dataclass(frozen=True)
class Entry:
    """Something that can be done or gone to, in a group; `run` is called once the finder has closed.

    `note` stands beside the title: keys, a value. `about` stands under the list; `hidden` until it is typed.
    """

    group: str
    title: str
    note: str = ""
    run: Callable[[], object] | None = None
    about: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class SettingLine:
    """How `:` sets a rule: `paths` are those that can be set, with what stands there now.

    `split` gives the path of a text and its value, None where none is begun. `check` says what a text would
    do, or raises InputError; `run` does it.
    """

    paths: Mapping[str, str]
    split: Callable[[str], tuple[str, str | None]]
    check: Callable[[str], str]
    run: Callable[[str], object]


def fitting_entries(entries: Sequence[Entry], text: str, used: Collection[str] = ()) -> list[Entry]:
    """The entries with every word of the text, the likeliest first; those used lately before their equals."""
    words = text.casefold().split()
    if not words:
        shown = [entry for entry in entries if not entry.hidden]
        return [entry for entry in shown if entry.title in used] + [e for e in shown if e.title not in used]
    ranked = [(rank, at) for at, entry in enumerate(entries) if (rank := _rank(entry, words)) is not None]
    places = {title: place for place, title in enumerate(used)}
    ranked.sort(key=lambda pair: (pair[0], places.get(entries[pair[1]].title, len(places)), pair[1]))
    return [entries[at] for _, at in ranked[:_MAX_SHOWN]]


def _rank(entry: Entry, words: Sequence[str]) -> int | None:
    """How far from its beginning the title has the words, summed: 0 is best; None where one is nowhere."""
    title, rest = entry.title.casefold(), f"{entry.group} {entry.note}".casefold()
    total = 0
    for word in words:
        if title.startswith(word):
            continue
        at = title.find(word)
        if at > 0:
            total += 1 if not title[at - 1].isalnum() else 2
        elif word in rest:
            total += 3
        elif _has_letters(word, title):
            total += 5
        else:
            return None
    return total


def _has_letters(word: str, text: str) -> bool:
    """Whether the letters stand there in their order, none far behind the other: `mql` in min_quality."""
    start = text.find(word[0])
    while start >= 0:
        at = start
        for letter in word[1:]:
            at = text.find(letter, at + 1)
            if at < 0 or at - start > 3 * len(word):
                break
        else:
            return True
        start = text.find(word[0], start + 1)
    return False
