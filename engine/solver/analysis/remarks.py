"""Remarks on a plan, by one more solve each: what caution costs, and what a mix of two would save."""

from __future__ import annotations

from ...domain.plan import Caution, Plan
from ...domain.routing import CAUTIOUS, Routing
from ...domain.scenario import outcome_of
from ...domain.solver_status import SolverStatus
from ..pick import Picker
from .scenario_solver import change_between, objective

MAX_SECONDS = 2.0  # it is a remark: a question that takes longer goes without
MIN_SAVING = 0.005  # USD a month, or points of quality: less is not said


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


def with_mix_saving(picker: Picker, routing: Routing, plan: Plan) -> Plan:
    """`plan` with what it would save if the labels with `max_models = 1` could mix two offers, all at once.

    One more solve, and none where no label is held to one offer; `mix_saves` is in USD a month, or where
    quality is maximised in its points. Only of an optimal plan, and None where a mix saves nothing.
    """
    single = [name for name, label in routing.labels.items() if label.max_models == 1 and not label.pin]
    if not single or plan.status != SolverStatus.OPTIMAL:
        return plan
    labels = {
        name: label.model_copy(update={"max_models": 2}) if name in single else label
        for name, label in routing.labels.items()
    }
    mixed = picker.pick(routing.model_copy(update={"labels": labels}), MAX_SECONDS, mend=False)
    if not mixed.found:
        return plan
    if plan.objective == "cost":
        saves = (plan.cost or 0.0) - (mixed.cost or 0.0)
    else:
        saves = (mixed.counted or 0.0) - (plan.counted or 0.0)
    gains = {name: _gain(plan, mixed, name) for name in single if len(mixed.labels[name].routes) > 1}
    mixes = dict(sorted(gains.items(), key=lambda gain: -gain[1]))
    if saves < MIN_SAVING or not mixes:
        return plan
    return plan.model_copy(update={"mix_saves": saves, "mix_labels": mixes})


def _gain(plan: Plan, mixed: Plan, name: str) -> float:
    """What one label saves, or gains in points."""
    old, new = plan.labels[name], mixed.labels[name]
    return old.cost - new.cost if plan.objective == "cost" else (new.counted or 0.0) - (old.counted or 0.0)
