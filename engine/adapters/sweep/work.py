"""What a worker does, here or on a cluster: routings in, rows out. A catalogue is compiled once a worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from ...domain.catalog import Catalog
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...solver.pick import Picker

Row = dict[str, Any]
RESULT = ("status", "objective", "cost", "quality", "gap", "models", "providers", "routes", "conflicts")
"""What a solve adds to a row: USD a month, quality 0-100, counts in use, label -> offer -> share as JSON."""


def solved(
    catalog: bytes, today: date, limit: float, batch: Sequence[tuple[str, str]]
) -> list[tuple[str, Row]]:
    """(key, row) of each (key, routing as JSON); `limit` in seconds for each."""
    picker = _picker(catalog, today)
    found = []
    for key, text in batch:
        plan = picker.pick(Routing.model_validate_json(text), limit, mend=False)
        found.append((key, {"limit": limit, **row_of(plan)}))
    return found


@lru_cache(maxsize=2)
def _picker(catalog: bytes, today: date) -> Picker:
    return Picker(Catalog.model_validate_json(catalog), today)


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
