"""Shares back to words: every figure of a plan recomputed from the contract's formulas."""

from __future__ import annotations

import numpy as np

from ..domain.plan import LabelPlan, Plan, PlannedRoute
from ..domain.routing import Label, Routing
from .answer import Answer
from .compiler import Compiler
from .cost import median_latency
from .normal import late_share, mix_percentile
from .problem import Floats, Problem

FALLBACKS = 3


def plan_of(routing: Routing, compiler: Compiler, problem: Problem, answer: Answer) -> Plan:
    """The plan of an answer. `cost` counts self-hosted rent; `gap` is relative to the proven bound."""
    if answer.shares is None:
        status = "infeasible" if answer.status == "infeasible" else "timed_out"
        return Plan(status=status, objective=routing.objective)
    labels = {
        name: _label_plan(routing, compiler, problem, row, answer.shares[row])
        for row, name in enumerate(problem.labels)
    }
    replicas = answer.replicas if answer.replicas is not None else np.zeros(len(problem.hosts), np.int64)
    rent = float(replicas @ problem.rent) if len(problem.hosts) else 0.0
    return Plan(
        status="optimal" if answer.status == "optimal" else "feasible",
        objective=routing.objective,
        cost=sum(label.cost for label in labels.values()) + rent,
        quality=_total_quality(routing, labels),
        gap=0.0 if answer.status == "optimal" else _gap(answer),
        labels=labels,
        replicas={problem.offers[h]: int(n) for h, n in zip(problem.hosts, replicas, strict=True) if n},
    )


def _gap(answer: Answer) -> float:
    return float(max(0.0, answer.value - answer.bound) / max(abs(answer.value), 1e-12))


def _total_quality(routing: Routing, labels: dict[str, LabelPlan]) -> float | None:
    """The weight-averaged mean over labels; None where one label's quality is unknown."""
    total = sum(label.weight for label in routing.labels.values())
    got = [(routing.labels[name].weight, plan.quality) for name, plan in labels.items()]
    if not total:
        return None
    known = [(w, q) for w, q in got if q is not None]
    return sum(w * q for w, q in known) / total if len(known) == len(got) else None


def _label_plan(
    routing: Routing, compiler: Compiler, problem: Problem, row: int, shares: Floats
) -> LabelPlan:
    label = routing.labels[problem.labels[row]]
    used = sorted(np.flatnonzero(shares), key=lambda i: (-shares[i], problem.offers[i]))
    routes = tuple(_route(label, compiler, problem, row=row, i=int(i), share=float(shares[i])) for i in used)
    parts = [
        (float(shares[i]), speed[0], speed[1]) for i in used if (speed := _speed(label, compiler, int(i)))
    ]
    timed = len(parts) == len(used)
    scored = all(route.quality is not None for route in routes)
    limit = label.latency_limit
    return LabelPlan(
        cost=sum(route.cost for route in routes),
        quality=sum(r.share * r.quality for r in routes if r.quality is not None) if scored else None,
        late=sum(s * late_share(m, r, limit) for s, m, r in parts) if limit is not None and timed else None,
        latency=mix_percentile(parts, label.percentile) if timed else None,
        routes=routes,
        fallbacks=fallbacks(problem, row, shares),
    )


def _route(
    label: Label, compiler: Compiler, problem: Problem, *, row: int, i: int, share: float
) -> PlannedRoute:
    speed = _speed(label, compiler, i)
    quality = float(problem.quality[row, i])
    return PlannedRoute(
        offer=problem.offers[i],
        share=share,
        cost=share * float(problem.cost[row, i]),
        quality=None if np.isnan(quality) else quality,
        latency=None if speed is None else mix_percentile([(1.0, *speed)], label.percentile),
    )


def _speed(label: Label, compiler: Compiler, i: int) -> tuple[float, float] | None:
    """(median seconds, spread) of a request to offer i; None where its speed is unknown."""
    key = compiler.offers[i]
    offer = compiler.catalog.offers[key]
    median = median_latency(label, offer, compiler.catalog.models[key.partition("/")[2]].verbosity)
    return None if median is None else (median, offer.spread)


def fallbacks(problem: Problem, row: int, shares: Floats) -> tuple[str, ...]:
    """Up to three eligible offers outside the mix, in order: other providers than the label's own first.

    Every eligible offer meets the label's context, features and min_quality_each. Cheapest first, one per
    provider, so that a second outage does not take two of them; self-hosted offers are not rented idle.
    """
    hosted = np.zeros(len(problem.offers), dtype=bool)
    hosted[problem.hosts] = True
    used = shares > 0
    spare = np.flatnonzero(problem.eligible[row] & ~used & ~hosted)
    own = set(problem.provider[used].tolist())
    elsewhere = [i for i in spare if problem.provider[i] not in own]
    order = sorted(elsewhere or spare, key=lambda i: (problem.cost[row, i], problem.offers[i]))
    chosen: dict[int, str] = {}
    for i in order:
        chosen.setdefault(int(problem.provider[i]), problem.offers[i])
    return tuple(list(chosen.values())[:FALLBACKS])
