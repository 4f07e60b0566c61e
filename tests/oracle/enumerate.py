"""Exhaustive: every support and number of replicas, a linear programme for the shares. Tiny cases only."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from ortools.linear_solver import pywraplp

from .eligible import Entry, entries
from .formulas import HOURS, Json, limit_of, limits, min_share, rate_limits

Support = tuple[Entry, ...]
COUNT_RULES = (("model", "max_models"), ("provider", "max_providers"))


def supports(routing: Json, label: Json, rows: list[Entry]) -> list[Support]:
    """Every set of offers the label's own counting rules allow."""
    pinned, least = set(label.get("pin", {})), min_share(label)
    most = min(len(rows), label.get("max_models", len(rows)))
    if least > 0:
        most = min(most, math.floor(1.0 / least + 1e-9))
    free = least == 0 and not any(rule in limits(routing) for _, rule in COUNT_RULES)
    found = []
    for size in range(most if free else 1, most + 1):  # free: a larger set contains every smaller one
        for chosen in itertools.combinations(rows, size):
            if not pinned <= {e.offer for e in chosen}:
                continue
            if len({e.provider for e in chosen}) >= label.get("min_providers", 1):
                found.append(chosen)
    return found


def counts_hold(routing: Json, choice: tuple[Support, ...]) -> bool:
    for what, rule in COUNT_RULES:
        if rule in limits(routing):
            used = {getattr(e, what) for support in choice for e in support}
            if len(used) > limits(routing)[rule]:
                return False
    return True


def replica_vectors(catalog: Json, choice: tuple[Support, ...]) -> Iterator[dict[str, int]]:
    """Every number of replicas from none to what all the traffic of the labels that use the offer needs."""
    most: dict[str, int] = {}
    for offer in sorted({e.offer for support in choice for e in support}):
        if "hosting" in catalog["offers"][offer]:
            using = [e for support in choice for e in support if e.offer == offer]
            caps = rate_limits(catalog["offers"][offer])
            most[offer] = max(math.ceil(sum(getattr(e, kind) for e in using) / cap) for kind, cap in caps)
    for vector in itertools.product(*(range(n + 1) for n in most.values())):
        yield dict(zip(most, vector, strict=True))


def coefficients(routing: Json, choice: tuple[Support, ...]) -> list[list[float]]:
    """What each share is worth: a month's cost, or its part of the weighted quality, negated."""
    labels = list(routing["labels"].values())
    if routing.get("objective", "cost") == "cost":
        return [[e.cost for e in support] for support in choice]
    total = sum(label.get("weight", 1.0) for label in labels)
    weights = [label.get("weight", 1.0) / total for label in labels]
    return [[-w * (e.quality or 0.0) for e in support] for w, support in zip(weights, choice, strict=True)]


