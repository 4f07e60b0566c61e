"""The app around the workbench: theme, command palette, keys that reach everywhere, and the exit status."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

os.environ.setdefault("TEXTUAL_FPS", "120")  # read once, when textual is imported

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from ..engine.domain.errors import InputError, nearest
from .key_order import KeyOrder
from .keyed import Keyed
from .settings import Settings, config_path, first_time, read_settings, remember_theme
from .solver_client import Solver, SolverClient
from .themes import DARK, OWN
from .workbench import Workbench

_TEXTUALS = ("Theme", "Screenshot")  # of textual's own commands; help and quit are ours


@dataclass(frozen=True)
class Options:
    """How the app is opened: a person's settings, and what the command line asks for."""

    settings: Settings = field(default_factory=Settings)
    config: Path | None = None  # where a chosen theme is remembered
    record: Path | None = None
    replay: Path | None = None
    replay_text: str | None = None  # where `replay` is a pipe, which is read before the screen is taken
    tour: bool = False


class ModelpickApp(KeyOrder):
    """One screen, the workbench, and the dialogs over it."""

    TITLE = "modelpick"
    CSS_PATH = "modelpick.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="quit_anywhere"),
        Binding("ctrl+p", "command_palette", "Find an action", show=False, priority=True, id="palette"),
    ]

    def __init__(
        self,
        path: Path | None,
        catalog: Path | None,
        solver: Solver | None = None,
        options: Options | None = None,
    ) -> None:
        super().__init__()
        self._file, self._catalog = path, catalog
        self.options = options or Options()
        self._solver = solver or SolverClient(catalog)
        for theme in OWN:
            self.register_theme(theme)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = self.options.settings.theme or DARK.name
        self.set_keymap(dict(self.options.settings.keys))

    def get_default_screen(self) -> Screen[None]:
        """The workbench is the first screen, not one over an empty one."""
        from .opening import opened

        name = self._file.name if self._file else "ready-made"
        options = self.options
        opener = partial(
            opened, self._file, self._catalog, options.record, options.replay, options.replay_text
        )
        self.bench = Workbench(name, opener, self._solver)
        return self.bench

    def on_mount(self) -> None:
        """From now on a theme is remembered; the first time, there is a tour."""
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        for name in ("SIGTERM", "SIGHUP"):
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                number = getattr(signal, name)  # there is none on every system, nor outside the main thread
                asyncio.get_running_loop().add_signal_handler(number, self._told_to_end, number)
        if self.options.tour:
            self.call_after_refresh(self.bench.action_tour)

    def _told_to_end(self, number: int) -> None:
        """Keep what is unsaved as a draft, leave the terminal as it was found and no process behind.

        Told once more, end at once.
        """
        asyncio.get_running_loop().remove_signal_handler(number)
        self.bench.keep_draft()
        self.exit(return_code=128 + number)

    def _theme_chosen(self, theme: Theme) -> None:
        if self.options.config is not None and "TEXTUAL_THEME" not in os.environ:
            self.run_worker(partial(remember_theme, theme.name, self.options.config), thread=True)

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Every key, click and command comes by here: an action that is off says why instead."""
        screen, node = self.screen, default_namespace or self
        if isinstance(screen, Keyed) and isinstance(action, str) and namespaces is None:
            why = screen.why_off(action, node)
            if why and self._check_action_state(action, node):
                screen.say(why, bad=True)
                return True
        return await super().run_action(action, default_namespace, namespaces)

    async def action_quit(self) -> None:
        """Quit, but not with unsaved changes unless that is meant."""
        if self.screen is self.bench:
            self.bench.quit()

    def off_quit(self) -> str:
        """What is open over the main screen may hold something half done."""
        return "" if self.screen is self.bench else "close this first: quitting is for the main screen"

    def action_command_palette(self) -> None:
        """Every action, to search in."""
        from .palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def show_help(self, keys: Iterable[Binding]) -> None:
        """Every one of these keys."""
        from .dialogs.help import Help

        self.push_screen(Help(keys))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that has a key, and textual's own."""
        if isinstance(screen, Keyed):
            yield from self._own_commands(screen)
        for command in super().get_system_commands(screen):
            if command.title in _TEXTUALS:
                yield command

    def _own_commands(self, screen: Keyed[object]) -> Iterable[SystemCommand]:
        from .dialogs.help import MOVES, keys_of

        keys = [(node, binding) for node, binding in screen.every_key() if binding.id != "palette"]
        told = {binding.description: (node, binding) for node, binding in reversed(keys)}
        names = keys_of(binding for _, binding in keys)
        for words in names:
            node, binding = told[words]
            if not binding.action.startswith(MOVES):
                doing = partial(self.call_later, self.run_action, binding.action, node)
                why = screen.why_off(binding.action, node)
                yield SystemCommand(words, f"key: {names[words]}{f'; off: {why}' if why else ''}", doing)


def look_at(path: Path | None, catalog: Path | None) -> None:
    """What can be said of the files before the screen is taken, without holding up the first paint."""
    from ..engine.adapters.disk import check_plain, read_text

    for file in (path, catalog):
        if file is not None:
            check_plain(file, "the app reads it more than once, `modelpick solve` does not")
    if catalog is not None:
        from ..engine.adapters.catalogs import load_catalog

        load_catalog(catalog)
    if path is not None:
        from ..engine.adapters.toml_text import loads

        try:
            loads(read_text(path))
        except (ValueError, RecursionError):
            from ..engine.adapters.files import load_routing  # brings pydantic, which can wait otherwise

            load_routing(path)  # says it in our words


def settled(config: Path) -> Settings:
    """The person's settings, checked. Raises InputError."""
    settings = read_settings(config)
    themes = [theme.name for theme in OWN] + list(BUILTIN_THEMES)
    if settings.theme and settings.theme not in themes:
        what = f"no such theme {settings.theme!r}{nearest(settings.theme, themes)}"
        raise InputError(what, key="theme", where=str(config))
    if settings.keys:
        from .keys import check_keys

        check_keys(settings.keys, config)
    return settings


def run(
    path: Path | None,
    catalog: Path | None,
    record: Path | None = None,
    replay: Path | None = None,
    mouse: bool = True,
) -> int:
    """Open the app and give its exit status. Raises InputError for a file it cannot use."""
    gc.freeze()  # what was imported stays: looking through it again and again would hold up the first paint
    gc.enable()
    look_at(path, catalog)
    web = "TEXTUAL_DRIVER" in os.environ  # serve: pipes, and a browser behind them
    if not web and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("the app needs a terminal; for scripts there is: modelpick solve")
    config = config_path()
    settings = settled(config)
    from ..engine.adapters.disk import read_text, special

    script = read_text(replay) if replay is not None and special(replay) == "a pipe" else None
    options = Options(settings, config, record, replay, script, tour=first_time("tour"))
    app = ModelpickApp(path, catalog, options=options)
    app.run(mouse=mouse and settings.mouse)
    if app.bench.failure is not None:
        raise app.bench.failure
    return app.return_code or 0
