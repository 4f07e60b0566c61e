"""The keys at the foot of a screen; those that are off are dim, and a click on one says why."""

from __future__ import annotations

from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey


class Foot(Footer):
    """Textual's own; `dim` brings it up to date without making it anew."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._told: dict[str, bool] = {}

    def dim(self) -> None:
        """What is off is dim, what is on is not; only a change is painted."""
        if self.is_attached:
            self.call_after_refresh(self._dim)

    def _dim(self) -> None:
        if not self.is_attached:
            return
        on = {one.binding.action: one.enabled for one in self.screen.active_bindings.values()}
        for key in self.query(FooterKey):
            key._disabled = False  # a click is a key: pressed, it says why it is off
            key.set_class(not on.get(key.action, True), "-disabled")

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Another panel has the keyboard: other keys."""
        super().bindings_changed(screen)
        self.dim()
