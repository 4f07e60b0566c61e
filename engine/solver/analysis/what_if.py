"""Changes by name: dearer and cheaper, more and less; what standing still costs and what moving does.

Several figures changed at once: the plan of other traffic and other prices.

A catalogue's figures with a scenario's factors and points on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import with_value
from ...domain.scenario import Outcome, WhatIf, outcome_of, swaps
from ...domain.shift import ALL, Shift
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.offer_table import OfferTable
from ..compile.problem import Bools, Floats
from .evaluate import evaluate
from .outages import offers_in_use
from .scenario_solver import ScenarioSolver, change_between, grown, priced

PRICES = (0.5, 0.8, 1.2, 2.0)
VOLUMES = (0.5, 2.0)


def what_ifs(routing: Routing, compiler: Compiler, plan: Plan | None = None) -> tuple[WhatIf, ...]:
    """All prices, and those of each provider in use, times PRICES; each label's requests times VOLUMES.

    Nothing for a routing without a plan. `plan` saves solving the routing once more.
    """
    solver = ScenarioSolver(compiler)
    now = outcome_of(plan or solver.plan(routing))
    if not now.found:
        return ()
    return tuple(_what_if(name, now, asked, other) for name, asked, other in _changes(routing, solver, now))


def _changes(
    routing: Routing, solver: ScenarioSolver, now: Outcome
) -> Iterator[tuple[str, Routing, ScenarioSolver]]:
    table = solver.compiler.table
    every = np.ones(len(table.offers), dtype=bool)
    for by in PRICES:
        yield f"all prices x{by:g}", routing, solver.priced(every, by)
    for p in np.unique(table.provider[offers_in_use(now, table.offers)]):
        for by in PRICES:
            yield f"prices of {table.providers[p]} x{by:g}", routing, solver.priced(table.provider == p, by)
    for label in routing.labels:
        for by in VOLUMES:
            yield f"requests of {label} x{by:g}", grown(routing, by, label), solver


def _what_if(name: str, now: Outcome, asked: Routing, solver: ScenarioSolver) -> WhatIf:
    problem = solver.compiler.compile(asked)
    stay, broken = evaluate(asked, solver.compiler, problem, shares_of(now, asked, problem.offers))
    outcome = solver.outcome(asked)
    return WhatIf(
        name=name,
        kept=None if broken else stay.cost,
        broken=tuple(dict.fromkeys(one.rule for one in broken)),
        outcome=outcome,
        change=change_between(outcome.cost, now.cost),
        swaps=swaps(now, outcome),
    )


def shares_of(outcome: Outcome, routing: Routing, offers: tuple[str, ...]) -> Floats:
    """(L, N) the shares of an outcome's mixes."""
    index = {offer: i for i, offer in enumerate(offers)}
    shares = np.zeros((len(routing.labels), len(offers)))
    for row, label in enumerate(routing.labels):
        for offer, share in outcome.mixes[label].items():
            shares[row, index[offer]] = share
    return shares


def with_traffic(
    routing: Routing, growth: float = 1.0, requests: Mapping[str, float] | None = None
) -> Routing:
    """The routing with all traffic, and that of labels, times factors. Raises InputError."""
    found = with_value(routing, "limits.growth", routing.limits.growth * growth)
    if found is None:
        raise InputError(f"growth x{growth:g} is out of range", key="growth")
    for label, factor in (requests or {}).items():
        if label not in routing.labels:
            raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="requests")
        found = grown(found, factor, label)
    return found


def plan_with(
    routing: Routing,
    compiler: Compiler,
    *,
    growth: float = 1.0,
    requests: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    seconds: float = 10.0,
    cache: SolveCache | None = None,
) -> Plan:
    """The best plan with traffic times `growth`, labels' requests and providers' prices times their factors.

    The provider "" stands for all of them. Rent and fees stay. Raises InputError for an unknown name.
    """
    table = compiler.table
    factor = np.ones(len(table.offers))
    for provider, by in (prices or {}).items():
        if provider and provider not in table.providers:
            raise InputError(f"no provider {provider!r}{nearest(provider, table.providers)}", key="prices")
        mine = table.provider == table.providers.index(provider) if provider else np.ones(len(factor), bool)
        factor = factor * np.where(mine, by, 1.0)
    solver = ScenarioSolver(compiler, seconds, cache).over(priced(table, factor))
    return solver.plan(with_traffic(routing, growth, requests))


def shifted_compiler(compiler: Compiler, shift: Shift) -> Compiler:
    """The compiler over the shifted figures; names that the catalogue does not have change nothing."""
    table = compiler.table
    time = _factor(table, shift.times)
    gone = table.gone.copy()
    for name in shift.out:
        gone |= _named(table, name)
    skills = {skill: column.copy() for skill, column in table.skills.items()}
    for name, points in shift.skills.items():
        own = np.ones(len(gone), dtype=bool) if not isinstance(points, dict) else _named(table, name)
        for skill, by in points.items() if isinstance(points, dict) else [(name, points)]:
            if skill in skills:
                skills[skill] = np.where(own, np.clip(skills[skill] + by, 0.0, 100.0), skills[skill])
    other = replace(table, gone=gone, skills=skills, ttft=table.ttft * time, tps=table.tps / time)
    return compiler.over(priced(other, _factor(table, shift.prices)))


def shifted_routing(routing: Routing, shift: Shift) -> Routing:
    """The routing with the shift's requests. Raises InputError where they are out of range."""
    every = shift.requests.get(ALL, 1.0)
    return with_traffic(routing, every, {name: by for name, by in shift.requests.items() if name != ALL})


def _factor(table: OfferTable, factors: Mapping[str, float]) -> Floats:
    """(N,) the product of all factors that an offer's names have."""
    out = np.ones(len(table.offers))
    for name, by in factors.items():
        out[slice(None) if name == ALL else _named(table, name)] *= by
    return out


def _named(table: OfferTable, name: str) -> Bools:
    """(N,) the offers of that name, of a provider or of a model of that name."""
    own = np.array([key == name for key in table.offers], dtype=bool)
    for names, codes in ((table.providers, table.provider), (table.models, table.model)):
        if name in names:
            own |= codes == names.index(name)
    return own
