"""An exact solver in fractions for small problems at extreme scales: sets of models are enumerated.

For every set of models and providers that the counts allow, each label's best mix is computed by itself
(singles, and pairs at the ends of their shares), or all labels' shares by a simplex in fractions where rules
couple them. Nothing is rounded anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any

Share = Fraction
Row = list[Fraction]


@dataclass
class Extreme:
    """A random question: the two files' values as plain data."""

    catalog: dict[str, Any]
    routing: dict[str, Any]
    offers: list[str] = field(default_factory=list)


def exponential(rng: random.Random, low: float, high: float) -> float:
    """A figure of three digits, its logarithm uniform."""
    return float(f"{10 ** rng.uniform(low, high):.3g}")


def extreme(seed: int, *, coupled: bool) -> Extreme:
    """Prices 1e-9 to 1e6, requests 1 to 1e12, two to four labels, four to seven offers."""
    rng = random.Random(seed)
    models = [f"m{i}" for i in range(rng.randint(4, 7))]
    offers = {}
    for name in models:
        for provider in rng.sample(["p0", "p1", "p2"], rng.choice([1, 1, 2])):
            offers[f"{provider}/{name}"] = {
                "input": exponential(rng, -9, 6),
                "output": exponential(rng, -9, 6),
            }
            if coupled and rng.random() < 0.3:
                offers[f"{provider}/{name}"]["rpm"] = exponential(rng, -2, 8)
    labels = {}
    for i in range(rng.randint(2, 4)):
        label: dict[str, Any] = {
            "requests": exponential(rng, 0, 12),
            "input_tokens": rng.choice([1, 1000, 10_000]),
            "output_tokens": rng.choice([1, 300]),
            "skills": {"coding": 1.0},
        }
        if rng.random() < 0.8:
            label["min_quality"] = round(rng.uniform(5, 60), 1)
        if not coupled and rng.random() < 0.5:
            label["max_models"] = rng.choice([1, 2])
            if rng.random() < 0.5:
                label["min_share"] = rng.choice([0.01, 0.1])
        labels[f"l{i}"] = label
    limits: dict[str, Any] = {}
    if rng.random() < 0.8 or not coupled:
        limits["max_models"] = rng.choice([1, 2, 2, 3])
    if rng.random() < 0.3:
        limits["max_providers"] = rng.choice([1, 2])
    if coupled and rng.random() < 0.5:
        limits["max_provider_share"] = rng.choice([0.5, 0.7, 0.9])
    catalog = {
        "schema": 1,
        "as_of": date(2026, 11, 23),
        "providers": {"p0": {}, "p1": {}, "p2": {}},
        "models": {
            name: {"context": 1_000_000, "skills": {"coding": round(rng.uniform(0, 100), 1)}}
            for name in models
        },
        "offers": offers,
    }
    return Extreme(catalog, {"schema": 1, "limits": limits, "labels": labels}, sorted(offers))


def optimum(question: Extreme) -> Fraction | None:
    """The least cost a month of all plans; None where there is none."""
    best: Fraction | None = None
    for chosen in _supports(question):
        cost = _cost(question, chosen)
        if cost is not None and (best is None or cost < best):
            best = cost
    return best


def _supports(question: Extreme) -> Iterator[list[str]]:
    """The offers of every largest set of models and providers that the counts allow."""
    limits = question.routing["limits"]
    models = sorted({key.partition("/")[2] for key in question.offers})
    providers = sorted({key.partition("/")[0] for key in question.offers})
    for some in combinations(models, min(limits.get("max_models", len(models)), len(models))):
        for sellers in combinations(
            providers, min(limits.get("max_providers", len(providers)), len(providers))
        ):
            yield [
                key
                for key in question.offers
                if key.partition("/")[2] in some and key.partition("/")[0] in sellers
            ]


def _request(question: Extreme, label: dict[str, Any], offer: str) -> Fraction:
    """USD a month of the label at the offer alone."""
    prices = question.catalog["offers"][offer]
    tokens = Fraction(label["input_tokens"]) * Fraction(prices["input"])
    tokens += Fraction(label["output_tokens"]) * Fraction(prices["output"])
    return Fraction(label["requests"]) * tokens / 1_000_000


def _quality(question: Extreme, offer: str) -> Fraction:
    return Fraction(question.catalog["models"][offer.partition("/")[2]]["skills"]["coding"])


def _cost(question: Extreme, chosen: list[str]) -> Fraction | None:
    labels = list(question.routing["labels"].values())
    coupled = "max_provider_share" in question.routing["limits"] or any(
        "rpm" in question.catalog["offers"][key] for key in chosen
    )
    if coupled:
        return _together(question, labels, chosen)
    total = Fraction(0)
    for label in labels:
        cost = _alone(question, label, chosen)
        if cost is None:
            return None
        total += cost
    return total


