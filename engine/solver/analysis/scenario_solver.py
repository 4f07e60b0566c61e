"""One catalogue, asked for many plans: no conflicts, no repairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats, Problem
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve
from ..tolerances import DEFAULT_SECONDS


class ScenarioSolver:
    """Plans by a compiler's figures, at most `seconds` a solve; what one solve learns serves the next."""

    def __init__(
        self, compiler: Compiler, seconds: float = DEFAULT_SECONDS, cache: SolveCache | None = None
    ) -> None:
        self.compiler, self.seconds = compiler, seconds
        self.cache = cache or SolveCache()

    def solve(self, routing: Routing) -> tuple[Problem, Solution]:
        """The problem and the solution of a routing."""
        problem = self.compiler.compile(routing)
        return problem, solve(problem, self.seconds, self.cache)

    def plan(self, routing: Routing) -> Plan:
        """The best plan; infeasible plans carry no conflicts."""
        problem, solution = self.solve(routing)
        return build_plan(routing, self.compiler, problem, solution)

    def outcome(self, routing: Routing) -> Outcome:
        """The best plan in short."""
        return outcome_of(self.plan(routing))

    def with_table(self, table: OfferTable) -> ScenarioSolver:
        """A solver for the same offers with other figures."""
        return ScenarioSolver(self.compiler.over(table), self.seconds, self.cache)

    def with_prices(self, offers: Bools, factor: float) -> ScenarioSolver:
        """Every price of these (N,) offers times a factor; rent and fees stay."""
        return self.with_table(priced_table(self.compiler.table, np.where(offers, factor, 1.0)))

    def with_times(self, offers: Bools, factor: float) -> ScenarioSolver:
        """These (N,) offers take a factor times as long."""
        return self.with_table(timed_table(self.compiler.table, np.where(offers, factor, 1.0)))

    def without(self, offers: Bools) -> ScenarioSolver:
        """These (N,) offers retired."""
        table = self.compiler.table
        return self.with_table(replace(table, gone=table.gone | offers))


def priced_table(table: OfferTable, factor: Floats) -> OfferTable:
    """Every price of the offers times (N,) factors; rent and fees stay."""
    lists = table.lists
    names = ("input", "output", "cache_read", "cache_write")
    prices = {name: getattr(lists, name) * factor[lists.offer] for name in names}
    return replace(
        table,
        lists=replace(lists, **prices),
        per_request=table.per_request * factor,
        price_factor=table.price_factor * factor,
    )


def timed_table(table: OfferTable, factor: Floats) -> OfferTable:
    """The time that the offers take times (N,) factors."""
    return replace(
        table, ttft=table.ttft * factor, tps=table.tps / factor, time_factor=table.time_factor * factor
    )


def objective(routing: Routing, outcome: Outcome) -> float | None:
    """What the routing optimises: USD a month or points of quality, as they count."""
    return outcome.counted if routing.objective == "quality" else outcome.cost


def change_between(before: float | None, after: float | None) -> float | None:
    """`after` less `before`, where both are known."""
    return None if after is None or before is None else after - before


def grown(routing: Routing, factor: float, label: str | None = None) -> Routing:
    """The routing with every label's requests, or one label's, times a factor."""
    if label is None:
        limits = routing.limits.model_copy(update={"growth": routing.limits.growth * factor})
        return routing.model_copy(update={"limits": limits})
    workload = routing.labels[label]
    busier = workload.model_copy(update={"requests": workload.requests * factor})
    return routing.model_copy(update={"labels": {**routing.labels, label: busier}})


def requests_of(routing: Routing) -> float:
    """Requests a month over all labels, growth included."""
    return sum(label.requests for label in routing.labels.values()) * routing.limits.growth
