"""What mends an infeasible routing: the smallest change of each clashing rule, or several at once."""

from __future__ import annotations

from math import inf

from ...domain.plan import Repair
from ...domain.routing import Routing
from .bench import Bench
from .feasibility import Feasible
from .mend import together

__all__ = ["repairs", "together"]


def repairs(routing: Routing, paths: tuple[str, ...], test: Feasible) -> tuple[Repair, ...]:
    """For each of the clashing rules the nearest value that makes the whole routing feasible, cheapest first.

    A rule that cannot mend the routing on its own has none; nor do those for which time did not suffice.
    """
    bench = Bench(routing, test)
    found = [bench.repair(path) for path in paths]
    return tuple(
        sorted((r for r in found if r is not None), key=lambda r: (inf if r.cost is None else r.cost, r.path))
    )
