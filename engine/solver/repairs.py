"""The smallest single changes that make an infeasible routing feasible, one per clashing rule.

Every rule's feasibility is monotone in its value, so the nearest value that works is found by bisection on a
grid of a hundredth of the rule's step; every value given has been solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np

from ..domain.plan import Repair
from ..domain.routing import Routing
from .answer import Answer
from .changes import default_of, facts_of, label_of, value_of, with_value
from .compiler import Compiler
from .conflicts import conflicts, feasibility, without
from .search import solve

_DOWN = {"min_quality": 0.0, "min_quality_each": 0.0, "min_share": 0.0, "percentile": 0.01, "context": 1.0}
_UP = {"max_latency": 1e6, "max_provider_share": 1.0}
_COUNTS = {"max_models": 1, "max_providers": 1, "min_providers": -1}
_LISTS = {"features", "allow", "deny", "providers", "deny_providers", "models", "deny_models", "pin"}


def repairs(
    routing: Routing, compiler: Compiler, paths: tuple[str, ...], seconds: float
) -> tuple[Repair, ...]:
    """For each of the clashing rules the nearest value that makes the whole routing feasible, cheapest first.

    A rule that cannot mend the routing on its own has none; nor do those for which `seconds` did not suffice.
    """
    bench = _Bench(routing, compiler, perf_counter() + seconds)
    found = [bench.repair(path) for path in paths]
    return tuple(sorted((r for r in found if r is not None), key=lambda r: (r.cost or 0.0, r.path)))


def together(routing: Routing, compiler: Compiler, seconds: float) -> tuple[Repair, ...]:
    """Changes that mend the routing together, where no single one does; none where `seconds` do not suffice.

    Out of every set of clashing rules one is let go; then each of them comes back as near to what it said as
    the others allow. The last change has what the routing then costs a month.
    """
    end, gone = perf_counter() + seconds, set[str]()
    while _Bench(routing, compiler, end).cost(feasibility(without(routing, gone))) is None:
        clash = conflicts(without(routing, gone), compiler, end - perf_counter())
        if not clash or perf_counter() > end:
            return ()
        gone.add(min(clash, key=_dear))
    now, found = routing, list[Repair]()
    for path in sorted(gone, key=_dear, reverse=True):
        gone.discard(path)
        bench = _Bench(without(now, gone), compiler, end)
        if bench.cost(feasibility(bench.routing)) is not None:
            continue  # what was changed before has mended this as well
        change = bench.repair(path)
        changed = None if change is None else with_value(now, path, change.to)
        if change is None or changed is None:
            return ()
        now, found = changed, [*found, change.model_copy(update={"cost": None})]
    if not found:  # nothing had to be let go: an earlier solve had only run out of time
        return ()
    return (*found[:-1], found[-1].model_copy(update={"cost": _Bench(now, compiler, end).cost(now)}))


def _dear(path: str) -> tuple[int, str]:
    """Rules in the order in which people let them go: money first, what an offer must have last."""
    ways = ("budget", *_UP, *_COUNTS, "min_share", "min_quality", "min_quality_each")
    name = path.rpartition(".")[2]
    return (ways.index(name) if name in ways else len(ways), path)


class _Bench:
    """Tries out changed routings."""

    def __init__(self, routing: Routing, compiler: Compiler, end: float) -> None:
        self.routing, self.compiler, self.end = routing, compiler, end

    def repair(self, path: str) -> Repair | None:
        """The nearest value of the rule at `path` that works."""
        name, now = path.rpartition(".")[2], value_of(self.routing, path)
        if not self._works(without(self.routing, {path})):
            return None
        for to in self._candidates(path, name, now):
            if (changed := with_value(self.routing, path, to)) is not None and (
                cost := self.cost(changed)
            ) is not None:
                return Repair(path=path, from_=_plain(now), to=_plain(to), cost=cost)
        return None

    def _candidates(self, path: str, name: str, now: Any) -> Iterator[Any]:
        """Values to try, nearest first; the last drops the rule."""
        if perf_counter() > self.end:
            return
        if name == "budget":
            least = self.cost(feasibility(without(self.routing, {path})))
            if least is not None:
                yield ceil(round(least * 100, 6)) / 100
        elif name in _COUNTS:
            least = 1 if name == "min_providers" else len(self.compiler.table.offers)
            yield from range(int(now) + _COUNTS[name], least, _COUNTS[name])
            yield least
        elif name in _DOWN or name in _UP:
            value = self._nearest(path, name, float(now))
            if value is not None:
                yield value
        elif name in _LISTS:
            yield from self._shorter(path, name, now)
        yield default_of(path)

    def _nearest(self, path: str, name: str, now: float) -> float | None:
        """The working value nearest to `now`, on the rule's grid."""
        grid = 1.0 if name == "context" else facts_of(path)["step"] / 100
        loosest = _DOWN[name] if name in _DOWN else _UP[name]
        sign = -1 if name in _DOWN else 1

        def at(steps: int) -> float:
            value = (now // grid + (steps if sign > 0 else 1 - steps)) * grid
            return round(max(value, loosest) if sign < 0 else min(value, loosest), 9)

        far = _first(
            lambda k: self._works(with_value(self.routing, path, at(k))),
            int(abs(loosest - now) / grid) + 2,
            self.end,
        )
        return None if far is None else at(far)

    def _shorter(self, path: str, name: str, now: Any) -> Iterator[Any]:
        """A list with one item less, or the fewest more that an allowing list needs."""
        if name in {"allow", "providers", "models"}:
            answer = solve(self.compiler.compile(feasibility(without(self.routing, {path}))), self._left())
            yield (*now, *sorted(self._used(answer, path, name) - set(now)))
        elif isinstance(now, dict):
            yield from ({key: share for key, share in now.items() if key != one} for one in now)
        else:
            yield from (tuple(item for item in now if item != one) for one in now)

    def _used(self, answer: Answer, path: str, name: str) -> set[str]:
        """The offers, providers or models that an answer uses where the rule applies."""
        if answer.shares is None:
            return set()
        rows = answer.shares
        if path.startswith("labels."):
            rows = rows[[list(self.routing.labels).index(label_of(path))]]
        table, used = self.compiler.table, np.flatnonzero(rows.any(axis=0))
        if name == "allow":
            return {table.offers[i] for i in used}
        if name == "providers":
            return {table.providers[p] for p in table.provider[used]}
        return {table.models[m] for m in table.model[used]}

    def _works(self, routing: Routing | None) -> bool:
        return routing is not None and self.cost(feasibility(routing)) is not None

    def cost(self, routing: Routing) -> float | None:
        """USD a month of the routing's best plan; None where there is none."""
        problem = self.compiler.compile(routing)
        answer = solve(problem, self._left())
        if answer.shares is None:
            return None
        rent = (
            float(answer.replicas @ problem.rent)
            if answer.replicas is not None and len(problem.rent)
            else 0.0
        )
        return float((problem.cost * answer.shares).sum()) + rent

    def _left(self) -> float:
        return max(self.end - perf_counter(), 0.05)


def _first(works: Callable[[int], bool], most: int, end: float) -> int | None:
    """The least k from 1 to `most` that works, for a test that goes on working; None where none does."""
    high = 1
    while not works(high):
        if high >= most or perf_counter() > end:
            return None
        high = min(high * 4, most)
    low = high // 4 if high > 1 else 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
        if perf_counter() > end:
            break  # `high` works, if it is not the nearest
    return high


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
