"""The dialog that exports the plan to a router: what it would read, to the clipboard or into a file."""

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

from ...engine.adapters.routers import ROUTERS, router_module
from ...engine.domain.errors import InputError
from .. import formatting
from ..solver.requests import FILES, Exported, request_export
from ..widgets.bars import Note, modes
from ..widgets.inputs import PathInput
from ..widgets.line_list import Line, LinePanel
from .prompts import Scrolled

if TYPE_CHECKING:
    from ...engine.adapters.routers.base import Target
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver

_LIST_HELP = "{export_show} shows what it would read, {export_back} closes"
_TEXT_HELP = (
    "{down} reads on, {export_copy} copies it, {export_write} writes it to a file, {export_back} goes back"
)
_WRITE_HELP = "{path_complete} completes, Enter shows what changes in that file, Esc goes back"
_CONFIRM_HELP = "{export_sure} writes it, {export_back} goes back"
_NAME_WIDTH, _FILE_WIDTH = 22, 18
_KEY = re.compile(r"\{(\w+)\}")


class Routers(LinePanel):
    """Every router there is an exporter for."""

    DOUBLE_CLICK = "screen.show"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "screen.show", "Show", id="export_show"),
    ]

    def __init__(self, routing: Routing, **options: Any) -> None:
        """`routing`: the rules with the routes that answer them."""
        super().__init__(**options)
        self._losses = {name: lost_words(router_module(name).TARGET, routing) for name in ROUTERS}

    def moved(self) -> None:
        """Have the dialog say all that the router under the cursor drops."""
        self.screen.explain()  # type: ignore[attr-defined]

    @property
    def lost_text(self) -> str:
        """What the router under the cursor has no place for, in full."""
        lost = ", ".join(self._losses.get(self.key, ()))
        return f"{self.key} drops {lost}" if lost else f"{self.key} keeps all of it"

    def lines_for(self, width: int) -> list[Line]:
        """Its name, the usual name of its file, and what of the plan it has no place for."""
        lines = []
        for name in ROUTERS:
            lost = ", ".join(self._losses[name])
            room = width - 1 - _NAME_WIDTH - _FILE_WIDTH
            parts = (
                (formatting.fit(name, _NAME_WIDTH), "name"),
                (formatting.fit(FILES.get(name, ""), _FILE_WIDTH), "note"),
                (formatting.fit(f"drops {lost}", room), "note")
                if lost
                else (formatting.fit("keeps all of it", room), "good"),
            )
            lines.append(Line(parts, name))
        return lines


def lost_words(target: Target, routing: Routing) -> list[str]:
    """What of a routing's plan a router's file cannot say: mixes, fallbacks, labels, a threshold."""
    labels = routing.labels
    lost = ["mixes"] if not target.mixes and any(len(label.routes) > 1 for label in labels.values()) else []
    if not target.fallbacks and any(label.fallbacks for label in labels.values()):
        lost.append("fallbacks")
    if target.labels is not None:
        lost += [formatting.clean(name) for name in labels if name not in target.labels]
    if "longContext" in labels and target.lacks.startswith("a threshold"):
        lost.append("the threshold of longContext")
    return lost


