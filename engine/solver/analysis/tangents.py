"""The line through a plan's value that tells what other factors can at best, or at worst, bring.

* Where a factor only scales some costs, a plan costs a line; the best is the lower envelope.
* Where all traffic grows, per unit of it the costs stay and every limit shrinks as u = 1 / growth. By
  Lagrange a plan at any u is worth at least `A(pi) - u*pi*limits`, A being the best without these limits at
  prices pi of their loads. At the dual prices of the plan's own offers the line touches the value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..cache import Memory
from ..compile.problem import Coupling, Floats, Problem
from ..models.highs import lp
from ..solution import Answer
from ..solve import found

TIGHT = 1e-8  # relative distance at which a line touches


def shrinking(problem: Problem) -> tuple[list[Coupling], tuple[Coupling, ...]]:
    """The rules whose limits shrink per unit of traffic, and those that stay; a budget on what is made least
    is neither."""
    own = [rule for rule in problem.couplings if rule.path != "limits.max_provider_share"]
    if not problem.maximise_quality:
        own = [rule for rule in own if rule.path != "limits.budget"]
    return own, tuple(rule for rule in problem.couplings if rule.path == "limits.max_provider_share")


def by_the_fraction(problem: Problem) -> Problem:
    """Replicas rented by the fraction cost no more than whole ones: a bound on every plan with them."""
    cost = problem.cost.copy()
    for h, host in enumerate(problem.hosts):
        loads = [rule.coef[:, 0] for rule in problem.couplings if rule.host == h]
        cost[:, host] += problem.rent[h] * max(loads, key=lambda load: float(load.sum()), default=0.0)
    rules = tuple(replace(rule, fixed=None) for rule in problem.couplings if rule.host < 0)
    return replace(problem, cost=cost, couplings=rules, hosts=problem.hosts[:0], rent=problem.rent[:0])


@dataclass(frozen=True)
class Line:
    """The least objective per unit of traffic at u = 1 / factor, and its slope there; true up to a factor."""

    value: float
    slope: float
    upto: float = np.inf


def growth_line(
    problem: Problem, answer: Answer, factor: float, memory: Memory, seconds: float
) -> Line | None:
    """The line through an optimum at a growth; None where there is none, or where the plan rents."""
    assert answer.shares is not None
    if answer.shares[:, problem.hosts].any():
        return None
    line = _line(by_the_fraction(problem), answer.shares, factor, memory, seconds)
    if line is not None or problem.maximise_quality or not len(problem.hosts):
        return line
    if answer.value >= problem.rent.min():
        return None
    # No replica is as cheap as all of this plan, nor as any at less traffic.
    line = _line(_unhosted(problem), answer.shares, factor, memory, seconds)
    return None if line is None else replace(line, upto=factor)


def _unhosted(problem: Problem) -> Problem:
    eligible = problem.eligible.copy()
    eligible[:, problem.hosts] = False
    return by_the_fraction(replace(problem, eligible=eligible))


def _line(problem: Problem, shares: Floats, factor: float, memory: Memory, seconds: float) -> Line | None:
    rules, rest = shrinking(problem)
    unit = problem.objective if problem.maximise_quality else problem.cost / factor
    value = float((unit * shares).sum())
    tight = [r for r in rules if float((r.coef * shares[:, r.offers]).sum()) >= r.limit * (1 - 1e-7)]
    rows = [(rule, rule.limit / factor, factor) for rule in tight] + [
        (rule, rule.limit, 1.0) for rule in rest
    ]
    pi = _prices(problem, shares, unit, rows)
    if pi is None:
        return None
    # Every label's shares add up to 1: a constant keeps the costs positive where quality is maximised.
    lift = float(np.abs(unit).max(initial=0.0)) if problem.maximise_quality else 0.0
    cost = unit + lift
    for rule, price in zip(tight, pi, strict=False):
        cost[:, rule.offers] += price * rule.coef / factor
    free = replace(problem, cost=cost, couplings=rest, maximise_quality=False)
    bound = found(free, seconds, memory).bound - lift * len(problem.labels)
    paid = float(sum(price * rule.limit for rule, price in zip(tight, pi, strict=False)))
    if bound - paid / factor < value - TIGHT * max(abs(value), 1e-12):
        return None
    return Line(value, -paid)


def _prices(
    problem: Problem, shares: Floats, unit: Floats, rules: list[tuple[Coupling, float, float]]
) -> Floats | None:
    """Dual prices of the rules (limit, divisor) when the plan's own offers share the traffic at best."""
    if not rules:
        return np.zeros(0)
    label, offer = np.nonzero(shares)
    labels = len(problem.labels)
    rows = [rule.at(label, offer) / by for rule, _, by in rules]
    limits = [limit for _, limit, _ in rules]
    for k in range(labels):
        own = label == k
        if np.isfinite(problem.min_quality[k]):
            rows.append(np.where(own, -problem.quality[label, offer], 0.0))
            limits.append(-float(problem.min_quality[k]))
        if np.isfinite(problem.max_late[k]):
            rows.append(np.where(own, problem.late[label, offer], 0.0))
            limits.append(float(problem.max_late[k]))
    pinned = problem.pin[label, offer]
    low = np.where(np.isnan(pinned), problem.min_share[label], pinned)
    scale = max(float(np.abs(unit[label, offer]).max(initial=0.0)), 1e-12)
    result = lp(
        unit[label, offer] / scale,
        A_ub=np.array(rows),
        b_ub=np.array(limits) + 1e-9,
        A_eq=(label == np.arange(labels)[:, None]).astype(float),
        b_eq=np.ones(labels),
        bounds=np.column_stack([low, np.where(np.isnan(pinned), 1.0, pinned)]),
    )
    return None if result.x is None else np.maximum(-result.ineqlin.marginals[: len(rules)] * scale, 0.0)
