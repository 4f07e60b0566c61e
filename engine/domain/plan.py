"""The answer: shares per label with their money, quality and latency, or why there is none."""

from __future__ import annotations

from typing import Any, Literal

from .base import Value
from .formatting import cents, money, whole_text
from .solver_status import SolverStatus

REPAIRS_CUT = "time was out before every change was looked for: those named may not be the smallest, or all"


class PlannedRoute(Value):
    """An offer in a label's mix: USD a month of its share, points (0-100), seconds at the percentile.

    `cost` is the list cost; `covered` says which part of the label's requests subscriptions cover of it.
    `counted` is what rules on quality count of `quality`, at the confidence asked for.
    """

    offer: str
    share: float
    cost: float
    quality: float | None = None
    counted: float | None = None
    latency: float | None = None
    covered: dict[str, float] = {}


class BoughtPlan(Value):
    """A subscription that is bought: whole units, and `cost`, their USD a month.

    `covered` is what it covers and `allowance` what it could, kind -> amount (usd: list cost, requests or
    tokens); `saves` the list cost of what it covers. `note` is the catalogue's.
    """

    units: int
    cost: float
    covered: dict[str, float]
    allowance: dict[str, float]
    saves: float
    note: str = ""


class LabelPlan(Value):
    """One label's mix: USD a month, points (0-100), seconds at the label's percentile.

    `counted` is what rules on quality count of `quality`; `late` is the share of requests over max_latency;
    `fallbacks` take over in their order.
    """

    cost: float
    quality: float | None = None
    counted: float | None = None
    late: float | None = None
    latency: float | None = None
    routes: tuple[PlannedRoute, ...] = ()
    fallbacks: tuple[str, ...] = ()


class Repair(Value):
    """A single change of a rule that makes the routing feasible, and what it then costs a month."""

    path: str
    from_: Any = None
    to: Any = None
    cost: float | None = None


class Exclusion(Value):
    """Why an offer cannot serve a label: the rule it breaks, and that in words."""

    offer: str
    rule: str
    reason: str


class Caution(Value):
    """The plan is asked to be surer of quality than the routing itself asks.

    `face` is the best objective without that (USD a month, or points of quality), None where there is no such
    plan; `premium` what caution costs: so much dearer, or so many points less.
    """

    face: float | None = None
    premium: float | None = None


class Plan(Value):
    """The answer to a routing: USD a month, and the quality of all labels by weight (0-100).

    `plans` are the subscriptions bought: `cost` has their price, and the list cost of what they do not cover.
    `counted` is what rules on quality, and the objective, count of it at the confidence asked for.
    `gap` is the relative distance to the bound, `seconds` the solve time, `replicas` those of self-hosted
    offers. Without a plan, `conflicts` is one minimal set of rules that cannot hold together, by their paths,
    and `repairs` the smallest single changes that help. `mix_saves` is what the plan would be cheaper (of the
    objective quality: better, in points) if `mix_labels`, held to one offer each, mixed two (its part).
    """

    status: SolverStatus
    objective: Literal["cost", "quality"]
    cost: float | None = None
    quality: float | None = None
    counted: float | None = None
    gap: float | None = None
    plans: dict[str, BoughtPlan] = {}
    labels: dict[str, LabelPlan] = {}
    replicas: dict[str, int] = {}
    conflicts: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    together: tuple[Repair, ...] = ()  # changes that mend it only all at once, where no single one does
    notes: tuple[str, ...] = ()
    caution: Caution | None = None
    mix_saves: float | None = None
    mix_labels: dict[str, float] = {}
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        """Whether there are routes to follow."""
        return self.status.has_plan

    @property
    def alone_text(self) -> str:
        """What is known of changes of a single rule, where several together are given instead."""
        return "no single change was found in time" if REPAIRS_CUT in self.notes else "no single change helps"

    def __repr__(self) -> str:
        if not self.found or self.cost is None:
            clash = f": {', '.join(self.conflicts)} clash" if self.conflicts else ""
            return f"<Plan {self.status}{clash}>"
        quality = "" if self.quality is None else f", quality {self.quality:.1f}"
        return f"<Plan {self.status}: {cents(self.cost)} USD a month{quality}; {', '.join(self.labels)}>"

    __str__ = __repr__

    def to_json(self) -> dict[str, Any]:
        """The object that `solve --json` prints."""
        facts = self.model_dump(mode="json")
        for repair in (*facts["repairs"], *facts["together"]):
            repair["from"] = repair.pop("from_")
        return facts


def subscription_text(name: str, bought: BoughtPlan) -> str:
    """One line: units, price, what of the allowance is covered, and what that saves."""
    ((kind, amount),), ((_, allowance),) = bought.covered.items(), bought.allowance.items()
    unit = "USD of list prices" if kind == "usd" else kind
    figure = cents if kind == "usd" else whole_text
    return (
        f"{bought.units:,} x {name}: {money(bought.cost)} USD/month, "
        f"covers {figure(amount)} of {figure(allowance)} {unit}, "
        f"saves {money(bought.saves)} at list, {money(bought.saves - bought.cost)} in all"
    )
