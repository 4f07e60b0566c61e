"""Which test of a model on a label would improve the plan most: the expected value of knowing its quality.

What a test would find is taken as normal about the quality as it stands, with the deviation of its 80 %
interval, at five equally likely outcomes (Raiffa and Schlaifer, 1961: preposterior analysis). A tested model
counts as it was found; all others go on counting at the confidence asked for. An outcome that the plan of
today is the best answer to is worth nothing, so the value is the mean of what the others improve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from ...domain.explanation import MeasurementValue
from ...domain.references import points_of
from ...domain.routing import Routing
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Floats, Ints, Problem
from ..compile.quality import quality_gaps
from ..deadline import Deadline
from ..skill_model.ability import INTERVAL_SDS
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import LABEL_RULE_TOL, MIN_OBJECTIVE

OUTCOMES: Floats = ndtri((np.arange(5) + 0.5) / 5)  # standard deviations, each of a fifth of the chance
MAX_TESTED = 25  # models looked at for a label, the cheapest first
_SMALLEST_GAP = 0.05  # points: what is known better than that need not be tested
_SMALLEST_GAIN = 0.005  # USD a month, or points: less is nothing


def values_of_tests(routing: Routing, compiler: Compiler, seconds: float) -> tuple[MeasurementValue, ...]:
    """What knowing each model's quality on each label is worth, the most first; only what is worth something.

    USD a month, or points of quality. Nothing where no rule is on quality, or there is no plan. Raises
    InputError as compiling does.
    """
    deadline = Deadline.after(seconds)
    problem = compiler.compile(routing)
    cache = SolveCache()  # a test is of one label: what the others come to by themselves stays
    base = solve(problem, deadline.seconds_left, cache)
    if base.shares is None:
        return ()
    values = []
    for test in _tests(compiler.resolved(routing), compiler, problem, base, cache):
        if deadline.passed:
            break
        value = _value(test, deadline)
        if value is not None:
            values.append(value)
    return tuple(sorted(values, key=lambda test: (-test.gain, test.label, test.model)))


def _tests(
    routing: Routing, compiler: Compiler, problem: Problem, base: Solution, cache: SolveCache
) -> Iterator[_Test]:
    """Tests of models that a better figure could bring into a label's mix, the cheapest first."""
    table, shares = compiler.table, base.shares
    assert shares is not None
    for row, (name, label) in enumerate(routing.labels.items()):
        if not routing.needs_quality(label):
            continue
        gaps, open_to = quality_gaps(label, table), _eligible_but_for_floor(routing, compiler, name)
        worth_it = open_to & (gaps > _SMALLEST_GAP)
        if not problem.maximise_quality:  # a dearer one than all in use improves nothing
            worth_it &= problem.cost[row] <= problem.cost[row][shares[row] > 0].max(initial=0.0)
        cheapest: dict[int, float] = {}
        for i in np.flatnonzero(worth_it).tolist():
            model = int(table.model[i])
            cheapest[model] = min(cheapest.get(model, np.inf), float(problem.cost[row, i]))
        for model in sorted(cheapest, key=lambda code: cheapest[code])[:MAX_TESTED]:
            yield _Test(
                problem=problem,
                row=row,
                model=table.models[model],
                offers=np.flatnonzero(table.model == model),
                gaps=gaps,
                open_to=open_to,
                floor=points_of(label.min_quality_each),
                base=base.value,
                cache=cache,
            )


def _eligible_but_for_floor(routing: Routing, compiler: Compiler, name: str) -> Bools:
    label = routing.labels[name]
    if label.min_quality_each is None:
        return compiler.rows(routing, name).eligible
    # A floor of 0 keeps what the rule asks for besides: that the quality is known.
    without = label.model_copy(update={"min_quality_each": 0.0})
    return compiler.rows(
        routing.model_copy(update={"labels": {**routing.labels, name: without}}), name
    ).eligible


def _value(test: _Test, deadline: Deadline) -> MeasurementValue | None:
    """None where even a good outcome improves nothing."""
    gap = float(test.gaps[test.offers[0]])
    quality = float(test.problem.plain_quality[test.row, test.offers[0]])
    outcomes = np.clip(quality + gap / INTERVAL_SDS * OUTCOMES, 0.0, 100.0)
    best = test.improvement(float(outcomes[-1]), deadline)
    if best < _SMALLEST_GAIN:
        return None
    gains = [*(test.improvement(float(outcome), deadline) for outcome in outcomes[:-1]), best]
    return MeasurementValue(
        label=test.problem.labels[test.row],
        model=test.model,
        quality=quality,
        low=max(quality - gap, 0.0),
        gain=float(np.mean(gains)),
        best=best,
        chance=float(np.mean([gain >= _SMALLEST_GAIN for gain in gains])),
    )


