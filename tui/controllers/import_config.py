"""A router's own config file as the rules to go on with, or as routes to compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.formatting import plural
from ...engine.domain.rules import RulePath
from .. import formatting

if TYPE_CHECKING:
    from ..base_screen import BaseScreen
    from ..document.editing_session import EditingSession
    from ..solver.requests import Imported


class ImportController:
    """Asks for the file, and shows what of it was not understood."""

    def __init__(
        self,
        screen: BaseScreen[Any],
        session: EditingSession,
        save_first: Callable[[Callable[[], None]], None],
        compare: Callable[[Imported], str],
    ) -> None:
        """`save_first` saves and then calls what it is given.

        `compare` compares the total with an import, and gives that in words. Raises InputError.
        """
        self._screen, self._session = screen, session
        self._save_first, self._compare = save_first, compare

    def import_rules(self) -> None:
        """Go on from a router's config; first ask what becomes of unsaved work."""
        from ..dialogs.prompts import Ask

        losses = self._session.unsaved_work
        if not losses:
            self._ask_file()
            return
        choices = (
            ("s", "save", "Save first"),
            ("i", "import", f"Import; {self._screen.key('undo')} goes back to these rules"),
            ("c", "stay", "Cancel"),
        )

        def answered(answer: str | None) -> None:
            if answer == "save":
                self._save_first(self._ask_file)
            elif answer == "import":
                self._ask_file()

        self._screen.app.push_screen(Ask(f"Not saved yet: {' and '.join(losses)}.", choices), answered)

    def _ask_file(self) -> None:
        title = "Import your month from logs, or a router's config: its labels, with the rules there are"
        self._open_dialog(title, self._take_rules, with_logs=True)

    def ask_routes(self) -> None:
        """Ask for the file whose routes the total is compared with."""
        self._open_dialog("Compare with the routes in a router's config file", self._take_routes)

    def _open_dialog(self, title: str, take: Callable[[Imported], None], *, with_logs: bool = False) -> None:
        from ..dialogs.import_config import Config

        session = self._session
        dialog = Config(title, session.document.routing, session.solver, with_logs=with_logs)
        self._screen.app.push_screen(dialog, lambda imported: take(imported) if imported else None)

    def _take_rules(self, imported: Imported) -> None:
        from ...engine.adapters.routers.import_ import assumed_workload_note
        from ..document.file import rules_only

        name = formatting.clean(imported.path.name)
        routing, key = rules_only(imported.routing), self._screen.key
        keys = f"{key('undo')} goes back"
        try:
            if imported.measured:
                path = RulePath("labels", next(iter(routing.labels)))
                self._session.apply(lambda _: routing, path, f"the month of {imported.name}")
            else:
                assumption = assumed_workload_note(list(routing.labels), self._session.document.routing)
                if assumption:
                    imported = replace(imported, notes=(*imported.notes, assumption))
                self._session.import_rules(routing, name)
                keys += f", {key('save')} saves it as a new file"
            self._compare(imported)
        except InputError as error:
            self._screen.say(str(error), bad=True)
            return
        labels = len(routing.labels)
        message = f"{plural(labels, 'label')} of {imported.name}; {keys}"
        self._show_notes(imported, message)

    def _take_routes(self, imported: Imported) -> None:
        try:
            message = self._compare(imported)
        except InputError as error:
            self._screen.say(str(error), bad=True)
        else:
            self._show_notes(imported, message)

    def _show_notes(self, imported: Imported, message: str) -> None:
        """What was not understood is shown, not only counted."""
        from ..dialogs.prompts import Notes

        self._screen.say(message)
        if imported.notes:
            title = f"What to know of {imported.name if imported.measured else imported.path.name}"
            self._screen.app.push_screen(Notes(title, imported.notes))
