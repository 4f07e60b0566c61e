"""What it takes to bring an offer into a label's mix: its break-even price, quality and speed, or force.

Gains are of what is minimised: USD a month, or points of quality where that is maximised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ...domain.explanation import Entry
from ...domain.routing import Routing
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.formulas import late_share, mix_percentile
from ..compile.problem import Bools, Floats, Problem, SubscriptionTerms
from ..coverage import monthly_cost, objective_value
from ..deadline import Deadline
from ..solution import Solution
from ..solve import solve, solve_without_tie_breaking
from ..tolerances import (
    BREAK_EVEN_TOL,
    MAX_HALVINGS,
    MIN_BREAK_EVEN,
    MIN_OBJECTIVE,
    ROUNDING_TOL,
    TIE_TOL,
    USED_SHARE_TOL,
)

TRIAL_SHARE = 0.01  # the share that is forced where the label has no least share
IRRESISTIBLE = 1e3  # times what is at stake: a discount that no plan can refuse
FRACTIONS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85)  # of the way to a bound that does not do


@dataclass(frozen=True)
class EntryProblem:
    """One offer and one label by their indices `offer` and `row`, and the problem in which it may serve it.

    Solves get what is left until the deadline.
    """

    problem: Problem
    row: int
    offer: int
    deadline: Deadline
    cache: SolveCache = field(default_factory=SolveCache)

    @property
    def host(self) -> int:
        """Whose replicas serve the offer, or -1."""
        index = np.flatnonzero(self.problem.self_hosted == self.offer)
        return int(self.problem.host[index[0]]) if len(index) else -1

    @property
    def is_covered(self) -> bool:
        """Whether a subscription that may be bought covers the offer: then its price is not what it costs."""
        return any((terms.offers == self.offer).any() for terms in self.problem.subscriptions)

    def solve(self, problem: Problem) -> Solution:
        """The plan of a problem over the same offers, ties broken as ever."""
        return solve(problem, self.deadline.seconds_left, self.cache)

    def share(self, solution: Solution) -> float:
        """The offer's share of the label."""
        share = 0.0 if solution.shares is None else float(solution.shares[self.row, self.offer])
        return share if share > USED_SHARE_TOL else 0.0

    def enters(self, problem: Problem) -> bool:
        """Whether the plan of this problem has the offer in the label's mix."""
        return self.share(self.solve(problem)) > 0

    def worth(self, solution: Solution) -> Worth:
        """What a plan costs, and what is minimised."""
        p = self.problem
        assert solution.shares is not None
        return Worth(
            monthly_cost(p, solution.shares, solution.replicas),
            objective_value(p, solution.shares, solution.replicas),
        )

    @property
    def unit_discount(self) -> Discount:
        """A discount on the offer's share of the label alone: 1 for all of it."""
        per_share = np.zeros(self.problem.cost.shape)
        per_share[self.row, self.offer] = 1.0
        return Discount(self, per_share, np.zeros(len(self.problem.hosts)))


@dataclass(frozen=True)
class Worth:
    """A plan's USD a month, rent counted, and the value of its objective (less is better)."""

    cost: float
    objective: float


@dataclass(frozen=True)
class PlanLine:
    """A plan's objective as its discount grows, `value - amount*weight` (less is better), and its share."""

    value: float
    weight: float
    share: float


