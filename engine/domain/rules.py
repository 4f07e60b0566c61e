"""Rules by their path, `limits.budget` or `labels.think.min_quality`: what they say, and other values.

The rules of a routing that can clash, by their paths, and the routing without some of them.
"""

from __future__ import annotations

from typing import Any

from .routing import Label, Limits, Routing


def owner_of(routing: Routing, path: str) -> tuple[Routing | Limits | Label, str]:
    """(routing, limits or label, field) of a rule."""
    name = path.rpartition(".")[2]
    if path == name:
        return routing, name
    return (routing.limits if path.startswith("limits.") else routing.labels[label_of(path)]), name


def label_of(path: str) -> str:
    """The label's name, which may hold dots itself."""
    return path.partition(".")[2].rpartition(".")[0]


def value_of(routing: Routing, path: str) -> Any:
    """What the rule says; the window that a label asks for without saying so, too."""
    owner, name = owner_of(routing, path)
    value = getattr(owner, name)
    return owner.fits if value is None and name == "context" and isinstance(owner, Label) else value


def with_value(routing: Routing, path: str, value: Any) -> Routing | None:
    """The routing with another value of one rule; None where that is no routing."""
    owner, name = owner_of(routing, path)
    try:
        changed = type(owner).model_validate({**owner.model_dump(), name: value})
    except ValueError:
        return None
    if isinstance(changed, Routing):
        return changed
    if isinstance(changed, Limits):
        return routing.model_copy(update={"limits": changed})
    return routing.model_copy(update={"labels": {**routing.labels, label_of(path): changed}})


def facts_of(path: str) -> dict[str, Any]:
    """Help, unit and step of a rule, as its field states them."""
    facts: dict[str, Any] = _field(path).json_schema_extra
    return facts


def default_of(path: str) -> Any:
    """What the rule is where nobody has set it."""
    return _field(path).get_default(call_default_factory=True)


def _field(path: str) -> Any:
    owner = Limits if path.startswith("limits.") else Label if path.startswith("labels.") else Routing
    return owner.model_fields[path.rpartition(".")[2]]


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
