"""Whether any plan keeps the rules: every quick way to tell agrees with the textbook model on all offers."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.rules import rules_in_force, without
from modelpick.engine.domain.solver_status import SolverStatus
from modelpick.engine.solver import tolerances
from modelpick.engine.solver.cache import SolveCache
from modelpick.engine.solver.compile.problem import Problem
from modelpick.engine.solver.deadline import Deadline
from modelpick.engine.solver.explain import elastic_search
from modelpick.engine.solver.explain.feasibility import FeasibilityTest, as_cost_routing
from modelpick.engine.solver.mixes.dominance import nondominated
from modelpick.engine.solver.models.compact import solve_compact
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solution import Solution
from modelpick.engine.solver.solve import solve_without_tie_breaking
from tests.engine.harder import harder
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case


def textbook(problem: Problem) -> Solution:
    pinned = np.nan_to_num(problem.pin)
    if (pinned[~problem.eligible] > 0).any() or not problem.eligible.any(axis=1).all():
        return Solution(SolverStatus.INFEASIBLE)
    return solve_compact(problem, problem.eligible.copy(), 30)


@pytest.mark.parametrize(
    "small", [tolerances.MAX_ELASTIC_PAIRS, 6], ids=["all offers", "promising offers first"]
)
def test_what_is_possible_is_what_the_textbook_model_can(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic_search, "MAX_ELASTIC_PAIRS", small)
    seen = {True: 0, False: 0}
    for seed in range(45):
        r = Random(seed)
        facts, asked = random_case(seed, r.choice(["tiny", "small"]))
        picker = Picker(Catalog.model_validate(facts), TODAY)
        routing = harder(Routing.model_validate(asked), r)
        test, rules = FeasibilityTest(picker.compiler, Deadline.after(600)), rules_in_force(routing)
        for part in (0.0, 0.2, 0.5):
            some = without(routing, {path for path in rules if r.random() < part})
            problem = picker.compiler.compile(as_cost_routing(some))
            known = textbook(problem)
            can = known.shares is not None
            assert test.feasible(some) == can and test.infeasible(some) != can, (seed, part)
            best = solve_without_tie_breaking(problem, 30, SolveCache())
            assert (best.shares is not None) == can, (seed, part)
            if can:
                assert best.value == pytest.approx(known.value, rel=1e-6, abs=1e-9), (seed, part)
            seen[can] += 1
    assert min(seen.values()) >= 30


def test_what_the_skyline_leaves_out_is_beaten_by_so_many_groups() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        n = int(rng.integers(1, 50))
        metrics, group = rng.integers(0, 6, (n, 3)).astype(float), rng.integers(0, 6, n)
        for depth in (1, 2, 3, 4):
            kept = set(nondominated(metrics, group, depth).tolist())
            for i in set(range(n)) - kept:
                beats = {int(group[j]) for j in kept if (metrics[j] <= metrics[i]).all()}
                assert len(beats) >= depth
