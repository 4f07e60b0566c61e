"""Repairs of an infeasible routing: the smallest change of each conflicting rule, or several rules at once.

Every rule's feasibility is monotone in its value, so the nearest value that works is found by bisection on
the rule's grid; every value given has been solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, inf
from typing import Any

import numpy as np

from ...domain.field_facts import Sense
from ...domain.plan import Repair
from ...domain.references import AsGoodAs, as_written, grid_origin, rounded
from ...domain.routing import Routing
from ...domain.rules import RulePath, RuleSpec, spec_of, value_of, with_value, without
from ...domain.solver_status import SolverStatus
from ..coverage import monthly_cost
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import COST_MIP_GAP
from .elastic_search import conceded, minimal_relaxation
from .feasibility import FeasibilityTest, as_cost_routing, label_alone
from .relaxation_scope import DROP_WEIGHT, RelaxationScope, elastic_binaries

_RELAXATION_TIME = 0.7  # of the time left; the rest is for solving the relaxed routing


def repairs(routing: Routing, paths: tuple[str, ...], test: FeasibilityTest) -> tuple[Repair, ...]:
    """For each of the conflicting rules the nearest value that makes the whole routing feasible, cheapest
    first.

    A rule that cannot repair the routing on its own has none; nor do those for which time did not suffice.
    Money is looked at first and whatever the time: what the rules cost without a budget is one solve.
    """
    search = RepairSearch(routing, test)
    money_first = sorted(paths, key=lambda path: not spec_of(path).in_money)
    single_repairs = [repair for path in money_first if (repair := search.repair(path)) is not None]
    return tuple(sorted(single_repairs, key=lambda r: (inf if r.cost is None else r.cost, r.path)))


class RepairSearch:
    """Tries out other values of a routing's rules, one rule at a time."""

    def __init__(self, routing: Routing, test: FeasibilityTest) -> None:
        self.test, self.compiler = test, test.compiler
        self.routing = self.compiler.resolved(routing)  # floors that are models have no grid to step on

    def repair(self, path: str) -> Repair | None:
        """The nearest value of the rule at `path` with which a plan was found; None: none, or no time."""
        changed = self.nearest(path)
        if changed is None:
            return None
        before, after = (_written(value_of(routing, path)) for routing in (self.routing, changed))
        return Repair(path=path, from_=before, to=after, cost=self.cost(changed))

    def nearest(self, path: str) -> Routing | None:
        """The routing with the nearest value of the rule with which a plan was found."""
        late = self.test.deadline.passed and not spec_of(path).in_money
        if late or not self.test.feasible(without(self.routing, {path})):
            return None
        now = value_of(self.routing, path)
        for candidate in self._candidates(path, now):
            changed = with_value(self.routing, path, candidate)
            if changed is not None and self.test.feasible(changed):
                return changed
        return None

    def cost(self, routing: Routing) -> float | None:
        """USD a month of the routing's best plan; None where there is none, or none was found in time.

        Where time is too short for the best of quality, that of the cheapest.
        """
        problem = self.compiler.compile(routing)
        solution = Solution(SolverStatus.TIMED_OUT)
        if routing.objective == "quality":
            solution = solve(problem, self.test.deadline.seconds_left / 2)
        if solution.status == SolverStatus.TIMED_OUT:  # ties of cost cost the same
            problem = self.compiler.compile(as_cost_routing(routing))
            solution = solve_without_tie_breaking(problem, self.test.deadline.seconds_left, self.test.cache)
        if solution.shares is None:
            return None
        return monthly_cost(problem, solution.shares, solution.replicas)

    def _candidates(self, path: str, now: Any) -> Iterator[Any]:
        """Values to try, nearest first; the last drops the rule."""
        spec = spec_of(path)
        if self.test.deadline.passed and not spec.in_money:
            return
        if spec.in_money:
            least_cost = self.cost(as_cost_routing(without(self.routing, {path})))
            if least_cost is not None:
                yield ceil(round(least_cost * 100, 6)) / 100
        elif spec.is_bound and spec.is_whole:
            yield from self._nearest_count(path, spec, int(now))
        elif spec.is_bound:
            limit = self._nearest_limit(path, spec, now)
            if limit is not None:
                yield limit
        elif spec.sense in (Sense.ADMIT, Sense.DEMAND):
            yield from self._shortest_change(path)
        if not self.test.deadline.passed:
            yield spec.default

    def _nearest_count(self, path: str, spec: RuleSpec, now: int) -> Iterator[int]:
        sign = int(spec.looser)
        last = int(min(spec.loosest_value, len(self.compiler.table.offers)))
        max_steps = max(sign * (last - now), 1)

        def works(steps: int) -> bool:
            return self._works(with_value(self.routing, path, now + sign * steps))

        steps = _first_working(works, 0, max_steps, self.test)
        if steps is not None:
            yield now + sign * steps

    def _nearest_limit(self, path: str, spec: RuleSpec, now: float) -> float | None:
        """The working limit nearest to `now`, on the rule's grid."""
        grid, loosest, sign = spec.grid, spec.loosest_value, int(spec.looser)
        origin = grid_origin(now)
        first = (now - origin) // grid

        def limit(steps: int) -> float:
            moved = origin + (first + (steps if sign > 0 else 1 - steps)) * grid
            return rounded(max(moved, loosest) if sign < 0 else min(moved, loosest), origin)

        def works_in(routing: Routing) -> Callable[[int], bool]:
            return lambda steps: self._works(with_value(routing, path, limit(steps)))

        max_steps, low = int(abs(loosest - now) / grid) + 2, 0
        rule = RulePath.parse(path)
        if rule.section == "labels":  # what the label alone needs is quick to find, and mostly enough
            alone = label_alone(self.routing, rule.label)
            needed = _first_working(works_in(alone), 0, max_steps, self.test)
            if needed is None:
                return None
            if self._works(with_value(self.routing, path, limit(needed))):
                return limit(needed)
            low = needed
        steps = _first_working(works_in(self.routing), low, max_steps, self.test)
        return None if steps is None else limit(steps)

    def _shortest_change(self, path: str) -> Iterator[Any]:
        """The list with the fewest items less, or where it allows, more: those of the cheapest such plan."""
        scope = RelaxationScope.of(self.routing, self.compiler, {path})
        single = self._cheapest_item(path, scope)
        if single is not None:
            yield single
        relaxation = minimal_relaxation(scope, self.test.deadline.seconds_left)
        if relaxation is not None:
            yield relaxation.values[path]

    def _cheapest_item(self, path: str, scope: RelaxationScope) -> Any:
        """The list with one item less, or more, that makes the cheapest plan possible; None: none does.

        In the order of what each label's cheapest offer would cost, which no plan undercuts.
        """
        now = self.compiler.compile(as_cost_routing(self.routing))
        free = self.compiler.compile(as_cost_routing(without(self.routing, {path})))
        binaries = [binary for binary in elastic_binaries(scope, DROP_WEIGHT) if binary.path == path]
        needed = np.bincount(
            np.concatenate([binary.offers for binary in binaries]) if binaries else [],
            minlength=len(now.offers),
        )
        candidates = list[tuple[float, int, Routing]]()
        for place, binary in enumerate(binaries):
            let_in = np.isin(np.arange(len(now.offers)), binary.offers)
            if spec_of(path).sense is Sense.DEMAND:
                let_in &= needed == 1
            eligible = now.eligible | (free.eligible & let_in)
            item = conceded(value_of(self.routing, path), path, binary.concession)
            changed = with_value(self.routing, path, item)
            if changed is not None and eligible.any(axis=1).all():
                least = float(np.where(eligible, now.cost, np.inf).min(axis=1).sum())
                candidates.append((0.0 if now.subscriptions else least, place, changed))
        best: tuple[float, Any] | None = None
        for least, _, changed in sorted(candidates, key=lambda candidate: candidate[:2]):
            if self.test.deadline.passed or (best is not None and least >= best[0]):
                break
            if self.test.feasible(changed):
                cost = self.cost(as_cost_routing(changed))
                if cost is not None and (best is None or cost < best[0] * (1 - COST_MIP_GAP)):
                    best = cost, value_of(changed, path)
        return None if best is None else best[1]

    def _works(self, routing: Routing | None) -> bool:
        return routing is not None and self.test.feasible(routing)


