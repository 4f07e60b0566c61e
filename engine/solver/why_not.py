"""Why an offer does not serve a label: the rules it breaks, or what it lacks to be worth it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..domain.errors import InputError, nearest
from ..domain.explanation import Break, Entry, WhyNot
from ..domain.routing import Routing
from .compiler import Compiler
from .eligibility import rules
from .normal import late_share
from .problem import Bools, Floats, Problem
from .search import solve

TRIAL = 0.01  # the share that is forced where the label has no least share
FINE = 1e-4  # relative precision of a price or speed factor


def why_not(routing: Routing, compiler: Compiler, label: str, offer: str, seconds: float) -> WhyNot:
    """What keeps an offer out of a label's mix. Raises InputError for an unknown label or offer."""
    table = compiler.table
    if label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    if offer not in table.index:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, table.index)}", key="--why-not")
    return _Question(routing, compiler, label, offer, seconds).answer()


class _Question:
    """One offer, one label."""

    def __init__(self, routing: Routing, compiler: Compiler, label: str, offer: str, seconds: float) -> None:
        self.routing, self.compiler, self.seconds = routing, compiler, seconds
        self.label, self.offer = label, offer
        self.row, self.at = list(routing.labels).index(label), compiler.table.index[offer]
        self.problem = compiler.compile(routing)

    def answer(self) -> WhyNot:
        """All that is to be said."""
        broken = tuple(
            Break(rule=rule.path, reason=rule.reason(self.at))
            for rule in rules(self.routing, self.compiler.table, self.label)
            if rule.broken[self.at]
        )
        said = WhyNot(offer=self.offer, label=self.label, breaks=broken)
        best = solve(self.problem, self.seconds)
        if broken or best.shares is None:
            return said
        cost = float((self.problem.cost * best.shares).sum())
        if share := float(best.shares[self.row, self.at]):
            return said.model_copy(update={"share": share})
        entry = Entry(
            price_factor=_root(lambda by: self._used(self._cheaper(by)), 1.0, 0.0),
            quality=self._quality(),
            speed_factor=self._speed(),
        )
        return said.model_copy(
            update={
                "enters": entry,
                **self._forced(best.value, cost),
            }
        )

    def _forced(self, best: float, cost: float) -> dict[str, float]:
        return forced(self.problem, self.row, self.at, best=best, cost=cost, seconds=self.seconds)

    def _used(self, problem: Problem) -> bool:
        answer = solve(problem, self.seconds)
        return answer.shares is not None and bool(answer.shares[self.row, self.at] > 0)

    def _cheaper(self, factor: float) -> Problem:
        """The offer's prices times a factor, for every label."""
        own = np.arange(len(self.problem.offers)) == self.at
        # The budget's row holds costs too, in parts of the budget.
        couplings = tuple(
            rule if rule.fixed is None else replace(rule, coef=_scaled(rule.coef, own[rule.offers], factor))
            for rule in self.problem.couplings
        )
        return replace(self.problem, cost=_scaled(self.problem.cost, own, factor), couplings=couplings)

    def _quality(self) -> float | None:
        """The quality for this label at which the offer would be used."""
        now = float(self.problem.quality[self.row, self.at])
        if np.isnan(now):
            return None

        def better(by: float) -> Problem:
            quality = self.problem.quality.copy()
            quality[self.row, self.at] = by
            return replace(self.problem, quality=quality)

        return _root(lambda by: self._used(better(by)), now, 100.0)

    def _speed(self) -> float | None:
        """The factor on its time (smaller is faster) at which it would be used."""
        limit = self.routing.labels[self.label].latency_limit
        if limit is None:
            return None
        median = self.compiler.rows(self.routing, self.label).median[self.at]
        spread = self.compiler.table.spread[self.at]

        def faster(by: float) -> Problem:
            late = self.problem.late.copy()
            late[self.row, self.at] = float(late_share(np.array([median * by]), np.array([spread]), limit)[0])
            return replace(self.problem, late=late)

        return _root(lambda by: self._used(faster(by)), 1.0, 0.0)


def forced(
    problem: Problem, row: int, at: int, *, best: float, cost: float, seconds: float
) -> dict[str, float]:
    """What the smallest share allowed costs when it must be there; nothing where it cannot be.

    `best` is the objective's value and `cost` the USD a month of the plan without it.
    """
    least = float(problem.min_share[row]) or TRIAL
    alone = int(problem.max_offers[row]) == 1
    for share in (1.0,) if alone else (least, 1.0):
        pin = problem.pin.copy()
        pin[row, at] = share
        answer = solve(replace(problem, pin=pin), seconds)
        if answer.shares is not None:
            more = float((problem.cost * answer.shares).sum()) - cost
            reduced = (answer.value - best) / share
            return {"forced_share": share, "forced_cost": more, "reduced_cost": reduced}
    return {}


def _scaled(values: Floats, columns: Bools, factor: float) -> Floats:
    return np.where(columns, values * factor, values)


def _root(used: Callable[[float], bool], now: float, most: float) -> float | None:
    """The value nearest to `now`, on the way to `most`, that brings the offer in; None where none does."""
    if not used(most):
        return None
    out, inside = now, most
    while abs(inside - out) > FINE * max(abs(now), abs(most)):
        middle = (out + inside) / 2
        out, inside = (out, middle) if used(middle) else (middle, inside)
    return inside
