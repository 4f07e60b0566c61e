"""What if: the plans that other figures would bring, and where the plan changes.

Money is USD a month everywhere; a mix is offer -> share of a label's requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from pydantic import Field, Strict, field_validator

from .base import Value
from .catalog import Catalog
from .errors import InputError, nearest
from .explanation import Break
from .levels import full_name, spelled_out
from .plan import Plan, Repair
from .solver_status import SolverStatus


class Outcome(Value):
    """A plan in short: label -> mix, the replicas rented, and the units of subscriptions bought."""

    status: SolverStatus
    cost: float | None = None
    quality: float | None = None
    counted: float | None = None  # what rules on quality and the objective count of it
    mixes: dict[str, dict[str, float]] = {}
    replicas: dict[str, int] = {}
    plans: dict[str, int] = {}

    @property
    def found(self) -> bool:
        """Whether there are routes to follow."""
        return self.status.has_plan

    @property
    def choice(self) -> dict[str, frozenset[str]]:
        """Label -> the offers in its mix, whatever their shares; empty without a plan."""
        return {label: frozenset(mix) for label, mix in self.mixes.items()}


def outcome_of(plan: Plan) -> Outcome:
    """The plan in short: its status, figures, mixes, replicas and subscriptions."""
    mixes = {
        name: {route.offer: route.share for route in label.routes} for name, label in plan.labels.items()
    }
    return Outcome(
        status=plan.status,
        cost=plan.cost,
        quality=plan.quality,
        counted=plan.counted,
        mixes=mixes,
        replicas=plan.replicas,
        plans={name: bought.units for name, bought in plan.plans.items()},
    )


class Swap(Value):
    """The offers that leave a label's mix, and those that join it."""

    label: str
    leaves: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()


def swaps(before: Outcome, after: Outcome) -> tuple[Swap, ...]:
    """Label by label what changes between two outcomes; shares alone are no change."""
    old, new = before.choice, after.choice
    no_offers: frozenset[str] = frozenset()
    changed = []
    for label in dict.fromkeys((*old, *new)):
        was, now = old.get(label, no_offers), new.get(label, no_offers)
        if was != now:
            changed.append(Swap(label=label, leaves=tuple(sorted(was - now)), joins=tuple(sorted(now - was))))
    return tuple(changed)


class Stop(Value):
    """The outcome at one factor."""

    at: float
    outcome: Outcome


class Switch(Value):
    """Between the factors `below` and `at` the choice of offers changes from `before` to `after`."""

    below: float
    at: float
    before: Outcome
    after: Outcome
    swaps: tuple[Swap, ...] = ()


class Path(Value):
    """One figure times a rising factor: what each stop costs, and every factor at which the mix switches.

    `input` is what grows (`requests`, `labels.think.requests`, `offers.NAME.price`); `now` its figure at
    factor 1 in `unit`. `complete` is false where there are more switches than were looked for, `proven`
    where a mix could come and go unseen within a tenth of growth. `limits` are the rules that clash at the
    first stop without a plan.
    """

    input: str
    unit: str = ""
    now: float | None = None
    stops: tuple[Stop, ...] = ()
    switches: tuple[Switch, ...] = ()
    limits: tuple[str, ...] = ()
    complete: bool = True
    proven: bool = True


class WhatIf(Value):
    """A change by name: what the present mixes would then cost, and the best plan.

    `change` is the best plan's cost less today's; `kept` is None where the present mixes would break a rule,
    which `broken` then names.
    """

    name: str
    kept: float | None = None
    broken: tuple[str, ...] = ()
    outcome: Outcome
    change: float | None = None
    swaps: tuple[Swap, ...] = ()


class Bar(Value):
    """One input of a tornado: its low and high figure, what the best plan then costs (None: no plan).

    `effect` is the largest change of the objective (USD a month, or points of quality when that is
    maximised) to either side; infinite effects, where no plan is left, sort first and have None.
    """

    input: str
    unit: str = ""
    now: Any = None
    low: float | None = None
    high: float | None = None
    at_low: float | None = None
    at_high: float | None = None
    effect: float | None = None
    swaps_low: bool = False
    swaps_high: bool = False


class Tornado(Value):
    """Every input, the one that moves the objective most first; `value` is the objective today."""

    objective: str
    value: float
    bars: tuple[Bar, ...] = ()


