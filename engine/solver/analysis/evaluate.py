"""Given mixes, whoever chose them: their plan by the contract's formulas, and every rule they break."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...domain.explanation import Break
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome
from ..compile.compiler import Compiler
from ..compile.eligibility import eligibility_rules
from ..compile.problem import Bools, Floats, Ints, Problem
from ..plan_builder import build_plan
from ..solution import Solution, SolverStatus, replicas_for
from ..tolerances import JUDGED_RULE_TOL

_EXCESS = {
    "limits.budget": "costs {:.0%} of the budget",
    "limits.max_provider_share": "one provider has {:.0%} of the share it may have",
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
        *_broken_by_mixes(problem, shares),
        *_broken_across_labels(problem, shares, replicas),
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
            for i in np.flatnonzero(used & rule.broken):
                reason = f"{compiler.table.offers[i]}: {rule.reason(int(i))}"
                path = rule.path if rule.path.startswith("labels.") else f"{rule.path} for {name}"
                yield Break(rule=path, reason=reason)


def _broken_by_mixes(p: Problem, shares: Floats) -> Iterator[Break]:
    """Rules on a label's whole mix."""
    for row, name in enumerate(p.labels):
        mix, used = shares[row], np.flatnonzero(shares[row] > 0)
        quality = float(mix[used] @ p.quality[row, used])
        late, pins = float(mix @ p.late[row]), np.flatnonzero(~np.isnan(p.pin[row]))
        providers = len(np.unique(p.provider[used]))
        smallest = float(mix[used].min(initial=1.0))
        off_pin = float(np.abs(mix[pins] - p.pin[row, pins]).max(initial=0.0))
        checks = (
            ("min_quality", quality < p.min_quality[row] - JUDGED_RULE_TOL, f"quality {quality:.1f}"),
            ("max_latency", late > p.max_late[row] + JUDGED_RULE_TOL, f"{late:.1%} of the requests are late"),
            ("max_models", len(used) > p.max_offers[row], f"{len(used)} offers"),
            ("min_share", smallest < p.min_share[row] - JUDGED_RULE_TOL, f"a share of {smallest:.1%}"),
            ("min_providers", providers < p.min_providers[row], f"{providers} of {p.min_providers[row]}"),
            ("pin", off_pin > JUDGED_RULE_TOL, "not the pinned shares"),
        )
        for rule, broken, reason in checks:
            if broken:
                yield Break(rule=f"labels.{name}.{rule}", reason=reason)


def _broken_across_labels(p: Problem, shares: Floats, replicas: Ints) -> Iterator[Break]:
    used = (shares > 0).any(axis=0)
    counts = (("models", p.model, p.max_models), ("providers", p.provider, p.max_providers))
    for counted, codes, limit in counts:
        count = len(np.unique(codes[used]))
        if limit is not None and count > limit:
            yield Break(rule=f"limits.max_{counted}", reason=f"{count} {counted}, at most {limit}")
    for rule in p.linking:
        if rule.replica_of >= 0:
            continue  # as many replicas as it takes
        load = float((rule.coef * shares[:, rule.offers]).sum())
        load += float(rule.fixed_coef @ replicas) if rule.fixed_coef is not None else 0.0
        if load > rule.limit + JUDGED_RULE_TOL * max(1.0, abs(rule.limit)):
            relative = load / rule.limit if rule.limit else np.inf
            reason = _EXCESS.get(rule.path, "{:.0%} of the limit").format(relative)
            yield Break(rule=rule.path, reason=reason)
