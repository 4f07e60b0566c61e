"""What would bring an offer into a label's mix: another price, quality or speed of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...domain.explanation import Entry
from ...domain.routing import Routing
from ..compile.compiler import Compiler
from ..compile.normal import late_share, mix_percentile
from ..compile.problem import Bools, Floats, Problem
from ..solution import Answer
from .case import Case
from .discount import Discount

FINE = 1e-5  # relative precision of what is found by halving ...
LEAST = 1e-3  # ... of a factor that is no less than this
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
    while abs(inside - out) > FINE * max(abs(inside), LEAST * abs(now)):
        middle = (out + inside) / 2
        out, inside = (out, middle) if used(middle) else (middle, inside)
    return inside
