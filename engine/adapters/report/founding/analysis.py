"""Everything that the report says, asked of the engine once, whatever the language and format.

Also how the plan fits the routers that modelpick writes for: as it is, or what each of them lacks for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from ....domain.catalog import Catalog
from ....domain.explanation import (
    Frontier,
    MeasurementValue,
    MissingFigures,
    PlanWorth,
    RulePrice,
    Standing,
    Standings,
    WhyNot,
)
from ....domain.plan import LabelPlan, Plan
from ....domain.robustness import Chances, Doubt
from ....domain.routing import Label, Routing
from ....domain.scenario import Baselines, Horizon, Outage, Path, SelfHosting, Tornado
from ....solver.pick import Picker
from ....solver.tolerances import DEFAULT_SECONDS
from ...catalog.checks import Finding, check_units
from ...routers import ROUTERS, router_module
from ...routers.approximate import FitProblem, has_several_levels, splits_a_cache
from ...routers.base import DEFAULT_THRESHOLD, Mix
from ..plan import Marked


@dataclass(frozen=True)
class RouterFit:
    """A router, and what keeps it from running the plan as it is.

    `unreached` are offers in use that it cannot call (at their reasoning level), `dropped` labels that it has
    no place for, `unsplit` labels whose mix it cannot write, or splits request by request and so their prompt
    cache; `loses_fallbacks` whether it has none.
    """

    name: str
    title: str
    unreached: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unsplit: tuple[str, ...] = ()
    loses_fallbacks: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it routes as the plan says; fallbacks apart."""
        return not (self.unreached or self.dropped or self.unsplit)


def router_fits(routing: Routing, plan: Plan, catalog: Catalog, today: date) -> tuple[RouterFit, ...]:
    """One fit for each router; nothing is solved: `modelpick export` says what a router can do instead."""
    mixes = {
        name: Mix(
            routing.labels[name],
            {route.offer: route.share for route in label.routes if route.share > 0},
            label.fallbacks,
        )
        for name, label in plan.labels.items()
    }
    used = {offer for mix in mixes.values() for offer in mix.shares}
    in_use = catalog.model_copy(update={"offers": {key: catalog.offers[key] for key in sorted(used)}})
    return tuple(_fit(name, routing, in_use, today, mixes) for name in ROUTERS)


def _fit(name: str, routing: Routing, catalog: Catalog, today: date, mixes: Mapping[str, Mix]) -> RouterFit:
    target = router_module(name).TARGET
    dropped = [label for label in mixes if target.labels is not None and label not in target.labels]
    kept = {label: mix for label, mix in mixes.items() if label not in dropped}
    problem = FitProblem(routing, catalog, target, today, DEFAULT_THRESHOLD)
    if target.one_level and has_several_levels(problem, kept):
        problem = replace(problem, levels=False)
    unreached = {
        offer for label, mix in kept.items() for offer in mix.shares if offer not in problem.supported(label)
    }
    unsplit = [
        label
        for label, mix in kept.items()
        if (len(mix.shares) > 1 and not target.mixes) or (target.per_request and splits_a_cache(mix))
    ]
    loses = not target.fallbacks and any(mix.fallbacks for mix in kept.values())
    return RouterFit(
        *(name, target.title, tuple(sorted(unreached)), tuple(dropped), tuple(unsplit)), loses_fallbacks=loses
    )


OWN_ROUTES = "own routes"
GROWTH_FACTORS = (0.1, 1.0, 2.0, 10.0, 100.0)
LARGE_GROWTH_FACTORS = (1.0, 2.0, 10.0)  # of many labels, where a plan may take seconds
MAX_HOSTED_GROWTH = 1000.0  # times today's traffic, up to which renting machines is looked at
MAX_LABELS = 24  # beyond, what needs a solve for every label or rule is left out, and said to be
MAX_EXPLAINED = 8  # labels, the dearest first, whose next best offer is looked for
MAX_POINTS = 20  # of the frontier, where whole numbers count: as many as its chart can show apart
HORIZON_DAYS = 365
RANDOM_MONTHS, LARGE_RANDOM_MONTHS = 10_000, 1_000  # of many labels fewer


@dataclass(frozen=True)
class Month:
    """Tokens a month that budgets are for; at first the founding report's."""

    input_tokens: float = 10_000_000
    output_tokens: float = 5_000_000


