"""What the frontier screen draws: the points of either frontier in one form, and the edit that adopts one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from ....engine.domain.rules import LIMITS, OBJECTIVE, RulePath, value_of
from ...document.edits import dropped, put

if TYPE_CHECKING:
    from ....engine.domain.routing import Routing

COST_TOL, MEASURE_TOL = 0.005, 0.05  # less than a screen shows: USD a month, points or seconds
FLOOR_GRID = 1e6  # floors a point: one rounded to hundredths would let another, cheaper mix in
Kind = Literal["quality", "latency"]


@dataclass(frozen=True)
class Point:
    """A plan on the frontier: USD a month, and quality (0-100) or latency (seconds)."""

    cost: float
    measure: float
    floors: dict[str, float]  # label -> quality that the plan has there
    over_budget: bool = False
    below_floor: bool = False  # the rules as they are ask for more

    def matches(self, other: Point) -> bool:
        """Whether another plan is as dear and as good."""
        return abs(self.cost - other.cost) <= COST_TOL and abs(self.measure - other.measure) <= MEASURE_TOL


@dataclass(frozen=True)
class Curve:
    """A frontier, the cheapest plan first; `knee` is a place in `points`, `now` the plan as the rules are."""

    kind: Kind
    label: str | None
    points: tuple[Point, ...]
    knee: int | None = None
    now: Point | None = None
    exact: bool = False
    percentile: float = 95.0
    budget: float | None = None  # USD a month
    unscored: tuple[str, ...] = ()  # labels without skills

    @property
    def floor(self) -> float | None:
        """The least measure that the rules allow; None where nothing below it is shown."""
        allowed = [point.measure for point in self.points if not point.below_floor]
        return min(allowed) if allowed and self.points[0].below_floor else None

    def extended(self, loosened: Curve) -> Curve:
        """With what the same router without its floors would have below them, the cheapest first."""
        if not self.points:
            return self
        first = self.points[0]
        below = tuple(
            replace(point, below_floor=True)
            for point in loosened.points
            if point.measure < first.measure - MEASURE_TOL and point.cost < first.cost - COST_TOL
        )
        knee = None if self.knee is None else self.knee + len(below)
        return replace(self, points=(*below, *self.points), knee=knee)

    @property
    def name(self) -> str:
        """What is drawn against cost, with its unit."""
        return "quality, points" if self.kind == "quality" else f"latency p{self.percentile:g}, s"


def curve_of(kind: Kind, label: str | None, answer: dict[str, Any]) -> Curve:
    """The curve in a solver's answer to `frontier` or `latency_frontier`."""
    if kind == "latency":
        points = [
            Point(p["cost"], p["max_latency"], {}, p["over_budget"]) for p in reversed(answer["points"])
        ]
        knee = None if answer["knee"] is None else len(points) - 1 - answer["knee"]
        return Curve(
            kind, label, tuple(points), knee, percentile=answer["percentile"], budget=answer["budget"]
        )
    now = answer["current"]
    points = [Point(p["cost"], p["quality"], p["qualities"], p["over_budget"]) for p in answer["points"]]
    return Curve(
        kind,
        label,
        tuple(points),
        answer["knee"],
        None if now is None else Point(now["cost"], now["quality"], now["qualities"]),
        answer["exact"],
        budget=answer["budget"],
        unscored=tuple(answer["unscored"]),
    )


def raised_budget(point: Point) -> float:
    """The least budget, in whole cents, that allows this plan; USD a month."""
    return ceil(point.cost * 100) / 100


def without_floors(routing: Routing, label: str | None) -> Routing | None:
    """The rules without a floor under the quality of a label, or of any; None where none of them has one.

    With quality as the objective there is a budget in the floors' place.
    """
    if routing.objective == "quality":
        return None
    names = [label] if label is not None else [*routing.labels]
    paths = [RulePath("labels", name, "min_quality") for name in names]
    if label is None:
        paths.append(LIMITS.child("min_quality"))
    floors = [path for path in paths if value_of(routing, path) is not None]
    for path in floors:
        routing = dropped(routing, path)
    return routing if floors else None


def adopted(routing: Routing, curve: Curve, point: Point) -> Routing:
    """The rules whose best plan is this one: floors under quality, a ceiling over latency, or a budget.

    Where the plan is beyond the budget, the budget is raised to what it costs.
    """
    if point.over_budget:
        routing = put(routing, LIMITS.child("budget"), raised_budget(point))
    if curve.kind == "latency":
        assert curve.label is not None
        return put(routing, RulePath("labels", curve.label, "max_latency"), point.measure)
    if curve.label is None and routing.objective == "quality":
        return put(routing, LIMITS.child("budget"), raised_budget(point))
    if routing.objective == "quality":
        routing = put(routing, OBJECTIVE, "cost")
    if point.below_floor and curve.label is None and routing.limits.min_quality is not None:
        routing = dropped(routing, LIMITS.child("min_quality"))
    for name, quality in point.floors.items():
        if curve.label in (None, name) and routing.labels[name].skills:
            path = RulePath("labels", name, "min_quality")
            routing = put(routing, path, max(floor(quality * FLOOR_GRID) / FLOOR_GRID, 0.0))
    return routing
