"""Switches of the mix against a dense grid of fresh solves: also those that come and go between two stops."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.scenario import Outcome
from modelpick.engine.domain.scenario import Path as Grown
from modelpick.engine.solver.analysis.growth import growth, price_path
from modelpick.engine.solver.analysis.hosting import self_hosting
from modelpick.engine.solver.analysis.scenario_solver import ScenarioSolver, grown
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, codes, coding, market

SEEDS: dict[bool, tuple[int, ...]] = {False: (2, 3, 4, 10, 15), True: (3, 5, 9, 10, 15)}


def some_case(seed: int, whole: bool) -> tuple[Catalog, Routing]:
    """Offers with rate limits, of which some labels ask whole numbers as well."""
    rng = random.Random(seed)
    offers: dict[str, dict[str, Any]] = {}
    for key in [f"{p}/{m}" for p in "pqrs" for m in "abcd" if rng.random() < 0.6]:
        speed = {"ttft": rng.uniform(0.5, 3), "tps": 50}
        offers[key] = {"input": rng.uniform(5, 40), "output": rng.uniform(5, 40), **speed}
        if rng.random() < 0.6:
            offers[key]["rpm"] = rng.uniform(2, 200)
    scores = {m: coding(float(rng.randint(30, 90))) for m in sorted({key[2:] for key in offers})}
    labels = {}
    for i in range(rng.randint(1, 2)):
        tokens = {"input_tokens": rng.uniform(0.2, 1), "output_tokens": rng.uniform(0.1, 1)}
        facts = codes(float(rng.randint(40, 60)), requests=rng.randint(1, 9) * 1e4, **tokens)
        if whole:
            facts |= {"max_models": rng.randint(1, 3), "min_share": rng.choice([None, 0.1, 0.2])}
        labels[f"l{i}"] = {**MILLION, **facts}
    limits = {"max_models": rng.choice([None, 2, 3])} if whole else {}
    return market(offers, **scores), Routing.model_validate({"labels": labels, "limits": limits})


def choice(outcome: Outcome) -> Any:
    return (outcome.found, outcome.choice)


def misses(path: Grown, at: Any, grid: Any) -> list[float]:
    """The factors of the grid at which a fresh solve is not what the path says."""
    wrong = []
    for by in map(float, grid):
        passed = [one for one in path.switches if one.at <= by]
        if any(one.below < by < one.at for one in path.switches):
            continue
        said = passed[-1].after if passed else path.stops[0].outcome
        if choice(at(by)) != choice(said):
            wrong.append(by)
    return wrong


def hidden(path: Grown) -> int:
    """Pairs of switches with no stop between them: the mix between came and went unseen by the stops."""
    stops = [stop.at for stop in path.stops]
    return sum(not any(a.at < at < b.below for at in stops) for a, b in pairwise(path.switches))


@pytest.mark.parametrize("whole", [False, True], ids=["linear", "whole"])
def test_growth_misses_no_mix_of_a_dense_grid(whole: bool) -> None:
    unseen = 0
    for seed in SEEDS[whole]:
        catalog, asked = some_case(seed, whole)
        compiler = Compiler(catalog, TODAY)
        path = growth(asked, compiler, low=0.1, high=100)
        fresh = lambda by, c=compiler, a=asked: ScenarioSolver(c).outcome(grown(a, by))  # noqa: E731
        assert misses(path, fresh, np.geomspace(0.1, 100, 50)) == [], seed
        unseen += hidden(path)
    assert unseen > 2


def test_a_price_misses_no_mix_of_a_dense_grid() -> None:
    unseen = 0
    for seed in (0, 2, 3, 5, 10):
        catalog, asked = some_case(seed, whole=True)
        compiler = Compiler(catalog, TODAY)
        offer = random.Random(seed).choice(compiler.table.offers)
        path = price_path(asked, compiler, offer)
        own = np.array([key == offer for key in compiler.table.offers])
        fresh = lambda by, c=compiler, a=asked, o=own: ScenarioSolver(c).with_prices(o, by).outcome(a)  # noqa: E731
        assert path.proven and misses(path, fresh, np.geomspace(0.1, 10, 80)) == [], seed
        unseen += hidden(path)
    assert unseen > 0


def test_break_evens_hold_on_both_sides_and_none_is_missed() -> None:
    # A machine costs 7.30 USD and carries 6.57 M requests, for which the API takes 13.14. Renting pays from
    # 3.65 M on, not with a second machine from 6.57 M, and again from 7.30 M: the two stops around, 5.62 and
    # 10, are of one kind.
    own = {"input": 0, "output": 0, "hosting": {"usd_per_hour": 0.01, "rpm": 150}}
    catalog = market({"api/m": {"input": 2, "output": 2}, "own/m": own}, m=coding(50))
    asked = Routing.model_validate({"labels": {"work": {**MILLION, **codes(40.0, max_models=1)}}})
    compiler = Compiler(catalog, TODAY)
    found = self_hosting(asked, compiler, low=1, high=1000)
    assert [(one.at, one.pays) for one in found.break_evens] == [
        (pytest.approx(3.65, rel=2e-6), True),
        (pytest.approx(6.57, rel=2e-6), False),
        (pytest.approx(7.3, rel=2e-6), True),
    ]
    buy = ScenarioSolver(compiler).without(np.array([key == "own/m" for key in compiler.table.offers]))
    for one in found.break_evens:
        for by, pays in ((one.below, not one.pays), (one.at, one.pays)):
            rented, bought = ScenarioSolver(compiler).outcome(grown(asked, by)), buy.outcome(grown(asked, by))
            assert rented.cost is not None and bought.cost is not None
            assert (rented.cost < bought.cost * (1 - 1e-7)) == pays
