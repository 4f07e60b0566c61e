"""The nearest feasible routing: by hand, and against every way to share the movement out among the rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import exp, log
from random import Random
from statistics import NormalDist
from typing import Any

import pytest

from modelpick.engine import Catalog, Plan, Routing
from modelpick.engine.domain.rules import rules_in_force, spec_of, value_of, with_value, without
from modelpick.engine.solver.deadline import Deadline
from modelpick.engine.solver.explain.elastic_search import Relaxation, minimal_relaxation
from modelpick.engine.solver.explain.feasibility import FeasibilityTest, as_cost_routing
from modelpick.engine.solver.explain.relaxation_scope import DROP_WEIGHT, RelaxationScope
from modelpick.engine.solver.explain.repairs import combined_repair
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solve import solve
from tests.engine.by_hand import codes, coding, market, offer, solved
from tests.engine.harder import COUNTS, DOWN, HARDER, harder, name_of
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case, suite_cases

SCORED = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def step_of(path: str) -> float:
    return spec_of(path).step or 1.0


def changes(plan: Plan) -> dict[str, tuple[Any, Any]]:
    return {change.path: (change.from_, change.to) for change in plan.together}


def test_the_rule_that_gives_less_of_what_it_says_is_the_one_that_moves() -> None:
    # Each label can have 80 at 3 USD a month. Of 90 and 99 nothing but the floors can give way: 10 and 19.
    plan = solved(SCORED, {"a": codes(90), "b": codes(99)})
    assert changes(plan) == {"labels.a.min_quality": (90.0, 80.0), "labels.b.min_quality": (99.0, 80.0)}
    assert [change.cost for change in plan.together] == [None, 6.0]
    # 80 in both labels costs 6 USD, of which 5 are there: a point less costs 1 / 80 and saves 0.05 USD, which
    # is 1 / 100 of the budget. So the budget gives way, not the floors further than they must.
    plan = solved(SCORED, {"a": codes(90), "b": codes(99)}, limits={"budget": 5.0})
    assert changes(plan) == {
        "labels.a.min_quality": (90.0, 80.0),
        "labels.b.min_quality": (99.0, 80.0),
        "limits.budget": (5.0, 6.0),
    }
    # A budget of 1.50 USD would have to give 4.50, three times itself: what the floors give comes cheaper.
    plan = solved(SCORED, {"a": codes(90), "b": codes(99)}, limits={"budget": 1.5})
    assert changes(plan)["limits.budget"] == (1.5, 2.0)


def test_what_must_be_there_is_given_up_last_and_only_the_items_that_must() -> None:
    catalog = market({"p/m": offer(1), "q/n": offer(2)}, m={"features": ["tools"]}, n={"features": ["pdf"]})
    plan = solved(catalog, {"a": {"context": 100_001}, "b": {"features": ["tools", "vision", "audio"]}})
    assert changes(plan) == {
        "labels.b.features": (["tools", "vision", "audio"], ["tools"]),
        "labels.a.context": (100_001.0, 100_000.0),
    }
    assert plan.together[-1].cost == 2.0


def test_a_models_floor_below_zero_stands_in_no_other_rules_way() -> None:
    # cheap - 50 comes to -10, which every offer has; both windows must shrink to the 100,000 that there are.
    labels: dict[str, dict[str, Any]] = {
        "a": {"skills": {"coding": 1.0}, "min_quality": "cheap - 50", "context": 200_000},
        "b": {"context": 150_000},
    }
    plan = solved(SCORED, labels)
    assert changes(plan) == {"labels.a.context": (200_000, 100_000), "labels.b.context": (150_000, 100_000)}
    assert plan.together[-1].cost == 2.0


def test_a_limit_that_must_go_a_grain_further_leaves_one_at_the_end_of_its_scale_where_it_is() -> None:
    # 90 % take 100.0005 s: at 100.00 s a few millionths too many are late, which an integer model tolerates.
    # The only provider must carry all, and all is as far as its limit goes.
    median = 100.0005 / exp(log(2.0) / 1.6448536 * NormalDist().inv_cdf(0.9))
    catalog = market({"p/m": offer(1, ttft=median, tps=100.0, spread=2.0)})
    plan = solved(
        catalog, {"work": {"max_latency": 50.0, "percentile": 90.0}}, limits={"max_provider_share": 0.5}
    )
    assert changes(plan) == {
        "labels.work.max_latency": (50.0, 100.01),
        "limits.max_provider_share": (0.5, 1.0),
    }


def cases(seeds: range) -> Iterator[tuple[int, Picker, Routing]]:
    """Random routings that cannot hold, some of whose rules have been made harder."""
    for seed in seeds:
        r, (facts, asked) = Random(seed), random_case(seed, "tiny")
        picker, routing = Picker(Catalog.model_validate(facts), TODAY), Routing.model_validate(asked)
        routing = harder(routing, r)
        bare = without(routing, {*rules_in_force(routing)})
        if fits(picker, bare) and not fits(picker, routing):
            yield seed, picker, routing


def fits(picker: Picker, routing: Routing | None) -> bool:
    if routing is None:
        return False
    return solve(picker.compiler.compile(as_cost_routing(routing)), 30).status == "optimal"


def moved(routing: Routing, path: str, by: float) -> Routing:
    """The rule changed by a relative movement of up to `by`."""
    value, name = value_of(routing, path), name_of(path)
    if name in COUNTS:
        whole = int(by * value + 1e-9)
        to: float = value + whole if name != "min_providers" else max(value - whole, 1)
    else:
        to = value + (-1 if name in DOWN else 1) * by * (abs(value) or step_of(path))
        to = min(max(to, 1.0 if name == "context" else 0.0), 1.0 if name == "max_provider_share" else 1e12)
    return with_value(routing, path, to) or routing


def shared_out(rules: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to share `parts` out among so many rules."""
    if rules == 1:
        yield (parts,)
    elif rules:
        for first in range(parts + 1):
            yield from ((first, *rest) for rest in shared_out(rules - 1, parts - first))
    else:
        yield ()


