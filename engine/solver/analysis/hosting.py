"""Where renting machines pays: the best plan with and without self-hosted offers, as the traffic grows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...domain.errors import InputError
from ...domain.routing import Routing
from ...domain.scenario import BreakEven, Outcome, SelfHosting
from ..compile.compiler import Compiler
from ..tolerances import DEFAULT_SECONDS, OBJECTIVE_TOL
from .growth import Growing
from .scenario_solver import ScenarioSolver, grown, objective, requests_of
from .switches import Bracket, Spot, stops_between, switches

_Both = tuple[Outcome, Outcome]  # with rent, without


def self_hosting(
    routing: Routing,
    compiler: Compiler,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = DEFAULT_SECONDS,
) -> SelfHosting:
    """Every factor of the traffic at which the self-hosted offers start or stop to pay.

    Whole replicas can make it pay, not pay and pay again. Raises InputError where nothing is self-hosted.
    """
    table = compiler.table
    if not len(table.self_hosted):
        what = "no offer has a hosting price; --host MODEL:usd_per_hour=4,rpm=120 tries one"
        raise InputError(what, key="offers")
    hosted = np.isin(np.arange(len(table.offers)), table.self_hosted)
    rent, buy = ScenarioSolver(compiler), ScenarioSolver(compiler).without(hosted)
    found = switches(
        _spots(routing, rent, buy, high),
        lambda both: _pays(routing, *both),
        stops_between(low, high),
        seconds,
        ended=lambda both: both[0].status == "infeasible",
    )
    now = (rent.outcome(routing), buy.outcome(routing))
    requests = requests_of(routing)
    return SelfHosting(
        offers=tuple(table.offers[i] for i in table.self_hosted),
        requests=requests,
        pays=_pays(routing, *now),
        rented=now[0],
        bought=now[1],
        break_evens=tuple(_break_even(routing, requests, one) for one in found.brackets),
        complete=found.complete,
        proven=found.proven,
    )


def _spots(
    routing: Routing, rent: ScenarioSolver, buy: ScenarioSolver, high: float
) -> Callable[[float], Spot[_Both]]:
    """A plan that rents nothing is the best without rent as well, and so is all along its line."""
    growing = Growing(routing, rent, None, high)

    def spot(by: float) -> Spot[_Both]:
        one = growing.spot(by)
        rents = any(one.outcome.replicas.values()) or not one.outcome.found
        both = (one.outcome, buy.outcome(grown(routing, by)) if rents else one.outcome)
        return Spot(by, both, one.x, one.value, one.slope, one.still, one.upto)

    return spot


def _break_even(routing: Routing, requests: float, one: Bracket[_Both]) -> BreakEven:
    return BreakEven(
        below=one.below,
        at=one.at,
        requests=requests * one.at,
        pays=_pays(routing, *one.after),
        rented=one.after[0],
        bought=one.after[1],
    )


def _pays(routing: Routing, rented: Outcome, bought: Outcome) -> bool:
    """Whether renting is better, or the only way."""
    with_, without = objective(routing, rented), objective(routing, bought)
    if with_ is None or without is None:
        return with_ is not None
    gain = with_ - without if routing.objective == "quality" else without - with_
    return gain > OBJECTIVE_TOL * max(abs(without), 1e-12)
