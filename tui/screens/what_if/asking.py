"""The what-if screen without its keys: sliders, and the best plan for where they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from ....engine.domain.errors import InputError
from ... import formatting
from ...base_screen import BaseScreen
from ...document.scenario import Scenario
from ...widgets.allocation import AllocationPanel
from ...widgets.bars import Foot, HintBar, modes
from .sliders import Beside, Sliders

if TYPE_CHECKING:
    from ...document.document import Document
    from ...solver.client import Solver

SECONDS = 10.0


class Asking(BaseScreen[tuple[Any, str] | None]):
    """Dismissed with the routing of the scenario that was adopted and what it is in words, or None."""

    PANELS = (Sliders, Beside)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]

    def __init__(self, document: Document, solver: Solver) -> None:
        super().__init__()
        self._document, self._solver, self.routing = document, solver, document.routing
        self.sliders = Sliders(document.routing, document.plan, id="rules")
        # Their plans were made for the rules of their time.
        self.sliders.kept = tuple(replace(one, plan=None) for one in document.scenarios)
        self.plan, self.beside = AllocationPanel(id="allocation"), Beside(document.routing, id="beside")
        self.title_bar, self.hint = Static("", markup=False, id="total"), HintBar(id="hint")
        self.foot = Foot()

    @property
    def scenario(self) -> Scenario:
        """Where the sliders stand."""
        return self.sliders.scenario

    def compose(self) -> ComposeResult:
        """Sliders to the left, their plan to the right, or above each other."""
        self.sliders.border_title, self.plan.border_title = "what if", "the best plan then"
        self.beside.border_title = "side by side"
        self.plan.windows, self.plan.can_focus = self._document.context_windows, False
        self.plan.marks = self._document.marks
        self.beside.display = False
        yield self.title_bar
        with Container(id="panels"):
            yield self.sliders
            yield self.plan
            yield self.beside
        yield self.hint
        yield self.foot

    def on_mount(self) -> None:
        """Today's plan first; the tornado when it has been computed."""
        self.sliders.focus()
        self.sliders.rebuild(("knob", self.sliders.knobs[0]))
        self.explain()
        self.ask()

    def explain(self) -> None:
        """What the keys do to the line under the cursor."""
        self.foot.dim()
        key = self.key
        if self.sliders.knob is not None:
            told = f"{key('less')} and {key('more')} move it, {key('factor')} types a factor"
            self.say(f"{told}, {key('reset')} puts it back, {key('take')} adopts traffic")
        elif self.sliders.place is not None:
            told = f"{key('take')} goes back to this scenario, {key('rename')} renames it"
            self.say(f"{told}, {key('forget')} forgets it, {key('beside')} puts all side by side")
        else:
            self.say(f"{key('keep')} keeps the scenario under a name, {key('beside')} shows all side by side")

    def ask(self) -> None:
        """Ask for the plan of where the sliders stand, then for what else is not known yet."""
        self.retitle()
        self.foot.dim()
        self.plan.show_stale()
        self._planned(self.scenario)

    @work(exclusive=True, group="what_if")
    async def _planned(self, scenario: Scenario) -> None:
        from ....engine.domain.scenario import Tornado

        try:
            found = await self._asked(scenario)
            if found is not None and found.plan is not None and scenario == self.scenario:
                self.sliders.scenario = found
                self.plan.marks = scenario.marked(self._document.marks)
                self.plan.show_plan(scenario.applied(self.routing), found.plan)
                self.retitle()
        except InputError as error:
            self.say(str(error), bad=True)
        await self._kept_plans()
        if self.sliders.tornado is None:
            try:
                answer = await self._solver.ask("tornado", self.routing, SECONDS)
            except InputError as error:
                self.say(str(error), bad=True)
                return
            if answer is not None:
                self.sliders.tornado = Tornado.model_validate(answer)
                self.sliders.rebuild()

    async def _asked(self, scenario: Scenario) -> Scenario | None:
        """The scenario with its plan; None where the question was overtaken. Raises InputError."""
        from ....engine.domain.plan import Plan

        answer = await self._solver.ask("what_if", self.routing, SECONDS, **scenario.question)
        return None if answer is None else replace(scenario, plan=Plan.model_validate(answer))

    async def _kept_plans(self) -> None:
        """The plans of the kept scenarios, for the rules as they are now."""
        for one in self.sliders.kept:
            if one.plan is not None:
                continue
            try:
                found = await self._asked(one)
            except InputError:  # its label or provider is gone: it stays without a plan, and says so
                continue
            if found is None:
                return
            self.sliders.kept = tuple(found if kept == one else kept for kept in self.sliders.kept)
            self.sliders.rebuild()
            self.fill()

    def fill(self) -> None:
        """Put today and what is kept side by side."""
        today = Scenario(name="today", plan=self._document.plan)
        self.beside.scenarios = (today, *self.sliders.kept)
        self.beside.rebuild()

    def retitle(self) -> None:
        """Where the sliders stand, what that costs, and against today."""
        parts = [(" what if ", "bold $accent")]
        plan, today = self.scenario.plan, self._document.plan
        if plan is not None and not plan.found:
            parts.append(("  ✗ nothing fits", "bold $text-error"))
        elif plan is not None and plan.cost is not None:
            parts.append((f"  {formatting.money(plan.cost)} USD/mo", "bold"))
            if today is not None and today.cost is not None:
                parts.append((f"  {formatting.change(today.cost, plan.cost)} to today", "$text"))
        parts += modes(self._document)
        parts.append((f"  {formatting.clean(self.scenario.words)}", "$text-muted"))
        self.title_bar.update(Content.assemble(*parts))
