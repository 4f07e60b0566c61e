"""What each rule costs: a step to either side and without it, and its shadow price while the models stay.

Sensitivity analysis as in any text on linear programming: with all whole numbers fixed, the objective is a
function of the rule's limit, whose slope is the shadow price and whose straight piece is the sensitivity
range.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...domain.explanation import NO_VALUE, NOTHING_FITS, TIME_OUT, RulePrice
from ...domain.field_facts import Measure
from ...domain.plan import Plan
from ...domain.references import AsGoodAs, as_written, grid_origin, rounded
from ...domain.routing import Label, Routing
from ...domain.rules import (
    RulePath,
    RuleSpec,
    confidences,
    rules_in_force,
    spec_of,
    value_of,
    with_value,
    without,
)
from ...domain.solver_status import SolverStatus
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.eligibility import largest_context
from ..compile.problem import Bools, Problem
from ..coverage import best_coverage
from ..deadline import Deadline
from ..models.compact import CompactModel
from ..models.lp import is_linear, solve_linear
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import (
    BREAKPOINT_TOL,
    CURVE_TOL,
    DIFFERENCE_STEP,
    KINK_TOL,
    LINE_TOL,
    MIN_OBJECTIVE,
    MIN_STEP,
    OBJECTIVE_TOL,
)

NO_PLAN_REASONS = {SolverStatus.INFEASIBLE: NOTHING_FITS, SolverStatus.TIMED_OUT: TIME_OUT}


def rule_prices(
    routing: Routing,
    compiler: Compiler,
    plan: Plan,
    seconds: float,
    *,
    paths: Collection[str] | None = None,
    ranges: bool = True,
    cache: SolveCache | None = None,
) -> tuple[RulePrice, ...]:
    """Every rule in force of a routing that has this plan (or those of `paths`), the dearest first.

    `seconds` are for all of them together: a rule whose turn comes later has TIME_OUT for its reasons.
    Without `ranges` there are no fields of the shadow price, which take by far the most time. `cache` is of
    earlier solves over the same catalogue. Empty where the routing has no plan. A confidence among `paths`
    has its price as well: what being so sure costs, as a whole.
    """
    deadline, routing = Deadline.after(seconds), compiler.resolved(routing)
    problem, cache = compiler.compile(routing), cache or SolveCache()
    solution = solve(problem, seconds, cache)
    if solution.shares is None:
        return ()
    pricing = _RulePricing(routing, compiler, plan, solution, deadline, cache, ranges)
    asked = priced_rules(routing)
    if paths is not None:
        asked = tuple(path for path in (*asked, *map(str, confidences(routing))) if path in paths)
    prices = [pricing.price(path) for path in asked]
    return tuple(sorted(prices, key=_order))


def priced_rules(routing: Routing) -> tuple[str, ...]:
    """Paths of the rules in force that have a price: all but what is made best."""
    return tuple(path for path in rules_in_force(routing) if path != "objective")


def _order(rule: RulePrice) -> tuple[bool, float, str]:
    gain = rule.looser if rule.step is not None else rule.dropped
    return not rule.binding, -abs(gain or 0.0), rule.path


@dataclass(frozen=True)
class _RulePricing:
    """A routing with its plan, to be solved anew with one rule changed, until the deadline."""

    routing: Routing
    compiler: Compiler
    plan: Plan
    solution: Solution
    deadline: Deadline
    cache: SolveCache
    ranges: bool

    @property
    def sign(self) -> float:
        """From what is minimised to the objective."""
        return -1.0 if self.routing.objective == "quality" else 1.0

    def price(self, path: str) -> RulePrice:
        """One rule's price."""
        spec, limit = spec_of(path), value_of(self.routing, path)
        _, dropped = self._change(without(self.routing, {path}))
        if not spec.is_bound:
            return RulePrice(path=path, value=as_written(limit), binding=bool(dropped), dropped=dropped)
        step = _step(spec, limit)
        steps = {"looser": spec.looser * step, "tighter": -spec.looser * step}
        stepped = {side: _moved(self.routing, path, by) for side, by in steps.items()}
        changes, reasons = dict[str, float | None](), dict[str, str]()
        for side, routing in stepped.items():
            if routing is None:
                changes[side], reasons[side] = None, NO_VALUE
                continue
            status, changes[side] = self._change(routing)
            reasons[side] = NO_PLAN_REASONS.get(status, "")
        # A step that ends the plan changes more than any other.
        changed = any(change is not None and change != 0 for change in changes.values())
        binding = changed or NOTHING_FITS in reasons.values()
        priced = self.ranges and binding and spec.has_shadow_price and not self.deadline.passed
        shadow_price = self._shadow_price(path, step) if priced else {}
        return RulePrice(
            path=path,
            value=as_written(limit),
            unit=spec.unit,
            points=float(limit) if isinstance(limit, AsGoodAs) else None,
            step=step,
            attained=activity(self.routing, self.compiler, self.plan, path),
            binding=binding,
            ends=tuple(side for side, routing in stepped.items() if routing is None),
            dropped=dropped,
            **changes,
            **{f"{side}_reason": reason for side, reason in reasons.items()},
            **shadow_price,
        )

    def _shadow_price(self, path: str, step: float) -> dict[str, Any]:
        """The fields of RulePrice."""
        objective = ParametricObjective(
            self.routing, self.compiler, self.solution, path, step, self.deadline.seconds_left
        )
        shadow = objective.shadow_price()
        if shadow is None:
            return {}
        prices = {"price": shadow.tighter, "price_looser": shadow.looser}
        # Adding 0.0 leaves no negative zero.
        signed = {key: None if price is None else self.sign * price + 0.0 for key, price in prices.items()}
        degenerate = shadow.looser is not None
        return {
            **signed,
            "holds_from": shadow.holds_from,
            "holds_to": shadow.holds_to,
            "degenerate": degenerate,
        }

    def _change(self, changed: Routing) -> tuple[SolverStatus, float | None]:
        """The solve's status, and what the objective changes by: None where there is no plan then."""
        if self.deadline.passed:
            return SolverStatus.TIMED_OUT, None
        problem = self.compiler.compile(changed)
        solution = solve_without_tie_breaking(problem, self.deadline.seconds_left, self.cache)
        if solution.shares is None:
            return solution.status, None
        change = self.sign * (solution.value - self.solution.value)
        equal = abs(change) <= OBJECTIVE_TOL * max(abs(self.solution.value), MIN_OBJECTIVE)
        return solution.status, 0.0 if equal else change


