"""Which columns, in which order."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ... import formatting
from ...base_screen import Dialog
from ...widgets.line_list import Line, LinePanel
from .columns import Column

_NAME = 20


class ColumnList(LinePanel):
    """Every column, the chosen ones first and in their order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "turn", "Show or hide", id="column_turn"),
        Binding("plus,K", "shift(-1)", "Further left", id="column_left"),
        Binding("minus,J", "shift(1)", "Further right", id="column_right"),
    ]

    def __init__(self, columns: dict[str, Column], wanted: list[str], **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns
        self.wanted = [name for name in wanted if name in columns]

    def lines_for(self, width: int) -> list[Line]:
        """A line a column: whether it is shown, its name, what it is."""
        lines = []
        for name in [*self.wanted, *(name for name in self.columns if name not in self.wanted)]:
            column, on = self.columns[name], name in self.wanted
            parts = (
                ("[x] " if on else "[ ] ", "mark" if on else "note"),
                (formatting.fit(column.head, _NAME), "name"),
                (formatting.fit(column.about, width - 5 - _NAME), "note"),
            )
            lines.append(Line(parts, name))
        return lines

    def chosen(self) -> None:
        """A double click shows or hides."""
        self.action_turn()

    def action_turn(self) -> None:
        """Show the column, or hide it."""
        if self.key in self.wanted:
            self.wanted.remove(self.key)
        elif self.key is not None:
            self.wanted.append(self.key)
        self.rebuild()

    def action_shift(self, by: int) -> None:
        """Move a shown column."""
        if self.key not in self.wanted:
            return
        at = self.wanted.index(self.key)
        to = max(0, min(at + by, len(self.wanted) - 1))
        self.wanted.insert(to, self.wanted.pop(at))
        self.rebuild()


class ColumnChoice(Dialog["list[str] | None"]):
    """Returns the columns in their order, or None for Escape."""

    PANELS = (ColumnList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="column_take"),
        Binding("escape,q,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, columns: dict[str, Column], wanted: list[str]) -> None:
        super().__init__()
        self._list = ColumnList(columns, wanted, id="choices")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(classes="dialog -tall"):
            yield Static("Columns", classes="question")
            yield self._list
            names = ("column_turn", "column_left", "column_right", "column_take", "cancel")
            keys = [self.key(name) for name in names]
            told = "{} shows or hides, {} and {} move it, {} takes them, {} cancels".format(*keys)
            yield Static(told, markup=False, id="note")

    def on_mount(self) -> None:
        """Keys go to the list."""
        self._list.focus()

    def action_take(self) -> None:
        """These columns; at least one."""
        self.dismiss(self._list.wanted or None)
