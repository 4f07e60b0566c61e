"""Given mixes, whoever chose them: their plan by the formulas, and every rule they break."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...domain.explanation import Break
from ...domain.plan import Plan
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.eligibility import eligibility_rules
from ..compile.problem import Floats, Ints, Problem
from ..plan_builder import build_plan
from ..solution import Solution, replicas_for
from ..tolerances import JUDGED_RULE_TOL

_WHY = {
    "limits.budget": "costs {:.0%} of the budget",
    "limits.max_provider_share": "one provider has {:.0%} of the share it may have",
}


def evaluate(
    routing: Routing, compiler: Compiler, problem: Problem, shares: Floats
) -> tuple[Plan, tuple[Break, ...]]:
    """The plan of (L, N) shares that add up to 1 a label, and the rules they break, each once a label."""
    replicas = replicas_for(problem, shares)
    plan = build_plan(routing, compiler, problem, Solution("feasible", shares, replicas, 0.0, 0.0))
    found = [
        *_single(routing, compiler, shares),
        *_mixed(problem, shares),
        *_whole(problem, shares, replicas),
    ]
    return plan.model_copy(update={"gap": None}), tuple(found)


def _single(routing: Routing, compiler: Compiler, shares: Floats) -> Iterator[Break]:
    """Offers that may not serve their label."""
    for row, name in enumerate(routing.labels):
        used = shares[row] > 0
        for rule in eligibility_rules(routing, compiler.table, name):
            for i in np.flatnonzero(used & rule.broken):
                what = f"{compiler.table.offers[i]}: {rule.reason(int(i))}"
                path = rule.path if rule.path.startswith("labels.") else f"{rule.path} for {name}"
                yield Break(rule=path, reason=what)


def _mixed(p: Problem, shares: Floats) -> Iterator[Break]:
    """Rules on a label's whole mix."""
    for row, name in enumerate(p.labels):
        mix, used = shares[row], np.flatnonzero(shares[row] > 0)
        quality = float(mix[used] @ p.quality[row, used])
        late, pins = float(mix @ p.late[row]), np.flatnonzero(~np.isnan(p.pin[row]))
        sellers = len(np.unique(p.provider[used]))
        least = float(mix[used].min(initial=1.0))
        off_pin = float(np.abs(mix[pins] - p.pin[row, pins]).max(initial=0.0))
        checks = (
            ("min_quality", quality < p.min_quality[row] - JUDGED_RULE_TOL, f"quality {quality:.1f}"),
            ("max_latency", late > p.max_late[row] + JUDGED_RULE_TOL, f"{late:.1%} of the requests are late"),
            ("max_models", len(used) > p.max_offers[row], f"{len(used)} offers"),
            ("min_share", least < p.min_share[row] - JUDGED_RULE_TOL, f"a share of {least:.1%}"),
            ("min_providers", sellers < p.min_providers[row], f"{sellers} of {p.min_providers[row]}"),
            ("pin", off_pin > JUDGED_RULE_TOL, "not the pinned shares"),
        )
        yield from (Break(rule=f"labels.{name}.{rule}", reason=why) for rule, broken, why in checks if broken)


def _whole(p: Problem, shares: Floats, replicas: Ints) -> Iterator[Break]:
    """Rules across labels."""
    used = (shares > 0).any(axis=0)
    counts = (("models", p.model, p.max_models), ("providers", p.provider, p.max_providers))
    for what, codes, most in counts:
        number = len(np.unique(codes[used]))
        if most is not None and number > most:
            yield Break(rule=f"limits.max_{what}", reason=f"{number} {what}, at most {most}")
    for rule in p.linking:
        if rule.replica_of >= 0:
            continue  # as many replicas as it takes
        load = float((rule.coef * shares[:, rule.offers]).sum())
        load += float(rule.fixed_coef @ replicas) if rule.fixed_coef is not None else 0.0
        if load > rule.limit + JUDGED_RULE_TOL * max(1.0, abs(rule.limit)):
            part = load / rule.limit if rule.limit else np.inf
            yield Break(rule=rule.path, reason=_WHY.get(rule.path, "{:.0%} of the limit").format(part))
