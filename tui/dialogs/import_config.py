"""Which router's config file: one in the usual places, or a path; it is read before it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.domain.errors import InputError
from .. import formatting
from ..base_screen import Dialog
from ..solver.requests import Imported, imported_from
from ..widgets.inputs import PathInput, short, usual
from ..widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver

_SECONDS = 10.0
_ROUTER = 22


class Configs(LinePanel):
    """The files that are in the usual places."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "screen.choose", "Take it", id="config_choose"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.found = usual()

    def lines_for(self, width: int) -> list[Line]:
        """Whose it would be, and where it is."""
        return [
            Line(
                (
                    (formatting.fit(router, _ROUTER), "name"),
                    (formatting.fit(short(path), width - 1 - _ROUTER), "value"),
                ),
                path,
            )
            for router, path in self.found
        ]

    def chosen(self) -> None:
        """A double click takes."""
        self.call_later(self.run_action, "screen.choose")


class Config(Dialog[Imported | None]):
    """Returns what was read, or None; what cannot be read is said, and another can be chosen."""

    PANELS = (Configs, PathInput)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Cancel", id="config_cancel"),
        Binding("ctrl+c", "back", "Cancel", priority=True, show=False, id="config_cancel_c"),
        Binding("q,left,h", "back", "Cancel", show=False, id="config_cancel_q"),
        Binding("i,slash", "path", "Type a path", id="config_path"),
    ]

    def __init__(self, title: str, routing: Routing, solver: Solver) -> None:
        super().__init__()
        self._title, self._routing, self._solver = title, routing, solver
        self.configs = Configs(id="choices")
        self.path_input = PathInput(placeholder="~/path/to/config.json", id="path")
        self.note = Static("", markup=False, id="note")

    def compose(self) -> ComposeResult:
        """The files, then a path."""
        self.configs.display = bool(self.configs.found)
        with Vertical(classes="dialog" + (" -list" if self.configs.found else "")):
            yield Static(self._title, markup=False, classes="question")
            yield self.configs
            yield self.path_input
            yield self.note

    def on_mount(self) -> None:
        """Keys go to the files where there are any."""
        if self.configs.found:
            keys = [self.key(name) for name in ("config_choose", "config_path", "config_cancel")]
            self.say("{} takes the file, {} types another path, {} cancels".format(*keys))
            self.configs.focus()
        else:
            self.action_path()

    def say(self, text: str, bad: bool = False) -> None:
        """One line at the foot."""
        self.note.set_class(bad, "-bad")
        self.note.update(formatting.clean(f"✗ {text}" if bad else text))

    def action_path(self) -> None:
        """Type where it is."""
        self.set_focus(self.path_input)
        keys = f"{self.key('path_complete')} completes, Enter reads it, {self.key('config_cancel')} cancels"
        self.say(f"{keys}; litellm:PATH where it is not clear whose it is")

    def action_choose(self) -> None:
        """Read the file under the cursor."""
        self._read(self.configs.key, None)

    def disabled_reason_choose(self) -> str:
        """There may be none."""
        return "" if self.configs.key is not None else "no config file is in the usual places"

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        from ...engine.adapters.routers.import_ import READ

        event.stop()
        lead, colon, rest = event.value.strip().partition(":")
        router = lead if colon and lead in READ else None
        text = rest.strip() if router else event.value.strip()
        if not text:
            self.say("type the path of a router's config file", bad=True)
        else:
            self._read(Path(text), router)

    def _read(self, path: Path, router: str | None) -> None:
        self.say(f"reading {path} …")
        self._asked(path, router)

    @work(exclusive=True)
    async def _asked(self, path: Path, router: str | None) -> None:
        try:
            whole = path.expanduser()
            answer = await self._solver.ask(
                "imported", self._routing, _SECONDS, path=str(whole), router=router
            )
        except (InputError, RuntimeError) as error:  # RuntimeError: nobody's home
            self.say(
                str(error).replace("say --router", "put its router before it, as in litellm:PATH"), bad=True
            )
            return
        if answer is not None and self.is_current:
            self.dismiss(imported_from(whole, answer))

    def action_back(self) -> None:
        """From the path to the files, from there away."""
        if self.path_input.has_focus and self.configs.found:
            self.on_mount()
        else:
            self.dismiss(None)
