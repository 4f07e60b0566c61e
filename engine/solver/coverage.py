"""Which parts of given mixes subscriptions cover at the least cost, and how many units that takes.

Where no two subscriptions cover the same offer each is on its own: it covers first what is worth the most per
unit of allowance, so that each further unit saves no more than the one before. Else a small integer model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from .compile.problem import Floats, Ints, Problem, SubscriptionTerms
from .models.builder import ModelBuilder
from .models.compact import SubscriptionColumns
from .tolerances import DEFAULT_SECONDS, MIN_SCALE, OBJECTIVE_UNIT, OPTIMALITY_TOL, SHARE_TOL, TIE_TOL


@dataclass(frozen=True)
class Coverage:
    """Units (P,) of each subscription, and the parts of the shares (L, N) that each covers."""

    terms: tuple[SubscriptionTerms, ...]
    units: tuple[int, ...] = ()
    covered: tuple[Floats, ...] = ()

    @property
    def saves(self) -> tuple[float, ...]:
        """(P,) the list cost of what each covers, USD a month."""
        return tuple(
            float((terms.saves * part[:, terms.offers]).sum())
            for terms, part in zip(self.terms, self.covered, strict=True)
        )

    @property
    def used(self) -> tuple[float, ...]:
        """(P,) how many units' allowances are used up."""
        return tuple(
            float((terms.use * part[:, terms.offers]).sum())
            for terms, part in zip(self.terms, self.covered, strict=True)
        )

    def of_route(self, label: int, offer: int) -> dict[str, float]:
        """Subscription -> the part of a label's requests that it covers at an offer, where it covers any."""
        parts = (
            (terms.name, float(part[label, offer]))
            for terms, part in zip(self.terms, self.covered, strict=True)
        )
        return {name: part for name, part in parts if part > 0}

    def spare_savings(self, label: int, count: int) -> Floats:
        """(count,) by offer, how much of a label's list cost there what is left of the allowances covers."""
        savings = np.zeros(count)
        for terms, units, used in zip(self.terms, self.units, self.used, strict=True):
            if units:
                room = max(units - used, 0.0) if not terms.unlimited else np.inf
                part = np.minimum(room / np.maximum(terms.use[label], MIN_SCALE), 1.0)
                savings[terms.offers] = np.maximum(savings[terms.offers], part * terms.saves[label])
        return savings

    @property
    def cost(self) -> float:
        """USD a month that the subscriptions add to the list cost of the shares: below 0 where they pay."""
        fees = sum(terms.fee * units for terms, units in zip(self.terms, self.units, strict=True))
        return fees - sum(self.saves)


def monthly_cost(problem: Problem, shares: Floats, replicas: Ints | None) -> float:
    """USD a month of (L, N) shares and (H,) replicas, None: none; rent and the best subscriptions counted."""
    rent = 0.0 if replicas is None else float(replicas @ problem.fixed_cost)
    return float((problem.cost * shares).sum()) + rent + best_coverage(problem, shares).cost


def objective_value(problem: Problem, shares: Floats, replicas: Ints | None) -> float:
    """What (L, N) shares and (H,) replicas are worth in what is minimised."""
    rent = 0.0 if replicas is None else float(replicas @ problem.fixed_objective)
    value = float((problem.objective * shares).sum()) + rent
    usd = problem.usd_objective
    return value + usd * best_coverage(problem, shares).cost if usd else value


def best_coverage(problem: Problem, shares: Floats) -> Coverage:
    """The coverage of (L, N) shares that costs the least; of several that of the fewest units."""
    if not problem.subscriptions:
        return Coverage(())
    label, offer = np.nonzero(shares > 0)
    weight = shares[label, offer]
    places = [terms.cells(label, offer) for terms in problem.subscriptions]
    every = np.concatenate(places)
    if len(np.unique(every)) < len(every):
        return _by_model(problem, shares, label, offer)
    units, covered = [], []
    for terms, cells in zip(problem.subscriptions, places, strict=True):
        at = label[cells], offer[cells]
        count, parts = _alone(terms, terms.of(terms.use, *at), terms.of(terms.saves, *at), weight[cells])
        units.append(count)
        covered.append(_matrix(shares.shape, *at, parts))
    return Coverage(problem.subscriptions, tuple(units), tuple(covered))


