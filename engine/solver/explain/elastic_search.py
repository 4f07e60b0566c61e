"""The nearest feasible routing: the least movement of all rules in sum, and the least cost at that.

A plan, any plan: the elastic model with nothing that may give way, and no objective.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ...domain.rules import default_of, value_of
from ..branch_and_price.decomposition import meets
from ..cache import Memory
from ..compile.formulas import late_share
from ..compile.problem import Bools, Floats, Problem
from ..mixes.closed_form import wanting
from ..solution import Answer
from ..solve import found
from ..tolerances import HIGHS_ROW_TOL, MAX_ELASTIC_PAIRS, MAX_TIE_SECONDS, MOVEMENT_TOL, USED_SHARE_TOL
from .elastic_model import ElasticModel, RelaxationScope, grid_of

REACHES = (0.1, 0.4, 1.9, 8.0, 60.0, 1e6)  # movements up to which is looked, one after the other
PARTS = (0.25, 0.5, 0.75)  # of the way from the seconds paid for to those needed, where levels join


@dataclass(frozen=True)
class Relaxation:
    """New values of rules (path -> value) that are nearest, and their relative movement in sum.

    Where time ran out it is not `proven` that none are nearer.
    """

    values: dict[str, Any]
    movement: float
    proven: bool = False


def minimal_relaxation(ask: RelaxationScope, seconds: float) -> Relaxation | None:
    """The rules' nearest values that a plan can keep, on the grid of each; None where time is out.

    Rules are tried within ever wider reach: what a movement of 0.1 allows is a small model. Of equally near
    ones the least cost decides.
    """
    search = _Search(ask, perf_counter() + seconds)
    for reach in REACHES:
        found = search.least(reach, money=False)
        if found is not None and (found.movement <= reach or search.late):
            proven = not search.late
            search.end = min(search.end, perf_counter() + MAX_TIE_SECONDS)
            cheaper = search.least(found.movement * (1 + MOVEMENT_TOL) + MOVEMENT_TOL, money=True)
            return replace(found if cheaper is None else cheaper, proven=proven)
        if search.late:
            break
    return None


class _Search:
    """Solves elastic models, with the levels of the latency limits found on the way."""

    def __init__(self, ask: RelaxationScope, end: float) -> None:
        self.ask, self.end = ask, end
        self.levels: dict[int, list[float]] = {}

    @property
    def late(self) -> bool:
        return perf_counter() > self.end

    def least(self, most: float, *, money: bool) -> Relaxation | None:
        """The least movement (or money) within `most`; None: there is none, or time is out."""
        best: Relaxation | None = None
        while True:
            model = ElasticModel(self.ask, most, self.levels)
            if len(np.unique(model.label)) < len(self.ask.free.labels):
                return best
            result = model.solve(self.end - perf_counter(), money=money)
            if result.x is None:
                return best
            move = self._moved(model, result)
            if best is None or move.movement < best.movement:
                best = move
            paid = sum(weight * result.x[column] for column, weight in model.weight.items())
            if not self._refined(model, result.x) or (not money and paid >= best.movement - MOVEMENT_TOL):
                return move if money else best
            if self.late:
                return None if money else best

    def _refined(self, model: ElasticModel, x: Floats) -> bool:
        """Adds levels where this answer is later than it has paid for; False where there are no new ones."""
        found = False
        for row, needs, paid in self._seconds(model, x):
            path = self._path(row)
            if needs > paid + grid_of(path) / 2:
                before = needs - grid_of(path)
                known = set(self.levels.get(row, ()))
                between = {self.ask.outward(path, paid + part * (needs - paid), -1) for part in PARTS}
                wider = known | {round(before, 9), *(level for level in between if level > paid)}
                found, self.levels[row] = found or wider > known, sorted(wider)
        return found

    def _path(self, row: int) -> str:
        return f"labels.{self.ask.free.labels[row]}.max_latency"

    def _seconds(self, model: ElasticModel, x: Floats) -> list[tuple[int, float, float]]:
        """(label, seconds that its mix needs, seconds paid for) of the latency limits that have given way."""
        found = []
        for row, passed in model.passed.items():
            paid = [seconds for column, seconds in takewhile(lambda one: x[one[0]] > 0.5, passed)]
            if paid:
                found.append((row, self._needs(model, x, row), paid[-1]))
        return found

    def _needs(self, model: ElasticModel, x: Floats, row: int) -> float:
        """The least limit on the rule's grid that the label's mix keeps."""
        path, label = self._path(row), self.ask.routing.labels[self.ask.free.labels[row]]
        mine = np.flatnonzero((model.label == row) & (x[model.x] > USED_SHARE_TOL))
        offers, shares = model.offer[mine], x[model.x[mine]]
        median, spread = self.ask.median[row, offers], self.ask.table.spread[offers]
        most, low, high = 1 - label.percentile / 100 + HIGHS_ROW_TOL, self.ask.says(path), self.ask.says(path)

        def keeps(seconds: float) -> bool:
            return float(shares @ np.nan_to_num(late_share(median, spread, seconds))) <= most

        while not keeps(high):
            low, high = high, 2 * high
        while high - low > grid_of(path) / 8:
            middle = (low + high) / 2
            low, high = (low, middle) if keeps(middle) else (middle, high)
        to = self.ask.outward(path, high, 1)
        nearer = round(to - grid_of(path), 9)
        return nearer if nearer > self.ask.says(path) and keeps(nearer) else to

    def _moved(self, model: ElasticModel, result: OptimizeResult) -> Relaxation:
        """What the answer says of every rule that has moved."""
        ask, x = self.ask, result.x
        values: dict[str, Any] = {}
        movement = 0.0
        for path, (column, unit) in model.slacks.items():
            if x[column] * unit > 1e-6 * max(unit, 1e-9):
                to, by = self._amount(path, float(x[column]) * unit)
                values[path], movement = to, movement + by
        for row, needs, _ in self._seconds(model, x):
            path = self._path(row)
            values[path] = needs
            movement += (needs - ask.says(path)) / ask.scale(path)
        for (path, item), (column, gate) in model.gates.items():
            if x[column] > 0.5:
                values[path] = self._opened(values.get(path, value_of(ask.routing, path)), path, item)
                movement += gate.weight
        return Relaxation(values, movement)

    def _amount(self, path: str, by: float) -> tuple[float | int, float]:
        """(new value, movement) of a rule that moves by `by` in its unit."""
        name, says = path.rpartition(".")[2], self.ask.says(path)
        down = name in {"min_quality", "min_share", "min_providers"}
        if name in {"max_models", "max_providers", "min_providers"}:
            count = round(by)
            return int(says) + (-count if down else count), count / self.ask.scale(path)
        to = self.ask.outward(path, says - by if down else says + by, -1 if down else 1)
        return to, by / self.ask.scale(path)

    def _opened(self, now: Any, path: str, item: Any) -> Any:
        """The rule's value once one more of its gates is open."""
        name = path.rpartition(".")[2]
        if item is None or now is None:
            return default_of(path)
        if name == "pin":
            return {key: share for key, share in now.items() if key != item}
        if name in {"allow", "providers", "models"}:
            return (*now, item)
        if isinstance(now, tuple):
            return tuple(one for one in now if one != item)
        return min(now, item)


