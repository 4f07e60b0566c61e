"""Cost against quality, or latency: walk along the frontier, see the plan of each point, adopt one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from ....engine.domain.errors import InputError
from ... import formatting
from ...base_screen import BaseScreen
from ...widgets.allocation import AllocationPanel
from ...widgets.bars import Foot, HintBar, modes
from .chart import BUDGET, CURSOR, FLOOR, KNEE, NOW, chart
from .curve import Curve, Point, adopted, curve_of, raised_budget, without_floors

if TYPE_CHECKING:
    from ...document.editing_session import EditingSession

_STYLES = {
    "note": "$secondary",
    "value": "$foreground",
    "good": "bold $text-success",
    "name": "bold $text-warning",
    "mark": "bold $accent",
}
BELOW = 16  # points below today's floors, about
MAX_SECONDS = 20.0  # for a frontier
_ROOMY = 100  # cells from which the title needs no short words


class Frontier(BaseScreen[tuple[Any, str] | None]):
    """Dismissed with the routing that was adopted and what it is in words, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right,l,k,up",
            "walk(1)",
            "More expensive",
            key_display="→",
            tooltip="To a more expensive plan",
            id="dearer",
        ),
        Binding(
            "left,h,j,down", "walk(-1)", "Cheaper", key_display="←", tooltip="To a cheaper plan", id="cheaper"
        ),
        Binding("home,g", "walk(-100000)", "Cheapest", show=False, id="cheapest"),
        Binding("end,G", "walk(100000)", "Best", show=False, id="best"),
        Binding(
            "tab,right_square_bracket",
            "turn(1)",
            "Label",
            key_display="⇥",
            tooltip="Frontier of the next label",
            id="frontier_next",
        ),
        Binding(
            "shift+tab,left_square_bracket",
            "turn(-1)",
            "Previous label",
            show=False,
            tooltip="Frontier of the previous label",
            id="frontier_before",
        ),
        Binding(
            "t",
            "other",
            "Quality or latency",
            key_display="t",
            tooltip="Against quality or latency",
            id="frontier_axis",
        ),
        Binding("x", "log", "Log", tooltip="Logarithmic axis of cost", id="frontier_log"),
        Binding("enter", "adopt", "Adopt", key_display="⏎", tooltip="Adopt this plan", id="adopt"),
        Binding(
            "question_mark,f1",
            "help",
            "Help",
            key_display="?",
            tooltip="Help: keys and signs",
            id="frontier_help",
        ),
        Binding(
            "q,escape,f,ctrl+c",
            "dismiss(None)",
            "Back",
            key_display="q",
            tooltip="Back to the workbench",
            id="frontier_back",
        ),
    ]

    def __init__(self, session: EditingSession) -> None:
        super().__init__()
        self._document, self._solver = session.document, session.solver
        self.routing = session.document.routing
        self.label: str | None = None
        self.latency = self.logarithmic = False
        self.curve: Curve | None = None
        self.cursor = 0
        self.title_bar, self.hint = Static("", markup=False, id="total"), HintBar(id="hint")
        self.chart = Static("", markup=False, id="chart")
        self.plan = AllocationPanel(id="allocation")
        self.foot = Foot()

    def compose(self) -> ComposeResult:
        """The chart, and the plan at the cursor's point under it."""
        self.plan.windows, self.plan.can_focus = self._document.context_windows, False
        self.plan.marks = self._document.marks
        self.plan.border_title = "the plan at this point"
        yield self.title_bar
        yield self.chart
        yield self.plan
        yield self.hint
        yield self.foot

    def on_mount(self) -> None:
        """Ask for the whole router's frontier; the plan as it is stands until a point is chosen."""
        if self._document.plan is not None and self._document.planned_routing is not None:
            self.plan.show_plan(self._document.planned_routing, self._document.plan)
        self._load()

    def on_resize(self) -> None:
        """Draw again for another size."""
        self.call_after_refresh(self._draw)

    def _load(self) -> None:
        self.curve = None
        self._draw()
        self.hint.say("the frontier is being computed …")
        self._request_curve()

    @work(exclusive=True, group="frontier")
    async def _request_curve(self) -> None:
        kind = "latency_frontier" if self.latency else "frontier"
        try:
            answer = await self._solver.ask(kind, self.routing, MAX_SECONDS, label=self.label)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if answer is None:
            return
        curve = curve_of("latency" if self.latency else "quality", self.label, answer)
        if not curve.points:
            self.hint.say("nothing fits, so there is no frontier", bad=True)
            return
        self._show_curve(curve)
        loosened = None if self.latency else without_floors(self.routing, self.label)
        if loosened is None:
            return
        try:
            answer = await self._solver.ask(kind, loosened, MAX_SECONDS, label=self.label, points=BELOW)
        except InputError:  # what the floors allow stands there
            return
        if answer is not None and self.curve is curve:
            self._extend(curve.extended(curve_of("quality", self.label, answer)))

    def _extend(self, curve: Curve) -> None:
        """What is below the floors has come: the cursor stays with its point."""
        assert self.curve is not None
        self.cursor += len(curve.points) - len(self.curve.points)
        self.curve = curve
        self._draw()

    def _show_curve(self, curve: Curve) -> None:
        self.curve = curve
        todays = (at for at, point in enumerate(curve.points) if curve.now and point.matches(curve.now))
        self.cursor = next(todays, curve.knee or 0)
        self._show_point()

    def _show_point(self) -> None:
        """Draw the point under the cursor, say what it costs, and ask for its plan."""
        assert self.curve is not None
        point = self.curve.points[self.cursor]
        self._draw()
        self.hint.say(self._words(point))
        self.plan.show_stale()
        self.foot.dim()
        self._request_plan(point)

    @work(exclusive=True, group="point")
    async def _request_plan(self, point: Point) -> None:
        from ....engine.domain.marks import legend_text
        from ....engine.domain.plan import Plan

        assert self.curve is not None
        try:
            routing = adopted(self.routing, self.curve, point)
            answer = await self._solver.ask("plan", routing, MAX_SECONDS)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if answer is not None:
            plan = Plan.model_validate(answer)
            self.plan.show_plan(routing, plan)
            signs = self._document.marks.of_plan(routing, plan).all
            self.hint.say(self._words(point) + legend_text(signs, " · "))

    def _words(self, point: Point) -> str:
        assert self.curve is not None
        now, unit = self.curve.now, "points" if self.curve.kind == "quality" else "s"
        text = f"{CURSOR} {point.measure:.1f} {unit} for {formatting.money(point.cost)} USD/mo"
        if now is not None:
            text += f", against today's plan {formatting.change(now.cost, point.cost)}"
        if self.curve.knee == self.cursor:
            text += ", the knee: past it each point costs more"
        text += "; below today's floor: adopting lowers it" if point.below_floor else ""
        return text + (f"; {self._beyond(point)}" if point.over_budget else "")

    def _beyond(self, point: Point) -> str:
        """That a plan is beyond the budget, and what adopting it does about that."""
        assert self.curve is not None and self.curve.budget is not None
        budget, new = formatting.money(self.curve.budget), formatting.money(raised_budget(point))
        return f"over the budget of {budget}: adopting raises it to {new}"

    def _draw(self) -> None:
        everything = "the whole router" if self.size.width > _ROOMY else "all"
        whose = everything if self.label is None else formatting.clean(self.label)
        parts: list[Any] = [(" frontier ", "bold $accent"), (f" {whose}: cost against ", "$text")]
        if self.curve is None:
            parts += [
                ("latency" if self.latency else "quality", "$text"),
                *self._modes(),
            ]
            self.chart.update("")
        else:
            parts += [
                (self.curve.name, "$text"),
                *self._modes(),
            ]
            if self.curve.unscored:
                names = ", ".join(map(formatting.clean, self.curve.unscored))
                parts.append((f"  without {names}: no skills", "$text-warning"))
            limit = f"  {BUDGET} budget" if any(point.over_budget for point in self.curve.points) else ""
            limit += f"  {FLOOR} floor" if self.curve.floor is not None else ""
            parts.append((f"  {CURSOR} here  {NOW} today  {KNEE} knee{limit}", "$text-muted"))
            count = len(self.curve.points)
            if self.size.width > _ROOMY:
                parts.append((f"  {count} plan{'' if count == 1 else 's'}", "$text-muted"))
            width, height = self.chart.size
            if width and height > 2:
                rows = chart(self.curve, self.cursor, width, height, self.logarithmic)
                text = [(part, _STYLES[style]) for row in rows for part, style in [*row, ("\n", "note")]]
                self.chart.update(Content.assemble(*text[:-1]))
        self.title_bar.update(Content.assemble(*parts))

    def _modes(self) -> list[tuple[str, str]]:
        return modes(self._document.override_count, self._document.routing)

    def action_walk(self, by: int) -> None:
        """Along the frontier, towards the dearer or the cheaper plans."""
        if self.curve is None:
            return
        to = max(0, min(self.cursor + by, len(self.curve.points) - 1))
        if to == self.cursor:
            end = "this is the best plan there is" if by > 0 else "there is no cheaper plan"
            self.hint.say("this is the only plan" if len(self.curve.points) == 1 else end)
            return
        self.cursor = to
        self._show_point()

    def action_turn(self, by: int) -> None:
        """To the frontier of the next label, or of the whole router."""
        choices: list[str | None] = [*([] if self.latency else [None]), *self.routing.labels]
        at = choices.index(self.label) if self.label in choices else 0
        self.label = choices[(at + by) % len(choices)]
        self._load()

    def action_other(self) -> None:
        """Cost against latency instead of quality, and back; latency is a label's."""
        self.latency = not self.latency
        if self.latency and self.label is None:
            self.label = next(iter(self.routing.labels))
        self._load()

    def action_log(self) -> None:
        """A logarithmic or a linear axis of cost."""
        self.logarithmic = not self.logarithmic
        self._draw()

    def disabled_reason_adopt(self) -> str:
        """Only a point can be adopted."""
        return "" if self.curve is not None else "there is no frontier yet, so there is no point on it"

    def disabled_reason_walk(self, by: int) -> str:  # noqa: ARG002
        """Nor can it be walked."""
        return self.disabled_reason_adopt()

    def disabled_reason_turn(self, by: int) -> str:  # noqa: ARG002
        """To whose frontier."""
        others = len(self.routing.labels) > 1 or not self.latency
        return "" if others else "there is no other label, and latency is a label's"

    def action_adopt(self) -> None:
        """Make the rules those whose best plan this is."""
        assert self.curve is not None
        point = self.curve.points[self.cursor]
        try:
            routing = adopted(self.routing, self.curve, point)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        words = self._words(point)[2:].replace(": adopting raises it", ", which is raised")
        words = words.replace(": adopting lowers it", ", which is lowered")
        self.dismiss((routing, f"adopted {words}; {self.key('undo')} takes it back"))
