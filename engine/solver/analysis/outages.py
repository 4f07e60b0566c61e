"""Each provider in use out in turn: the best plan without it, or which rules break and what mends them.

Offers that retire within a horizon, and the plans that must follow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Expiry, Horizon, Outage, Outcome, outcome_of, swaps
from ..compile.compiler import Compiler
from ..explain.conflicts import conflicts
from ..explain.feasibility import FeasibilityTest
from ..explain.repairs import combined_repair, repairs
from ..tolerances import MAX_PLAN_CHANGES, MAX_REPAIR_SECONDS
from .scenario_solver import ScenarioSolver, change_between


def outages(routing: Routing, compiler: Compiler, plan: Plan | None = None) -> tuple[Outage, ...]:
    """One outage for every provider that the plan uses, the dearest first; those without a plan lead.

    Nothing without a plan. `plan` saves solving the routing once more.
    """
    solver = ScenarioSolver(compiler)
    now = outcome_of(plan or solver.plan(routing))
    carried = _carried(routing, now)
    found = [_outage(routing, solver, now, provider, share) for provider, share in carried.items()]
    return tuple(sorted(found, key=lambda one: (one.outcome.found, -(one.change or 0.0), one.provider)))


def _carried(routing: Routing, now: Outcome) -> dict[str, float]:
    """Provider -> share of all requests."""
    total = sum(label.requests for label in routing.labels.values()) or 1.0
    carried: dict[str, float] = {}
    for label, mix in now.mixes.items():
        for offer, share in mix.items():
            provider = offer.partition("/")[0]
            carried[provider] = carried.get(provider, 0.0) + share * routing.labels[label].requests / total
    return carried


def _outage(routing: Routing, solver: ScenarioSolver, now: Outcome, provider: str, share: float) -> Outage:
    table = solver.compiler.table
    left = solver.without(table.provider == table.providers.index(provider))
    outcome = left.outcome(routing)
    said = Outage(provider=provider, requests=share, outcome=outcome)
    if outcome.found:
        return said.model_copy(
            update={"change": change_between(outcome.cost, now.cost), "swaps": swaps(now, outcome)}
        )
    if outcome.status != "infeasible":
        return said
    test = FeasibilityTest(left.compiler, perf_counter() + MAX_REPAIR_SECONDS)
    clash = conflicts(routing, test)
    mended = repairs(routing, clash, test)
    more = () if mended else combined_repair(routing, test)
    return said.model_copy(update={"conflicts": clash, "repairs": mended, "together": more})


def offers_in_use(outcome: Outcome, offers: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) whether each offer is in some mix."""
    some = {offer for mix in outcome.mixes.values() for offer in mix}
    return np.array([offer in some for offer in offers], dtype=bool)


def expiring(routing: Routing, compiler: Compiler, today: date, days: int = 365) -> Horizon:
    """Day by day until today + `days`: whenever offers in use are gone, the best plan from then on.

    `retires` is an offer's last day. The prices, and the offers there are, stay today's.
    """
    solver, until = ScenarioSolver(compiler), today + timedelta(days=days)
    plan = solver.plan(routing)
    start = now = outcome_of(plan)
    spare = {offer for label in plan.labels.values() for offer in label.fallbacks}
    found: list[Expiry] = []
    while now.found and len(found) < MAX_PLAN_CHANGES:
        day = _first_day(solver.compiler, now)
        if day is None or day > until:
            break
        solver = _on(solver, day)
        table = solver.compiler.table
        lost = tuple(table.offers[i] for i in np.flatnonzero(offers_in_use(now, table.offers) & table.gone))
        after = solver.outcome(routing)
        change = change_between(after.cost, now.cost)
        found.append(Expiry(day=day, gone=lost, outcome=after, change=change, swaps=swaps(now, after)))
        now = after
    return Horizon(
        today=today, until=until, now=start, expiries=tuple(found), fallbacks=_ends(compiler, spare, until)
    )


def _first_day(compiler: Compiler, now: Outcome) -> date | None:
    """The first day without an offer that is in use."""
    table = compiler.table
    days = table.retires[offers_in_use(now, table.offers)]
    days = days[~np.isnan(days)]
    return date.fromordinal(int(days.min()) + 1) if len(days) else None


def _on(solver: ScenarioSolver, day: date) -> ScenarioSolver:
    table = solver.compiler.table
    return solver.over(replace(table, gone=table.gone | (table.retires < day.toordinal())))


def _ends(compiler: Compiler, offers: set[str], until: date) -> dict[str, date]:
    """The last days of offers that retire by then, the soonest first."""
    table = compiler.table
    last = {offer: float(table.retires[table.index[offer]]) for offer in offers}
    soon = sorted((day, offer) for offer, day in last.items() if day < until.toordinal())
    return {offer: date.fromordinal(int(day)) for day, offer in soon}
