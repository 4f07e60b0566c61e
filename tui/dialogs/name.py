"""A name, typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ..panels.plain_input import PlainInput


class Name(ModalScreen[str | None]):
    """Returns what was typed, never empty, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(self, question: str, proposed: str) -> None:
        super().__init__()
        self._question, self._proposed = question, proposed

    def compose(self) -> ComposeResult:
        """The question and one input."""
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False, classes="question")
            yield PlainInput(self._proposed, compact=True, id="name")
            yield Static("Enter takes it, Esc cancels", id="note", markup=False)

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or self._proposed)
