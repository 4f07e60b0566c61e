"""The keys of the main screen, each with its action, and what is known of them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from .ways import Ways

_ALWAYS = ("switch", "zoom", "tour", "end_tour", "help", "leave")  # also while the files are being read
_NOT_WHILE_TYPING = (
    "travel", "save", "save_as", "switch", "zoom", "origin", "baseline", "import", "mend", "cautious",
    "frontier", "what_if", "browse", "help", "leave",
    "review", "export", "copy", "external", "reload", "tour", "end_tour",
)  # fmt: skip


class Workbench(Ways):
    """The workbench with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u,ctrl+z", "travel(True)", "Undo", key_display="u", id="undo"),
        Binding("ctrl+r,ctrl+y", "travel(False)", "Redo", key_display="^r", id="redo"),
        Binding("s,ctrl+s", "save", "Save", key_display="s", id="save"),
        Binding("S,w", "save_as", "Save as", show=False, id="save_as"),
        Binding("v", "review", "View changes", show=False, id="review"),
        Binding("x", "export", "Export", show=False, id="export"),
        Binding("y", "copy", "Copy the routing", show=False, id="copy"),
        Binding("E", "external", "Open in $EDITOR", show=False, id="editor"),
        Binding("R", "reload", "Read again from disk", show=False, id="reload"),
        Binding("f2", "tour", "The tour", show=False, id="tour"),
        Binding("escape", "end_tour", "Close the tour", show=False, id="end_tour"),
        Binding("m", "mend", "Mend: make the first change that helps", show=False, id="mend"),
        Binding("L", "cautious", "Skills at the low end of their interval", show=False, id="cautious"),
        Binding("tab", "switch(1)", "Next panel", show=False, id="switch"),
        Binding("shift+tab", "switch(-1)", "Panel before", show=False, id="switch_back"),
        Binding("I", "import", "Import a router's config", show=False, id="import"),
        Binding("B", "baseline", "Compare with a baseline", show=False, id="baseline"),
        Binding("o", "origin", "Where the figures come from", show=False, id="origin"),
        Binding("z", "zoom", "Zoom the panel", show=False, id="zoom"),
        Binding("f", "frontier", "Frontier", show=False, id="frontier"),
        Binding("W", "what_if", "What if", show=False, id="what_if"),
        Binding("b", "browse", "Browse", id="browse"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="help"),
        Binding("q,ctrl+c", "leave", "Quit", key_display="q", id="quit"),
    ]

    def action_leave(self) -> None:
        """Quit; with unsaved changes, ask."""
        self.quit()

    def disabled_reason(self, action: str, node: DOMNode) -> str:
        """Until the files are read there is nothing to act on."""
        target, name, _ = self.app._parse_action(action, node)
        if self.document is None and target is self and name not in _ALWAYS:
            return "the files are still being read"
        return super().disabled_reason(action, node)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a value is typed the other keys are letters, and the footer does not show them."""
        return action not in _NOT_WHILE_TYPING if self.editor.is_open else True