def coverage_classes(problem: Problem) -> Ints:
    """(N,) a number that offers have in common which the same subscriptions cover."""
    classes = np.zeros(len(problem.offers), dtype=np.int64)
    for terms in problem.subscriptions:
        classes = 2 * classes
        classes[terms.offers] += 1
        _, classes = np.unique(classes, return_inverse=True)
    return classes


def spread_figures(figures: Floats, offers: Ints, count: int) -> Floats:
    """(count,) the figures of these offers, 0 of the others."""
    spread = np.zeros(count)
    spread[offers] = figures
    return spread


def _matrix(shape: tuple[int, ...], label: Ints, offer: Ints, parts: Floats) -> Floats:
    matrix = np.zeros(shape)
    matrix[label, offer] = parts
    return matrix


def _alone(terms: SubscriptionTerms, use: Floats, saves: Floats, weight: Floats) -> tuple[int, Floats]:
    """Units of one subscription and the part (n,) of each share `weight` that they cover."""
    order = np.argsort(-saves / np.maximum(use, MIN_SCALE), kind="stable")
    taken = np.concatenate([[0.0], np.cumsum((use * weight)[order])])
    saved = np.concatenate([[0.0], np.cumsum((saves * weight)[order])])
    least = int(terms.min_units)
    greatest = int(max(min(terms.max_units, np.ceil(taken[-1] - SHARE_TOL)), least))

    def pays(unit: int) -> bool:
        more = float(np.interp(unit, taken, saved) - np.interp(unit - 1, taken, saved))
        return more > terms.fee * (1 + TIE_TOL)

    # Each unit saves no more than the one before; what costs nothing is taken as far as there is use for it.
    low, high = (least, greatest) if terms.fee else (greatest, greatest)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if pays(middle) else (low, middle - 1)
    full = np.minimum(np.maximum((low - taken[:-1]) / np.maximum(np.diff(taken), MIN_SCALE), 0.0), 1.0)
    parts = np.zeros(len(weight))
    parts[order] = full * weight[order]
    return low, parts


def _by_model(problem: Problem, shares: Floats, label: Ints, offer: Ints) -> Coverage:
    """By an integer model over the shares in use; then, at that cost, the fewest units."""
    builder = ModelBuilder()
    x = builder.add_columns(len(label), shares[label, offer], shares[label, offer])
    columns = SubscriptionColumns(builder, problem.subscriptions, label, offer, x)
    money_columns, money = columns.money
    cost, count = np.zeros(builder.width), np.zeros(builder.width)
    scale = OBJECTIVE_UNIT * (float(-money[money < 0].sum()) or 1.0)
    cost[money_columns], count[columns.u] = money / scale, 1.0
    cheapest = builder.solve_milp(cost, DEFAULT_SECONDS, OPTIMALITY_TOL, presolve=False)
    units = np.round(cheapest.x[columns.u]) if cheapest.x is not None else np.zeros(len(columns.u))
    if cheapest.x is not None and units.any():
        bound = builder.add_rows(1, -np.inf, cheapest.objective + TIE_TOL * max(abs(cheapest.objective), 1.0))
        builder.add_entries(bound, money_columns, money / scale)
        fewest = builder.solve_milp(count, DEFAULT_SECONDS, OPTIMALITY_TOL, presolve=False)
        units = units if fewest.x is None else np.round(fewest.x[columns.u])
    return at_units(problem, shares, tuple(int(unit) for unit in units))


