"""What each rule costs: solved anew a step to either side and without it; its price while the models stay.

What a plan has where a rule sets a limit.

A rule's limit as a parameter, all whole numbers fixed: its shadow price, and how far that holds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import Bounds

from ...domain.explanation import NO_VALUE, NOTHING_FITS, TIME_OUT, RulePrice
from ...domain.field_facts import Measure
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import RulePath, RuleSpec, rules_in_force, spec_of, value_of, with_value, without
from ..cache import Memory
from ..compile.compiler import Compiler
from ..compile.problem import Bools, Problem
from ..models.compact import Compact
from ..models.lp import linear, solve_linear
from ..solution import Answer
from ..solve import solve
from ..tolerances import CURVE_TOL, DIFFERENCE_STEP, KINK_TOL, LINE_TOL, MIN_SECONDS, MIN_STEP, OBJECTIVE_TOL


def attained(routing: Routing, compiler: Compiler, plan: Plan, path: str) -> float | None:
    """Its quality, largest share of a provider, smallest window and the like; None: it is unknown."""
    rule = RulePath.parse(path)
    if rule.section == "limits":
        used = {route.offer for label in plan.labels.values() for route in label.routes}
        if rule.name == "max_provider_share":
            return _largest_share(routing, plan)
        counts = {
            "max_models": {o.partition("/")[2] for o in used},
            "max_providers": {o.partition("/")[0] for o in used},
        }
        return plan.cost if rule.name == "budget" else float(len(counts[rule.name]))
    return _of_label(compiler, plan, rule)


def _of_label(compiler: Compiler, plan: Plan, rule: RulePath) -> float | None:
    mix = plan.labels[rule.label]
    offers = [route.offer for route in mix.routes]
    windows = [float(compiler.table.window[compiler.table.index[offer]]) for offer in offers]
    found: dict[str, float | None] = {
        "min_quality": mix.quality,
        "max_latency": mix.latency,
        "min_quality_each": min((r.quality for r in mix.routes if r.quality is not None), default=None),
        "min_share": min((route.share for route in mix.routes), default=None),
        "max_models": float(len(offers)),
        "min_providers": float(len({offer.partition("/")[0] for offer in offers})),
        "context": min(windows, default=None),
    }
    return found[rule.name]


def _largest_share(routing: Routing, plan: Plan) -> float:
    total, carried = 0.0, dict[str, float]()
    for name, mix in plan.labels.items():
        requests = routing.labels[name].requests
        total += requests
        for route in mix.routes:
            seller = route.offer.partition("/")[0]
            carried[seller] = carried.get(seller, 0.0) + route.share * requests
    return max(carried.values(), default=0.0) / total if total else 0.0


@dataclass(frozen=True)
class Priced:
    """The price of a step tighter, of a step looser where it differs, and between which limits it holds."""

    tighter: float
    looser: float | None
    holds_from: float | None
    holds_to: float | None


@dataclass
class Dual:
    """The objective of the plan `answer` as a rule's limit moves, the models and replicas in use kept.

    Offers that no whole number stands for mix as they like: without whole numbers this is the whole linear
    programme. It is convex in the limit of a sum, and made of straight pieces.
    """

    routing: Routing
    compiler: Compiler
    answer: Answer
    path: str
    step: float
    seconds: float
    _known: dict[float, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spec = spec_of(self.path)
        self.limit = float(value_of(self.routing, self.path))
        self.columns = _kept(self.compiler.compile(self.routing), self.answer)

    def price(self) -> Priced | None:
        """The price on either side; None where the limit cannot be moved at all."""
        way = -self.spec.looser
        tight, loose = self._slope(way), self._slope(-way)
        slope = tight if tight is not None else loose
        if slope is None:
            return None
        curved, scale = self.spec.measure is Measure.CURVE, way * self.step
        one = loose is None or abs(slope - loose) <= (CURVE_TOL if curved else KINK_TOL) * max(
            abs(slope), abs(loose)
        )
        ends = [self.limit if curved else self._end(side, slope) for side in (-1.0, 1.0)]
        return Priced(slope * scale, None if one or loose is None else loose * scale, ends[0], ends[1])

    def value(self, limit: float) -> float | None:
        """The objective at a limit; None where nothing fits."""
        if limit not in self._known:
            self._known[limit] = self._solved(limit)
        return self._known[limit]

    def _slope(self, side: float) -> float | None:
        """The one-sided derivative by the limit: nearer and nearer until it stays the same."""
        here, by = self.value(self.limit), DIFFERENCE_STEP * self.step
        found: list[float] = []
        for _ in range(4):
            there = self.value(self.limit + side * by)
            if here is not None and there is not None:
                found.append((there - here) / by * side)
                if len(found) > 1 and abs(found[-1] - found[-2]) <= 0.1 * KINK_TOL * abs(found[-2]):
                    break
            by /= 8
        return found[-1] if found else None

    def _straight(self, slope: float, by: float) -> bool:
        """Whether the value at this signed distance is on the line through here."""
        here, there = self.value(self.limit), self.value(self.limit + by)
        if here is None or there is None:
            return False
        return abs(there - here - slope * by) <= LINE_TOL * max(abs(here), 1e-9) + 0.1 * LINE_TOL * abs(
            slope * by
        )

    def _end(self, side: float, slope: float) -> float | None:
        """Where to that side the value leaves the line; None: nowhere."""
        most = self.spec.scale_end - self.limit if side > 0 else self.limit
        low, high = 0.0, min(self.step, most)
        while self._straight(slope, side * high):
            if high >= most:
                return self.limit + side * most
            low, high = high, min(2 * high, most)
            if high > 1e9 * self.step:
                return None
        for _ in range(60):
            if high - low <= 1e-9 * self.step:
                break
            cross = self._cross(side, slope, low, high)
            if cross is not None and self._straight(slope, side * cross):
                return self.limit + side * cross
            middle = (low + high) / 2 if cross is None else cross
            low, high = (middle, high) if self._straight(slope, side * middle) else (low, middle)
        return self.limit + side * low

    def _cross(self, side: float, slope: float, low: float, high: float) -> float | None:
        """Where the line through here meets the one that the value is on at `high`; None: not between."""
        near = min(DIFFERENCE_STEP * self.step, (high - low) / 8)
        here, far, before = (self.value(self.limit + side * by) for by in (0.0, high, high - near))
        if here is None or far is None or before is None:
            return None
        own, rise = (far - before) / near, slope * side
        if own - rise <= KINK_TOL * 1e-2 * abs(rise):
            return None
        cross = (here - far + own * high) / (own - rise)
        return cross if low < cross < high else None

    def _solved(self, limit: float) -> float | None:
        changed = with_value(self.routing, self.path, limit)
        if changed is None:
            return None
        problem = _fixed(self.compiler.compile(changed), self.columns)
        if linear(problem):
            found = solve_linear(problem, self.seconds)
            return None if found.shares is None else found.value
        return _relaxed(problem, self.columns, self.answer, self.seconds)


def _kept(problem: Problem, answer: Answer) -> Bools:
    """(L, N) the offers that may carry something while every use, model and provider stays as it is."""
    assert answer.shares is not None
    used = answer.shares > 0
    counts = problem.eligible.sum(axis=1)
    counted = (problem.max_offers < counts) | (problem.min_share > 0) | (problem.min_providers > 1)
    kept = problem.eligible.copy()
    kept[counted] &= used[counted]
    some = used.any(axis=0)
    for most, codes in ((problem.max_models, problem.model), (problem.max_providers, problem.provider)):
        if most is not None:
            kept &= np.isin(codes, codes[some])
    return kept


def _fixed(problem: Problem, columns: Bools) -> Problem:
    """The problem over these offers, whose counts all hold already."""
    return replace(
        problem,
        eligible=problem.eligible & columns,
        max_models=None,
        max_providers=None,
        max_offers=np.full(len(problem.labels), len(problem.offers)),
        min_providers=np.ones(len(problem.labels), dtype=np.int64),
    )


def _relaxed(problem: Problem, columns: Bools, answer: Answer, seconds: float) -> float | None:
    """The least objective with uses and replicas fixed, where there are least shares, pins or replicas."""
    model = Compact(problem, columns)
    low, high = np.array(model.bounds().lb), np.array(model.bounds().ub)
    low[model.y] = high[model.y] = 1.0
    if answer.replicas is not None:
        low[model.n] = high[model.n] = answer.replicas
    scale = max(abs(answer.value), 1e-9)
    cost = model.costs(problem.objective / scale, problem.host_objective / scale)
    result = model.solve(cost, seconds, Bounds(low, high), whole=False)
    return None if result.x is None else float(result.fun) * scale


def priced_rules(routing: Routing) -> tuple[str, ...]:
    """Paths of the rules in force that have a price: all but what is made best."""
    return tuple(path for path in rules_in_force(routing) if path != "objective")


def rule_prices(
    routing: Routing,
    compiler: Compiler,
    plan: Plan,
    seconds: float,
    *,
    paths: Collection[str] | None = None,
    memory: Memory | None = None,
) -> tuple[RulePrice, ...]:
    """Every rule in force of a routing that has this plan (or those of `paths`), the dearest first.

    `seconds` are for all of them together: a rule whose turn comes later has TIME_OUT for its reasons.
    `memory` is of earlier solves over the same catalogue.
    """
    end = perf_counter() + seconds
    problem, memory = compiler.compile(routing), memory or Memory()
    answer = solve(problem, seconds, memory)
    if answer.shares is None:
        return ()
    world = _World(routing, compiler, plan, answer, end, memory)
    found = [world.price(path) for path in priced_rules(routing) if paths is None or path in paths]
    return tuple(sorted(found, key=_order))


def _order(rule: RulePrice) -> tuple[bool, float, str]:
    gain = rule.looser if rule.step is not None else rule.dropped
    return not rule.binding, -abs(gain or 0.0), rule.path


@dataclass(frozen=True)
class _World:
    """A routing, its plan, and ways to ask what if."""

    routing: Routing
    compiler: Compiler
    plan: Plan
    answer: Answer
    end: float
    memory: Memory

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self.end - perf_counter(), MIN_SECONDS)

    @property
    def sign(self) -> float:
        """From what is made least to the objective."""
        return -1.0 if self.routing.objective == "quality" else 1.0

    def price(self, path: str) -> RulePrice:
        """One rule's facts."""
        spec, value, dropped = spec_of(path), value_of(self.routing, path), self._dropped(path)
        if not spec.is_bound:
            return RulePrice(path=path, value=value, binding=bool(dropped), dropped=dropped)
        step = _step(spec, value)
        changes = {"looser": spec.looser * step, "tighter": -spec.looser * step}
        moved = {way: _moved(self.routing, path, by) for way, by in changes.items()}
        change, reason = dict[str, float | None](), dict[str, str]()
        for way, there in moved.items():
            if there is None:
                change[way], reason[way] = None, NO_VALUE
                continue
            status, change[way] = self._change(there)
            reason[way] = {"infeasible": NOTHING_FITS, "timed_out": TIME_OUT}.get(status, "")
        # A step that ends the plan changes more than any other.
        binding = any(by is not None and by != 0 for by in change.values()) or NOTHING_FITS in reason.values()
        priced = binding and spec.has_shadow_price and perf_counter() < self.end
        price = self._dual(path, step) if priced else {}
        return RulePrice(
            path=path,
            value=value,
            unit=spec.unit,
            step=step,
            attained=attained(self.routing, self.compiler, self.plan, path),
            binding=binding,
            ends=tuple(way for way, there in moved.items() if there is None),
            dropped=dropped,
            **change,
            **{f"{way}_reason": why for way, why in reason.items()},
            **price,
        )

    def _dual(self, path: str, step: float) -> dict[str, Any]:
        dual = Dual(self.routing, self.compiler, self.answer, path, step, self.left).price()
        if dual is None:
            return {}
        prices = {"price": dual.tighter, "price_looser": dual.looser}
        signed = {key: None if one is None else self.sign * one + 0.0 for key, one in prices.items()}
        degenerate = dual.looser is not None  # no negative zero above
        return {**signed, "holds_from": dual.holds_from, "holds_to": dual.holds_to, "degenerate": degenerate}

    def _dropped(self, path: str) -> float | None:
        return self._change(without(self.routing, {path}))[1]

    def _change(self, changed: Routing) -> tuple[str, float | None]:
        """The solve's status, and what the objective changes by: None where there is no plan then."""
        if perf_counter() >= self.end:
            return "timed_out", None
        answer = solve(self.compiler.compile(changed), self.left, self.memory)
        if answer.shares is None:
            return answer.status, None
        change = self.sign * (answer.value - self.answer.value)
        return answer.status, 0.0 if abs(change) <= OBJECTIVE_TOL * max(
            abs(self.answer.value), 1e-9
        ) else change


def _step(spec: RuleSpec, value: Any) -> float:
    """The rule's own step, or a tenth and so on where that leads beyond what the rule can say."""
    step = float(spec.step or 1.0)
    if isinstance(value, int):
        return step
    room = [side for side in (float(value), spec.scale_end - float(value)) if side > 0]
    least = MIN_STEP * step
    while step > min(room, default=step) and step > least:
        step /= 10
    return step


def _moved(routing: Routing, path: str, by: float) -> Routing | None:
    """The routing with the rule one step on; None where the rule has no such value."""
    value = value_of(routing, path)
    return with_value(routing, path, int(value + by) if isinstance(value, int) else round(value + by, 9))
