"""What the frontier draws below today's floors, its ticks, and the rules that such a point leaves."""

from __future__ import annotations

from pathlib import Path

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.plan import LabelPlan, Plan, PlannedRoute
from modelpick.engine.domain.solver_status import SolverStatus
from modelpick.tui.screens.frontier.chart import BUDGET, FLOOR, MARGIN, TODAY, chart, point_at
from modelpick.tui.screens.frontier.curve import (
    Curve,
    Point,
    adopted,
    candidates,
    curve_of,
    curve_so_far,
    todays_point,
    without_floors,
)
from tests.tui.stories import SMALL

ABOVE = Curve("quality", None, (Point(10, 60, {"default": 60}), Point(20, 80, {"default": 80})), knee=1)
BELOW = Curve(
    "quality",
    None,
    (Point(4, 40, {"default": 40}), Point(7, 55, {"default": 55}), Point(10, 60, {}), Point(20, 80, {})),
)


def test_points_below_the_floor_come_before_the_others_and_only_those() -> None:
    curve = ABOVE.extended(BELOW)
    assert [(point.cost, point.below_floor) for point in curve.points] == [
        (4, True), (7, True), (10, False), (20, False),
    ]  # fmt: skip
    assert curve.floor == 60 and curve.knee == 3  # the same point, two places on
    assert ABOVE.floor is None and ABOVE.extended(ABOVE) == ABOVE


def test_the_floor_is_a_line_what_is_below_it_is_faint_and_ticks_are_round() -> None:
    # 4 to 20 USD and 40 to 80 points: five steps at most are of 5 USD (16 / 5 = 3.2) and of 10 points (8).
    rows = chart(ABOVE.extended(BELOW), 0, 60, 14, log=False)
    text = ["".join(part for part, _ in row) for row in rows]
    assert [row.split()[0] for row in text[:-2] if "┤" in row] == ["80", "70", "60", "50", "40"]
    assert text[-1].split() == ["5", "10", "15", "USD/mo"] and text[-2].count("┴") == 3
    floor_rows = [row for row in text if FLOOR in row]
    assert len(floor_rows) == 1 and "60" in floor_rows[0]  # at its own figure
    column = round((10 - 4) / (20 - 4) * (2 * (60 - MARGIN) - 1)) // 2  # of the first point that is allowed
    for at, cell in ((2, MARGIN + column), (0, 0), (3, 59), (2, MARGIN + column + 1)):
        assert point_at(ABOVE.extended(BELOW), cell, 60, 14, log=False) == at
    for row in rows[:-2]:
        bright = [part for part, style in row if style == "value"]
        before = (
            "".join(part for part, _ in row[: [style for _, style in row].index("value")]) if bright else ""
        )
        assert not bright or len(before) >= MARGIN + column


def test_lines_have_their_names_and_the_labels_say_who_answers_from_which_cost_on() -> None:
    mixes = ({"a": {"p/x": 1.0}, "b": {"p/y": 1.0}}, {"a": {"q/x": 1.0}, "b": {"p/y": 0.4, "p/z": 0.6}})
    points = tuple(
        Point(cost, quality, {}, cost > 15, mixes=mix)
        for cost, quality, mix in ((10.0, 60.0, mixes[0]), (20.0, 80.0, mixes[1]))
    )
    curve = Curve("quality", None, points, now=points[0], budget=15.0)
    assert curve.changes(1) == ["b: + z"] and curve.changes(0) == []  # a has the same model elsewhere
    assert curve.strips() == {"b": [(0, "y"), (1, "z")]}
    rows = ["".join(part for part, _ in row) for row in chart(curve, 0, 60, 12, log=False)]
    assert len(rows) == 12 and f"{BUDGET} budget 15.00" in rows[0]
    assert any(f"{TODAY} today 10.00" in row for row in rows[1:])
    assert rows[-1].startswith("b        ╷ y ━━") and rows[-1].endswith("╷")  # z only at the last point
    at_the_end = ["".join(part for part, _ in row) for row in chart(curve, 1, 60, 12, log=False)]
    assert at_the_end[-1].startswith("b        ╷ y ──") and at_the_end[-1].endswith(
        "─── z "
    )  # what is here is whole


def test_a_lines_name_is_left_out_rather_than_cut_by_another_line() -> None:
    # Of 31 cells the today's cost has the first, the budget of 12 USD that at 2/10 of them: 6 are between.
    points = (Point(10, 60, {}), Point(20, 80, {}, over_budget=True))
    curve = Curve("quality", None, points, now=points[0], budget=12.0)
    rows = ["".join(part for part, _ in row) for row in chart(curve, 0, 40, 12, log=False)]
    assert any("│ budget 12.00" in row for row in rows) and not any("today" in row for row in rows)


def test_of_many_models_in_few_cells_that_at_the_cursor_is_read_whole() -> None:
    names = ["small", "muse-spark-1.3@low", "middling-model", "claude-opus-5-5@high"]
    costs = (10.0, 11.0, 11.5, 30.0)
    points = tuple(
        Point(cost, 50 + at, {}, mixes={"longContext": {f"p/{name}": 1.0}})
        for at, (cost, name) in enumerate(zip(costs, names, strict=True))
    )
    for at, name in enumerate(names):
        rows = chart(Curve("quality", None, points), at, 50, 12, log=False)
        text = "".join(part for part, _ in rows[-1])
        assert text.startswith("longContext ") and len(text) == 50
        assert [part.strip() for part, style in rows[-1] if style == "value"] == [name]
        assert text.count("…") == 0 and text.count("╷") >= 2  # others are whole or ticks


