"""What would bring an offer into a label's mix: another price, quality or speed of its own.

One offer, one label, and the problem in which the offer may serve it: what why-not asks about.

How much better an offer must get before the best plan has it, found exactly.

What it costs to have an offer in a label's mix, and how much better it must get to be worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from ...domain.explanation import Entry
from ...domain.routing import Routing
from ..cache import Memory
from ..compile.compiler import Compiler
from ..compile.formulas import late_share, mix_percentile
from ..compile.problem import Bools, Coupling, Floats, Problem
from ..solution import Answer
from ..solve import found, solve
from ..tolerances import BREAK_EVEN_TOL, MAX_HALVINGS, MIN_BREAK_EVEN, USED_SHARE_TOL


@dataclass(frozen=True)
class Case:
    """The `at`-th offer for the `row`-th label of a problem, and until when to ask (of perf_counter)."""

    problem: Problem
    row: int
    at: int
    end: float
    memory: Memory = field(default_factory=Memory)

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self.end - perf_counter(), 0.05)

    @property
    def late(self) -> bool:
        """Whether time is out, so that what was not found may still be."""
        return perf_counter() > self.end

    @property
    def host(self) -> int:
        """The offer's place among the self-hosted ones, or -1."""
        place = np.flatnonzero(self.problem.hosts == self.at)
        return int(place[0]) if len(place) else -1

    def solved(self, problem: Problem) -> Answer:
        """The plan of a problem over the same offers, ties broken as ever."""
        return solve(problem, self.left, self.memory)

    def share(self, answer: Answer) -> float:
        """What the offer has of the label."""
        share = 0.0 if answer.shares is None else float(answer.shares[self.row, self.at])
        return share if share > USED_SHARE_TOL else 0.0

    def used(self, problem: Problem) -> bool:
        """Whether the plan of this problem has it."""
        return self.share(self.solved(problem)) > 0

    def worth(self, answer: Answer) -> Worth:
        """What an answer costs and is worth."""
        p = self.problem
        assert answer.shares is not None
        n = np.zeros(len(p.hosts)) if answer.replicas is None else answer.replicas
        return Worth(
            float((p.cost * answer.shares).sum() + p.rent @ n),
            float((p.objective * answer.shares).sum() + p.host_objective @ n),
        )


@dataclass(frozen=True)
class Worth:
    """A plan's USD a month, rent counted, and the value of its objective (less is better)."""

    cost: float
    value: float


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
        little = USED_SHARE_TOL * max(float(self.per.max(initial=0.0)), float(self.per_host.max(initial=0.0)))
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


GRID = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85)  # of that way, where the most itself does not do it


