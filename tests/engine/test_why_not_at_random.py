"""Why-not on random routings, each figure against SCIP: what is out just before it is in just beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from random import Random

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.explanation import WhyNot
from modelpick.engine.solver.explain.why_not import why_not
from modelpick.engine.solver.pick import Picker
from tests.oracle import formulas as f
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case, suite_cases
from tests.oracle.grown import plan_case
from tests.oracle.scip import Table
from tests.oracle.why import World, close, gains, linear, same

SAME = 2e-8  # a gain beyond this is one
BESIDE = 1e-3  # how far beside an entry point, relative
Case = tuple[World, WhyNot, float | None]  # with the objective of the plan as it is


def hurried(catalog: f.Json, routing: f.Json) -> None:
    """Every label that waits for its answers wants them as fast as the fastest offer gives them."""
    for label in routing["labels"].values():
        laws = [f.speed(catalog, label, offer) for offer in catalog["offers"]]
        reach = sorted(f.own_percentile(law, 95.0) for law in laws if law is not None)
        if reach and not label.get("batch"):
            label |= {"max_latency": round(1.02 * reach[0], 3), "percentile": 95.0}


def wide(catalog: f.Json, routing: f.Json) -> None:
    """Every label wants a window that the smaller half of the models has not."""
    windows = sorted(model["context"] for model in catalog["models"].values())
    for label in routing["labels"].values():
        label["context"] = windows[len(windows) // 2]


def cases() -> Iterator[Case]:
    for seed in range(suite_cases(36)):
        catalog, routing = random_case(seed, "tiny")
        if seed % 3:
            (hurried if seed % 3 == 1 else wide)(catalog, routing)
        picker, asked = Picker(Catalog.model_validate(catalog), TODAY), Routing.model_validate(routing)
        random = Random(seed)
        for label in routing["labels"]:
            for offer in random.sample(sorted(catalog["offers"]), 3):
                world = World(catalog, routing, label, offer)
                said = why_not(asked, picker.compiler, label, offer, 60.0, picker.cache)
                yield world, said, world.value()


@pytest.fixture(scope="module")
def every() -> list[Case]:
    return list(cases())


@pytest.fixture(scope="module")
def out(every: list[Case]) -> list[Case]:
    """Those that would not be used as they are, whatever is waived, and the plan there then is."""
    return [case for case in every if not case[1].share and not case[1].would_share and not case[1].note]


def table(world: World, said: WhyNot) -> Table:
    """What the offer is, its broken rules waived for it alone."""
    return world.having(world.excused(said.assumed)) if said.breaks else world.table


def test_the_rules_it_breaks_are_those_that_make_it_ineligible_and_in_figures(every: list[Case]) -> None:
    figures = 0
    for world, said, _ in every:
        assert (world.own is None) == bool(said.breaks) and said.waived == tuple(b.rule for b in said.breaks)
        for broken in said.breaks:
            assert broken.needed is not None
            if broken.by is not None and isinstance(broken.needed, float):
                assert broken.by == pytest.approx(abs(broken.needed - broken.has)) and broken.by > 0
                figures += 1
    assert figures >= 10


def test_forcing_costs_what_the_pinned_plan_costs_more_and_what_cannot_be_forced_fits_nowhere(
    every: list[Case],
) -> None:
    forced = waived = impossible = 0
    for world, said, now in every:
        if said.share or (now is None and not said.breaks):
            continue
        rows = table(world, said)
        base = world.value(rows) if now is None else now
        if base is None:
            continue
        if said.forced_share is None:
            assert all(world.value(rows, pin=share) is None for share in (0.01, 0.2, 1.0))
            impossible += 1
            continue
        there = world.value(rows, pin=said.forced_share)
        assert there is not None and same(world.told(there - base), said.forced_change, base), world
        forced, waived = forced + 1, waived + bool(said.waived)
    assert forced >= suite_cases(30) and waived >= suite_cases(13) and impossible >= 1, (
        forced,
        waived,
        impossible,
    )


def test_what_is_waived_for_it_alone_lets_it_in_where_that_pays(every: list[Case]) -> None:
    used = 0
    for world, said, now in every:
        if not said.breaks or now is None:
            continue
        best = world.value(table(world, said))
        assert best is not None
        if (now - best) / max(abs(now), 1e-9) > 1e-6:
            assert said.would_share
        if said.would_share and world.routing["objective"] == "cost":
            assert same(best - now, said.would_cost, now)
            used += 1
    assert used >= suite_cases(2), used


def test_the_reduced_cost_is_what_must_come_off_before_it_pays(out: list[Case]) -> None:
    checked = 0
    for world, said, now in out:
        if said.reduced_cost is None or world.routing["objective"] == "quality" or not now:
            continue
        own = world.excused(said.assumed)
        near = BESIDE * said.reduced_cost + 1e-6 * abs(now)
        before, beyond = (
            gains(world, world.having(replace(own, cost=own.cost - said.reduced_cost + by)))
            for by in (near, -near)
        )
        assert before is not None and before <= SAME and (beyond is None or beyond > SAME), world
        checked += 1
    assert checked >= suite_cases(15), checked


def test_without_whole_numbers_the_reduced_cost_is_the_derivative() -> None:
    checked = 0
    for seed in range(8):
        catalog, routing = linear(*random_case(seed, "tiny"))
        picker, asked = Picker(Catalog.model_validate(catalog), TODAY), Routing.model_validate(routing)
        label = next(iter(routing["labels"]))
        for offer in sorted(catalog["offers"])[:3]:
            world = World(catalog, routing, label, offer)
            said = why_not(asked, picker.compiler, label, offer, 60.0)
            now, there = world.value(), world.value(pin=1e-4)
            if said.reduced_cost is None or said.breaks or now is None or there is None:
                continue
            assert (there - now) / 1e-4 == pytest.approx(said.reduced_cost, rel=1e-3, abs=1e-4 * abs(now))
            checked += 1
    assert checked >= 5, checked


def test_it_is_out_above_its_entry_price_and_in_below(out: list[Case]) -> None:
    found = strict = never = 0
    for world, said, _ in out:
        factor = said.enters.price_factor
        if factor is None:
            free = world.priced(1e-9)
            gain = gains(free, table(free, said))
            assert "price" in said.enters.never and gain is not None and gain <= 1e-6, world
            never += 1
            continue
        above, below = (world.priced(factor * (1 + by)) for by in (BESIDE, -BESIDE))
        before, beyond = gains(above, table(above, said)), gains(below, table(below, said))
        assert before is not None and (before <= SAME or factor > 1 - BESIDE), world
        assert beyond is None or beyond > SAME or world.routing["objective"] == "quality", world
        found, strict = found + 1, strict + (beyond is None or beyond > SAME)
    assert found >= suite_cases(15) and strict >= suite_cases(12) and never >= 5, (found, strict, never)


def test_it_is_out_below_its_entry_quality_and_in_above(out: list[Case]) -> None:
    found = never = 0
    for world, said, _ in out:
        own, quality = world.excused(said.assumed), said.enters.quality
        if own.quality is None:
            assert quality is None and "quality" in said.enters.never
            continue
        if quality is None:
            gain = gains(world, world.having(own.at_quality(100.0)))
            assert "quality" in said.enters.never and gain is not None and gain <= SAME, world
            never += 1
            continue
        low, high = max(own.quality, quality - 0.01), min(quality + 0.01, 100.0)
        before, beyond = (gains(world, world.having(own.at_quality(q))) for q in (low, high))
        assert before is not None and before <= SAME and (beyond is None or beyond > -SAME), world
        found += beyond is None or beyond > SAME
    assert found >= 4 and never >= suite_cases(15), (found, never)


def test_it_is_out_when_slower_than_its_entry_speed_and_in_when_faster(out: list[Case]) -> None:
    found = never = 0
    for world, said, _ in out:
        factor = said.enters.speed_factor
        if factor is None:
            assert "speed" in said.enters.never
            if f.limit_of(world.routing["labels"][world.label]) is not None and "late" not in said.assumed:
                fast = world.timed(1e-9)
                gain = gains(fast, table(fast, said))
                assert gain is not None and gain <= SAME, world
                never += 1
            continue
        slow, fast = (world.timed(factor * (1 + by) + 0.01 * by) for by in (BESIDE, -BESIDE))
        before, beyond = gains(slow, table(slow, said)), gains(fast, table(fast, said))
        assert before is not None and before <= SAME and (beyond is None or beyond > -SAME), world
        found += beyond is None or beyond > SAME
    assert found >= 2 and never >= 5, (found, never)


def test_a_window_that_is_too_small_says_what_it_needs_and_what_it_takes(every: list[Case]) -> None:
    seen = 0
    for world, said, _ in every:
        window = said.window
        assert (window is not None) == ([b.rule for b in said.breaks] == [f"labels.{world.label}.context"])
        if window is None or window.accepts is None:
            continue
        larger = deepcopy(world.catalog)
        model = f.split(world.offer)[1]
        larger["offers"][world.offer].pop("context", None)
        larger["models"][model]["context"] = window.needs
        assert replace(world, catalog=larger).own is not None
        larger["models"][model]["context"] = window.needs - 1
        assert replace(world, catalog=larger).own is None
        name = window.path.rpartition(".")[2]
        for value, fits in ((window.accepts, True), (window.accepts + 1, False)):
            routing = deepcopy(world.routing)
            routing["labels"][world.label][name] = value
            asked = replace(world, routing=routing)
            assert (asked.own is not None) == fits
            if fits:
                plan = Picker(Catalog.model_validate(world.catalog), TODAY).pick(
                    Routing.model_validate(routing), mend=False
                )
                routes = plan.labels[world.label].routes if plan.found else ()
                share = sum(route.share for route in routes if route.offer == world.offer)
                assert close(share if plan.found else None, window.accepts_share)
        seen += 1
    assert seen >= suite_cases(3), seen


@pytest.mark.skipif(suite_cases(3) < 3, reason="two seconds for one offer: in make fuzz")
def test_prices_of_next_to_nothing_beside_subscriptions_are_no_numerical_trouble() -> None:
    # At a price factor of 1.5e-8 HiGHS solves the integer model, and gives up on the linear one that its
    # whole numbers leave.
    catalog, routing = plan_case(1021, "small")
    picker, asked = Picker(Catalog.model_validate(catalog), TODAY), Routing.model_validate(routing)
    answer = why_not(asked, picker.compiler, "l1", "p1/m1", 60.0)
    assert answer.would_share == 0.0 and answer.forced_share == 0.01 and answer.enters.price_factor == 0.0
