"""Frontiers of random routings against SCIP: no plan as good is cheaper, at a point or between exact ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import pairwise

import pytest
from ortools.linear_solver import pywraplp

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.explanation import Frontier
from modelpick.engine.solver.analysis.frontier import frontier
from modelpick.engine.solver.compile.compiler import Compiler
from tests.oracle import formulas as f
from tests.oracle.catalogs import TODAY
from tests.oracle.eligible import entries
from tests.oracle.generate import random_case
from tests.oracle.scip import Model, hopeless
from tests.oracle.why import linear

Least = Callable[[float], float | None]  # the least cost at no less than a quality; None: there is no plan
Case = tuple[str, Frontier, Least]


def least_cost(catalog: f.Json, routing: f.Json, label: str | None) -> Least:
    """SCIP's least cost of a routing whose budget does not count, at no less than a quality."""
    table = entries(catalog, routing, TODAY)
    weights = {name: float(facts.get("weight", 1.0)) for name, facts in routing["labels"].items()}
    if label is not None:
        weights = {name: float(name == label) for name in weights}
    total = sum(weights.values())

    def least(quality: float) -> float | None:
        if hopeless(routing, table):
            return None
        model = Model(catalog, routing, table)
        score = {k: weights[k[0]] / total * (e.quality or 0.0) / 100 for k, e in model.cells.items()}
        model.s.Add(model.s.Sum([score[k] * model.x[k] for k in score]) >= quality / 100)
        if model.run() != pywraplp.Solver.OPTIMAL:
            return None
        unit = sum(min(e.cost for e in rows) for rows in table.values()) or 1.0
        return float(model.s.Objective().Value()) * unit

    return least


def asked(seed: int, *, whole: bool) -> tuple[f.Json, f.Json]:
    catalog, routing = random_case(seed, "small" if seed % 2 else "tiny")
    if not whole:
        catalog, routing = linear(catalog, routing)
    routing = deepcopy(routing) | {"objective": "cost"}
    routing["limits"].pop("budget", None)
    for label in routing["labels"].values():
        label.setdefault("skills", {"coding": 1.0})
        label.setdefault("min_quality", 0.0)  # what counts must be known
    return catalog, routing


def cases(seeds: range, *, whole: bool) -> Iterator[Case]:
    for seed in seeds:
        catalog, routing = asked(seed, whole=whole)
        label = list(routing["labels"])[-1] if seed % 3 == 0 else None
        compiler = Compiler(Catalog.model_validate(catalog), TODAY)
        found = frontier(Routing.model_validate(routing), compiler, label, 8)
        yield f"{seed} {label}", found, least_cost(catalog, routing, label)


def steps(found: Frontier) -> None:
    """Dearer and better, point by point."""
    for a, b in pairwise(found.points):
        assert a.cost <= b.cost + 1e-7 * abs(b.cost) and a.quality < b.quality


def about(cost: float) -> object:
    return pytest.approx(cost, rel=2e-6, abs=1e-6)


def ends(name: str, found: Frontier, least: Least) -> bool:
    """Whether there is any plan; the first point is the cheapest, and none is better than the last."""
    if not found.points:
        assert least(0.0) is None, name
        return False
    assert least(0.0) == about(found.points[0].cost), name
    assert least(found.points[-1].quality + 1e-3) is None, name
    return True


def test_without_whole_numbers_it_is_the_least_cost_at_every_quality() -> None:
    pieces = 0
    for name, found, least in cases(range(24), whole=False):
        if not ends(name, found, least):
            continue
        assert found.exact
        steps(found)
        for a, b in pairwise(found.points):
            for part in (0.1, 0.5, 0.9):
                quality = a.quality + part * (b.quality - a.quality)
                assert least(quality) == about(a.cost + part * (b.cost - a.cost)), (name, quality)
        slopes = [(b.cost - a.cost) / (b.quality - a.quality) for a, b in pairwise(found.points)]
        assert all(low < high * (1 + 1e-6) + 1e-9 for low, high in pairwise(slopes)), name
        pieces += len(slopes)
    assert pieces >= 15, pieces


def test_with_whole_numbers_no_plan_as_good_as_a_point_is_cheaper() -> None:
    points = 0
    for name, found, least in cases(range(24, 48), whole=True):
        if not ends(name, found, least):
            continue
        steps(found)
        for point in found.points:
            assert least(point.quality - 1e-7) == about(point.cost), (name, point.quality)
        points += len(found.points)
    assert points >= 20, points
