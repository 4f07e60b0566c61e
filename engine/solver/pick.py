"""The engine's front door: a routing and a catalogue in, a plan out."""

from __future__ import annotations

from datetime import date
from time import perf_counter

from ..domain.catalog import Catalog
from ..domain.levels import spelled_out
from ..domain.plan import REPAIRS_CUT, Plan
from ..domain.routing import Routing
from ..domain.solver_status import SolverStatus
from .cache import SolveCache
from .compile.compiler import Compiler
from .deadline import Deadline
from .explain.conflicts import conflicts, reason_beyond_rules
from .explain.feasibility import FeasibilityTest
from .explain.repairs import combined_repair, repairs
from .plan_builder import build_plan
from .solve import solve
from .tolerances import CONFLICT_TIME, DEFAULT_SECONDS, MAX_REPAIR_SECONDS

NEAR = "time was out before the changes that help together were proven the nearest"
HASTY = "time was out before the clashing rules were the fewest: some of those named may not be to blame"


def pick(routing: Routing, catalog: Catalog, *, today: date, time_limit: float | None = None) -> Plan:
    """The plan of least cost (USD a month), or of most quality within the budget, that keeps every rule.

    `today`: offers whose last day is over serve nothing. `time_limit`: seconds until the best plan found is
    taken (status FEASIBLE, with its gap) or there is none (TIMED_OUT); None: DEFAULT_SECONDS. Where no plan
    keeps the rules (INFEASIBLE) it has the rules that conflict and what mends them. Raises InputError for a
    name that the catalogue does not have, or a floor that is a model's whose quality is not known.
    """
    return Picker(catalog, today).pick(routing, time_limit)


def rounded_pin_notes(routing: Routing) -> tuple[str, ...]:
    """What is said of pinned shares that were meant to add up to 1."""
    return tuple(
        f"labels.{name}.pin: the shares add up to {sum(label.pin.values()):.9g}; scaled to 1"
        for name, label in routing.labels.items()
        if label.pins_rounded
    )


class Picker:
    """Picks over one catalogue; what an edit leaves alone is not computed again."""

    def __init__(self, catalog: Catalog, today: date) -> None:
        self.catalog, self.today = spelled_out(catalog), today
        self.compiler = Compiler(self.catalog, today)
        self.cache, self.feasibility_cache = SolveCache(), SolveCache()

    def pick(self, routing: Routing, time_limit: float | None = None, *, mend: bool = True) -> Plan:
        """The plan of a routing, as `pick` gives it; without `mend` an infeasible one has no repairs."""
        start = perf_counter()
        limit = DEFAULT_SECONDS if time_limit is None else time_limit
        routing = self.compiler.resolved(routing)
        problem = self.compiler.compile(routing)
        answer = solve(problem, limit, self.cache)
        plan = build_plan(routing, self.compiler, problem, answer)
        plan = plan.model_copy(update={"notes": (*plan.notes, *rounded_pin_notes(routing))})
        if answer.status == SolverStatus.INFEASIBLE:
            left = max(limit - (perf_counter() - start), MAX_REPAIR_SECONDS)
            seconds = left if time_limit is None else min(limit, MAX_REPAIR_SECONDS)
            plan = self._explained(routing, plan, seconds, mend)
        return plan.model_copy(update={"seconds": perf_counter() - start})

    def _explained(self, routing: Routing, plan: Plan, seconds: float, mend: bool) -> Plan:
        """With the rules that clash and what mends them."""
        whole = Deadline.after(seconds)  # the clash may not take the time that the repairs need
        test = FeasibilityTest(self.compiler, whole.within(CONFLICT_TIME * seconds), self.feasibility_cache)
        clash = conflicts(routing, test)
        notes = (*plan.notes, HASTY) if test.deadline.passed else plan.notes
        test.deadline = whole.within(MAX_REPAIR_SECONDS)
        mended = repairs(routing, clash, test) if mend else ()
        notes = (*notes, REPAIRS_CUT) if mend and clash and test.deadline.passed else notes
        more = combined_repair(routing, test) if clash and mend and not mended else ()
        notes = notes if test.proven else (*notes, NEAR)
        notes = notes if clash else (*notes, reason_beyond_rules(routing, test))
        return plan.model_copy(
            update={"conflicts": clash, "repairs": mended, "together": more, "notes": notes}
        )
