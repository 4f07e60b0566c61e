"""What it costs to be surer of quality: the best plan at a confidence against the best one without it."""

from __future__ import annotations

from ...domain.plan import Caution, Plan
from ...domain.routing import CAUTIOUS, Routing
from ...domain.scenario import outcome_of
from ..pick import Picker
from .scenario_solver import change_between, objective


def cautious(routing: Routing) -> Routing:
    """The routing at a confidence of 0.9 where it asks for less; a label's own confidence stays."""
    confidence = max(routing.limits.confidence, CAUTIOUS)
    limits = routing.limits.model_copy(update={"confidence": confidence})
    return routing.model_copy(update={"limits": limits})


def cost_of_caution(picker: Picker, routing: Routing, plan: Plan, time_limit: float | None = None) -> Caution:
    """What the `plan` of the cautious routing costs against the best of the routing as it is."""
    best = outcome_of(picker.pick(routing, time_limit, mend=False))
    change = change_between(objective(routing, best), objective(routing, outcome_of(plan)))
    premium = -change if change and routing.objective == "quality" else change
    return Caution(face=objective(routing, best), premium=premium)
