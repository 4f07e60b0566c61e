"""The master LP: mix columns of every label, links to the models in use, rules across labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..mixes.columns import Columns, generate_columns
from ..models.builder import ModelBuilder, NumericalTrouble
from ..tolerances import MAX_MASTER_COLUMNS, OBJECTIVE_UNIT
from .decomposition import Decomposition


@dataclass(frozen=True)
class DualPrices:
    """Dual prices of the master's rows, in units of what is minimised (USD a month, or points of quality).

    `alpha` (L,) of serving a label (convexity), `charge` (L, models) of using a model for it (links), `pi`
    (rows,) >= 0 of the rules across labels.
    """

    alpha: Floats
    charge: Floats
    pi: Floats


@dataclass(frozen=True)
class MasterSolution:
    """The master LP's optimum: value, weights of the columns, prices, labels left to artificial columns."""

    value: float
    weight: Floats
    prices: DualPrices
    artificial: float


def solve_master(
    coupled: Decomposition, columns: Columns, rows: Sequence[LinkingConstraint], big: float
) -> MasterSolution:
    """The LP over the columns, a label that nothing serves at a cost of `big`."""
    loads = [columns.load(row) for row in rows]
    at, code = columns.codes(coupled.problem.model)

    def solve(chosen: Bools) -> MasterSolution:
        return _Master(coupled, columns.take(np.flatnonzero(chosen)), rows).solved(big)

    def reduced(lp: MasterSolution) -> Floats:
        cost = columns.value - lp.prices.alpha[columns.label]
        for load, price in zip(loads, lp.prices.pi, strict=True):
            cost += price * load
        np.add.at(cost, at, lp.prices.charge[columns.label[at], code])
        return cost / coupled.scale

    generated = generate_columns(columns.label, MAX_MASTER_COLUMNS, [columns.value, *loads], reduced, solve)
    assert generated is not None  # there are the artificial columns
    lp, chosen, _ = generated
    weight = np.zeros(len(columns))
    weight[chosen] = lp.weight
    return replace(lp, weight=weight)


class _Master:
    """The master model over some mix columns and the coupling rows in force."""

    def __init__(self, coupled: Decomposition, columns: Columns, rows: Sequence[LinkingConstraint]) -> None:
        self.coupled, self.columns, self.rows, self.builder = coupled, columns, rows, ModelBuilder()
        p = coupled.problem
        self.mixes = self.builder.add_columns(len(columns), high=np.inf)
        self.serve = self.builder.add_rows(coupled.labels, 1.0, 1.0)
        self.builder.add_entries(self.serve[columns.label], self.mixes, 1.0)
        self.model_keys, self.model_links = self._limit_count(p.model, p.max_models)
        self.linking = np.concatenate([np.zeros(0, np.int64), *(self._link(row) for row in rows)])

    def _limit_count(self, codes: Ints, limit: int | None) -> tuple[Ints, Ints]:
        """At most `limit` models (or providers): (keys label * codes + code of the links, their rows)."""
        if limit is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        builder, width = self.builder, int(codes.max(initial=0)) + 1
        column, code = self.columns.codes(codes)
        keys, link = np.unique(self.columns.label[column] * width + code, return_inverse=True)
        names, name = np.unique(keys % width, return_inverse=True)
        used = builder.add_columns(len(names), high=np.inf)
        links = builder.add_rows(len(keys), -np.inf, 0.0)
        builder.add_entries(links[link], column, 1.0)
        builder.add_entries(links, used[name], -1.0)
        builder.add_entries(builder.add_rows(1, -np.inf, float(limit)), used, 1.0)
        return keys, links

    def _link(self, rule: LinkingConstraint) -> Ints:
        load = self.columns.load(rule)
        nonzero = np.flatnonzero(load)
        row = self.builder.add_rows(1, -np.inf, rule.limit)
        self.builder.add_entries(row, nonzero, load[nonzero])
        return row

    def solved(self, big: float) -> MasterSolution:
        """The LP, with an artificial column of cost `big` for every label."""
        coupled, builder = self.coupled, self.builder
        artificial = builder.add_columns(coupled.labels, high=np.inf)
        builder.add_entries(self.serve, artificial, 1.0)
        cost = np.zeros(builder.width)
        cost[self.mixes], cost[artificial] = self.columns.value, big
        unit = coupled.scale * OBJECTIVE_UNIT
        optimum = builder.solve_lp(cost / unit)
        if optimum.x is None:  # the artificial columns always leave a plan
            raise NumericalTrouble
        duals = optimum.duals * unit
        charge = np.zeros((coupled.labels, coupled.models))
        keys = self.model_keys
        charge[keys // coupled.models, keys % coupled.models] = np.maximum(-duals[self.model_links], 0)
        prices = DualPrices(duals[self.serve], charge, np.maximum(-duals[self.linking], 0))
        objective, unserved = optimum.objective * unit, float(optimum.x[artificial].sum())
        return MasterSolution(objective, optimum.x[self.mixes], prices, unserved)
