"""A problem that was solved is not solved again, and one that differs in anything is."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from modelpick.engine.adapters.routing_file import load_catalog, load_routing
from modelpick.engine.solver.cache import SolveCache, problem_key
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.compile.problem import Problem
from modelpick.engine.solver.solve import solve

TODAY = date(2026, 11, 24)


def problem(question: Path, facts: Path) -> Problem:
    """The small routing's."""
    return Compiler(load_catalog(facts), TODAY).compile(load_routing(question))


def test_the_same_problem_has_the_same_solution_and_is_solved_once(question: Path, facts: Path) -> None:
    cache = SolveCache(solutions=OrderedDict())
    first, second = (solve(problem(question, facts), 10, cache) for _ in range(2))
    assert first is second and first.shares is not None
    plain = solve(problem(question, facts), 10, SolveCache())
    assert plain.value == first.value and plain.shares is not None
    assert np.array_equal(plain.shares, first.shares)


def test_any_figure_that_counts_makes_it_another_problem(question: Path, facts: Path) -> None:
    now = problem(question, facts)
    assert problem_key(now) == problem_key(replace(now, cost=now.cost.copy()))
    row, offer = (int(at[0]) for at in np.nonzero(now.eligible))
    for name in ("cost", "quality", "late", "median", "pin"):
        changed = getattr(now, name).copy()
        changed[row, offer] = 0.123
        assert problem_key(replace(now, **{name: changed})) != problem_key(now), name
    for name in ("min_quality", "max_late", "max_offers", "min_share", "min_providers", "weight"):
        changed = np.full_like(getattr(now, name), 2)
        assert problem_key(replace(now, **{name: changed})) != problem_key(now), name
    for change in ({"max_models": 7}, {"max_providers": 7}, {"maximise_quality": not now.maximise_quality}):
        assert problem_key(replace(now, **change)) != problem_key(now), change
    for rule in now.linking:
        others = tuple(other for other in now.linking if other is not rule)
        assert problem_key(replace(now, linking=others)) != problem_key(now)
        wider = replace(rule, limit=rule.limit * 2)
        assert problem_key(replace(now, linking=(*others, wider))) != problem_key(now)
