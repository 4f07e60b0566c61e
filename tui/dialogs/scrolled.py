"""A dialog with a text that is longer than it: scrolled by the keys that move a cursor elsewhere."""

from __future__ import annotations

from typing import ClassVar, Generic

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from ..base_screen import Dialog, Result

_FAR = 1_000_000


class Scrolled(Dialog[Result], Generic[Result]):
    """Scrolls its VerticalScroll; on a few lines the text has all of them, without a border."""

    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "Down", show=False, id="down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="up"),
        Binding("home,g", f"scroll(-{_FAR})", "First line", show=False, id="first"),
        Binding("end,G", f"scroll({_FAR})", "Last line", show=False, id="last"),
        Binding("pagedown,space,ctrl+f,ctrl+d", "page(1)", "Page down", show=False, id="page_down"),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False, id="page_up"),
    ]

    def action_scroll(self, by: int) -> None:
        """By so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """By so many screenfuls."""
        pane = self.query_one(VerticalScroll)
        pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)
