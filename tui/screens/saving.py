"""Saving and leaving: a workbench that loses nothing without a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS
from .. import formatting
from .bench import Bench

if TYPE_CHECKING:
    from ..dialogs.prompts import Choice

_STAY: Choice = ("c", "stay", "Cancel")


class Saving(Bench):
    """The workbench with the ways out of it."""

    _save_to: FilePath | None = None
    _quitting = False
    _as_it_is = False  # the what-if figures of the plan have been asked about
    after_save: Callable[[], None] | None = None
    failure: InputError | None = None

    def action_save(self) -> None:
        """Save to the file it came from; ask for a name where there is none."""
        if self.document is not None and self.document.file.path is not None:
            self.save(self.document.file.path)
        else:
            self.action_save_as()

    def action_save_as(self) -> None:
        """Ask where to save."""
        from ..dialogs.save_as import SaveAs

        if self.document is not None:
            path = self.document.file.path or FilePath("routing.toml")
            self.app.push_screen(SaveAs(path, opened_from=self.document.file.path is not None), self._named)

    def _named(self, path: FilePath | None) -> None:
        if path is not None:
            self.save(path)
        else:
            self.stay()

    def stay(self) -> None:
        """Whatever was on its way out or to the disk stays here."""
        self._quitting = self._as_it_is = False
        self._save_to = self.after_save = None

    def save(self, path: FilePath) -> None:
        """Write rules and plan; while the plan is being made, wait for it."""
        from ...engine.adapters.fence import check_inside

        assert self.document is not None
        try:
            check_inside(path, "saved")
        except InputError as error:
            self.stay()
            self.hint.say(str(error), bad=True)
            return
        if not self.document.solved and self.total.state == "solving" and self._save_to != path:
            self._save_to = path
            again = f"{self.key('save')} again saves without it"
            self.hint.say(f"saving as soon as the plan is there …; {again}")
            return
        self._save_to = None
        if self.document.override_count and self.document.solved and not self._as_it_is:
            self._ask_about_figures(path)
        elif self.document.file.changed_on_disk(path):
            self._ask_to_replace(path)
        else:
            self._write(path)

    def _ask_about_figures(self, path: FilePath) -> None:
        """A plan that counts on figures which the catalogue does not have is not written unasked."""
        from ..dialogs.prompts import Ask

        assert self.document is not None
        count = self.document.override_count
        figures = f"{count} what-if figure{'s' if count > 1 else ''} that the catalogue does not have"
        question = f"The plan was made with {figures}. With its own, cost and mix may be others."
        keep: Choice = ("k", "keep", "Keep the figures in your overlay, then save")
        choices = (
            *(() if self.document.keep_disabled_reason() else (keep,)),
            ("o", "own", "Save the plan with the catalogue's own figures"),
            ("s", "as_it_is", "Save it as it is; the file says so"),
            _STAY,
        )

        def said(answer: str | None) -> None:
            if answer == "keep" and self.keep_figures():
                self.save(path)
            elif answer == "own":
                self._with_own_figures(path)
            elif answer == "as_it_is":
                self._as_it_is = True
                self.save(path)
            else:
                self.stay()

        self.app.push_screen(Ask(question, choices), said)

    def keep_figures(self) -> bool:
        """Write the what-if figures into the overlay; whether that could be done."""
        from ...engine.adapters.catalog.file import user_overlay

        assert self.document is not None
        path = user_overlay()
        try:
            assert path is not None
            links = self.document.keep_overrides(path)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return False
        self.against.saved(self.document)
        self.repaint_rules()
        self.allocation.rebuild()
        self.hint.say(f"kept in {path}: they are the catalogue's now, as your own{_after(links)}")
        return True

    def _with_own_figures(self, path: FilePath) -> None:
        """The what-ifs are taken back, as an edit, and the plan without them is written once it is there."""
        assert self.document is not None
        self.session.override({}, LIMITS, "the catalogue's own figures")
        self.save(path)

    def _ask_to_replace(self, path: FilePath) -> None:
        from ..dialogs.prompts import Ask

        question = f"{formatting.clean(path.name)} has changed on disk since it was opened."
        choices = (("r", "replace", "Replace it"), ("a", "elsewhere", "Save as …"), _STAY)

        def said(answer: str | None) -> None:
            if answer == "replace":
                self._write(path)
            elif answer == "elsewhere":
                self.action_save_as()
            else:
                self.stay()

        self.app.push_screen(Ask(question, choices), said)

    def _write(self, path: FilePath) -> None:
        assert self.document is not None
        try:
            links = self.document.save(path)
        except InputError as error:
            self.stay()
            self.hint.say(str(error), bad=True)
            return
        self.total.file = path.name
        self.against.saved(self.document)
        self.repaint_rules()
        self.hint.say(f"saved to {path}{self._told_of_it()}{self._bookmarked(path)}{_after(links)}")
        self._as_it_is = False
        self.saved()
        then, self.after_save = self.after_save, None
        if self._quitting:
            self.app.exit(return_code=0)
        elif then is not None:
            then()

    def saved(self) -> None:
        """The rules have gone to a file."""

    def given_up(self) -> None:
        """The app ends, and what is unsaved is meant to be lost."""

    def _told_of_it(self) -> str:
        assert self.document is not None
        if not (self.document.solved and self.document.plan is not None and self.document.plan.found):
            return ", the rules without a plan"
        count = self.document.override_count
        return f", the plan of {count} what-if figure{'s' if count > 1 else ''}" if count else ""

    def _bookmarked(self, path: FilePath) -> str:
        """Scenarios belong to the file."""
        from ..document import scenario

        assert self.document is not None
        if not self.document.scenarios:
            return ""
        try:
            note = scenario.write(path, self.document.scenarios)
        except InputError as error:
            return f", but {error}"
        return f", but {note}" if note else ""

    def plan_shown(self) -> None:
        """A save may have waited for this."""
        super().plan_shown()
        if self._save_to is not None:
            self.save(self._save_to)

    def unusable(self, error: InputError) -> None:
        """The file or the catalogue cannot be read: the command line says why."""
        self.failure = error
        self.app.exit(return_code=2)

    def quit(self) -> None:
        """Leave; ask where that would lose something."""
        from ..dialogs.prompts import Ask

        lost = [] if self.document is None else self.document.unsaved_work
        if not lost:
            self.given_up()
            self.app.exit(return_code=0)
            return
        assert self.document is not None
        only_figures = self.document.override_count and not self.document.dirty
        choices = (
            ("k", "figures", "Keep the figures in your overlay and quit")
            if only_figures and not self.document.keep_disabled_reason()
            else ("s", "save", "Save and quit"),
            ("d", "discard", "Discard and quit"),
            _STAY,
        )
        self.app.push_screen(Ask(f"Quitting loses {' and '.join(lost)}.", choices), self._leave)

    def _leave(self, said: str | None) -> None:
        if said == "discard" or (said == "figures" and self.keep_figures()):
            self.given_up()
            self.app.exit(return_code=0)
        elif said == "save":
            self._quitting = True
            self.action_save()


def _after(remark: str) -> str:
    """A remark behind what was said."""
    return f"; {remark}" if remark else ""
