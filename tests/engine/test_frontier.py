"""Cost against quality: exact ends on paper, brute force on random markets, and the command."""

from __future__ import annotations

import argparse
import json
import random
from itertools import product
from typing import Any

import pytest

from modelpick.engine import Catalog, InputError, Routing
from modelpick.engine.adapters.report.explain import frontier_text
from modelpick.engine.commands import frontier as command
from modelpick.engine.domain.explanation import Frontier
from modelpick.engine.solver.analysis.frontier import frontier, frontier_search
from modelpick.engine.solver.compile.compiler import Compiler
from tests.engine.by_hand import MILLION, TODAY, coding, market, offer

CODES = {"skills": {"coding": 1.0}}


def found(
    catalog: Catalog, labels: dict[str, dict[str, Any]], label: str | None = None, **router: Any
) -> Frontier:
    data = {"labels": {name: {**MILLION, **CODES, **facts} for name, facts in labels.items()}, **router}
    return frontier(Routing.model_validate(data), Compiler(catalog, TODAY), label, 25)


def line(some: Frontier) -> list[tuple[float, float]]:
    return [(round(p.cost, 6), round(p.quality, 6)) for p in some.points]


FIVE = market(
    {"p/a": offer(1), "p/b": offer(2), "p/c": offer(3.5), "p/d": offer(9), "p/dull": offer(4)},
    a=coding(40), b=coding(60), c=coding(70), d=coding(80), dull=coding(50),
)  # fmt: skip


def test_the_ends_of_the_straight_pieces_are_exact() -> None:
    some = found(FIVE, {"work": {}})
    assert some.exact and line(some) == [(1.0, 40.0), (2.0, 60.0), (3.5, 70.0), (9.0, 80.0)]
    assert some.knee == 2 and some.current is not None and some.current.cost == 1.0


def test_a_search_gives_its_points_as_it_finds_them_and_goes_on_where_it_was_stopped() -> None:
    # One model a label: whole numbers. Any quality above 40 asks for b, above 60 for c, above 70 for d.
    routing = Routing.model_validate({"labels": {"work": {**MILLION, **CODES, "max_models": 1}}})
    compiler = Compiler(FIVE, TODAY)
    search = frontier_search(routing, compiler, None, 21, seconds=60)
    points = [next(search) for _ in range(3)]
    # The ends, then the plan that is the best at the price of quality between them: (9 - 1) / (80 - 40) = 0.2
    # USD a point, at which a costs 1 - 8 = -7, b 2 - 12 = -10, c 3.5 - 14 = -10.5 and d 9 - 16 = -7.
    assert [(point.cost, point.quality) for _, point in points] == [(1.0, 40.0), (9.0, 80.0), (3.5, 70.0)]
    again = frontier_search(routing, compiler, None, 21, seconds=60, known=points)
    rest: list[Any] = []
    try:
        while True:
            rest.append(next(again))
    except StopIteration as end:
        assert line(end.value) == [(1.0, 40.0), (2.0, 60.0), (3.5, 70.0), (9.0, 80.0)]
        assert end.value == frontier(routing, compiler, None, 21)
    assert {point.cost for _, point in rest} == {1.0, 2.0, 3.5, 9.0}
    assert len(rest) < 2 + 19  # what a plan has itself is not asked for again


def test_offers_that_another_beats_are_named_with_it() -> None:
    # Dull costs 4 for 50: c and b are both cheaper and better, b the cheapest of them.
    some = found(FIVE, {"work": {}})
    assert [(d.offer, d.by, d.dearer, d.worse) for d in some.dominated] == [("p/dull", "p/b", 2.0, 10.0)]
    assert found(FIVE, {"one": {}, "work": {}}, "work").dominated == some.dominated
    twins = market({"p/a": offer(1), "q/a": offer(1)}, a=coding(40))
    assert found(twins, {"work": {}}).dominated == ()


def test_two_labels_add_up_in_the_order_of_their_slopes() -> None:
    # Quality is the mean of both: the cheap steps of each label come first.
    some = found(FIVE, {"one": {}, "two": {"requests": 2_000_000}})
    assert line(some)[:3] == [(3.0, 40.0), (4.0, 50.0), (6.0, 60.0)]
    assert line(some)[-1] == (27.0, 80.0)