def test_today_is_known_without_the_solver_and_its_rules_are_kept(tmp_path: Path) -> None:
    # Two labels that count 1 and 3: (60 + 3 * 80) / 4 = 75 points.
    path = tmp_path / "mine.toml"
    second = SMALL.partition("schema = 1")[2].replace("default", "second")
    path.write_text(f"{SMALL}{second}weight = 3.0\n")
    routing = load_routing(path)
    mixes = {"default": {"p/x": 1.0}, "second": {"p/y": 1.0}}
    labels = {
        name: LabelPlan(
            cost=5.0, counted=counted, latency=9.0, routes=(PlannedRoute(offer=offer, share=1.0, cost=5.0),)
        )
        for name, offer, counted in (("default", "p/x", 60.0), ("second", "p/y", 80.0))
    }
    plan = Plan(status=SolverStatus.OPTIMAL, objective="cost", cost=10.0, labels=labels)
    now = todays_point("quality", None, routing, plan)
    assert now == Point(10.0, 75.0, {"default": 60.0, "second": 80.0}, mixes=mixes)
    assert todays_point("quality", "default", routing, plan).measure == 60.0  # type: ignore[union-attr]
    assert todays_point("latency", "second", routing, plan).measure == 9.0  # type: ignore[union-attr]
    assert curve_so_far(routing, None, (), now).points == (now,)
    # Of a better point only the label that is served by another mix has another floor.
    better = Point(
        12.0, 77.5, {"default": 70.123456, "second": 80.0}, mixes={**mixes, "default": {"p/z": 1.0}}
    )
    curve = Curve("quality", None, (now, better), now=now)
    short, exact, every = candidates(routing, curve, better)
    floors = [[rules.labels[name].min_quality for name in mixes] for rules in (short, exact, every)]
    assert floors == [[70.12, 50.0], [70.123456, 50.0], [70.123456, 80.0]]
    assert candidates(routing, curve, now) == [routing] and curve.is_today(now)
    # A latency's limit may be any that today's mix keeps.
    late = [
        Point(10.0, 9.3, {}, mixes={"second": {"p/y": 1.0}}),
        Point(8.0, 20.0, {}, mixes={"second": {"p/z": 1.0}}),
    ]
    slow = Curve("latency", "second", tuple(late), now=todays_point("latency", "second", routing, plan))
    assert slow.is_today(late[0]) and not slow.is_today(late[1])


def test_what_has_come_of_a_curve_is_drawn_and_costs_far_apart_have_round_figures_too(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    came = [
        {"cost": cost, "quality": quality, "qualities": {}, "routes": {}, "over_budget": False}
        for cost, quality in ((300.0, 90.0), (3.0, 50.0), (30.0, 40.0), (20.0, 70.0))
    ]
    curve = curve_so_far(load_routing(path), None, came)
    assert [point.cost for point in curve.points] == [3.0, 20.0, 300.0]  # 30 USD for 40 points is beaten
    rows = ["".join(part for part, _ in row) for row in chart(curve, 0, 100, 10, log=True)]
    assert rows[-1].split() == ["5", "10", "20", "50", "100", "200", "USD/mo"]


def test_a_latency_beyond_the_limit_is_a_loosening_of_it() -> None:
    came = [
        {"cost": 5.0, "max_latency": 40.0, "routes": {"p/x": 1.0}, "over_budget": False},
        {"cost": 3.0, "max_latency": 90.0, "routes": {"p/y": 1.0}, "over_budget": False},
    ]
    curve = curve_of("latency", "a", {"points": came, "knee": None, "percentile": 95.0, "budget": None}, 60.0)
    assert [(point.measure, point.below_floor) for point in curve.points] == [(90.0, True), (40.0, False)]
    assert curve.floor == 60.0 and curve.floor_word == "limit" and curve.changes(1) == ["a: y → x"]


def test_a_budget_on_the_curve_is_a_line_and_what_is_beyond_it_faint() -> None:
    points = (Point(10, 60, {}), Point(20, 80, {}, over_budget=True))
    rows = chart(Curve("quality", None, points, budget=15.0), 0, 60, 10, log=False)
    assert all(any(part == BUDGET for part, _ in row) for row in rows[:-2])
    ends = [row[-1][1] for row in rows[:-2] if row[-1][0].strip()]
    assert set(ends) <= {"note"}


def test_without_its_floors_a_routing_keeps_its_other_rules_and_a_point_below_lowers_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL + "[limits]\nmin_quality = 50.0\n")
    routing = load_routing(path)
    loosened = without_floors(routing, None)
    assert loosened is not None and loosened.limits.min_quality is None
    assert loosened.labels["default"].min_quality is None and loosened.labels["default"].max_models == 2
    assert without_floors(loosened, None) is None  # there is none to take away
    curve = ABOVE.extended(BELOW)
    rules = adopted(routing, curve, curve.points[0])
    assert rules.limits.min_quality is None and rules.labels["default"].min_quality == 40.0