@dataclass(frozen=True)
class Entries:
    """The questions of one case; `now` is the plan without the offer."""

    case: Case
    now: Answer
    routing: Routing
    compiler: Compiler

    def found(self) -> Entry:
        """Every figure that would do, and for the others why none does."""
        price, quality, speed = self.price(), self.quality(), self.speed()
        never = {} if self.case.late else dict(self._never(price, quality, speed))
        latency = None if speed is None else self._latency(speed)
        listed = {} if price is None else self._listed(price)
        return Entry(
            price_factor=price, quality=quality, speed_factor=speed, latency=latency, never=never, **listed
        )

    # prices

    def price(self) -> float | None:
        """The factor on all its prices below which the plan has it."""
        case, p = self.case, self.case.problem
        if not self._has_price:
            return None
        if p.maximise_quality:
            return _root(lambda by: case.used(self.cheaper(by)), 1.0, 0.0)
        discount = Discount(case, np.where(self._own, p.cost, 0.0), np.where(p.hosts == case.at, p.rent, 0.0))
        if (free := discount.best(1.0)) is None:
            return None
        amount = discount.enters(discount.plan(self.now), free)
        if amount is not None and amount < 1 - 1e-9:
            return 1 - amount
        return 0.0 if case.used(self.cheaper(0.0)) else None  # for nothing it ties with others

    def cheaper(self, factor: float) -> Problem:
        """The problem with the offer's prices times a factor, for every label."""
        p, own = self.case.problem, self._own
        rented = p.hosts == self.case.at
        # The budget's row holds costs too, in parts of the budget.
        couplings = tuple(
            replace(
                rule,
                coef=_scaled(rule.coef, own[rule.offers], factor),
                fixed=_scaled(rule.fixed, rented, factor),
            )
            if rule.fixed is not None
            else rule
            for rule in p.couplings
        )
        return replace(
            p, cost=_scaled(p.cost, own, factor), rent=_scaled(p.rent, rented, factor), couplings=couplings
        )

    def _listed(self, factor: float) -> dict[str, float]:
        """What it is listed at, below any tier, times the factor."""
        table = self.compiler.table
        first = int(np.flatnonzero((table.lists.offer == self.case.at) & (table.lists.above == 0))[0])
        prices = {"input": table.lists.input[first], "output": table.lists.output[first]}
        if self.case.host >= 0:
            prices["usd_per_hour"] = table.usd_per_hour[self.case.host]
        return {name: float(price) * factor for name, price in prices.items()}

    @property
    def _own(self) -> Bools:
        own: Bools = np.arange(len(self.case.problem.offers)) == self.case.at
        return own

    @property
    def _has_price(self) -> bool:
        p, case = self.case.problem, self.case
        rent = float(p.rent[case.host]) if case.host >= 0 else 0.0
        carried = any(rule.host == case.host and rule.coef[case.row, 0] > 0 for rule in p.couplings)
        return bool(p.cost[case.row, case.at] > 0 or (rent > 0 and carried))

    # quality

    def quality(self) -> float | None:
        """The quality for this label, 0-100, above which the plan has it."""
        now = float(self.case.problem.quality[self.case.row, self.case.at])
        if np.isnan(now) or now >= 100:
            return None
        return _root(lambda by: self.case.used(self.better(by)), now, 100.0, whole=True)

    def better(self, by: float) -> Problem:
        """The problem with another quality of the offer for this label."""
        quality = self.case.problem.quality.copy()
        quality[self.case.row, self.case.at] = by
        return replace(self.case.problem, quality=quality)

    # speed

    def speed(self) -> float | None:
        """The factor on its times below which the plan has it."""
        row, at = self.case.row, self.case.at
        if self._limits[row] is None or np.isnan(self._median(row)) or self.case.problem.late[row, at] <= 0:
            return None
        return _root(lambda by: self.case.used(self.faster(by)), 1.0, 0.0)

    def faster(self, factor: float) -> Problem:
        """The problem with the offer's times times a factor, for every label."""
        late, at = self.case.problem.late.copy(), self.case.at
        spread = self.compiler.table.spread[at : at + 1]
        for row, limit in enumerate(self._limits):
            median = self._median(row) * factor
            if limit is not None and not np.isnan(median):
                late[row, at] = float(late_share(np.array([median]), spread, limit)[0])
        return replace(self.case.problem, late=late)

    @property
    def _limits(self) -> list[float | None]:
        return [label.latency_limit for label in self.routing.labels.values()]

    def _median(self, row: int) -> float:
        return float(self.compiler.rows(self.routing, self.case.problem.labels[row]).median[self.case.at])

    def _latency(self, factor: float) -> float:
        label = self.routing.labels[self.case.problem.labels[self.case.row]]
        median = np.array([self._median(self.case.row) * factor])
        spread = self.compiler.table.spread[self.case.at : self.case.at + 1]
        return mix_percentile(np.ones(1), median, spread, label.percentile) if median[0] > 0 else 0.0

    # what does not do

    def _never(
        self, price: float | None, quality: float | None, speed: float | None
    ) -> Iterator[tuple[str, str]]:
        p, row, at = self.case.problem, self.case.row, self.case.at
        if price is None:
            yield "price", "at no price, not even for nothing" if self._has_price else "it costs nothing here"
        if quality is None:
            now = p.quality[row, at]
            asked = self.routing.needs_quality(self.routing.labels[p.labels[row]])
            yield (
                "quality",
                "the label has no skills" if np.isnan(now) else
                "it is 100 already" if now >= 100 else
                "not even at 100" if asked else
                "no rule here asks for quality",
            )  # fmt: skip
        if speed is None:
            unknown = self._limits[row] is not None and np.isnan(self._median(row))
            yield (
                "speed",
                "no rule here asks for speed" if self._limits[row] is None else
                "its speed is unknown" if unknown else
                "it is never late already" if p.late[row, at] <= 0 else
                "not even if it took no time",
            )  # fmt: skip


def _scaled(values: Floats, columns: Bools, factor: float) -> Floats:
    return np.where(columns, values * factor, values)


def _root(used: Callable[[float], bool], now: float, most: float, *, whole: bool = False) -> float | None:
    """A value on the way from `now` to `most` beyond which the offer is in, and before which it is out.

    Where it is out at `most` itself the way between is tried at a few places, unless once in means in for all
    that is `whole`ly beyond: a faster or cheaper offer may be of more use to another label.
    """
    inside = most
    out = now
    if not used(most):
        places = () if whole else tuple(now + (most - now) * part for part in GRID)
        tried = next((place for place in places if used(place)), None)
        if tried is None:
            return None
        before = [now, *places[: places.index(tried)]]
        out, inside = before[-1], tried
    while abs(inside - out) > BREAK_EVEN_TOL * max(abs(inside), MIN_BREAK_EVEN * abs(now)):
        middle = (out + inside) / 2
        out, inside = (out, middle) if used(middle) else (middle, inside)
    return inside


TRIAL = 0.01  # the share that is forced where the label has no least share
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
        for _ in range(MAX_HALVINGS if least > TRIAL else 0):
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
