"""Which input matters: each one a step lower and higher, solved anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from ..tolerances import TIE_TOL
from .outages import offers_in_use
from .scenario_solver import ScenarioSolver, objective, priced
from .what_if import shares_of

PART = 0.2  # of an amount; a rule on a scale moves by its own step


@dataclass(frozen=True)
class _Input:
    """An input with its figures, and what the best plan is at the two others."""

    name: str
    unit: str
    now: float
    low: float
    high: float
    at_low: _End
    at_high: _End


@dataclass(frozen=True)
class _End:
    """The best objective at one figure (None: no plan), and whether it takes other offers than today's."""

    value: float | None
    swapped: bool


class _Ends:
    """Asks for optima only: which of equal plans it is does not matter here."""

    def __init__(self, mixes: Bools) -> None:
        self.mixes, self.cache = mixes, SolveCache()  # (L, N) the offers in use today

    def end(self, solver: ScenarioSolver, routing: Routing) -> _End:
        """Solved anew, out of the whole catalogue and out of today's offers."""
        problem = solver.compiler.compile(routing)
        best = solve_without_tie_breaking(problem, solver.seconds, solver.cache)
        if best.shares is None:
            return _End(None, True)
        few = replace(problem, eligible=problem.eligible & self.mixes)
        kept = solve_without_tie_breaking(few, solver.seconds, self.cache)
        near = kept.shares is not None and kept.value <= best.value + TIE_TOL * max(abs(best.value), 1e-12)
        return _End(-best.value if problem.maximise_quality else best.value, not near)


def tornado(routing: Routing, compiler: Compiler) -> Tornado:
    """Every number of the routing, and the price, speed and quality of each offer or model in use.

    Amounts move by a fifth, rules on a scale (points, shares, counts, percentiles) by their step. A routing
    without a plan has no bars.
    """
    solver = ScenarioSolver(compiler)
    now = solver.outcome(routing)
    value = objective(routing, now)
    if value is None:
        return Tornado(objective=routing.objective, value=0.0)
    ends = _Ends(shares_of(now, routing, compiler.table.offers) > 0)
    inputs = [*_of_routing(routing, solver, ends), *_of_catalog(routing, solver, now, ends)]
    bars = [_bar(value, one) for one in inputs]
    bars.sort(key=lambda bar: (-(inf if bar.effect is None else bar.effect), bar.input))
    return Tornado(objective=routing.objective, value=value, bars=tuple(bars))


def _bar(value: float, one: _Input) -> Bar:
    ends = [one.at_low.value, one.at_high.value]
    known = [abs(end - value) for end in ends if end is not None]
    return Bar(
        input=one.name,
        unit=one.unit,
        now=one.now,
        low=one.low,
        high=one.high,
        at_low=ends[0],
        at_high=ends[1],
        effect=None if len(known) < 2 else max(known),
        swaps_low=one.at_low.swapped,
        swaps_high=one.at_high.swapped,
    )


def _of_routing(routing: Routing, solver: ScenarioSolver, ends: _Ends) -> Iterator[_Input]:
    for path in _paths(routing):
        spec, now = spec_of(path), value_of(routing, path)
        step = PART * now if spec.is_amount else float(spec.step or 1.0)
        (low, lower), (high, higher) = (_moved(routing, path, now, by) for by in (-step, step))
        if low != high:
            at = (ends.end(solver, lower), ends.end(solver, higher))
            yield _Input(str(path), spec.unit, float(now), low, high, *at)


def _paths(routing: Routing) -> Iterator[RulePath]:
    """The numbers that are in use; one that another takes along is no input of its own."""
    for section in sections(routing):
        owner = owner_of(routing, section)
        for spec in specs(section.section).values():
            if (
                spec.is_number
                and (spec.is_rule or spec.workload)
                and not spec.moves_with
                and _counts(spec, owner)
            ):
                yield section.child(spec.name)


def _counts(spec: RuleSpec, owner: Any) -> bool:
    """Whether the number is there, and not where nobody would miss it."""
    if spec.name == "percentile":
        return owner.latency_limit is not None
    if getattr(owner, spec.name) is None:
        return bool(spec.implied)
    return spec.is_set(owner) or not (spec.section == "labels" and spec.asks_nothing_by_default)


def _moved(routing: Routing, path: RulePath, now: float, by: float) -> tuple[float, Routing]:
    """The figure nearest to now + by that the field allows, and the routing with it."""
    to = int(now + by) if isinstance(now, int) and not isinstance(now, bool) else round(now + by, 9)
    changed = _changed(routing, path, to)
    return (float(to), changed) if changed is not None else (float(now), routing)


def _changed(routing: Routing, path: RulePath, to: float) -> Routing | None:
    """With another figure; a longer mean prompt takes its p95 along."""
    if path.name == "input_tokens":
        label = routing.labels[path.label]
        if label.input_tokens_p95 is not None and label.input_tokens:
            p95 = label.input_tokens_p95 * to / label.input_tokens
            longer = label.model_copy(update={"input_tokens": to, "input_tokens_p95": p95})
            return routing.model_copy(update={"labels": {**routing.labels, path.label: longer}})
    return with_value(routing, path, to)


def _of_catalog(routing: Routing, solver: ScenarioSolver, now: Outcome, ends: _Ends) -> Iterator[_Input]:
    table = solver.compiler.table
    timed = any(label.latency_limit is not None for label in routing.labels.values())
    for i in np.flatnonzero(offers_in_use(now, table.offers)):
        own, offer = np.arange(len(table.offers)) == i, f"offers.{table.offers[i]}"
        worlds = [solver.over(priced(table, np.where(own, by, 1.0))) for by in (1 - PART, 1 + PART)]
        at = [ends.end(other, routing) for other in worlds]
        yield _Input(f"{offer}.price", "x", 1.0, 1 - PART, 1 + PART, *at)
        if timed and not np.isnan(table.tps[i] + table.ttft[i]):
            at = [ends.end(_slower(solver, own, by), routing) for by in (1 - PART, 1 + PART)]
            yield _Input(f"{offer}.time", "x", 1.0, 1 - PART, 1 + PART, *at)
    yield from _of_models(routing, solver, now, ends)


def _slower(
    solver: ScenarioSolver, own: np.ndarray[tuple[int], np.dtype[np.bool_]], by: float
) -> ScenarioSolver:
    """These offers take `by` times as long."""
    table = solver.compiler.table
    time = np.where(own, by, 1.0)
    return solver.over(replace(table, ttft=table.ttft * time, tps=table.tps / time))


def _of_models(routing: Routing, solver: ScenarioSolver, now: Outcome, ends: _Ends) -> Iterator[_Input]:
    """Each weighted skill of each model in use, a point lower and higher."""
    table = solver.compiler.table
    wanted = sorted({skill for label in routing.labels.values() for skill in label.skills})
    for m in np.unique(table.model[offers_in_use(now, table.offers)]):
        for skill in wanted:
            column = table.skills.get(skill)
            own = table.model == m
            if column is None or np.isnan(column[own][0]):
                continue
            score = float(column[own][0])
            pair = []
            for to in (max(score - 1, 0.0), min(score + 1, 100.0)):
                skills = {**table.skills, skill: np.where(own, to, column)}
                pair.append((to, ends.end(solver.over(replace(table, skills=skills)), routing)))
            name = f"models.{table.models[m]}.skills.{skill}"
            (low, at_low), (high, at_high) = pair
            yield _Input(name, "points", score, low, high, at_low, at_high)
