"""Saving and leaving: a bench that loses nothing without a question."""

from __future__ import annotations

from pathlib import Path as FilePath

from ..engine.domain.errors import InputError
from . import present
from .bench import Bench


class Saving(Bench):
    """The bench with the ways out of it."""

    _save_to: FilePath | None = None
    _quitting = False
    failure: InputError | None = None

    def action_save(self) -> None:
        """Save to the file it came from; ask for a name where there is none."""
        if self.desk is not None and self.desk.session.path is not None:
            self.save(self.desk.session.path)
        else:
            self.action_save_as()

    def action_save_as(self) -> None:
        """Ask where to save."""
        from .dialogs.save_as import SaveAs

        if self.desk is not None:
            path = self.desk.session.path or FilePath("routing.toml")
            self.app.push_screen(SaveAs(path, own=self.desk.session.path is not None), self._named)

    def _named(self, path: FilePath | None) -> None:
        if path is not None:
            self.save(path)
        else:
            self._quitting = False

    def save(self, path: FilePath) -> None:
        """Write rules and plan; while the plan is being made, wait for it."""
        assert self.desk is not None
        if not self.desk.solved and self.total.state == "solving" and self._save_to != path:
            self._save_to = path
            self.hint.say("saving as soon as the plan is there …; s again saves without it")
            return
        self._save_to = None
        if self.desk.session.overtaken(path):
            self._ask_to_replace(path)
        else:
            self._write(path)

    def _ask_to_replace(self, path: FilePath) -> None:
        from .dialogs.ask import Ask

        question = f"{present.clean(path.name)} has changed on disk since it was opened."
        choices = (("r", "replace", "Replace it"), ("a", "elsewhere", "Save as …"), ("c", "stay", "Cancel"))

        def said(answer: str | None) -> None:
            if answer == "replace":
                self._write(path)
            elif answer == "elsewhere":
                self.action_save_as()
            else:
                self._quitting = False

        self.app.push_screen(Ask(question, choices), said)

    def _write(self, path: FilePath) -> None:
        assert self.desk is not None
        try:
            self.desk.save(path)
        except InputError as error:
            self._quitting = False
            self.hint.say(str(error), bad=True)
            return
        self.total.file = path.name
        self.repaint_rules()
        planned = self.desk.solved and self.desk.plan is not None and self.desk.plan.found
        self.hint.say(f"saved to {path}" + ("" if planned else ", the rules without a plan"))
        if self._quitting:
            self.app.exit(return_code=0)

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
        """Leave; with unsaved changes, ask."""
        from .dialogs.ask import Ask

        if self.desk is None or not self.desk.dirty:
            self.app.exit(return_code=0)
            return
        choices = (
            ("s", "save", "Save and quit"),
            ("d", "discard", "Discard and quit"),
            ("c", "stay", "Cancel"),
        )
        self.app.push_screen(Ask("There are unsaved changes.", choices), self._leave)

    def _leave(self, said: str | None) -> None:
        if said == "discard":
            self.app.exit(return_code=0)
        elif said == "save":
            self._quitting = True
            self.action_save()
