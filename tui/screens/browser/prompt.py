"""One number, asked for."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ... import formatting
from ...base_screen import Dialog
from ...widgets.plain_input import PlainInput


class Prompt(Dialog[float | None]):
    """Returns the number, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(self, question: str, value: str, unit: str, most: float | None = None) -> None:
        super().__init__()
        self._question, self._value, self._unit, self._most = question, value, unit, most

    def compose(self) -> ComposeResult:
        """The question, the number, what is wrong with it."""
        with Vertical(classes="dialog"):
            yield Static(formatting.clean(self._question), markup=False, classes="question")
            yield PlainInput(self._value, compact=True, id="number")
            told = f"{self._unit}; Enter takes it, {self.key('cancel')} cancels"
            yield Static(told, markup=False, id="note")

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        from ....engine.domain.errors import InputError

        event.stop()
        try:
            self.dismiss(number(event.value, self._unit, self._most))
        except InputError as error:
            note = self.query_one("#note", Static)
            note.add_class("-bad")
            note.update(formatting.clean(f"✗ {error}"))


def number(text: str, unit: str, most: float | None = None) -> float:
    """What was typed as a number within its bounds. Raises InputError."""
    from ....engine.domain.errors import InputError
    from ...document.rules import Rule
    from ...document.values import parse

    value = float(parse(Rule("value", "number", "", unit=unit), text))
    if not 0 <= value <= (1e12 if most is None else most):
        bounds = "0 or more" if most is None else f"0 to {most:g}"
        raise InputError(f"should be {bounds}, not {value:g}")
    return value