def _first_working(
    works: Callable[[int], bool], low: int, high_end: int, test: FeasibilityTest
) -> int | None:
    """The least k above `low`, up to `high_end`, that works, where all beyond it work too; None: none."""
    step, high = 1, low + 1
    while not works(high):
        if high >= high_end or test.deadline.passed:
            return None
        low, step = high, step * 4
        high = min(low + step, high_end)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
        if test.deadline.passed:
            break  # `high` works, if it is not the nearest
    return high


def _written(value: Any) -> Any:
    """A rule's value as a plan has it: lists for tuples, a model for the floor that is one's."""
    return list(value) if isinstance(value, tuple) else as_written(value)


def combined_repair(routing: Routing, test: FeasibilityTest) -> tuple[Repair, ...]:
    """The nearest feasible routing as changes of its rules; none where time does not suffice.

    The relative movements of all rules in sum are the least (see minimal_relaxation), and no rule can come a
    step of its grid nearer with the others as they are. The last change has what the routing then costs, USD
    a month.
    """
    relaxation = minimal_relaxation(
        RelaxationScope.of(routing, test.compiler), _RELAXATION_TIME * test.deadline.seconds_left
    )
    values = None if relaxation is None else _feasible_values(routing, dict(relaxation.values), test)
    if not values:
        return ()
    test.proven = relaxation is not None and relaxation.proven
    order = sorted(values, key=_concession_rank, reverse=True)
    for path in order:
        _tighten(routing, values, path, test)
    changed = with_values(routing, values)
    cost = None if changed is None else RepairSearch(changed, test).cost(changed)
    if changed is None or cost is None:
        return ()
    moved = [path for path in order if path in values]
    return tuple(
        Repair(
            path=path,
            from_=_written(value_of(routing, path)),
            to=_written(value_of(changed, path)),
            cost=cost if path == moved[-1] else None,
        )
        for path in moved
    )