def _alone(question: Extreme, label: dict[str, Any], chosen: list[str]) -> Fraction | None:
    """The label's best single offer or pair: with one linear rule no more are needed."""
    least = Fraction(label.get("min_quality", 0))
    share = Fraction(label.get("min_share", 0))
    cost = {key: _request(question, label, key) for key in chosen}
    quality = {key: _quality(question, key) for key in chosen}
    found = [cost[key] for key in chosen if quality[key] >= least]
    for a, b in combinations(chosen, 2) if label.get("max_models", 2) > 1 else ():
        low, high = share, 1 - share
        slope = quality[a] - quality[b]
        if slope:
            at = (least - quality[b]) / slope
            low, high = (max(low, at), high) if slope > 0 else (low, min(high, at))
        elif quality[b] < least:
            continue
        if low <= high:
            found += [cost[b] + t * (cost[a] - cost[b]) for t in (low, high)]
    return min(found, default=None)


def _together(question: Extreme, labels: list[dict[str, Any]], chosen: list[str]) -> Fraction | None:
    """All labels' shares at once, by the simplex method."""
    place = {(k, key): k * len(chosen) + i for k in range(len(labels)) for i, key in enumerate(chosen)}
    cost = [_request(question, label, key) for label in labels for key in chosen]
    rows: list[tuple[Row, str, Fraction]] = []

    def row(entries: dict[int, Fraction], kind: str, limit: Fraction) -> None:
        rows.append(([entries.get(i, Fraction(0)) for i in range(len(cost))], kind, limit))

    for k, label in enumerate(labels):
        row({place[k, key]: Fraction(1) for key in chosen}, "=", Fraction(1))
        if "min_quality" in label:
            least = Fraction(label["min_quality"])
            row({place[k, key]: least - _quality(question, key) for key in chosen}, "<", Fraction(0))
    total = sum(Fraction(label["requests"]) for label in labels)
    cap = question.routing["limits"].get("max_provider_share")
    for provider in {key.partition("/")[0] for key in chosen} if cap is not None else ():
        entries = {
            place[k, key]: Fraction(label["requests"]) / total
            for k, label in enumerate(labels)
            for key in chosen
            if key.startswith(f"{provider}/")
        }
        row(entries, "<", Fraction(cap))
    for key in chosen:
        rpm = question.catalog["offers"][key].get("rpm")
        if rpm is not None:
            each = {place[k, key]: Fraction(label["requests"]) / 43_800 for k, label in enumerate(labels)}
            row(each, "<", Fraction(rpm))
    return simplex(cost, rows)


def simplex(cost: Row, rows: list[tuple[Row, str, Fraction]]) -> Fraction | None:
    """The least cost @ x over x >= 0 with rows (coefficients, "=" or "<", limit >= 0); Bland's rule."""
    width, height = len(cost), len(rows)
    slacks = [i for i, (_, kind, _) in enumerate(rows) if kind == "<"]
    table = []
    for i, (coefficients, _, limit) in enumerate(rows):
        slack = [Fraction(int(i == k)) for k in slacks]
        table.append([*coefficients, *slack, *(Fraction(int(i == k)) for k in range(height)), limit])
    first = width + len(slacks)
    basis = [first + i for i in range(height)]
    phase = [Fraction(0)] * first + [Fraction(1)] * height
    if _pivoted(table, basis, phase, first + height):
        return None
    for i, column in enumerate(basis):
        if column >= first:  # an artificial one at 0: another takes its place, or the row says nothing
            other = next((j for j in range(first) if table[i][j]), None)
            if other is not None:
                _pivot(table, basis, i, other)
    full = [*cost, *([Fraction(0)] * (len(slacks) + height))]
    return _pivoted(table, basis, full, first)


def _pivoted(table: list[Row], basis: list[int], cost: Row, columns: int) -> Fraction:
    """The optimum of the table for this cost; columns beyond `columns` never enter."""
    while True:
        enters = None
        for j in range(columns):
            reduced = cost[j] - sum(cost[basis[i]] * row[j] for i, row in enumerate(table) if row[j])
            if reduced < 0 and j not in basis:
                enters = j
                break
        if enters is None:
            return sum((cost[basis[i]] * row[-1] for i, row in enumerate(table)), Fraction(0))
        ratios = [(row[-1] / row[enters], basis[i], i) for i, row in enumerate(table) if row[enters] > 0]
        _pivot(table, basis, min(ratios)[2], enters)


def _pivot(table: list[Row], basis: list[int], leaves: int, enters: int) -> None:
    pivot = table[leaves][enters]
    table[leaves] = [figure / pivot for figure in table[leaves]]
    for i, row in enumerate(table):
        if i != leaves and row[enters]:
            factor = row[enters]
            table[i] = [figure - factor * other for figure, other in zip(row, table[leaves], strict=True)]
    basis[leaves] = enters
