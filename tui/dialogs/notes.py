"""A few lines to read, each on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from .. import formatting
from .scrolled import Scrolled


class Notes(Scrolled[None]):
    """Closes on any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c", "dismiss(None)", "Close", id="close_notes"),
    ]

    def __init__(self, title: str, notes: Sequence[str]) -> None:
        super().__init__()
        self._title, self._notes = title, notes

    def compose(self) -> ComposeResult:
        """A paragraph a note."""
        with Vertical(classes="dialog -tall"):
            yield Static(formatting.clean(self._title), markup=False, classes="question")
            with VerticalScroll(id="told", can_focus=False):
                yield Static("\n".join(f"· {formatting.clean(note)}" for note in self._notes), markup=False)
            yield Static(f"{self.key('close_notes')} closes", markup=False, id="note")
