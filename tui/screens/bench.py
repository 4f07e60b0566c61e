"""The main screen without its keys: it keeps the panels in step with the document and its answers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath
from ..messages import CursorMoved, PlanReady, SolverTrouble
from ..widgets.bars import partial_quality
from .cursor import Cursor

if TYPE_CHECKING:
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing


class Bench(Cursor):
    """Rules on one side, their answer on the other."""

    def on_mount(self) -> None:
        """Paint first; read and solve after."""
        self.total.repaint()
        self.rules.focus()
        self.call_after_refresh(self._begin)

    async def on_unmount(self) -> None:
        """The solver's process ends before the app does."""
        await self._solver.close()

    def _begin(self) -> None:
        self.run_worker(self._solver.run(self._on_plan, self._on_trouble), name="solver")
        self.run_worker(self._open(), name="open")

    async def _open(self) -> None:
        try:
            document = await asyncio.to_thread(self._opener)
        except InputError as error:
            self.unusable(error)
            return
        gc.freeze()  # the catalogue stays, too: a search through it for garbage would hold up a key
        from ..document.editing_session import EditingSession

        self.document, self.session = document, EditingSession(document, self._solver)
        self.session.edit_listeners.append(self.show_edit)
        self.allocation.windows = document.context_windows
        self.why.offers = len(document.context_windows)
        self.total.state = "solving"
        self.repaint_rules(LIMITS)
        self.explain(CursorMoved(LIMITS))
        self.session.request_plan()

    def unusable(self, error: InputError) -> None:
        """There is nothing to show."""
        raise error

    # edits

    def edit(self, edit: Callable[[Routing], Routing], path: RulePath, description: str = "") -> bool:
        """Apply an edit, or say why it cannot be: then nothing has changed."""
        if self.document is None:
            return False
        try:
            self.session.apply(edit, path, description)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return False
        return True

    def show_edit(self, path: tuple[str, ...]) -> None:
        """The routing has changed at `path`: let the old plan fade."""
        assert self.document is not None
        self.total.state = "" if self.document.solved else "solving"
        self.explanations.edited()
        self.repaint_rules(path)
        if not self.document.solved:
            self.allocation.show_stale()
        elif self.document.plan is not None:
            self.allocation.show_plan(self.document.routing, self.document.plan)
            self.explanations.planned(
                self.document.routing, self.document.plan.found, self.document.solver_overrides
            )

    def repaint_rules(self, path: tuple[str, ...] | None = None) -> None:
        """Show the rules as they are, the cursor at `path`."""
        assert self.document is not None
        self.rules.show_routing(self.document.routing, path)
        self.show_reasons(self.rules.section)
        self.total.dirty = self.document.dirty
        self.allocation.marks = self.why.marks = self.document.marks
        self.total.supposed, self.total.cautious = self.document.override_count, self.document.cautious
        self.total.repaint()
        self.foot.dim()

    # answers

    def _on_plan(self, routing: Routing, plan: Plan, final: bool) -> None:
        facts = {} if self.document is None else self.document.solver_overrides
        self.post_message(PlanReady(routing, plan, final, facts))

    def _on_trouble(self, text: str) -> None:
        self.post_message(SolverTrouble(text))

    @on(PlanReady)
    def _show_plan(self, message: PlanReady) -> None:
        routing, plan = message.routing, message.plan
        if self.document is None or not self.session.accept(routing, plan, message.facts):
            return
        self.total.plan, self.total.partly = plan, partial_quality(routing, plan)
        self.total.signs = self.document.marks.of_plan(routing, plan)[:2]
        self.why.mixes = self.document.marks.mixes(routing, plan)
        self.against.refresh(self.document)
        self.total.state = "" if message.final else "improving"
        self.total.repaint()
        self.allocation.show_plan(routing, plan)
        if message.final:
            self.explanations.planned(routing, plan.found, message.facts)
        if message.final and not self.editor.is_open:
            self._tell_what_helps(plan.found)
        self.rules.show_conflicts([RulePath.parse(path) for path in plan.conflicts])
        if self._troubled:
            self._troubled = False
            self.hint.say("the solver is back, and this is its answer")
        self.plan_shown()

    def _tell_what_helps(self, found: bool) -> None:
        """The next keys where nothing fits; nothing of it where something fits again."""
        start = "nothing fits; "
        if not found:
            goes = f"{self.key('next_conflict')} goes to the clash"
            change = f", {self.key('mend')} makes the first change that helps"
            self.hint.say(f"{start}{goes}{change if self.allocation.repairs else ''}", bad=True)
        elif self.hint.said.startswith(f"✗ {start}") and self.rules.key is not None:
            self.hint.say(self.explained(self.rules.key))

    def plan_shown(self) -> None:
        """The plan on the screen is the newest."""
        self.foot.dim()

    @on(SolverTrouble)
    def _show_trouble(self, message: SolverTrouble) -> None:
        self.hint.say(message.text, bad=True)
        self._troubled = True
        if self.document is not None and not self.document.solved:
            self.total.state = "no answer"
            self.total.repaint()
            self.allocation.show_trouble(message.text)
            self.session.tell_plan_listeners()
        self.plan_shown()
