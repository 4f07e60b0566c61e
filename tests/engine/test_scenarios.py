"""What ifs, checked on paper and by solving on both sides of every switch."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError, Routing, pick
from modelpick.engine.adapters.routing_file import load_catalog, ready_made, with_sets
from modelpick.engine.commands import scenarios as command
from modelpick.engine.solver.analysis.growth import growth, price_path
from modelpick.engine.solver.analysis.hosting import self_hosting
from modelpick.engine.solver.analysis.outages import expiring, outages
from modelpick.engine.solver.analysis.tornado import tornado
from modelpick.engine.solver.analysis.what_if import what_ifs
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine import by_hand
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market, offer

TWO = market({"p/cheap": offer(1), "q/good": offer(3)}, cheap=coding(40), good=coding(80))


def routing(labels: dict[str, dict[str, Any]] | None = None, **router: Any) -> Routing:
    labels = {"work": {}} if labels is None else labels
    data = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, **router}
    return Routing.model_validate(data)


def over(catalog: Catalog) -> Compiler:
    return Compiler(catalog, TODAY)


def used(asked: Routing, catalog: Catalog, growth: float) -> set[str]:
    plan = pick(with_sets(asked, [f"limits.growth={growth!r}"]), catalog, today=TODAY)
    return {route.offer for label in plan.labels.values() for route in label.routes}


def test_growth_switches_where_a_rate_limit_is_reached() -> None:
    # A million requests are 1e6 / 43,800 = 22.831 a minute: 100 a minute are reached at 4.38 times that.
    catalog = market({"p/m": offer(1, rpm=100), "q/m": offer(2)})
    path = growth(routing(), over(catalog))
    (one,) = path.switches
    assert one.below < 4.38 * (1 + 1e-12) and one.at == pytest.approx(4.38, rel=2e-6) and one.below < one.at
    assert one.swaps[0].joins == ("q/m",) and path.complete and path.limits == ()
    assert used(routing(), catalog, one.below) == {"p/m"}
    assert used(routing(), catalog, one.at) == {"p/m", "q/m"}
    assert path.stops[0].at == 0.1 and path.stops[-1].at == 1000
    # 4.38 M at 1 USD and the rest of a thousand million at 2.
    assert path.stops[-1].outcome.cost == pytest.approx(4.38 + 2 * 995.62)


def test_growth_ends_where_the_budget_does_and_says_so() -> None:
    path = growth(routing(limits={"budget": 50.0}), over(TWO))
    assert path.switches[-1].at == pytest.approx(50.0, rel=2e-6) and not path.switches[-1].after.found
    assert path.limits == ("limits.budget",)


def test_one_label_grows_alone() -> None:
    path = growth(routing({"a": {}, "b": {}}), over(TWO), "b", high=10)
    assert path.input == "labels.b.requests" and path.stops[-1].outcome.cost == pytest.approx(11)


def test_a_price_switches_the_mix_where_the_other_offer_is_as_cheap() -> None:
    (one,) = price_path(routing(), over(TWO), "q/good").switches
    assert one.below <= 1 / 3 * (1 + 1e-6) and one.at == pytest.approx(1 / 3, rel=2e-6)
    assert one.swaps[0].leaves == ("q/good",) and one.swaps[0].joins == ("p/cheap",)


def test_renting_pays_from_the_volume_whose_tokens_cost_a_replica() -> None:
    # A replica is 730 USD a month and takes all of it; the API takes 1 USD a million: from 730 M on.
    own = {"input": 0, "output": 0, "hosting": {"usd_per_hour": 1, "rpm": 1e6}}
    catalog = market({"api/m": offer(1), "own/m": own})
    found = self_hosting(routing(), over(catalog))
    (one,) = found.break_evens
    assert not found.pays and one.pays and one.at == pytest.approx(730, rel=2e-6)
    assert used(routing(), catalog, one.below * (1 - 1e-6)) == {"api/m"}
    assert used(routing(), catalog, one.at * (1 + 1e-6)) == {"own/m"}
    with pytest.raises(InputError, match="hosting"):
        self_hosting(routing(), over(TWO))


def test_an_outage_is_solved_anew_or_says_which_floor_breaks_and_how_far() -> None:
    # At 60 half of each serves. Without p good serves alone for 3; without q there is no more than 40.
    without_q, without_p = outages(routing({"work": codes(60)}), over(TWO))
    assert without_p.provider == "p" and without_p.change == pytest.approx(1.0)
    assert without_p.requests == pytest.approx(0.5) and without_p.outcome.cost == pytest.approx(3)
    assert without_q.conflicts == ("labels.work.min_quality",)
    (mend,) = without_q.repairs
    assert (mend.path, mend.to, mend.cost) == ("labels.work.min_quality", pytest.approx(40), pytest.approx(1))


def test_an_outage_under_a_floor_that_is_a_model_is_repaired_in_points() -> None:
    # Without q the other model, 40, serves for 1: the floor is lowered to it, from what good has.
    each = {"skills": {"coding": 1.0}, "min_quality_each": "good"}
    (without_q,) = outages(routing({"work": each}), over(TWO))
    (mend,) = without_q.repairs
    assert (mend.path, mend.from_, mend.to) == ("labels.work.min_quality_each", "good", "good - 40")
    assert mend.cost == pytest.approx(1)


def test_offers_expire_one_after_the_other() -> None:
    catalog = market(
        {
            "p/a": offer(1, retires=date(2027, 1, 10)),
            "q/a": offer(2, retires=date(2027, 3, 10)),
            "r/a": offer(3, retires=date(2029, 1, 1)),
        }
    )
    found = expiring(routing(), over(catalog), TODAY)
    assert [(str(e.day), e.gone, e.outcome.cost) for e in found.expiries] == [
        ("2027-01-11", ("p/a",), pytest.approx(2.0)),
        ("2027-03-11", ("q/a",), pytest.approx(3.0)),
    ]
    for one in found.expiries:  # the last day itself is still served
        assert pick(routing(), catalog, today=one.day).cost == pytest.approx(one.outcome.cost)
    assert pick(routing(), catalog, today=date(2027, 1, 10)).cost == pytest.approx(1.0)
    assert [e.day for e in expiring(routing(), over(catalog), TODAY, 60).expiries] == [date(2027, 1, 11)]


def test_a_tornado_is_sorted_and_each_end_is_a_solve() -> None:
    # Two USD at 60: a million requests a fifth more is 0.40, good's price 0.30, cheap's 0.10, a point 0.05.
    found = tornado(routing({"work": codes(60)}), over(TWO))
    bars = {bar.input: bar for bar in found.bars}
    assert found.value == pytest.approx(2)
    assert [bar.effect for bar in found.bars] == sorted((b.effect or 0.0 for b in found.bars), reverse=True)
    assert (bars["labels.work.requests"].at_low, bars["labels.work.requests"].at_high) == pytest.approx(
        (1.6, 2.4)
    )
    assert bars["offers.q/good.price"].effect == pytest.approx(0.3)
    assert bars["offers.p/cheap.price"].effect == pytest.approx(0.1)
    assert bars["labels.work.min_quality"].effect == pytest.approx(0.05)
    # One point more of good: 20 of 41 points of it are needed, 1 + 2 * 20 / 41.
    assert bars["models.good.skills.coding"].at_high == pytest.approx(1 + 40 / 41)


def test_every_end_of_a_tornado_of_the_shipped_catalogue_is_what_solve_says() -> None:
    catalog, asked = load_catalog(None), ready_made()
    bars = tornado(asked, over(catalog)).bars
    checked = 0
    for bar in bars:
        if not bar.input.startswith("labels.") or bar.input.endswith("input_tokens") or bar.unit == "offers":
            continue
        for figure, at in ((bar.low, bar.at_low), (bar.high, bar.at_high)):
            cost = pick(with_sets(asked, [f"{bar.input}={figure}"]), catalog, today=TODAY).cost
            assert cost == pytest.approx(at, rel=1e-9), bar.input
            checked += 1
    assert checked > 20


def test_a_tornado_says_where_todays_offers_are_no_longer_the_best() -> None:
    # p at 1 is beaten by q at 1.1 from a tenth more on; an offer of the very price of p is no reason to move.
    catalog = market({"p/m": offer(1), "q/m": offer(1.1), "r/m": offer(1)}, m=coding(50))
    bars = {bar.input: bar for bar in tornado(routing({"work": codes(40)}), over(catalog)).bars}
    one = bars["offers.p/m.price"]
    assert (one.at_low, one.at_high, one.swaps_low, one.swaps_high) == (
        *(pytest.approx(0.8), pytest.approx(1.0)),
        *(False, True),
    )
    quality = bars["labels.work.min_quality"]
    assert not quality.swaps_low and not quality.swaps_high
    gone = bars["models.m.skills.coding"]
    assert not gone.swaps_low and gone.at_low == pytest.approx(1.0)


def test_what_ifs_tell_standing_still_from_moving() -> None:
    found = {one.name: one for one in what_ifs(routing(), over(market({"p/m": offer(1), "q/m": offer(1.5)})))}
    dear = found["prices of p x2"]
    assert (dear.kept, dear.outcome.cost, dear.change) == pytest.approx((2.0, 1.5, 0.5))
    assert found["all prices x0.5"].change == pytest.approx(-0.5)
    tight = what_ifs(routing(limits={"budget": 1.5}), over(market({"p/m": offer(1), "q/m": offer(1.4)})))
    broken = next(one for one in tight if one.name == "prices of p x2")
    assert broken.kept is None and broken.broken == ("limits.budget",) and broken.outcome.found


def test_unknown_names_and_ranges_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'work'"):
        growth(routing(), over(TWO), "wrk")
    with pytest.raises(InputError, match="did you mean 'q/good'"):
        price_path(routing(), over(TWO), "q/goof")
    with pytest.raises(InputError, match="range"):
        growth(routing(), over(TWO), low=2.0, high=1.0)


ran = partial(by_hand.ran, command)


def test_the_command_prints_what_is_asked_for(few_offers: Path) -> None:
    few = ("--catalog", str(few_offers))
    text, status = ran(*few)
    assert status == 0
    for title in ("Growth", "Prices and volumes", "A provider is out", "Expiring offers", "Tornado"):
        assert f"{title}\n" in text
    assert ("Self-hosting" in text) == any(one.hosting for one in load_catalog(few_offers).offers.values())
    text, status = ran(*few, "--outage", "--json")
    data = json.loads(text)
    assert status == 0 and list(data) == ["outage", "warnings"] and data["outage"][0]["outcome"]["cost"] > 0
    rent = "gpt-oss-120b:usd_per_hour=0.2,rpm=2000,ttft=0.3,tps=150"
    text, status = ran(*few, "--host", rent, "--set", "labels.default.min_quality=10", "--json")
    data = json.loads(text)["self_hosting"]
    first = data["break_evens"][0]
    assert status == 0 and "self-hosted/gpt-oss-120b" in data["offers"] and first["pays"]
    assert sum(first["rented"]["replicas"].values()) >= 1
    for words, wrong in (
        ("gpt-oss-120:rpm=1", "did you mean"),
        ("gpt-oss-120b:rmp=1", "did you mean 'rpm'"),
        ("gpt-oss-120b:usd_per_hour=2", "rpm or tpm"),
        ("gpt-oss-120b:usd_per_hour=x", "not a number"),
    ):
        with pytest.raises(InputError, match=wrong):
            ran(*few, "--host", words)
    text, status = ran(*few, "--tornado", "--set", "limits.budget=1")
    assert status == 1 and "no plan" in text
    with pytest.raises(InputError, match="--label goes with --growth"):
        ran("--outage", "--label", "think")
