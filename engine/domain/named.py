"""The rules of a routing that can clash, by their paths, and the routing without some of them."""

from __future__ import annotations

from typing import Any

from .routing import Label, Limits, Routing

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
