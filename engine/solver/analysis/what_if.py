"""What if figures change: each change by name, several at once, and a scenario's shift of all figures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import with_value
from ...domain.scenario import ALL, Outcome, Shift, WhatIf, outcome_of, swaps
from ...domain.solver_status import SolverStatus
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.eligibility import models_among, offers_among
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats
from ..deadline import Deadline
from ..explain.conflicts import conflicts
from ..explain.feasibility import FeasibilityTest
from ..tolerances import MAX_REPAIR_SECONDS
from .evaluate import evaluate, offers_in_use, shares_of
from .scenario_solver import ScenarioSolver, change_between, grown, priced_table, timed_table

PRICE_FACTORS = (0.5, 0.8, 1.2, 2.0)
VOLUME_FACTORS = (0.5, 2.0)


def what_ifs(routing: Routing, compiler: Compiler, plan: Plan | None = None) -> tuple[WhatIf, ...]:
    """All prices, and those of each provider in use, times PRICE_FACTORS; each label's requests likewise.

    What staying with the present mixes costs, and what moving does. Nothing for a routing without a plan.
    `plan` saves solving the routing once more.
    """
    solver = ScenarioSolver(compiler)
    now = outcome_of(plan or solver.plan(routing))
    if not now.found:
        return ()
    return tuple(
        _what_if(name, now, changed, other) for name, changed, other in _changes(routing, solver, now)
    )


def _changes(
    routing: Routing, solver: ScenarioSolver, now: Outcome
) -> Iterator[tuple[str, Routing, ScenarioSolver]]:
    table = solver.compiler.table
    every_offer = np.ones(len(table.offers), dtype=bool)
    for factor in PRICE_FACTORS:
        yield f"all prices x{factor:g}", routing, solver.with_prices(every_offer, factor)
    for provider in np.unique(table.provider[offers_in_use(now, table.offers)]):
        name, of_provider = table.providers[provider], table.provider == provider
        for factor in PRICE_FACTORS:
            yield f"prices of {name} x{factor:g}", routing, solver.with_prices(of_provider, factor)
    for label in routing.labels:
        for factor in VOLUME_FACTORS:
            yield f"requests of {label} x{factor:g}", grown(routing, factor, label), solver


def _what_if(name: str, now: Outcome, changed: Routing, solver: ScenarioSolver) -> WhatIf:
    problem = solver.compiler.compile(changed)
    stay, breaks = evaluate(changed, solver.compiler, problem, shares_of(now, changed, problem.offers))
    outcome = solver.outcome(changed)
    return WhatIf(
        name=name,
        kept=None if breaks else stay.cost,
        broken=tuple(dict.fromkeys(broken.where for broken in breaks)),
        outcome=outcome,
        change=change_between(now.cost, outcome.cost),
        swaps=swaps(now, outcome),
    )


def plan_with(
    routing: Routing,
    compiler: Compiler,
    *,
    growth: float = 1.0,
    requests: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    out: Collection[str] = (),
    confidence: float | None = None,
    seconds: float = 10.0,
    cache: SolveCache | None = None,
) -> Plan:
    """The best plan with traffic times `growth`, labels' requests and providers' prices times their factors.

    The provider "" stands for all of them. Rent and fees stay. `out`: providers that are down; `confidence`:
    how sure the router's rules on quality must be, instead of what the routing says. Where nothing fits the
    plan has the rules that conflict. Raises InputError for an unknown name, and a figure out of range.
    """
    table = compiler.table
    factor, gone = np.ones(len(table.offers)), table.gone.copy()
    for key, names in (("prices", prices or {}), ("out", out)):
        for provider in names:
            if provider not in table.providers and (provider or key == "out"):
                raise InputError(f"no provider {provider!r}{nearest(provider, table.providers)}", key=key)
    for provider in out:
        gone |= table.provider == table.providers.index(provider)
    for provider, by in (prices or {}).items():
        priced = table.provider == table.providers.index(provider) if provider else np.ones(len(factor), bool)
        factor = factor * np.where(priced, by, 1.0)
    changed = with_traffic(routing, growth, requests)
    if confidence is not None:
        surer = with_value(changed, "limits.confidence", confidence)
        if surer is None:
            raise InputError(f"a confidence of {confidence:g} is out of range", key="confidence")
        changed = surer
    shifted = priced_table(replace(table, gone=gone), factor)
    solver = ScenarioSolver(compiler, seconds, cache).with_table(shifted)
    plan = solver.plan(changed)
    if plan.status != SolverStatus.INFEASIBLE:
        return plan
    test = FeasibilityTest(solver.compiler, Deadline.after(min(seconds, MAX_REPAIR_SECONDS)))
    return plan.model_copy(update={"conflicts": conflicts(changed, test)})


def with_traffic(
    routing: Routing, growth: float = 1.0, requests: Mapping[str, float] | None = None
) -> Routing:
    """The routing with all traffic, and that of labels, times factors. Raises InputError."""
    changed = with_value(routing, "limits.growth", routing.limits.growth * growth)
    if changed is None:
        raise InputError(f"growth x{growth:g} is out of range", key="growth")
    for label, factor in (requests or {}).items():
        if label not in routing.labels:
            raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="requests")
        changed = grown(changed, factor, label)
    return changed


def shifted_routing(routing: Routing, shift: Shift) -> Routing:
    """The routing with the shift's requests. Raises InputError where they are out of range."""
    of_labels = {name: factor for name, factor in shift.requests.items() if name != ALL}
    return with_traffic(routing, shift.requests.get(ALL, 1.0), of_labels)


def shifted_compiler(compiler: Compiler, shift: Shift) -> Compiler:
    """The compiler over the shifted figures; names that the catalogue does not have change nothing."""
    table = compiler.table
    gone = table.gone.copy()
    for name in shift.out:
        gone |= _offers_named(table, name)
    skills = {skill: column.copy() for skill, column in table.skills.items()}
    for name, points in shift.skills.items():
        shifts = points if isinstance(points, dict) else {name: points}
        moved = _offers_named(table, name) if isinstance(points, dict) else np.ones(len(gone), dtype=bool)
        for skill, by in shifts.items():
            if skill in skills:
                skills[skill] = np.where(moved, np.clip(skills[skill] + by, 0.0, 100.0), skills[skill])
    table = timed_table(replace(table, gone=gone, skills=skills), _factors(table, shift.times))
    return compiler.over(priced_table(table, _factors(table, shift.prices)))


def _factors(table: OfferTable, factors: Mapping[str, float]) -> Floats:
    """(N,) the product of all factors that an offer's names have."""
    product = np.ones(len(table.offers))
    for name, factor in factors.items():
        product[slice(None) if name == ALL else _offers_named(table, name)] *= factor
    return product


def _offers_named(table: OfferTable, name: str) -> Bools:
    """(N,) the offers of that name, of a provider or of a model of that name."""
    mask = offers_among(table, [name]) | models_among(table, [name])
    if name in table.providers:
        mask |= table.provider == table.providers.index(name)
    return np.asarray(mask)