def test_one_label_moves_alone() -> None:
    some = found(FIVE, {"one": {}, "two": {}}, "two")
    assert line(some) == [(2.0, 40.0), (3.0, 60.0), (4.5, 70.0), (10.0, 80.0)]


def test_with_one_model_a_label_every_point_is_undominated_and_none_is_missing() -> None:
    random_ = random.Random(3)
    for _ in range(5):
        figures = {
            f"m{i}": (round(random_.uniform(1, 9), 2), round(random_.uniform(20, 95), 1)) for i in range(6)
        }
        catalog = market(
            {f"p/{name}": offer(price) for name, (price, _) in figures.items()},
            **{name: coding(score) for name, (_, score) in figures.items()},
        )
        some = found(catalog, {"one": {"max_models": 1}, "two": {"max_models": 1}})
        pairs = [(a[0] + b[0], (a[1] + b[1]) / 2) for a, b in product(figures.values(), repeat=2)]
        best = {p for p in pairs if not any(q[0] <= p[0] and q[1] >= p[1] and q != p for q in pairs)}
        for cost, quality in line(some):
            assert any(cost == pytest.approx(c) and quality == pytest.approx(q) for c, q in best)
        assert not some.exact
        assert line(some)[0][0] == pytest.approx(min(c for c, _ in best))
        assert line(some)[-1][1] == pytest.approx(max(q for _, q in best))


def test_labels_without_skills_have_no_frontier() -> None:
    with pytest.raises(InputError, match=r"labels\.work\.skills"):
        found(FIVE, {"work": {"skills": {}}})
    with pytest.raises(InputError, match="no label 'wok'"):
        found(FIVE, {"work": {}}, "wok")


def test_the_command_prints_it() -> None:
    some: dict[str, Any] = {"file": None, "set": [], "catalog": None, "cautious": False}
    given = argparse.Namespace(label="think", points=10, plot=False, json=True, **some)
    text, status = command.run(given)
    data = json.loads(text)
    costs = [point["cost"] for point in data["points"]]
    assert status == 0 and costs == sorted(costs) and data["label"] == "think"
    given.json = False
    assert "knee" in command.run(given)[0]
    given.set = ["labels.default.context=1e11"]
    assert command.run(given) == ("no mix of offers meets these rules", 1)


def test_points_beyond_the_budget_are_marked() -> None:
    # By hand: a 1.0, b 2.0, c 3.5 and d 9.0 USD a month; a budget of 3.5 allows the first three exactly.
    some = found(FIVE, {"work": {}}, limits={"budget": 3.5})
    assert line(some) == [(1.0, 40.0), (2.0, 60.0), (3.5, 70.0), (9.0, 80.0)]
    assert [point.over_budget for point in some.points] == [False, False, False, True]
    assert some.budget == 3.5
    rows = frontier_text(some).splitlines()
    assert [row.split()[:2] for row in rows if "p/d" in row and "9.00" in row] == [["over", "budget"]]
    assert "over budget: dearer than limits.budget, 3.50 USD/month" in frontier_text(some)
    assert "over budget" not in frontier_text(found(FIVE, {"work": {}}, limits={"budget": 9.0}))


def test_a_label_without_skills_is_left_at_its_cheapest() -> None:
    # work moves from a (1.0) to d (9.0); the million requests of search stay with a: 1.0 more each time.
    some = found(FIVE, {"work": {}, "search": {"skills": {}}})
    assert line(some) == [(2.0, 40.0), (3.0, 60.0), (4.5, 70.0), (10.0, 80.0)]
    assert some.unscored == ("search",)
    assert all(point.routes["search"] == {"p/a": 1.0} for point in some.points)
    assert "left at their cheapest: search" in frontier_text(some)
    with pytest.raises(InputError, match=r"labels\.search\.skills"):
        found(FIVE, {"work": {}, "search": {"skills": {}}}, "search")
    with pytest.raises(InputError, match=r"labels\.search\.skills"):
        found(FIVE, {"search": {"skills": {}}})
