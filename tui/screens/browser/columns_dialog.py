"""The dialog that chooses the columns of the table and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ... import formatting
from ...base_screen import Dialog
from ...widgets.bars import Note
from ...widgets.line_list import Line, LinePanel
from .columns import Column

_NAME_WIDTH = 20


class ColumnList(LinePanel):
    """Every column, the chosen ones first and in their order."""

    DOUBLE_CLICK = "turn"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "turn", "Show or hide", id="column_turn"),
        Binding("plus,K", "shift(-1)", "Further left", id="column_left"),
        Binding("minus,J", "shift(1)", "Further right", id="column_right"),
    ]

    def __init__(self, columns: dict[str, Column], chosen: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns
        self.shown = [name for name in chosen if name in columns]

    def lines_for(self, width: int) -> list[Line]:
        """A line for each column: whether it is shown, its name, what it is."""
        lines = []
        for name in [*self.shown, *(name for name in self.columns if name not in self.shown)]:
            column, on = self.columns[name], name in self.shown
            parts = (
                ("[x] " if on else "[ ] ", "mark" if on else "note"),
                (formatting.fit(column.head, _NAME_WIDTH), "name"),
                (formatting.fit(column.about, width - 5 - _NAME_WIDTH), "note"),
            )
            lines.append(Line(parts, name))
        return lines

    def action_turn(self) -> None:
        """Show the column, or hide it."""
        if self.key in self.shown:
            self.shown.remove(self.key)
        elif self.key is not None:
            self.shown.append(self.key)
        self.rebuild()

    def action_shift(self, by: int) -> None:
        """Move a shown column so many places to the right."""
        if self.key not in self.shown:
            return
        at = self.shown.index(self.key)
        to = max(0, min(at + by, len(self.shown) - 1))
        self.shown.insert(to, self.shown.pop(at))
        self.rebuild()


class ColumnChoice(Dialog["list[str] | None"]):
    """Dismissed with the names of the columns in their order, or None for Escape."""

    PANELS = (ColumnList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Use these columns", id="column_take"),
        Binding("escape,q,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, columns: dict[str, Column], chosen: Sequence[str]) -> None:
        super().__init__()
        self._list = ColumnList(columns, chosen, id="choices")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(classes="dialog -tall"):
            yield Static("Columns", classes="question")
            yield self._list
            names = ("column_turn", "column_left", "column_right", "column_take", "cancel")
            keys = [self.key(name) for name in names]
            help_line = "{} shows or hides, {} and {} move it, {} takes them, {} cancels".format(*keys)
            yield Note(help_line)

    def on_mount(self) -> None:
        """Focus the list."""
        self._list.focus()

    def action_take(self) -> None:
        """Close with these columns; with None where none is left."""
        self.dismiss(self._list.shown or None)
