"""What if there were more traffic, or other prices: sliders, and the best plan for where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from ...engine.domain.errors import InputError
from .. import present
from ..panels.allocation import AllocationPanel
from ..panels.bars import HintBar
from ..scenario import Scenario
from .beside import Beside
from .sliders import Sliders

if TYPE_CHECKING:
    from ..desk import Desk
    from ..solver_client import Solver

SECONDS = 10.0


class WhatIfScreen(Screen[tuple[Any, str] | None]):
    """Dismissed with the routing of the scenario that was adopted and what it is in words, or None."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,plus,equals_sign", "step(1)", "More", key_display="→", id="more"),
        Binding("left,h,minus,underscore", "step(-1)", "Less", key_display="←", id="less"),
        Binding("0", "reset", "×1", id="reset"),
        Binding("b", "keep", "Keep", id="keep"),
        Binding("delete,d", "forget", "Forget", key_display="d", id="forget"),
        Binding("c", "beside", "Side by side", id="beside"),
        Binding("enter", "take", "Adopt", key_display="⏎", id="take"),
        Binding("q,escape,W,ctrl+c", "dismiss(None)", "Back", key_display="q", id="what_if_back"),
    ]

    def __init__(self, desk: Desk, solver: Solver) -> None:
        super().__init__()
        self._desk, self._solver, self.routing = desk, solver, desk.routing
        self.sliders = Sliders(desk.routing, desk.plan, id="rules")
        self.sliders.kept = desk.scenarios
        self.plan, self.beside = AllocationPanel(id="allocation"), Beside(desk.routing, id="beside")
        self.title_bar, self.hint = Static("", markup=False, id="total"), HintBar(id="hint")

    @property
    def scenario(self) -> Scenario:
        """Where the sliders stand."""
        return self.sliders.scenario

    def compose(self) -> ComposeResult:
        """Sliders to the left, their plan to the right, or above each other."""
        self.sliders.border_title, self.plan.border_title = "what if", "the best plan then"
        self.beside.border_title = "side by side"
        self.plan.windows, self.plan.can_focus, self.beside.can_focus = self._desk.windows, False, False
        self.plan.marks = self._desk.marks
        self.beside.display = False
        yield self.title_bar
        with Container(id="panels"):
            yield self.sliders
            yield self.plan
            yield self.beside
        yield self.hint
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Today's plan first; the tornado when it has been computed."""
        self.sliders.focus()
        self.sliders.rebuild(("knob", self.sliders.knobs[0]))
        self.explain()
        self._ask()

    def explain(self) -> None:
        """What the keys do to the line under the cursor."""
        if self.sliders.knob is not None:
            self.hint.say("← and → move the slider, 0 puts it back, Enter makes the traffic a rule of yours")
        elif self.sliders.place is not None:
            self.hint.say("Enter goes back to this scenario, d forgets it, c puts all side by side")
        else:
            self.hint.say("b keeps the scenario under a name, c puts those kept side by side")

    def _ask(self) -> None:
        self._title()
        self.plan.show_stale()
        self.run_worker(self._planned(self.scenario), exclusive=True, group="what_if")

    async def _planned(self, scenario: Scenario) -> None:
        from ...engine.domain.plan import Plan
        from ...engine.domain.scenario import Tornado

        try:
            answer = await self._solver.ask("what_if", self.routing, SECONDS, **scenario.question)
            if answer is not None and scenario == self.scenario:
                plan = Plan.model_validate(answer)
                self.sliders.scenario = Scenario(scenario.factors, scenario.name, plan)
                self.plan.show_plan(scenario.applied(self.routing), plan)
                self._title()
            if self.sliders.tornado is None:
                found = await self._solver.ask("tornado", self.routing, SECONDS)
                if found is not None:
                    self.sliders.tornado = Tornado.model_validate(found)
                    self.sliders.rebuild()
        except InputError as error:
            self.hint.say(str(error), bad=True)

    def _title(self) -> None:
        parts = [(" what if ", "bold $accent"), (f" {present.clean(self.scenario.words)}", "$text")]
        plan, today = self.scenario.plan, self._desk.plan
        if plan is not None and not plan.found:
            parts.append(("  ✗ nothing fits", "bold $text-error"))
        elif plan is not None and plan.cost is not None:
            parts.append((f"  {present.money(plan.cost)} USD/mo", "bold"))
            if today is not None and today.cost is not None:
                parts.append((f"  against today {present.change(today.cost, plan.cost)}", "$text"))
        self.title_bar.update(Content.assemble(*parts))

    def _set(self, scenario: Scenario) -> None:
        self.sliders.scenario = scenario
        self.sliders.rebuild()
        self._ask()

    def action_step(self, steps: int) -> None:
        """Move the slider under the cursor."""
        knob = self.sliders.knob
        if knob is None:
            self.hint.say("stand on a slider to move it")
            return
        moved = self.scenario.stepped(knob, steps)
        if moved == self.scenario:
            self.hint.say("this is the end of the scale")
        else:
            self._set(moved)

    def action_reset(self) -> None:
        """The slider under the cursor back to 1; elsewhere all of them."""
        knob = self.sliders.knob
        self._set(Scenario() if knob is None else self.scenario.moved(knob, 1.0))

    def action_keep(self) -> None:
        """Keep this scenario under a name."""
        from ..dialogs.name import Name

        proposed = present.clean(self.scenario.words)[:40]
        self.app.push_screen(Name("Keep this scenario as", proposed), self._kept)

    def _kept(self, name: str | None) -> None:
        if name is not None:
            others = tuple(one for one in self.sliders.kept if one.name != name)
            self._keep((*others, self.scenario.named(name)))

    def _keep(self, kept: tuple[Scenario, ...]) -> None:
        self.sliders.kept = self._desk.scenarios = kept
        self.sliders.rebuild()
        self._fill()

    def action_forget(self) -> None:
        """Forget the kept scenario under the cursor."""
        place = self.sliders.place
        if place is None:
            self.hint.say("stand on a kept scenario to forget it")
        else:
            kept = self.sliders.kept
            self._keep(kept[:place] + kept[place + 1 :])

    def action_beside(self) -> None:
        """The scenarios that were kept beside today's plan, or back to the plan."""
        self.beside.display = not self.beside.display
        self.plan.display = not self.beside.display
        self._fill()

    def _fill(self) -> None:
        today = Scenario(name="today", plan=self._desk.plan)
        self.beside.scenarios = (today, *self.sliders.kept)
        self.beside.rebuild()

    def action_take(self) -> None:
        """A kept scenario: back to it. A slider: the scenario's traffic becomes the routing's."""
        place = self.sliders.place
        if place is not None:
            self._set(self.sliders.kept[place])
            return
        try:
            routing = self.scenario.applied(self.routing)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if routing == self.routing:
            self.hint.say("prices are the catalogue's: only other traffic can be adopted", bad=True)
        else:
            self.dismiss((routing, f"adopted: {self.scenario.words}; u takes it back"))
