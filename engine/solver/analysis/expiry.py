"""Offers that retire within a horizon, and the plans that must follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ...domain.routing import Routing
from ...domain.scenario import Expiry, Horizon, Outcome, outcome_of, swaps
from ..compile.compiler import Compiler
from .outages import used
from .scenario_solver import World, less

MOST = 100  # changes of plan


def expiring(routing: Routing, compiler: Compiler, today: date, days: int = 365) -> Horizon:
    """Day by day until today + `days`: whenever offers in use are gone, the best plan from then on.

    `retires` is an offer's last day. The prices, and the offers there are, stay today's.
    """
    world, until = World(compiler), today + timedelta(days=days)
    plan = world.plan(routing)
    start = now = outcome_of(plan)
    spare = {offer for label in plan.labels.values() for offer in label.fallbacks}
    found: list[Expiry] = []
    while now.found and len(found) < MOST:
        day = _first_day(world.compiler, now)
        if day is None or day > until:
            break
        world = _on(world, day)
        table = world.compiler.table
        lost = tuple(table.offers[i] for i in np.flatnonzero(used(now, table.offers) & table.gone))
        after = world.outcome(routing)
        change = less(after.cost, now.cost)
        found.append(Expiry(day=day, gone=lost, outcome=after, change=change, swaps=swaps(now, after)))
        now = after
    return Horizon(
        today=today, until=until, now=start, expiries=tuple(found), fallbacks=_ends(compiler, spare, until)
    )


def _first_day(compiler: Compiler, now: Outcome) -> date | None:
    """The first day without an offer that is in use."""
    table = compiler.table
    days = table.retires[used(now, table.offers)]
    days = days[~np.isnan(days)]
    return date.fromordinal(int(days.min()) + 1) if len(days) else None


def _on(world: World, day: date) -> World:
    table = world.compiler.table
    return world.over(replace(table, gone=table.gone | (table.retires < day.toordinal())))


def _ends(compiler: Compiler, offers: set[str], until: date) -> dict[str, date]:
    """The last days of offers that retire by then, the soonest first."""
    table = compiler.table
    last = {offer: float(table.retires[table.index[offer]]) for offer in offers}
    soon = sorted((day, offer) for offer, day in last.items() if day < until.toordinal())
    return {offer: date.fromordinal(int(day)) for day, offer in soon}
