"""Which test of a model on a label would improve the plan most: the expected value of knowing its quality.

What a test would find is taken as normal about the quality as it stands, with the deviation of its 80 %
interval, at five equally likely outcomes (Raiffa and Schlaifer, 1961: preposterior analysis). A tested model
counts as it was found; all others go on counting at the confidence asked for. An outcome that the plan of
today is the best answer to is worth nothing, so the value is the mean of what the others improve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from ...domain.explanation import MeasurementValue
from ...domain.references import points_of
from ...domain.routing import Routing
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Problem
from ..compile.quality import quality_gaps
from ..deadline import Deadline
from ..skill_model.ability import INTERVAL_SDS
from ..solve import solve

OUTCOMES: Floats = ndtri((np.arange(5) + 0.5) / 5)  # standard deviations, each of a fifth of the chance
MAX_TESTED = 25  # models looked at for a label, the cheapest first
_SMALLEST_GAP = 0.05  # points: what is known better than that need not be tested


def values_of_tests(routing: Routing, compiler: Compiler, seconds: float) -> tuple[MeasurementValue, ...]:
    """What knowing each model's quality on each label is worth, the most first; only what is worth something.

    USD a month, or points of quality. Nothing where no rule is on quality, or there is no plan. Raises
    InputError as compiling does.
    """
    deadline = Deadline.after(seconds)
    problem = compiler.compile(routing)
    base = solve(problem, deadline.seconds_left, SolveCache())
    if base.shares is None:
        return ()
    values = []
    for row, model in _candidates(routing, compiler, problem, base.shares):
        if deadline.passed:
            break
        value = _value(routing, compiler, problem, (row, model), base.value, deadline)
        if value is not None:
            values.append(value)
    return tuple(sorted(values, key=lambda test: (-test.gain, test.label, test.model)))


def _candidates(
    routing: Routing, compiler: Compiler, problem: Problem, shares: Floats
) -> Iterator[tuple[int, int]]:
    """(label's row, model) of models that a better figure could bring into the label's mix."""
    table = compiler.table
    resolved = compiler.resolved(routing)
    for row, name in enumerate(problem.labels):
        label = resolved.labels[name]
        if not (resolved.needs_quality(label)):
            continue
        gaps = quality_gaps(label, table)
        open_to = _eligible_but_for_floor(routing, compiler, name) & (gaps > _SMALLEST_GAP)
        if not problem.maximise_quality:  # a dearer one than all in use improves nothing
            open_to &= problem.cost[row] <= problem.cost[row][shares[row] > 0].max(initial=0.0)
        cheapest: dict[int, float] = {}
        for i in np.flatnonzero(open_to).tolist():
            model = int(table.model[i])
            cheapest[model] = min(cheapest.get(model, np.inf), float(problem.cost[row, i]))
        for model in sorted(cheapest, key=lambda code: cheapest[code])[:MAX_TESTED]:
            yield row, model


def _eligible_but_for_floor(routing: Routing, compiler: Compiler, name: str) -> np.ndarray:
    label = routing.labels[name]
    if label.min_quality_each is None:
        return compiler.rows(routing, name).eligible
    # A floor of 0 keeps what the rule asks for besides: that the quality is known.
    without = label.model_copy(update={"min_quality_each": 0.0})
    return compiler.rows(
        routing.model_copy(update={"labels": {**routing.labels, name: without}}), name
    ).eligible


def _value(
    routing: Routing,
    compiler: Compiler,
    problem: Problem,
    tested: tuple[int, int],
    base: float,
    deadline: Deadline,
) -> MeasurementValue | None:
    row, model = tested
    table, name = compiler.table, problem.labels[row]
    offers = np.flatnonzero(table.model == model)
    label = compiler.resolved(routing).labels[name]
    quality = float(problem.plain_quality[row, offers[0]])
    deviation = float(quality_gaps(label, table)[offers[0]]) / INTERVAL_SDS
    floor = points_of(label.min_quality_each)
    open_to = _eligible_but_for_floor(routing, compiler, name)

    def improvement(found: float) -> float:
        counted = problem.quality.copy()
        counted[row, offers] = found
        known = problem.with_quality(counted)
        eligible = known.eligible.copy()
        eligible[row, offers] = open_to[offers] & (floor is None or found >= floor - 1e-9)
        answer = solve(replace(known, eligible=eligible), deadline.seconds_left, SolveCache())
        return 0.0 if answer.shares is None else max(base - answer.value, 0.0)

    outcomes = np.clip(quality + deviation * OUTCOMES, 0.0, 100.0)
    best = improvement(float(outcomes[-1]))
    if best < 0.005:
        return None
    gains = [*(improvement(float(outcome)) for outcome in outcomes[:-1]), best]
    return MeasurementValue(
        label=name,
        model=table.models[model],
        quality=quality,
        low=max(quality - INTERVAL_SDS * deviation, 0.0),
        gain=float(np.mean(gains)),
        best=best,
        chance=float(np.mean([gain >= 0.005 for gain in gains])),
    )
