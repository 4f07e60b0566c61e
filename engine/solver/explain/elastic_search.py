"""Searches with the elastic model: the minimal relaxation of a routing, and any plan of a feasible one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from ...domain.field_facts import Sense
from ...domain.rules import spec_of, value_of
from ...domain.solver_status import SolverStatus
from ..branch_and_price.decomposition import is_feasible_plan
from ..cache import SolveCache
from ..compile.formulas import late_share
from ..compile.problem import Bools, Floats, Problem
from ..deadline import Deadline
from ..mixes.closed_form import rule_violations
from ..solution import Solution
from ..solve import solve_without_tie_breaking
from ..tolerances import (
    HIGHS_ROW_TOL,
    MAX_ELASTIC_PAIRS,
    MAX_TIE_SECONDS,
    MIN_OBJECTIVE,
    MIN_SCALE,
    MIN_SECONDS,
    MOVED_TOL,
    MOVEMENT_TOL,
    OPTIMALITY_TOL,
    USED_SHARE_TOL,
)
from .elastic_model import ElasticModel
from .relaxation_scope import RelaxationScope

MOVEMENT_BOUNDS = (0.1, 0.4, 1.9, 8.0, 60.0, 1e6)  # tried one after the other: a small bound, a small model
LEVEL_FRACTIONS = (0.25, 0.5, 0.75)  # of the way from the seconds paid for to those needed, where levels join


@dataclass(frozen=True)
class Relaxation:
    """New values of rules (path -> value) at which a plan exists, and their relative movement in sum.

    `proven`: no other relaxation moves less. Without it time ran out.
    """

    values: dict[str, Any]
    movement: float
    proven: bool = False


def minimal_relaxation(scope: RelaxationScope, seconds: float) -> Relaxation | None:
    """The least movement of all rules in sum, each on its grid; of equal ones that of the least cost.

    None where time does not suffice, or nothing in the scope makes the routing feasible.
    """
    search = _RelaxationSearch(scope, Deadline.after(seconds))
    for max_movement in MOVEMENT_BOUNDS:
        nearest = search.least(max_movement)
        if nearest is not None and (nearest.movement <= max_movement or search.deadline.passed):
            proven = not search.deadline.passed
            search.deadline = search.deadline.within(MAX_TIE_SECONDS)
            equally_near = nearest.movement * (1 + MOVEMENT_TOL) + MOVEMENT_TOL
            cheapest = search.least(equally_near, of_cost=True)
            return replace(cheapest or nearest, proven=proven)
        if search.deadline.passed:
            break
    return None


class _RelaxationSearch:
    """Solves elastic models, and refines their levels of the latency limits from one to the next."""

    def __init__(self, scope: RelaxationScope, deadline: Deadline) -> None:
        self.scope, self.deadline = scope, deadline
        self.levels: dict[int, list[float]] = {}

    def least(self, max_movement: float, *, of_cost: bool = False) -> Relaxation | None:
        """The least movement (or cost) up to `max_movement`; None: there is none, or time is out."""
        best: Relaxation | None = None
        while True:
            model = ElasticModel(self.scope, max_movement, self.levels)
            if not model.serves_all:
                return best
            seconds = self.deadline.seconds_left
            solution = model.minimise_cost(seconds) if of_cost else model.minimise_movement(seconds)
            if solution.x is None:
                return best
            relaxation = self._relaxation(model, solution.x)
            if best is None or relaxation.movement < best.movement:
                best = relaxation
            paid = sum(weight * solution.x[column] for column, weight in model.weights.items())
            refined = self._refine(model, solution.x)
            if not refined or (not of_cost and paid >= best.movement - MOVEMENT_TOL):
                return relaxation if of_cost else best
            if self.deadline.passed:
                return None if of_cost else best

    def _refine(self, model: ElasticModel, x: Floats) -> bool:
        """Adds levels where the solution needs more seconds than it has paid for; False: none is new."""
        refined = False
        for row, needed, paid in self._latency_limits(model, x):
            path = self._path(row)
            if needed > paid + spec_of(path).grid / 2:
                before = needed - spec_of(path).grid
                levels = set(self.levels.get(row, ()))
                between = {
                    self.scope.round_outward(path, paid + fraction * (needed - paid), -1)
                    for fraction in LEVEL_FRACTIONS
                }
                finer = levels | {round(before, 9), *(level for level in between if level > paid)}
                refined, self.levels[row] = refined or finer > levels, sorted(finer)
        return refined

    def _path(self, row: int) -> str:
        return f"labels.{self.scope.unruled.labels[row]}.max_latency"

    def _latency_limits(self, model: ElasticModel, x: Floats) -> list[tuple[int, float, float]]:
        """(label, seconds that its mix needs, seconds paid for) of the latency limits that have given way."""
        relaxed = []
        for row, levels in model.paid_levels.items():
            paid = [seconds for _, seconds in takewhile(lambda level: x[level[0]] > 0.5, levels)]
            if paid:
                relaxed.append((row, self._needed_seconds(model, x, row), paid[-1]))
        return relaxed

    def _needed_seconds(self, model: ElasticModel, x: Floats, row: int) -> float:
        """The least limit on the rule's grid that the label's mix keeps."""
        path, label = self._path(row), self.scope.routing.labels[self.scope.unruled.labels[row]]
        columns = np.flatnonzero((model.label == row) & (x[model.x] > USED_SHARE_TOL))
        offers, shares = model.offer[columns], x[model.x[columns]]
        median, spread = self.scope.median[row, offers], self.scope.spread[row, offers]
        limit, max_late = self.scope.limit(path), 1 - label.percentile / 100 + HIGHS_ROW_TOL
        low = high = limit

        def keeps(seconds: float) -> bool:
            return float(shares @ np.nan_to_num(late_share(median, spread, seconds))) <= max_late

        while not keeps(high):
            low, high = high, 2 * high
        while high - low > spec_of(path).grid / 8:
            middle = (low + high) / 2
            low, high = (low, middle) if keeps(middle) else (middle, high)
        rounded = self.scope.round_outward(path, high, 1)
        nearer = round(rounded - spec_of(path).grid, 9)
        return nearer if nearer > limit and keeps(nearer) else rounded

    def _relaxation(self, model: ElasticModel, x: Floats) -> Relaxation:
        """The new values of every rule that the solution has moved."""
        scope = self.scope
        values: dict[str, Any] = {}
        movement = 0.0
        for path, (column, unit) in model.slacks.items():
            if x[column] * unit > MOVED_TOL * max(unit, MIN_OBJECTIVE):
                values[path], moved = self._moved_limit(path, float(x[column]) * unit)
                movement += moved
        for row, needed, _ in self._latency_limits(model, x):
            path = self._path(row)
            values[path] = needed
            movement += (needed - scope.limit(path)) / scope.scale(path)
        for (path, concession), (column, binary) in model.binaries.items():
            if x[column] > 0.5:
                now = values.get(path, value_of(scope.routing, path))
                values[path] = conceded(now, path, concession)
                movement += binary.weight
        return Relaxation(values, movement)

    def _moved_limit(self, path: str, by: float) -> tuple[float | int, float]:
        """(new limit, movement) of a rule that moves by `by` in its unit."""
        spec, limit = spec_of(path), self.scope.limit(path)
        if spec.is_whole:
            count = round(by)
            return int(limit + spec.looser * count), count / self.scope.scale(path)
        moved = self.scope.round_outward(path, limit + spec.looser * by, int(spec.looser))
        return moved, by / self.scope.scale(path)


def conceded(now: Any, path: str, concession: Any) -> Any:
    """The rule's value once one more of its binaries is taken."""
    spec = spec_of(path)
    if concession is None or now is None:
        return spec.default
    if isinstance(now, dict):
        return {offer: share for offer, share in now.items() if offer != concession}
    if spec.sense is Sense.ADMIT:
        return (*now, concession)
    if isinstance(now, tuple):
        return tuple(listed for listed in now if listed != concession)
    return min(now, concession)


