"""Labels under one rule of all: the enumeration against the textbook model, on paper and at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.solver.branch_and_price.driver import branch_and_price
from modelpick.engine.solver.branch_and_price.knapsack import solve_knapsack
from modelpick.engine.solver.cache import SolveCache
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.compile.problem import NO_HOSTS, LinkingConstraint, Problem
from modelpick.engine.solver.models.compact import solve_compact
from modelpick.engine.solver.solve import meets_linking
from tests.engine.by_hand import MILLION, coding, market, mix, offer, solved
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case


def mean_of_quality(problem: Problem, share: float) -> Problem:
    """The problem with one rule of all: a mean quality of `share` of the highest there is."""
    quality, even = np.nan_to_num(problem.quality), 1 / len(problem.labels)
    top = even * np.where(problem.eligible, quality, 0).max(axis=1).sum()
    rule = LinkingConstraint(
        "quality", np.arange(quality.shape[1]), even * (100 - quality) / 100, 1 - share * top / 100
    )
    return replace(problem, linking=(rule,), max_models=None, max_providers=None)


def without_hosts_and_pins(problem: Problem) -> Problem:
    """The problem of rented offers only."""
    eligible = problem.eligible.copy()
    eligible[:, problem.self_hosted] = False
    none = np.full(problem.pin.shape, np.nan)
    return replace(
        problem,
        eligible=eligible,
        pin=none,
        **NO_HOSTS,
    )


def problems(size: str, seeds: range) -> Iterator[tuple[str, Problem]]:
    """Random labels of one to four offers, with least shares and two providers asked of some."""
    for seed in seeds:
        catalog, data = random_case(seed, size)
        routing, by_chance = Routing.model_validate(data), np.random.default_rng(seed)
        compiler = Compiler(Catalog.model_validate(catalog), TODAY)
        problem = without_hosts_and_pins(compiler.compile(routing))
        labels = len(problem.labels)
        most = by_chance.choice([1, 2, 3, 3, 4], labels)
        rules: dict[str, Any] = {
            "max_offers": most,
            "min_share": by_chance.choice([0, 0.05, 0.2, 0.3], labels),
            "min_providers": np.minimum(by_chance.choice([1, 1, 2], labels), most),
        }
        if problem.eligible.any(axis=1).all():
            yield (
                f"{size} {seed}",
                replace(mean_of_quality(problem, by_chance.uniform(0.3, 1)), **rules, maximise_quality=False),
            )


@pytest.mark.parametrize(
    ("size", "seeds"), [("tiny", range(60)), ("small", range(60)), ("medium", range(25))]
)
def test_random_labels_under_one_rule_cost_what_the_textbook_model_says(size: str, seeds: range) -> None:
    tried = 0
    for name, problem in problems(size, seeds):
        found = solve_knapsack(problem, SolveCache())
        if found is None:
            continue
        truth = solve_compact(problem, problem.eligible, 60)
        assert found.status == truth.status, name
        if found.shares is not None:
            tried += 1
            assert found.value == pytest.approx(truth.value, rel=1e-7), name
            assert meets_linking(problem, found.shares), name
    assert tried > 5


def test_a_quality_of_the_whole_is_bought_where_it_is_cheapest() -> None:
    # A point of the mean costs 30 times as much in `large` as in `small`: small alone moves, to 80 %.
    catalog = market({"p/a": offer(1), "p/b": offer(2)}, a=coding(40), b=coding(60))
    facts = {**MILLION, "skills": {"coding": 1.0}, "max_models": 2}
    labels = {"small": facts, "large": {**facts, "requests": 30_000_000}}
    problem = Compiler(catalog, TODAY).compile(Routing.model_validate({"labels": labels}))
    found = solve_knapsack(mean_of_quality(problem, 0.8), SolveCache())
    assert found is not None and found.shares is not None
    assert found.shares.round(9).tolist() == [[0.2, 0.8], [1.0, 0.0]]
    assert found.value == pytest.approx(1.8 + 30)


def test_a_budget_buys_the_most_quality_with_three_offers_a_label() -> None:
    # Twice a third of 60 at 1 USD and a third of 90 at 7 cost 3 USD a million; 4 USD buy half of it dear.
    catalog = market({"p/a": offer(1), "q/a": offer(1), "p/b": offer(7)}, a=coding(60), b=coding(90))
    facts = {"skills": {"coding": 1.0}, "max_models": 3, "min_share": 0.2, "min_providers": 2}
    plan = solved(catalog, {"work": facts}, objective="quality", limits={"budget": 4.0})
    assert plan.quality == pytest.approx(75) and plan.cost == pytest.approx(4)
    assert mix(plan)["p/b"] == pytest.approx(0.5)


def test_a_plan_dear_against_the_cheapest_is_found_all_the_same() -> None:
    """A price for what cannot be served that was too low once made this problem look infeasible."""
    catalog, data = random_case(7, "medium")
    compiler = Compiler(Catalog.model_validate(catalog), TODAY)
    data["objective"] = "cost"
    data["limits"].pop("budget", None)
    problem = without_hosts_and_pins(compiler.compile(Routing.model_validate(data)))
    problem = mean_of_quality(problem, 0.99)
    assert branch_and_price(problem, 60, SolveCache()).value == pytest.approx(
        solve_compact(problem, problem.eligible, 60).value
    )
