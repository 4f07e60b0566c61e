"""What a change of the catalogue is worth to a routing: its routes at old and new prices, the best mix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ...domain.catalog import Catalog
from ...domain.plan import Plan
from ...domain.routing import Routing


@dataclass(frozen=True)
class Stakes:
    """USD a month of the same routes before and after, and the best plan after; None where there is none."""

    before: Plan
    after: Plan | None
    best: Plan


def stakes(routing: Routing, before: Catalog, after: Catalog, today: date) -> Stakes | None:
    """The routes are those in the file, else the best ones before. None where no mix keeps the rules."""
    from ...solver.pick import pick
    from .costing import own_routes, planned, priced

    mixes = own_routes(routing, before)
    if mixes is None:
        plan = pick(routing, before, today=today)
        if not plan.found:
            return None
        mixes = planned(routing, plan)
    there = all(offer in after.offers for mix in mixes.values() for offer in mix.shares)
    return Stakes(
        priced(routing, before, mixes, today),
        priced(routing, after, mixes, today) if there else None,
        pick(routing, after, today=today),
    )
