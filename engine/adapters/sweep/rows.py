"""What a worker does, here or on a cluster: routings in, rows out. A catalogue is compiled once a worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from datetime import date
from functools import lru_cache
from typing import Any

from ...domain.catalog import Catalog
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.shift import Shift
from ...solver.analysis.what_if import shifted_compiler
from ...solver.pick import Picker

Row = dict[str, Any]
RESULT = ("status", "objective", "cost", "quality", "gap", "models", "providers", "routes", "conflicts")
"""What a solve adds to a row: USD a month, quality 0-100, counts in use, label -> offer -> share as JSON."""


def solved(
    catalog: bytes, today: date, limit: float, batch: Sequence[tuple[str, str, str]]
) -> list[tuple[str, Row]]:
    """(key, row) of each (key, routing as JSON, shift as JSON); `limit` in seconds for each."""
    found = []
    for key, text, world in batch:
        picker = _shifted(catalog, today, world) if world else _picker(catalog, today)
        plan = picker.pick(Routing.model_validate_json(text), limit, mend=False)
        found.append((key, {"limit": limit, **row_of(plan)}))
    return found


@lru_cache(maxsize=2)
def _picker(catalog: bytes, today: date) -> Picker:
    return Picker(Catalog.model_validate_json(catalog), today)


@lru_cache(maxsize=16)
def _shifted(catalog: bytes, today: date, world: str) -> Picker:
    """Over other figures; what is remembered goes by the figures themselves, so that the worlds share it."""
    other = copy(_picker(catalog, today))
    other.compiler = shifted_compiler(other.compiler, Shift.model_validate_json(world))
    return other


def row_of(plan: Plan) -> Row:
    """The plan in one line."""
    routes = {
        name: {route.offer: round(route.share, 6) for route in label.routes}
        for name, label in plan.labels.items()
    }
    used = {offer for mix in routes.values() for offer in mix}
    return {
        "status": plan.status,
        "objective": plan.objective,
        "cost": plan.cost,
        "quality": plan.quality,
        "gap": plan.gap,
        "models": len({offer.partition("/")[2] for offer in used}) if plan.found else None,
        "providers": len({offer.partition("/")[0] for offer in used}) if plan.found else None,
        "routes": json.dumps(routes, ensure_ascii=False) if plan.found else "",
        "conflicts": " ".join(plan.conflicts),
    }
