"""Offers that are gone: each provider in use out in turn, and offers that retire within a horizon."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Expiry, Horizon, Outage, Outcome, outcome_of, swaps
from ...domain.solver_status import SolverStatus
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..deadline import Deadline
from ..explain.conflicts import conflicts
from ..explain.feasibility import FeasibilityTest
from ..explain.repairs import combined_repair, repairs
from ..tolerances import MAX_PLAN_CHANGES, MAX_REPAIR_SECONDS
from .evaluate import offers_in_use
from .scenario_solver import ScenarioSolver, change_between


def outages(
    routing: Routing, compiler: Compiler, plan: Plan | None = None, cache: SolveCache | None = None
) -> tuple[Outage, ...]:
    """One outage for every provider that the plan uses, the dearest first; those without a plan lead.

    Each with the best plan without it, or with the rules that conflict then and their repairs. Nothing
    without a plan. `plan` saves solving the routing once more; `cache` is of earlier solves over the same
    catalogue.
    """
    solver = ScenarioSolver(compiler, cache=cache)
    now = outcome_of(plan or solver.plan(routing))
    carried = _carried_shares(routing, now)
    each = [_outage(routing, solver, now, provider, share) for provider, share in carried.items()]
    return tuple(
        sorted(each, key=lambda outage: (outage.outcome.found, -(outage.change or 0.0), outage.provider))
    )


def _carried_shares(routing: Routing, now: Outcome) -> dict[str, float]:
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
    without_it = solver.without(table.provider == table.providers.index(provider))
    outcome = without_it.outcome(routing)
    outage = Outage(provider=provider, requests=share, outcome=outcome)
    if outcome.found:
        change = change_between(now.cost, outcome.cost)
        return outage.model_copy(update={"change": change, "swaps": swaps(now, outcome)})
    if outcome.status != SolverStatus.INFEASIBLE:
        return outage
    test = FeasibilityTest(without_it.compiler, Deadline.after(MAX_REPAIR_SECONDS))
    conflict = conflicts(routing, test)
    single = repairs(routing, conflict, test)
    combined = () if single else combined_repair(routing, test)
    return outage.model_copy(update={"conflicts": conflict, "repairs": single, "together": combined})


def expiring(
    routing: Routing, compiler: Compiler, today: date, days: int = 365, cache: SolveCache | None = None
) -> Horizon:
    """Day by day until today + `days`: whenever offers in use are gone, the best plan from then on.

    `retires` is an offer's last day. The prices, and the offers there are, stay today's. `cache` is of
    earlier solves over the same catalogue.
    """
    solver, until = ScenarioSolver(compiler, cache=cache), today + timedelta(days=days)
    plan = solver.plan(routing)
    start = now = outcome_of(plan)
    fallbacks = {offer for label in plan.labels.values() for offer in label.fallbacks}
    expiries: list[Expiry] = []
    while now.found and len(expiries) < MAX_PLAN_CHANGES:
        day = _first_day_without(solver.compiler, now)
        if day is None or day > until:
            break
        solver = _on(solver, day)
        table = solver.compiler.table
        gone = tuple(table.offers[i] for i in np.flatnonzero(offers_in_use(now, table.offers) & table.gone))
        outcome = solver.outcome(routing)
        change = change_between(now.cost, outcome.cost)
        expiries.append(Expiry(day=day, gone=gone, outcome=outcome, change=change, swaps=swaps(now, outcome)))
        now = outcome
    return Horizon(
        today=today,
        until=until,
        now=start,
        expiries=tuple(expiries),
        fallbacks=_last_days(compiler, fallbacks, until),
    )


def _first_day_without(compiler: Compiler, now: Outcome) -> date | None:
    """The first day on which an offer in use is gone."""
    table = compiler.table
    last_days = table.retires[offers_in_use(now, table.offers)]
    last_days = last_days[~np.isnan(last_days)]
    return date.fromordinal(int(last_days.min()) + 1) if len(last_days) else None


def _on(solver: ScenarioSolver, day: date) -> ScenarioSolver:
    table = solver.compiler.table
    return solver.with_table(replace(table, gone=table.gone | (table.retires < day.toordinal())))


def _last_days(compiler: Compiler, offers: set[str], until: date) -> dict[str, date]:
    """The last days of offers that retire before `until`, the soonest first."""
    table = compiler.table
    last_day = {offer: float(table.retires[table.index[offer]]) for offer in offers}
    soonest = sorted((day, offer) for offer, day in last_day.items() if day < until.toordinal())
    return {offer: date.fromordinal(int(day)) for day, offer in soonest}
