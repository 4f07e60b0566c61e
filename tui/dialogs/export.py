"""Hand the plan to a real router: which one, what it would read, to the clipboard or into a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from ...engine.adapters.routers import ROUTERS
from ...engine.domain.errors import InputError
from .. import formatting
from ..solver.requests import FILES, Exported, exported
from ..widgets.inputs import PathInput
from ..widgets.line_list import Line, LinePanel
from .prompts import Scrolled

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver

_LIST = "{export_show} shows what it would read, {export_back} closes"
_TEXT = "{export_copy} copies it, {export_write} writes it to a file, {export_back} goes back"
_WRITE = "{path_complete} completes, Enter shows what changes in that file, Esc goes back"
_SURE = "{export_sure} writes it, {export_back} goes back"
_KEY = re.compile(r"\{(\w+)\}")


class Routers(LinePanel):
    """Every router there is an exporter for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "screen.show", "Show", id="export_show"),
    ]

    def lines_for(self, width: int) -> list[Line]:
        """Its name, and the usual name of its file."""
        return [
            Line(
                (
                    (formatting.fit(name, 26), "name"),
                    (formatting.fit(FILES.get(name, ""), width - 27), "note"),
                ),
                name,
            )
            for name in ROUTERS
        ]

    def chosen(self) -> None:
        """A double click shows."""
        self.call_later(self.run_action, "screen.show")


class Export(Scrolled["str | None"]):
    """Returns what was written, in words, or None."""

    PANELS = (Routers, PathInput)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c,left,h", "back", "Back", id="export_back"),
        Binding("y", "copy", "Copy", id="export_copy"),
        Binding("w", "name", "Write to a file", id="export_write"),
        Binding("enter", "sure", "Write", show=False, id="export_sure"),
    ]

    def __init__(self, routing: Routing, solver: Solver) -> None:
        """`routing`: the rules with the routes that answer them."""
        super().__init__()
        self._routing, self._solver = routing, solver
        self._done: Exported | None = None
        self._out: Path | None = None
        self.routers = Routers(id="choices")
        self.body, self.note = Static("", markup=False), Static("", markup=False, id="note")
        self.file = PathInput(id="file")
        self._pane = VerticalScroll(self.body, id="told", can_focus=False)

    def compose(self) -> ComposeResult:
        """The list; then the text in its place, and an input for a file's name."""
        self._pane.display = self.file.display = False
        with Vertical(classes="dialog -big"):
            yield Static("Export the plan to a router", markup=False, classes="question")
            yield self.routers
            yield self._pane
            yield self.file
            yield self.note

    def on_mount(self) -> None:
        """Keys go to the list."""
        self._guide(_LIST)
        self.routers.focus()

    def say(self, text: str, bad: bool = False) -> None:
        """One line under it all."""
        self.note.set_class(bad, "-bad")
        self.note.update(formatting.clean(f"✗ {text}" if bad else text))

    def _guide(self, text: str) -> None:
        """What the keys do now; `{name}` is the key of that name."""
        self.say(_KEY.sub(lambda name: self.key(name[1]), text))

    def action_show(self) -> None:
        """What the router under the cursor would read."""
        self.say(f"asking what {self.routers.key} can express …")
        self._ask(self.routers.key)

    @work(exclusive=True)
    async def _ask(self, router: str, out: Path | None = None, write: bool = False) -> None:
        try:
            done = await exported(self._solver, self._routing, router, out, write)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        if write:
            wrote = f"wrote {out}, its old text in {done.backup}" if done.backup else done.changes
            self.dismiss("; ".join([wrote, *done.links]))
            return
        self._done, self._out = done, out
        self._show(done, _TEXT if out is None else _SURE)

    def _show(self, done: Exported, note: str) -> None:
        lines = [*done.lines(), ("", "")]
        if self._out is not None:
            lines += [(line, _style(line)) for line in done.changes.splitlines()]
        else:
            lines += [(line, "") for line in done.text.splitlines()]
        self.body.update(Content.assemble(*[(f"{formatting.clean(line)}\n", style) for line, style in lines]))
        self.routers.display, self._pane.display = False, True
        self.file.display = False
        self.set_focus(None)
        self._pane.scroll_home(animate=False)
        self._guide(note)

    def action_back(self) -> None:
        """One step back: file name, text, list, workbench."""
        if self._done is None:
            self.dismiss(None)
        elif self.file.display or self._out is not None:
            self._out = None
            self.action_show()
        else:
            self._done = None
            self._pane.display, self.routers.display = False, True
            self.routers.focus()
            self._guide(_LIST)

    def action_copy(self) -> None:
        """The text to the clipboard."""
        assert self._done is not None
        self.app.copy_to_clipboard(self._done.text)
        self.say(f"{len(self._done.text.splitlines())} lines sent to the terminal's clipboard (OSC 52)")

    def disabled_reason_copy(self) -> str:
        """A router's text comes first."""
        shown = self._done is not None and self._done.text
        return "" if shown else f"{self.key('export_show')} shows a router's text first"

    disabled_reason_name = disabled_reason_copy

    def action_name(self) -> None:
        """Ask for the file."""
        assert self._done is not None
        self.file.value = self.file.value or FILES.get(self._done.router, "router.json")
        self.file.display = True
        self.set_focus(self.file)
        self._guide(_WRITE)

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        if self._done is None or not event.value.strip():
            self.say("type the name of a file", bad=True)
            return
        out = Path(event.value.strip()).expanduser()
        self.say(f"comparing with {out} …")
        self._ask(self._done.router, out)

    def action_sure(self) -> None:
        """Write what is shown."""
        if self._done is not None and self._out is not None:
            self.say(f"writing {self._out} …")
            self._ask(self._done.router, self._out, write=True)

    async def _on_key(self, event: Any) -> None:
        """Escape leaves the input, too."""
        if self.file.has_focus and event.key in ("escape", "ctrl+c"):
            event.stop()
            self.action_back()


def _style(line: str) -> str:
    return {"-": "$text-error", "+": "$text-success", "@": "$text-muted"}.get(line[:1], "")
