"""What the frontier screen draws: the points of either frontier in one form, and the edit that adopts one."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from ...document.edits import put
from ...document.rules import OBJECTIVE

if TYPE_CHECKING:
    from ....engine.domain.routing import Routing

FINE = 1e6  # a floor rounded to hundredths would let another, cheaper mix in
Kind = Literal["quality", "latency"]


@dataclass(frozen=True)
class Spot:
    """A plan on the frontier: USD a month, and quality (0-100) or latency (seconds)."""

    cost: float
    gain: float
    floors: dict[str, float]  # label -> quality that the plan has there
    over_budget: bool = False

    def near(self, cost: float, gain: float) -> bool:
        """Whether another plan is as dear and as good."""
        return abs(self.cost - cost) <= 0.005 and abs(self.gain - gain) <= 0.05


@dataclass(frozen=True)
class Curve:
    """A frontier, the cheapest plan first; `knee` is a place in `spots`, `now` the plan as the rules are."""

    kind: Kind
    label: str | None
    spots: tuple[Spot, ...]
    knee: int | None = None
    now: Spot | None = None
    exact: bool = False
    percentile: float = 95.0
    budget: float | None = None  # USD a month
    unscored: tuple[str, ...] = ()  # labels without skills

    @property
    def name(self) -> str:
        """What is drawn against cost, with its unit."""
        return "quality, points" if self.kind == "quality" else f"latency p{self.percentile:g}, s"


def curve_of(kind: Kind, label: str | None, answer: dict[str, Any]) -> Curve:
    """The curve in a solver's answer to `frontier` or `latency_frontier`."""
    told = answer["points"]
    if kind == "latency":
        spots = [Spot(p["cost"], p["max_latency"], {}, p["over_budget"]) for p in reversed(told)]
        knee = None if answer["knee"] is None else len(spots) - 1 - answer["knee"]
        return Curve(
            kind, label, tuple(spots), knee, percentile=answer["percentile"], budget=answer["budget"]
        )
    now = answer["current"]
    here = None if now is None else Spot(now["cost"], now["quality"], now["qualities"])
    spots = [Spot(p["cost"], p["quality"], p["qualities"], p["over_budget"]) for p in told]
    return Curve(
        kind,
        label,
        tuple(spots),
        answer["knee"],
        here,
        answer["exact"],
        budget=answer["budget"],
        unscored=tuple(answer["unscored"]),
    )


def raised(spot: Spot) -> float:
    """The least budget, in whole cents, that allows this plan; USD a month."""
    return ceil(spot.cost * 100) / 100


def adopted(routing: Routing, curve: Curve, spot: Spot) -> Routing:
    """The rules whose best plan is this one: floors under quality, a ceiling over latency, or a budget.

    Where the plan is beyond the budget, the budget is raised to what it costs.
    """
    if spot.over_budget:
        routing = put(routing, ("limits", "budget"), raised(spot))
    if curve.kind == "latency":
        assert curve.label is not None
        return put(routing, ("labels", curve.label, "max_latency"), spot.gain)
    if curve.label is None and routing.objective == "quality":
        return put(routing, ("limits", "budget"), raised(spot))
    if routing.objective == "quality":
        routing = put(routing, OBJECTIVE, "cost")
    for name, quality in spot.floors.items():
        if curve.label in (None, name) and routing.labels[name].skills:
            routing = put(routing, ("labels", name, "min_quality"), max(floor(quality * FINE) / FINE, 0.0))
    return routing
