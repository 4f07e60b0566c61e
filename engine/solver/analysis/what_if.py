"""Changes by name: dearer and cheaper, more and less; what standing still costs and what moving does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome, WhatIf, outcome_of, swaps
from ..compile.compiler import Compiler
from ..compile.problem import Floats
from .evaluate import judged
from .outages import used
from .scenario_solver import World, grown, less

PRICES = (0.5, 0.8, 1.2, 2.0)
VOLUMES = (0.5, 2.0)


def what_ifs(routing: Routing, compiler: Compiler, plan: Plan | None = None) -> tuple[WhatIf, ...]:
    """All prices, and those of each provider in use, times PRICES; each label's requests times VOLUMES.

    Nothing for a routing without a plan. `plan` saves solving the routing once more.
    """
    world = World(compiler)
    now = outcome_of(plan or world.plan(routing))
    if not now.found:
        return ()
    return tuple(_what_if(name, now, asked, other) for name, asked, other in _changes(routing, world, now))


def _changes(routing: Routing, world: World, now: Outcome) -> Iterator[tuple[str, Routing, World]]:
    table = world.compiler.table
    every = np.ones(len(table.offers), dtype=bool)
    for by in PRICES:
        yield f"all prices x{by:g}", routing, world.priced(every, by)
    for p in np.unique(table.provider[used(now, table.offers)]):
        for by in PRICES:
            yield f"prices of {table.providers[p]} x{by:g}", routing, world.priced(table.provider == p, by)
    for label in routing.labels:
        for by in VOLUMES:
            yield f"requests of {label} x{by:g}", grown(routing, by, label), world


def _what_if(name: str, now: Outcome, asked: Routing, world: World) -> WhatIf:
    problem = world.compiler.compile(asked)
    stay, broken = judged(asked, world.compiler, problem, shares_of(now, asked, problem.offers))
    outcome = world.outcome(asked)
    return WhatIf(
        name=name,
        kept=None if broken else stay.cost,
        broken=tuple(dict.fromkeys(one.rule for one in broken)),
        outcome=outcome,
        change=less(outcome.cost, now.cost),
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
