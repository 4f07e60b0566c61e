"""The app around the workbench: theme, command palette, keys that reach everywhere, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

os.environ.setdefault("TEXTUAL_FPS", "120")  # read once, when textual is imported

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ..engine.domain.errors import InputError
from .panels.editor import Editor
from .solver_client import Solver, SolverClient
from .themes import DARK, LIGHT
from .workbench import Workbench


class ModelpickApp(App[None]):
    """One screen, the workbench, and the dialogs over it."""

    TITLE = "modelpick"
    CSS_PATH = "modelpick.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="quit_anywhere"),
    ]

    def __init__(self, path: Path | None, catalog: Path | None, solver: Solver | None = None) -> None:
        super().__init__()
        self._file, self._catalog = path, catalog
        self._solver = solver or SolverClient(catalog)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK.name

    def get_default_screen(self) -> Screen[None]:
        """The workbench is the first screen, not one over an empty one."""
        from .desk import opened

        name = self._file.name if self._file else "ready-made"
        self.bench = Workbench(name, partial(opened, self._file, self._catalog), self._solver)
        return self.bench

    def on_key(self, event: events.Key) -> None:
        """A key typed ahead of the editor's focus goes where it was meant."""
        if isinstance(self.focused, Editor) and self.focused.take(event):
            event.stop().prevent_default()

    async def action_quit(self) -> None:
        """Quit, but not with unsaved changes unless that is meant."""
        if self.screen is self.bench:
            self.bench.quit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that has a key, and textual's own."""
        if screen is self.bench:
            for binding in self.bench.every_key():
                yield SystemCommand(binding.description, f"key: {binding.key}", self._doing(binding.action))
        yield from super().get_system_commands(screen)

    def _doing(self, action: str) -> Callable[[], object]:
        return partial(self.call_later, self.run_action, action, self.bench)


def run(path: Path | None, catalog: Path | None) -> int:
    """Open the app and give its exit status. Raises InputError for a file it cannot use."""
    from ..engine.adapters.disk import read_text

    for file in (path, catalog):
        if file is not None:
            read_text(file)  # a wrong name is said before the screen is taken
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("the app needs a terminal; for scripts there is: modelpick solve")
    app = ModelpickApp(path, catalog)
    app.run()
    if app.bench.failure is not None:
        raise app.bench.failure
    return app.return_code or 0
