"""Typing a value in its place: one Input that floats over the rule it changes.

An input for text on one line: what is pasted arrives without line ends and control characters.

Where routers' config files usually are, and how a path is completed.

An input for a path: what it would be completed to stands faint behind it, tab takes that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
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

from ...engine.adapters.fence import inside

if TYPE_CHECKING:
    from ..document.rules import RulePath


_ENOUGH = 10_000  # characters of a paste that are looked at


class PlainInput(Input):
    """Textual's own keeps the first line only, and escape codes in it; a list may come on many lines."""

    # Textual's own lays out the whole screen for every letter; what grows with its text asks for that anyway.
    virtual_size = Reactive(Size(0, 0))

    def on_paste(self, event: events.Paste) -> None:
        """Put in what can stand on one line, over the selection."""
        event.stop().prevent_default()
        words = " ".join(event.text[:_ENOUGH].split())
        self.replace("".join(filter(str.isprintable, words)), *self.selection)


class Editor(PlainInput):
    """The in-place input. Enter accepts, Escape and ctrl+c give up."""

    BINDINGS: ClassVar[list[BindingType]] = [  # for the footer: `on_key` is faster than they are
        Binding("enter", "screen.accept", "Accept", key_display="⏎"),
        Binding("escape", "screen.give_up", "Give up", key_display="esc ^c"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(compact=True, select_on_focus=False, **options)
        self.path: RulePath | None = None
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether a value is being typed."""
        return self.path is not None

    def open(self, path: RulePath, value: str, placeholder: str) -> None:
        """Take over the keyboard for the value at `path`."""
        self.path = path
        self.value, self.placeholder = value, placeholder
        self.selection = Selection(0, len(value))  # typed over; End or an arrow goes on with it
        self.display = True
        self.screen.set_focus(self)

    def close(self) -> None:
        """Give the keyboard back; the screen says to whom."""
        self.path = None
        self.display = False

    async def on_key(self, event: events.Key) -> None:
        """Enter and Escape at once, not after the keys behind them."""
        if event.key in ("enter", "escape", "ctrl+c"):
            event.stop().prevent_default()
            await self.run_action("screen.accept" if event.key == "enter" else "screen.give_up")


_USUAL = (
    ("claude-code-router", "~/.claude-code-router/config.json"),
    ("litellm", "config.yaml"),
    ("litellm", "litellm.yaml"),
    ("litellm", "litellm_config.yaml"),
    ("litellm", "litellm-config.yaml"),
    ("litellm", "proxy_config.yaml"),
    ("opencode", "opencode.json"),
    ("opencode", "opencode.jsonc"),
    ("opencode", "{config}/opencode/opencode.json"),
    ("opencode", "{config}/opencode/opencode.jsonc"),
    ("aider", ".aider.conf.yml"),
    ("aider", "~/.aider.conf.yml"),
)
_MOST = 20_000  # names of a folder that are looked at


def usual() -> list[tuple[str, Path]]:
    """The config files that are there: whose each would be, and its path; those of this folder as typed."""
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    found = []
    for router, text in _USUAL:
        path = Path(text.format(config=config)).expanduser()
        try:
            if path.is_file() and inside(path):
                found.append((router, path))
        except OSError:
            continue
    return found


def short(path: Path) -> str:
    """The path as people write it: from the home folder on."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def completed(text: str) -> str | None:
    """What was typed with the rest of the first name that begins so; None where none does."""
    folder, _, begin = text.rpartition("/")
    where = Path(f"{folder}/" if "/" in text else ".").expanduser()
    names = sorted(islice(_names(where, begin), _MOST))
    return next((text + name[len(begin) :] for name in names if name != begin), None)


def _names(where: Path, begin: str) -> Iterator[str]:
    if not inside(where):
        return
    try:
        with os.scandir(where) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") and not begin.startswith(".")
                if entry.name.startswith(begin) and not hidden:
                    yield f"{entry.name}/" if entry.is_dir() else entry.name
    except (OSError, ValueError, RuntimeError):
        return


class _Paths(Suggester):
    """The folder is looked at in a thread: it may be a slow one."""

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(completed, value) if value else None


class PathInput(PlainInput):
    """Completes file names as a shell does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete the path", show=False, id="path_complete"),
    ]

    def __init__(self, value: str = "", **options: Any) -> None:
        suggester = _Paths(use_cache=False, case_sensitive=True)
        super().__init__(value, compact=True, select_on_focus=False, suggester=suggester, **options)

    def action_complete(self) -> None:
        """Take what is suggested."""
        if self._suggestion:
            self.value, self.cursor_position = self._suggestion, len(self._suggestion)
