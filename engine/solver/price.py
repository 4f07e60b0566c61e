"""Pricing over the whole catalogue: the Lagrangian bound, and what models are worth adding.

For any prices (alpha, charge, pi) of the master's LP, raise the charges of models outside the pool until no
mix column of the whole catalogue has a negative reduced cost. Then
`sum(alpha) - pi*limits - (the max_models largest sums of a model's charges)` bounds every plan from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .coupled import Columns, Coupled, Prices
from .master import column_load
from .problem import Bools, Coupling, Floats, Ints


@dataclass(frozen=True)
class Bound:
    """The bound, the completed charges (L, models), and the best partner's model (L, models; -1: none)."""

    value: float
    charge: Floats
    partner: Ints
    priced: Floats  # (L, N) objective with the coupling rows' prices


def bound(coupled: Coupled, prices: Prices, rows: Sequence[Coupling], pool: Bools) -> Bound:
    """The bound at these prices; `pool` (models,) tells which models' columns the master has, all of them."""
    value = coupled.priced(rows, prices.pi)
    completed = [_complete(coupled, prices, value, pool, k) for k in range(coupled.labels)]
    charge = np.array([row for row, _ in completed])
    partner = np.array([row for _, row in completed])
    paid = float(sum(price * row.limit for row, price in zip(rows, prices.pi, strict=True)))
    most = coupled.problem.max_models
    if most is None:
        total = float((prices.alpha - charge.max(axis=1)).sum()) - paid
    else:
        total = float(prices.alpha.sum()) - paid - float(np.sort(charge.sum(axis=0))[-most:].sum())
    return Bound(total, charge, partner, value)


def _complete(coupled: Coupled, prices: Prices, value: Floats, pool: Bools, k: int) -> tuple[Floats, Ints]:
    """Label k's charges (models,), completed for models outside the pool, and their best partners' models."""
    charge, partner = prices.charge[k].copy(), np.full(coupled.models, -1)
    p, alpha = coupled.problem, prices.alpha[k]
    model, ix = p.model, coupled.ix[k]
    out = ix[~pool[model[ix]]]
    out = out[coupled.best[k, out] < alpha - 1e-12]  # coupling rows only add to what a mix is worth
    if not len(out):
        return charge, partner
    changed = value is not coupled.value
    paid = ix[prices.charge[k, model[ix]] > 1e-12]
    free = ix[prices.charge[k, model[ix]] <= 1e-12]
    sky = coupled.sky[k] if not changed and not len(paid) else coupled.skyline(k, free, value[k])
    need = np.maximum(0.0, alpha - coupled.singles(k, out, value[k]))
    mate = np.full(len(out), -1)
    if p.max_offers[k] >= 2:
        known = np.concatenate([sky[pool[model[sky]]], paid])
        fresh = sky[~pool[model[sky]]]
        half = 1.0 if p.max_models is None else 0.5
        for mates, part in ((known, 1.0), (fresh, half)):
            if len(mates):
                worth = coupled.pairs(k, out, mates, value[k]) + prices.charge[k, model[mates]]
                j = worth.argmin(axis=1)
                gain = part * np.maximum(0.0, alpha - worth[np.arange(len(out)), j])
                mate = np.where(gain > need, model[mates[j]], mate)
                need = np.maximum(need, gain)
        need = np.maximum(need, alpha - _same_model(coupled, k, out, value[k]))
    np.maximum.at(charge, model[out], need)
    top = np.argsort(need)
    partner[model[out[top]]] = mate[top]
    return charge, partner


def _same_model(coupled: Coupled, k: int, out: Ints, value: Floats) -> Floats:
    """(out,) the least value of a pair of `out` with another offer of the same model; one charge for both."""
    best = np.full(len(out), np.inf)
    model = coupled.problem.model[out]
    order = np.argsort(model, kind="stable")
    for step in range(1, len(out)):
        i, j = order[:-step], order[step:]
        same = model[i] == model[j]
        if not same.any():
            break
        i, j = i[same], j[same]
        ends = coupled.ends(k, out[i], out[j])
        slope = value[out[i]] - value[out[j]]
        worth = value[out[j]] + np.where(slope <= 0, ends.high, ends.low) * slope
        worth = np.where(ends.low <= ends.high + 1e-12, worth, np.inf)
        np.minimum.at(best, i, worth)
        np.minimum.at(best, j, worth)
    return best


def column_costs(
    coupled: Coupled, columns: Columns, prices: Prices, b: Bound, rows: Sequence[Coupling]
) -> Floats:
    """(n,) reduced costs of mix columns under the completed prices; never negative for a valid completion."""
    model = coupled.problem.model
    out = columns.value - prices.alpha[columns.label]
    for row, price in zip(rows, prices.pi, strict=True):
        if price > 1e-12:
            out += price * column_load(coupled, row, columns)
    one, two = model[columns.a], model[columns.b]
    if coupled.problem.max_models is None:  # without a count of models the completion lowers alpha instead
        return np.asarray(out + b.charge.max(axis=1)[columns.label])
    return np.asarray(
        out + b.charge[columns.label, one] + np.where(one != two, b.charge[columns.label, two], 0)
    )


def offer_costs(coupled: Coupled, prices: Prices, b: Bound) -> Floats:
    """(L, N) lower bounds on the reduced cost of any mix column that holds the offer."""
    out = np.full(coupled.value.shape, np.inf)
    model = coupled.problem.model
    for k in range(coupled.labels):
        ix = coupled.ix[k]
        if b.priced is coupled.value:
            least = coupled.best[k, ix]
        else:
            sky = coupled.skyline(k, ix, b.priced[k])
            least = coupled.holding(k, ix, sky, b.priced[k])
        own = b.charge[k, model[ix]] if coupled.problem.max_models is not None else b.charge[k].max()
        out[k, ix] = least - prices.alpha[k] + own
    return out
