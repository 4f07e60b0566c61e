"""What each rule costs: solved anew a step to either side and without it; its price while the models stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from ...domain.explanation import LOOSER, NO_VALUE, NOTHING_FITS, TIME_OUT, RulePrice
from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import facts_of, value_of, with_value
from ..cache import Memory
from ..compile.compiler import Compiler
from ..solution import Answer
from ..solve import solve
from .attained import attained
from .conflicts import rules_in_force, without
from .dual import CURVED, MOST, SUMS, Dual
from .feasibility import LEAST

SAME = 1e-7  # relative: objectives nearer than this are one
FINEST = 1e-4  # of a rule's own step: no smaller one is tried near the end of what the rule can say


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
        return max(self.end - perf_counter(), LEAST)

    @property
    def sign(self) -> float:
        """From what is made least to the objective."""
        return -1.0 if self.routing.objective == "quality" else 1.0

    def price(self, path: str) -> RulePrice:
        """One rule's facts."""
        name, value, dropped = path.rpartition(".")[2], value_of(self.routing, path), self._dropped(path)
        if name not in LOOSER:
            return RulePrice(path=path, value=value, binding=bool(dropped), dropped=dropped)
        facts = facts_of(path)
        step = _step(name, value, float(facts["step"]))
        changes = {"looser": LOOSER[name] * step, "tighter": -LOOSER[name] * step}
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
        priced = binding and name in SUMS | CURVED and perf_counter() < self.end
        price = self._dual(path, step) if priced else {}
        return RulePrice(
            path=path,
            value=value,
            unit=facts["unit"],
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
        return answer.status, 0.0 if abs(change) <= SAME * max(abs(self.answer.value), 1e-9) else change


def _step(name: str, value: Any, step: float) -> float:
    """The rule's own step, or a tenth and so on where that leads beyond what the rule can say."""
    if isinstance(value, int):
        return step
    room = [side for side in (float(value), MOST.get(name, float("inf")) - float(value)) if side > 0]
    least = FINEST * step
    while step > min(room, default=step) and step > least:
        step /= 10
    return step


def _moved(routing: Routing, path: str, by: float) -> Routing | None:
    """The routing with the rule one step on; None where the rule has no such value."""
    value = value_of(routing, path)
    return with_value(routing, path, int(value + by) if isinstance(value, int) else round(value + by, 9))
