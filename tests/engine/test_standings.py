"""How offers stand for a label, checked against plain formulas and every pair of offers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from modelpick.engine.adapters.catalog.overlay import overlaid_text, own_figures, with_overrides
from modelpick.engine.adapters.routing_file import load_catalog, load_routing, ready_made, with_sets
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.explain.standings import dominators, standings
from modelpick.engine.solver.pick import pick

TODAY = date(2026, 11, 24)


def test_the_figures_are_those_of_a_plan_of_that_offer_alone() -> None:
    routing, catalog = ready_made(), load_catalog()
    told = standings(routing, Compiler(catalog, TODAY), "default")
    free = [one for one in told.offers if not one.breaks and one.carries == 1 and one.quality is not None]
    assert len(told.offers) == len(spelled_out(catalog).offers) and len(free) > 5
    for one in free[:5]:
        label = routing.labels["default"].model_copy(
            update={
                "pin": {one.offer: 1.0},
                "min_quality": None,
                "min_quality_each": None,
                "max_latency": None,
            }
        )
        alone = routing.model_copy(update={"labels": {"default": label}})
        plan = pick(alone, catalog, today=TODAY).labels["default"]
        assert plan.cost == pytest.approx(one.cost)
        assert plan.quality == pytest.approx(one.quality)
        assert plan.latency == pytest.approx(one.latency)


@pytest.mark.parametrize(
    "sets",
    [
        [],
        ["limits.max_models=2"],
        ["limits.max_providers=2"],
        ["limits.max_provider_share=0.5", "labels.default.max_models="],
        ["labels.default.min_providers=2", "labels.default.max_models="],
        ["labels.default.max_latency=20", "labels.default.min_quality=50"],
        ["labels.background.requests=0"],
        ["limits.peak=50", "limits.growth=100"],
        ["objective=quality", "limits.budget=250"],
        ['labels.default.pin={"azure/gpt-5-nano"=0.2}', "labels.default.max_models="],
    ],
)
def test_no_plan_has_an_offer_that_is_told_to_be_dominated(sets: list[str]) -> None:
    catalog = load_catalog()
    routing = with_sets(ready_made(), sets)
    plan, compiler = pick(routing, catalog, today=TODAY), Compiler(catalog, TODAY)
    assert plan.found
    for name, label in plan.labels.items():
        told = {one.offer: one.dominated_by for one in standings(routing, compiler, name).offers}
        assert {route.offer: told[route.offer] for route in label.routes if told[route.offer]} == {}
        assert any(told.values())


def test_dominance_is_that_of_every_pair() -> None:
    rng = np.random.default_rng(3)
    n = 300
    cost, quality, latency = (rng.integers(0, 12, n).astype(float) for _ in range(3))
    quality[rng.random(n) < 0.1] = np.nan
    latency[rng.random(n) < 0.1] = np.nan
    among = np.flatnonzero(rng.random(n) < 0.8)
    found = dominators(cost, quality, latency, among)
    good = np.nan_to_num(quality, nan=-np.inf)
    slow = np.nan_to_num(latency, nan=np.inf)
    for i in range(n):
        beats = [
            j
            for j in among
            if i in among
            and cost[j] <= cost[i]
            and good[j] >= good[i]
            and slow[j] <= slow[i]
            and (cost[j], -good[j], slow[j]) != (cost[i], -good[i], slow[i])
        ]
        if not beats:
            assert found[i] == -1
        else:
            assert found[i] in beats and cost[found[i]] == min(cost[j] for j in beats)


def test_what_an_offer_would_not_keep_alone_is_said(question: Path, facts: Path) -> None:
    """small has 40 of the 60 points; large takes 0.5 + 500/60 = 8.83 s at the median, 17.7 s at the p95."""
    catalog = load_catalog(facts)
    for limit, misses in (
        ("15", {"north/small": ("min_quality",), "north/large": ("max_latency",)}),
        ("18", {"north/small": ("min_quality",), "north/large": ()}),
    ):
        routing = with_sets(load_routing(question), [f"labels.default.max_latency={limit}"])
        offers = standings(routing, Compiler(catalog, TODAY), "default").offers
        assert {each.offer: each.misses for each in offers if not each.breaks} == misses
    free = standings(load_routing(question), Compiler(catalog, TODAY), "background").offers
    assert not any(each.misses for each in free)


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(InputError, match=r"no label 'defualt'.*default"):
        standings(ready_made(), Compiler(load_catalog(), TODAY), "defualt")


def test_facts_lie_over_the_catalogue_and_are_checked(facts: Path) -> None:
    catalog = load_catalog(facts)
    tried = with_overrides(catalog, {"offers": {"north/small": {"input": 9.0}}})
    assert tried.offers["north/small"].input == 9.0 and tried.offers["north/small"].output == 0.4
    assert catalog.offers["north/small"].input == 0.1
    with pytest.raises(InputError, match="what-if: input: should be greater than or equal to 0"):
        with_overrides(catalog, {"offers": {"north/small": {"input": -1.0}}})
    with pytest.raises(InputError, match=r"unknown offer 'north/smal'.*north/small"):
        with_overrides(catalog, {"offers": {"north/smal": {}}})


def test_kept_figures_leave_the_users_lines_alone() -> None:
    old = '# mine\n[offers."a/b"]\ninput = 1.0  # by phone\n'
    facts = {"offers": {"a/b": {"output": 2.0}}, "models": {"b": {"skills": {"coding": 5.0}}}}
    new = overlaid_text(old, own_figures(facts, TODAY), "x")
    assert new.startswith(old[:-1]) and "output = 2.0" in new and "coding = 5.0" in new
    with pytest.raises(InputError, match="x: offers: is no table"):
        overlaid_text("offers = 3", own_figures(facts, TODAY), "x")
