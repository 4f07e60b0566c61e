"""The app around the workbench: theme, command palette, keys that reach everywhere, and the exit status."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

os.environ.setdefault("TEXTUAL_FPS", "120")  # read once, when textual is imported

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from ..engine.domain.errors import InputError, nearest
from . import textual_private
from .base_screen import BaseScreen
from .document.opening import check_files, open_session
from .frame_buffer import Changes, FrameBuffer
from .key_order import KeyOrder
from .messages import PlanReady, SolverFailed
from .screens.loading import Loading
from .settings import Settings, config_path, has_only_ascii, read_settings, remember_theme
from .solver.client import Solver, SolverClient
from .textual_private import CompositorUpdate
from .themes import DARK, OWN

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing
    from .document.editing_session import EditingSession
    from .entries import Entry
    from .screens.workbench import Workbench

_WORKBENCH = "workbench"  # the mode of the main screen; that of the loading screen is the default
_LAST_RESORT_SECONDS = 10.0  # after a signal until the process ends whatever still goes on
_TERMINAL_SECONDS = 2.0  # between looks whether the terminal is still there
_MAX_USED = 50  # titles that the finder puts first
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


class ModelpickApp(App[None]):
    """One screen, the workbench, and the dialogs over it."""

    TITLE = "modelpick"
    CSS_PATH = "modelpick.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="quit_anywhere"),
        # Without a name: whoever maps ^z to something of a screen has that instead.
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),
        Binding("ctrl+l", "redraw", "Draw the screen again", show=False, priority=True, id="redraw"),
        Binding("ctrl+p", "command_palette", "Find anything", show=False, priority=True, id="palette"),
    ]

    def __init__(
        self,
        path: Path | None,
        catalog: Path | None,
        solver: Solver | None = None,
        options: Options | None = None,
    ) -> None:
        super().__init__()
        self._key_order = KeyOrder(self, super().on_event)
        self._frame = FrameBuffer()
        self._file, self._catalog = path, catalog
        self.options = options or Options()
        self._ascii = _ascii_filters(self.options.settings)
        self._used: list[str] = []  # titles of what the finder did lately
        self._solver = solver or SolverClient(catalog)
        self.failure: InputError | None = None  # why the files cannot be used
        for theme in OWN:
            self.register_theme(theme)
        if "TEXTUAL_THEME" not in os.environ:
            textual_private.start_with_theme(self, self.options.settings.theme or DARK.name)
        self.set_keymap(dict(self.options.settings.keys))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own for colours, and ASCII where the terminal has nothing else."""
        return [*super().get_line_filters(), *self._ascii]

    def get_default_screen(self) -> Screen[None]:
        """The first paint is that of a screen that needs no file."""
        return Loading(
            self._file.name if self._file else "ready-made", self._start_solver, self._start_reading
        )

    @property
    def has_only_ascii(self) -> bool:
        """Whether everything is painted in ASCII."""
        return bool(self._ascii)

    @property
    def workbench(self) -> Workbench:
        """The main screen, once the files are read."""
        from .screens.workbench import Workbench

        screen = self.screen_stack[0]
        assert isinstance(screen, Workbench)
        return screen

    @property
    def is_loading(self) -> bool:
        """Whether the files are still being read."""
        return isinstance(self.screen_stack[0], Loading)

    def on_mount(self) -> None:
        """From now on a theme is remembered, and a signal ends the app as a person would."""
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self.app_resume_signal.subscribe(self, self._paint_again)
        for name in ("SIGTERM", "SIGHUP"):
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                number = getattr(signal, name)  # there is none on every system, nor outside the main thread
                asyncio.get_running_loop().add_signal_handler(number, self._told_to_end, number)
        if _has_terminal():
            self._terminal_watch = self.set_interval(_TERMINAL_SECONDS, self._end_without_terminal)

    def _paint_again(self, _app: App[None]) -> None:
        """Whoever had the terminal meanwhile has left nothing of what stood there."""
        self._frame.forget()
        self.refresh(layout=True)

    async def on_unmount(self) -> None:
        """The solver's process ends before the app does."""
        await self._solver.close()

    # opening

    def _start_solver(self) -> None:
        self.run_worker(self._solver.run(self._on_plan, self._on_trouble), name="solver")

    def _start_reading(self) -> None:
        self.run_worker(self._open(), name="open")

    async def _open(self) -> None:
        try:
            session = await asyncio.to_thread(self._read)
        except InputError as error:  # the command line says why
            self.failure = error
            self.exit(return_code=2)
            return
        gc.freeze()  # the catalogue stays, too: a search through it for garbage would hold up a key
        if not self.is_running:  # the user has left meanwhile
            return
        from .screens.workbench import Workbench  # while another thread waits for the disk, not before

        options = self.options
        workbench = Workbench(session, offer_drafts=options.replay is None, tour=options.tour)
        self.add_mode(_WORKBENCH, lambda: workbench)

        def show() -> None:
            self.switch_mode(_WORKBENCH)
            session.request_plan()

        loading = self.screen_stack[0]
        assert isinstance(loading, Loading)
        loading.give_way(show)

    def _read(self) -> EditingSession:
        options = self.options
        return open_session(
            self._file,
            self._catalog,
            self._solver,
            record=options.record,
            script=options.replay,
            script_text=options.replay_text,
        )

    def _on_plan(self, routing: Routing, plan: Plan, final: bool) -> None:
        workbench = self.workbench
        workbench.post_message(PlanReady(routing, plan, final, workbench.document.solver_overrides))

    def _on_trouble(self, text: str) -> None:
        self.screen_stack[0].post_message(SolverFailed(text))

    # keys and signals

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for what the one before them does."""
        if isinstance(event, events.Resize):  # what a terminal makes of its cells then, each knows alone
            self._frame.forget()
        await self._key_order.take(event)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Write to the terminal only what it does not show yet."""
        if isinstance(renderable, CompositorUpdate):
            renderable = Changes(renderable, self._frame, self.size)
        super()._display(screen, renderable)

    def action_redraw(self) -> None:
        """Write the whole screen again, where another program has written into it."""
        self._frame.forget()
        self.screen.refresh()

    def _told_to_end(self, number: int) -> None:
        """Keep what is unsaved as a draft, leave the terminal as it was found and no process behind.

        Told once more, end at once.
        """
        asyncio.get_running_loop().remove_signal_handler(number)
        # Textual waits for ever where the thread that writes to a closed terminal has died with it.
        last_resort = threading.Timer(_LAST_RESORT_SECONDS, os._exit, [128 + number])
        last_resort.daemon = True
        last_resort.start()
        if not self.is_loading:
            self.workbench.recovery.keep_draft()
        self.exit(return_code=128 + number)

    def _end_without_terminal(self) -> None:
        """End where the terminal was closed and only our parent was told, as `make` is.

        A read gives nothing then, at once, and textual would read on for ever.
        """
        if not _has_terminal():
            self._terminal_watch.stop()
            self._told_to_end(signal.SIGHUP)

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
        if isinstance(screen, BaseScreen) and isinstance(action, str) and namespaces is None:
            why = screen.disabled_reason(action, node)
            if why and textual_private.is_enabled(self, action, node):
                screen.say(why, bad=True)
                return True
        return await super().run_action(action, default_namespace, namespaces)

    async def action_quit(self) -> None:
        """Quit, but not with unsaved changes unless that is meant."""
        if self._is_on_main:
            main: Any = self.screen
            main.action_leave()

    def disabled_reason_quit(self) -> str:
        """What is open over the main screen may hold something half done."""
        return "" if self._is_on_main else "close this first: quitting is for the main screen"

    @property
    def _is_on_main(self) -> bool:
        """Whether nothing is open over the main screen, or the one in its place."""
        return self.screen is self.screen_stack[0]

    def action_command_palette(self) -> None:
        """Everything that can be done or gone to, to search in."""
        from .dialogs.finder import Finder
        from .dialogs.help import MOVING

        screen = self.screen
        if isinstance(screen, BaseScreen) and not isinstance(screen, Finder):
            actions = [entry for entry in self.command_entries(screen) if entry.group != MOVING]
            entries = [*actions, *screen.places()]
            title = "Find anything"
            title += " · : sets a rule" if screen.setting_line() else ""
            self.open_finder(title, entries, grouped=False)

    def open_finder(
        self, title: str, entries: Sequence[Entry], *, text: str = "", grouped: bool = True
    ) -> None:
        """Show the finder over the screen; what is chosen is done once it has closed."""
        from .dialogs.finder import Finder

        screen = self.screen
        assert isinstance(screen, BaseScreen)
        setting = screen.setting_line()
        finder = Finder(title, entries, text=text, setting=setting, used=self._used, grouped=grouped)

        def chosen(run: Callable[[], object] | None) -> None:
            if run is not None:
                title = next((entry.title for entry in entries if entry.run is run), "")
                self._used = [title, *(other for other in self._used if other != title)][:_MAX_USED]
                run()

        self.push_screen(finder, chosen)

    def command_entries(self, screen: BaseScreen[Any]) -> list[Entry]:
        """Every action of the screen, and textual's own."""
        from .dialogs.help import key_entries
        from .entries import Entry

        keys = [pair for pair in screen.every_key() if pair[1].id != "palette"]
        focused = type(screen.focused).__name__

        def run(action: str, node: DOMNode) -> Callable[[], object]:
            return partial(self.call_later, self.run_action, action, node)

        entries = key_entries(keys, focused, run, screen.disabled_reason)
        for command in self.get_system_commands(screen):
            if command.title in _TEXTUALS:
                entries.append(Entry("Everywhere", command.title, "", command.callback, command.help))
        return entries

    def show_help(self, screen: BaseScreen[Any]) -> None:
        """Every key of the screen by what it is for, and what the signs mean."""
        from .dialogs.help import sign_entries

        self.open_finder(
            "modelpick: keys and signs",
            [*self.command_entries(screen), *sign_entries()],
        )


