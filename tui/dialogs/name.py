"""One line of text, asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from .. import formatting
from ..base_screen import Dialog
from ..widgets.plain_input import PlainInput


class Name(Dialog[str | None]):
    """Returns what was typed, never empty, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(
        self, question: str, proposed: str, check: Callable[[str], str] | None = None, about: str = ""
    ) -> None:
        """`check`: what is wrong with a text, or nothing; `about`: what may be typed."""
        super().__init__()
        self._question, self._proposed = question, proposed
        self._check, self._about = check, about

    def compose(self) -> ComposeResult:
        """The question and one input."""
        with Vertical(classes="dialog"):
            yield Static(formatting.clean(self._question), markup=False, classes="question")
            yield PlainInput(self._proposed, compact=True, id="name")
            told = f"{self._about}{'; ' if self._about else ''}Enter takes it, {self.key('cancel')} cancels"
            yield Static(told, id="note", markup=False)

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip() or self._proposed
        if wrong := self._check(text) if self._check else "":
            note = self.query_one("#note", Static)
            note.add_class("-bad")
            note.update(formatting.clean(f"✗ {wrong}"))
        else:
            self.dismiss(text)