def slightly_nearer(routing: Routing, move: Relaxation) -> Iterator[Routing]:
    """Routings whose rules have moved by a little less in sum: shared out in all ways, lists given up too."""
    rules = rules_in_force(routing)
    numbers = [path for path in rules if name_of(path) in HARDER]
    others = [path for path in rules if path not in numbers]
    grain = sum(
        (1.0 if name_of(p) == "context" else 0.01 if name_of(p) == "budget" else step_of(p) / 100)
        / (abs(value_of(routing, p)) or step_of(p))
        for p, value in move.values.items()
        if isinstance(value, float)
    )
    movement = move.movement - grain - 1e-6
    for k in range(int(max(movement, 0) // DROP_WEIGHT) + 1):
        for given in combinations(others, k):
            left, base = movement - DROP_WEIGHT * k, without(routing, {*given})
            parts = {1: 60, 2: 24, 3: 9, 4: 5, 5: 4}.get(len(numbers), 2)
            for share in shared_out(len(numbers), parts) if left > 0 else ():
                changed = base
                for path, part in zip(numbers, share, strict=True):
                    changed = moved(changed, path, left * part / parts) if part else changed
                yield changed


def test_no_way_to_move_the_rules_by_less_makes_them_hold() -> None:
    seen = tried = several = 0
    for seed, picker, routing in cases(range(suite_cases(34))):
        move = minimal_relaxation(RelaxationScope.of(routing, picker.compiler), 30)
        assert move is not None and move.proven, seed
        for other in slightly_nearer(routing, move):
            assert not fits(picker, other), (seed, move)
            tried += 1
        seen, several = seen + 1, several + (len(move.values) > 1)
    assert seen >= suite_cases(15) and several >= suite_cases(6) and tried >= suite_cases(500)


def test_what_is_written_holds_and_no_rule_of_it_could_come_nearer() -> None:
    seen = 0
    for seed, picker, routing in cases(range(70, 70 + suite_cases(35))):
        found = combined_repair(routing, FeasibilityTest(picker.compiler, Deadline.after(30)))
        values = {one.path: tuple(one.to) if isinstance(one.to, list) else one.to for one in found}
        assert fits(picker, changed(routing, values)), (seed, values)
        for path, value in values.items():
            if isinstance(value, float):
                step = 1.0 if name_of(path) == "context" else step_of(path) / 100
                closer = {**values, path: value + (step if name_of(path) in DOWN else -step)}
                assert not fits(picker, changed(routing, closer)), (seed, path, values)
        plan = picker.pick(changed(routing, values) or routing)
        assert found[-1].cost == pytest.approx(plan.cost, rel=1e-6)
        assert all(one.cost is None for one in found[:-1])
        seen += 1
    assert seen >= suite_cases(15)


def changed(routing: Routing, values: dict[str, Any]) -> Routing | None:
    after: Routing | None = routing
    for path, value in values.items():
        after = None if after is None else with_value(after, path, value)
    return after


def test_where_time_is_out_nothing_is_said_to_be_the_nearest() -> None:
    for _, picker, routing in cases(range(8)):
        move = minimal_relaxation(RelaxationScope.of(routing, picker.compiler), -1.0)
        assert move is None or not move.proven
