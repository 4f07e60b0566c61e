"""What if there were more traffic, or other prices: sliders and presets, and the best plan for them.

What changes in the plan is marked. Scenarios are kept under a name, on disk with their routing file, and
shown side by side; below, what matters most around today's cost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from ....engine.domain.errors import InputError
from ... import formatting
from ...base_screen import BaseScreen
from ...document.scenario import Scenario, factor_of, knob_name, providers_in_use
from ...widgets.allocation import AllocationPanel
from ...widgets.bars import Foot, HintBar, modes
from .side_by_side import SideBySide
from .sliders import Sliders
from .tornado import TornadoPanel

if TYPE_CHECKING:
    from ...document.editing_session import EditingSession

MAX_SECONDS = 10.0  # for a plan
MAX_BAR_SECONDS = 60.0  # for each bar of the tornado
_OF_SLIDERS = ("step", "type", "reset", "rename", "forget", "take")


class WhatIf(BaseScreen[tuple[Any, str] | None]):
    """Dismissed with the routing of the scenario that was adopted and what it is in words, or None."""

    PANELS = (Sliders, SideBySide, TornadoPanel)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,plus,equals_sign", "step(1)", "More", key_display="→", id="more"),
        Binding("left,h,minus,underscore", "step(-1)", "Less", key_display="←", id="less"),
        Binding("greater_than_sign", "step(5)", "Much more", show=False, id="much_more"),
        Binding("less_than_sign", "step(-5)", "Much less", show=False, id="much_less"),
        Binding("i", "type", "Type", tooltip="Type a factor, or requests a month", id="factor"),
        Binding("0", "reset", "×1", tooltip="Back to ×1", id="reset"),
        Binding("t", "preset('traffic')", "Traffic ×2", show=False, id="preset_traffic"),
        Binding("p", "preset('prices')", "Prices −30 %", show=False, id="preset_prices"),
        Binding("o", "outage", "A provider down", show=False, id="preset_outage"),
        Binding("L", "sure", "90 % sure of quality", show=False, id="preset_sure"),
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
        self.sliders.scenario = session.tried.within(document.routing)
        self.plan, self.beside = AllocationPanel(id="allocation"), SideBySide(document.routing, id="beside")
        self.tornado = TornadoPanel(id="tornado")
        self.title_bar, self.hint = Static("", markup=False, id="total"), HintBar(id="hint")
        self.foot = Foot()

    @property
    def scenario(self) -> Scenario:
        """Where the sliders stand."""
        return self.sliders.scenario

    def compose(self) -> ComposeResult:
        """Sliders to the left, their plan to the right, or above each other; the tornado below."""
        document, today = self._document, self._document.plan
        self.sliders.entitle("what if: factors, and requests a month")
        self.plan.entitle("the best plan then")
        self.beside.entitle("side by side")
        self.tornado.entitle("what matters most: every figure a fifth (or its step) lower and higher")
        self.plan.windows, self.plan.can_focus = document.context_windows, False
        self.plan.marks = document.marks
        self.plan.before = today if today is not None and today.found else None
        if today is not None and today.found:
            self.tornado.maximises = document.routing.objective == "quality"
            self.tornado.today = today.counted if self.tornado.maximises else today.cost
        self.beside.display = False
        yield self.title_bar
        with Container(id="panels"):
            with Container(id="upper"):
                yield self.sliders
                yield self.plan
                yield self.beside
            yield self.tornado
        yield self.hint
        yield self.foot

    def on_mount(self) -> None:
        """Ask for the plan, then for the tornado."""
        self.set_focus(self.sliders)
        self.sliders.rebuild(("knob", self.sliders.knobs[0]))
        self.explain()
        self.request_plan()
        if self.tornado.today is not None:
            self._request_tornado()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Elsewhere there are no sliders to move."""
        return not (self.is_mounted and not self.sliders.has_focus and action in _OF_SLIDERS)

    def explain(self) -> None:
        """Say what the keys do to the line under the cursor."""
        self.foot.dim()
        key = self.key
        if self.sliders.knob is not None:
            steps = f"{key('less')} {key('more')} move it, {key('factor')} types a factor"
            self.say(f"{steps}, {key('reset')} resets it, {key('take')} adopts traffic, confidence")
        elif self.sliders.place is not None:
            names = f"{key('take')} goes back to this scenario, {key('rename')} renames it"
            self.say(f"{names}, {key('forget')} forgets it, {key('beside')} puts all side by side")
        else:
            self.say(f"{key('keep')} keeps the scenario under a name, {key('beside')} shows all side by side")

    # plans

    def request_plan(self) -> None:
        """Ask for the plan of where the sliders stand, then for what else is not known yet."""
        self._session.try_scenario(self.scenario)
        self.retitle()
        self.foot.dim()
        self.plan.show_stale()
        self._request_all(self.scenario)

    @work(exclusive=True, group="what_if")
    async def _request_all(self, scenario: Scenario) -> None:
        try:
            known = self._document.plan if scenario.is_today and self._document.solved else None
            planned = await self._with_plan(scenario) if known is None else replace(scenario, plan=known)
            if planned is not None and planned.plan is not None and scenario == self.scenario:
                self.sliders.scenario = planned
                self.plan.marks = scenario.marked(self._document.marks)
                self.plan.show_plan(scenario.applied(self.routing), planned.plan)
                self.retitle()
                self.refill()
        except InputError as error:
            self.say(str(error), bad=True)
        await self._plan_kept()

    @work(group="tornado")
    async def _request_tornado(self) -> None:
        """Fill the tornado bar by bar, whenever no plan is being waited for."""
        from ....engine.domain.scenario import Bar

        shown: list[str] = []  # read when the request is sent, again after each that went before it

        def show(fields: Any) -> None:
            bar = Bar.model_validate(fields)
            shown.append(bar.input)
            self.tornado.add(bar)

        try:
            await self._solver.ask("tornado", self.routing, MAX_BAR_SECONDS, show, skip=shown)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self.tornado.finish()

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
        """Put today, the what-if and what is kept side by side."""
        today = Scenario(name="today", plan=self._document.plan)
        tried = (self.scenario.named("what if"),) if self._is_unkept else ()
        self.beside.scenarios = (today, *tried, *self.sliders.kept)
        if self.beside.display:
            self.beside.rebuild()

    def retitle(self) -> None:
        """Say where the sliders stand, what that costs, and against today."""
        parts = [(" what if ", "bold $accent")]
        plan, today = self.scenario.plan, self._document.plan
        if plan is None:
            parts.append(("  solving …", "$text-muted"))
        elif not plan.found:
            parts.append(("  ✗ nothing fits", "bold $text-error"))
        elif plan.cost is not None:
            parts.append((f"  {formatting.money(plan.cost)} USD/mo", "bold"))
            if today is not None and today.cost is not None:
                change = formatting.change(today.cost, plan.cost)
                style = {"▲": "$text-error", "▼": "$text-success"}.get(change[0], "$text")
                parts.append((f"  {change} vs today", style))
        parts += modes(self._document.override_count, self._document.routing)
        room = self.size.width - sum(cell_len(text) for text, _ in parts)
        words = f"  {formatting.clean(self.scenario.words)}"
        unkept = f"  not kept: {self.key('keep')} keeps it" if self._is_unkept else ""
        texts = (words + unkept, unkept or words)  # the sliders have the words as well
        parts += [(text, "$text-muted") for text in texts if cell_len(text) <= room][:1]
        self.title_bar.update(Content.assemble(*parts))

    @property
    def _is_unkept(self) -> bool:
        """Whether it would be gone with this screen, or in a crash: a what-if is no edit of the rules."""
        tried = replace(self.scenario, name="", plan=None)
        kept = (replace(scenario, name="", plan=None) for scenario in self.sliders.kept)
        return not tried.is_today and tried not in kept

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
        away = not self.scenario.is_today if knob is None else self.scenario.factor(knob) != 1
        return "" if away else "it is at ×1 already"

    # presets: one key sets each, and takes it back

    def action_preset(self, name: str) -> None:
        """Twice the traffic, or all prices 30 % lower."""
        knob, factor = {"traffic": (("growth", ""), 2.0), "prices": (("prices", ""), 0.7)}[name]
        self._move_to(self.scenario.toggled(knob, factor))

    def action_outage(self) -> None:
        """A provider down: that of the slider under the cursor, else the one paid most, then the next."""
        kind, name = self.sliders.knob or ("", "")
        choices = [name] if kind == "prices" and name else providers_in_use(self._document.plan)
        down = self.scenario.out[0] if self.scenario.out else None
        at = choices.index(down) + 1 if down in choices else 0
        self._move_to(self.scenario.without(choices[at : at + 1]))
        if not self.scenario.out:
            self.say("every provider is up again")
        elif len(choices) > 1:
            self.say(f"without {choices[at]}; {self.key('preset_outage')} goes to the next provider in use")

    def disabled_reason_outage(self) -> str:
        """Why no provider can be down: none is in use."""
        return (
            ""
            if providers_in_use(self._document.plan)
            else "there is no plan today, so no provider is in use"
        )

    def action_sure(self) -> None:
        """Ask to be 90 % sure of quality, or as the rules say again."""
        from ....engine.domain.routing import CAUTIOUS

        self._move_to(self.scenario.sure(CAUTIOUS if self.scenario.confidence is None else None))

    def disabled_reason_sure(self) -> str:
        """Why being surer changes nothing: the rules say so already."""
        from ....engine.domain.routing import CAUTIOUS

        asked = self.routing.limits.confidence
        return f"the rules ask to be {asked * 100:g} % sure already" if asked >= CAUTIOUS else ""

    def action_take(self) -> None:
        """On a kept scenario, go back to it; on a slider, adopt its traffic and confidence into the rules."""
        place = self.sliders.place
        if place is not None:
            self._move_to(self.sliders.kept[place].within(self.routing))
            return
        try:
            routing = self.scenario.applied(self.routing)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self._session.try_scenario(self.scenario.facts)
        self.dismiss((routing, f"adopted {self.scenario.rules}"))

    def disabled_reason_take(self) -> str:
        """Why nothing can be adopted: prices and outages are no rules, or no traffic has been moved."""
        if self.sliders.place is not None or self.scenario.rules:
            return ""
        if not self.scenario.is_today:
            return "prices and outages are no rules: only traffic and confidence can be adopted"
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
        return "this is how things are today: move a slider first" if self.scenario.is_today else ""

    def _keep(self, kept: tuple[Scenario, ...], message: str = "") -> None:
        """Keep these scenarios, on disk too; say what is done, or what went wrong with the file."""
        self.sliders.kept = kept
        try:
            problem = self._session.keep_scenarios(kept)
        except InputError as error:
            problem = str(error)
        self.sliders.rebuild()
        self.retitle()
        self.refill()
        self.foot.dim()
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
        """Show the what-if and the kept scenarios beside today's plan, or the plan again."""
        self.beside.display = not self.beside.display
        self.plan.display = not self.beside.display
        self.set_class(self.beside.display, "-beside")
        self.refill()
        if self.beside.display:
            more, less = self.key("beside_right"), self.key("beside_left")
            self.say(f"{less} and {more} go through the scenarios, {self.key('beside')} goes back")
            self.set_focus(self.beside)
        else:
            self.set_focus(self.sliders)
            self.explain()

    def disabled_reason_beside(self) -> str:
        """Why there is nothing to compare with today."""
        if self.sliders.kept or not self.scenario.is_today:
            return ""
        return "there is only today: move a slider first"
