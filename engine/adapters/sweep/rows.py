"""What a worker does, here or on a cluster: routings in, rows out. A catalogue is compiled once a worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from datetime import date
from functools import lru_cache
from typing import Any

from ...domain.catalog import Catalog
from ...domain.levels import base_name
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Shift
from ...solver.analysis.what_if import shifted_compiler
from ...solver.pick import Picker

Row = dict[str, Any]
Question = tuple[str, str, str]
"""The row's key, the routing and the shift as JSON; an empty shift leaves the catalogue's figures."""

PLAN_COLUMNS = (
    "status",
    "objective",
    "cost",
    "quality",
    "counted",
    "gap",
    "models",
    "providers",
    "routes",
    "conflicts",
)
"""What a solve adds to a row: USD a month, points (0-100), counts in use, label -> offer -> share as JSON."""


def solve_batch(
    catalog: bytes, today: date, limit: float, batch: Sequence[Question]
) -> list[tuple[str, Row]]:
    """(key, row) of each question, over a catalogue as JSON; `limit` in seconds for each."""
    rows = []
    for key, routing, shift in batch:
        picker = _shifted_picker(catalog, today, shift) if shift else _picker(catalog, today)
        plan = picker.pick(Routing.model_validate_json(routing), limit, mend=False)
        rows.append((key, {"limit": limit, **_plan_row(plan, picker)}))
    return rows


@lru_cache(maxsize=2)
def _picker(catalog: bytes, today: date) -> Picker:
    return Picker(Catalog.model_validate_json(catalog), today)


@lru_cache(maxsize=16)
def _shifted_picker(catalog: bytes, today: date, shift: str) -> Picker:
    """A picker over shifted figures; its cache goes by the figures themselves, so all share it."""
    picker = copy(_picker(catalog, today))
    picker.compiler = shifted_compiler(picker.compiler, Shift.model_validate_json(shift))
    return picker


def _plan_row(plan: Plan, picker: Picker) -> Row:
    """The PLAN_COLUMNS of a plan."""
    routes = {
        name: {route.offer: round(route.share, 6) for route in label.routes}
        for name, label in plan.labels.items()
    }
    used, models = {offer for mix in routes.values() for offer in mix}, picker.catalog.models
    return {
        "status": str(plan.status),
        "objective": plan.objective,
        "cost": plan.cost,
        "quality": plan.quality,
        "counted": plan.counted,
        "gap": plan.gap,
        "models": len({base_name(offer.partition("/")[2], models) for offer in used}) if plan.found else None,
        "providers": len({offer.partition("/")[0] for offer in used}) if plan.found else None,
        "routes": json.dumps(routes, ensure_ascii=False) if plan.found else "",
        "conflicts": " ".join(plan.conflicts),
    }