def any_plan(scope: RelaxationScope, problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    """Shares that keep all rules of the `problem` that a scope without soft rules is about.

    Timed out where that is not known. Of many offers promising ones are looked at first, and all only where
    few are left once those go that others dominate.
    """
    promising = _promising_pairs(problem)
    if bool((problem.eligible & ~promising).any()):
        unruled = replace(scope.unruled, eligible=scope.unruled.eligible & promising)
        narrow = ElasticModel(replace(scope, unruled=unruled), 0.0, {})
        solution = _solve_any(narrow, problem, seconds, cache)
        if solution.shares is not None:
            return solution
    model = ElasticModel(scope, 0.0, {})
    if len(model.x) > MAX_ELASTIC_PAIRS:
        return Solution(SolverStatus.TIMED_OUT)
    return _solve_any(model, problem, seconds, cache)


def _solve_any(model: ElasticModel, problem: Problem, seconds: float, cache: SolveCache) -> Solution:
    """Any solution of the model; a plan where it keeps the rules to the last digit, else solved anew."""
    if not model.serves_all:
        return Solution(SolverStatus.INFEASIBLE)
    solution = model.builder.solve_milp(
        np.zeros(model.builder.width), max(seconds, MIN_SECONDS), OPTIMALITY_TOL, presolve=False
    )
    if solution.x is None:
        return Solution(solution.status)
    shares, x = np.zeros(problem.cost.shape), solution.x[model.x]
    shares[model.label, model.offer] = np.where(x > USED_SHARE_TOL, x, 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    if is_feasible_plan(problem, shares):
        return Solution(SolverStatus.OPTIMAL, shares)
    solved = solve_without_tie_breaking(
        replace(problem, eligible=problem.eligible & (shares > 0)), seconds, cache
    )
    return solved if solved.shares is not None else Solution(SolverStatus.TIMED_OUT)


def _promising_pairs(problem: Problem) -> Bools:
    """(L, N) the eligible pairs, or of too many those that break their label's rules the least.

    Of those that break none, the models (or providers) that can serve the most labels come first.
    """
    if np.count_nonzero(problem.eligible) <= MAX_ELASTIC_PAIRS:
        return problem.eligible
    promising, violation = ~np.isnan(problem.pin), np.full(problem.cost.shape, np.inf)
    for label in range(len(problem.labels)):
        ix = np.flatnonzero(problem.eligible[label])
        violation[label, ix] = sum(
            np.maximum(lack, 0.0) / max(float(np.abs(lack).max(initial=0.0)), MIN_SCALE)
            for lack in rule_violations(problem, label, ix)
        )
    codes = problem.model if problem.max_models is not None else problem.provider
    serves = np.zeros((len(problem.labels), int(codes.max()) + 1))
    for label, row in enumerate(violation):
        serves[label, codes[row <= 0]] = 1
    served_labels = serves.sum(axis=0)[codes]
    for label, row in enumerate(violation):
        order = np.lexsort((problem.cost[label], -served_labels, row))
        promising[label, order[: MAX_ELASTIC_PAIRS // len(problem.labels)]] = True
    return promising & problem.eligible
