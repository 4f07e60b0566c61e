"""The dialog that asks where to save."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.adapters.disk import check_inside
from ...engine.domain.errors import InputError
from ..base_screen import Dialog
from ..widgets.bars import Note
from ..widgets.inputs import PathInput


class SaveAs(Dialog[Path | None]):
    """Dismissed with the path, or None for Escape. Another file is only replaced on a second Enter."""

    PANELS = (PathInput,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(self, path: Path, opened_from: bool) -> None:
        """`opened_from`: the rules came from `path`, so that saving there needs no second Enter."""
        super().__init__()
        self._path, self._opened_from, self._warned = path, opened_from, ""
        completes, cancels = self.key("path_complete"), self.key("cancel")
        self.note = Note(f"Enter saves, {completes} completes, {cancels} cancels")

    def compose(self) -> ComposeResult:
        """One input, one line for what is wrong."""
        with Vertical(classes="dialog"):
            yield Static("Save the routing as", classes="question")
            yield PathInput(str(self._path), id="path")
            yield self.note

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        path = Path(text).expanduser()
        problem = self._problem(text, path)
        if not problem:
            self.dismiss(path)
        else:
            self.note.say(problem, bad=True)

    def _problem(self, text: str, path: Path) -> str:
        """What is wrong with saving there, or "" where nothing is."""
        if not text or "\0" in text:
            return "type the name of a file"
        try:
            check_inside(path, "saved")
            if path.is_dir():
                return "that is a folder; add the name of a file"
            if not path.parent.is_dir():
                return f"there is no folder {path.parent}"
            if path.exists() and not (self._opened_from and path == self._path) and self._warned != text:
                self._warned = text
                return "that file exists; Enter again replaces it"
        except InputError as error:
            return f"{error}"
        except OSError as error:
            return f"{error.strerror or error}"
        return ""
