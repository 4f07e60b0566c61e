"""Saving and leaving, so that nothing is lost without a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.formatting import plural
from ...engine.domain.rules import LIMITS
from .. import formatting

if TYPE_CHECKING:
    from ..base_screen import BaseScreen
    from ..dialogs.prompts import Choice
    from ..document.editing_session import EditingSession

_CANCEL: Choice = ("c", "stay", "Cancel")


class SaveController:
    """Asks where to save and what to do about what-if figures and a file changed elsewhere; then writes."""

    def __init__(
        self, screen: BaseScreen[Any], session: EditingSession, on_leave: Callable[[], None]
    ) -> None:
        """`on_leave` is called when the app ends: what is unsaved then is meant to be lost."""
        self._screen, self._session, self._on_leave = screen, session, on_leave
        self._waiting_path: Path | None = None  # written as soon as the plan is there
        self._quitting = False
        self._figures_accepted = False  # the plan may be written with its what-if figures
        self._after_save: Callable[[], None] | None = None

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save to the file it came from, ask for a name where there is none; `then` do this."""
        self._after_save = then or self._after_save
        file = self._session.document.file
        path = file.path or file.new
        if path is not None:
            self.save_to(path)
        else:
            self.ask_path()

    def ask_path(self) -> None:
        """Ask where to save."""
        from ..dialogs.save_as import SaveAs

        own_path = self._session.document.file.path
        proposed = own_path or self._session.document.file.new or Path("routing.toml")
        dialog = SaveAs(proposed, opened_from=own_path is not None)
        self._screen.app.push_screen(dialog, lambda path: self.save_to(path) if path else self._cancel())

    def save_to(self, path: Path) -> None:
        """Write rules and plan; while the plan is being made, wait for it."""
        from ...engine.adapters.disk import check_inside

        try:
            check_inside(path, "saved")
        except InputError as error:
            self._fail(error)
            return
        if self._session.awaiting_plan and self._waiting_path != path:
            self._waiting_path = path
            again = f"{self._screen.key('save')} again saves without it"
            self._screen.say(f"saving as soon as the plan is there …; {again}")
            return
        self._waiting_path = None
        document = self._session.document
        if document.override_count and document.solved and not self._figures_accepted:
            self._ask_about_figures(path)
        elif document.file.changed_on_disk(path):
            self._ask_to_replace(path)
        else:
            self._write(path)

    def plan_arrived(self) -> None:
        """A save may have waited for this."""
        if self._waiting_path is not None:
            self.save_to(self._waiting_path)

    def quit(self) -> None:
        """Leave; ask where that would lose something."""
        from ..dialogs.prompts import Ask

        losses = self._session.unsaved_work
        if not losses:
            self._leave()
            return
        document = self._session.document
        only_figures = document.override_count and not document.dirty
        choices = (
            ("k", "figures", "Keep the figures in your overlay and quit")
            if only_figures and not document.keep_disabled_reason()
            else ("s", "save", "Save and quit"),
            ("d", "discard", "Discard and quit"),
            _CANCEL,
        )

        def answered(answer: str | None) -> None:
            if answer == "discard" or (answer == "figures" and self._keep_figures()):
                self._leave()
            elif answer == "save":
                self._quitting = True
                self.save()

        self._screen.app.push_screen(Ask(f"Quit with {' and '.join(losses)}?", choices), answered)

    def _leave(self) -> None:
        self._on_leave()
        self._screen.app.exit(return_code=0)

    def _cancel(self) -> None:
        """Whatever was on its way out or to the disk stays here."""
        self._quitting = self._figures_accepted = False
        self._waiting_path = self._after_save = None

    def _fail(self, error: InputError) -> None:
        self._cancel()
        self._screen.say(str(error), bad=True)

    def _ask_about_figures(self, path: Path) -> None:
        """A plan that counts on figures which the catalogue does not have is not written unasked."""
        from ..dialogs.prompts import Ask

        document = self._session.document
        figures = f"{_figures(document.override_count)} that the catalogue does not have"
        question = f"The plan was made with {figures}. With catalogue figures the plan may differ."
        keep: Choice = ("k", "keep", "Keep the figures in your overlay, then save")
        choices = (
            *(() if document.keep_disabled_reason() else (keep,)),
            ("o", "own", "Save the plan with the catalogue's own figures"),
            ("s", "as_it_is", "Save it as it is; the file says so"),
            _CANCEL,
        )

        def answered(answer: str | None) -> None:
            if answer == "keep" and self._keep_figures():
                self.save_to(path)
            elif answer == "own":  # an edit; the plan without them is written once it is there
                self._session.override({}, LIMITS, "the catalogue's own figures")
                self.save_to(path)
            elif answer == "as_it_is":
                self._figures_accepted = True
                self.save_to(path)
            else:
                self._cancel()

        self._screen.app.push_screen(Ask(question, choices), answered)

    def _keep_figures(self) -> bool:
        """Write the what-if figures into the overlay; whether that could be done."""
        try:
            self._screen.say(self._session.keep_overrides())
        except InputError as error:
            self._screen.say(str(error), bad=True)
            return False
        return True

    def _ask_to_replace(self, path: Path) -> None:
        from ..dialogs.prompts import Ask

        question = f"{formatting.clean(path.name)} has changed on disk since it was opened."
        take: tuple[Choice, ...] = ()
        if path == self._session.document.file.path:
            take = (("t", "take", "Take it"),)
            question += f" Taking it replaces your edits; {self._screen.key('undo')} brings them back."
        choices = (("r", "replace", "Replace it"), *take, ("a", "elsewhere", "Save as …"), _CANCEL)

        def answered(answer: str | None) -> None:
            if answer == "replace":
                self._write(path)
            elif answer == "elsewhere":
                self.ask_path()
            elif answer == "take":
                self._cancel()
                self._take_file()
            else:
                self._cancel()

        self._screen.app.push_screen(Ask(question, choices), answered)

    def _take_file(self) -> None:
        """The file's own rules instead of those on the screen."""
        try:
            self._session.reload(LIMITS)
        except InputError as error:
            self._screen.say(f"not reloaded: {error}", bad=True)
            return
        self._screen.say(f"Reloaded from disk ({self._screen.key('undo')} undoes)")

    def _write(self, path: Path) -> None:
        try:
            remarks = self._session.save(path)
        except InputError as error:
            self._fail(error)
            return
        self._screen.say(f"saved to {path}{self._what_was_written()}{remarks}")
        self._figures_accepted = False
        then, self._after_save = self._after_save, None
        if self._quitting:
            self._leave()
        elif then is not None:
            then()

    def _what_was_written(self) -> str:
        document = self._session.document
        if not (document.solved and document.plan is not None and document.plan.found):
            return ", the rules without a plan"
        count = document.override_count
        return f", the plan of {_figures(count)}" if count else ""


def _figures(count: int) -> str:
    return plural(count, "what-if figure")