class Export(Scrolled["str | None"]):
    """Dismissed with what was written, in words, or None."""

    PANELS = (Routers, PathInput)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c,left,h", "back", "Back", id="export_back"),
        Binding("y", "copy", "Copy", id="export_copy"),
        Binding("w", "name", "Write to a file", id="export_write"),
        Binding("enter", "sure", "Write", show=False, id="export_sure"),
    ]

    def __init__(self, routing: Routing, solver: Solver, override_count: int = 0) -> None:
        """`routing`: the rules with the routes that answer them, which may rest on what-if figures."""
        super().__init__()
        self._routing, self._solver = routing, solver
        self._modes = modes(override_count, routing)
        self.title_bar = Static("", markup=False, classes="question")
        self._export: Exported | None = None
        self._out: Path | None = None
        self.routers = Routers(routing, id="choices")
        self.body, self.hint = Static("", markup=False), Note()
        self.file = PathInput(id="file")
        self._pane = VerticalScroll(self.body, id="told", can_focus=False)

    def compose(self) -> ComposeResult:
        """The list; then the text in its place, and an input for a file's name."""
        self._pane.display = self.file.display = False
        with Vertical(classes="dialog -big"):
            yield self.title_bar
            yield self.routers
            yield self._pane
            yield self.file
            yield self.hint

    def on_mount(self) -> None:
        """Focus the list."""
        self._entitle()
        self.explain()
        self.routers.focus()

    def _entitle(self, router: str = "") -> None:
        to = f"Export to {router}" if router else "Export the plan to a router"
        self.title_bar.update(Content.assemble(to, *self._modes))

    def explain(self) -> None:
        """Say what the router under the cursor drops, and the keys."""
        self._guide(f"{self.routers.lost_text}; {_LIST_HELP}")

    def _guide(self, text: str) -> None:
        """Say what the keys do now; `{name}` stands for the key of that name."""
        self.say(_KEY.sub(lambda name: self.key(name[1]), text))

    def action_show(self) -> None:
        """Ask what the router under the cursor would read."""
        self.say(f"asking what {self.routers.key} can express …")
        self._request(self.routers.key)

    @work(exclusive=True)
    async def _request(self, router: str, out: Path | None = None, write: bool = False) -> None:
        try:
            export = await request_export(self._solver, self._routing, router, out, write)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        if write:
            wrote = f"wrote {out}, its old text in {export.backup}" if export.backup else export.changes
            self.dismiss("; ".join([wrote, *export.links]))
            return
        self._export, self._out = export, out
        self._show(export, _TEXT_HELP if out is None else _CONFIRM_HELP)

    def _show(self, export: Exported, note: str) -> None:
        self._entitle(export.router)
        if self._out is not None:  # what changes in the file stands first
            lines = [(line, _style(line)) for line in export.changes.splitlines()]
            lines += [("", ""), *export.lines()]
        else:
            lines = [*export.lines(), ("", ""), *((line, "") for line in export.text.splitlines())]
        self.body.update(Content.assemble(*[(f"{formatting.clean(line)}\n", style) for line, style in lines]))
        self.routers.display, self._pane.display = False, True
        self.file.display = False
        self.set_focus(None)
        self._pane.scroll_home(animate=False)
        self._guide(note)

    def action_back(self) -> None:
        """Go one step back: from the file's name to the text, the list, the main screen."""
        if self._export is None:
            self.dismiss(None)
        elif self.file.display or self._out is not None:
            self._out = None
            self.action_show()
        else:
            self._export = None
            self._pane.display, self.routers.display = False, True
            self.routers.focus()
            self._entitle()
            self.explain()

    def action_copy(self) -> None:
        """Copy the text to the clipboard."""
        assert self._export is not None
        self.app.copy_to_clipboard(self._export.text)
        self.say(f"{len(self._export.text.splitlines())} lines sent to the terminal's clipboard (OSC 52)")

    def disabled_reason_copy(self) -> str:
        """Why there is nothing to copy or to write: no router's text is shown."""
        shown = self._export is not None and self._export.text
        return "" if shown else f"{self.key('export_show')} shows a router's text first"

    disabled_reason_name = disabled_reason_copy

    def action_name(self) -> None:
        """Ask for the file."""
        assert self._export is not None
        self.file.value = self.file.value or FILES.get(self._export.router, "router.json")
        self.file.display = True
        self.set_focus(self.file)
        self._guide(_WRITE_HELP)

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        if self._export is None or not event.value.strip():
            self.say("type the name of a file", bad=True)
            return
        out = Path(event.value.strip()).expanduser()
        self.say(f"comparing with {out} …")
        self._request(self._export.router, out)

    def action_sure(self) -> None:
        """Write what is shown."""
        if self._export is not None and self._out is not None:
            self.say(f"writing {self._out} …")
            self._request(self._export.router, self._out, write=True)

    async def _on_key(self, event: Any) -> None:
        """Leave the input on Escape, too."""
        if self.file.has_focus and event.key in ("escape", "ctrl+c"):
            event.stop()
            self.action_back()


def _style(line: str) -> str:
    return {"-": "$text-error", "+": "$text-success", "@": "$text-muted"}.get(line[:1], "")
