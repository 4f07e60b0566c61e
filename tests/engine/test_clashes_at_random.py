"""Random infeasible routings with every rule in play: what clashes is irreducible, what mends it mends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.plan import Repair
from modelpick.engine.solver.changes import with_value
from modelpick.engine.solver.conflicts import rules_in_force, without
from modelpick.engine.solver.feasible import feasibility
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.search import solve
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case

SEEDS = 40


def infeasible() -> Iterator[tuple[Picker, Routing]]:
    for seed in range(SEEDS):
        facts, asked = random_case(seed, "small" if seed % 4 == 0 else "tiny")
        yield Picker(Catalog.model_validate(facts), TODAY), Routing.model_validate(asked)


def changed(routing: Routing, repair: Repair, to: Any = None) -> Routing | None:
    to = repair.to if to is None else to
    return with_value(routing, repair.path, tuple(to) if isinstance(to, list) else to)


def test_sets_are_irreducible_and_repairs_repair_by_the_least() -> None:
    seen = mended = 0
    for picker, routing in infeasible():
        plan = picker.pick(routing)
        if plan.status != "infeasible":
            continue

        def fits(some: Routing | None, compiler: Any = picker.compiler) -> bool:
            return some is not None and solve(compiler.compile(feasibility(some)), 30).status == "optimal"

        every, clash = set(rules_in_force(routing)), set(plan.conflicts)
        assert not fits(without(routing, every - clash)) or not clash
        for rule in clash:
            assert fits(without(routing, every - clash | {rule})), rule
        helpful = {rule for rule in clash if fits(without(routing, {rule}))}
        assert {repair.path for repair in plan.repairs} == helpful
        for repair in plan.repairs:
            again = picker.pick(changed(routing, repair) or routing)
            assert again.found and again.cost == pytest.approx(repair.cost, rel=1e-6), repair
            if isinstance(repair.from_, float) and isinstance(repair.to, float):
                grid = max(0.012, abs(repair.to) * 1e-3)  # a hundredth of a step
                if abs(repair.from_ - repair.to) > 2 * grid:
                    nearer = repair.to + (grid if repair.from_ > repair.to else -grid)
                    assert not fits(changed(routing, repair, nearer)), repair
        seen, mended = seen + 1, mended + len(plan.repairs)
    assert seen >= 8 and mended >= 8
