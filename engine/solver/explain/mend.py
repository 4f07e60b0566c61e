"""Changes that mend a routing together, where no single one does: solved anew, and as small as can be."""

from __future__ import annotations

from typing import Any

from ...domain.plan import Repair
from ...domain.routing import Routing
from ...domain.rules import value_of, with_value
from .ask import Ask, grid_of
from .bench import Bench, plainly
from .elastic_search import nearest
from .feasibility import Feasible

PART = 0.7  # of the time left that the elastic model gets; the rest is for solving its answer anew
WAYS = (
    "budget", "max_latency", "max_provider_share", "max_models", "max_providers", "min_providers",
    "min_share", "min_quality", "min_quality_each",
)  # fmt: skip
DOWN = {"min_quality", "min_quality_each", "min_share", "min_providers", "context"}


def together(routing: Routing, test: Feasible) -> tuple[Repair, ...]:
    """The nearest feasible routing as changes of its rules; none where time does not suffice.

    The relative movements of all rules in sum are the least (see nearest), and no rule can come a step of its
    grid nearer with the others as they are. The last change has what the routing then costs, USD a month.
    """
    move = nearest(Ask.of(routing, test.compiler), PART * test.left)
    values = None if move is None else _feasible(routing, dict(move.values), test)
    if not values:
        return ()
    test.sure = move is not None and move.proven
    order = sorted(values, key=_dear, reverse=True)
    for path in order:
        _nearer(routing, values, path, test)
    changed = with_values(routing, values)
    cost = None if changed is None else Bench(changed, test).cost(changed)
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


def _feasible(routing: Routing, values: dict[str, Any], test: Feasible) -> dict[str, Any] | None:
    """The values, a step or two of each number further out where the solver's tolerance asks for it."""
    for _ in range(3):
        changed = with_values(routing, values)
        if changed is not None and test.possible(changed):
            return values
        values = {path: _stepped(path, value, 1) for path, value in values.items()}
    return None


def _nearer(routing: Routing, values: dict[str, Any], path: str, test: Feasible) -> None:
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
    repair = Bench(base, test).repair(path)
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
