"""What each rule costs: solved anew one step to either side, and its dual price while the models stay."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds

from ..domain.explanation import LOOSER, RulePrice
from ..domain.plan import Plan
from ..domain.routing import Label, Routing
from .answer import Answer
from .changes import facts_of, label_of, value_of, with_value
from .compact import Compact
from .compiler import Compiler
from .conflicts import rules_in_force
from .memory import Memory
from .problem import Problem
from .search import solve

SUMS = {"min_quality", "max_provider_share", "budget"}  # limits on sums of shares: these have dual prices
SAME = 1e-7  # relative: objectives nearer than this are one


def priced_rules(routing: Routing) -> tuple[str, ...]:
    """Paths of the numeric rules in force."""
    return tuple(path for path in rules_in_force(routing) if path.rpartition(".")[2] in LOOSER)


def rule_prices(
    routing: Routing,
    compiler: Compiler,
    plan: Plan,
    seconds: float,
    *,
    paths: Collection[str] | None = None,
    memory: Memory | None = None,
) -> tuple[RulePrice, ...]:
    """Every numeric rule in force of a routing that has this plan (or those of `paths`), the dearest first.

    `seconds` are for each solve; `memory` is of earlier solves over the same catalogue.
    """
    problem, memory = compiler.compile(routing), memory or Memory()
    answer = solve(problem, seconds, memory)
    if answer.shares is None:
        return ()
    world = _World(routing, compiler, plan, answer, seconds)
    world.memory = memory
    found = [world.price(path) for path in priced_rules(routing) if paths is None or path in paths]
    return tuple(sorted(found, key=lambda rule: (not rule.binding, -abs(rule.looser or 0.0), rule.path)))


class _World:
    """A routing, its plan, and ways to ask what if."""

    memory: Memory

    def __init__(
        self, routing: Routing, compiler: Compiler, plan: Plan, answer: Answer, seconds: float
    ) -> None:
        self.routing, self.compiler, self.plan, self.seconds = routing, compiler, plan, seconds
        self.answer, self.sign = answer, -1.0 if routing.objective == "quality" else 1.0

    def price(self, path: str) -> RulePrice:
        """One rule's facts."""
        name, value, facts = path.rpartition(".")[2], value_of(self.routing, path), facts_of(path)
        step = float(facts["step"])
        looser, tighter = (self._moved(path, value, way * step) for way in (LOOSER[name], -LOOSER[name]))
        binding = any(change is not None and abs(change) > self._same for change in (looser, tighter))
        price = _Dual(self, path, step).price() if name in SUMS and binding else {}
        return RulePrice(
            path=path,
            value=value,
            unit=facts["unit"],
            step=step,
            attained=attained(self.routing, self.compiler, self.plan, path),
            binding=binding,
            looser=looser,
            tighter=tighter,
            **price,
        )

    @property
    def _same(self) -> float:
        return SAME * max(abs(self.answer.value), 1e-9)

    def _moved(self, path: str, value: float, by: float) -> float | None:
        """What the objective changes by when the rule's value does; None where nothing fits then."""
        whole = isinstance(value, int)
        changed = with_value(self.routing, path, int(value + by) if whole else round(value + by, 9))
        if changed is None:
            return None
        answer = solve(self.compiler.compile(changed), self.seconds, self.memory)
        if answer.shares is None:
            return None
        change = self.sign * (answer.value - self.answer.value)
        return 0.0 if abs(change) <= self._same else change


