"""The keys at the foot of a screen; those that are off are dim, and a click on one says why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_ALWAYS = 2  # the last keys of every screen: its help and the way out


class Foot(Footer):
    """Textual's own, as far as the width goes; `dim` brings it up to date without making it anew."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys that fit."""
        keys = list(super().compose())
        widths = [_width(key) for key in keys]
        room = self.app.size.width + 1  # nothing has to stand behind the last
        yield from (keys[at] for at in fitting(widths, room))

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """More keys may fit, or fewer."""
        if self._bindings_ready:
            self.call_after_refresh(self.recompose)

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


def fitting(widths: Sequence[int], room: int) -> list[int]:
    """The places of the keys that are shown in `room` cells: the last two, and of the others the first."""
    first_always = max(len(widths) - _ALWAYS, 0)
    used, shown = sum(widths[first_always:]), 0
    while shown < first_always and used + widths[shown] <= room:
        used += widths[shown]
        shown += 1
    return [*range(shown), *range(first_always, len(widths))]


def _width(key: Widget) -> int:
    """The cells of a key with what it does, and the space before the next."""
    return cell_len(f"{key.key_display} {key.description} ") if isinstance(key, FooterKey) else 0