@dataclass(frozen=True)
class _Test:
    """A test of a model on the label in `row`, with its offers; `open_to` (N,) break no rule but the floor.

    `base` is the best objective as things are counted now; `gaps` (N,) are points down to the low ends.
    """

    problem: Problem
    row: int
    model: str
    offers: Ints
    gaps: Floats
    open_to: Bools
    floor: float | None
    base: float
    cache: SolveCache

    def improvement(self, quality: float, deadline: Deadline) -> float:
        """What the best plan improves by when the test finds this quality, whichever of equal ones."""
        answer = solve_without_tie_breaking(self.problem_at(quality), deadline.seconds_left, self.cache)
        return 0.0 if answer.shares is None else max(self.base - answer.value, 0.0)

    def answer(self, quality: float, deadline: Deadline) -> Solution:
        """The best plan when the test finds this quality."""
        return solve(self.problem_at(quality), deadline.seconds_left, self.cache)

    def problem_at(self, quality: float) -> Problem:
        """The problem when the test finds this quality."""
        counted = self.problem.quality.copy()
        counted[self.row, self.offers] = quality
        known = self.problem.with_quality(counted)
        eligible = known.eligible.copy()
        passes = self.floor is None or quality >= self.floor - LABEL_RULE_TOL
        eligible[self.row, self.offers] = self.open_to[self.offers] & passes
        return replace(known, eligible=eligible)


@dataclass(frozen=True)
class PlanChange:
    """What more tests of a model may do to the plan: `chance` that it becomes another one, and by how much
    its objective then moves on average, up or down: USD a month, or points of quality. `is_used`: it serves
    the label today, or there is no plan."""

    chance: float
    change: float
    is_used: bool


def plan_changes(
    routing: Routing,
    compiler: Compiler,
    label: str,
    outcomes: Mapping[str, Sequence[float]],
    seconds: float,
) -> dict[str, PlanChange]:
    """Model -> what it does to the plan where its quality on the label is found to be each of `outcomes`.

    Each model's outcomes are qualities (0-100) of the same chance. Where there is no plan today, or none at
    an outcome, the plan counts as changed by its whole value. Raises InputError as compiling does.
    """
    deadline = Deadline.after(seconds)
    problem, table = compiler.compile(routing), compiler.table
    cache = SolveCache()
    base = solve(problem, deadline.seconds_left, cache)
    row, rules = problem.labels.index(label), compiler.resolved(routing).labels[label]
    open_to = _eligible_but_for_floor(compiler.resolved(routing), compiler, label)
    mix = _mix(base, row)
    changes = {}
    for model, qualities in outcomes.items():
        test = _Test(
            problem=problem,
            row=row,
            model=model,
            offers=np.flatnonzero(table.model == table.models.index(model)),
            gaps=np.zeros(len(table.offers)),
            open_to=open_to,
            floor=points_of(rules.min_quality_each),
            base=base.value if base.shares is not None else 0.0,
            cache=cache,
        )
        is_used = mix is None or bool(set(mix) & set(test.offers.tolist()))
        # Better quality only ever brings a model in: where both ends leave the plan as it is, all between do.
        if all(_mix(test.answer(float(end(qualities)), deadline), row) == mix for end in (min, max)):
            changes[model] = PlanChange(0.0, 0.0, is_used)
            continue
        moved = np.array([_moved(base, test.answer(float(quality), deadline), row) for quality in qualities])
        changes[model] = PlanChange(float(np.mean(moved > 0)), float(np.mean(moved)), is_used)
    return changes


def _moved(base: Solution, answer: Solution, row: int) -> float:
    """How far a plan's objective is from that of today; 0 where the label's offers are the same."""
    if _mix(answer, row) == _mix(base, row):
        return 0.0
    if answer.shares is None or base.shares is None:
        return max(abs((base if answer.shares is None else answer).value), _SMALLEST_GAIN)
    return max(abs(answer.value - base.value), MIN_OBJECTIVE)


def _mix(solution: Solution, row: int) -> tuple[int, ...] | None:
    """The offers that a plan has for a label; None without a plan."""
    return None if solution.shares is None else tuple(np.flatnonzero(solution.shares[row] > 0).tolist())
