"""Random infeasible routings with every rule in play: what clashes is irreducible, what mends it mends."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.plan import Repair
from modelpick.engine.domain.rules import rules_in_force, spec_of, with_value, without
from modelpick.engine.solver.explain.feasibility import as_cost_routing
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solve import solve
from tests.engine.harder import harder
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case, suite_cases

SEEDS = suite_cases(70)


def infeasible() -> Iterator[tuple[Picker, Routing]]:
    for seed in range(SEEDS):
        facts, asked = random_case(seed, "small" if seed % 4 == 0 else "tiny")
        routing = Routing.model_validate(asked)
        yield Picker(Catalog.model_validate(facts), TODAY), harder(routing, Random(seed))


def nearer_values(repair: Repair) -> Iterator[Any]:
    """The value one step of the rule's grid less far; a list with one item less changed."""
    path, was, to = repair.path, repair.from_, repair.to
    if isinstance(was, bool) or to is None:
        return
    if isinstance(to, list):
        more, less = set(to) - set(was), [item for item in was if item not in to]
        yield from ([item for item in to if item != one] for one in more if len(more) > 1)
        yield from ([item for item in was if item in to or item == one] for one in less if len(less) > 1)
    elif isinstance(to, (int, float)):
        step = spec_of(path).grid
        nearer = to + (step if was > to else -step)
        if abs(was - to) > step:
            yield int(nearer) if isinstance(to, int) else round(nearer, 9)


def changed(routing: Routing, repair: Repair, to: Any = None) -> Routing | None:
    to = repair.to if to is None else to
    return with_value(routing, repair.path, tuple(to) if isinstance(to, list) else to)


def test_sets_are_irreducible_and_repairs_repair_by_the_least() -> None:
    seen = mended = closer = 0
    for picker, routing in infeasible():
        plan = picker.pick(routing)
        if plan.status != "infeasible":
            continue

        def fits(some: Routing | None, compiler: Any = picker.compiler) -> bool:
            return some is not None and solve(compiler.compile(as_cost_routing(some)), 30).status == "optimal"

        every, clash = set(rules_in_force(routing)), set(plan.conflicts)
        assert not fits(without(routing, every - clash)) or not clash
        for rule in clash:
            assert fits(without(routing, every - clash | {rule})), rule
        helpful = {rule for rule in clash if fits(without(routing, {rule}))}
        assert {repair.path for repair in plan.repairs} == helpful
        for repair in plan.repairs:
            again = picker.pick(changed(routing, repair) or routing)
            assert again.found and again.cost == pytest.approx(repair.cost, rel=1e-6), repair
            for nearer in nearer_values(repair):
                assert not fits(changed(routing, repair, nearer)), (repair, nearer)
                closer += 1
        seen, mended = seen + 1, mended + len(plan.repairs)
    assert seen >= suite_cases(20) and mended >= suite_cases(20) and closer >= suite_cases(15)
