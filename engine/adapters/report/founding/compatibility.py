"""How the plan fits the routers that modelpick writes for: as it is, or what each of them lacks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ....domain.catalog import Catalog
from ....domain.plan import Plan
from ....domain.routing import Routing
from ...routers import ROUTERS, router_module
from ...routers.approximate import FitProblem, has_several_levels, splits_a_cache
from ...routers.base import DEFAULT_THRESHOLD, Mix


@dataclass(frozen=True)
class RouterFit:
    """A router, and what keeps it from running the plan as it is.

    `unreached` are offers in use that it cannot call (at their reasoning level), `dropped` labels that it has
    no place for, `unsplit` labels whose mix it cannot write, or splits request by request and so their prompt
    cache; `loses_fallbacks` whether it has none.
    """

    name: str
    title: str
    unreached: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unsplit: tuple[str, ...] = ()
    loses_fallbacks: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it routes as the plan says; fallbacks apart."""
        return not (self.unreached or self.dropped or self.unsplit)


def router_fits(routing: Routing, plan: Plan, catalog: Catalog, today: date) -> tuple[RouterFit, ...]:
    """One fit for each router; nothing is solved: `modelpick export` says what a router can do instead."""
    mixes = {
        name: Mix(
            routing.labels[name],
            {route.offer: route.share for route in label.routes if route.share > 0},
            label.fallbacks,
        )
        for name, label in plan.labels.items()
    }
    used = {offer for mix in mixes.values() for offer in mix.shares}
    in_use = catalog.model_copy(update={"offers": {key: catalog.offers[key] for key in sorted(used)}})
    return tuple(_fit(name, routing, in_use, today, mixes) for name in ROUTERS)


def _fit(name: str, routing: Routing, catalog: Catalog, today: date, mixes: Mapping[str, Mix]) -> RouterFit:
    target = router_module(name).TARGET
    dropped = [label for label in mixes if target.labels is not None and label not in target.labels]
    kept = {label: mix for label, mix in mixes.items() if label not in dropped}
    problem = FitProblem(routing, catalog, target, today, DEFAULT_THRESHOLD)
    if target.one_level and has_several_levels(problem, kept):
        problem = replace(problem, levels=False)
    unreached = {
        offer for label, mix in kept.items() for offer in mix.shares if offer not in problem.supported(label)
    }
    unsplit = [
        label
        for label, mix in kept.items()
        if (len(mix.shares) > 1 and not target.mixes) or (target.per_request and splits_a_cache(mix))
    ]
    loses = not target.fallbacks and any(mix.fallbacks for mix in kept.values())
    return RouterFit(
        *(name, target.title, tuple(sorted(unreached)), tuple(dropped), tuple(unsplit)), loses_fallbacks=loses
    )
