"""Which input matters: each one a step lower and higher, solved anew."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import inf
from typing import Any

import numpy as np

from ...domain.routing import Routing
from ...domain.rules import RulePath, RuleSpec, owner_of, sections, spec_of, specs, value_of, with_value
from ...domain.scenario import Bar, Outcome, Tornado
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Bools
from ..solve import solve_without_tie_breaking
from ..tolerances import MIN_SCALE, TIE_TOL
from .evaluate import offers_in_use, shares_of
from .scenario_solver import ScenarioSolver, objective

RELATIVE_STEP = 0.2  # of an amount; a rule on a scale moves by its own step


@dataclass(frozen=True)
class _End:
    """The best objective at one figure (None: no plan), and whether it takes other offers than today's."""

    objective: float | None
    swapped: bool


@dataclass(frozen=True)
class _Input:
    """An input with its figures, and what finds the best plan at the two others."""

    name: str
    unit: str
    now: float
    low: float
    high: float
    low_end: Callable[[], _End]
    high_end: Callable[[], _End]

    def bar(self, objective: float) -> Bar:
        """Its bar, against the objective now: two problems are solved."""
        at_low, at_high = self.low_end(), self.high_end()
        ends = (at_low.objective, at_high.objective)
        effects = [abs(end - objective) for end in ends if end is not None]
        return Bar(
            input=self.name,
            unit=self.unit,
            now=self.now,
            low=self.low,
            high=self.high,
            at_low=ends[0],
            at_high=ends[1],
            effect=None if len(effects) < 2 else max(effects),
            swaps_low=at_low.swapped,
            swaps_high=at_high.swapped,
        )


class _EndSolver:
    """Solves for optima only: which of equal plans it is does not matter here."""

    def __init__(self, mixes: Bools) -> None:
        self.mixes, self.cache = mixes, SolveCache()  # (L, N) the offers in use today

    def end(self, solver: ScenarioSolver, routing: Routing) -> _End:
        """Solved anew, out of the whole catalogue and out of today's offers."""
        problem = solver.compiler.compile(routing)
        best = solve_without_tie_breaking(problem, solver.seconds, solver.cache)
        if best.shares is None:
            return _End(None, True)
        objective = -best.value if problem.maximise_quality else best.value
        if not (best.shares > 0)[~self.mixes].any():
            return _End(objective, False)
        todays_offers = replace(problem, eligible=problem.eligible & self.mixes)
        kept = solve_without_tie_breaking(todays_offers, solver.seconds, self.cache)
        tolerance = TIE_TOL * max(abs(best.value), MIN_SCALE)
        equal = kept.shares is not None and kept.value <= best.value + tolerance
        return _End(objective, not equal)


def tornado(routing: Routing, compiler: Compiler, cache: SolveCache | None = None) -> Tornado:
    """Every number of the routing, and the price, speed and quality of each offer or model in use.

    Amounts move by a fifth, rules on a scale (points, shares, counts, percentiles) by their step. A routing
    without a plan has no bars. `cache` is of earlier solves over the same catalogue.
    """
    objective_now, inputs = _inputs(routing, compiler, cache)
    bars = sorted((each.bar(objective_now) for each in inputs), key=by_effect)
    return Tornado(objective=routing.objective, value=objective_now, bars=tuple(bars))


def tornado_bars(routing: Routing, compiler: Compiler, skip: Container[str] = ()) -> Iterator[Bar]:
    """The bars of a tornado one by one as they are solved, in no order, but for inputs named in `skip`."""
    objective_now, inputs = _inputs(routing, compiler)
    for each in inputs:
        if each.name not in skip:
            yield each.bar(objective_now)


def by_effect(bar: Bar) -> tuple[float, str]:
    """The order of a tornado: the largest effect first, before it what leaves no plan; then by name."""
    return -(inf if bar.effect is None else bar.effect), bar.input


def _inputs(
    routing: Routing, compiler: Compiler, cache: SolveCache | None = None
) -> tuple[float, Iterator[_Input]]:
    """The objective now, and every input; 0 and none for a routing without a plan."""
    solver = ScenarioSolver(compiler, cache=cache)
    now = solver.outcome(routing)
    objective_now = objective(routing, now)
    if objective_now is None:
        return 0.0, iter(())
    ends = _EndSolver(shares_of(now, routing, compiler.table.offers) > 0)
    of_routing = _routing_inputs(compiler.resolved(routing), solver, ends)
    return objective_now, chain(of_routing, _catalog_inputs(routing, solver, now, ends))


