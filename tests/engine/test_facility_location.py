"""A limited number of providers, or of models, over many labels: against every set of them tried out."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from modelpick.engine import Catalog, Routing
from modelpick.engine.solver.cache import SolveCache
from modelpick.engine.solver.facility_location import solve_at_few_models, solve_at_few_providers
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solution import Solution
from modelpick.engine.solver.solve import solve_without_tie_breaking
from tests.engine.by_hand import MILLION, coding, market
from tests.oracle import scip
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case, suite_cases

SOURCES, MODELS, LABELS = 7, 3, 12


def shop(seed: int) -> tuple[Catalog, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Every provider sells every model at prices of its own, each with a quality: the market, (S, M) USD per
    million tokens and (M,) points."""
    by_chance = np.random.default_rng(seed)
    price, points = by_chance.uniform(1, 40, (SOURCES, MODELS)), by_chance.uniform(40, 90, MODELS)
    sells = by_chance.uniform(size=price.shape) < 0.6
    sells[by_chance.integers(SOURCES), points.argmax()] = True
    price = np.where(sells, price, np.inf)
    offers = {f"p{p}/m{m}": {"input": price[p, m], "output": 0.0} for p, m in np.argwhere(sells)}
    return market(offers, **{f"m{m}": coding(points[m]) for m in range(MODELS)}), price, points


def workload(seed: int, best: float, **facts: Any) -> dict[str, Any]:
    """Labels of a million tokens a month, and their floors up to the best model's points."""
    by_chance = np.random.default_rng(seed + 100)
    return {
        f"l{at}": {
            "requests": 1000,
            "input_tokens": int(by_chance.integers(100, 2000)),
            "output_tokens": 0,
            "skills": {"coding": 1.0},
            "min_quality": round(float(by_chance.uniform(40, best)), 2),
            **facts,
        }
        for at in range(LABELS)
    }


def least(price: np.ndarray[Any, Any], points: np.ndarray[Any, Any], floor: float) -> float:
    """The least USD per million tokens of any mix that has the points."""
    offers = np.isfinite(price)
    optimum = (
        linprog(
            price[offers],
            A_ub=-np.broadcast_to(points, price.shape)[offers][None],
            b_ub=[-floor],
            A_eq=np.ones((1, int(offers.sum()))),
            b_eq=[1.0],
        )
        if offers.any()
        else None
    )
    return optimum.fun if optimum is not None and optimum.status == 0 else np.inf


def tried_out(
    price: np.ndarray[Any, Any], points: np.ndarray[Any, Any], labels: dict[str, Any], axis: int
) -> float:
    """The least cost of the labels with two providers (axis 0), or two models (axis 1)."""
    best = np.inf
    for chosen in combinations(range(price.shape[axis]), 2):
        opened = price.take(chosen, axis=axis)
        has = points if axis == 0 else points[list(chosen)]
        best = min(
            best,
            sum(
                label["input_tokens"] / 1000 * least(opened, has, label["min_quality"])
                for label in labels.values()
            ),
        )
    return best


def solved(
    catalog: Catalog, labels: dict[str, dict[str, Any]], limits: dict[str, Any]
) -> tuple[Solution, int]:
    """The optimum by sets of providers, or else of models, and how many of them it uses."""
    asked = {"labels": {name: {**MILLION, **facts} for name, facts in labels.items()}, "limits": limits}
    return by_sets(catalog, Routing.model_validate(asked))


def by_sets(catalog: Catalog, asked: Routing) -> tuple[Solution, int]:
    picker = Picker(catalog, TODAY)
    problem = picker.compiler.compile(picker.compiler.resolved(asked))
    few, codes = (
        (solve_at_few_models, problem.model)
        if problem.max_providers is None
        else (solve_at_few_providers, problem.provider)
    )
    optimum = few(
        problem, 30.0, lambda part, seconds: solve_without_tie_breaking(part, seconds, SolveCache())
    )
    if optimum.shares is None:
        return optimum, 0
    return optimum, len(np.unique(codes[(optimum.shares > 0).any(axis=0)]))


@pytest.mark.parametrize("max_models", [2, 3, None], ids="at most {} offers a label".format)
@pytest.mark.parametrize("seed", [0])
def test_labels_share_the_best_two_providers(seed: int, max_models: int | None) -> None:
    # Under one rule on a mix a third offer never helps, so that all three ask for the same.
    catalog, price, points = shop(seed)
    labels = workload(seed, float(points.max()), **({} if max_models is None else {"max_models": max_models}))
    optimum, providers = solved(catalog, labels, {"max_providers": 2})
    assert optimum.status == "optimal" and providers <= 2
    assert optimum.value == pytest.approx(tried_out(price, points, labels, 0), rel=1e-7)


