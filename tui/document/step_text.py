"""An edit in words: `default · min_quality: ≥ 60 points → ≥ 61 points`."""

from __future__ import annotations

from ...engine.domain.rules import RulePath, find_spec, value_of
from .. import formatting
from .document import State
from .history import Step


def step_text(before: Step[State] | None, step: Step[State]) -> str:
    """What a step changed, from the one before it; None before the first."""
    if before is None:
        return "as opened"
    path = step.path
    rule = find_spec(path) if isinstance(path, RulePath) else None
    if step.what or rule is None or not isinstance(path, RulePath):
        return step.what or formatting.place(path)
    routings = before.value.routing, step.value.routing
    if any(path.section == "labels" and path.label not in routing.labels for routing in routings):
        return formatting.place(path)
    old, new = (formatting.limit_text(rule, value_of(routing, path)) for routing in routings)
    return formatting.place(path) if old == new else f"{formatting.place(path)}: {old} → {new}"
