"""Where renting machines pays: the best plan with and without self-hosted offers, as the traffic grows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...domain.errors import InputError
from ...domain.routing import Routing
from ...domain.scenario import BreakEven, Outcome, SelfHosting
from ...domain.solver_status import SolverStatus
from ..compile.compiler import Compiler
from ..tolerances import DEFAULT_SECONDS, MIN_SCALE, OBJECTIVE_TOL
from .growth import GrowthSweep
from .scenario_solver import ScenarioSolver, grown, objective, requests_of
from .switches import Bracket, SweepPoint, find_switches, stops_between

_RentOrBuy = tuple[Outcome, Outcome]  # the best plans with self-hosted offers and without


def self_hosting(
    routing: Routing,
    compiler: Compiler,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = DEFAULT_SECONDS,
    traffic: GrowthSweep | None = None,
    per_decade: int = 4,
) -> SelfHosting:
    """Every factor of the traffic at which the self-hosted offers start or stop to pay.

    Whole replicas can make it pay, not pay and pay again. `traffic`: a sweep of all labels up to `high`, some
    of whose points may be solved already, at `per_decade` stops a decade and between. Raises InputError where
    nothing is self-hosted.
    """
    table = compiler.table
    if not len(table.self_hosted):
        hint = "no offer has a hosting price; --host MODEL:usd_per_hour=4,rpm=120 tries one"
        raise InputError(hint, key="offers")
    hosted = np.isin(np.arange(len(table.offers)), table.self_hosted)
    traffic = traffic or GrowthSweep(routing, ScenarioSolver(compiler), None, high)
    buying = ScenarioSolver(compiler).without(hosted)
    sweep = find_switches(
        _point(routing, traffic, buying),
        lambda outcomes: _pays(routing, *outcomes),
        stops_between(low, high, per_decade),
        seconds,
        is_last=lambda outcomes: outcomes[0].status == SolverStatus.INFEASIBLE,
    )
    rented, bought = traffic.point(1.0).outcome, buying.outcome(routing)
    requests = requests_of(routing)
    return SelfHosting(
        offers=table.hosts,
        requests=requests,
        pays=_pays(routing, rented, bought),
        rented=rented,
        bought=bought,
        break_evens=tuple(_break_even(routing, requests, bracket) for bracket in sweep.brackets),
        complete=sweep.complete,
        proven=sweep.proven,
    )


def _point(
    routing: Routing, traffic: GrowthSweep, buying: ScenarioSolver
) -> Callable[[float], SweepPoint[_RentOrBuy]]:
    """A plan that rents nothing is the best without rent as well, and so is all along its line."""

    def point(factor: float) -> SweepPoint[_RentOrBuy]:
        p = traffic.point(factor)
        rents = any(p.outcome.replicas.values()) or not p.outcome.found
        bought = buying.outcome(grown(routing, factor)) if rents else p.outcome
        return SweepPoint(factor, (p.outcome, bought), p.x, p.value, p.slope, p.fixed_plan, p.valid_to)

    return point


def _break_even(routing: Routing, requests: float, bracket: Bracket[_RentOrBuy]) -> BreakEven:
    rented, bought = bracket.after
    return BreakEven(
        below=bracket.below,
        at=bracket.at,
        requests=requests * bracket.at,
        pays=_pays(routing, rented, bought),
        rented=rented,
        bought=bought,
    )


def _pays(routing: Routing, rented: Outcome, bought: Outcome) -> bool:
    """Whether renting is better, or the only way."""
    renting, buying = objective(routing, rented), objective(routing, bought)
    if renting is None or buying is None:
        return renting is not None
    gain = renting - buying if routing.objective == "quality" else buying - renting
    return gain > OBJECTIVE_TOL * max(abs(buying), MIN_SCALE)
