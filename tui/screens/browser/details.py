"""The details of one offer: beside the table where there is room, over it where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ... import formatting
from ...base_screen import Dialog
from ...widgets.foot import Foot
from ...widgets.line_list import Line, LinePanel
from .facts import Fact, details
from .rows import Row

if TYPE_CHECKING:
    from ....engine.domain.catalog import Catalog

_NAME = 22


class FactPanel(LinePanel):
    """Facts, one a line; long ones go on below."""

    def __init__(self, facts: Sequence[Fact] = (), **options: Any) -> None:
        super().__init__(**options)
        self.facts: Sequence[Fact] = facts

    def show(self, row: Row, rows: Mapping[str, Row], catalog: Catalog, label: str) -> None:
        """Show an offer."""
        self.facts = details(row, rows, catalog, label)
        self.cursor = 0
        self.rebuild()

    def show_none(self) -> None:
        """There is no offer."""
        self.facts = ()
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """Name and text; what is longer than the line is wrapped under itself."""
        lines = []
        name_width = min(_NAME, max(width // 3, 8))
        for style, name, text in self.facts:
            if not text:
                lines.append(Line(((formatting.fit(name, width - 1), style),)))
                continue
            for at, part in enumerate(wrapped(text, max(width - 1 - name_width, 8))):
                lead = "" if at else f"  {name}"
                parts = ((formatting.fit(lead, name_width - 1) + " ", "name"), (part, style))
                lines.append(Line(parts))
        return lines


def wrapped(text: str, width: int) -> list[str]:
    """A text on as many lines as it takes, broken at spaces where there are any."""
    lines, line = [], ""
    for word in formatting.clean(text).split(" "):
        rest = word
        if line and cell_len(line) + 1 + cell_len(rest) <= width:
            line = f"{line} {rest}"
            continue
        if line:
            lines.append(line)
        while cell_len(rest) > width:
            cut = width
            while cell_len(rest[:cut]) > width:
                cut -= 1
            lines.append(rest[: max(cut, 1)])
            rest = rest[max(cut, 1) :]
        line = rest
    return [*lines, line]


class Sheet(Dialog[None]):
    """Lines over the whole screen, until a key closes them."""

    PANELS = (LinePanel,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter,escape,ctrl+c,b,v", "dismiss(None)", "Back", key_display="q", id="sheet_close"),
    ]

    def __init__(self, title: str, panel: LinePanel) -> None:
        super().__init__()
        self.panel = panel
        panel.border_title = formatting.clean(title)
        panel.add_class("sheet")

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        yield self.panel
        yield Foot()

    def on_mount(self) -> None:
        """Keys go to the lines."""
        self.panel.focus()


class MadePanel(LinePanel):
    """Lines that something else makes for a width."""

    def __init__(self, make: Callable[[int], list[Line]], **options: Any) -> None:
        super().__init__(**options)
        self._make = make

    def lines_for(self, width: int) -> list[Line]:
        """As it says."""
        return self._make(width - 1)
