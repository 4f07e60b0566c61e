"""Pricing over the whole catalogue: the Lagrangian bound, and what models are worth adding.

For any prices (alpha, charge, pi) of the master's LP, raise the charges of models outside the pool until no
mix column of the whole catalogue has a negative reduced cost. Then
`sum(alpha) - pi*limits - (the max_models largest sums of a model's charges)` bounds every plan from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..mixes.columns import Columns, triple_columns
from ..mixes.multipliers import rule_priced
from ..mixes.vertices import tight_triples
from ..tolerances import DUAL_TOL, REDUCED_COST_TOL, ROUNDING_TOL
from .decomposition import Decomposition
from .master import DualPrices

LOT = 40  # triples a label that join the master at once
BLOCK = 60_000  # triples evaluated at once: what fits the processor's cache


@dataclass(frozen=True)
class LagrangianBound:
    """The bound, the completed charges (L, models), and the best partner's model (L, models; -1: none).

    `mates` are the offers of each label that can stand in for any partner in a mix at the priced values.
    """

    value: float
    charge: Floats
    partner: Ints
    mates: list[Ints]
    priced: Floats  # (L, N) objective with the coupling rows' prices


def lagrangian_bound(
    coupled: Decomposition,
    prices: DualPrices,
    rows: Sequence[LinkingConstraint],
    pool: Bools,
    limit: Floats | None,
) -> LagrangianBound:
    """Lower bound on every plan, from the duals of the master (Lasdon 1970; Geoffrion 1974).

    `pool` (models,) tells which models' columns the master has, all of them.

    With a `limit` (L,) it bounds the plans none of whose mixes is worth more than it.
    """
    value = coupled.priced(rows, prices.pi)
    worth = np.full(coupled.labels, np.inf) if limit is None else limit
    ix = [offers[coupled.best[k, offers] <= worth[k]] for k, offers in enumerate(coupled.ix)]
    labels = [_Completion(coupled, prices, value, pool, k, ix[k]) for k in range(coupled.labels)]
    completed = [label.run() for label in labels]
    charge = np.array([row for row, _ in completed])
    partner = np.array([row for _, row in completed])
    mates = [np.concatenate([label.known, label.fresh]) for label in labels]
    paid = float(sum(price * row.limit for row, price in zip(rows, prices.pi, strict=True)))
    max_models = coupled.problem.max_models
    if max_models is None:
        total = float((prices.alpha - charge.max(axis=1)).sum()) - paid
    else:
        total = float(prices.alpha.sum()) - paid - float(np.sort(charge.sum(axis=0))[-max_models:].sum())
    return LagrangianBound(total, charge, partner, mates, value)


class _Completion:
    """Label k's charges (models,), completed for models outside the pool, and their best partners' models."""

    def __init__(  # noqa: PLR0917 - one call, all of it needed
        self, coupled: Decomposition, prices: DualPrices, value: Floats, pool: Bools, k: int, ix: Ints
    ) -> None:
        self.coupled, self.value, self.k, self.ix = coupled, value[k], k, ix
        self.model, self.alpha = coupled.problem.model, float(prices.alpha[k])
        self.charge = prices.charge[k]
        paid = self.charge[self.model[ix]] > DUAL_TOL
        same = value is coupled.value and not paid.any() and len(ix) == len(coupled.ix[k])
        sky = coupled.sky[k] if same else coupled.skyline(k, ix[~paid], value[k])
        inside = pool[self.model[sky]]
        self.known, self.fresh = np.concatenate([sky[inside], ix[paid]]), sky[~inside]
        out = ix[~pool[self.model[ix]]]
        # Coupling rows only add to what a mix is worth.
        self.out = out[coupled.best[k, out] < self.alpha - DUAL_TOL]
        # Without a count of models there is one charge a label, whatever the mix.
        self.part = 1.0 if coupled.problem.max_models is None else 0.5

    def run(self) -> tuple[Floats, Ints]:
        """(models,), (models,) the charge of every model, and its partner's number or -1."""
        charge, partner = self.charge.copy(), np.full(self.coupled.models, -1)
        if not len(self.out):
            return charge, partner
        if self.coupled.free[self.k] and self.coupled.problem.max_models is None:
            np.maximum.at(charge, self.model[self.ix], self._gains())
            return charge, partner
        need = np.maximum(0.0, self.alpha - self.coupled.singles(self.k, self.out, self.value))
        mate = np.full(len(self.out), -1)
        if self.coupled.problem.max_offers[self.k] >= 2:
            for mates, part in ((self.known, 1.0), (self.fresh, self.part)):
                need, mate = self._paired(need, mate, mates, part)
            need = np.maximum(need, self.alpha - self._same_model())
        if self.coupled.three(self.k):
            need = np.maximum(need, self._tripled())
        np.maximum.at(charge, self.model[self.out], need)
        top = np.argsort(need)
        partner[self.model[self.out[top]]] = mate[top]
        return charge, partner

    def _gains(self) -> Floats:
        """(ix,) what a mix lowers the label's bound by for each share of the offer, at most.

        A mix is worth at least what its offers are, priced by the multipliers of the label's own rules,
        whatever number of offers it has.
        """
        priced = rule_priced(self.coupled.problem, self.k, self.ix, self.value, self.ix)
        return np.maximum(self.alpha - (self.value[self.ix] if priced is None else priced), 0.0)

    def _paired(self, need: Floats, mate: Ints, mates: Ints, part: float) -> tuple[Floats, Ints]:
        if not len(mates):
            return need, mate
        paid = self.charge[self.model[mates]]
        worth, j = self.coupled.partners(self.k, self.out, mates, self.value, paid)
        gain = part * np.maximum(0.0, self.alpha - worth)
        return np.maximum(need, gain), np.where(gain > need, self.model[mates[j]], mate)

    def _tripled(self) -> Floats:
        """(out,) the charge that no mix of three with two others leaves below alpha."""
        mates = np.concatenate([self.known, self.fresh])
        if len(mates) < 2:
            return np.zeros(len(self.out))
        is_new = np.zeros(len(self.model))
        is_new[self.fresh] = 1.0
        need = np.zeros(len(self.out))
        step = max(BLOCK // len(mates) ** 2, 1)
        for i in range(0, len(self.out), step):
            need[i : i + step] = self._block_tripled(self.out[i : i + step], mates, is_new)
        return need

    def _block_tripled(self, out: Ints, mates: Ints, is_new: Floats) -> Floats:
        t = tight_triples(self.coupled.problem, self.k, out, mates, self.value)
        b, c = self.model[t.b], self.model[t.c]
        paid = self.charge[b] + np.where(b != c, self.charge[c], 0.0)
        gain = np.maximum(0.0, self.alpha - t.worth - paid)
        if self.part < 1:
            mine = self.model[out][:, None]
            count = 1 + is_new[t.b] * (b != mine) + is_new[t.c] * ((c != mine) & (c != b))
            gain = gain / count
        return np.asarray(gain.max(axis=1))

    def _same_model(self) -> Floats:
        """(out,) the least value of a pair with another offer of the same model; one charge for both."""
        out, value = self.out, self.value
        place = np.full(len(self.model), -1)
        place[out] = np.arange(len(out))
        a, b = self.coupled.twins
        both = (place[a] >= 0) & (place[b] >= 0)
        a, b = a[both], b[both]
        ends = self.coupled.ends(self.k, a, b)
        slope = value[a] - value[b]
        worth = value[b] + np.where(slope <= 0, ends.high, ends.low) * slope
        worth = np.where(ends.low <= ends.high + ROUNDING_TOL, worth, np.inf)
        best = np.full(len(out), np.inf)
        np.minimum.at(best, place[a], worth)
        np.minimum.at(best, place[b], worth)
        return best


def price_triples(
    coupled: Decomposition, prices: DualPrices, rows: Sequence[LinkingConstraint], pool: Bools
) -> list[Columns]:
    """Mixes of three of the pool's offers of negative reduced cost, the best LOT a label."""
    value = coupled.priced(rows, prices.pi)
    columns: list[Columns] = []
    for k in range(coupled.labels):
        if not coupled.three(k):
            continue
        model = coupled.problem.model
        ix = coupled.ix[k][pool[model[coupled.ix[k]]]]
        paid = prices.charge[k, model[ix]] > DUAL_TOL
        mates = np.concatenate([coupled.skyline(k, ix[~paid], value[k]), ix[paid]])
        t = tight_triples(coupled.problem, k, mates, mates, value[k])
        charge = prices.charge[k]
        model_a, model_b, model_c = model[mates][:, None], model[t.b], model[t.c]
        paid_for = charge[model_b] + np.where(model_b != model_c, charge[model_c], 0.0)
        paid_for = paid_for + np.where((model_a != model_b) & (model_a != model_c), charge[model_a], 0.0)
        cost = t.worth + paid_for - prices.alpha[k]
        cost[mates[:, None] >= np.minimum(t.b, t.c)] = np.inf  # each set of three once
        at = np.argsort(cost, axis=None)[:LOT]
        at = at[cost.ravel()[at] < -REDUCED_COST_TOL * coupled.scale]
        i, j = np.unravel_index(at, cost.shape)
        first, second = t.share_a[i, j], t.share_b[i, j]
        offers = np.column_stack([mates[i], t.b[j], t.c[j]])
        shares = np.column_stack([first, second, 1 - first - second])
        if len(at):
            columns.append(triple_columns(k, offers, shares, coupled.value[k]))
    return columns


def reduced_costs(
    coupled: Decomposition,
    columns: Columns,
    prices: DualPrices,
    b: LagrangianBound,
    rows: Sequence[LinkingConstraint],
) -> Floats:
    """(n,) reduced costs of mix columns under the completed prices; never negative for a valid completion.

    Rules that joined after the prices were found, the last of `rows`, have none.
    """
    out = columns.value - prices.alpha[columns.label]
    for row, price in zip(rows, prices.pi, strict=False):
        if price > DUAL_TOL:
            out += price * columns.load(row)
    if coupled.problem.max_models is None:  # without a count of models the completion lowers alpha instead
        return np.asarray(out + b.charge.max(axis=1)[columns.label])
    at, code = columns.codes(coupled.problem.model)
    np.add.at(out, at, b.charge[columns.label[at], code])
    return np.asarray(out)


def offer_reduced_costs(
    coupled: Decomposition, prices: DualPrices, b: LagrangianBound, limit: Floats | None
) -> Floats:
    """(L, N) lower bounds on the reduced cost of any mix column that holds the offer.

    inf where any mix that holds it is worth more than the label's `limit` (L,).
    """
    out = np.full(coupled.value.shape, np.inf)
    model = coupled.problem.model
    for k in range(coupled.labels):
        ix = coupled.ix[k]
        if limit is not None:
            ix = ix[coupled.best[k, ix] <= limit[k]]
        same = b.priced is coupled.value
        least = coupled.best[k, ix] if same else coupled.holding(k, ix, b.mates[k], b.priced[k])
        charge = b.charge[k, model[ix]] if coupled.problem.max_models is not None else b.charge[k].max()
        out[k, ix] = least - prices.alpha[k] + charge
    return out