def with_values(routing: Routing, values: dict[str, Any]) -> Routing | None:
    """The routing with other values of some rules; None where that is no routing."""
    changed: Routing | None = routing
    for path, value in values.items():
        changed = None if changed is None else with_value(changed, path, value)
    return changed


def _feasible_values(
    routing: Routing, values: dict[str, Any], test: FeasibilityTest
) -> dict[str, Any] | None:
    """The values, a step or two of each number further out where the solver's tolerance asks for it."""
    for _ in range(3):
        changed = with_values(routing, values)
        if changed is not None and test.feasible(changed):
            return values
        values = {path: _stepped(routing, path, value, 1) for path, value in values.items()}
    return None


def _tighten(routing: Routing, values: dict[str, Any], path: str, test: FeasibilityTest) -> None:
    """Brings one rule as near as the others allow; out of the values where it need not move at all."""
    if not isinstance(values[path], float):
        return
    others = {key: value for key, value in values.items() if key != path}
    closer = with_values(routing, {**others, path: _stepped(routing, path, values[path], -1)})
    unmoved = with_values(routing, others)
    if unmoved is None or closer is None or not test.feasible(closer):
        return
    if test.feasible(unmoved):
        del values[path]
        return
    repaired = RepairSearch(unmoved, test).nearest(path)
    if repaired is not None:
        values[path] = value_of(repaired, path)


def _stepped(routing: Routing, path: str, value: Any, steps: int) -> Any:
    """A number so many steps of its grid further out; anything else as it is."""
    if not isinstance(value, float):
        return value
    spec, limit = spec_of(path), value_of(routing, path)
    moved = rounded(value + spec.looser * steps * spec.grid, grid_origin(limit))
    if isinstance(limit, AsGoodAs):
        return moved
    return min(max(moved, 0.0), spec.scale_end)  # beyond its scale it would be no rule


def _concession_rank(path: str) -> tuple[bool, int, str]:
    """The order in which people let rules go: money first, what an offer must have last."""
    rank = spec_of(path).concession
    return rank is None, rank or 0, path
