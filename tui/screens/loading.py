"""What stands in the place of the main screen while the files are read: its panels, with nothing in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.dom import DOMNode

from .. import textual_private
from ..base_screen import BaseScreen
from ..messages import SolverFailed
from . import panels
from .panels import Panels

_MAX_REFRESHES = 10  # for which the keys are waited for: a terminal without the focus shows none
_WHILE_READING = ("help", "leave")


class Loading(BaseScreen[None]):
    """Has the keys of the main screen, most of which say that they have to wait."""

    AUTO_FOCUS = "#rules"
    PANELS = panels.KINDS
    HORIZONTAL_BREAKPOINTS = panels.WIDTHS
    VERTICAL_BREAKPOINTS = panels.HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = panels.BINDINGS

    def __init__(self, name: str, on_painted: Callable[[], None], on_ready: Callable[[], None]) -> None:
        """`name` is that of the file; `on_painted` is called once the panels are seen, `on_ready` the keys.

        What is started by `on_painted` must not keep this process busy: the keys are still to be painted.
        """
        super().__init__(classes=panels.STYLE)
        self._panels, self._on_painted, self._on_ready = Panels(name), on_painted, on_ready
        self.hint = self._panels.hint
        self._when_on_top: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The panels of the main screen."""
        yield from self._panels.compose()

    def on_mount(self) -> None:
        """Paint first; read after."""
        self._panels.total.repaint()
        self._panels.rules.focus()
        self.call_after_refresh(self._on_painted)
        self.call_after_refresh(self._wait_for_keys, _MAX_REFRESHES)

    def _wait_for_keys(self, refreshes: int) -> None:
        if self._panels.foot.children or not refreshes:
            self.call_after_refresh(self._on_ready)
        else:
            self.call_after_refresh(self._wait_for_keys, refreshes - 1)

    def give_way(self, replace: Callable[[], None]) -> None:
        """Call `replace` now, or when the dialog that is open over this screen has been closed."""
        if self.app.screen is self:
            replace()
        else:
            self._when_on_top = replace

    def on_screen_resume(self) -> None:
        """A dialog has been closed."""
        if self._when_on_top is not None:
            self._when_on_top()

    def on_solver_failed(self, message: SolverFailed) -> None:
        """Say it; the main screen asks again."""
        self.hint.say(message.text, bad=True)

    def action_leave(self) -> None:
        """Quit; there is nothing to lose yet."""
        self.app.exit(return_code=0)

    def disabled_reason(self, action: str, node: DOMNode) -> str:
        """Until the files are read there is nothing to act on."""
        target, name = textual_private.parse_action(self.app, action, node)[:2]
        if target is self and name not in _WHILE_READING:
            return "the files are still being read"
        return super().disabled_reason(action, node)
