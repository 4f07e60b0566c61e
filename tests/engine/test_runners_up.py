"""The offers next in line, by hand: which, at what share, and what they cost more."""

from __future__ import annotations

from typing import Any

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.explanation import WhyNot
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.explain.runners_up import runners_up
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer


def next_best(catalog: Catalog, limits: dict[str, Any] | None = None, **label: Any) -> list[WhyNot]:
    labels = {"work": {**MILLION, **codes(60.0, **label)}}
    routing = Routing.model_validate({"limits": limits or {}, "labels": labels})
    return list(runners_up(routing, Compiler(catalog, TODAY), "work", 60.0))


def test_they_are_found_behind_many_that_are_cheap_and_serve_no_one_alone() -> None:
    poor = {f"p/poor-{number:02}": offer(1.0) for number in range(60)}
    catalog = market(
        {**poor, "p/used": offer(10.0), "p/next": offer(12.0)},
        **{key.partition("/")[2]: coding(20.0) for key in poor},
        used=coding(70.0),
        next=coding(70.0),
    )
    (runner,) = next_best(catalog, max_models=1)
    assert (runner.offer, runner.forced_share, runner.note) == ("p/next", 1.0, "")
    assert runner.forced_cost == pytest.approx(2.0)  # 12 - 10 USD


def test_of_the_sellers_of_a_model_the_cheapest_is_named_and_of_equals_the_fastest() -> None:
    fast = {"ttft": 0.1, "tps": 1000.0}
    catalog = market(
        {
            "p/used": offer(10.0),
            "q/used": offer(11.0),
            **{f"{seller}/next": offer(12.0) for seller in ("p", "q", "s")},
            "r/next": offer(12.0, **fast),
            "p/last": offer(13.0),
        },
        **dict.fromkeys(("used", "next", "last"), coding(70.0)),
    )
    runners = next_best(catalog, max_models=1)
    assert [runner.offer for runner in runners] == ["q/used", "r/next", "p/last"]
    assert [runner.forced_cost for runner in runners] == pytest.approx([1.0, 2.0, 3.0])


def test_of_two_offers_the_share_is_that_at_which_they_cost_the_least() -> None:
    catalog = market(
        {"p/weak": offer(1.0), "p/strong": offer(5.0), "p/middling": offer(3.0), "p/sole": offer(4.0)},
        weak=coding(40.0),
        strong=coding(80.0),
        middling=coding(50.0),
        sole=coding(60.0),
    )
    # The plan: half weak, half strong, 3 USD. A third of strong makes up for middling: 2/3 * 3 + 1/3 * 5.
    middling, sole = next_best(catalog, max_models=2)
    assert (middling.offer, middling.forced_share) == ("p/middling", pytest.approx(2 / 3))
    assert middling.forced_cost == pytest.approx(11 / 3 - 3)
    assert (sole.offer, sole.forced_share, sole.forced_cost) == ("p/sole", 1.0, pytest.approx(1.0))


def test_where_a_label_may_use_many_a_hundredth_of_it_is_tried() -> None:
    catalog = market(
        {"p/weak": offer(1.0), "p/strong": offer(5.0), "p/middling": offer(3.0)},
        weak=coding(40.0),
        strong=coding(80.0),
        middling=coding(50.0),
    )
    (runner,) = next_best(catalog)
    # A point costs 0.1 USD: middling is worth 2 USD and costs 3, so that a hundredth costs 0.01 USD more.
    assert (runner.offer, runner.forced_share) == ("p/middling", 0.01)
    assert runner.forced_cost == pytest.approx(0.01)


def test_where_models_are_few_the_other_labels_move_to_the_next_one_too() -> None:
    catalog = market(
        {"p/used": offer(10.0), "p/next": offer(12.0), "p/good": offer(20.0)},
        used=coding(70.0),
        next=coding(70.0),
        good=coding(90.0),
    )
    labels = {"work": {**MILLION, **codes(60.0, max_models=1)}, "play": {**MILLION, **codes(65.0)}}
    routing = Routing.model_validate({"limits": {"max_models": 1}, "labels": labels})
    runners = runners_up(routing, Compiler(catalog, TODAY), "work", 60.0)
    assert [runner.offer for runner in runners] == ["p/next", "p/good"]
    assert [runner.forced_cost for runner in runners] == pytest.approx([4.0, 20.0])  # both labels' 2, and 10


def test_what_is_pinned_is_not_next_and_its_rest_is_made_up_for() -> None:
    catalog = market(
        {"p/pinned": offer(2.0), "p/strong": offer(5.0), "p/stronger": offer(8.0)},
        pinned=coding(40.0),
        strong=coding(80.0),
        stronger=coding(90.0),
    )
    (runner,) = next_best(catalog, pin={"p/pinned": 0.5}, max_models=2)
    # Two offers, one of them pinned: all of the other half has to be the stronger one's.
    assert (runner.offer, runner.forced_share) == ("p/stronger", pytest.approx(0.5))
    assert runner.forced_cost == pytest.approx(0.5 * (8 - 5))
