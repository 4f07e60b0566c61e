"""What a unit of a subscription more or less is worth, and the volume from which the first unit pays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...domain.explanation import PlanWorth
from ...domain.routing import Routing
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Problem
from ..compile.subscriptions import without_useless_plans
from ..coverage import best_coverage
from ..deadline import Deadline
from ..solution import Solution
from ..solve import solve_without_tie_breaking
from ..tolerances import MAX_VOLUME_SECONDS, MIN_OBJECTIVE, OBJECTIVE_TOL, PAYS_TOL

MAX_GROWTH = 1_000.0  # traffic is looked at up to so many times today's, and down to that part of it
STEP = 10**0.25  # between the factors that are looked at first


def plan_worths(
    routing: Routing, compiler: Compiler, seconds: float, cache: SolveCache | None = None
) -> tuple[PlanWorth, ...]:
    """One for every plan that the routing may buy, in its order; empty where no routes keep its rules.

    `seconds` are for all together: what was not reached in time is None. The volumes get at most
    MAX_VOLUME_SECONDS of them, and say where that was not enough.
    """
    names = tuple(dict.fromkeys(routing.limits.plans))
    if not names:
        return ()
    deadline = Deadline.after(seconds)
    problem, cache = compiler.compile(routing, every_plan=True), cache or SolveCache()
    now = solve_without_tie_breaking(without_useless_plans(problem), deadline.seconds_left, cache)
    if now.shares is None:
        return ()
    pricing = _UnitPricing(routing, compiler, problem, now, deadline, cache)
    worths = [pricing.worth(place, name) for place, name in enumerate(names)]
    hurried = replace(pricing, deadline=deadline.within(MAX_VOLUME_SECONDS))
    return tuple(hurried.with_volume(worth) for worth in worths)


@dataclass(frozen=True)
class _UnitPricing:
    """A routing and its best plan `now`, solved anew with other units or other traffic."""

    routing: Routing
    compiler: Compiler
    problem: Problem
    now: Solution
    deadline: Deadline
    cache: SolveCache

    def worth(self, place: int, name: str) -> PlanWorth:
        """Of the subscription at `place` of the problem's."""
        assert self.now.shares is not None
        units = best_coverage(self.problem, self.now.shares).units[place]
        terms = self.problem.subscriptions[place]
        return PlanWorth(
            name=name,
            units=units,
            more=None if terms.unlimited or units >= terms.max_units else self._change(place, units + 1),
            less=None if terms.unlimited or not units else self._change(place, units - 1),
        )

    def with_volume(self, worth: PlanWorth) -> PlanWorth:
        """With the volume from which it pays: many solves, so that it comes last."""
        factor = self._pays_from(worth.name, worth.units > 0)
        worth = worth.model_copy(update={"cut": self.deadline.passed})
        if factor is None:
            return worth
        requests = sum(label.requests for label in self.routing.labels.values()) * self.routing.limits.growth
        return worth.model_copy(update={"pays_from": factor, "requests": requests * factor})

    def _change(self, place: int, units: int) -> float | None:
        """What the objective changes by with exactly so many units of the subscription at `place`."""
        if self.deadline.passed:
            return None
        terms = list(self.problem.subscriptions)
        terms[place] = replace(terms[place], min_units=float(units), max_units=float(units))
        problem = without_useless_plans(replace(self.problem, subscriptions=tuple(terms)))
        solution = solve_without_tie_breaking(problem, self.deadline.seconds_left, self.cache)
        if solution.shares is None:
            return None
        change = (solution.value - self.now.value) * (-1.0 if self.problem.maximise_quality else 1.0)
        equal = abs(change) <= OBJECTIVE_TOL * max(abs(self.now.value), MIN_OBJECTIVE)
        return 0.0 if equal else change

    def _pays_from(self, name: str, pays_now: bool) -> float | None:
        """The least factor on the traffic, near today's, from which a unit is bought on the way to today."""
        low = high = 1.0  # no unit at low, one at high
        while self._pays(name, low if pays_now else high) is pays_now:
            if self.deadline.passed or not 1 / MAX_GROWTH < low <= high < MAX_GROWTH:
                return None
            low, high = (low / STEP, low) if pays_now else (high, high * STEP)
        if not pays_now and self._pays(name, high) is None:
            return None
        while high > low * (1 + PAYS_TOL) and not self.deadline.passed:
            middle = (low * high) ** 0.5
            low, high = (low, middle) if self._pays(name, middle) else (middle, high)
        return high

    def _pays(self, name: str, factor: float) -> bool | None:
        """Whether the best plan at so much traffic has a unit; None where nothing fits, or time is out."""
        limits = self.routing.limits.model_copy(update={"growth": self.routing.limits.growth * factor})
        problem = self.compiler.compile(self.routing.model_copy(update={"limits": limits}))
        names = [terms.name for terms in problem.subscriptions]
        if name not in names:
            return False
        solution = solve_without_tie_breaking(problem, self.deadline.seconds_left, self.cache)
        if solution.shares is None:
            return None
        return best_coverage(problem, solution.shares).units[names.index(name)] > 0
