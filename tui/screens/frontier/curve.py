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
    from ....engine.domain.plan import Plan
    from ....engine.domain.routing import Routing

COST_TOL, MEASURE_TOL = 0.005, 0.05  # less than a screen shows: USD a month, points or seconds
LEAST_GAIN, SHARE_TOL = 1e-4, 1e-6  # points of quality, and of a mix: less is the solver's rounding
SHORT_GRID, FLOOR_GRID = 1e2, 1e6  # floors a point: one rounded to hundredths may let a cheaper mix in
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

    def is_today(self, point: Point) -> bool:
        """Whether a plan is that of the rules as they are."""
        now, label = self.now, self.label or ""
        if now is None or self.kind == "quality":
            return now is not None and point.matches(now)
        same = _same_mix(point.mixes.get(label), now.mixes.get(label))  # its limit may be any that it keeps
        return same and abs(point.cost - now.cost) <= COST_TOL

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


def curve_so_far(
    routing: Routing, label: str | None, found: Sequence[Mapping[str, Any]], now: Point | None = None
) -> Curve:
    """The curve of the points of quality that have come, the cheapest first, each better than all before.

    `now` is where the rules stand today: the only point before any has come.
    """
    unscored = [
        name for name in (routing.labels if label is None else ()) if not routing.labels[name].has_quality
    ]
    points: list[Point] = []
    for point in sorted(map(_point, found), key=lambda point: (point.cost, -point.measure)):
        if not points or point.measure > points[-1].measure + LEAST_GAIN:
            points.append(point)
    if not points and now is not None:
        points = [now]
    return Curve(
        "quality", label, tuple(points), now=now, budget=routing.limits.budget, unscored=tuple(unscored)
    )


def todays_point(kind: Kind, label: str | None, routing: Routing, plan: Plan) -> Point | None:
    """Where the plan of these rules stands; None where the label has no such figure, or no label has one."""
    labels = plan.labels if label is None else {label: plan.labels[label]}
    if plan.cost is None:
        return None
    mixes = {name: {route.offer: route.share for route in of.routes} for name, of in plan.labels.items()}
    counted = {name: of.counted for name, of in plan.labels.items() if of.counted is not None}
    if kind == "latency":
        latency = None if label is None else labels[label].latency
        return None if latency is None else Point(plan.cost, latency, counted, mixes=mixes)
    weights = {name: routing.labels[name].weight for name in labels if name in counted}
    if not any(weights.values()):  # of labels without importance each counts alike
        weights = dict.fromkeys(weights, 1.0)
    if not weights:
        return None
    quality = sum(counted[name] * weight for name, weight in weights.items()) / sum(weights.values())
    return Point(plan.cost, quality, counted, mixes=mixes)


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


def candidates(routing: Routing, curve: Curve, point: Point) -> list[Routing]:
    """Rules whose best plan may be this one, the fewest and shortest first; that of the last is it."""
    ways = ((False, SHORT_GRID), (False, FLOOR_GRID), (True, FLOOR_GRID))
    routings: list[Routing] = []
    for every, grid in ways:
        rules = adopted(routing, curve, point, every_floor=every, grid=grid)
        routings += [] if rules in routings else [rules]
    return routings


def adopted(
    routing: Routing, curve: Curve, point: Point, *, every_floor: bool = True, grid: float = FLOOR_GRID
) -> Routing:
    """The rules whose best plan this is: floors under quality, a ceiling over latency, or a budget.

    Where the plan is beyond the budget, the budget is raised to what it costs. Today's plan needs no other
    rules. Without `every_floor` a label that is served as today keeps its own; where something couples the
    labels that may be too little. `grid`: to how many parts of a point floors are rounded, downwards.
    """
    now = curve.now
    if curve.is_today(point):
        return routing
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
        if curve.label not in (None, name) or not routing.labels[name].skills:
            continue
        if not every_floor and now is not None and _same_mix(point.mixes.get(name), now.mixes.get(name)):
            continue
        path = RulePath("labels", name, "min_quality")
        routing = put(routing, path, max(floor(quality * grid) / grid, 0.0))
    return routing


def _same_mix(mix: Mapping[str, float] | None, other: Mapping[str, float] | None) -> bool:
    if mix is None or other is None or mix.keys() != other.keys():
        return False
    return all(abs(share - other[offer]) <= SHARE_TOL for offer, share in mix.items())
