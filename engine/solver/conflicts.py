"""Which rules clash: a deletion filter over the named rules gives an irreducible infeasible subset."""

from __future__ import annotations

from typing import Any

from ..domain.routing import Label, Limits, Routing
from .feasible import Feasible, only

_WORKLOAD = {
    "requests", "input_tokens", "input_tokens_p95", "output_tokens", "cached", "cache_writes", "weight",
    "skills", "percentile", "batch", "routes", "fallbacks",
}  # fmt: skip
_SCALES = {"growth", "peak"}


def rules_in_force(routing: Routing) -> tuple[str, ...]:
    """Paths of every rule that narrows the choice, `limits.budget` or `labels.think.min_quality`.

    Maximising quality is one too: an unscored offer cannot serve it.
    """
    paths = ["objective"] if routing.objective == "quality" else []
    paths += [f"limits.{name}" for name in _set(routing.limits, Limits, _SCALES)]
    for key, label in routing.labels.items():
        paths += [f"labels.{key}.{name}" for name in _set(label, Label, _WORKLOAD)]
        paths += [f"labels.{key}.context"] if label.context is None else []
    return tuple(paths)


def without(routing: Routing, paths: set[str]) -> Routing:
    """The routing with these rules dropped. Values stay valid: a dropped rule only loosens."""
    limits = routing.limits.model_copy(update=_defaults(Limits, "limits", paths))
    labels = {
        key: label.model_copy(update=_defaults(Label, f"labels.{key}", paths))
        for key, label in routing.labels.items()
    }
    objective = "cost" if "objective" in paths else routing.objective
    return routing.model_copy(update={"objective": objective, "limits": limits, "labels": labels})


def conflicts(routing: Routing, test: Feasible) -> tuple[str, ...]:
    """One minimal set of rules that cannot hold together; empty when even no rule leaves an answer.

    Where time runs out the rules still clash, but fewer of them might. A label that cannot be served by
    itself is looked at alone; the whole then confirms what it says.
    """
    rules = rules_in_force(routing)
    if test.impossible(without(routing, set(rules))):
        return ()
    for label in reversed(routing.labels):
        alone = only(routing, label)
        if test.impossible(alone):
            found = _irreducible(alone, rules_in_force(alone), test)
            if all(test.possible(without(routing, {*rules} - {*found} | {rule})) for rule in found):
                return found
    return _irreducible(routing, rules, test)


def _irreducible(routing: Routing, rules: tuple[str, ...], test: Feasible) -> tuple[str, ...]:
    """The deletion filter: rules whose loss changes nothing go, as many as go together at once."""
    gone: set[str] = set()
    todo = [rules]
    while todo:
        some = todo.pop()
        if test.impossible(without(routing, gone | {*some})):
            gone |= {*some}
        elif len(some) > 1:
            half = len(some) // 2
            todo += [some[half:], some[:half]]
    return tuple(rule for rule in rules if rule not in gone)


def _set(value: Limits | Label, kind: type[Limits] | type[Label], skip: set[str]) -> list[str]:
    fields = kind.model_fields
    return [
        name
        for name in fields
        if name not in skip and getattr(value, name) != fields[name].get_default(call_default_factory=True)
    ]


def _defaults(kind: type[Limits] | type[Label], prefix: str, paths: set[str]) -> dict[str, Any]:
    update: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if f"{prefix}.{name}" in paths:
            default = field.get_default(call_default_factory=True)
            update[name] = 1e-9 if name == "context" else default
    return update