@pytest.mark.parametrize("seed", range(2))
def test_labels_of_any_number_of_offers_share_the_best_two_models(seed: int) -> None:
    catalog, price, points = shop(seed)
    labels = workload(seed, float(points.max()))
    optimum, models = solved(catalog, labels, {"max_models": 2})
    assert optimum.status == "optimal" and models <= 2
    assert optimum.value == pytest.approx(tried_out(price, points, labels, 1), rel=1e-7)


def test_a_pinned_provider_is_one_of_them() -> None:
    # Two of a, b, c at 1, 2 and 3 USD: with a tenth of one label at c, a has the rest; with two pins of
    # different providers nothing is left to choose, with three there is no plan.
    prices = {"a": 1, "b": 2, "c": 3}
    catalog = market({f"{p}/m": {"input": usd, "output": 0.0} for p, usd in prices.items()})
    facts: dict[str, Any] = {"requests": 1000, "input_tokens": 1000, "output_tokens": 0}
    one: dict[str, dict[str, Any]] = {"one": {**facts, "pin": {"c/m": 0.1}}, "two": facts}
    assert solved(catalog, one, {"max_providers": 2})[0].value == pytest.approx(0.1 * 3 + 0.9 * 1 + 1)
    both: dict[str, dict[str, Any]] = {
        "one": {**facts, "pin": {"c/m": 0.5}},
        "two": {**facts, "pin": {"b/m": 0.5}},
    }
    # The rest of either is the other's: half at 3 and half at 2 USD each.
    assert solved(catalog, both, {"max_providers": 2})[0].value == pytest.approx(2 * (1.5 + 1.0))
    three = {**both, "three": {**facts, "pin": {"a/m": 0.5}}}
    assert solved(catalog, three, {"max_providers": 2})[0].status == "infeasible"


def test_no_two_providers_are_enough_where_each_of_three_labels_needs_its_own() -> None:
    features = {"a": "tools", "b": "vision", "c": "pdf"}
    catalog = market(
        {f"{p}/{p}": {"input": 1, "output": 0.0} for p in features},
        **{p: {"features": [feature]} for p, feature in features.items()},
    )
    labels = {p: {"features": [feature]} for p, feature in features.items()}
    assert solved(catalog, labels, {"max_providers": 2})[0].status == "infeasible"
    assert solved(catalog, labels, {"max_providers": 3})[0].status == "optimal"


@pytest.mark.parametrize("rule", ["max_providers", "max_models"])
def test_with_rules_of_every_kind_it_is_the_independent_solvers_answer(rule: str) -> None:
    compared = 0
    for seed in range(300, 300 + suite_cases(15)):
        facts, routing = random_case(seed, "small")
        routing["limits"].pop("max_providers", None)
        routing["limits"][rule] = 2
        for label in routing["labels"].values() if rule == "max_models" else ():
            label.pop("max_models", None)
        catalog, asked = Catalog.model_validate(facts), Routing.model_validate(routing)
        optimum, used = by_sets(catalog, asked)
        truth = scip.solve(facts, routing, TODAY)
        assert (optimum.status == "optimal") == (truth["status"] == "optimal") and used <= 2, seed
        if optimum.shares is not None:
            sign = -1 if routing["objective"] == "quality" else 1
            assert sign * optimum.value == pytest.approx(truth["objective"], rel=1e-6, abs=1e-9), seed
            compared += 1
    assert compared >= suite_cases(6)


def test_offers_just_at_a_floor_keep_it_whatever_rounding_says() -> None:
    # 0.6 * 62.7 / 0.6 is a little less than 62.7. Of p and q, which need each other for one, p serves two as
    # well: 0.99 * 1 + 0.01 * 2 and 1 USD; s alone would be cheaper for two, as a third provider.
    assert 0.6 * 62.7 / 0.6 < 62.7
    offers = {"p/m": {"input": 1, "output": 0.0}, "q/m": {"input": 2, "output": 0.0}}
    catalog = market({**offers, "s/n": {"input": 0.5, "output": 0.0}}, m=coding(62.7))
    facts: dict[str, Any] = {"requests": 1000, "input_tokens": 1000, "output_tokens": 0}
    floor = {"skills": {"coding": 0.6}, "min_quality": 62.7, "min_providers": 2}
    optimum, _ = solved(catalog, {"one": {**facts, **floor}, "two": facts}, {"max_providers": 2})
    assert optimum.status == "optimal" and optimum.value == pytest.approx(2.01)