def _ascii_filters(settings: Settings) -> list[LineFilter]:
    if not (has_only_ascii() if settings.ascii is None else settings.ascii):
        return []
    from .ascii_filter import AsciiFilter

    return [AsciiFilter()]


def settled(config: Path) -> Settings:
    """The person's settings, checked. Raises InputError."""
    settings = read_settings(config)
    themes = [theme.name for theme in OWN] + list(BUILTIN_THEMES)
    if settings.theme and settings.theme not in themes:
        what = f"no such theme {settings.theme!r}{nearest(settings.theme, themes)}"
        raise InputError(what, key="theme", where=str(config))
    if settings.keys:
        from .keymap import check_keys

        check_keys(settings.keys, config)
    return settings


def _has_terminal() -> bool:
    """Whether keys come from a terminal that is open."""
    return sys.__stdin__ is not None and not sys.__stdin__.closed and sys.__stdin__.isatty()


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
    web = "TEXTUAL_DRIVER" in os.environ  # serve: pipes, and a browser behind them
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    check_files(path, catalog, may_begin=terminal)
    if not web and not terminal:
        raise InputError("the app needs a terminal; for scripts there is: modelpick solve")
    config = config_path()
    settings = settled(config)
    from ..engine.adapters.disk import read_text, special_kind

    script = read_text(replay) if replay is not None and special_kind(replay) == "a pipe" else None
    from .controllers.first_steps import are_over

    options = Options(settings, config, record, replay, script, tour=not are_over())
    app = ModelpickApp(path, catalog, options=options)
    app.run(mouse=mouse and settings.mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