def _step(spec: RuleSpec, limit: Any) -> float:
    """The rule's own step, or a tenth and so on where that leads beyond what the rule can say."""
    step = float(spec.step or 1.0)
    if isinstance(limit, int):
        return step
    room = [side for side in (float(limit), spec.scale_end - float(limit)) if side > 0]
    min_step = MIN_STEP * step
    while step > min(room, default=step) and step > min_step:
        step /= 10
    return step


def _moved(routing: Routing, path: str, by: float) -> Routing | None:
    """The routing with the rule one step on; None where the rule has no such value."""
    limit = value_of(routing, path)
    moved = int(limit + by) if isinstance(limit, int) else rounded(limit + by, grid_origin(limit))
    return with_value(routing, path, moved)


@dataclass(frozen=True)
class ShadowPrice:
    """What minimising gains or loses a step tighter, and a step looser where that differs (a degenerate
    corner).

    It holds for limits `holds_from` to `holds_to`; None: without end.
    """

    tighter: float
    looser: float | None
    holds_from: float | None
    holds_to: float | None


@dataclass
class ParametricObjective:
    """The objective of the plan `solution` as a rule's limit moves, the models and replicas in use kept.

    Offers that no whole number stands for mix as they like: without whole numbers this is the whole linear
    programme. It is convex and piecewise linear in the limit of a sum.
    """

    routing: Routing
    compiler: Compiler
    solution: Solution
    path: str
    step: float
    seconds: float
    _values: dict[float, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spec = spec_of(self.path)
        self.limit = float(value_of(self.routing, self.path))
        self.free_pairs = _free_pairs(self.compiler.compile(self.routing), self.solution)

    def shadow_price(self) -> ShadowPrice | None:
        """The price on either side and its range; None where the limit cannot be moved at all."""
        tighter_side = -self.spec.looser
        tighter, looser = self._slope(tighter_side), self._slope(-tighter_side)
        slope = tighter if tighter is not None else looser
        if slope is None:
            return None
        curved, scale = self.spec.measure is Measure.CURVE, tighter_side * self.step
        tolerance = CURVE_TOL if curved else KINK_TOL
        smooth = looser is None or abs(slope - looser) <= tolerance * max(abs(slope), abs(looser))
        ends = [self.limit if curved else self._range_end(side, slope) for side in (-1.0, 1.0)]
        return ShadowPrice(
            slope * scale, None if smooth or looser is None else looser * scale, ends[0], ends[1]
        )

    def value(self, limit: float) -> float | None:
        """The objective at a limit; None where nothing fits."""
        if limit not in self._values:
            self._values[limit] = self._solve(limit)
        return self._values[limit]

    def _slope(self, side: float) -> float | None:
        """The one-sided derivative by the limit: over ever smaller differences until it stays the same."""
        now, by = self.value(self.limit), DIFFERENCE_STEP * self.step
        slopes: list[float] = []
        for _ in range(4):
            moved = self.value(self.limit + side * by)
            if now is not None and moved is not None:
                slopes.append((moved - now) / by * side)
                if len(slopes) > 1 and abs(slopes[-1] - slopes[-2]) <= 0.1 * KINK_TOL * abs(slopes[-2]):
                    break
            by /= 8
        return slopes[-1] if slopes else None

    def _on_line(self, slope: float, by: float) -> bool:
        """Whether the objective at this signed distance is on the line through the present limit."""
        now, moved = self.value(self.limit), self.value(self.limit + by)
        if now is None or moved is None:
            return False
        tolerance = LINE_TOL * max(abs(now), MIN_OBJECTIVE) + 0.1 * LINE_TOL * abs(slope * by)
        return abs(moved - now - slope * by) <= tolerance

    def _range_end(self, side: float, slope: float) -> float | None:
        """Where to that side the objective leaves the line; None: nowhere."""
        room = self.spec.scale_end - self.limit if side > 0 else self.limit
        low, high = 0.0, min(self.step, room)
        while self._on_line(slope, side * high):
            if high >= room:
                return self.limit + side * room
            low, high = high, min(2 * high, room)
            if high > 1e9 * self.step:
                return None
        for _ in range(60):
            if high - low <= BREAKPOINT_TOL * self.step:
                break
            crossing = self._crossing(side, slope, low, high)
            if crossing is not None and self._on_line(slope, side * crossing):
                return self.limit + side * crossing
            middle = (low + high) / 2 if crossing is None else crossing
            low, high = (middle, high) if self._on_line(slope, side * middle) else (low, middle)
        return self.limit + side * low

    def _crossing(self, side: float, slope: float, low: float, high: float) -> float | None:
        """Where the line through the present limit meets the one through `high`; None: not between."""
        difference = min(DIFFERENCE_STEP * self.step, (high - low) / 8)
        now, far, before = (self.value(self.limit + side * by) for by in (0.0, high, high - difference))
        if now is None or far is None or before is None:
            return None
        far_rise, rise = (far - before) / difference, slope * side
        if far_rise - rise <= KINK_TOL / 100 * abs(rise):
            return None
        crossing = (now - far + far_rise * high) / (far_rise - rise)
        return crossing if low < crossing < high else None

    def _solve(self, limit: float) -> float | None:
        changed = with_value(self.routing, self.path, limit)
        if changed is None:
            return None
        problem = _without_counts(self.compiler.compile(changed), self.free_pairs)
        if is_linear(problem):
            solution = solve_linear(problem, self.seconds)
            return None if solution.shares is None else solution.value
        return _with_fixed_integers(problem, self.free_pairs, self.solution, self.seconds)


def _free_pairs(problem: Problem, solution: Solution) -> Bools:
    """(L, N) the offers that may carry something while every use, model and provider stays as it is."""
    assert solution.shares is not None
    used = solution.shares > 0
    counts = problem.eligible.sum(axis=1)
    counted = (problem.max_offers < counts) | (problem.min_share > 0) | (problem.min_providers > 1)
    pairs = problem.eligible.copy()
    pairs[counted] &= used[counted]
    used_offers = used.any(axis=0)
    for limit, codes in ((problem.max_models, problem.model), (problem.max_providers, problem.provider)):
        if limit is not None:
            pairs &= np.isin(codes, codes[used_offers])
    return pairs


def _without_counts(problem: Problem, pairs: Bools) -> Problem:
    """The problem over these pairs, whose counts all hold already."""
    return replace(
        problem,
        eligible=problem.eligible & pairs,
        max_models=None,
        max_providers=None,
        max_offers=np.full(len(problem.labels), len(problem.offers)),
        min_providers=np.ones(len(problem.labels), dtype=np.int64),
    )


def _with_fixed_integers(problem: Problem, pairs: Bools, solution: Solution, seconds: float) -> float | None:
    """The least objective with uses and replicas fixed, where there are least shares, pins or replicas."""
    model = CompactModel(problem, pairs)
    low, high = model.builder.bounds()
    low[model.y] = high[model.y] = 1.0
    if solution.replicas is not None:
        low[model.n] = high[model.n] = solution.replicas
    if problem.subscriptions:
        assert solution.shares is not None
        low[model.u] = high[model.u] = best_coverage(problem, solution.shares).units
    scale = max(abs(solution.value), MIN_OBJECTIVE)
    cost = model.costs(
        problem.objective / scale, problem.fixed_objective / scale, problem.usd_objective / scale
    )
    optimum = model.solve(cost, seconds, (low, high), relax=True)
    return None if optimum.x is None else optimum.objective * scale


def activity(routing: Routing, compiler: Compiler, plan: Plan, path: str) -> float | None:
    """What the plan has of what the rule at `path` limits, in the rule's unit; None: it is unknown."""
    rule = RulePath.parse(path)
    if rule.section == "labels":
        return _label_activity(compiler, plan, rule, routing.labels[rule.label])
    if rule.name == "budget":
        return plan.cost
    if rule.name == "min_quality":
        return plan.counted
    if rule.name == "max_provider_share":
        return _largest_provider_share(routing, plan)
    offers = {route.offer for label in plan.labels.values() for route in label.routes}
    table = compiler.table
    codes = {"max_providers": table.provider, "max_models": table.base_model}[rule.name]
    return float(len({int(codes[table.index[offer]]) for offer in offers}))


def _label_activity(compiler: Compiler, plan: Plan, rule: RulePath, label: Label) -> float | None:
    mix = plan.labels[rule.label]
    offers = [route.offer for route in mix.routes]
    windows = largest_context(label, compiler.table)[[compiler.table.index[offer] for offer in offers]]
    activities: dict[str, float | None] = {
        "min_quality": mix.counted,
        "max_latency": mix.latency,
        "min_quality_each": min((r.counted for r in mix.routes if r.counted is not None), default=None),
        "min_share": min((route.share for route in mix.routes), default=None),
        "max_models": float(len(offers)),
        "min_providers": float(len({offer.partition("/")[0] for offer in offers})),
        "context": float(windows.min()) if offers else None,
    }
    return activities[rule.name]


def _largest_provider_share(routing: Routing, plan: Plan) -> float:
    """The largest part of all requests that one provider carries."""
    total, carried = 0.0, dict[str, float]()
    for name, mix in plan.labels.items():
        requests = routing.labels[name].requests
        total += requests
        for route in mix.routes:
            provider = route.offer.partition("/")[0]
            carried[provider] = carried.get(provider, 0.0) + route.share * requests
    return max(carried.values(), default=0.0) / total if total else 0.0