@dataclass(frozen=True)
class Discount:
    """How the best plan changes as `amount` times `per_share` (L, N) and `per_replica` (H,) is taken off.

    The objective of the best plan, `min over plans of value - amount*weight`, is concave and piecewise linear
    whatever is integer in it: each plan is a line. So the amount at which another plan becomes the best is
    found exactly, by Newton's steps from the far end (Dinkelbach, On nonlinear fractional programming, 1967).
    """

    entry: EntryProblem
    per_share: Floats
    per_replica: Floats

    def line(self, solution: Solution) -> PlanLine:
        """A plan's line."""
        assert solution.shares is not None
        replicas = np.zeros(len(self.per_replica)) if solution.replicas is None else solution.replicas
        weight = float((self.per_share * solution.shares).sum() + self.per_replica @ replicas)
        return PlanLine(self.entry.worth(solution).objective, weight, self.entry.share(solution))

    def solve(self, amount: float) -> Solution:
        """The best plan at this discount, of several any one.

        The rules are those without the discount. A limit on the very cost that is made least is none: a plan
        cheaper than one that keeps it keeps it too.
        """
        p = self.entry.problem
        unbudgeted = tuple(rule for rule in p.linking if rule.path != "limits.budget")
        cost = p.objective - amount * self.per_share
        # A rounding error that is left of a whole price would be what the solver scales by.
        cost[np.abs(cost) <= ROUNDING_TOL * np.abs(p.objective)] = 0.0
        problem = replace(
            p,
            maximise_quality=False,
            cost=cost,
            fixed_cost=p.fixed_objective - amount * self.per_replica,
            linking=p.linking if p.maximise_quality else unbudgeted,
            pays_subscriptions=not p.maximise_quality,
        )
        return solve_without_tie_breaking(problem, self.entry.deadline.seconds_left, self.entry.cache)

    def best_line(self, amount: float) -> PlanLine | None:
        """The line of the best plan at this discount; None where time is out."""
        solution = self.solve(amount)
        return None if solution.shares is None else self.line(solution)

    def break_even(self, now: PlanLine, start: PlanLine) -> float | None:
        """The least amount beyond which the best plan has the offer, from the plan now; None: no such amount.

        `start` is a plan with more weight: the search ends where it becomes the best.
        """
        value_tol = 2 * TIE_TOL * max(abs(now.value), MIN_OBJECTIVE)
        units = float(self.per_share.max(initial=0.0)), float(self.per_replica.max(initial=0.0))
        weight_tol = USED_SHARE_TOL * max(units)
        while start.weight > now.weight + weight_tol:
            entering = start
            amount = (entering.value - now.value) / (entering.weight - now.weight)
            for _ in range(50):
                best = self.best_line(amount)
                if best is None:
                    return None
                gain = (now.value - amount * now.weight) - (best.value - amount * best.weight)
                if gain <= value_tol or best.weight <= now.weight + weight_tol:
                    break
                entering, amount = best, (best.value - now.value) / (best.weight - now.weight)
            if entering.share > 0:
                return max(amount, 0.0)
            now = entering
        return None


def reduced_cost(entry: EntryProblem, now: Solution, start: Solution) -> float | None:
    """By how much a whole label of the offer must get better before a best plan has it, objective's unit.

    Over all plans that have some of it: the least of what each is worth less than the best, for each unit of
    share. Without whole numbers that is the reduced cost of linear programming. `start` is a plan with it.
    """
    discount = entry.unit_discount
    return discount.break_even(discount.line(now), discount.line(start))


@dataclass(frozen=True)
class ForcedEntry:
    """The least share that can be forced, and what the plan with exactly it costs and is worth more."""

    share: float
    cost: float
    change: float
    solution: Solution

    def fields(self, entry: EntryProblem) -> dict[str, float]:
        """The fields of WhyNot."""
        change = -self.change if entry.problem.maximise_quality else self.change
        return {"forced_share": self.share, "forced_cost": self.cost, "forced_change": change + 0.0}


def forced_entry(entry: EntryProblem, now: Worth, share: float | None = None) -> ForcedEntry | None:
    """`share` of the offer pinned, by default the label's least; the least possible where that cannot be;
    None: none is.
    """
    share = min_entry_share(entry) if share is None else share
    solution = _pinned(entry, share)
    if solution is None and (largest := largest_entry(entry)) is not None:
        solution = _pinned(entry, share := entry.share(largest))
        low = 0.0
        for _ in range(MAX_HALVINGS if share > TRIAL_SHARE else 0):
            middle = (low + share) / 2
            trial = _pinned(entry, middle)
            low, share, solution = (middle, share, solution) if trial is None else (low, middle, trial)
    if solution is None:
        return None
    worth = entry.worth(solution)
    return ForcedEntry(share, worth.cost - now.cost, worth.objective - now.objective, solution)


def min_entry_share(entry: EntryProblem) -> float:
    """The least share of the label that makes sense: all of it where it may have one offer."""
    p = entry.problem
    return 1.0 if p.max_offers[entry.row] == 1 else float(p.min_share[entry.row]) or TRIAL_SHARE


def largest_entry(entry: EntryProblem) -> Solution | None:
    """The plan that has the most of the offer for the label; None where no plan has any."""
    p = entry.problem
    stake = float(np.abs(p.objective[p.eligible]).max(initial=1.0))
    solution = entry.unit_discount.solve(IRRESISTIBLE * stake * len(p.labels))
    return solution if entry.share(solution) > 0 else None


