"""Unsaved edits that outlive the session: kept as a draft while there are any, offered at the next start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from textual.timer import Timer

from ...engine.domain.errors import InputError
from .. import formatting
from .saving import Saving

if TYPE_CHECKING:
    from ..document.drafts import Draft

_PAUSE = 0.5  # seconds after an edit until the draft has it: a held key is written now and then


class Recovering(Saving):
    """The workbench whose unsaved edits survive a closed terminal, a signal and a crash."""

    _draft_path: FilePath | None = None  # of what is written by this session
    _draft_timer: Timer | None = None
    _draft_trouble = False
    _restored: FilePath | None = None  # the draft that was taken, until this session's own holds it

    async def _open(self) -> None:
        """Once the rules are there, what an earlier session left is offered."""
        await super()._open()
        options = getattr(self.app, "options", None)
        if self.document is not None and (options is None or options.replay is None):
            from ..document import drafts

            self._offer(drafts.left(self.document.file.path))

    def _offer(self, drafts: Sequence[Draft]) -> None:
        """Ask about the newest; a discarded one gives way to the next."""
        from ..dialogs.prompts import Ask
        from ..document.drafts import digest, drop

        if not drafts or self.document is None:
            return
        draft = drafts[0]
        name = "the ready-made routing" if draft.of is None else formatting.clean(draft.of.name)
        question = f"A session ended with unsaved edits of {name}, the last at {draft.when}."
        if draft.of is not None and draft.base != digest(self.document.file.text):
            question += " The file has changed since; restoring shows these rules instead, and saves nothing."
        choices = (
            ("r", "restore", "Restore them (one step of undo)"),
            ("d", "discard", "Discard them"),
            ("k", "keep", "Keep them for the next start"),
        )

        def said(answer: str | None) -> None:
            if answer == "restore":
                self._restore(draft)
            elif answer == "discard":
                drop(draft.path)
                self._offer(drafts[1:])

        self.app.push_screen(Ask(question, choices), said)

    def _restore(self, draft: Draft) -> None:
        assert self.document is not None
        try:
            self.session.recover(draft.text, draft.whatif, draft.cautious)
        except InputError as error:
            self.hint.say(f"the draft cannot be used: {error}; it stays in {draft.path}", bad=True)
            return
        self._restored = draft.path
        self.keep_draft()
        self.hint.say(f"unsaved edits restored; {self.key('undo')} takes them back, {self.key('save')} saves")

    def show_edit(self, path: tuple[str, ...]) -> None:
        """An edit: in a moment the draft has it."""
        super().show_edit(path)
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(_PAUSE, self.keep_draft)

    def keep_draft(self) -> None:
        """Write what is unsaved now; where nothing is, there is no draft."""
        from ..document import drafts

        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None
        document = self.document
        if document is None:
            return
        if not document.dirty and not document.override_count:
            self.drop_draft()
            return
        session = document.file
        try:
            path = drafts.write(
                session.path, session.text, document.routing, document.overrides, document.cautious
            )
        except InputError as error:
            if not self._draft_trouble:
                self._draft_trouble = True
                self.hint.say(f"unsaved edits would be lost with the terminal: {error}", bad=True)
            return
        before, self._draft_path = self._draft_path, path
        for old in (before, self._restored):
            if old is not None and old != path:
                drafts.drop(old)
        self._restored = None

    def drop_draft(self) -> None:
        """Nothing is unsaved any more, or what is was given up."""
        from ..document import drafts

        for path in (self._draft_path, self._restored):
            if path is not None:
                drafts.drop(path)
        self._draft_path = self._restored = None

    def saved(self) -> None:
        """The file has it all."""
        super().saved()
        self.keep_draft()

    def given_up(self) -> None:
        """The user let the edits go."""
        super().given_up()
        self.drop_draft()
