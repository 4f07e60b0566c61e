"""The app around the workbench: theme, command palette, keys that reach everywhere, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

os.environ.setdefault("TEXTUAL_FPS", "120")  # read once, when textual is imported

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from ..engine.domain.errors import InputError
from .panels.editor import Editor
from .solver_client import Solver, SolverClient
from .themes import DARK, LIGHT
from .workbench import Workbench

_MOVES = ("move(", "page(")  # too small for a palette
_TEXTUALS = ("Theme", "Screenshot")  # of textual's own commands; help and quit are ours


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
        if hasattr(screen, "every_key"):
            yield from self._own_commands(screen.every_key())
        for command in super().get_system_commands(screen):
            if command.title in _TEXTUALS:
                yield command

    def _own_commands(self, keys: list[tuple[DOMNode, Binding]]) -> Iterable[SystemCommand]:
        from .dialogs.help import keys_of

        told = {binding.description: (node, binding) for node, binding in reversed(keys)}
        names = keys_of(binding for _, binding in keys)
        for words in names:
            node, binding = told[words]
            if not binding.action.startswith(_MOVES):
                doing = partial(self.call_later, self.run_action, binding.action, node)
                yield SystemCommand(words, f"key: {names[words]}", doing)


def _look_at(path: Path | None, catalog: Path | None) -> None:
    """What can be said of the files before the screen is taken, without holding up the first paint."""
    if catalog is not None:
        from ..engine.adapters.catalogs import load_catalog

        load_catalog(catalog)
    if path is not None:
        import tomllib

        from ..engine.adapters.disk import read_text

        try:
            tomllib.loads(read_text(path))
        except (ValueError, RecursionError):
            from ..engine.adapters.files import load_routing  # brings pydantic, which can wait otherwise

            load_routing(path)  # says it in our words


def run(path: Path | None, catalog: Path | None) -> int:
    """Open the app and give its exit status. Raises InputError for a file it cannot use."""
    _look_at(path, catalog)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("the app needs a terminal; for scripts there is: modelpick solve")
    app = ModelpickApp(path, catalog)
    app.run()
    if app.bench.failure is not None:
        raise app.bench.failure
    return app.return_code or 0
