"""What the frontier draws below today's floors, its ticks, and the rules that such a point leaves."""

from __future__ import annotations

from pathlib import Path

from modelpick.engine.adapters.routing_file import load_routing
from modelpick.tui.screens.frontier.chart import BUDGET, FLOOR, MARGIN, chart
from modelpick.tui.screens.frontier.curve import Curve, Point, adopted, without_floors
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
    for row in rows[:-2]:
        bright = [part for part, style in row if style == "value"]
        before = (
            "".join(part for part, _ in row[: [style for _, style in row].index("value")]) if bright else ""
        )
        assert not bright or len(before) >= MARGIN + column


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