class Outage(Value):
    """One provider out: the best plan without it, or the rules that break and the least that mends them.

    `requests` is the share of all requests that it carries today. `repairs` are single changes, `together`
    those that only help all at once.
    """

    provider: str
    requests: float
    outcome: Outcome
    change: float | None = None
    swaps: tuple[Swap, ...] = ()
    conflicts: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    together: tuple[Repair, ...] = ()


class Expiry(Value):
    """The first day without some offers of the plan in force until then, and the plan from that day on."""

    day: date
    gone: tuple[str, ...]
    outcome: Outcome
    change: float | None = None
    swaps: tuple[Swap, ...] = ()


class Horizon(Value):
    """What happens until `until`: plans that must change, and fallbacks (offer -> day) that go as well."""

    today: date
    until: date
    now: Outcome
    expiries: tuple[Expiry, ...] = ()
    fallbacks: dict[str, date] = {}


class BreakEven(Value):
    """Between the factors `below` and `at` of the traffic, renting starts (or stops) to pay."""

    below: float
    at: float
    requests: float
    pays: bool
    rented: Outcome
    bought: Outcome


class SelfHosting(Value):
    """Where self-hosted offers pay: at factor 1, and every factor at which that changes.

    `requests` is a month's number at factor 1; `rented` and `bought` the best plans with and without them.
    `complete` and `proven` are those of a Path.
    """

    offers: tuple[str, ...]
    requests: float
    pays: bool
    rented: Outcome
    bought: Outcome
    break_evens: tuple[BreakEven, ...] = ()
    complete: bool = True
    proven: bool = True


class Baseline(Value):
    """A way to route without an optimiser, on the same workload.

    `saving` is what the plan costs less a month (negative: more), `gain` what it has more of quality. A
    baseline that breaks rules is no alternative, so `broken` names each with its reason.
    """

    name: str
    choice: str = ""
    outcome: Outcome
    broken: tuple[Break, ...] = ()
    saving: float | None = None
    gain: float | None = None


class Baselines(Value):
    """The plan, and what it saves against each baseline."""

    plan: Outcome
    against: tuple[Baseline, ...] = ()


ALL = "all"
Factor = Annotated[float, Strict(), Field(gt=0, le=1e6)]
Points = Annotated[float, Strict(), Field(ge=-100, le=100)]


class Shift(Value):
    """Nothing is changed by default.

    `prices` (rent and fees stay) and `times` are factors by "all", a provider, a model or an offer; where
    several apply they multiply. `out` names providers, models or offers that are not to be had. `skills` are
    points, by skill for all models, or by model and skill; a skill stays from 0 to 100. `requests` are
    factors by "all" or a label.
    """

    prices: dict[str, Factor] = {}
    times: dict[str, Factor] = {}
    out: tuple[str, ...] = ()
    skills: dict[str, Points | dict[str, Points]] = {}
    requests: dict[str, Factor] = {}

    @field_validator("out", mode="before")
    @classmethod
    def _as_tuple(cls, names: Any) -> Any:
        return (names,) if isinstance(names, str) else names

    def check(self, catalog: Catalog, labels: Iterable[str]) -> None:
        """Raises InputError for a name that the catalogue or the routing does not have."""
        catalog = spelled_out(catalog)
        keys = {*catalog.offers, *(full_name(key, catalog.models) for key in catalog.offers)}
        offers = {name for key in keys for name in (key, *key.split("/", 1))}
        _check_names("prices", self.prices, {ALL, *offers}, "provider, model or offer")
        _check_names("times", self.times, {ALL, *offers}, "provider, model or offer")
        _check_names("out", self.out, offers, "provider, model or offer")
        _check_names("requests", self.requests, {ALL, *labels}, "label")
        skills = {benchmark.skill for benchmark in catalog.benchmarks.values()}
        skills |= {skill for model in catalog.models.values() for skill in model.skills}
        models = {*catalog.models, *(full_name(name, catalog.models) for name in catalog.models)}
        all_models = [name for name, points in self.skills.items() if not isinstance(points, dict)]
        _check_names("skills", all_models, skills, "skill")
        for name, points in self.skills.items():
            if isinstance(points, dict):
                _check_names("skills", [name], models, "model")
                _check_names(f"skills.{name}", points, skills, "skill")


def _check_names(key: str, names: Iterable[str], known: Iterable[str], kind: str) -> None:
    known = set(known)
    for name in names:
        if name not in known:
            raise InputError(f"no {kind} {name!r}{nearest(name, sorted(known))}", key=key)
