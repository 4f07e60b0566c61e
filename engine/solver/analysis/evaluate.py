"""Given mixes, whoever chose them: their plan by the contract's formulas, and every rule they break."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...domain.explanation import Break
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome
from ...domain.solver_status import SolverStatus
from ..compile.compiler import Compiler
from ..compile.eligibility import eligibility_rules
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..coverage import best_coverage
from ..plan_builder import build_plan
from ..solution import Solution, replicas_for
from ..tolerances import JUDGED_RULE_TOL, SHARE_ROUNDING

_RATE_UNITS = {
    "rpm": "requests a minute",
    "tpm": "tokens a minute",
    "itpm": "input tokens a minute",
    "otpm": "output tokens a minute",
    "rpd": "requests a day",
    "tpd": "tokens a day",
}


def evaluate(
    routing: Routing, compiler: Compiler, problem: Problem, shares: Floats
) -> tuple[Plan, tuple[Break, ...]]:
    """The plan of (L, N) shares that add up to 1 a label, and the rules they break, each once a label.

    Replicas are as many as the shares need.
    """
    replicas = replicas_for(problem, shares)
    plan = build_plan(routing, compiler, problem, Solution(SolverStatus.FEASIBLE, shares, replicas, 0.0, 0.0))
    breaks = (
        *_broken_by_offers(routing, compiler, shares),
        *_broken_by_mixes(routing, problem, plan, shares),
        *_broken_across_labels(routing, compiler.table, problem, shares, replicas),
    )
    return plan.model_copy(update={"gap": None}), breaks


def shares_of(outcome: Outcome, routing: Routing, offers: tuple[str, ...]) -> Floats:
    """(L, N) the shares of an outcome's mixes."""
    index = {offer: i for i, offer in enumerate(offers)}
    shares = np.zeros((len(routing.labels), len(offers)))
    for row, label in enumerate(routing.labels):
        for offer, share in outcome.mixes[label].items():
            shares[row, index[offer]] = share
    return shares


def offers_in_use(outcome: Outcome, offers: tuple[str, ...]) -> Bools:
    """(N,) whether each offer is in some mix."""
    in_use = {offer for mix in outcome.mixes.values() for offer in mix}
    return np.array([offer in in_use for offer in offers], dtype=bool)


def _broken_by_offers(routing: Routing, compiler: Compiler, shares: Floats) -> Iterator[Break]:
    """Offers that may not serve their label."""
    for row, name in enumerate(routing.labels):
        used = shares[row] > 0
        for rule in eligibility_rules(routing, compiler.table, name):
            for i in np.flatnonzero(used & rule.broken).tolist():
                offer, broken = compiler.table.offers[i], rule.as_break(i)
                reason = f"{offer}: {broken.reason}"
                yield broken.model_copy(update={"reason": reason, "label": name, "offer": offer})


def _broken_by_mixes(routing: Routing, p: Problem, plan: Plan, shares: Floats) -> Iterator[Break]:
    """Rules on a label's whole mix."""
    for row, name in enumerate(p.labels):
        label, mix, used = routing.labels[name], shares[row], np.flatnonzero(shares[row] > 0)
        quality = float(mix[used] @ p.quality[row, used])
        late, pins = float(mix @ p.late[row]), np.flatnonzero(~np.isnan(p.pin[row]))
        providers = len(np.unique(p.provider[used]))
        smallest = float(mix[used].min(initial=1.0))
        off_pin = float(np.abs(mix[pins] - p.pin[row, pins]).max(initial=0.0))
        pinned = {p.offers[i]: float(mix[i]) for i in pins.tolist()}
        floor, least = float(p.min_quality[row]), float(p.min_share[row])
        latency = plan.labels[name].latency
        checks: tuple[tuple[str, bool, str, dict[str, Any]], ...] = (
            (
                "min_quality",
                quality < floor - _tolerance(p.quality[row, used]),
                _quality_text(plan.labels[name].quality, quality),
                _figures(floor, quality, "points"),
            ),
            (
                "max_latency",
                late > p.max_late[row] + _tolerance(p.late[row, used]),
                f"{late:.1%} of the requests are late",
                _figures(label.latency_limit, latency, "s"),
            ),
            (
                "max_models",
                len(used) > p.max_offers[row],
                f"{len(used)} offers",
                _figures(label.max_models, len(used), "offers"),
            ),
            (
                "min_share",
                smallest < least - JUDGED_RULE_TOL,
                f"a share of {smallest:.1%}",
                _figures(least, smallest, "share"),
            ),
            (
                "min_providers",
                providers < p.min_providers[row],
                f"{providers} of {p.min_providers[row]}",
                _figures(label.min_providers, providers, "providers"),
            ),
            (
                "pin",
                off_pin > JUDGED_RULE_TOL * max(1, len(used)),
                "not the pinned shares",
                {"needed": dict(label.pinned), "has": pinned, "by": off_pin, "unit": "share"},
            ),
        )
        for rule, broken, reason, figures in checks:
            if broken:
                yield Break(rule=f"labels.{name}.{rule}", reason=reason, label=name, **figures)


