"""Which panel is seen and how large: all at once, one of two where there is little room, or one alone."""

from __future__ import annotations

from textual.widget import Widget

from ...engine.domain.rules import RulePath
from .. import formatting
from ..widgets.line_list import LinePanel
from .recovering import Recovering


class Panes(Recovering):
    """The workbench whose panels can be gone through, opened and made large."""

    @property
    def panes(self) -> tuple[LinePanel, ...]:
        """The panels in the order of tab."""
        return (self.rules, self.allocation, self.why)

    @property
    def pane(self) -> LinePanel:
        """The panel that has the keyboard; the rules while a value is typed."""
        return next((pane for pane in self.panes if pane.has_focus), self.rules)

    def show_pane(self, pane: Widget) -> None:
        """Give a panel the keyboard, and room where it has none."""
        if pane is not self.rules:
            self.set_class(pane is self.why, "-why")
        for one in self.panes:
            one.set_class(one is pane, "-shown")
        self.query_one("#answers").set_class(pane is not self.rules, "-shown")
        self.app.stylesheet.update(self)  # at once: what is not displayed takes no focus
        self.set_focus(pane)

    def action_switch(self, by: int = 1) -> None:
        """To the next panel, or the one before."""
        panes = self.panes
        pane = panes[(panes.index(self.pane) + by) % len(panes)]
        self.show_pane(pane)
        pane.wake()
        pane.moved()

    def action_zoom(self) -> None:
        """The panel alone on the screen, or among the others again."""
        pane = self.pane
        self.show_pane(pane)
        self.toggle_class("-zoom")
        large = self.has_class("-zoom")
        keys = f"{self.key('switch')} goes to the next, {self.key('zoom')} brings all back"
        self.hint.say(f"{pane.border_title} alone; {keys}" if large else "all panels")

    def action_open_reason(self) -> None:
        """Open or close a group of offers; from a rule's price go to the rule."""
        key = self.why.key
        if self.document is None or key is None or self.why.turn():
            return
        if isinstance(key, RulePath):
            self.follow(key)

    def disabled_reason_open_reason(self) -> str:
        """Some lines hold nothing more."""
        key = self.why.key
        there = isinstance(key, RulePath) or (key is not None and key[0] == "group")
        return "" if there else "this line opens nothing: groups of offers and prices of rules do"

    def follow(self, path: RulePath) -> None:
        """To the rule or label a line speaks of."""
        assert self.document is not None
        self.rules.show_routing(self.document.routing, path)
        self.show_pane(self.rules)
        self.hint.say(self.explained(path))

    def explained(self, path: tuple[str, ...]) -> str:
        """What a line is, also one of the reasons."""
        if path[0] == "group":
            key = self.key("open_reason")
            return f"offers that break {formatting.clean(path[1])}; {key} opens and closes the list"
        if path[0] == "offer":
            return formatting.clean(" ".join(path[1:2])) + (
                f" breaks {formatting.clean(path[2])}" if path[2:] else ""
            )
        return super().explained(path)