def _routing_inputs(routing: Routing, solver: ScenarioSolver, ends: _EndSolver) -> Iterator[_Input]:
    for path in _numbers_in_use(routing):
        spec, now = spec_of(path), value_of(routing, path)
        step = RELATIVE_STEP * now if spec.is_amount else float(spec.step or 1.0)
        (low, lower), (high, higher) = (_moved(routing, path, now, by) for by in (-step, step))
        if low != high:
            finders = (partial(ends.end, solver, changed) for changed in (lower, higher))
            yield _Input(str(path), spec.unit, float(now), low, high, *finders)


def _numbers_in_use(routing: Routing) -> Iterator[RulePath]:
    """The paths of the routing's numbers; one that another takes along is no input of its own."""
    for section in sections(routing):
        owner = owner_of(routing, section)
        for spec in specs(section.section).values():
            is_input = spec.is_number and (spec.is_rule or spec.workload) and not spec.moves_with
            if is_input and _in_use(spec, owner):
                yield section.child(spec.name)


def _in_use(spec: RuleSpec, owner: Any) -> bool:
    """Whether the number is there, and not where nobody would miss it."""
    if spec.name == "percentile":
        return owner.latency_limit is not None
    if getattr(owner, spec.name) is None:
        return bool(spec.implied)
    return spec.is_set(owner) or not (spec.section == "labels" and spec.asks_nothing_by_default)


def _moved(routing: Routing, path: RulePath, now: float, by: float) -> tuple[float, Routing]:
    """The figure nearest to now + by that the field allows, and the routing with it."""
    figure = int(now + by) if isinstance(now, int) and not isinstance(now, bool) else round(now + by, 9)
    changed = _with_figure(routing, path, figure)
    return (float(figure), changed) if changed is not None else (float(now), routing)


def _with_figure(routing: Routing, path: RulePath, figure: float) -> Routing | None:
    """With another figure; a longer mean prompt takes its p95 along."""
    if path.name == "input_tokens":
        label = routing.labels[path.label]
        if label.input_tokens_p95 is not None and label.input_tokens:
            p95 = label.input_tokens_p95 * figure / label.input_tokens
            longer = label.model_copy(update={"input_tokens": figure, "input_tokens_p95": p95})
            return routing.model_copy(update={"labels": {**routing.labels, path.label: longer}})
    return with_value(routing, path, figure)


def _catalog_inputs(
    routing: Routing, solver: ScenarioSolver, now: Outcome, ends: _EndSolver
) -> Iterator[_Input]:
    """Each offer's prices and times, and each model's skills, for what is in use."""
    table = solver.compiler.table
    low, high = factors = (1 - RELATIVE_STEP, 1 + RELATIVE_STEP)
    timed = any(label.latency_limit is not None for label in routing.labels.values())
    for i in np.flatnonzero(offers_in_use(now, table.offers)):
        is_offer, path = np.arange(len(table.offers)) == i, f"offers.{table.offers[i]}"
        prices = [partial(ends.end, solver.with_prices(is_offer, factor), routing) for factor in factors]
        yield _Input(f"{path}.price", "x", 1.0, low, high, *prices)
        if timed and not np.isnan(table.tps[i] + table.ttft[i]):
            times = [partial(ends.end, solver.with_times(is_offer, factor), routing) for factor in factors]
            yield _Input(f"{path}.time", "x", 1.0, low, high, *times)
    yield from _skill_inputs(routing, solver, now, ends)


def _skill_inputs(
    routing: Routing, solver: ScenarioSolver, now: Outcome, ends: _EndSolver
) -> Iterator[_Input]:
    """Each weighted skill of each model in use, a point lower and higher."""
    table = solver.compiler.table
    weighted = sorted({skill for label in routing.labels.values() for skill in label.skills})
    for model in np.unique(table.model[offers_in_use(now, table.offers)]):
        is_model = table.model == model
        for skill in weighted:
            column = table.skills.get(skill)
            if column is None or np.isnan(column[is_model][0]):
                continue
            score = float(column[is_model][0])
            scores = (max(score - 1, 0.0), min(score + 1, 100.0))
            shifted = ({**table.skills, skill: np.where(is_model, moved, column)} for moved in scores)
            skilled = (solver.with_table(replace(table, skills=skills)) for skills in shifted)
            at = [partial(ends.end, other, routing) for other in skilled]
            yield _Input(f"models.{table.models[model]}.skills.{skill}", "points", score, *scores, *at)
