"""What every screen holds: the document to read, the ways to change it, and the asking for plans.

A screen that shows more than one moment of the document appends to `edit_listeners` (called with the place of
every edit, undo and redo: a RulePath, or that of a catalogue's figure) or `plan_listeners` (called when there
is a new plan, or none is coming), and removes itself when it closes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.domain.rules import LIMITS, RulePath

if TYPE_CHECKING:
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver
    from .document import Document, Edit, State
    from .history import Step
    from .overrides import Overrides


class EditingSession:
    """A document and its solver; every change asks for a plan and is told to the listeners."""

    def __init__(self, document: Document, solver: Solver) -> None:
        self.document, self.solver = document, solver
        self.edit_listeners: list[Callable[[tuple[str, ...]], None]] = []
        self.plan_listeners: list[Callable[[], None]] = []

    # changes; each raises InputError where it cannot be made: then nothing has changed

    def apply(self, edit: Edit, path: RulePath, description: str = "") -> bool:
        """Edit the rules at `path`; False where that changes nothing. `description` is for undo and redo."""
        return self._changed(self.document.apply(edit, path, description), path)

    def step(self, path: RulePath, steps: int) -> bool:
        """Move the number at `path` by so many of its steps; those of a held key are one edit."""
        from .edits import step

        def edit(routing: Routing) -> Routing:
            return step(routing, path, steps)

        return self._changed(self.document.apply_step(edit, path, steps > 0), path)

    def override(self, overrides: Overrides, path: tuple[str, ...], description: str) -> bool:
        """Try other figures of the catalogue; False where they are the same."""
        return self._changed(self.document.override(overrides, path, description), path)

    def toggle_caution(self, path: RulePath) -> None:
        """Count fitted skills at the low end of their intervals, or as they stand again."""
        self.document.toggle_caution()
        self._changed(True, path)

    def recover(self, text: str, overrides: Overrides, cautious: bool) -> bool:
        """Take the rules and what-if figures of a draft, as one edit."""
        return self._changed(self.document.recover(text, overrides, cautious), LIMITS)

    def reload(self, path: RulePath) -> bool:
        """Take the file as it is on disk, as one edit, which is told as one at `path`."""
        return self._changed(self.document.reload(), path)

    def travel(self, back: bool) -> Step[State] | None:
        """Undo or redo one edit and give it; None where there is none."""
        step = self.document.travel(back)
        if step is not None:
            self._changed(True, step.path)
        return step

    def _changed(self, changed: bool, path: tuple[str, ...]) -> bool:
        if changed:
            self.request_plan()
            for listener in [*self.edit_listeners]:
                listener(path)
        return changed

    # plans

    def request_plan(self) -> None:
        """Ask the solver for the plan of the document as it is now, instead of any asked for before."""
        self.solver.use_overrides(self.document.solver_overrides)
        self.solver.request_plan(self.document.routing)

    def accept(self, routing: Routing, plan: Plan, overrides: Mapping[str, Any]) -> bool:
        """Take the solver's plan; False where an edit has overtaken it: then nobody is told."""
        accepted = self.document.accept(routing, plan, overrides)
        if accepted:
            self.tell_plan_listeners()
        return accepted

    def tell_plan_listeners(self) -> None:
        """There is a new plan, or the solver has said that none is coming."""
        for listener in [*self.plan_listeners]:
            listener()
