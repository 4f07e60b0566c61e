"""What labels that are held to one model give away by it: the plan if they could mix two."""

from __future__ import annotations

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.solver_status import SolverStatus
from ..pick import Picker

MAX_SECONDS = 2.0  # it is a remark: a question that takes longer goes without
MIN_SAVING = 0.005  # USD a month, or points of quality: less is not said


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
