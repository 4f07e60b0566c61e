"""What the frontier screen draws: the points of either frontier in one form, and the edit that adopts one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from ....engine.domain.rules import LIMITS, OBJECTIVE, RulePath, value_of
from ...document.edits import dropped, put
from ...formatting import MINUS

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
    mixes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # label -> offer -> share

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
    unscored: tuple[str, ...] = ()  # labels without skills, which are left at their cheapest
    limit: float | None = None  # of the label's latency, seconds

    def changes(self, at: int) -> list[str]:
        """How the models of a point differ from those of the cheaper one before it: 'think: gpt-5 → opus'."""
        if not 0 < at < len(self.points):
            return []
        before, after = (point.mixes for point in self.points[at - 1 : at + 1])
        texts = []
        for label, mix in after.items():
            old, new = _models(before.get(label, {})), _models(mix)
            leaves, joins = (" + ".join(sorted(models)) for models in (old - new, new - old))
            if leaves and joins:
                texts.append(f"{label}: {leaves} → {joins}")
            elif leaves or joins:
                texts.append(f"{label}: {f'+ {joins}' if joins else f'{MINUS} {leaves}'}")
        return texts

    def strips(self) -> dict[str, list[tuple[int, str]]]:
        """Label -> from which points on which model answers most of it; of the labels where that changes."""
        changing: dict[str, list[tuple[int, str]]] = {}
        for label in self.points[0].mixes if self.points else ():
            pieces: list[tuple[int, str]] = []
            for at, point in enumerate(self.points):
                mix = point.mixes.get(label, {})
                offer = max(mix, key=lambda name: (mix[name], name), default="")
                model = offer.partition("/")[2]
                if not pieces or pieces[-1][1] != model:
                    pieces.append((at, model))
            if len(pieces) > 1:
                changing[label] = pieces
        return changing

    @property
    def floor(self) -> float | None:
        """A least quality, or a latency's limit, that the rules ask for; None where all points keep it."""
        allowed = [point.measure for point in self.points if not point.below_floor]
        if not allowed or not self.points[0].below_floor:
            return None
        return min(allowed) if self.limit is None else self.limit

    @property
    def floor_word(self) -> str:
        """What such a line is called."""
        return "floor" if self.kind == "quality" else "limit"

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


def curve_of(kind: Kind, label: str | None, answer: Mapping[str, Any], limit: float | None = None) -> Curve:
    """The curve in a solver's answer to `curve` or `latency_frontier`; `limit`: the label's, in seconds."""
    if kind == "latency":
        points = [
            Point(
                p["cost"],
                p["max_latency"],
                {},
                p["over_budget"],
                limit is not None and p["max_latency"] > limit + MEASURE_TOL,
                {label or "": p["routes"]},
            )
            for p in reversed(answer["points"])
        ]
        knee = None if answer["knee"] is None else len(points) - 1 - answer["knee"]
        of = {"percentile": answer["percentile"], "budget": answer["budget"], "limit": limit}
        return Curve(kind, label, tuple(points), knee, **of)
    now = answer["current"]
    points = [_point(fields) for fields in answer["points"]]
    return Curve(
        kind,
        label,
        tuple(points),
        answer["knee"],
        None if now is None else _point(now),
        answer["exact"],
        budget=answer["budget"],
        unscored=tuple(answer["unscored"]),
    )


def curve_so_far(routing: Routing, label: str | None, found: Sequence[Mapping[str, Any]]) -> Curve:
    """The curve of the points of quality that have come, the cheapest first, each better than all before."""
    unscored = [
        name for name in (routing.labels if label is None else ()) if not routing.labels[name].has_quality
    ]
    points: list[Point] = []
    for point in sorted(map(_point, found), key=lambda point: (point.cost, -point.measure)):
        if not points or point.measure > points[-1].measure:
            points.append(point)
    return Curve("quality", label, tuple(points), budget=routing.limits.budget, unscored=tuple(unscored))


def _point(fields: Mapping[str, Any]) -> Point:
    return Point(
        fields["cost"],
        fields["quality"],
        fields["qualities"],
        fields["over_budget"],
        mixes=fields["routes"],
    )


def _models(mix: Mapping[str, float]) -> set[str]:
    """The models of a mix of offers, whoever sells them."""
    return {offer.partition("/")[2] for offer in mix}


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