def any_plan(ask: RelaxationScope, problem: Problem, seconds: float, memory: Memory) -> Answer:
    """Shares that keep all rules of the `problem` that `ask` is about; timed out where it is not known.

    Of many offers promising ones are looked at first, and all only where few are left once those go that
    others beat.
    """
    some = _promising(problem)
    if bool((problem.eligible & ~some).any()):
        few = replace(ask, free=replace(ask.free, eligible=ask.free.eligible & some))
        answer = _any(ElasticModel(few, 0.0, {}), problem, seconds, memory)
        if answer.shares is not None:
            return answer
    model = ElasticModel(ask, 0.0, {})
    if len(model.x) > MAX_ELASTIC_PAIRS:
        return Answer("timed_out")
    return _any(model, problem, seconds, memory)


def _any(model: ElasticModel, problem: Problem, seconds: float, memory: Memory) -> Answer:
    """Any answer of the model; a plan where it keeps the rules to the last digit, else solved anew."""
    if len(np.unique(model.label)) < len(problem.labels):
        return Answer("infeasible")
    result = model.sheet.solve(np.zeros(model.sheet.width), seconds, 1e-9, presolve=False)
    if result.x is None:
        return Answer("infeasible" if result.status == 2 else "timed_out")
    shares = np.zeros(problem.cost.shape)
    shares[model.label, model.offer] = np.where(result.x[model.x] > USED_SHARE_TOL, result.x[model.x], 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    if meets(problem, shares):
        return Answer("optimal", shares)
    answer = found(replace(problem, eligible=problem.eligible & (shares > 0)), seconds, memory)
    return answer if answer.shares is not None else Answer("timed_out")


def _promising(problem: Problem) -> Bools:
    """(L, N) the eligible pairs, or of too many those that break their label's rules the least.

    Of those that break none, the models (or providers) that can serve the most labels come first.
    """
    if np.count_nonzero(problem.eligible) <= MAX_ELASTIC_PAIRS:
        return problem.eligible
    some, broken = ~np.isnan(problem.pin), np.full(problem.cost.shape, np.inf)
    for label in range(len(problem.labels)):
        ix = np.flatnonzero(problem.eligible[label])
        parts = wanting(problem, label, ix)
        broken[label, ix] = sum(
            np.maximum(p, 0.0) / max(float(np.abs(p).max(initial=0.0)), 1e-12) for p in parts
        )
    counted = problem.model if problem.max_models is not None else problem.provider
    serves = np.zeros((len(problem.labels), int(counted.max()) + 1))
    for label, row in enumerate(broken):
        serves[label, counted[row <= 0]] = 1
    wide = serves.sum(axis=0)[counted]
    for label, row in enumerate(broken):
        order = np.lexsort((problem.cost[label], -wide, row))
        some[label, order[: MAX_ELASTIC_PAIRS // len(problem.labels)]] = True
    return some & problem.eligible
