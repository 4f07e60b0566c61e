"""What mends an infeasible routing: the smallest change of each clashing rule, or several at once.

The bench on which changed routings are tried out: the nearest value of a rule that a plan can keep.

Every rule's feasibility is monotone in its value, so the nearest value that works is found by bisection on a
grid of a hundredth of the rule's step; every value given has been solved.

Changes that mend a routing together, where no single one does: solved anew, and as small as can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, inf
from typing import Any

from ...domain.plan import Repair
from ...domain.routing import Routing
from ...domain.rules import default_of, facts_of, label_of, value_of, with_value, without
from ..solution import Answer
from ..solve import found, solve
from .elastic_search import minimal_relaxation
from .feasibility import FeasibilityTest, as_cost_routing, label_alone
from .relaxation_scope import RelaxationScope, grid_of

_DOWN = {"min_quality": 0.0, "min_quality_each": 0.0, "min_share": 0.0, "percentile": 0.01, "context": 1.0}
_UP = {"max_latency": 1e6, "max_provider_share": 1.0}
_COUNTS = {"max_models": 1, "max_providers": 1, "min_providers": -1}
_LISTS = {"features", "allow", "deny", "providers", "deny_providers", "models", "deny_models", "pin"}


class RepairSearch:
    """Tries out changed routings."""

    def __init__(self, routing: Routing, test: FeasibilityTest) -> None:
        self.routing, self.test, self.compiler = routing, test, test.compiler

    def repair(self, path: str) -> Repair | None:
        """The nearest value of the rule at `path` that works."""
        name, now = path.rpartition(".")[2], value_of(self.routing, path)
        if self.test.late:
            return None
        if not self.test.possible(without(self.routing, {path})):
            return None
        for to in self._candidates(path, name, now):
            changed = with_value(self.routing, path, to)
            if changed is not None and self.test.possible(changed):
                return Repair(path=path, from_=plainly(now), to=plainly(to), cost=self.cost(changed))
        return None

    def _candidates(self, path: str, name: str, now: Any) -> Iterator[Any]:
        """Values to try, nearest first; the last drops the rule."""
        if self.test.late:
            return
        if name == "budget":
            least = self.cost(as_cost_routing(without(self.routing, {path})))
            if least is not None:
                yield ceil(round(least * 100, 6)) / 100
        elif name in _COUNTS:
            yield from self._counted(path, name, int(now))
        elif name in _DOWN or name in _UP:
            value = self._nearest(path, name, float(now))
            if value is not None:
                yield value
        elif name in _LISTS:
            yield from self._listed(path)
        if not self.test.late:
            yield default_of(path)

    def _counted(self, path: str, name: str, now: int) -> Iterator[int]:
        sign = _COUNTS[name]
        last = 1 if name == "min_providers" else len(self.compiler.table.offers)
        most = max(sign * (last - now), 1)
        steps = _first(lambda k: self._works(self._with(path, now + sign * k)), 0, most, self.test)
        if steps is not None:
            yield now + sign * steps

    def _nearest(self, path: str, name: str, now: float) -> float | None:
        """The working value nearest to `now`, on the rule's grid."""
        grid = 1.0 if name == "context" else facts_of(path)["step"] / 100
        loosest = _DOWN[name] if name in _DOWN else _UP[name]
        sign = -1 if name in _DOWN else 1

        def at(steps: int) -> float:
            value = (now // grid + (steps if sign > 0 else 1 - steps)) * grid
            return round(max(value, loosest) if sign < 0 else min(value, loosest), 9)

        most, label, low = int(abs(loosest - now) / grid) + 2, _label(path), 0
        if label is not None:  # what the label alone needs is quick to find, and mostly enough
            alone = label_alone(self.routing, label)
            first = _first(lambda k: self._works(with_value(alone, path, at(k))), 0, most, self.test)
            if first is None:
                return None
            if self._works(with_value(self.routing, path, at(first))):
                return at(first)
            low = first
        far = _first(lambda k: self._works(with_value(self.routing, path, at(k))), low, most, self.test)
        return None if far is None else at(far)

    def _listed(self, path: str) -> Iterator[Any]:
        """The list with the fewest items less, or where it allows, more: those of the cheapest such plan."""
        move = minimal_relaxation(RelaxationScope.of(self.routing, self.compiler, {path}), self.test.left)
        if move is not None:
            yield move.values[path]

    def _with(self, path: str, value: Any) -> Routing | None:
        return with_value(self.routing, path, value)

    def _works(self, routing: Routing | None) -> bool:
        return routing is not None and self.test.possible(routing)

    def cost(self, routing: Routing) -> float | None:
        """USD a month of the routing's best plan; None where there is none, or none was found in time.

        Where time is too short for the best of quality, that of the cheapest.
        """
        problem = self.compiler.compile(routing)
        answer = Answer("timed_out")
        if routing.objective == "quality":
            answer = solve(problem, self.test.left / 2)
        if answer.status == "timed_out":  # ties of cost cost the same
            problem = self.compiler.compile(as_cost_routing(routing))
            answer = found(problem, self.test.left, self.test.memory)
        if answer.shares is None:
            return None
        rent = (
            float(answer.replicas @ problem.rent)
            if answer.replicas is not None and len(problem.rent)
            else 0.0
        )
        return float((problem.cost * answer.shares).sum()) + rent


def _label(path: str) -> str | None:
    return label_of(path) if path.startswith("labels.") else None


def _first(works: Callable[[int], bool], low: int, most: int, test: FeasibilityTest) -> int | None:
    """The least k over `low`, to `most`, that works, where all beyond it work too; None where none does."""
    step, high = 1, low + 1
    while not works(high):
        if high >= most or test.late:
            return None
        low, step = high, step * 4
        high = min(low + step, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
        if test.late:
            break  # `high` works, if it is not the nearest
    return high


def plainly(value: Any) -> Any:
    """Tuples as lists, as a plan has them."""
    return list(value) if isinstance(value, tuple) else value


PART = 0.7  # of the time left that the elastic model gets; the rest is for solving its answer anew
WAYS = (
    "budget", "max_latency", "max_provider_share", "max_models", "max_providers", "min_providers",
    "min_share", "min_quality", "min_quality_each",
)  # fmt: skip
DOWN = {"min_quality", "min_quality_each", "min_share", "min_providers", "context"}


def combined_repair(routing: Routing, test: FeasibilityTest) -> tuple[Repair, ...]:
    """The nearest feasible routing as changes of its rules; none where time does not suffice.

    The relative movements of all rules in sum are the least (see nearest), and no rule can come a step of its
    grid nearer with the others as they are. The last change has what the routing then costs, USD a month.
    """
    move = minimal_relaxation(RelaxationScope.of(routing, test.compiler), PART * test.left)
    values = None if move is None else _feasible(routing, dict(move.values), test)
    if not values:
        return ()
    test.sure = move is not None and move.proven
    order = sorted(values, key=_dear, reverse=True)
    for path in order:
        _nearer(routing, values, path, test)
    changed = with_values(routing, values)
    cost = None if changed is None else RepairSearch(changed, test).cost(changed)
    if cost is None:
        return ()
    last = [path for path in order if path in values][-1]
    return tuple(
        Repair(
            path=path,
            from_=plainly(value_of(routing, path)),
            to=plainly(values[path]),
            cost=cost if path == last else None,
        )
        for path in order
        if path in values
    )


def with_values(routing: Routing, values: dict[str, Any]) -> Routing | None:
    """The routing with other values of some rules; None where that is no routing."""
    changed: Routing | None = routing
    for path, value in values.items():
        changed = None if changed is None else with_value(changed, path, value)
    return changed


def _feasible(routing: Routing, values: dict[str, Any], test: FeasibilityTest) -> dict[str, Any] | None:
    """The values, a step or two of each number further out where the solver's tolerance asks for it."""
    for _ in range(3):
        changed = with_values(routing, values)
        if changed is not None and test.possible(changed):
            return values
        values = {path: _stepped(path, value, 1) for path, value in values.items()}
    return None


def _nearer(routing: Routing, values: dict[str, Any], path: str, test: FeasibilityTest) -> None:
    """Brings one rule as near as the others allow; out of the values where it need not move at all."""
    if not isinstance(values[path], float):
        return
    others = {key: value for key, value in values.items() if key != path}
    closer = with_values(routing, {**others, path: _stepped(path, values[path], -1)})
    base = with_values(routing, others)
    if base is None or closer is None or not test.possible(closer):
        return
    if test.possible(base):
        del values[path]
        return
    repair = RepairSearch(base, test).repair(path)
    if repair is not None:
        values[path] = repair.to


def _stepped(path: str, value: Any, steps: int) -> Any:
    """A number so many steps of its grid further out; anything else as it is."""
    if not isinstance(value, float):
        return value
    down = path.rpartition(".")[2] in DOWN
    return max(round(value + (-steps if down else steps) * grid_of(path), 9), 0.0)


def _dear(path: str) -> tuple[int, str]:
    """Rules in the order in which people let them go: money first, what an offer must have last."""
    name = path.rpartition(".")[2]
    return (WAYS.index(name) if name in WAYS else len(WAYS), path)


def repairs(routing: Routing, paths: tuple[str, ...], test: FeasibilityTest) -> tuple[Repair, ...]:
    """For each of the clashing rules the nearest value that makes the whole routing feasible, cheapest first.

    A rule that cannot mend the routing on its own has none; nor do those for which time did not suffice.
    """
    bench = RepairSearch(routing, test)
    found = [bench.repair(path) for path in paths]
    return tuple(
        sorted((r for r in found if r is not None), key=lambda r: (inf if r.cost is None else r.cost, r.path))
    )
