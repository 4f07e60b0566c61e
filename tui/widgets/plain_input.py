"""An input for text on one line: what is pasted arrives without line ends and control characters."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

_ENOUGH = 10_000  # characters of a paste that are looked at


class PlainInput(Input):
    """Textual's own keeps the first line only, and escape codes in it; a list may come on many lines."""

    # Textual's own lays out the whole screen for every letter; what grows with its text asks for that anyway.
    virtual_size = Reactive(Size(0, 0))

    def on_paste(self, event: events.Paste) -> None:
        """Put in what can stand on one line, over the selection."""
        event.stop().prevent_default()
        words = " ".join(event.text[:_ENOUGH].split())
        self.replace("".join(filter(str.isprintable, words)), *self.selection)
