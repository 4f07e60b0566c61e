"""The floor of the first paint: the app's widgets, its style sheet and keys, and nothing in them.

Run by first_paint.py as a program of its own; it imports textual and nothing of modelpick.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("TEXTUAL_FPS", "120")  # as the app does

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.geometry import Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer, Static

KEYS = {"enter": "Edit", "plus": "Step", "a": "Add", "d": "Drop", "q": "Quit"}
PARTS = ("head", "name", "value", "unit", "note", "good", "bad", "mark", "cursor")
MORE = {"u": "Undo", "ctrl+r": "Redo", "s": "Save", "b": "Browse", "question_mark": "Help"}


class LinePanel(ScrollView, can_focus=True):
    """Where the app draws its lines."""

    COMPONENT_CLASSES = {f"line--{part}" for part in PARTS}
    BINDINGS = [Binding(key, f"nothing('{key}')", what) for key, what in KEYS.items()]

    def on_mount(self) -> None:
        """As large as it is seen."""
        self.virtual_size = Size(1, 1)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Nothing."""
        return Strip.blank(self.scrollable_content_region.width, self.rich_style)


class Bench(Screen[None]):
    """The app's main screen, empty."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (116, "-wide"), (150, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-tall"), (30, "-high")]
    BINDINGS = [Binding(key, f"nothing('{key}')", what) for key, what in MORE.items()]

    def compose(self) -> ComposeResult:
        """Total, four panels, hint, keys, and a note on size that is not shown."""
        panels = {name: LinePanel(id=name) for name in ("labels", "allocation", "why", "rules")}
        for name, panel in panels.items():
            panel.border_title = name
        yield Static("", markup=False, id="total")
        with Container(id="panels"):
            with Container(id="answers"):
                yield panels["labels"]
                with Container(id="answer"):
                    yield panels["allocation"]
                    yield panels["why"]
            yield panels["rules"]
        yield Static("", markup=False, id="hint")
        yield Footer(compact=True, show_command_palette=False)
        yield Static("", id="small")
        self.call_after_refresh(panels["rules"].focus)


class Bare(App[None]):
    """One screen."""

    CSS_PATH = Path(__file__).parents[1] / "tui" / "modelpick.tcss"

    def get_default_screen(self) -> Screen[None]:
        """The one."""
        return Bench()


if __name__ == "__main__":
    Bare().run()
