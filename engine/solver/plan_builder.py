"""Shares back to words: every figure of a plan recomputed from the contract's formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..domain.plan import BoughtPlan, LabelPlan, Plan, PlannedRoute
from ..domain.routing import Label, Routing
from ..domain.solver_status import SolverStatus
from .compile.compiler import Compiler
from .compile.formulas import late_share, mix_percentile
from .compile.problem import Floats, Ints, Problem
from .coverage import Coverage, best_coverage
from .mixes.closed_form import feasible_singles
from .solution import Solution
from .tolerances import LABEL_RULE_TOL, MIN_SCALE

FALLBACKS = 3
FAR_BELOW = 10.0  # points under the label's min_quality from which a fallback is warned of


def build_plan(routing: Routing, compiler: Compiler, problem: Problem, answer: Solution) -> Plan:
    """The plan of an answer. `cost` counts self-hosted rent; `gap` is relative to the proven bound."""
    if answer.shares is None:
        return Plan(status=answer.status, objective=routing.objective)
    coverage = best_coverage(problem, answer.shares)
    labels = {
        name: _label_plan(routing, compiler, problem, row, answer.shares[row], coverage)
        for row, name in enumerate(problem.labels)
    }
    replicas = answer.replicas if answer.replicas is not None else np.zeros(len(problem.hosts), np.int64)
    spares = {name: label.fallbacks for name, label in labels.items()}
    rent = float(replicas @ problem.fixed_cost) if len(problem.hosts) else 0.0
    return Plan(
        status=answer.status,
        objective=routing.objective,
        cost=sum(label.cost for label in labels.values()) + rent + coverage.cost,
        quality=_mean_by_weight(routing, {name: label.quality for name, label in labels.items()}),
        counted=_mean_by_weight(routing, {name: label.counted for name, label in labels.items()}),
        gap=0.0 if answer.status == SolverStatus.OPTIMAL else _gap(answer),
        plans=_bought_plans(compiler, coverage),
        labels=labels,
        replicas={host: int(n) for host, n in zip(problem.hosts, replicas, strict=True) if n},
        notes=(*weak_fallbacks(problem, spares), *_plan_notes(compiler, coverage)),
    )


def _gap(answer: Solution) -> float:
    return float(max(0.0, answer.value - answer.bound) / max(abs(answer.value), MIN_SCALE))


def _mean_by_weight(routing: Routing, points: Mapping[str, float | None]) -> float | None:
    """The weight-averaged mean of the labels' points; None where one label's are unknown."""
    total = sum(label.weight for label in routing.labels.values())
    got = [(routing.labels[name].weight, of_label) for name, of_label in points.items()]
    if not total:
        return None
    known = [(w, q) for w, q in got if q is not None]
    return sum(w * q for w, q in known) / total if len(known) == len(got) else None


def _bought_plans(compiler: Compiler, coverage: Coverage) -> dict[str, BoughtPlan]:
    """The subscriptions of which units are bought, in the routing's order."""
    bought = {}
    amounts = zip(coverage.terms, coverage.units, coverage.used, coverage.saves, strict=True)
    for terms, units, used, saves in amounts:
        if not units:
            continue
        plan = compiler.table.plans[terms.name]
        kind, amount = plan.allowance.kind, plan.allowance.amount
        bought[terms.name] = BoughtPlan(
            units=units,
            cost=units * terms.fee,
            covered={kind: saves if kind == "usd" else used * amount},
            allowance={kind: units * amount},
            saves=saves,
            note=plan.note,
        )
    return bought


def _plan_notes(compiler: Compiler, coverage: Coverage) -> tuple[str, ...]:
    """What the catalogue says of the subscriptions that are bought."""
    bought = (terms.name for terms, units in zip(coverage.terms, coverage.units, strict=True) if units)
    return tuple(f"{name}: {note}" for name in bought if (note := compiler.table.plans[name].note))


