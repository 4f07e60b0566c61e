"""What it costs to have an offer in a label's mix, and how much better it must get to be worth it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..compile.problem import Floats
from ..solution import Answer
from .case import Case, Worth
from .discount import Discount

TRIAL = 0.01  # the share that is forced where the label has no least share
STEPS = 12  # halvings of the gap between a share too small to be and one that can be
EAGER = 1e3  # times what is at stake: a discount that no plan can refuse


@dataclass(frozen=True)
class Forced:
    """The least share that can be forced, and what the plan with exactly it costs and is worth more."""

    share: float
    cost: float
    change: float
    answer: Answer

    def facts(self, case: Case) -> dict[str, float]:
        """The fields of WhyNot."""
        change = -self.change if case.problem.maximise_quality else self.change
        return {"forced_share": self.share, "forced_cost": self.cost, "forced_change": change + 0.0}


def forced(case: Case, now: Worth) -> Forced | None:
    """The label's least share of the offer pinned; the least possible where that cannot be; None: none is."""
    least = least_share(case)
    answer = _pinned(case, least)
    if answer is None and (most := most_of(case)) is not None:
        answer = _pinned(case, least := case.share(most))
        low = 0.0
        for _ in range(STEPS if least > TRIAL else 0):
            middle = (low + least) / 2
            trial = _pinned(case, middle)
            low, least, answer = (middle, least, answer) if trial is None else (low, middle, trial)
    if answer is None:
        return None
    worth = case.worth(answer)
    return Forced(least, worth.cost - now.cost, worth.value - now.value, answer)


def least_share(case: Case) -> float:
    """The least share of the label that makes sense: all of it where it may have one offer."""
    p = case.problem
    return 1.0 if p.max_offers[case.row] == 1 else float(p.min_share[case.row]) or TRIAL


def most_of(case: Case) -> Answer | None:
    """The plan that has the most of the offer for the label; None where no plan has any."""
    one = _cell(case)
    stake = float(np.abs(case.problem.objective[case.problem.eligible]).max(initial=1.0))
    answer = Discount(case, one, np.zeros(len(case.problem.hosts))).answer(EAGER * stake * len(one))
    return answer if case.share(answer) > 0 else None


def reduced_cost(case: Case, now: Answer, start: Answer) -> float | None:
    """By how much a whole label of the offer must get better before a best plan has it, objective's unit.

    Over all plans that have some of it: the least of what each is worth less than the best, for each unit of
    share. Without whole numbers that is the reduced cost of linear programming. `start` is a plan with it.
    """
    discount = Discount(case, _cell(case), np.zeros(len(case.problem.hosts)))
    return discount.enters(discount.plan(now), discount.plan(start))


def _cell(case: Case) -> Floats:
    one = np.zeros(case.problem.cost.shape)
    one[case.row, case.at] = 1.0
    return one


def _pinned(case: Case, share: float) -> Answer | None:
    pin = case.problem.pin.copy()
    pin[case.row, case.at] = share
    answer = case.solved(replace(case.problem, pin=pin))
    return None if answer.shares is None else answer
