"""Inputs: text on one line, a value typed among the rules with names offered, a path that is completed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import Reactive
from textual.suggester import Suggester
from textual.widgets import Input
from textual.widgets.input import Selection

from ...engine.adapters.disk import inside
from ...engine.domain.errors import with_nearest
from ..textual_private import suggestion

if TYPE_CHECKING:
    from ...engine.domain.rules import RulePath

_SEPARATORS = ",[{"
_SHOWN, _SHOWN_CELLS = 6, 60  # names that are named at once, and the room for them


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
    if "=" in word:
        return []
    begun, given = word.casefold().replace(" ", "_"), before.casefold()  # names have no blanks
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
    count = 1
    while count < min(len(names), _SHOWN) and len(" · ".join(names[: count + 1])) <= _SHOWN_CELLS:
        count += 1
    more = f" +{len(names) - count:,}" if len(names) > count else ""
    return f"{key} takes: {' · '.join(names[:count])}{more}"


_MAX_PASTE = 10_000  # characters that are looked at
_MAX_NAMES = 20_000  # of a folder, that are looked at


class PlainInput(Input):
    """Text on one line; what is pasted arrives without line ends and control characters.

    Textual's own keeps the first line only, and escape codes in it; a list may come on many lines.
    """

    # Textual's own lays out the whole screen for every letter; what grows with its text asks for that anyway.
    virtual_size = Reactive(Size(0, 0))

    def on_paste(self, event: events.Paste) -> None:
        """Put in what can stand on one line, over the selection."""
        event.stop().prevent_default()
        words = " ".join(event.text[:_MAX_PASTE].split())
        self.replace("".join(filter(str.isprintable, words)), *self.selection)


class Editor(PlainInput):
    """The input that floats over the rule it changes. Enter accepts, Escape and ctrl+c give up."""

    BINDINGS: ClassVar[list[BindingType]] = [  # for the footer: `on_key` is faster than they are
        Binding("enter", "screen.accept", "Accept", key_display="⏎"),
        Binding("escape", "screen.give_up", "Cancel", key_display="esc ^c"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(compact=True, select_on_focus=False, **options)
        self.path: RulePath | None = None
        self.names: Collection[str] = ()  # that may be typed here
        # The text that Tab made, and what it would take next.
        self._offered: tuple[str | None, list[str]] = (None, [])
        self._correction = "", ""  # a text that was refused, and what was meant
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether a value is being typed."""
        return self.path is not None

    def open(self, path: RulePath, text: str, placeholder: str, names: Collection[str] = ()) -> None:
        """Take over the keyboard for the value at `path`; Tab completes `names`."""
        self.path, self.names, self._offered = path, names, (None, [])
        self._correction = "", ""
        self.value, self.placeholder = text, placeholder
        self.selection = Selection(0, len(text))  # typed over; End or an arrow goes on with it
        self.display = True
        self.screen.set_focus(self)

    @property
    def is_typed(self) -> bool:
        """Whether something stands there that is not about to be typed over."""
        return bool(self.value.strip()) and self.selection != Selection(0, len(self.value))

    @property
    def offered(self) -> list[str]:
        """The names that Tab takes in turn, for what is typed now; all while the old value is selected."""
        if self.value == self._offered[0]:
            return self._offered[1]
        whole = Selection(0, len(self.value))
        return fitting_names(self.names, "" if self.selection == whole else self.value)

    def refuse(self, message: str) -> str:
        """The text as it was meant, which Tab takes now, where a message says what that is; else ""."""
        self._correction = self.value, with_nearest(self.value, message)
        return self._correction[1]

    def _complete(self) -> None:
        """Take what was meant, else the likeliest name; again takes the next one instead."""
        refused, meant = self._correction
        if meant and self.value == refused:
            self.value, self.cursor_position = meant, len(meant)
            return
        if not (names := self.offered):
            return
        text = "" if self.selection == Selection(0, len(self.value)) else self.value
        self.value = completed_with(text, names[0])
        self.cursor_position = len(self.value)
        self._offered = self.value, [*names[1:], names[0]]

    def close(self) -> None:
        """Give the keyboard back; the screen says to whom."""
        self.path = None
        self.display = False

    async def on_key(self, event: events.Key) -> None:
        """Enter and Escape at once, not after the keys behind them."""
        if event.key in ("enter", "escape", "ctrl+c"):
            event.stop().prevent_default()
            await self.run_action("screen.accept" if event.key == "enter" else "screen.give_up")
        elif event.key == "tab" and (self.names or self._correction[1]):
            event.stop().prevent_default()
            self._complete()
        elif event.key == "down" and self.names:
            event.stop().prevent_default()
            await self.run_action("screen.pick")


def short(path: Path) -> str:
    """The path as people write it: from the home folder on."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def completed(text: str) -> str | None:
    """What was typed with the rest of the first name that begins so; None where none does."""
    folder, _, begin = text.rpartition("/")
    directory = Path(f"{folder}/" if "/" in text else ".").expanduser()
    names = sorted(islice(_names(directory, begin), _MAX_NAMES))
    return next((text + name[len(begin) :] for name in names if name != begin), None)


def _names(directory: Path, begin: str) -> Iterator[str]:
    if not inside(directory):
        return
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") and not begin.startswith(".")
                if entry.name.startswith(begin) and not hidden:
                    yield f"{entry.name}/" if entry.is_dir() else entry.name
    except (OSError, ValueError, RuntimeError):
        return


class _PathSuggester(Suggester):
    """The folder is looked at in a thread: it may be a slow one."""

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(completed, value) if value else None


class PathInput(PlainInput):
    """Completes file names as a shell does: the rest stands faint behind the text, tab takes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete the path", show=False, id="path_complete"),
    ]

    def __init__(self, text: str = "", **options: Any) -> None:
        suggester = _PathSuggester(use_cache=False, case_sensitive=True)
        super().__init__(text, compact=True, suggester=suggester, **options)

    def action_complete(self) -> None:
        """Take what is suggested."""
        if text := suggestion(self):
            self.value, self.cursor_position = text, len(text)
