"""What the total is compared with, and a router's config as the rules to go on with."""

from __future__ import annotations

from dataclasses import replace

from ..engine.domain.errors import InputError
from . import present
from .against import existing, left_out
from .editing import Editing
from .imported import Imported


class Importing(Editing):
    """The bench that reads routers' own files."""

    def action_baseline(self) -> None:
        """Choose what the total is compared with."""
        from .dialogs.baseline import Baseline

        if self.desk is not None:
            choices = self.against.choices(bool(existing(self.desk)))
            self.app.push_screen(Baseline(choices, self.against.name), self._compare)

    def _compare(self, name: str | None) -> None:
        from .dialogs.baseline import OTHER
        from .dialogs.config import Config

        if name is None or self.desk is None:
            return
        if name == OTHER:
            title = "Compare with the routes in a router's config file"
            self.app.push_screen(Config(title, self.desk.routing, self._solver), self._compare_with)
        else:
            self.against.choose(self.desk, name)
            self.hint.say(self._comparison(name))

    def _compare_with(self, found: Imported | None) -> None:
        if found is None or self.desk is None:
            return
        try:
            self.against.add(self.desk, found)
        except InputError as error:
            self.hint.say(str(error), bad=True)
        else:
            self._tell_notes(found, self._comparison(found.name))

    def _comparison(self, name: str) -> str:
        """What the total is compared with, and which labels are not."""
        assert self.desk is not None
        return ", ".join(
            filter(None, (f"the total against {name}", left_out(self.against.lacking(self.desk))))
        )

    def _tell_notes(self, found: Imported, said: str) -> None:
        """What was not understood is shown, not only counted."""
        from .dialogs.notes import Notes

        self.hint.say(said)
        if found.notes:
            self.app.push_screen(Notes(f"What to know of {found.path.name}", found.notes))

    def action_import(self) -> None:
        """Go on from a router's config; first ask what becomes of unsaved work."""
        from .dialogs.ask import Ask

        if self.desk is None:
            return
        if not self.desk.losses:
            self._import()
            return
        choices = (
            ("s", "save", "Save first"),
            ("i", "import", f"Import; {self.key('undo')} goes back to these rules"),
            ("c", "stay", "Cancel"),
        )
        question = f"Not saved yet: {' and '.join(self.desk.losses)}."

        def said(answer: str | None) -> None:
            if answer == "save":
                self.after_save = self._import
                self.action_save()
            elif answer == "import":
                self._import()

        self.app.push_screen(Ask(question, choices), said)

    def _import(self) -> None:
        from .dialogs.config import Config

        assert self.desk is not None
        title = "Import a router's config file: its labels and routes, with the rules there are"
        self.app.push_screen(Config(title, self.desk.routing, self._solver), self._imported)

    def _imported(self, found: Imported | None) -> None:
        from ..engine.adapters.routers.reading import assumed
        from .session import rules_only

        if found is None or self.desk is None:
            return
        name = present.clean(found.path.name)
        told = assumed(found.shares, self.desk.routing)
        if told:
            found = replace(found, notes=(*found.notes, told))
        if self.edit(lambda _: rules_only(found.routing), ("limits",), f"import of {name}"):
            # The rules are the user's own still, but not that file's: a save asks for a name.
            self.desk.session = replace(self.desk.session, path=None, text=None)
            self.desk.scenarios = ()
            self.total.file = f"from {name}"
            self.against.add(self.desk, found)
            self.repaint_rules()
            keys = f"{self.key('undo')} goes back, {self.key('save')} saves it as a new file"
            labels = len(found.shares)
            self._tell_notes(found, f"{labels} label{'s' if labels > 1 else ''} of {found.name}; {keys}")
