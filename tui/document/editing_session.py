"""What every screen holds: the document to read, the ways to change it, and the asking for plans.

A screen that shows more than one moment of the document appends to the lists of listeners here, and removes
itself when it closes. `edit_listeners` are called with the place of every edit, undo and redo: a RulePath, or
that of a catalogue's figure; `plan_listeners` when there is a new plan, or none is coming; `saved_listeners`
when the file or the catalogue is another: saved, read again, imported; `scenario_listeners` when a scenario
is kept or forgotten, or the sliders stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.adapters.catalog.file import user_overlay
from ...engine.domain.errors import InputError
from ...engine.domain.formatting import plural
from ...engine.domain.plan import Plan
from ...engine.domain.routing import Routing
from ...engine.domain.rules import LIMITS, RulePath, find_spec
from . import scenario
from .document import Document, Edit, State
from .edits import dropped, put, renamed, step
from .history import Step
from .overrides import Overrides
from .scenario import Scenario
from .values import parse

if TYPE_CHECKING:
    from ..solver.client import Solver


class EditingSession:
    """A document and its solver; every change asks for a plan and is told to the listeners."""

    def __init__(self, document: Document, solver: Solver) -> None:
        self.document, self.solver = document, solver
        self.edit_listeners: list[Callable[[tuple[str, ...]], None]] = []
        self.plan_listeners: list[Callable[[], None]] = []
        self.saved_listeners: list[Callable[[], None]] = []
        self.rejected_text: str | None = None  # from $EDITOR and unreadable: opened there again
        self._plan_failed = False
        path = document.file.path
        self.scenarios = () if path is None else scenario.read(path)  # those kept on the what-if screen
        self.tried = Scenario()  # where its sliders stand
        self.scenario_listeners: list[Callable[[], None]] = []

    # changes; each raises InputError where it cannot be made: then nothing has changed

    def apply(self, edit: Edit, path: RulePath, description: str = "") -> bool:
        """Edit the rules at `path`; False where that changes nothing. `description` is for undo and redo."""
        return self._changed(self.document.apply(edit, path, description), path)

    def type_text(self, path: RulePath, text: str) -> bool:
        """Put what was typed at a path, for a label its name; nothing typed drops the rule."""
        spec, catalog = find_spec(path), self.document.listed_catalog
        if spec is None:  # a label's new name is also its new place
            name = text.strip()
            return self.apply(lambda routing: renamed(routing, path.label, name), RulePath("labels", name))
        if not text.strip():
            return self.apply(lambda routing: dropped(routing, path), path)
        entered = parse(spec, text)
        return self.apply(lambda routing: put(routing, path, entered, catalog), path)

    def step(self, path: RulePath, steps: int) -> bool:
        """Move the number at `path` by so many of its steps; those in a row are one edit."""

        def edit(routing: Routing) -> Routing:
            return step(routing, path, steps)

        return self._changed(self.document.apply_step(edit, path, steps > 0), path)

    def override(self, overrides: Overrides, path: tuple[str, ...], description: str) -> bool:
        """Try other figures of the catalogue; False where they are the same."""
        return self._changed(self.document.override(overrides, path, description), path)

    def recover(self, text: str, overrides: Overrides) -> bool:
        """Take the rules and what-if figures of a draft, as one edit, at the first label that changes."""
        return self._changed(self.document.recover(text, overrides), self.document.history.now.path)

    def reload(self, path: RulePath) -> bool:
        """Take the file as it is on disk, as one edit, which is told as one at `path`."""
        changed = self._changed(self.document.reload(), path)
        _call(self.saved_listeners)
        return changed

    def import_rules(self, routing: Routing, name: str) -> None:
        """Go on from other rules, those of a router's own file of this name, as one edit.

        They are not that file's: a save asks for a name.
        """
        self.apply(lambda _: routing, LIMITS, f"import of {name}")
        self.document.detach(f"from {name}")
        self.scenarios = ()
        _call(self.saved_listeners)

    def travel(self, back: bool) -> Step[State] | None:
        """Undo or redo one edit and give it; None where there is none."""
        step = self.document.travel(back)
        if step is not None:
            self._changed(True, step.path)
        return step

    def travel_to(self, place: int) -> None:
        """Undo or redo up to a place in the history, 0 the first; told as one change."""
        document, path = self.document, None
        while len(document.history.past) != place:
            step = document.travel(place < len(document.history.past))
            if step is None:
                break
            path = step.path
        if path is not None:
            self._changed(True, path)

    def _changed(self, changed: bool, path: tuple[str, ...]) -> bool:
        if changed:
            self.request_plan()
            _call(self.edit_listeners, path)
        return changed

    # plans

    @property
    def awaiting_plan(self) -> bool:
        """Whether the plan of these rules is still being made."""
        return not self.document.solved and not self._plan_failed

    def request_plan(self) -> None:
        """Ask the solver for the plan of the document as it is now, instead of any asked for before."""
        self._plan_failed = False
        self.solver.use_overrides(self.document.solver_overrides)
        self.solver.request_plan(self.document.routing)

    def accept(self, routing: Routing, plan: Plan, overrides: Mapping[str, Any]) -> bool:
        """Take the solver's plan; False where an edit has overtaken it: then nobody is told."""
        accepted = self.document.accept(routing, plan, overrides)
        if accepted:
            _call(self.plan_listeners)
        return accepted

    def plan_failed(self) -> None:
        """The solver has said that no plan is coming."""
        self._plan_failed = True
        _call(self.plan_listeners)

    # scenarios, which are no edits

    def try_scenario(self, tried: Scenario) -> None:
        """The sliders of the what-if screen stand there."""
        self.tried = replace(tried, plan=None)
        _call(self.scenario_listeners)

    @property
    def loose_scenarios(self) -> tuple[Scenario, ...]:
        """Those that were kept, but that no file has."""
        return self.scenarios if self.document.file.path is None else ()

    @property
    def has_loose_scenarios(self) -> bool:
        """Whether scenarios, or where the sliders stand, would be gone with this process."""
        kept = [replace(scenario, name="", plan=None) for scenario in self.scenarios]
        tried = replace(self.tried, name="")
        return bool(self.loose_scenarios) or not (tried.is_today or tried in kept)

    def keep_scenarios(self, kept: tuple[Scenario, ...]) -> str:
        """Keep these, on disk where the rules have a file; what to say of that. Raises InputError."""
        self.scenarios = kept
        _call(self.scenario_listeners)
        path = self.document.file.path
        return "" if path is None else scenario.write(path, kept)

    # files

    def save(self, path: Path) -> str:
        """Write the rules and their plan, and the kept scenarios as those of this file.

        Returns what there is to say of that, to follow the name of the file. Raises InputError.
        """
        remark = self.document.save(path)
        _call(self.saved_listeners)
        return self._save_scenarios(path) + (f"; {remark}" if remark else "")

    def _save_scenarios(self, path: Path) -> str:
        if not self.scenarios:
            return ""
        try:
            remark = scenario.write(path, self.scenarios)
        except InputError as error:
            return f", but {error}"
        return f", but {remark}" if remark else ""

    def keep_overrides(self) -> str:
        """Write the what-if figures into the user's overlay; what to say of that. Raises InputError."""
        path = user_overlay()
        assert path is not None
        remark = self.document.keep_overrides(path)
        _call(self.saved_listeners)
        return f"kept in {path}: they are the catalogue's now, as your own{f'; {remark}' if remark else ''}"

    @property
    def unsaved_work(self) -> list[str]:
        """What a quit would lose, in words."""
        document = self.document
        never = "" if document.file.path is not None else " (never saved to a file)"
        losses = [f"unsaved changes{never}"] if document.dirty else []
        if count := document.override_count:
            losses.append(plural(count, "what-if figure"))
        if self.rejected_text is not None:
            losses.append("text from $EDITOR that could not be read")
        if self.loose_scenarios:
            losses.append("scenarios that no file keeps")
        return losses


def _call(listeners: Sequence[Callable[..., None]], *arguments: object) -> None:
    for listener in [*listeners]:  # one may remove itself
        listener(*arguments)
