"""Cost against quality, or latency: walk along the frontier, see the plan of each point, adopt one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from ....engine.domain.errors import InputError
from ....engine.domain.formatting import plural
from ... import formatting
from ...base_screen import BaseScreen
from ...widgets.allocation import AllocationPanel
from ...widgets.bars import Foot, HintBar, modes
from .chart import CURSOR, KNEE, NOW, chart, content, point_at
from .curve import (
    COST_TOL,
    Curve,
    Point,
    candidates,
    curve_of,
    curve_so_far,
    raised_budget,
    todays_point,
    without_floors,
)
from .sketch import far_apart

if TYPE_CHECKING:
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing
    from ...document.editing_session import EditingSession

POINTS, BELOW = 32, 16  # of a curve, and of what is below today's floors, about
MAX_SECONDS, MAX_CURVE_SECONDS = 20.0, 8.0  # for a plan, and for either of these
_CHEAPER = "; here "  # and not yet in the next cheaper plan
_OTHER_LINES = 4  # of the screen: title, hint and keys
_LEGEND_CELLS = 50  # of the two lines of the hint, for what the signs of the plan mean
_CHART_LINES, _TALL_PLAN = 14, 15  # of the chart where the terminal is high, and of a plan with its fallbacks


class Frontier(BaseScreen[tuple[Any, str] | None]):
    """Dismissed with the routing that was adopted and what it is in words, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right,l,k,up",
            "walk(1)",
            "Costlier",
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
        Binding("pagedown,ctrl+d,J", "page(1)", "Plan down", show=False, id="frontier_page_down"),
        Binding("pageup,ctrl+u,K", "page(-1)", "Plan up", show=False, id="frontier_page_up"),
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
        self._shown: tuple[Point, Routing] | None = None  # whose plan is shown, and the rules that it answers
        self._adopting = False  # as soon as the plan of the point is there
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
        """Ask for the whole router's frontier; today's point and its plan are there at once."""
        if self._document.plan is not None and self._document.planned_routing is not None:
            self.plan.show_plan(self._document.planned_routing, self._document.plan)
        self._load()

    def on_resize(self) -> None:
        """Share the lines anew, and draw again."""
        self._share_lines()
        self.call_after_refresh(self._draw)

    def _share_lines(self) -> None:
        """The plan has the lines it needs in a high terminal, and the chart the others; else half each."""
        both = self.size.height - _OTHER_LINES
        most = both - _CHART_LINES
        if most < _TALL_PLAN:
            self.plan.styles.height = "1fr"
            return
        needed = len(self.plan.text.splitlines()) + 1
        dense = self.plan.size.height < _TALL_PLAN - 1  # it has more lines once there is room for them
        height = most if dense else min(max(needed, _TALL_PLAN), most)
        now = self.plan.styles.height
        if now is None or now.cells != height:
            self.plan.styles.height = height
            self.call_after_refresh(self._share_lines)  # its lines may be others at another height
            self.call_after_refresh(self._draw)  # and the chart's height is another

    def _load(self) -> None:
        self.curve, self.complete, self._walked = None, False, False
        now = self._todays_point()
        if now is None:
            self._draw()
            self.hint.say("the frontier is being computed …")
        elif self.latency:
            self._take(Curve("latency", self.label, (now,), now=now, percentile=self._percentile))
        else:
            self._take(curve_so_far(self.routing, self.label, (), now))
        self._request_curve()

    def _todays_point(self) -> Point | None:
        """None while the plan is being made, and where there is none."""
        plan = self._document.plan
        if plan is None or not plan.found or not self._document.solved:
            return None
        return todays_point("latency" if self.latency else "quality", self.label, self.routing, plan)

    @property
    def _percentile(self) -> float:
        assert self.label is not None
        return self.routing.labels[self.label].percentile

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
        answer = await self._solver.ask("latency_frontier", self.routing, MAX_CURVE_SECONDS, label=self.label)
        if answer is None:
            return None
        assert self.label is not None
        curve = curve_of("latency", self.label, answer, self.routing.labels[self.label].max_latency)
        return replace(curve, now=self._todays_point())

    async def _quality_curve(self) -> Curve | None:
        """The curve, drawn point by point as it is found."""

        def show(points: list[dict[str, Any]]) -> None:
            if len(points) > 1:
                self._take(curve_so_far(self.routing, self.label, points, self._todays_point()))

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
        await self._solver.ask("curve", routing, MAX_CURVE_SECONDS, part, **options)
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
            todays = [at for at, point in enumerate(curve.points) if curve.is_today(point)]
            by_cost = range(len(curve.points)) if cost is not None else ()
            nearest = min(by_cost, key=lambda at: abs(curve.points[at].cost - (cost or 0.0)), default=0)
            at_knee = curve.knee is not None and curve.now is None
            self.cursor = todays[0] if todays else curve.knee if at_knee and curve.knee else nearest
        after = curve.points[self.cursor]
        if before is not None and self._shown is not None and before.matches(after):
            self._shown = after, self._shown[1]
            self._draw()
            self._say_words(after)
            self.foot.dim()
        else:
            self._show_point()

    def _show_point(self) -> None:
        """Draw the point under the cursor, say what it costs, and ask for its plan; today's is there."""
        assert self.curve is not None
        point = self.curve.points[self.cursor]
        self._adopting = False
        self._draw()
        self.hint.say(self._words(point))
        today = self._document.plan
        if today is not None and self._is_today(point):
            self.workers.cancel_group(self, "point")
            self._show_plan(point, self.routing, today)
            return
        self._shown = None
        self.plan.show_stale()
        self.foot.dim()
        self._request_plan(point)

    def _is_today(self, point: Point) -> bool:
        return self._document.solved and self.curve is not None and self.curve.is_today(point)

    def _show_plan(self, point: Point, routing: Routing, plan: Plan) -> None:
        self._shown = point, routing
        self.plan.show_plan(routing, plan)
        self._share_lines()
        self.foot.dim()
        self._say_words(point)

    def _say_words(self, point: Point) -> None:
        """What the point costs, and what the signs of its plan's figures mean."""
        from ....engine.domain.marks import legend_text

        plan, routing = self.plan.plan, self.plan.routing
        signs = ""
        if plan is not None and routing is not None and plan.found and not self.plan.stale:
            signs = self._document.marks.of_plan(routing, plan).all
        self.hint.say(self._words(point) + legend_text(signs, " · "))

    @work(exclusive=True, group="point")
    async def _request_plan(self, point: Point) -> None:
        """The plan of the rules that would be adopted: with fewer new floors where these are enough."""
        from ....engine.domain.plan import Plan

        assert self.curve is not None
        curve = self.curve
        try:
            for routing in candidates(self.routing, curve, point):
                answer = await self._solver.ask("plan", routing, MAX_SECONDS)
                if answer is None or self.point != point:  # another label's curve is on its way
                    return
                plan = Plan.model_validate(answer)
                if plan.cost is not None and abs(plan.cost - point.cost) <= COST_TOL:
                    break
        except InputError as error:
            self._adopting = False
            self.hint.say(str(error), bad=True)
            return
        self._show_plan(point, routing, plan)
        if self._adopting:
            self.action_adopt()

    @property
    def point(self) -> Point | None:
        """The one under the cursor; None before there is any."""
        return None if self.curve is None else self.curve.points[self.cursor]

    def _words(self, point: Point) -> str:
        assert self.curve is not None
        now, unit = self.curve.now, "points" if self.curve.kind == "quality" else "s"
        sure = "" if self.latency else formatting.sureness(self.routing)
        least = f"≥ {point.measure:.1f} {unit}, {sure}," if sure else f"{point.measure:.1f} {unit}"
        text = f"{CURSOR} {least} for {formatting.money(point.cost)} USD/mo"
        if now is not None:
            text += (
                ", today's plan"
                if self.curve.is_today(point)
                else f", {formatting.change(now.cost, point.cost)} vs today"
            )
        if self.curve.knee == self.cursor:
            text += ", the knee: past it each point costs more"
        if point.below_floor:
            lowered = "below today's floor: adopting lowers it"
            text += f"; {lowered if self.curve.kind == 'quality' else 'over the limit: adopting raises it'}"
        text += f"; {self._beyond(point)}" if point.over_budget else ""
        changes = self.curve.changes(self.cursor)
        room = max(2 * self.size.width - cell_len(text) - _LEGEND_CELLS, 1)
        return text + (_changes_text(changes, room) if changes else "")

    def _beyond(self, point: Point) -> str:
        """That a plan is beyond the budget, and what adopting it does about that."""
        assert self.curve is not None and self.curve.budget is not None
        budget, new = formatting.money(self.curve.budget), formatting.money(raised_budget(point))
        return f"over the budget of {budget}: adopting raises it to {new}"

    def _draw(self) -> None:
        self.title_bar.update(Content.assemble(*self._title()))
        width, height = self.chart.size
        if self.curve is None:
            self.chart.update("")
        elif width and height > 2:
            rows = chart(self.curve, self.cursor, width, height, self._is_logarithmic(self.curve))
            self.chart.update(content(rows))

    def _title(self) -> list[tuple[str, str]]:
        """What is drawn, in the longest words that there is room for; what says least is left out first."""
        label, curve = self.label, self.curve
        kind = "latency" if self.latency else "quality"
        whose = ("the whole router", "all") if label is None else (formatting.clean(label),) * 2
        axis = (kind, kind) if curve is None else (curve.name, kind)
        drawn = [(f" {name}: cost against {what}", "$text") for name, what in zip(whose, axis, strict=True)]
        left_out = [("", "")] * 3
        signs = count = progress = ("", "")
        if curve is not None:
            names = ", ".join(map(formatting.clean, curve.unscored))
            texts = (
                f"without {names} (no skills, at their cheapest)",
                f"without {names} (no skills)",
                f"without {names}",
            )
            left_out = [(f"  {text}", "$text-warning") for text in texts] if names else left_out
            signs = f"  {CURSOR} here {NOW} today {KNEE} knee", "$text-muted"
            progress = ("" if self.complete else " …"), "$text-muted"
            count = f"  {plural(len(curve.points), 'plan')}{progress[0]}", "$text-muted"
        lead, modes_ = (" frontier ", "bold $accent"), self._modes()
        titles = [
            [lead, what, *modes_, out, marks, many]
            for what, out, marks, many in (
                (drawn[0], left_out[0], signs, count),
                (drawn[0], left_out[1], signs, count),
                (drawn[1], left_out[2], signs, count),
                (drawn[1], left_out[2], signs, progress),
                (drawn[1], left_out[2], ("", ""), count),
                (drawn[1], left_out[2], ("", ""), progress),
            )
        ]
        fits = (title for title in titles if sum(cell_len(text) for text, _ in title) <= self.size.width)
        return next(fits, titles[-1])

    def _modes(self) -> list[tuple[str, str]]:
        return modes(self._document.override_count, self._document.routing)

    def action_walk(self, by: int) -> None:
        """Along the frontier, towards the dearer or the cheaper plans."""
        if self.curve is None:
            return
        to = max(0, min(self.cursor + by, len(self.curve.points) - 1))
        if to == self.cursor:
            end = "this is the best plan there is" if by > 0 else "there is no cheaper plan"
            end = "this is the only plan" if len(self.curve.points) == 1 else end
            self.hint.say(end if self.complete else "further plans are still being searched for …")
            return
        self.cursor, self._walked = to, True
        self._show_point()

    def on_click(self, event: events.Click) -> None:
        """To the point of the curve that is nearest to where the mouse is."""
        offset = event.get_content_offset(self.chart)
        if self.curve is None or event.widget is not self.chart or offset is None:
            return
        width, height = self.chart.size
        to = point_at(self.curve, offset.x, width, height, self._is_logarithmic(self.curve))
        if to != self.cursor:
            self.action_walk(to - self.cursor)

    def action_page(self, pages: int) -> None:
        """Read on in the plan, where it has more lines than there is room for."""
        self.plan.scroll_relative(y=pages * max(self.plan.size.height - 2, 1), animate=False)

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
        """Only another point than today's can be adopted."""
        if (reason := self.disabled_reason_walk(0)) or self.point is None:
            return reason
        return "this is today's plan already: walk to another" if self._is_today(self.point) else ""

    def disabled_reason_walk(self, by: int) -> str:  # noqa: ARG002
        """Nor can it be walked."""
        return "" if self.curve is not None else "there is no frontier yet, so there is no point on it"

    def disabled_reason_turn(self, by: int) -> str:  # noqa: ARG002
        """To whose frontier."""
        others = len(self.routing.labels) > 1 or not self.latency
        return "" if others else "there is no other label, and latency is a label's"

    def action_adopt(self) -> None:
        """Make the rules those whose best plan this is, as soon as that plan is there."""
        assert self.curve is not None
        point = self.curve.points[self.cursor]
        if self._shown is None or self._shown[0] != point:
            self._adopting = True
            self.hint.say(
                f"{self._words(point).partition(_CHEAPER)[0]}: adopted as soon as its plan is there …"
            )
            return
        words = self._words(point)[2:].partition(_CHEAPER)[0]
        words = words.replace(": adopting raises it", ", which is raised")
        words = words.replace(": adopting lowers it", ", which is lowered")
        self.dismiss((self._shown[1], f"adopted {words}"))


def _changes_text(changes: Sequence[str], room: int) -> str:
    """As many of the changes as fit in so many cells, and of how many more labels there are."""
    for count in range(len(changes), 0, -1):
        more = f", and {plural(len(changes) - count, 'more label')}" if count < len(changes) else ""
        text = f"{_CHEAPER}{', '.join(changes[:count])}{more}"
        if cell_len(text) <= room:
            return text
    models = "another model" if len(changes) == 1 else "other models"
    return f"{_CHEAPER}{plural(len(changes), 'label')} with {models}"