@dataclass(frozen=True)
class Report:
    """The answers. `growth` is factor -> plan; `runners` and `standings` are by label, of those looked at.

    Without a plan only `plan`, `errors` and the question itself are there.
    """

    name: str
    routing: Routing
    catalog: Catalog  # with every reasoning level spelled out
    today: date
    month: Month
    plan: Plan
    marked: Marked
    errors: tuple[Finding, ...] = ()
    prices: tuple[RulePrice, ...] = ()
    worths: tuple[PlanWorth, ...] = ()
    runners: Mapping[str, WhyNot | None] = field(default_factory=dict)
    standings: Mapping[str, Standings] = field(default_factory=dict)
    baselines: Baselines | None = None
    curve: Frontier | None = None
    tornado: Tornado | None = None
    outages: tuple[Outage, ...] = ()
    horizon: Horizon | None = None
    growth: Mapping[float, Plan] = field(default_factory=dict)
    path: Path | None = None
    hosting: SelfHosting | None = None
    chances: Chances | None = None
    tests: tuple[MeasurementValue, ...] = ()
    missing: tuple[MissingFigures, ...] = ()
    routers: tuple[RouterFit, ...] = ()

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """The offers that carry requests, those of the most first; of equal ones the dearest first."""
        requests: dict[str, float] = {}
        cost: dict[str, float] = {}
        for name, label_plan in self.plan.labels.items():
            for route in label_plan.routes:
                carried = route.share * self.routing.labels[name].requests
                requests[route.offer] = requests.get(route.offer, 0.0) + carried
                cost[route.offer] = cost.get(route.offer, 0.0) + route.cost
        return tuple(sorted(requests, key=lambda key: (-requests[key], -cost[key], key)))

    @cached_property
    def spares(self) -> tuple[str, ...]:
        """The fallbacks that carry nothing."""
        named = dict.fromkeys(key for plan in self.plan.labels.values() for key in plan.fallbacks)
        return tuple(key for key in named if key not in self.carriers)

    @property
    def offers(self) -> tuple[str, ...]:
        """Both."""
        return (*self.carriers, *self.spares)

    @property
    def is_large(self) -> bool:
        """Whether there are too many labels for what needs a solve for each of them."""
        return len(self.routing.labels) > MAX_LABELS

    def labels_of(self, offer: str) -> list[str]:
        """The labels that an offer carries."""
        return [
            name
            for name, label_plan in self.plan.labels.items()
            if any(route.offer == offer for route in label_plan.routes)
        ]

    def standing(self, label: str, offer: str) -> Standing | None:
        """How an offer stands for a label, where that was looked at."""
        known = self.standings.get(label)
        return next((each for each in known.offers if each.offer == offer), None) if known else None


def analyse(name: str, routing: Routing, catalog: Catalog, today: date, month: Month) -> Report:
    """All answers on a routing, as of a day. Each question has the time limit of a command of its own."""
    picker = Picker(catalog, today)
    picker.cache.solutions = OrderedDict()  # many questions are of the same problem
    plan = picker.pick(routing)
    marked = Marked.by(routing, picker.catalog, today)
    report = Report(name, routing, picker.catalog, today, month, plan, marked)
    if not plan.found:
        return report
    return replace(
        report,
        errors=_unit_errors(catalog, report),
        routers=router_fits(routing, plan, picker.catalog, today),
        **_reasons(picker, report),
        **_scenarios(picker, report),
    )


def _unit_errors(catalog: Catalog, report: Report) -> tuple[Finding, ...]:
    """The prices of the report's offers that look like another unit's, or like none."""
    paths = tuple(f'offers."{offer}".' for offer in report.offers)
    errors = (finding for finding in check_units(catalog) if finding.severity == "error")
    return tuple(finding for finding in errors if finding.path.startswith(paths))


