"""The workload of a routing: what is asked of its labels in a month, apart from their rules."""

from __future__ import annotations

from typing import Any

from ..domain.routing import Routing

FIELDS = (
    "requests",
    "input_tokens",
    "input_tokens_p95",
    "output_tokens",
    "cached",
    "cache_writes",
    "context",
    "batch",
    "percentile",
)


def with_workload(routing: Routing, basis: Routing) -> Routing:
    """`routing` with the requests, tokens, skill weights, growth and peak of `basis`.

    A label that is not in `basis` keeps its own, and its skill weights where `basis` weighs none.
    """
    labels = {}
    for name, label in routing.labels.items():
        other = basis.labels.get(name)
        changes: dict[str, Any] = {} if other is None else {field: getattr(other, field) for field in FIELDS}
        if other is not None and other.skills:
            changes["skills"] = other.skills  # one measure of quality
        labels[name] = label.model_copy(update=changes)
    traffic = {"growth": basis.limits.growth, "peak": basis.limits.peak}
    limits = routing.limits.model_copy(update=traffic)
    return routing.model_copy(update={"labels": labels, "limits": limits})


def requests(routing: Routing) -> float:
    """Requests a month of all labels, growth included."""
    return sum(label.requests for label in routing.labels.values()) * routing.limits.growth
