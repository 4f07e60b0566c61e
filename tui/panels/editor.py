"""Typing a value in its place: one Input that floats over the rule it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets.input import Selection

from .plain_input import PlainInput

if TYPE_CHECKING:
    from ..rules import Path


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
        if event.key in ("enter", "escape", "ctrl+c"):
            event.stop().prevent_default()
            await self.run_action("screen.accept" if event.key == "enter" else "screen.give_up")
