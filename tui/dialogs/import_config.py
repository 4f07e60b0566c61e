"""The dialog that imports a router's config: one in the usual places, or a path; read before it is taken."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.adapters.disk import inside
from ...engine.domain.errors import InputError
from .. import formatting
from ..base_screen import Dialog
from ..solver.requests import Imported, parse_import
from ..widgets.bars import Note
from ..widgets.inputs import PathInput, short
from ..widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver

_MAX_SECONDS = 10.0
_MAX_LOG_SECONDS = 120.0  # gigabytes of sessions take a while
_ROUTER_WIDTH = 28
USAGE = "usage"  # whose "file" is a folder of logs
_LOGS = (
    ("Claude Code's logs", "~/.claude/projects"),
    ("Codex's logs", "~/.codex/sessions"),
    ("Gemini CLI's logs", "~/.gemini/tmp"),
    ("claude-code-router's usage", "~/.claude-code-router/usage.sqlite"),
)
_USUAL_PLACES = (
    ("claude-code-router", "~/.claude-code-router/config.json"),
    ("litellm", "config.yaml"),
    ("litellm", "litellm.yaml"),
    ("litellm", "litellm_config.yaml"),
    ("litellm", "litellm-config.yaml"),
    ("litellm", "proxy_config.yaml"),
    ("opencode", "opencode.json"),
    ("opencode", "opencode.jsonc"),
    ("opencode", "{config}/opencode/opencode.json"),
    ("opencode", "{config}/opencode/opencode.jsonc"),
    ("aider", ".aider.conf.yml"),
    ("aider", "~/.aider.conf.yml"),
    ("claude-code", ".claude/settings.json"),
    ("claude-code", "~/.claude/settings.json"),
    ("continue", "~/.continue/config.yaml"),
)


def usual_files() -> list[tuple[str, Path]]:
    """The config files that are there: whose each would be, and its path; those of this folder as typed."""
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    files = []
    for router, text in _USUAL_PLACES:
        path = Path(text.format(config=config)).expanduser()
        try:
            if path.is_file() and inside(path):
                files.append((router, path))
        except OSError:
            continue
    return files


def usual_logs() -> list[tuple[str, Path]]:
    """The logs of a month's work that are there: whose each are, and where."""
    logs = []
    for owner, text in _LOGS:
        path = Path(text).expanduser()
        try:
            if inside(path) and (path.is_file() or (path.is_dir() and any(path.iterdir()))):
                logs.append((owner, path))
        except (OSError, RuntimeError):
            continue
    return logs


class Configs(LinePanel):
    """The files that are in the usual places."""

    DOUBLE_CLICK = "screen.choose"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "screen.choose", "Take it", id="config_choose"),
    ]

    def __init__(self, with_logs: bool, **options: Any) -> None:
        super().__init__(**options)
        self.logs = usual_logs() if with_logs else []
        self.files = usual_files()

    def lines_for(self, width: int) -> list[Line]:
        """Whose it would be, and where it is."""
        return [
            Line(
                (
                    (formatting.fit(router, _ROUTER_WIDTH), "name"),
                    (formatting.fit(short(path), width - 1 - _ROUTER_WIDTH), "value"),
                ),
                path,
            )
            for router, path in (*self.logs, *self.files)
        ]


class Config(Dialog[Imported | None]):
    """Dismissed with what was read, or None; what cannot be read is said, and another can be chosen."""

    PANELS = (Configs, PathInput)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Cancel", id="config_cancel"),
        Binding("ctrl+c", "back", "Cancel", priority=True, show=False, id="config_cancel_c"),
        Binding("q,left,h", "back", "Cancel", show=False, id="config_cancel_q"),
        Binding("i", "path", "Type a path", id="config_path"),
    ]

    def __init__(self, title: str, routing: Routing, solver: Solver, *, with_logs: bool = False) -> None:
        """`with_logs`: logs of a month's work may be read as well."""
        super().__init__()
        self._title, self._routing, self._solver = title, routing, solver
        self._with_logs = with_logs
        self.configs = Configs(with_logs, id="choices")
        self.path_input = PathInput(placeholder="~/path/to/config.json", id="path")
        self.hint = Note()

    def compose(self) -> ComposeResult:
        """The files, then a path."""
        self.configs.display = self._listed
        with Vertical(classes="dialog" + (" -list" if self._listed else "")):
            yield Static(self._title, markup=False, classes="question")
            yield self.configs
            yield self.path_input
            yield self.hint

    @property
    def _listed(self) -> bool:
        return bool(self.configs.files or self.configs.logs)

    def on_mount(self) -> None:
        """Focus the files where there are any, else the path."""
        if self._listed:
            keys = [self.key(name) for name in ("config_choose", "config_path", "config_cancel")]
            self.say("{} takes the file, {} types another path, {} cancels".format(*keys))
            self.configs.focus()
        else:
            self.action_path()

    def action_path(self) -> None:
        """Type the path of the file."""
        self.set_focus(self.path_input)
        keys = f"{self.key('path_complete')} completes, Enter reads it, {self.key('config_cancel')} cancels"
        logs = f", {USAGE}:PATH reads logs" if self._with_logs else ""
        self.say(f"{keys}; litellm:PATH where it is not clear whose it is{logs}")

    def action_choose(self) -> None:
        """Read the file under the cursor."""
        path = self.configs.key
        self._read(path, USAGE if path in (log for _, log in self.configs.logs) else None)

    def disabled_reason_choose(self) -> str:
        """Why no file can be taken: none is in the usual places."""
        return "" if self.configs.key is not None else "no config file is in the usual places"

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        from ...engine.adapters.routers import ROUTERS

        event.stop()
        lead, colon, rest = event.value.strip().partition(":")
        names = (*ROUTERS, USAGE) if self._with_logs else ROUTERS
        router = lead if colon and lead in names else None
        text = rest.strip() if router else event.value.strip()
        if not text:
            self.say("type the path of a router's config file", bad=True)
        else:
            self._read(Path(text), router)

    def _read(self, path: Path, router: str | None) -> None:
        self.say(f"reading {path} …")
        self._request_import(path, router)

    @work(exclusive=True)
    async def _request_import(self, path: Path, router: str | None) -> None:
        try:
            full_path = path.expanduser()
            is_usage = router == USAGE or (router is None and self._with_logs and full_path.is_dir())
            if is_usage:
                answer = await self._solver.ask("usage", self._routing, _MAX_LOG_SECONDS, path=str(full_path))
            else:
                answer = await self._solver.ask(
                    "imported", self._routing, _MAX_SECONDS, path=str(full_path), router=router
                )
        except (InputError, OSError, RuntimeError) as error:  # RuntimeError: nobody's home
            self.say(
                str(error).replace("say --router", "put its router before it, as in litellm:PATH"), bad=True
            )
            return
        if answer is not None and self.is_current:
            self.dismiss(replace(parse_import(full_path, answer), measured=is_usage))

    def action_back(self) -> None:
        """Go back from the path to the files, from there to the main screen."""
        if self.path_input.has_focus and self._listed:
            self.on_mount()
        else:
            self.dismiss(None)
