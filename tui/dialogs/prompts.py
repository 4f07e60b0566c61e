"""A question with a few answers, each under its own key."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ..base_screen import Dialog

_LINE = 70
Choice = tuple[str, str, str]  # key, answer, words
ANSWERS = frozenset("acdikors")  # the keys that questions use


class Ask(Dialog[str | None]):
    """Returns the answer, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, question: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        assert all(key in ANSWERS for key, _, _ in choices)
        self._question, self._choices = question, choices

    def compose(self) -> ComposeResult:
        """The question, then the answers; a line each where they are long."""
        parts: list[tuple[str, str]] = []
        end = "\n" if sum(len(words) + 6 for _, _, words in self._choices) > _LINE else "   "
        for key, _, words in self._choices:
            parts += [(f" {key} ", "bold $accent"), (f"{words}{end}", "$text")]
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False, classes="question")
            yield Static(Content.assemble(*parts))

    def on_key(self, event: events.Key) -> None:
        """An answer's key gives it."""
        for key, answer, _ in self._choices:
            if event.character is not None and event.character.lower() == key:
                event.stop()
                self.dismiss(answer)
                return