def _pinned(entry: EntryProblem, share: float) -> Solution | None:
    p = entry.problem
    if share == 1.0:  # as a choice of one offer the label keeps its closed form
        alone = p.eligible.copy()
        alone[entry.row] = np.arange(len(p.offers)) == entry.offer
        alone[entry.row] &= p.eligible[entry.row]
        forced = replace(p, eligible=alone)
    else:
        pin = p.pin.copy()
        pin[entry.row, entry.offer] = share
        forced = replace(p, pin=pin)
    solution = entry.solve(forced)
    return None if solution.shares is None else solution


@dataclass(frozen=True)
class BreakEvenSearch:
    """The figures of an offer that would bring it in, each changed alone; `now` is the plan without it."""

    entry: EntryProblem
    now: Solution
    routing: Routing
    compiler: Compiler

    def run(self) -> Entry:
        """Every figure that would do, and for the others why none does."""
        price, quality, speed = self.price_factor(), self.quality(), self.speed_factor()
        return Entry(
            price_factor=price,
            quality=quality,
            speed_factor=speed,
            latency=None if speed is None else self._latency(speed),
            never={} if self.entry.deadline.passed else dict(self._never(price, quality, speed)),
            **({} if price is None else self._list_prices(price)),
        )

    # prices

    def price_factor(self) -> float | None:
        """The factor on all its prices below which the plan has it."""
        entry, p = self.entry, self.entry.problem
        if not self._has_price:
            return None
        if p.maximise_quality or entry.is_covered:  # what is covered does not cost what its prices say
            return _break_even_figure(lambda factor: entry.enters(self._with_prices(factor)), 1.0, 0.0)
        per_share = np.where(self._is_offer, p.cost, 0.0)
        discount = Discount(entry, per_share, np.where(self._is_host, p.fixed_cost, 0.0))
        if (free := discount.best_line(1.0)) is None:
            return None
        amount = discount.break_even(discount.line(self.now), free)
        if amount is not None and amount < 1 - TIE_TOL:
            return 1 - amount
        return 0.0 if entry.enters(self._with_prices(0.0)) else None  # for nothing it ties with others

    def _with_prices(self, factor: float) -> Problem:
        """The problem with the offer's prices times a factor, for every label."""
        p, is_offer, is_host = self.entry.problem, self._is_offer, self._is_host
        # The budget's row holds costs too, in parts of the budget.
        linking = tuple(
            rule
            if rule.fixed_coef is None
            else replace(
                rule,
                coef=_scaled(rule.coef, is_offer[rule.offers], factor),
                fixed_coef=_scaled(rule.fixed_coef, is_host, factor),
            )
            for rule in p.linking
        )
        cost, rent = _scaled(p.cost, is_offer, factor), _scaled(p.fixed_cost, is_host, factor)
        terms = tuple(_priced(terms, is_offer[terms.offers], factor) for terms in p.subscriptions)
        return replace(p, cost=cost, fixed_cost=rent, linking=linking, subscriptions=terms)

    def _list_prices(self, factor: float) -> dict[str, float]:
        """What it is listed at, below any tier, times the factor."""
        table = self.compiler.table
        first = int(np.flatnonzero((table.lists.offer == self.entry.offer) & (table.lists.above == 0))[0])
        prices = {"input": table.lists.input[first], "output": table.lists.output[first]}
        if self.entry.host >= 0:
            prices["usd_per_hour"] = table.usd_per_hour[self.entry.host]
        return {name: float(price) * factor for name, price in prices.items()}

    @property
    def _is_offer(self) -> Bools:
        """(N,)."""
        mask: Bools = np.arange(len(self.entry.problem.offers)) == self.entry.offer
        return mask

    @property
    def _is_host(self) -> Bools:
        """(H,)."""
        mask: Bools = np.arange(len(self.entry.problem.hosts)) == self.entry.host
        return mask

    @property
    def _has_price(self) -> bool:
        p, entry = self.entry.problem, self.entry
        rent = float(p.fixed_cost[entry.host]) if entry.host >= 0 else 0.0
        pair = np.array([entry.row]), np.array([entry.offer])
        loaded = any(rule.replica_of == entry.host and rule.coefficients(*pair)[0] > 0 for rule in p.linking)
        return bool(p.cost[entry.row, entry.offer] > 0 or (rent > 0 and loaded))

    # quality

    def quality(self) -> float | None:
        """The quality for this label, 0-100, above which the plan has it."""
        now = float(self.entry.problem.quality[self.entry.row, self.entry.offer])
        if np.isnan(now) or now >= 100:
            return None
        return _break_even_figure(
            lambda points: self.entry.enters(self._with_quality(points)), now, 100.0, monotone=True
        )

    def _with_quality(self, points: float) -> Problem:
        """The problem with another quality of the offer for this label."""
        quality = self.entry.problem.quality.copy()
        quality[self.entry.row, self.entry.offer] = points
        return self.entry.problem.with_quality(quality)

    # speed

    def speed_factor(self) -> float | None:
        """The factor on its times below which the plan has it."""
        row, never_late = self.entry.row, self.entry.problem.late[self.entry.row, self.entry.offer] <= 0
        if self._limits[row] is None or np.isnan(self._median(row)) or never_late:
            return None
        return _break_even_figure(lambda factor: self.entry.enters(self._with_times(factor)), 1.0, 0.0)

    def _with_times(self, factor: float) -> Problem:
        """The problem with the offer's times times a factor, for every label."""
        late, offer = self.entry.problem.late.copy(), self.entry.offer
        for row, limit in enumerate(self._limits):
            median, spread = self._median(row) * factor, self._spread(row)
            if limit is not None and not np.isnan(median):
                late[row, offer] = float(late_share(np.array([median]), spread, limit)[0])
        return replace(self.entry.problem, late=late)

    @property
    def _limits(self) -> list[float | None]:
        return [label.latency_limit for label in self.routing.labels.values()]

    def _median(self, row: int) -> float:
        """Seconds; nan: unknown."""
        rows = self.compiler.rows(self.routing, self.entry.problem.labels[row])
        return float(rows.median[self.entry.offer])

    def _spread(self, row: int) -> Floats:
        """(1,) its p95 over the median."""
        rows = self.compiler.rows(self.routing, self.entry.problem.labels[row])
        return rows.spread[self.entry.offer : self.entry.offer + 1]

    def _latency(self, factor: float) -> float:
        """Seconds at the label's percentile, with its times times a factor."""
        label = self.routing.labels[self.entry.problem.labels[self.entry.row]]
        median = np.array([self._median(self.entry.row) * factor])
        spread = self._spread(self.entry.row)
        return mix_percentile(np.ones(1), median, spread, label.percentile) if median[0] > 0 else 0.0

    # what does not do

    def _never(
        self, price: float | None, quality: float | None, speed: float | None
    ) -> Iterator[tuple[str, str]]:
        p, row, offer = self.entry.problem, self.entry.row, self.entry.offer
        if price is None:
            yield "price", "at no price, not even for nothing" if self._has_price else "it costs nothing here"
        if quality is None:
            now = p.quality[row, offer]
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
                "it is never late already" if p.late[row, offer] <= 0 else
                "not even if it took no time",
            )  # fmt: skip


