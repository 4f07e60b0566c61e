"""The floor of a filter: one Input over a table of ready-made lines, which all change with every letter.

Run by browser.py as a program of its own; it imports textual and nothing of modelpick.
"""

from __future__ import annotations

import os

os.environ.setdefault("TEXTUAL_FPS", "120")  # as the app does

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer, Input, Static

LINES = 2_000
STYLES = (Style(bold=True), Style(color="green"), Style(color="red"))


def strip(line: int) -> Strip:
    """A line as wide and with as many parts as one of the browser's."""
    parts = (f" offer {line:5}".ljust(48), f"{line * 7 % 1000:9.2f}" * 6, " why it is out".ljust(18))
    return Strip([Segment(text, style) for text, style in zip(parts, STYLES, strict=True)])


class Lines(ScrollView):
    """The lines, from another one on with every letter."""

    def on_mount(self) -> None:
        """Made before anything is measured."""
        self.strips = [strip(line) for line in range(LINES)]
        self.first = 0
        self.virtual_size = Size(1, LINES)

    def render_line(self, y: int) -> Strip:
        """As it was made."""
        return self.strips[(self.first + y) % LINES].adjust_cell_length(self.size.width)


class BareTable(App[None]):
    """Title, Input, table and keys."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static("catalogue", id="title")
        yield Input(compact=True)
        yield Lines(can_focus=False)
        yield Footer(compact=True)

    def on_input_changed(self) -> None:
        """All lines are other ones."""
        lines = self.query_one(Lines)
        lines.first += 41
        lines.refresh()


if __name__ == "__main__":
    BareTable().run()
