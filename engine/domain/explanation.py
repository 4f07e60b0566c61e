"""Why a plan is as it is: what each rule costs, and why an offer is not in it."""

from __future__ import annotations

from typing import Any

from .base import Value

LOOSER = {
    **dict.fromkeys(("budget", "max_models", "max_providers", "max_provider_share", "max_latency"), 1.0),
    **dict.fromkeys(("min_quality", "min_quality_each", "min_share", "min_providers", "context"), -1.0),
}  # the rules that have a price, and the direction in which each gives way


class RulePrice(Value):
    """What a rule in force costs: the change of the objective (USD a month, or points of quality).

    `looser` and `tighter` are one `step` away, solved anew with all whole numbers free (None: infeasible, or
    no such step). `price` is the shadow price per step while models and replicas stay as they are, from
    `holds_from` to `holds_to` of the rule's value (None: without end); None where the rule is no limit on a
    sum. `attained` is what the plan has, `binding` whether either direction would change the objective.
    """

    path: str
    value: Any
    unit: str = ""
    step: float | None = None
    attained: float | None = None
    binding: bool = False
    looser: float | None = None
    tighter: float | None = None
    price: float | None = None
    holds_from: float | None = None
    holds_to: float | None = None
    degenerate: bool = False


class Break(Value):
    """A rule that an offer breaks, and how."""

    rule: str
    reason: str


class Entry(Value):
    """What would bring an offer into a label's mix: a price times this factor, this quality, this speed."""

    price_factor: float | None = None
    quality: float | None = None
    speed_factor: float | None = None


class WhyNot(Value):
    """Why an offer does not serve a label.

    `share` is what it has; `reduced_cost` what each unit of share would add to the objective, from a forced
    share of `forced_share`, with which the plan costs `forced_cost` more (USD a month).
    """

    offer: str
    label: str
    share: float = 0.0
    breaks: tuple[Break, ...] = ()
    forced_share: float | None = None
    forced_cost: float | None = None
    reduced_cost: float | None = None
    enters: Entry = Entry()


class Point(Value):
    """A plan on the frontier: USD a month, quality 0-100, offer -> share of every label.

    `qualities` are those of the labels whose offers all have one.
    """

    cost: float
    quality: float
    routes: dict[str, dict[str, float]]
    qualities: dict[str, float] = {}


class Dominated(Value):
    """An offer that another, `by`, beats for a label; each difference is at least 0.

    `dearer` is in USD a month for all of its requests, `worse` in points of quality, `later` the share of
    requests more that miss the label's latency.
    """

    label: str
    offer: str
    by: str
    dearer: float
    worse: float
    later: float = 0.0


class Frontier(Value):
    """Cost against quality, the cheapest plan first; `knee` is a place in `points`, `current` the plan now.

    `dominated` are the offers that another one beats in every respect, label by label.
    """

    label: str | None = None
    points: tuple[Point, ...] = ()
    knee: int | None = None
    current: Point | None = None
    exact: bool = True
    dominated: tuple[Dominated, ...] = ()


class FastPoint(Value):
    """The cheapest plan with a label's `max_latency` (seconds): USD a month, offer -> share of the label."""

    cost: float
    max_latency: float
    routes: dict[str, float]


class LatencyFrontier(Value):
    """Cost against a label's latency at its percentile, the fastest plan first; `knee` is a place in it."""

    label: str
    percentile: float
    points: tuple[FastPoint, ...] = ()
    knee: int | None = None
