"""How much better an offer must get before the best plan has it, found exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..compile.problem import Coupling, Floats
from ..solution import Answer
from ..solve import TOLERANCE, found
from .case import Case


@dataclass(frozen=True)
class Plan:
    """A plan: its objective's value (less is better), what it has of what gets cheaper, the offer's share."""

    value: float
    weight: float
    share: float


@dataclass(frozen=True)
class Discount:
    """How the best plan changes as shares get better by `per` (L, N) and replicas by `per_host` (H,) a unit.

    The objective of the best plan, `min over plans of value - amount*weight`, is concave and made of straight
    pieces whatever is whole in it: each plan is a line. So the amount at which another plan becomes the best
    is found exactly, by Newton's steps from the far end (Dinkelbach's method).
    """

    case: Case
    per: Floats
    per_host: Floats

    def plan(self, answer: Answer) -> Plan:
        """What an answer is worth undiscounted, and its weight."""
        assert answer.shares is not None
        n = np.zeros(len(self.per_host)) if answer.replicas is None else answer.replicas
        weight = float((self.per * answer.shares).sum() + self.per_host @ n)
        return Plan(self.case.worth(answer).value, weight, self.case.share(answer))

    def answer(self, amount: float) -> Answer:
        """The best plan at this discount, of several any one.

        The rules are those without the discount. A limit on the very cost that is made least is none: a plan
        cheaper than one that keeps it keeps it too.
        """
        p = self.case.problem
        problem = replace(
            p,
            maximise_quality=False,
            cost=p.objective - amount * self.per,
            rent=p.host_objective - amount * self.per_host,
            couplings=p.couplings if p.maximise_quality else tuple(r for r in p.couplings if not _budget(r)),
        )
        return found(problem, self.case.left, self.case.memory)

    def best(self, amount: float) -> Plan | None:
        """The same by its worth; None where time is out."""
        answer = self.answer(amount)
        return None if answer.shares is None else self.plan(answer)

    def enters(self, now: Plan, start: Plan) -> float | None:
        """The least amount beyond which the best plan has the offer, from the plan now; None: no such amount.

        `start` is a plan with more weight: the search ends where it becomes the best.
        """
        slack = 2e-9 * max(abs(now.value), 1e-9)
        little = TOLERANCE * max(float(self.per.max(initial=0.0)), float(self.per_host.max(initial=0.0)))
        while start.weight > now.weight + little:
            plan = start
            amount = (plan.value - now.value) / (plan.weight - now.weight)
            for _ in range(50):
                better = self.best(amount)
                if better is None:
                    return None
                gain = (now.value - amount * now.weight) - (better.value - amount * better.weight)
                if gain <= slack or better.weight <= now.weight + little:
                    break
                plan, amount = better, (better.value - now.value) / (better.weight - now.weight)
            if plan.share > 0:
                return max(amount, 0.0)
            now = plan
        return None


def _budget(rule: Coupling) -> bool:
    return rule.path == "limits.budget"
