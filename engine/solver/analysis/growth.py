"""More traffic, or another price: what it costs along the way and where the mix switches."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.routing import Routing
from ...domain.scenario import Outcome, Path, Stop, Switch, outcome_of, swaps
from ..compile.compiler import Compiler
from ..compile.problem import Problem
from ..explain.conflicts import conflicts
from ..explain.feasibility import Feasible
from ..plan_builder import plan_of
from ..solution import Answer
from .scenario_solver import World, grown, requests_of
from .switches import Found, Spot, stops_between, switches
from .tangents import growth_line

LIMIT = 60.0  # seconds


def growth(
    routing: Routing,
    compiler: Compiler,
    label: str | None = None,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = LIMIT,
) -> Path:
    """All requests, or one label's, times `low` to `high`: costs and every switch of the mix.

    Replicas that follow the traffic are no switch. Raises InputError for an unknown label or a bad range.
    """
    _check(low, high)
    if label is not None and label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    world = World(compiler)
    shared = routing.limits.max_provider_share is not None  # more of one label may bring others within it
    found = switches(
        Growing(routing, world, label, high).spot,
        _kind,
        stops_between(low, high),
        seconds,
        ended=lambda outcome: outcome.status == "infeasible" and (label is None or not shared),
    )
    first = next((at for at, outcome in found.stops if outcome.status == "infeasible"), None)
    test = Feasible(compiler, perf_counter() + seconds)
    limits = () if first is None else conflicts(grown(routing, first, label), test)
    name = "requests" if label is None else f"labels.{label}.requests"
    now = requests_of(routing) if label is None else routing.labels[label].requests * routing.limits.growth
    return _path(name, "req/mo", now, found, limits)


def price_path(
    routing: Routing,
    compiler: Compiler,
    offer: str,
    *,
    low: float = 0.1,
    high: float = 10.0,
    seconds: float = LIMIT,
) -> Path:
    """Every price of one offer times `low` to `high`. Raises InputError for an unknown offer or range."""
    _check(low, high)
    table = compiler.table
    if offer not in table.index:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, table.index)}", key="--offer")
    own = np.arange(len(table.offers)) == table.index[offer]
    world = World(compiler)

    def spot(by: float) -> Spot[Outcome]:
        other = world.priced(own, by)
        problem, answer = other.solved(routing)
        outcome = outcome_of(plan_of(routing, other.compiler, problem, answer))
        if answer.shares is None or answer.status != "optimal":
            return Spot(by, outcome)
        if problem.maximise_quality:
            return Spot(by, outcome, still=_still(answer))
        slope = float((problem.cost[:, own] * answer.shares[:, own]).sum()) / by
        return Spot(by, outcome, by, answer.value, slope)

    found = switches(spot, _kind, stops_between(low, high), seconds, ended=_infeasible)
    return _path(f"offers.{offer}.price", "x", 1.0, found, ())


def _check(low: float, high: float) -> None:
    if not 0 < low < high < 1e9:
        raise InputError(f"a range runs from above 0 to something larger, not {low:g} to {high:g}")


class Growing:
    """The best plan at any growth, with its line where there is one."""

    def __init__(self, routing: Routing, world: World, label: str | None, high: float) -> None:
        self.routing, self.world, self.label = routing, world, label
        most = world.compiler.compile(grown(routing, high, label))
        self.rented = bool(most.eligible[:, most.hosts].any())
        budget = (rule for rule in most.couplings if rule.path != "limits.budget")
        self.fixed = not most.maximise_quality and not any(budget)  # growth changes no rule but the budget

    def spot(self, by: float) -> Spot[Outcome]:
        """Solved at a factor."""
        asked = grown(self.routing, by, self.label)
        problem, answer = self.world.solved(asked)
        outcome = outcome_of(plan_of(asked, self.world.compiler, problem, answer))
        if answer.status != "optimal" or answer.shares is None:
            return Spot(by, outcome)
        still = _still(answer) if self._less_choice(problem) else None
        if self.label is None:
            line = growth_line(problem, answer, by, self.world.memory, self.world.seconds)
            if line is not None:
                return Spot(by, outcome, 1 / by, line.value, line.slope, still, line.upto)
        if self.label is not None and self.fixed:
            row = problem.labels.index(self.label)
            slope = float((problem.cost[row] * answer.shares[row]).sum()) / by
            return Spot(by, outcome, by, answer.value, slope, still)
        return Spot(by, outcome, still=still)

    def _less_choice(self, problem: Problem) -> bool:
        """Whether growth takes plans away and leaves the order of the others."""
        if self.label is None:
            return problem.maximise_quality or not self.rented
        shared = any(rule.path == "limits.max_provider_share" for rule in problem.couplings)
        return problem.maximise_quality and not shared


def _infeasible(outcome: Outcome) -> bool:
    return outcome.status == "infeasible"


def _still(answer: Answer) -> bytes:
    assert answer.shares is not None
    return np.round(answer.shares, 7).tobytes()


def _kind(outcome: Outcome) -> tuple[object, ...]:
    return (outcome.found, *sorted(outcome.choice.items()))


def _path(name: str, unit: str, now: float, found: Found[Outcome], limits: tuple[str, ...]) -> Path:
    return Path(
        input=name,
        unit=unit,
        now=now,
        stops=tuple(Stop(at=at, outcome=outcome) for at, outcome in found.stops),
        switches=tuple(
            Switch(
                below=one.below,
                at=one.at,
                before=one.before,
                after=one.after,
                swaps=swaps(one.before, one.after),
            )
            for one in found.brackets
        ),
        limits=limits,
        complete=found.complete,
        proven=found.proven,
    )
