"""One catalogue, asked many questions: only plans and their reasons, no search for repairs."""

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
    """The figures of a compiler, at most `seconds` a solve; what one solve learns serves the next."""

    def __init__(
        self, compiler: Compiler, seconds: float = DEFAULT_SECONDS, cache: SolveCache | None = None
    ) -> None:
        self.compiler, self.seconds = compiler, seconds
        self.cache = cache or SolveCache()

    def solved(self, routing: Routing) -> tuple[Problem, Solution]:
        """The matrices and the answer of a routing."""
        problem = self.compiler.compile(routing)
        return problem, solve(problem, self.seconds, self.cache)

    def plan(self, routing: Routing) -> Plan:
        """The best plan; infeasible plans carry no conflicts."""
        problem, answer = self.solved(routing)
        return build_plan(routing, self.compiler, problem, answer)

    def outcome(self, routing: Routing) -> Outcome:
        """The best plan in short."""
        return outcome_of(self.plan(routing))

    def over(self, table: OfferTable) -> ScenarioSolver:
        """The same offers with other figures."""
        return ScenarioSolver(self.compiler.over(table), self.seconds, self.cache)

    def priced(self, offers: Bools, factor: float) -> ScenarioSolver:
        """Every price of these (N,) offers times a factor; rent and fees stay."""
        return self.over(priced(self.compiler.table, np.where(offers, factor, 1.0)))

    def without(self, offers: Bools) -> ScenarioSolver:
        """These (N,) offers retired."""
        table = self.compiler.table
        return self.over(replace(table, gone=table.gone | offers))


def priced(table: OfferTable, factor: Floats) -> OfferTable:
    """Every price of the offers times (N,) factors."""
    lists = table.lists
    names = ("input", "output", "cache_read", "cache_write")
    prices = {name: getattr(lists, name) * factor[lists.offer] for name in names}
    return replace(table, lists=replace(lists, **prices), per_request=table.per_request * factor)


def objective(routing: Routing, outcome: Outcome) -> float | None:
    """What the routing optimises: USD a month or points of quality."""
    return outcome.quality if routing.objective == "quality" else outcome.cost


def change_between(after: float | None, before: float | None) -> float | None:
    """The change, where both are known."""
    return None if after is None or before is None else after - before


def grown(routing: Routing, factor: float, label: str | None = None) -> Routing:
    """The routing with every label's requests, or one label's, times a factor."""
    if label is None:
        limits = routing.limits.model_copy(update={"growth": routing.limits.growth * factor})
        return routing.model_copy(update={"limits": limits})
    facts = routing.labels[label]
    more = facts.model_copy(update={"requests": facts.requests * factor})
    return routing.model_copy(update={"labels": {**routing.labels, label: more}})


def requests_of(routing: Routing) -> float:
    """Requests a month over all labels, growth included."""
    return sum(label.requests for label in routing.labels.values()) * routing.limits.growth
