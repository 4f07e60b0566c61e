"""A plan written into the routing it answers: routes, fallbacks and the [solution] table."""

from __future__ import annotations

from collections.abc import Sequence

from ...version import __version__
from ..domain.catalog import Catalog
from ..domain.plan import LabelPlan, Plan, PlannedRoute
from ..domain.routing import Label, Routing
from .catalog.file import catalog_hash
from .serialization import to_table

SHARE_DIGITS = 6


def stamped(routing: Routing, plan: Plan, catalog: Catalog, what_if: int = 0) -> Routing:
    """`routing` with `plan`'s answer filled in; shares have six digits and still add up to 1.

    `what_if`: so many figures of `catalog` were only tried.
    """
    values = to_table(routing)
    values["labels"] = {
        name: _with_routes(label, plan.labels.get(name)) for name, label in routing.labels.items()
    }
    values["solution"] = {
        "status": str(plan.status),
        "cost": None if plan.cost is None else round(plan.cost, 4),
        "quality": None if plan.quality is None else round(plan.quality, 4),
        "catalog_as_of": catalog.as_of,
        "catalog_hash": catalog_hash(catalog),
        "what_if": what_if or None,
        "counted": None if plan.counted is None or plan.counted == plan.quality else round(plan.counted, 4),
        "version": __version__,
    }
    return Routing.model_validate(values)


def _with_routes(label: Label, plan: LabelPlan | None) -> dict[str, object]:
    values = to_table(label)
    if plan is not None:
        shares = rounded_shares(plan.routes)
        values["routes"] = [{"offer": offer, "share": share} for offer, share in shares.items()]
        values["fallbacks"] = list(plan.fallbacks)
    return values


def rounded_shares(routes: Sequence[PlannedRoute]) -> dict[str, float]:
    """Rounded shares, the largest taking up what the rounding of the others left."""
    shares = {route.offer: round(route.share, SHARE_DIGITS) for route in routes}
    shares = {offer: share for offer, share in shares.items() if share > 0}
    if shares:
        largest = max(shares, key=lambda offer: shares[offer])
        others = sum(share for offer, share in shares.items() if offer != largest)
        shares[largest] = round(1 - others, SHARE_DIGITS)
    return shares
