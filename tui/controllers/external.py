"""The document and other programs: $EDITOR, a file changed on disk, the clipboard, exports to routers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath

if TYPE_CHECKING:
    from ..base_screen import BaseScreen
    from ..document.editing_session import EditingSession

_Stamp = tuple[int, int]  # ns since the epoch, bytes


class ExternalController:
    """Gives the rules to other programs and takes them back."""

    def __init__(self, screen: BaseScreen[Any], session: EditingSession) -> None:
        self._screen, self._session = screen, session
        self._seen = self._stamp()  # the file as it was looked at last

    # the clipboard and routers

    def copy(self) -> None:
        """The routing file, as a save would write it, to the clipboard."""
        text = self._session.document.text
        self._screen.app.copy_to_clipboard(text)
        lines = len(text.splitlines())
        self._screen.say(f"{lines} lines of TOML sent to the terminal's clipboard (OSC 52)")

    def export(self, done: Callable[[], None] = lambda: None) -> None:
        """To a real router's file; `done` is called once that is written."""
        from ..dialogs.export import Export

        def wrote(message: str | None) -> None:
            if message:
                self._screen.say(message)
                done()

        document = self._session.document
        dialog = Export(document.routing_with_routes, self._session.solver, document.override_count)
        self._screen.app.push_screen(dialog, wrote)

    def export_disabled_reason(self) -> str:
        """A router gets a plan, and the one of these rules."""
        document = self._session.document
        if not document.solved:
            return "export waits for the plan of these rules"
        if document.plan is None or not document.plan.found:
            conflicts = f"{self._screen.key('next_conflict')} goes to them"
            return f"export is off: there is no plan that keeps these rules; {conflicts}"
        return ""

    # the file on disk

    def _stamp(self) -> _Stamp | None:
        path = self._session.document.file.path
        if path is None:
            return None
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def look_at_file(self, cursor: RulePath) -> None:
        """Without unsaved edits a file that was changed elsewhere is taken at once; with them it is said."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return
        self._seen = stamp
        document = self._session.document
        if document.file.path is None or not document.file.changed_on_disk(document.file.path):
            return
        if document.dirty:
            key = self._screen.key
            back = f"{key('reload')} takes it ({key('undo')} brings your edits back)"
            self._screen.say(f"the file has changed on disk: {back}; saving asks first", bad=True)
        else:
            self.reload(cursor)

    def reload(self, cursor: RulePath) -> None:
        """Take the file as it is on disk; the edits so far are one undo away, the cursor stays."""
        try:
            changed = self._session.reload(cursor)
        except InputError as error:
            self._screen.say(f"not reloaded: {error}", bad=True)
            return
        self._seen = self._stamp()
        back = f"Reloaded from disk ({self._screen.key('undo')} undoes)"
        self._screen.say(back if changed else "the rules are as on disk")

    def reload_disabled_reason(self) -> str:
        """There has to be a file."""
        path = self._session.document.file.path
        return "nothing to reload: these rules come from no file" if path is None else ""

    # $EDITOR

    def edit(self, cursor: RulePath) -> None:
        """The routing file in $EDITOR; with unsaved edits, a copy of the rules as they are on the screen."""
        document, rejected = self._session.document, self._session.rejected_text
        path = document.file.path
        if path is None or document.dirty or rejected is not None:
            name = (path or document.file.new or Path("routing.toml")).name
            self._edit_copy(rejected or document.text, name)
        elif self._open_editor(path):
            self.reload(cursor)

    def _edit_copy(self, text: str, name: str) -> None:
        with tempfile.TemporaryDirectory(prefix="modelpick-") as folder:
            copy = Path(folder) / name
            copy.write_text(text, "utf-8")
            if not self._open_editor(copy):
                return
            edited = copy.read_text("utf-8", errors="replace")
        key = self._screen.key
        if edited == text:
            self._session.rejected_text = None
            self._screen.say("nothing was changed")
            return
        try:
            parse = self._session.document.file.parse
            self._session.apply(lambda _: parse(edited), LIMITS, "editor")
        except InputError as error:
            self._session.rejected_text = edited
            self._screen.say(f"not taken: {error}; {key('editor')} opens your text again", bad=True)
            return
        self._session.rejected_text = None
        self._screen.say(f"taken from the editor; {key('undo')} goes back, {key('save')} saves")

    def _open_editor(self, path: Path) -> bool:
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            with self._screen.app.suspend():
                tty = None if sys.stdout is not None and sys.stdout.isatty() else 2  # a pipe is no screen
                words = [*shlex.split(command), str(path)]
                status = subprocess.run(words, check=False, stdout=tty).returncode
        except SuspendNotSupported:
            self._screen.say("$EDITOR is off: there is no terminal to lend it here", bad=True)
            return False
        except (OSError, ValueError) as error:
            self._screen.say(f"$EDITOR ({command}) cannot start: {error}", bad=True)
            return False
        if status:
            self._screen.say(f"$EDITOR ({command}) ended with status {status}; nothing was taken", bad=True)
        return status == 0