def _reasons(picker: Picker, report: Report) -> dict[str, Any]:
    """Why the plan is as it is: rules, what is next in line, how all offers stand, what a test is worth."""
    from ....solver.analysis.missing_figures import missing_figures
    from ....solver.analysis.value_of_information import values_of_tests
    from ....solver.explain.runners_up import runners_up
    from ....solver.explain.shadow_prices import rule_prices
    from ....solver.explain.standings import standings
    from ....solver.explain.subscription_worth import plan_worths

    routing, compiler, plan = report.routing, picker.compiler, report.plan
    if report.is_large:
        return {}
    dearest = sorted(plan.labels, key=lambda label: -plan.labels[label].cost)[:MAX_EXPLAINED]
    runners = {}
    for label in dearest:
        answers = runners_up(routing, compiler, label, DEFAULT_SECONDS, 1, cache=picker.cache)
        runners[label] = answers[0] if answers else None
    return {
        "prices": rule_prices(routing, compiler, plan, DEFAULT_SECONDS, cache=picker.cache),
        "worths": plan_worths(routing, compiler, DEFAULT_SECONDS, picker.cache),
        "runners": runners,
        "standings": {label: standings(routing, compiler, label) for label in routing.labels},
        "tests": values_of_tests(routing, compiler, DEFAULT_SECONDS),
        "missing": missing_figures(routing, compiler, picker.catalog, DEFAULT_SECONDS),
    }


def _scenarios(picker: Picker, report: Report) -> dict[str, Any]:
    """What the plan is compared with, and what growth, outages, last days and other figures do to it."""
    from ....solver.analysis.baselines import baselines
    from ....solver.analysis.frontier import frontier
    from ....solver.analysis.growth import GrowthSweep, growth
    from ....solver.analysis.hosting import self_hosting
    from ....solver.analysis.monte_carlo import monte_carlo
    from ....solver.analysis.outages import expiring, outages
    from ....solver.analysis.scenario_solver import ScenarioSolver
    from ....solver.analysis.tornado import tornado

    routing, compiler, plan = report.routing, picker.compiler, report.plan
    grown = {1.0: plan}
    factors = LARGE_GROWTH_FACTORS if report.is_large else GROWTH_FACTORS
    for factor in factors:
        if factor in grown:
            continue
        limits = routing.limits.model_copy(update={"growth": routing.limits.growth * factor})
        grown[factor] = picker.pick(routing.model_copy(update={"limits": limits}), mend=False)
    answers: dict[str, Any] = {
        "growth": {factor: grown[factor] for factor in factors},
        "baselines": baselines(routing, compiler, _own_routes(routing, picker.catalog), plan),
        "outages": outages(routing, compiler, plan, picker.cache),
        "horizon": expiring(routing, compiler, report.today, HORIZON_DAYS, picker.cache),
        "chances": monte_carlo(
            *(routing, compiler, report.catalog, Doubt()),
            samples=LARGE_RANDOM_MONTHS if report.is_large else RANDOM_MONTHS,
            resolves=0,
            cache=picker.cache,
        ),
    }
    if not report.is_large and any(label.has_quality for label in routing.labels.values()):
        answers["curve"] = frontier(routing, compiler, None, MAX_POINTS, DEFAULT_SECONDS)
    if not report.is_large:
        answers["tornado"] = tornado(routing, compiler, picker.cache)
        traffic = GrowthSweep(routing, ScenarioSolver(compiler, cache=picker.cache), None, MAX_HOSTED_GROWTH)
        answers["path"] = growth(
            routing,
            compiler,
            high=GROWTH_FACTORS[-1],
            seconds=DEFAULT_SECONDS,
            traffic=traffic,
            per_decade=1,
            feasibility_cache=picker.feasibility_cache,
        )
        if len(compiler.table.self_hosted):
            answers["hosting"] = self_hosting(
                routing,
                compiler,
                high=MAX_HOSTED_GROWTH,
                seconds=DEFAULT_SECONDS,
                traffic=traffic,
                per_decade=1,
            )
    return answers


def _own_routes(routing: Routing, catalog: Catalog) -> dict[str, dict[str, dict[str, float]]]:
    """The routes that the file has already, where every label has some, to offers that there are."""
    mixes: dict[str, dict[str, float]] = {}
    for name, label in routing.labels.items():
        mix: dict[str, float] = {}
        for route in label.routes:
            mix[route.offer] = mix.get(route.offer, 0.0) + route.share
        total = sum(mix.values())
        if not total or any(offer not in catalog.offers for offer in mix):
            return {}
        mixes[name] = {offer: share / total for offer, share in mix.items() if share}
    return {OWN_ROUTES: mixes}


def quality_floor(label: Label) -> float | None:
    """The label's floor where it is a number; None where there is none, or where it is a model's."""
    return label.min_quality if isinstance(label.min_quality, float) else None


def spare_of(label_plan: LabelPlan) -> str | None:
    """The offer that takes over first."""
    return label_plan.fallbacks[0] if label_plan.fallbacks else None
