"""What if there were more traffic, or other prices: sliders, and the best plan for where they stand.

Scenarios are kept under a name, on disk with their routing file, and shown side by side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from ....engine.domain.errors import InputError
from ... import formatting
from ...base_screen import BaseScreen
from ...document import scenario as bookmarks
from ...document.scenario import Scenario, factor_of, knob_name
from ...widgets.allocation import AllocationPanel
from ...widgets.bars import Foot, HintBar, modes
from .side_by_side import SideBySide
from .sliders import Sliders

if TYPE_CHECKING:
    from ...document.editing_session import EditingSession

MAX_SECONDS = 10.0  # for a plan, and for the tornado
_OF_SLIDERS = ("step", "type", "reset", "keep", "rename", "forget", "take")


class WhatIf(BaseScreen[tuple[Any, str] | None]):
    """Dismissed with the routing of the scenario that was adopted and what it is in words, or None."""

    PANELS = (Sliders, SideBySide)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,plus,equals_sign", "step(1)", "More", key_display="→", id="more"),
        Binding("left,h,minus,underscore", "step(-1)", "Less", key_display="←", id="less"),
        Binding("greater_than_sign", "step(5)", "Much more", show=False, id="much_more"),
        Binding("less_than_sign", "step(-5)", "Much less", show=False, id="much_less"),
        Binding("i", "type", "Type", id="factor"),
        Binding("0", "reset", "×1", id="reset"),
        Binding("b", "keep", "Keep", id="keep"),
        Binding("r", "rename", "Rename", show=False, id="rename"),
        Binding("d,delete", "forget", "Forget", key_display="d", id="forget"),
        Binding("c", "beside", "Side by side", id="beside"),
        Binding("enter", "take", "Adopt", key_display="⏎", id="take"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="what_if_help"),
        Binding("q,escape,W,ctrl+c", "dismiss(None)", "Back", key_display="q", id="what_if_back"),
    ]

    def __init__(self, session: EditingSession) -> None:
        super().__init__()
        self._session, document = session, session.document
        self._document = document
        self._solver, self.routing = session.solver, document.routing
        self.sliders = Sliders(document.routing, document.plan, id="rules")
        # Their plans were made for the rules of their time.
        self.sliders.kept = tuple(replace(scenario, plan=None) for scenario in session.scenarios)
        self.plan, self.beside = AllocationPanel(id="allocation"), SideBySide(document.routing, id="beside")
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
        """Ask for the plan, then for the tornado."""
        self.set_focus(self.sliders)
        self.sliders.rebuild(("knob", self.sliders.knobs[0]))
        self.explain()
        self.request_plan()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Side by side there are no sliders to move."""
        return not (self.is_mounted and self.beside.has_focus and action in _OF_SLIDERS)

    def explain(self) -> None:
        """Say what the keys do to the line under the cursor."""
        self.foot.dim()
        key = self.key
        if self.sliders.knob is not None:
            steps = f"{key('less')} and {key('more')} move it, {key('factor')} types a factor"
            self.say(f"{steps}, {key('reset')} puts it back, {key('take')} adopts traffic")
        elif self.sliders.place is not None:
            names = f"{key('take')} goes back to this scenario, {key('rename')} renames it"
            self.say(f"{names}, {key('forget')} forgets it, {key('beside')} puts all side by side")
        else:
            self.say(f"{key('keep')} keeps the scenario under a name, {key('beside')} shows all side by side")

    # plans

    def request_plan(self) -> None:
        """Ask for the plan of where the sliders stand, then for what else is not known yet."""
        self.retitle()
        self.foot.dim()
        self.plan.show_stale()
        self._request_all(self.scenario)

    @work(exclusive=True, group="what_if")
    async def _request_all(self, scenario: Scenario) -> None:
        from ....engine.domain.scenario import Tornado

        try:
            planned = await self._with_plan(scenario)
            if planned is not None and planned.plan is not None and scenario == self.scenario:
                self.sliders.scenario = planned
                self.plan.marks = scenario.marked(self._document.marks)
                self.plan.show_plan(scenario.applied(self.routing), planned.plan)
                self.retitle()
        except InputError as error:
            self.say(str(error), bad=True)
        await self._plan_kept()
        if self.sliders.tornado is None:
            try:
                answer = await self._solver.ask("tornado", self.routing, MAX_SECONDS)
            except InputError as error:
                self.say(str(error), bad=True)
                return
            if answer is not None:
                self.sliders.tornado = Tornado.model_validate(answer)
                self.sliders.rebuild()

    async def _with_plan(self, scenario: Scenario) -> Scenario | None:
        """The scenario with its plan; None where the question was overtaken. Raises InputError."""
        from ....engine.domain.plan import Plan

        answer = await self._solver.ask("what_if", self.routing, MAX_SECONDS, **scenario.question)
        return None if answer is None else replace(scenario, plan=Plan.model_validate(answer))

    async def _plan_kept(self) -> None:
        """Ask for the plans of the kept scenarios, for the rules as they are now."""
        for scenario in self.sliders.kept:
            if scenario.plan is not None:
                continue
            try:
                planned = await self._with_plan(scenario)
            except InputError:  # its label or provider is gone: it stays without a plan, and says so
                continue
            if planned is None:
                return
            self.sliders.kept = tuple(planned if kept == scenario else kept for kept in self.sliders.kept)
            self.sliders.rebuild()
            self.refill()

    def refill(self) -> None:
        """Put today and what is kept side by side."""
        today = Scenario(name="today", plan=self._document.plan)
        self.beside.scenarios = (today, *self.sliders.kept)
        self.beside.rebuild()

    def retitle(self) -> None:
        """Say where the sliders stand, what that costs, and against today."""
        parts = [(" what if ", "bold $accent")]
        plan, today = self.scenario.plan, self._document.plan
        if plan is not None and not plan.found:
            parts.append(("  ✗ nothing fits", "bold $text-error"))
        elif plan is not None and plan.cost is not None:
            parts.append((f"  {formatting.money(plan.cost)} USD/mo", "bold"))
            if today is not None and today.cost is not None:
                parts.append((f"  {formatting.change(today.cost, plan.cost)} vs today", "$text"))
        parts += modes(self._document.override_count, self._document.routing)
        parts.append((f"  {formatting.clean(self.scenario.words)}", "$text-muted"))
        self.title_bar.update(Content.assemble(*parts))

    # sliders

    def _move_to(self, scenario: Scenario) -> None:
        self.sliders.scenario = scenario
        self.sliders.rebuild()
        self.request_plan()

    def action_step(self, steps: int) -> None:
        """Move the slider under the cursor."""
        knob = self.sliders.knob
        assert knob is not None
        moved = self.scenario.stepped(knob, steps)
        if moved == self.scenario:
            self.say("this is the end of the scale")
        else:
            self._move_to(moved)

    def disabled_reason_step(self, steps: int) -> str:  # noqa: ARG002
        """Why nothing moves here: this line is no slider."""
        return "" if self.sliders.knob is not None else "stand on a slider to move it"

    def action_type(self) -> None:
        """Type the factor of the slider under the cursor, or the requests that it stands for."""
        from ...dialogs.prompts import TextPrompt

        knob = self.sliders.knob
        assert knob is not None
        now = self.sliders.absolute(knob)
        about = "×2, 150%, +20% or -30%" + ("" if now is None else f", or ={now:.12g} a month")

        def check(text: str) -> str:
            try:
                factor_of(text, now)
            except InputError as error:
                return str(error)
            return ""

        def take(text: str | None) -> None:
            if text is not None:
                self._move_to(self.scenario.moved(knob, factor_of(text, now)))

        question = f"What if {knob_name(knob)} were"
        self.app.push_screen(TextPrompt(question, f"×{self.scenario.factor(knob):g}", check, about), take)

    def disabled_reason_type(self) -> str:
        """Why no factor can be typed here."""
        return "" if self.sliders.knob is not None else "stand on a slider to type its factor"

    def action_reset(self) -> None:
        """Put the slider under the cursor back to ×1; elsewhere all of them."""
        knob = self.sliders.knob
        self._move_to(Scenario() if knob is None else self.scenario.moved(knob, 1.0))

    def disabled_reason_reset(self) -> str:
        """Why there is nothing to reset."""
        knob = self.sliders.knob
        away = self.scenario.factors if knob is None else self.scenario.factor(knob) != 1
        return "" if away else "it is at ×1 already"

    def action_take(self) -> None:
        """On a kept scenario, go back to it; on a slider, adopt the scenario's traffic into the rules."""
        place = self.sliders.place
        if place is not None:
            self._move_to(self.sliders.kept[place])
            return
        try:
            routing = self.scenario.applied(self.routing)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self.dismiss((routing, f"adopted: {self.scenario.traffic}; {self.key('undo')} takes it back"))

    def disabled_reason_take(self) -> str:
        """Why nothing can be adopted: prices are the catalogue's, or no traffic has been moved."""
        if self.sliders.place is not None or self.scenario.traffic:
            return ""
        if self.scenario.factors:
            return "prices are the catalogue's: only other traffic can be adopted"
        return "move a slider of traffic first"

    # kept scenarios

    def action_keep(self) -> None:
        """Keep this scenario under a name."""
        from ...dialogs.prompts import TextPrompt

        def keep(name: str | None) -> None:
            if name is not None:
                others = tuple(scenario for scenario in self.sliders.kept if scenario.name != name)
                replaced = len(others) < len(self.sliders.kept)
                outcome = "kept instead of the earlier one" if replaced else "kept"
                if self._document.file.path is None:
                    outcome += "; it goes to disk with these rules, once they have a file"
                self._keep((*others, self.scenario.named(name)), f"{name}: {outcome}")

        proposed = formatting.clean(self.scenario.words)[:40]
        self.app.push_screen(TextPrompt("Keep this scenario as", proposed), keep)

    def disabled_reason_keep(self) -> str:
        """Why there is nothing to keep: no slider has been moved."""
        return "" if self.scenario.factors else "this is how things are today: move a slider first"

    def _keep(self, kept: tuple[Scenario, ...], message: str = "") -> None:
        """Keep these scenarios, on disk too; say what is done, or what went wrong with the file."""
        self.sliders.kept = self._session.scenarios = kept
        self.sliders.rebuild()
        self.refill()
        self.foot.dim()
        problem = ""
        if self._document.file.path is not None:
            try:
                problem = bookmarks.write(self._document.file.path, kept)
            except InputError as error:
                problem = str(error)
        if message or problem:
            self.say("; ".join(filter(None, (message, problem))), bad=bool(problem))

    def action_rename(self) -> None:
        """Rename the kept scenario under the cursor."""
        from ...dialogs.prompts import TextPrompt

        place = self.sliders.place
        assert place is not None
        kept = self.sliders.kept
        taken = [scenario.name for at, scenario in enumerate(kept) if at != place]

        def check(name: str) -> str:
            return f"there is a scenario {name!r} already" if name in taken else ""

        def rename(name: str | None) -> None:
            if name is not None:
                self._keep((*kept[:place], kept[place].named(name), *kept[place + 1 :]))

        self.app.push_screen(TextPrompt("Another name for it", kept[place].name, check), rename)

    def disabled_reason_rename(self) -> str:
        """Why nothing can be renamed here: this line is no kept scenario."""
        return "" if self.sliders.place is not None else "stand on a kept scenario to rename it"

    def action_forget(self) -> None:
        """Forget the kept scenario under the cursor."""
        place = self.sliders.place
        assert place is not None
        kept = self.sliders.kept
        self._keep(kept[:place] + kept[place + 1 :], f"{kept[place].name}: forgotten")

    def disabled_reason_forget(self) -> str:
        """Why nothing can be forgotten here: this line is no kept scenario."""
        return "" if self.sliders.place is not None else "stand on a kept scenario to forget it"

    def action_beside(self) -> None:
        """Show the kept scenarios beside today's plan, or the plan again."""
        self.beside.display = not self.beside.display
        self.plan.display = not self.beside.display
        self.refill()
        if self.beside.display:
            more, less = self.key("beside_right"), self.key("beside_left")
            self.say(f"{less} and {more} go through the scenarios, {self.key('beside')} goes back")
            self.set_focus(self.beside)
        else:
            self.set_focus(self.sliders)
            self.explain()

    def disabled_reason_beside(self) -> str:
        """Why there is nothing to compare: no scenario is kept."""
        return "" if self.sliders.kept else f"nothing is kept yet; {self.key('keep')} keeps a scenario"