def at_units(problem: Problem, shares: Floats, units: tuple[int, ...]) -> Coverage:
    """What so many units (P,) of each subscription cover of (L, N) shares at best; unlimited ones all."""
    return _at_units(problem, shares, units)[0]


def covered_objective(problem: Problem, shares: Floats) -> Floats:
    """(L, N) what a share of 1 more adds to what is minimised, next to (L, N) shares and the units they take.

    That is its list cost, less what covering it is worth beyond the allowance that it takes from others.
    """
    coverage, prices = _at_units(problem, shares, best_coverage(problem, shares).units)
    gains = np.zeros(shares.shape)
    for terms, units, price in zip(problem.subscriptions, coverage.units, prices, strict=True):
        if units:
            gain = np.where(terms.use > 0, terms.saves - price * terms.use, 0.0)
            gains[:, terms.offers] = np.maximum(gains[:, terms.offers], gain)
    return problem.objective - gains


def _at_units(problem: Problem, shares: Floats, units: tuple[int, ...]) -> tuple[Coverage, tuple[float, ...]]:
    """The coverage, and what a further unit's allowance of each subscription is worth, USD a month."""
    label, offer = np.nonzero(shares > 0)
    fixed = tuple(
        terms if terms.unlimited else replace(terms, min_units=float(count), max_units=float(count))
        for terms, count in zip(problem.subscriptions, units, strict=True)
    )
    builder = ModelBuilder()
    x = builder.add_columns(len(label), shares[label, offer], shares[label, offer])
    columns = SubscriptionColumns(builder, fixed, label, offer, x)
    money_columns, money = columns.money
    cost, scale = np.zeros(builder.width), float(-money[money < 0].sum()) or 1.0
    cost[money_columns] = money / scale
    solution = builder.solve_lp(cost)
    covered = []
    for cells, part_columns in columns.parts:
        parts = np.zeros(len(cells)) if solution.x is None else np.clip(solution.x[part_columns], 0.0, None)
        parts[parts < SHARE_TOL] = 0.0
        covered.append(_matrix(shares.shape, label[cells], offer[cells], parts))
    coverage = Coverage(problem.subscriptions, units, tuple(covered))
    counts = tuple(
        ceil(used - SHARE_TOL) if terms.unlimited else count
        for terms, count, used in zip(problem.subscriptions, units, coverage.used, strict=True)
    )
    prices = tuple(0.0 if row < 0 else max(-float(solution.duals[row]) * scale, 0.0) for row in columns.rows)
    return replace(coverage, units=counts), prices


def held_units_cost(problem: Problem, shares: Floats, volume: Floats, price: Floats) -> Floats:
    """(S,) what the units that (L, N) shares take add to a month's list cost, with other volumes and prices.

    `volume` (S, L) and `price` (S, N) are factors. The units stay; what they cover is chosen anew, one
    subscription after the other where several cover the same offer.
    """
    coverage = best_coverage(problem, shares)
    total = np.zeros(len(volume))
    label, offer = np.nonzero(shares > 0)
    left = volume[:, label] * shares[label, offer]  # (S, n) requests not covered yet, in today's months
    for terms, units in zip(coverage.terms, coverage.units, strict=True):
        if not units:
            continue
        cells = terms.cells(label, offer)
        dear = price[:, offer[cells]]
        saves = terms.of(terms.saves, label[cells], offer[cells]) * dear
        use = terms.of(terms.use, label[cells], offer[cells]) * (
            dear if terms.of_money else np.ones_like(dear)
        )
        order = np.argsort(-saves / use, axis=1, kind="stable")
        demand = np.take_along_axis(use * left[:, cells], order, axis=1)
        room = np.inf if terms.unlimited else units
        taken = np.clip(room - np.cumsum(demand, axis=1) + demand, 0.0, demand)
        part = np.zeros_like(taken)
        np.put_along_axis(part, order, taken, axis=1)
        covered = part / use
        left[:, cells] -= covered
        total += units * terms.fee - (saves * covered).sum(axis=1)
    return total
