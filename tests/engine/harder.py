"""A random routing, some of whose rules are made harder to keep."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from modelpick.engine import Routing
from modelpick.engine.domain.rules import rules_in_force, value_of, with_value

HARDER: dict[str, Callable[[Any, Random], Any]] = {  # what a rule says -> something that may be too much
    "min_quality": lambda v, r: min(v * r.uniform(1.0, 1.5), 100.0),
    "min_quality_each": lambda v, r: min(v * r.uniform(1.0, 1.5), 100.0),
    "min_share": lambda v, r: min(v * r.uniform(1.0, 6.0), 1.0),
    "context": lambda v, r: v * r.choice([1, 10, 40]),
    "max_latency": lambda v, r: v * r.uniform(0.1, 1.0),
    "budget": lambda v, r: v * r.uniform(0.3, 1.0),
    "max_provider_share": lambda v, r: v * r.uniform(0.3, 1.0),
    "max_models": lambda v, r: 1,
    "max_providers": lambda v, r: 1,
    "min_providers": lambda v, r: 3,
}
DOWN = {"min_quality", "min_quality_each", "min_share", "min_providers", "context"}
COUNTS = {"max_models", "max_providers", "min_providers"}


def name_of(path: str) -> str:
    return path.rpartition(".")[2]


def harder(routing: Routing, r: Random) -> Routing:
    for path in rules_in_force(routing):
        if name_of(path) in HARDER and r.random() < 0.6:
            value = HARDER[name_of(path)](value_of(routing, path), r)
            routing = with_value(routing, path, value) or routing
    return routing