class Programme:
    """The linear programme in the shares of one support; replicas only move right-hand sides."""

    def __init__(self, catalog: Json, routing: Json, choice: tuple[Support, ...], unit: float) -> None:
        self.catalog, self.routing, self.unit = catalog, routing, unit
        self.s: Any = pywraplp.Solver.CreateSolver("GLOP")
        self.flat: list[tuple[Any, Entry]] = []
        self.volume: list[float] = []
        labels = list(routing["labels"].values())
        for label, support in zip(labels, choice, strict=True):
            self.label(label, support)
        self.shares_of_providers(sum(label["requests"] for label in labels))
        worth = [c / unit for cs in coefficients(routing, choice) for c in cs]
        self.worth = [(x, c) for (x, _), c in zip(self.flat, worth, strict=True)]
        for x, c in self.worth:
            self.s.Objective().SetCoefficient(x, c)
        self.rates = self.rate_rows()
        budget = limits(routing).get("budget")
        terms = [] if budget is None else [(x, e.cost / budget) for x, e in self.flat]
        self.budget = None if budget is None else self.row(terms, -math.inf, 1.0)

    def label(self, label: Json, support: Support) -> None:
        mine = [(self.s.NumVar(*self.bounds(label, e), ""), e) for e in support]
        self.flat += mine
        self.volume += [float(label["requests"])] * len(mine)
        self.row([(x, 1.0) for x, _ in mine], 1.0, 1.0)
        if "min_quality" in label:
            terms = [(x, (e.quality or 0.0) / 100.0) for x, e in mine]
            self.row(terms, label["min_quality"] / 100.0, math.inf)
        if limit_of(label) is not None:
            self.row([(x, e.late) for x, e in mine], -math.inf, 1.0 - label.get("percentile", 95.0) / 100.0)

    @staticmethod
    def bounds(label: Json, e: Entry) -> tuple[float, float]:
        pin = label.get("pin", {}).get(e.offer)
        if pin is None:
            return min_share(label), 1.0
        return (pin, pin) if pin >= min_share(label) else (2.0, 2.0)  # 2: the pin breaks min_share

    def row(self, terms: list[tuple[Any, float]], low: float, high: float) -> Any:
        made = self.s.Constraint(low, high)
        for x, c in terms:
            made.SetCoefficient(x, made.GetCoefficient(x) + c)
        return made

    def shares_of_providers(self, total: float) -> None:
        cap = limits(self.routing).get("max_provider_share")
        if cap is None or total == 0:
            return
        cells = list(zip(self.flat, self.volume, strict=True))
        for provider in {e.provider for _, e in self.flat}:
            self.row([(x, v / total) for (x, e), v in cells if e.provider == provider], -math.inf, cap)

    def rate_rows(self) -> list[tuple[str, Any]]:
        made = []
        for offer in {e.offer for _, e in self.flat}:
            for kind, cap in rate_limits(self.catalog["offers"][offer]):
                terms = [(x, getattr(e, kind) / cap) for x, e in self.flat if e.offer == offer]
                made.append((offer, self.row(terms, -math.inf, 1.0)))
        return made

    def best(self, replicas: dict[str, int]) -> float | None:
        """The objective (to minimise) with these replicas; None when infeasible."""
        hourly = sum(self.catalog["offers"][o]["hosting"]["usd_per_hour"] * k for o, k in replicas.items())
        fixed = HOURS * hourly
        for offer, made in self.rates:
            made.SetUb(float(replicas.get(offer, 1)))
        if self.budget is not None:
            self.budget.SetUb(1.0 - fixed / limits(self.routing)["budget"])
        status = self.s.Solve()
        if status == pywraplp.Solver.INFEASIBLE:
            return None
        if status != pywraplp.Solver.OPTIMAL:
            raise RuntimeError(f"GLOP ended with status {status}")
        value = sum(c * x.solution_value() for x, c in self.worth) * self.unit
        return float(value + (fixed if self.routing.get("objective", "cost") == "cost" else 0.0))


def solve(catalog: Json, routing: Json, today: date) -> Json:
    """Status and objective, by trying everything; a support is skipped only by its closed-form bound."""
    table = entries(catalog, routing, today)
    pinned = all(set(la.get("pin", {})) <= {e.offer for e in table[n]} for n, la in routing["labels"].items())
    every = [supports(routing, label, table[name]) for name, label in routing["labels"].items()]
    best = math.inf
    cost = routing.get("objective", "cost") == "cost"
    for choice in itertools.product(*every) if pinned else ():
        if not counts_hold(routing, choice):
            continue
        bound = sum(min(cs) for cs in coefficients(routing, choice))
        if bound >= best:
            continue
        programme = Programme(catalog, routing, choice, max(abs(bound), 1e-9))
        for replicas in replica_vectors(catalog, choice):
            value = programme.best(replicas)
            best = best if value is None else min(best, value)
    if best == math.inf:
        return {"status": "infeasible", "objective": None}
    return {"status": "optimal", "objective": best if cost else -best}
