"""Whether the routes that a routing holds keep its rules on a catalogue, as of a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np

from ...domain.catalog import Catalog
from ...domain.errors import InputError, nearest
from ...domain.explanation import Break, RoutesCheck
from ...domain.formatting import retires_text
from ...domain.levels import full_name, spelled_out, with_canonical_names
from ...domain.plan import Plan
from ...domain.routing import Label, Routing
from ...domain.rules import without
from ..compile.compiler import Compiler
from ..compile.eligibility import eligibility_rules
from ..plan_builder import weak_fallbacks
from ..tolerances import EVEN_SHARES_TOL, LINKING_TOL, SHARE_TOL
from .evaluate import evaluate

_OF_ALL_LABELS = (
    "limits.max_provider_share",
    "limits.min_quality",
)  # a part of the labels says nothing about them


def check(
    routing: Routing,
    catalog: Catalog,
    today: date,
    *,
    retiring: float | None = None,
    max_cost: float | None = None,
) -> RoutesCheck:
    """The plan of a routing's own routes by the contract's formulas, and every rule that they break.

    Also broken: a label without routes, shares that do not add up to 1, offers that the catalogue does not
    have, those whose last day is at most `retiring` days away, and a cost above `max_cost` (USD a month).
    Labels whose routes cannot be priced are `unpriced`, and not in the plan. Raises InputError where no label
    has routes.
    """
    if not any(label.routes for label in routing.labels.values()):
        raise InputError("has no routes to check; modelpick solve -o writes them")
    catalog = spelled_out(catalog)
    routing = with_canonical_names(routing, catalog.models)
    compiler = Compiler(catalog, today)
    mixes = {name: _shares(label) for name, label in routing.labels.items()}
    broken = [
        each for name, label in routing.labels.items() for each in _broken_routes(name, label, compiler)
    ]
    index = compiler.table.index
    priced = [name for name, mix in mixes.items() if mix and all(offer in index for offer in mix)]
    plan, breaks = _evaluated(routing, compiler, {name: mixes[name] for name in priced})
    broken += breaks
    if retiring is not None:
        broken += _retiring(catalog, mixes, today, retiring)
    if max_cost is not None and plan is not None and (plan.cost or 0.0) > max_cost * (1 + LINKING_TOL):
        cost = plan.cost or 0.0
        figures = {"needed": max_cost, "has": cost, "by": cost - max_cost, "unit": "USD/mo"}
        broken.append(Break(rule="max_cost", reason="costs more than --max-cost", **figures))
    unpriced = tuple(name for name in routing.labels if name not in priced)
    return RoutesCheck(plan=plan, broken=tuple(broken), unpriced=unpriced)


def _shares(label: Label) -> dict[str, float]:
    """Offer -> share of 1; empty where the shares add up to nothing."""
    shares: dict[str, float] = {}
    for route in label.routes:
        shares[route.offer] = shares.get(route.offer, 0.0) + route.share
    total = sum(shares.values())
    if not total:
        return {}
    total = total if abs(total - 1) > SHARE_TOL else 1.0
    return {offer: share / total for offer, share in shares.items() if share}


def _broken_routes(name: str, label: Label, compiler: Compiler) -> Iterator[Break]:
    """What is wrong with a label's routes before any rule is asked about."""
    path, total = f"labels.{name}.routes", sum(route.share for route in label.routes)
    if not total:
        reason = "no routes" if not label.routes else "the shares add up to nothing"
        yield Break(rule=path, reason=reason, label=name)
    elif abs(total - 1) > EVEN_SHARES_TOL:
        reason = f"the shares add up to {total:.6g}, not 1; the figures are of parts of that"
        yield Break(
            rule=path, reason=reason, needed=1.0, has=total, by=abs(total - 1), unit="share", label=name
        )
    known = compiler.table.index
    for offer in dict.fromkeys(route.offer for route in label.routes):
        if offer not in known:
            reason = f"unknown offer {offer!r}{nearest(offer, known)}"
            yield Break(rule=path, reason=reason, label=name, offer=offer)


def _evaluated(
    routing: Routing, compiler: Compiler, mixes: Mapping[str, Mapping[str, float]]
) -> tuple[Plan | None, tuple[Break, ...]]:
    """The plan of these labels' mixes and what they break; None without any."""
    if not mixes:
        return None, ()
    if len(mixes) < len(routing.labels):
        part = {name: routing.labels[name] for name in mixes}
        routing = without(routing.model_copy(update={"labels": part}), _OF_ALL_LABELS)
    problem = compiler.compile(routing, every_limit=True)
    shares = np.zeros((len(problem.labels), len(problem.offers)))
    for row, name in enumerate(problem.labels):
        for offer, share in mixes[name].items():
            shares[row, compiler.table.index[offer]] = share
    plan, breaks = evaluate(routing, compiler, problem, shares)
    labels = {
        name: label_plan.model_copy(update={"fallbacks": routing.labels[name].fallbacks})
        for name, label_plan in plan.labels.items()
    }
    weak = weak_fallbacks(problem, {name: label.fallbacks for name, label in routing.labels.items()})
    notes = (*_lost_fallbacks(routing, compiler), *weak)
    return plan.model_copy(update={"labels": labels, "notes": notes}), breaks


def _lost_fallbacks(routing: Routing, compiler: Compiler) -> Iterator[str]:
    """A sentence for each fallback that could not take over; it breaks no rule as long as it does not."""
    index = compiler.table.index
    for name, label in routing.labels.items():
        rules = tuple(eligibility_rules(routing, compiler.table, name)) if label.fallbacks else ()
        for offer in label.fallbacks:
            path = f"labels.{name}.fallbacks"
            if offer not in index:
                yield f"{path}: unknown offer {offer!r}{nearest(offer, index)}"
            for rule in rules:
                if offer in index and rule.broken[index[offer]]:
                    yield f"{path}: {offer}: {rule.reason(index[offer])} ({rule.path})"


def _retiring(
    catalog: Catalog, mixes: Mapping[str, Mapping[str, float]], today: date, days: float
) -> Iterator[Break]:
    """The offers in use that are still there, and no longer than `days` days."""
    for name, mix in mixes.items():
        for offer in mix:
            last = catalog.offers[offer].retires if offer in catalog.offers else None
            if last is None or not today <= last <= today + timedelta(days=days):
                continue
            left = (last - today).days
            figures = {"needed": days, "has": float(left), "by": days - left, "unit": "days"}
            reason = f"{offer}: {retires_text(last, today)}"
            yield Break(rule=f"offers.{offer}.retires", reason=reason, label=name, offer=offer, **figures)


def with_limits(
    routing: Routing, catalog: Catalog, today: date, retiring: float | None, max_cost: float | None
) -> Routing:
    """The routing that also asks for what `retiring` (days) and `max_cost` (USD a month) ask."""
    limits, labels = routing.limits, routing.labels
    if max_cost is not None and (limits.budget is None or max_cost < limits.budget):
        limits = limits.model_copy(update={"budget": max_cost})
    if retiring is not None:
        last = today + timedelta(days=retiring)
        retiring_soon = [
            offer for offer, facts in catalog.offers.items() if facts.retires and facts.retires <= last
        ]
        soon = [full_name(offer, catalog.models) for offer in retiring_soon]
        labels = {
            name: label.model_copy(update={"deny": (*label.deny, *soon)}) for name, label in labels.items()
        }
    return routing.model_copy(update={"limits": limits, "labels": labels})
