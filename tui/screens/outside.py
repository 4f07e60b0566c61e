"""The workbench and the world: review, export, the clipboard, $EDITOR, a file changed on disk, the tour."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.widgets import Static

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS
from .panes import Panes

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

_LOOK = 1.0  # seconds between looks at the file


class Outside(Panes):
    """The workbench with what goes out of it and comes in."""

    _seen: tuple[int, int] | None = None
    _draft: str | None = None  # an edited text that could not be read

    async def _open(self) -> None:
        """From then on the file is watched."""
        await super()._open()
        self._seen = self._stamp()
        self.set_interval(_LOOK, self._look)

    def action_review(self) -> None:
        """What a save would change: money, rules, lines."""
        from ..dialogs.review import Review

        if self.document is not None:
            self.app.push_screen(Review(self.document, self.document.text), self._reviewed)

    def _reviewed(self, said: str | None) -> None:
        if said == "save":
            self.action_save()
        elif said == "save_as":
            self.action_save_as()

    def action_export(self) -> None:
        """To a real router's file; why not, where there is no plan to export."""
        from ..dialogs.export import Export

        if self.document is not None:
            dialog = Export(self.document.routing_with_routes, self._solver)
            self.app.push_screen(dialog, lambda said: self.hint.say(said) if said else None)

    def disabled_reason_export(self) -> str:
        """A router gets a plan, and the one of these rules."""
        if self.document is None or not self.document.solved:
            return "export waits for the plan of these rules"
        if self.document.plan is None or not self.document.plan.found:
            goes = f"{self.key('next_conflict')} goes to them"
            return f"export is off: there is no plan that keeps these rules; {goes}"
        return ""

    @property
    def catalog_path(self) -> Path | None:
        """The catalogue of the command line."""
        path: Path | None = getattr(self.app, "_catalog", None)
        return path

    def action_copy(self) -> None:
        """The routing file, as a save would write it, to the clipboard."""
        if self.document is not None:
            text = self.document.text
            self.app.copy_to_clipboard(text)
            self.hint.say(f"{len(text.splitlines())} lines of TOML sent to the terminal's clipboard (OSC 52)")

    # the file on disk

    def _stamp(self) -> tuple[int, int] | None:
        if self.document is None or self.document.file.path is None:
            return None
        try:
            found = self.document.file.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _look(self) -> None:
        """Without unsaved edits a file that was changed elsewhere is taken at once; with them it is told."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen or self.document is None or self.editor.is_open:
            return
        self._seen = stamp
        path = self.document.file.path
        if path is not None and self.document.file.changed_on_disk(path):
            if self.document.dirty:
                back = f"{self.key('reload')} takes it ({self.key('undo')} brings your edits back)"
                self.hint.say(f"the file has changed on disk: {back}; saving asks first", bad=True)
            else:
                self.action_reload()

    def action_reload(self) -> None:
        """Take the file as it is on disk; the edits so far are one undo away."""
        if self.document is None:
            return
        try:
            # the cursor stays where it is, if that is still there
            changed = self.session.reload(self.rules.key or LIMITS)
        except InputError as error:
            self.hint.say(f"not reloaded: {error}", bad=True)
            return
        self._seen = self._stamp()
        self.against.saved(self.document)
        self.repaint_rules()
        back = f"read again from disk; {self.key('undo')} goes back"
        self.hint.say(back if changed else "the rules are as on disk")

    def disabled_reason_reload(self) -> str:
        """There has to be a file."""
        gone = self.document is None or self.document.file.path is None
        return "nothing to reload: these rules come from no file" if gone else ""

    # $EDITOR

    def action_external(self) -> None:
        """The routing file in $EDITOR; with unsaved edits, a copy of the rules as they are on the screen."""
        if self.document is None:
            return
        path = self.document.file.path
        if path is None or self.document.dirty or self._draft is not None:
            self._edit_copy(self._draft or self.document.text)
        elif self._open_editor(path):
            self.action_reload()

    def _edit_copy(self, text: str) -> None:
        assert self.document is not None
        with tempfile.TemporaryDirectory(prefix="modelpick-") as folder:
            copy = Path(folder) / (
                self.document.file.path.name if self.document.file.path else "routing.toml"
            )
            copy.write_text(text, "utf-8")
            if not self._open_editor(copy):
                return
            new = copy.read_text("utf-8", errors="replace")
        if new == text:
            self._draft = None
            self.hint.say("nothing was changed")
            return

        def read(_: Routing) -> Routing:
            assert self.document is not None
            return self.document.file.parse(new)

        self._draft = new  # until it can be read, the same key opens it again
        if self.edit(read, LIMITS, "editor"):
            self._draft = None
            undo, save = self.key("undo"), self.key("save")
            self.hint.say(f"taken from the editor; {undo} goes back, {save} saves")

    def _open_editor(self, path: Path) -> bool:
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            with self.app.suspend():
                tty = None if sys.stdout is not None and sys.stdout.isatty() else 2  # a pipe is no screen
                status = subprocess.run(
                    [*shlex.split(command), str(path)], check=False, stdout=tty
                ).returncode
        except SuspendNotSupported:
            self.hint.say("$EDITOR is off: there is no terminal to lend it here", bad=True)
            return False
        except (OSError, ValueError) as error:
            self.hint.say(f"$EDITOR ({command}) cannot start: {error}", bad=True)
            return False
        if status:
            self.hint.say(f"$EDITOR ({command}) ended with status {status}; nothing was taken", bad=True)
        return status == 0

    # the tour

    def action_tour(self) -> None:
        """Five lines for the first time; Esc closes them."""
        if not self.query("#tour"):
            self.mount(Static("\n".join(self._tour()), markup=False, id="tour"), before=self.hint)

    def action_end_tour(self) -> None:
        """Enough of it."""
        self.query("#tour").remove()

    def _tour(self) -> list[str]:
        key = self.key
        return [
            f"1 Rules are on one side, their cheapest mix on the other. {key('switch')} changes sides.",
            f"2 On a number, {key('step_up')} and {key('step_down')} step it, {key('edit')} types it;"
            " the mix follows.",
            f"3 {key('add')} adds a rule or a label, {key('drop')} drops it, {key('undo')} undoes anything.",
            f"4 {key('review')} shows what a save changes, {key('save')} saves,"
            f" {key('export')} exports to your router.",
            f"5 {key('help')} lists every key, {key('palette')} finds every action."
            f" {key('end_tour')} closes this.",
        ]
