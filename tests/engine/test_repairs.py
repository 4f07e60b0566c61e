"""Clashing rules are irreducible, and every repair truly repairs, by no more than it must."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest

from modelpick.engine import Plan, Routing
from modelpick.engine.adapters.routing_file import load_catalog, ready_made, with_sets
from modelpick.engine.domain.rules import rules_in_force, without
from modelpick.engine.solver.pick import Picker
from tests.engine.by_hand import codes, coding, market, offer, solved

TODAY = date(2026, 11, 23)
SCORED = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def mended(plan: Plan) -> dict[str, tuple[Any, Any, float | None]]:
    """Path -> (from, to, cost)."""
    return {r.path: (r.from_, r.to, None if r.cost is None else round(r.cost, 6)) for r in plan.repairs}


def test_a_budget_is_raised_to_the_cent_or_the_quality_lowered() -> None:
    # Quality q takes (q - 40) / 40 of good: 60 costs 2 USD, and 1.50 USD buy 50.
    plan = solved(SCORED, {"work": codes(60)}, limits={"budget": 1.5})
    assert mended(plan) == {
        "limits.budget": (1.5, 2.0, 2.0),
        "labels.work.min_quality": (60.0, 50.0, 1.5),
    }


def test_counts_move_by_whole_numbers() -> None:
    plan = solved(SCORED, {"work": {"min_providers": 2, "max_models": 1}})
    assert mended(plan) == {
        "labels.work.min_providers": (2, 1, 1.0),
        "labels.work.max_models": (1, 2, 1.02),
    }


def test_lists_lose_or_gain_what_it_takes() -> None:
    catalog = market({"p/m": offer(1), "q/m": offer(2)}, m={"features": ["tools"]})
    plan = solved(catalog, {"work": {"features": ["tools", "vision"]}})
    assert mended(plan) == {"labels.work.features": (["tools", "vision"], ["tools"], 1.0)}
    plan = solved(catalog, limits={"providers": ["q"], "deny_providers": ["q"]})
    assert mended(plan) == {
        "limits.providers": (["q"], ["q", "p"], 1.0),
        "limits.deny_providers": (["q"], [], 2.0),
    }


def test_a_window_shrinks_to_the_largest_there_is() -> None:
    plan = solved(SCORED, {"work": {"context": 100_001}})
    assert mended(plan) == {"labels.work.context": (100_001.0, 100_000.0, 1.0)}


def test_a_label_whose_name_has_dots() -> None:
    plan = solved(SCORED, {"a.b.c": {"context": 100_001}})
    assert mended(plan) == {"labels.a.b.c.context": (100_001.0, 100_000.0, 1.0)}


def test_where_two_rules_must_move_no_single_one_is_offered() -> None:
    plan = solved(SCORED, {"a": {"context": 100_001}, "b": {"features": ["vision"]}})
    assert plan.status == "infeasible" and len(plan.conflicts) == 1
    assert plan.repairs == ()
    assert [(r.path, r.to, r.cost) for r in plan.together] == [
        ("labels.b.features", [], None),
        ("labels.a.context", 100_000.0, 2.0),
    ]


def test_maximising_quality_is_a_rule_that_can_clash() -> None:
    # The only offer is unscored: it could serve at the least cost, never for the best quality.
    catalog = market({"p/m": offer(1)})
    plan = solved(catalog, {"work": {"skills": {"coding": 1.0}}}, objective="quality", limits={"budget": 9.0})
    assert plan.status == "infeasible" and plan.conflicts == ("objective",)
    assert mended(plan) == {"objective": ("quality", "cost", 1.0)}


CASES: tuple[list[str], ...] = (
    ["labels.think.min_quality=99"],
    ["limits.budget=5"],
    ["labels.default.max_latency=1"],
    ["labels.background.context=5000000"],
    ['limits.providers=["mistral"]'],
    ["labels.think.min_providers=4"],
    ["limits.open_weights=true", "labels.think.min_quality=80"],
)
# Each of these costs ten seconds: `make fuzz` tries them as well.
SLOW_CASES = (
    ['limits.providers=["nscale"]'],
    ["limits.max_provider_share=0.1"],
    ["objective=quality", "limits.budget=2"],
)
if "MODELPICK_FUZZ" in os.environ:
    CASES += SLOW_CASES


@pytest.mark.parametrize("sets", CASES, ids=" ".join)
def test_on_the_shipped_catalogue_sets_are_irreducible_and_repairs_repair(sets: list[str]) -> None:
    picker, routing = Picker(load_catalog(None), TODAY), with_sets(ready_made(), sets)
    plan = picker.pick(routing)
    assert plan.status == "infeasible" and plan.conflicts and plan.repairs
    cheapest = Routing.model_validate({**routing.model_dump(by_alias=True), "objective": "cost"})
    every = set(rules_in_force(routing))
    for kept in ({*plan.conflicts}, *({*plan.conflicts} - {rule} for rule in plan.conflicts)):
        # The objective is a rule, too: quality asks for offers that have one, the least cost for nothing.
        asked = routing if "objective" in kept else cheapest
        alone = picker.pick(without(asked, every - kept), mend=False)
        assert alone.found == (kept != {*plan.conflicts}), kept
    for repair in plan.repairs:
        to = "" if repair.to is None else repair.to
        fixed = picker.pick(with_sets(routing, [f"{repair.path}={_toml(to)}"]), mend=False)
        assert fixed.found and fixed.cost == pytest.approx(repair.cost, rel=1e-6), repair
        if isinstance(repair.from_, float) and isinstance(repair.to, float):
            nearer = repair.to + 0.05 * (repair.from_ - repair.to)
            still = picker.pick(with_sets(routing, [f"{repair.path}={nearer!r}"]), mend=False)
            assert still.status == "infeasible", repair


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("'", '"')


@pytest.mark.parametrize("over", [3e-7, 2e-6])
def test_what_clashes_by_less_than_a_solver_tolerance_is_mended_all_the_same(over: float) -> None:
    # Half of 876,000 requests is just what 10 a minute allow in a month; the elastic model sees no clash.
    catalog = market({"p/a": offer(1, rpm=10.0), "q/a": offer(2, rpm=10.0), "r/a": offer(9)})
    work = {"requests": 876_000 * (1 + over), "max_models": 2}
    plan = solved(catalog, {"work": work}, limits={"max_provider_share": 0.5})
    assert plan.status == "infeasible"
    assert {path: to for path, (_, to, _) in mended(plan).items()} == {
        "labels.work.max_models": 3,
        "limits.max_provider_share": 0.5005,
    }
