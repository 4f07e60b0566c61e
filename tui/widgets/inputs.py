"""Typing a value in its place: one Input that floats over the rule it changes.

Keys can come faster than focus moves. A key that was typed after Enter but delivered here is handed on, and a
key that was typed after the editor opened but delivered elsewhere is taken in; so nothing typed ahead is
lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets.input import Selection

from .plain_input import PlainInput

if TYPE_CHECKING:
    from ..document.rules import Path


class Editor(PlainInput):
    """The in-place input. Enter accepts, Escape and ctrl+c give up."""

    BINDINGS: ClassVar[list[BindingType]] = [  # for the footer: `on_key` is faster than they are
        Binding("enter", "screen.accept", "Accept", key_display="⏎"),
        Binding("escape", "screen.give_up", "Give up", key_display="esc ^c"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(compact=True, select_on_focus=False, **options)
        self.path: Path | None = None
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether a value is being typed."""
        return self.path is not None

    def open(self, path: Path, value: str, placeholder: str) -> None:
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
        if not self.is_open:
            event.stop().prevent_default()
            self.app.post_message(_again(event))
            return
        _seen(event)
        if event.key in ("enter", "escape", "ctrl+c"):
            event.stop().prevent_default()
            await self.run_action("screen.accept" if event.key == "enter" else "screen.give_up")

    def take(self, event: events.Key) -> bool:
        """A key on its way past: taken in if it was meant for here and has not been here."""
        if not self.is_open or getattr(event, _MARK, False):
            return False
        self.post_message(_again(event))
        return True


_MARK = "_passed_the_editor"


def _seen(event: events.Key) -> None:
    setattr(event, _MARK, True)


def _again(event: events.Key) -> events.Key:
    return events.Key(event.key, event.character)
