"""Unsaved edits that outlive the app: kept as a draft while there are any, offered at the next start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .. import formatting
from ..document import drafts

if TYPE_CHECKING:
    from textual.timer import Timer

    from ..base_screen import BaseScreen
    from ..document.drafts import Draft
    from ..document.editing_session import EditingSession

_PAUSE = 0.5  # seconds after an edit until the draft has it: a held key is written now and then


class RecoveryController:
    """Keeps what is unsaved through a closed terminal, a signal and a crash."""

    def __init__(self, screen: BaseScreen[Any], session: EditingSession) -> None:
        self._screen, self._session = screen, session
        self._path: Path | None = None  # of the draft that this process writes
        self._restored: Path | None = None  # the draft that was taken, until this process's own holds it
        self._timer: Timer | None = None
        self._warned = False
        session.edit_listeners.append(self._edited)
        session.saved_listeners.append(self.keep_draft)
        session.scenario_listeners.append(self._in_a_moment)

    def offer_drafts(self) -> None:
        """Ask about what earlier processes left of this file."""
        self._offer(drafts.left(self._session.document.file.path))

    def _offer(self, left: Sequence[Draft]) -> None:
        """Ask about the newest; a discarded one gives way to the next."""
        from ..dialogs.prompts import Ask

        if not left:
            return
        draft = left[0]
        name = "the ready-made routing" if draft.of is None else formatting.clean(draft.of.name)
        work = f"unsaved edits of {name}" if draft.edited else f"a what-if of {name} that was not kept"
        work += " and a what-if that was not kept" if draft.edited and draft.has_scenarios else ""
        question = f"A session ended with {work}, the last at {draft.when}."
        if (
            draft.edited
            and draft.of is not None
            and draft.base != drafts.digest(self._session.document.file.text)
        ):
            question += " The file has changed since; restoring shows these rules instead, and saves nothing."
        choices = (
            ("r", "restore", "Restore them (one step of undo)"),
            ("d", "discard", "Discard them"),
            ("k", "keep", "Keep them for the next start"),
        )

        def answered(answer: str | None) -> None:
            if answer == "restore":
                self._restore(draft)
            elif answer == "discard":
                drafts.drop(draft.path)
                self._offer(left[1:])

        self._screen.app.push_screen(Ask(question, choices), answered)

    def _restore(self, draft: Draft) -> None:
        key = self._screen.key
        try:
            if draft.edited:
                self._session.recover(draft.text, draft.overrides)
        except InputError as error:
            message = f"the draft cannot be used: {error}; it stays in {draft.path}"
            self._screen.say(message, bad=True)
            return
        known = self._session.scenarios
        missing = tuple(scenario for scenario in draft.scenarios if scenario not in known)
        self._session.scenarios, self._session.tried = (*known, *missing), draft.tried
        self._restored = draft.path
        self.keep_draft()
        sentences = []
        if draft.edited:
            sentences.append(f"unsaved edits restored; {key('undo')} takes them back, {key('save')} saves")
        if draft.has_scenarios:
            sentences.append(f"{key('what_if')} shows the what-if as it was")
        self._screen.say("; ".join(sentences))

    def _edited(self, _: tuple[str, ...]) -> None:
        self._in_a_moment()

    def _in_a_moment(self) -> None:
        """Then the draft has it."""
        if self._timer is None:
            self._timer = self._screen.set_timer(_PAUSE, self.keep_draft)

    def keep_draft(self) -> None:
        """Write what is unsaved now; where nothing is, there is no draft."""
        self._stop_timer()
        session, document = self._session, self._session.document
        if not document.dirty and not document.override_count and not session.has_loose_scenarios:
            self.drop_draft()
            return
        try:
            path = drafts.write(document, session.loose_scenarios, session.tried)
        except InputError as error:
            if not self._warned:
                self._warned = True
                self._screen.say(f"unsaved edits would be lost with the terminal: {error}", bad=True)
            return
        superseded, self._path = (self._path, self._restored), path
        for old_path in superseded:
            if old_path is not None and old_path != path:
                drafts.drop(old_path)
        self._restored = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def drop_draft(self) -> None:
        """Nothing is unsaved any more, or what is was given up."""
        self._stop_timer()
        for path in (self._path, self._restored):
            if path is not None:
                drafts.drop(path)
        self._path = self._restored = None