def _label_plan(  # noqa: PLR0917 - one label of the whole
    routing: Routing, compiler: Compiler, problem: Problem, row: int, shares: Floats, coverage: Coverage
) -> LabelPlan:
    name = problem.labels[row]
    label, rows = routing.labels[name], compiler.rows(routing, name)
    used = np.array(sorted(np.flatnonzero(shares), key=lambda i: (-shares[i], problem.offers[i])))
    share, median, spread = shares[used], rows.median[used], rows.spread[used]
    routes = tuple(
        PlannedRoute(
            offer=problem.offers[i],
            share=float(shares[i]),
            cost=float(shares[i] * problem.cost[row, i]),
            quality=_known(problem.plain_quality[row, i]),
            counted=_known(problem.quality[row, i]),
            latency=_percentile(np.ones(1), median[k : k + 1], spread[k : k + 1], label),
            covered=coverage.of_route(row, int(i)),
        )
        for k, i in enumerate(used)
    )
    timed = not np.isnan(median).any()
    limit = label.latency_limit
    return LabelPlan(
        cost=sum(route.cost for route in routes),
        quality=_known(share @ problem.plain_quality[row, used]),
        counted=_known(share @ problem.quality[row, used]),
        late=float(share @ late_share(median, spread, limit)) if limit is not None and timed else None,
        latency=_percentile(share, median, spread, label),
        routes=routes,
        fallbacks=fallbacks(problem, row, shares, compiler.table.home, coverage),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _percentile(share: Floats, median: Floats, spread: Floats, label: Label) -> float | None:
    """Seconds at the label's percentile; None where a speed is unknown."""
    return None if np.isnan(median).any() else mix_percentile(share, median, spread, label.percentile)


def fallbacks(
    problem: Problem, row: int, shares: Floats, home: Ints, coverage: Coverage | None = None
) -> tuple[str, ...]:
    """Up to three eligible offers outside the mix, in order: other providers than the label's own first.

    `home`: (N,) the provider of each offer; a region or tier of one goes down with it.

    Every eligible offer meets the label's context, features and min_quality_each. Those that meet the mix's
    rules alone come first, then those not far below its quality, then the cheapest; one far below only where
    there is no other. One per provider, so that a second outage does not take two of them; self-hosted offers
    are not rented idle. What allowances of the subscriptions bought are left over covers of a fallback costs
    nothing.
    """
    cost = problem.cost[row]
    if coverage is not None and coverage.terms:
        cost = cost - coverage.spare_savings(row, len(problem.offers))
    spare = problem.eligible[row] & (shares == 0)
    spare[problem.self_hosted] = False
    elsewhere = spare.copy()
    for i in np.flatnonzero(shares > 0).tolist():
        other_provider = home != home[i]
        spare &= other_provider | (problem.model != problem.model[i])  # its other levels are gone with it
        elsewhere &= other_provider
    ix = np.flatnonzero(elsewhere if elsewhere.any() else spare)
    if len(ix) <= 1:
        return tuple(problem.offers[i] for i in ix)
    alone = feasible_singles(problem, row, ix)
    far = np.nan_to_num(problem.quality[row, ix]) <= problem.min_quality[row] - FAR_BELOW + LABEL_RULE_TOL
    near = far if far.all() else ~far
    order = np.lexsort((ix, cost[ix], ~alone))  # offers are in the order of their names
    order = ix[order[near[order]]]
    _, first = np.unique(home[order], return_index=True)
    return tuple(problem.offers[i] for i in order[np.sort(first)[:FALLBACKS]])


def weak_fallbacks(problem: Problem, spares: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """A sentence for each label whose fallbacks (label -> offers) are alone far below its min_quality.

    An offer whose quality is not known is left out, and so is one that the catalogue does not have.
    """
    place = {offer: at for at, offer in enumerate(problem.offers)}
    sentences = []
    for row, name in enumerate(problem.labels):
        floor = problem.min_quality[row]
        if not np.isfinite(floor):
            continue
        points = {
            offer: problem.quality[row, place[offer]] for offer in spares.get(name, ()) if offer in place
        }
        weak = [
            f"{offer} ({has:.1f} points)"
            for offer, has in points.items()
            if floor - has >= FAR_BELOW - LABEL_RULE_TOL
        ]
        if weak:
            many = "s" if len(weak) > 1 else ""
            sentences.append(f"{name}: fallback{many} far below min_quality {floor:g}: {', '.join(weak)}")
    return tuple(sentences)