def _priced(terms: SubscriptionTerms, columns: Bools, factor: float) -> SubscriptionTerms:
    """The subscription with some of its offers' prices times a factor."""
    use = _scaled(terms.use, columns, factor) if terms.of_money else terms.use
    return replace(terms, saves=_scaled(terms.saves, columns, factor), use=use)


def _scaled(figures: Floats, columns: Bools, factor: float) -> Floats:
    return np.where(columns, figures * factor, figures)


def _break_even_figure(
    enters: Callable[[float], bool], now: float, bound: float, *, monotone: bool = False
) -> float | None:
    """A figure from `now` to `bound` beyond which the offer is in, and before which it is out; None: none is.

    Where it is out at the bound itself a few figures between are tried, unless being in at one is being in at
    all beyond (`monotone`): a faster or cheaper offer may be of more use to another label.
    """
    inside, outside = bound, now
    if not enters(bound):
        figures = () if monotone else tuple(now + (bound - now) * fraction for fraction in FRACTIONS)
        first = next((figure for figure in figures if enters(figure)), None)
        if first is None:
            return None
        outside, inside = [now, *figures[: figures.index(first)]][-1], first
    while abs(inside - outside) > BREAK_EVEN_TOL * max(abs(inside), MIN_BREAK_EVEN * abs(now)):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if enters(middle) else (middle, inside)
    return inside