def _quality_text(quality: float | None, counted: float) -> str:
    """A mix's quality, and what of it counts at the confidence that is asked for."""
    if quality is None or abs(quality - counted) < 0.05:
        return f"quality {counted:.1f}"
    return f"quality {quality:.1f}, of which {counted:.1f} counts"


def _broken_across_labels(
    routing: Routing, table: OfferTable, p: Problem, shares: Floats, replicas: Ints
) -> Iterator[Break]:
    used = (shares > 0).any(axis=0)
    counts = (("models", p.model, p.max_models), ("providers", p.provider, p.max_providers))
    for counted, codes, limit in counts:
        count = len(np.unique(codes[used]))
        if limit is not None and count > limit:
            figures = _figures(limit, count, counted)
            yield Break(rule=f"limits.max_{counted}", reason=f"{count} {counted}, at most {limit}", **figures)
    for rule in p.linking:
        if rule.replica_of >= 0:
            continue  # as many replicas as it takes
        load = float((rule.coef * shares[:, rule.offers]).sum())
        load += float(rule.fixed_coef @ replicas) if rule.fixed_coef is not None else 0.0
        load += best_coverage(p, shares).cost / rule.usd if rule.usd else 0.0
        rounding = SHARE_ROUNDING * float((rule.coef * (shares[:, rule.offers] > 0)).sum())
        if load > rule.limit + JUDGED_RULE_TOL * max(1.0, abs(rule.limit)) + rounding:
            yield _over_limit(routing, table, rule, load)


def _over_limit(routing: Routing, table: OfferTable, rule: LinkingConstraint, load: float) -> Break:
    """What a rule across labels allows and what the routes take of it, in the rule's own unit."""
    limits, relative = routing.limits, load / rule.limit if rule.limit else np.inf
    if rule.path == "limits.budget":
        budget = limits.budget or 0.0
        figures = _figures(budget, load * budget if budget else load, "USD/mo")
        return Break(rule=rule.path, reason=f"costs {relative:.0%} of the budget", **figures)
    if rule.path == "limits.min_quality":
        mean = 100 - load * rule.scale
        figures = _figures(100 - rule.limit * rule.scale, mean, "points")
        return Break(rule=rule.path, reason=f"quality {mean:.1f} on average", **figures)
    first = int(rule.offers[0])
    if rule.path == "limits.max_provider_share":
        provider = table.providers[int(table.provider[first])]
        reason = f"{provider} has {relative:.0%} of the share it may have"
        return Break(rule=rule.path, reason=reason, **_figures(limits.max_provider_share, load, "share"))
    kind = rule.path.rpartition(".")[2]
    allowed = float(getattr(table, kind)[first])
    figures = _figures(allowed, allowed * load, _RATE_UNITS[kind])
    return Break(rule=rule.path, reason=f"{relative:.0%} of the limit", offer=table.offers[first], **figures)


def _figures(needed: float | None, has: float | None, unit: str) -> dict[str, Any]:
    """What a rule needs, what the routes have, and how far these are apart."""
    apart = None if needed is None or has is None else abs(needed - has)
    return {"needed": needed, "has": has, "by": apart, "unit": unit}


def _tolerance(coefficients: Floats) -> float:
    """Of a sum of a mix's figures, whose shares are rounded in a file."""
    return JUDGED_RULE_TOL + SHARE_ROUNDING * float(np.abs(coefficients).sum())
