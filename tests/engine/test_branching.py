"""One mix a label under rules and counts of models: branch and bound against trying every choice out."""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from modelpick.engine.solver.branch_and_price.branching import BranchingModel, branch_and_bound
from modelpick.engine.solver.compile.problem import LinkingConstraint, Problem
from modelpick.engine.solver.mixes.columns import Columns, concat_columns, pair_columns, single_columns

LABELS, OFFERS, PAIRS = 3, 8, 4


def market(seed: int) -> tuple[Problem, Columns, list[LinkingConstraint]]:
    """Random offers of random models, each label with singles and with pairs of two ends, under two rules."""
    by_chance = np.random.default_rng(seed)
    value = by_chance.uniform(1, 9, (LABELS, OFFERS))
    parts = []
    for label in range(LABELS):
        parts.append(single_columns(label, by_chance.choice(OFFERS, 3, replace=False), value[label]))
        a = by_chance.choice(OFFERS, PAIRS)
        b = (a + by_chance.integers(1, OFFERS, PAIRS)) % OFFERS
        _, first = np.unique(np.sort([a, b], axis=0), axis=1, return_index=True)
        low, high = np.minimum(a, b)[first], np.maximum(a, b)[first]
        for share in (0.2, 0.9):
            parts.append(pair_columns(label, low, high, np.full(len(low), share), value[label]))
    rules = [
        LinkingConstraint(
            f"rule {i}", np.arange(OFFERS), by_chance.uniform(0, 1, (LABELS, OFFERS)) / LABELS, 0.35
        )
        for i in range(2)
    ]
    some: dict[str, Any] = {"model": by_chance.integers(0, 5, OFFERS), "provider": np.arange(OFFERS) % 3}
    providers = (None, 1, 2)[by_chance.integers(3)]
    counts = {"max_models": int(by_chance.integers(1, 5)), "max_providers": providers}
    rest: dict[str, Any] = {field.name: None for field in fields(Problem)}
    return Problem(**{**rest, **some, **counts}), concat_columns(parts), rules


def tried_out(problem: Problem, columns: Columns, rules: list[LinkingConstraint]) -> float:
    """The least worth over every choice of one mix a label; inf: none keeps the rules."""
    mix, best = columns.support, np.inf
    mixes = [np.unique(mix[columns.label == label]) for label in range(LABELS)]
    for choice in product(*mixes):
        here = np.flatnonzero(np.isin(mix, choice))
        offers = columns.offers[here].ravel()
        if len(np.unique(problem.model[offers])) > (problem.max_models or 99):
            continue
        if len(np.unique(problem.provider[offers])) > (problem.max_providers or 99):
            continue
        found = linprog(
            columns.value[here],
            A_ub=[columns.load(rule)[here] for rule in rules],
            b_ub=[rule.limit for rule in rules],
            A_eq=columns.label[here] == np.arange(LABELS)[:, None],
            b_eq=np.ones(LABELS),
        )
        best = min(best, found.fun if found.status == 0 else np.inf)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_best_choice_is_that_of_trying_all(seed: int) -> None:
    problem, columns, rules = market(seed)
    truth = tried_out(problem, columns, rules)
    found = branch_and_bound(BranchingModel(problem, columns, rules, 10.0), np.inf, 60)
    assert found.proven
    if found.weight is None:
        assert truth == np.inf
    else:
        assert found.weight @ columns.value == pytest.approx(truth, rel=1e-9)
        # Nothing is better than the best; below a cut just above it, it is found again.
        assert branch_and_bound(BranchingModel(problem, columns, rules, 10.0), truth / 10, 60).weight is None
        assert (
            branch_and_bound(BranchingModel(problem, columns, rules, 10.0), truth / 10 + 1e-6, 60).weight
            is not None
        )