class _Dual:
    """The value of one rule's limit as a parameter, the models, offers and replicas in use fixed."""

    def __init__(self, world: _World, path: str, step: float) -> None:
        self.world, self.path, self.step = world, path, step
        self.name, self.limit = path.rpartition(".")[2], float(value_of(world.routing, path))
        assert world.answer.shares is not None
        self.used = world.answer.shares > 0

    def price(self) -> dict[str, Any]:
        """Price per step towards tighter, the limits between which it holds, whether both sides differ."""
        here, small = self._value(self.limit), 1e-3 * self.step
        if here is None:
            return {}
        way = -LOOSER[self.name]
        slopes = []
        for side in (way, -way):
            there = self._value(self.limit + side * small)
            slopes.append(None if there is None else (there - here) / small * side)
        tight, loose = slopes
        slope = tight if tight is not None else loose
        if slope is None:
            return {}
        ends = [self._reach(here, slope, side) for side in (-1.0, 1.0)]
        twisted = (
            tight is not None and loose is not None and abs(tight - loose) > 1e-4 * max(abs(tight), 1e-9)
        )
        price = self.world.sign * slope * way * self.step + 0.0  # no negative zero
        return {"price": price, "holds_from": ends[0], "holds_to": ends[1], "degenerate": twisted}

    def _reach(self, here: float, slope: float, side: float) -> float | None:
        """Where to that side the value leaves the line; None: nowhere."""
        scale = SAME * max(abs(here), 1e-9)

        def straight(by: float) -> bool:
            value = self._value(self.limit + side * by)
            return value is not None and abs(value - here - slope * side * by) <= scale + 1e-6 * abs(
                slope * by
            )

        far = _last(straight, self.step)
        return None if far is None else self.limit + side * far

    def _value(self, limit: float) -> float | None:
        """The objective with the rule at this limit and all whole numbers as they are."""
        problem = self._at(limit)
        if problem is None:
            return None
        model = Compact(problem, self.used, count=True)
        low, high = np.array(model.bounds().lb), np.array(model.bounds().ub)
        for whole in (model.y, model.z, model.v):
            low[whole] = high[whole] = 1.0
        if self.world.answer.replicas is not None:
            low[model.n] = high[model.n] = self.world.answer.replicas
        scale = max(abs(self.world.answer.value), 1e-9)
        cost = model.costs(problem.objective / scale, problem.host_objective / scale)
        result = model.solve(cost, self.world.seconds, Bounds(low, high), whole=False)
        return None if result.x is None else float(result.fun) * scale

    def _at(self, limit: float) -> Problem | None:
        changed = with_value(self.world.routing, self.path, limit)
        if changed is None:
            return None
        problem = self.world.compiler.compile(changed)
        # What is in use stays in use, whatever it carries; counts are kept by the choice itself.
        return replace(problem, max_models=None, max_providers=None)


def _last(straight: Callable[[float], bool], first: float) -> float | None:
    """The largest distance, from 0, up to which the test holds; None where it has no end."""
    high = first
    while straight(high):
        high *= 2
        if high > 1e9 * first:
            return None
    low = 0.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if straight(middle) else (low, middle)
    return low


def attained(routing: Routing, compiler: Compiler, plan: Plan, path: str) -> float | None:
    """What the plan has where the rule sets a limit: its quality, its largest share, its smallest window."""
    name = path.rpartition(".")[2]
    if path.startswith("limits."):
        used = {route.offer for label in plan.labels.values() for route in label.routes}
        if name == "max_provider_share":
            return _largest_share(routing, plan)
        counts = {
            "max_models": {o.partition("/")[2] for o in used},
            "max_providers": {o.partition("/")[0] for o in used},
        }
        return plan.cost if name == "budget" else float(len(counts[name]))
    return _of_label(routing.labels[label_of(path)], compiler, plan, path)


def _of_label(_: Label, compiler: Compiler, plan: Plan, path: str) -> float | None:
    mix = plan.labels[label_of(path)]
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
    return found[path.rpartition(".")[2]]


def _largest_share(routing: Routing, plan: Plan) -> float:
    total, carried = 0.0, dict[str, float]()
    for name, mix in plan.labels.items():
        requests = routing.labels[name].requests
        total += requests
        for route in mix.routes:
            seller = route.offer.partition("/")[0]
            carried[seller] = carried.get(seller, 0.0) + route.share * requests
    return max(carried.values(), default=0.0) / total if total else 0.0
