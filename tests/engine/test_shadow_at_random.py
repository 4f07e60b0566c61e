"""Prices of rules on random routings against SCIP: steps solved anew, duals as differences, their ends."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from modelpick.engine import Catalog, Routing
from modelpick.engine.domain.explanation import RulePrice
from modelpick.engine.domain.field_facts import Measure
from modelpick.engine.domain.rules import spec_of
from modelpick.engine.solver.explain.shadow_prices import rule_prices
from modelpick.engine.solver.pick import Picker
from tests.oracle import formulas as f
from tests.oracle import scip
from tests.oracle.catalogs import TODAY
from tests.oracle.generate import random_case, suite_cases
from tests.oracle.why import linear, same

MOST = {"min_quality": 100.0, "max_provider_share": 1.0}
Priced = tuple[f.Json, f.Json, float, RulePrice]  # catalogue, routing, its optimum, a rule


def with_rule(routing: f.Json, path: str, value: Any) -> f.Json:
    """The routing with another value of a rule; None: without it."""
    routing = deepcopy(routing)
    head, name = path.rsplit(".", 1)
    owner = routing["limits"] if head == "limits" else routing["labels"][head.split(".", 1)[1]]
    owner[name] = 1e-9 if value is None and name == "context" else value
    if owner[name] is None:
        del owner[name]
    return routing


def optimum(catalog: f.Json, routing: f.Json) -> float | None:
    answer = scip.solve(catalog, routing, TODAY)
    return float(answer["objective"]) if answer["status"] == "optimal" else None


def priced(seeds: range, *, whole: bool) -> Iterator[Priced]:
    for seed in seeds:
        catalog, routing = random_case(seed, "small")
        if not whole:
            catalog, routing = linear(catalog, routing)
        picker, asked = Picker(Catalog.model_validate(catalog), TODAY), Routing.model_validate(routing)
        plan, base = picker.pick(asked, mend=False), optimum(catalog, routing)
        assert plan.found == (base is not None)
        if base is not None:
            for rule in rule_prices(asked, picker.compiler, plan, 60.0):
                yield catalog, routing, base, rule


@pytest.fixture(scope="module")
def sums() -> list[Priced]:
    """Rules of routings without whole numbers that have a price."""
    return [one for one in priced(range(suite_cases(39)), whole=False) if one[3].price is not None]


def moved(case: Priced, by: float) -> float | None:
    """What the optimum changes by as the rule's value moves."""
    catalog, routing, base, rule = case
    there = optimum(catalog, with_rule(routing, rule.path, rule.value + by))
    return None if there is None else there - base


def test_every_step_and_every_rule_dropped_changes_what_solving_anew_says() -> None:
    names = set()
    for catalog, routing, base, rule in priced(range(40, 40 + suite_cases(14)), whole=True):
        name = rule.path.rpartition(".")[2]
        there = optimum(catalog, with_rule(routing, rule.path, None))
        assert same(None if there is None else there - base, rule.dropped, base), rule
        spec = spec_of(rule.path)
        assert spec.is_rule and spec.is_bound == (rule.step is not None)
        if rule.step is None:
            names.add(name)
            continue
        for way, sign in (("looser", spec.looser), ("tighter", -spec.looser)):
            if way in rule.ends:
                continue
            to = type(rule.value)(rule.value + sign * rule.step)
            if name == "min_share" and to == 0:  # what carries traffic carries some, whatever is said
                continue
            there = optimum(catalog, with_rule(routing, rule.path, to))
            assert same(None if there is None else there - base, getattr(rule, way), base), (rule, way)
        names.add(name)
    assert len(names) >= 10, names


def test_a_price_is_the_difference_of_optima_to_its_side(sums: list[Priced]) -> None:
    kinds = set()
    for case in sums:
        _, _, base, rule = case
        name, step = rule.path.rpartition(".")[2], rule.step or 1.0
        way, near = -spec_of(rule.path).looser, 1e-3 * step
        wanted = {way: rule.price, -way: rule.price if rule.price_looser is None else rule.price_looser}
        for side, price in wanted.items():
            change = moved(case, side * near)
            if change is None or price is None:
                continue
            slack = (2e-2 if spec_of(rule.path).measure is Measure.CURVE else 2e-3) * abs(price) + 3e-6 * max(
                abs(base), 1e-6
            )
            assert change / near * step * side * way == pytest.approx(price, abs=slack), (rule, side)
        assert rule.degenerate == (rule.price_looser is not None)
        kinds.add(name)
    assert kinds >= {"min_quality", "max_provider_share", "budget", "max_latency"}


def test_a_price_holds_up_to_its_ends_and_no_further(sums: list[Priced]) -> None:
    ends = beyond = 0
    for case in sums:
        _, _, base, rule = case
        name, step = rule.path.rpartition(".")[2], rule.step or 1.0
        if not spec_of(rule.path).limits_sum:
            assert rule.holds_from == rule.holds_to == rule.value
            continue
        slope, near = -spec_of(rule.path).looser * (rule.price or 0.0) / step, 2e-3 * step
        for end, out in ((rule.holds_from, -1.0), (rule.holds_to, 1.0)):
            if end is None:
                continue
            inside = end - out * near - rule.value
            if inside * out > near:
                change = moved(case, inside)
                assert change is not None
                assert change == pytest.approx(slope * inside, rel=1e-4, abs=3e-6 * abs(base)), (rule, end)
            ends += 1
            further = end + out * 0.05 * step - rule.value
            if not 0 <= rule.value + further <= MOST.get(name, 1e12):
                continue  # the rule cannot say more
            change = moved(case, further)
            assert change is None or abs(change - slope * further) > 1e-8 * abs(base), (rule, end)
            beyond += 1
    assert ends >= suite_cases(24) and beyond >= suite_cases(18), (ends, beyond)


def test_corners_are_said() -> None:
    # At 60 one offer serves alone: below it mixes with the cheaper (0.5 / 20), above with the better.
    figures = {"a/cheap": (1.0, 40.0), "a/middle": (1.5, 60.0), "b/good": (3.0, 80.0)}
    catalog = {
        "schema": 1, "as_of": TODAY, "providers": {"a": {}, "b": {}},
        "models": {
            key.partition("/")[2]: {"context": 100_000, "skills": {"coding": skill}}
            for key, (_, skill) in figures.items()
        },
        "offers": {key: {"input": price, "output": 0.0} for key, (price, _) in figures.items()},
    }  # fmt: skip
    label = {"requests": 1e6, "input_tokens": 1, "output_tokens": 0, "skills": {"coding": 1.0}}
    for limit, tighter, looser, ends in ((60.0, 0.075, 0.025, (60, 80)), (70.0, 0.075, None, (60, 80))):
        asked = Routing.model_validate({"labels": {"work": {**label, "min_quality": limit}}})
        picker = Picker(Catalog.model_validate(catalog), TODAY)
        rules = rule_prices(asked, picker.compiler, picker.pick(asked), 10.0)
        rule = next(rule for rule in rules if rule.path.endswith("min_quality"))
        assert rule.price == pytest.approx(tighter) and rule.price_looser == (
            looser and pytest.approx(looser)
        )
        assert (rule.holds_from, rule.holds_to) == pytest.approx(ends, abs=1e-5)
        assert rule.degenerate == (looser is not None)
