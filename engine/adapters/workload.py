"""The workload of a routing: what is asked of its labels in a month, apart from their rules."""

from __future__ import annotations

from typing import Any

from ..domain.routing import Routing
from ..domain.rules import workload_fields


def with_workload(routing: Routing, basis: Routing) -> Routing:
    """`routing` with the requests, tokens, skill weights, growth and peak of `basis`.

    A label that is not in `basis` keeps its own, and its skill weights where `basis` weighs none.
    """
    labels = {}
    for name, label in routing.labels.items():
        other = basis.labels.get(name)
        changes: dict[str, Any] = {}
        if other is not None:
            changes = {field: getattr(other, field) for field in workload_fields("labels")}
            if other.skills:
                changes["skills"] = other.skills  # one measure of quality
        labels[name] = label.model_copy(update=changes)
    traffic = {field: getattr(basis.limits, field) for field in workload_fields("limits")}
    limits = routing.limits.model_copy(update=traffic)
    return routing.model_copy(update={"labels": labels, "limits": limits})


def requests(routing: Routing) -> float:
    """Requests a month of all labels, growth included."""
    return sum(label.requests for label in routing.labels.values()) * routing.limits.growth
