"""Cost against quality, or latency: walk along the frontier, see the plan of each point, adopt one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
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
from .chart import CURSOR, KNEE, NOW, chart, content
from .curve import Curve, Point, adopted, curve_of, curve_so_far, raised_budget, without_floors
from .sketch import far_apart

if TYPE_CHECKING:
    from ....engine.domain.routing import Routing
    from ...document.editing_session import EditingSession

POINTS, BELOW = 32, 16  # of a curve, and of what is below today's floors, about
MAX_SECONDS = 20.0  # for a frontier
_CHEAPER = "; against the next cheaper plan, "
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
            key_display="tab",
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
        self.latency = False
        self.logarithmic: bool | None = None  # the axis of cost; None: where costs are far apart
        self.curve: Curve | None = None
        self.complete = False  # whether every point has come
        self._walked = False  # whether the cursor has been moved on this curve
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
        self.curve, self.complete, self._walked = None, False, False
        self._draw()
        self.hint.say("the frontier is being computed …")
        self._request_curve()

    @work(exclusive=True, group="frontier")
    async def _request_curve(self) -> None:
        try:
            curve = await (self._latency_curve() if self.latency else self._quality_curve())
            if curve is None:
                return
            if not curve.points:
                self.hint.say("nothing fits, so there is no frontier", bad=True)
                return
            loosened = None if self.latency else without_floors(self.routing, self.label)
            self.complete = loosened is None
            self._take(curve)
            if loosened is None:
                return
            below = await self._search(loosened, BELOW, lambda _points: None)
        except InputError as error:
            if self.curve is None:
                self.hint.say(str(error), bad=True)
            return
        finally:
            self.complete = True
        self._take(curve if below is None else curve.extended(curve_of("quality", self.label, below)))

    async def _latency_curve(self) -> Curve | None:
        answer = await self._solver.ask("latency_frontier", self.routing, MAX_SECONDS, label=self.label)
        if answer is None:
            return None
        assert self.label is not None
        plan, limit = self._document.plan, self.routing.labels[self.label].max_latency
        curve = curve_of("latency", self.label, answer, limit)
        of_label = None if plan is None else plan.labels.get(self.label)
        if plan is None or plan.cost is None or of_label is None or of_label.latency is None:
            return curve
        return replace(curve, now=Point(plan.cost, of_label.latency, {}))

    async def _quality_curve(self) -> Curve | None:
        """The curve, drawn point by point as it is found."""

        def show(points: list[dict[str, Any]]) -> None:
            if len(points) > 1:
                self._take(curve_so_far(self.routing, self.label, points))

        answer = await self._search(self.routing, POINTS, show)
        return None if answer is None else curve_of("quality", self.label, answer)

    async def _search(
        self, routing: Routing, count: int, show: Callable[[list[dict[str, Any]]], None]
    ) -> dict[str, Any] | None:
        """The solver's whole answer; `show` gets the points so far. None where it was overtaken."""
        known: list[Any] = []  # read again whenever the search goes on after another request
        answer: dict[str, Any] | None = None

        def part(came: Any) -> None:
            nonlocal answer
            if isinstance(came, dict):
                answer = came
            elif came[0] not in [asked for asked, _ in known]:
                known.append(came)
                show([point for _, point in known])

        options = {"label": self.label, "points": count, "known": known}
        await self._solver.ask("curve", routing, MAX_SECONDS, part, **options)
        return answer

    def _take(self, curve: Curve) -> None:
        """Show a curve with more points: the cursor stays where it has been moved to, else it is today's."""
        before = self.point
        self.curve = curve
        if before is not None and self._walked:
            places = range(len(curve.points))
            self.cursor = min(places, key=lambda at: abs(curve.points[at].cost - before.cost))
        else:
            plan = self._document.plan
            cost = curve.now.cost if curve.now else None if plan is None else plan.cost
            todays = [at for at, point in enumerate(curve.points) if curve.now and point.matches(curve.now)]
            by_cost = range(len(curve.points)) if cost is not None else ()
            nearest = min(by_cost, key=lambda at: abs(curve.points[at].cost - (cost or 0.0)), default=0)
            at_knee = curve.knee is not None and curve.now is None
            self.cursor = todays[0] if todays else curve.knee if at_knee and curve.knee else nearest
        if before == curve.points[self.cursor]:
            self._draw()
            self.hint.say(self._words(curve.points[self.cursor]))
            self.foot.dim()
        else:
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
        if answer is not None and self.point == point:  # else another label's curve is on its way
            plan = Plan.model_validate(answer)
            self.plan.show_plan(routing, plan)
            signs = self._document.marks.of_plan(routing, plan).all
            self.hint.say(self._words(point) + legend_text(signs, " · "))

    @property
    def point(self) -> Point | None:
        """The one under the cursor; None before there is any."""
        return None if self.curve is None else self.curve.points[self.cursor]

    def _words(self, point: Point) -> str:
        assert self.curve is not None
        now, unit = self.curve.now, "points" if self.curve.kind == "quality" else "s"
        text = f"{CURSOR} {point.measure:.1f} {unit} for {formatting.money(point.cost)} USD/mo"
        if now is not None:
            text += f", {formatting.change(now.cost, point.cost)} vs today"
        if self.curve.knee == self.cursor:
            text += ", the knee: past it each point costs more"
        if point.below_floor:
            lowered = "below today's floor: adopting lowers it"
            text += f"; {lowered if self.curve.kind == 'quality' else 'over the limit: adopting raises it'}"
        text += f"; {self._beyond(point)}" if point.over_budget else ""
        changes = self.curve.changes(self.cursor)
        return text + (f"{_CHEAPER}{', '.join(changes)}" if changes else "")

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
                (self.curve.name if self.size.width > _ROOMY else self.curve.kind, "$text"),
                *self._modes(),
            ]
            if self.curve.unscored:
                names = ", ".join(map(formatting.clean, self.curve.unscored))
                where = ": no skills, at their cheapest" if self.size.width > _ROOMY else " (no skills)"
                parts.append((f"  without {names}{where}", "$text-warning"))
            count = len(self.curve.points)
            more = "" if self.complete else " …"
            for text in (
                f"  {CURSOR} here  {NOW} today  {KNEE} knee",
                f"  {count} plan{'' if count == 1 else 's'}{more}",
            ):
                used = sum(cell_len(part) for part, _ in parts)
                parts += [(text, "$text-muted")] if used + cell_len(text) <= self.size.width else []
            width, height = self.chart.size
            if width and height > 2:
                rows = chart(self.curve, self.cursor, width, height, self._is_logarithmic(self.curve))
                self.chart.update(content(rows))
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
        self.cursor, self._walked = to, True
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
        if self.curve is not None:
            self.logarithmic = not self._is_logarithmic(self.curve)
            self._draw()

    def _is_logarithmic(self, curve: Curve) -> bool:
        return far_apart(curve) if self.logarithmic is None else self.logarithmic

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
        words = self._words(point)[2:].partition(_CHEAPER)[0]
        words = words.replace(": adopting raises it", ", which is raised")
        words = words.replace(": adopting lowers it", ", which is lowered")
        self.dismiss((routing, f"adopted {words}; {self.key('undo')} takes it back"))
