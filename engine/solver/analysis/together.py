"""Several figures changed at once: the plan of other traffic and other prices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import with_value
from ..cache import Memory
from ..compile.compiler import Compiler
from .scenario_solver import World, grown, priced


def changed(routing: Routing, growth: float = 1.0, requests: Mapping[str, float] | None = None) -> Routing:
    """The routing with all traffic, and that of labels, times factors. Raises InputError."""
    found = with_value(routing, "limits.growth", routing.limits.growth * growth)
    if found is None:
        raise InputError(f"growth x{growth:g} is out of range", key="growth")
    for label, factor in (requests or {}).items():
        if label not in routing.labels:
            raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="requests")
        found = grown(found, factor, label)
    return found


def plan_with(
    routing: Routing,
    compiler: Compiler,
    *,
    growth: float = 1.0,
    requests: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    seconds: float = 10.0,
    memory: Memory | None = None,
) -> Plan:
    """The best plan with traffic times `growth`, labels' requests and providers' prices times their factors.

    The provider "" stands for all of them. Rent and fees stay. Raises InputError for an unknown name.
    """
    table = compiler.table
    factor = np.ones(len(table.offers))
    for provider, by in (prices or {}).items():
        if provider and provider not in table.providers:
            raise InputError(f"no provider {provider!r}{nearest(provider, table.providers)}", key="prices")
        mine = table.provider == table.providers.index(provider) if provider else np.ones(len(factor), bool)
        factor = factor * np.where(mine, by, 1.0)
    world = World(compiler, seconds, memory).over(priced(table, factor))
    return world.plan(changed(routing, growth, requests))
