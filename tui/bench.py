"""The main screen without its keys: it lays out the panels and keeps them in step with the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Footer, Static

from ..engine.domain.errors import InputError
from . import present
from .against import Against
from .messages import CursorMoved, PlanReady, SolverTrouble
from .panels.allocation import AllocationPanel
from .panels.bars import HintBar, TotalBar
from .panels.editor import Editor
from .panels.rules import RulesPanel
from .panels.why import WhyPanel
from .whys import Whys

if TYPE_CHECKING:
    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing
    from .desk import Desk
    from .rules import Path
    from .solver_client import Solver

_TOP = ("limits",)
_SECTIONS = ("labels", "limits", "objective")
_LEAST = Size(40, 10)  # below it there is no room for a rule and its answer
Opener = Callable[[], "Desk"]


class Bench(Screen[None]):
    """Rules on one side, their answer on the other."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (_LEAST.width, "-narrow"), (116, "-wide"), (150, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (_LEAST.height, "-tall"), (30, "-high")]

    def __init__(self, name: str, opener: Opener, solver: Solver) -> None:
        super().__init__()
        self.desk: Desk | None = None
        self._troubled = False
        self._opener, self._solver = opener, solver
        self.listeners: list[Callable[[], None]] = []  # screens over this one, told of a new plan
        self.total, self.hint = TotalBar(id="total"), HintBar(id="hint")
        self.rules, self.allocation = RulesPanel(id="rules"), AllocationPanel(id="allocation")
        self.why, self.editor = WhyPanel(id="why"), Editor(id="editor")
        self.whys = Whys(self.why, solver, self.run_worker)
        self.against = Against(solver, self.run_worker, self.total.compare)
        self.total.file = name

    def compose(self) -> ComposeResult:
        """Total, panels, hint and keys; the editor floats."""
        self.rules.border_title, self.allocation.border_title = "rules", "allocation"
        self.why.border_title = "why"
        yield self.total
        with Container(id="panels"):
            yield self.rules
            with Container(id="answers"):
                yield self.allocation
                yield self.why
        yield self.hint
        yield Footer(compact=True, show_command_palette=False)
        yield self.editor
        yield Static(f"too small; needs {_LEAST.width} x {_LEAST.height}", id="small")

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
            desk = await asyncio.to_thread(self._opener)
        except InputError as error:
            self.unusable(error)
            return
        self.desk = desk
        self.allocation.windows = desk.windows
        self.why.offers = len(desk.windows)
        self.total.state = "solving"
        self.repaint_rules(_TOP)
        self._explain(CursorMoved(_TOP))
        self._solver.want(desk.routing)

    def unusable(self, error: InputError) -> None:
        """There is nothing to show."""
        raise error

    # edits

    def edit(self, make: Callable[[Routing], Routing], path: Path, what: str = "") -> bool:
        """Apply an edit, or say why it cannot be: then nothing has changed."""
        if self.desk is None:
            return False
        try:
            if self.desk.edit(make, path, what):
                self.moved_to(path)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return False
        return True

    def moved_to(self, path: Path) -> None:
        """The routing has changed at `path`: ask for its plan, and let the old one fade."""
        assert self.desk is not None
        self._solver.suppose(self.desk.facts)
        self._solver.want(self.desk.routing)
        self.total.state = "" if self.desk.solved else "solving"
        self.whys.edited()
        self.repaint_rules(path)
        if not self.desk.solved:
            self.allocation.show_stale()
        elif self.desk.plan is not None:
            self.allocation.show_plan(self.desk.routing, self.desk.plan)
            self.whys.planned(self.desk.routing, self.desk.plan.found)

    def repaint_rules(self, path: Path | None = None) -> None:
        """Show the rules as they are, the cursor at `path`."""
        assert self.desk is not None
        self.rules.show_routing(self.desk.routing, path)
        self._show_reasons(self.rules.section)
        self.total.dirty = self.desk.dirty
        self.allocation.supposed = self.desk.supposed
        self.total.supposed = self.desk.differing
        self.total.repaint()

    # answers

    def _on_plan(self, routing: Routing, plan: Plan, final: bool) -> None:
        facts = {} if self.desk is None else self.desk.facts
        self.post_message(PlanReady(routing, plan, final, facts))

    def _on_trouble(self, text: str) -> None:
        self.post_message(SolverTrouble(text))

    @on(PlanReady)
    def _show_plan(self, message: PlanReady) -> None:
        from .rules import parse_path

        routing, plan = message.routing, message.plan
        if self.desk is None or not self.desk.answer(routing, plan, message.facts):
            return
        self.total.plan = plan
        self.against.planned(self.desk, routing, plan)
        self.total.state = "" if message.final else "improving"
        self.total.repaint()
        self.allocation.show_plan(routing, plan)
        if message.final:
            self.whys.planned(routing, plan.found)
        self.rules.show_conflicts([parse_path(text, routing) for text in plan.conflicts])
        if self._troubled:
            self._troubled = False
            self.hint.say("the solver is back, and this is its answer")
        self.plan_shown()

    def plan_shown(self) -> None:
        """The plan on the screen is the newest."""
        for told in list(self.listeners):
            told()

    @on(SolverTrouble)
    def _show_trouble(self, message: SolverTrouble) -> None:
        self.hint.say(message.text, bad=True)
        self._troubled = True
        if self.desk is not None and not self.desk.solved:
            self.total.state = "no answer"
            self.total.repaint()
            self.allocation.show_trouble(message.text)
        self.plan_shown()

    # cursor and editor

    @on(CursorMoved)
    def _explain(self, message: CursorMoved) -> None:
        self._show_reasons(message.path)
        if message.path[0] == "repair":
            self.hint.say("Enter makes this change, u takes it back")
        elif self.allocation.has_focus or (self.why.has_focus and message.path[0] in _SECTIONS):
            self.hint.say(f"Enter goes to {present.place(message.path)} among the rules")
        else:
            self.hint.say(self.explained(message.path))

    def _show_reasons(self, path: Path) -> None:
        """Of the section under the cursor; the reasons' own lines are of the section shown."""
        from .rules import section_of

        path = path[1:] if path[0] == "repair" else path
        if not self.why.has_focus and path != ("together",):
            self.whys.at(section_of(path))

    def explained(self, path: Path) -> str:
        """Help, range and keys for what is under the cursor."""
        from .rules import rule_at

        rule = rule_at(path)
        if rule is not None:
            return f"{rule.name}: {rule.help}{rule.bracketed}"
        if path == _TOP:
            return "router: a adds a limit or a label, + and - step a value, Enter types one"
        return f"label {path[1]}: a adds a rule, Enter renames it, d drops it"

    def open_editor(self, path: Path) -> None:
        """Type the value at `path`, in its place."""
        from .edits import value_at
        from .rules import rule_at, section_of, set_in
        from .typed import shown

        assert self.desk is not None
        routing, rule = self.desk.routing, rule_at(path)
        fresh = rule is not None and path not in set_in(routing, section_of(path))
        self.rules.show_pending(path if fresh else None)
        self.editor.open(path, shown(value_at(routing, path)), rule.range if rule else "name")
        self.place_editor()
        self.hint.say(self.explained(path))

    def place_editor(self) -> None:
        """Keep the editor over its value."""
        region = self.rules.value_region()
        self.editor.styles.offset = (region.x, region.y)
        self.editor.styles.width = region.width

    def on_resize(self) -> None:
        """The value has moved on the screen."""
        if self.editor.is_open:
            self.call_after_refresh(self.place_editor)

    def close_editor(self) -> None:
        """Back to the rules."""
        self.editor.close()
        self.rules.show_pending(None)
        self.set_focus(self.rules)
        if self.rules.key is not None:
            self.hint.say(self.explained(self.rules.key))
