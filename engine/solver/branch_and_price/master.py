"""The master LP: mix columns of every label, links to the models in use, rules across labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..mixes.columns import Columns, generate_columns
from ..models.highs import NumericalTrouble, lp
from ..tolerances import MAX_MASTER_COLUMNS
from .decomposition import Decomposition


@dataclass(frozen=True)
class DualPrices:
    """Dual prices: alpha (L,) of a label, charge (L, models) of using a model, pi of the coupling rows."""

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

    found = generate_columns(columns.label, MAX_MASTER_COLUMNS, [columns.value, *loads], reduced, solve)
    assert found is not None  # there are the artificial columns
    lp, chosen, _ = found
    weight = np.zeros(len(columns))
    weight[chosen] = lp.weight
    return replace(lp, weight=weight)


class _Master:
    """The master model over some mix columns and the coupling rows in force."""

    def __init__(self, coupled: Decomposition, columns: Columns, rows: Sequence[LinkingConstraint]) -> None:
        self.coupled, self.columns, self.rows, self.scale = coupled, columns, rows, coupled.scale
        self.count = len(columns.value)
        p = coupled.problem
        self.parts: list[tuple[Ints, Ints, Floats]] = [
            (columns.label, np.arange(self.count), np.ones(self.count))
        ]
        self.high = [np.ones(coupled.labels)]
        self.height = coupled.labels
        self.width = self.count
        self.model_link = self._wholes(p.model, p.max_models)
        self.first_row = self.height
        for row in rows:
            self._couple(row)

    def _wholes(self, codes: Ints, most: int | None) -> tuple[Ints, Ints]:
        """At most `most` models (or providers): (keys label * codes + code of the links, switch columns)."""
        none = np.zeros(0, np.int64)
        if most is None:
            return none, none
        width = int(codes.max(initial=0)) + 1
        at, code = self.columns.codes(codes)
        keys, link = np.unique(self.columns.label[at] * width + code, return_inverse=True)
        names, of = np.unique(keys % width, return_inverse=True)
        switch = self.width + np.arange(len(names))
        self.width += len(names)
        self.parts.append((self.height + link, at, np.ones(len(at))))
        self.parts.append((self.height + np.arange(len(keys)), switch[of], -np.ones(len(keys))))
        last = self.height + len(keys)
        self.parts.append((np.full(len(switch), last), switch, np.ones(len(switch))))
        self.high += [np.zeros(len(keys)), np.array([float(most)])]
        self.height = last + 1
        return keys, switch

    def _couple(self, row: LinkingConstraint) -> None:
        load = self.columns.load(row)
        k = np.flatnonzero(load)
        self.parts.append((np.full(len(k), self.height), k, load[k]))
        self.high.append(np.array([row.limit]))
        self.height += 1

    def _matrix(self, parts: list[tuple[Ints, Ints, Floats]], height: int, width: int) -> csc_array:
        row, col, val = (np.concatenate([part[i] for part in parts]) for i in range(3))
        return csc_array((val, (row, col)), shape=(height, width))

    def solved(self, big: float) -> MasterSolution:
        """The LP, with an artificial column of cost `big` for every label."""
        labels, width = self.coupled.labels, self.width
        art = (np.arange(labels), width + np.arange(labels), np.ones(labels))
        matrix = self._matrix([*self.parts, art], self.height, width + labels).tocsr()
        cost = (
            np.concatenate([self.columns.value, np.zeros(width - self.count), np.full(labels, big)])
            / self.scale
        )
        high = np.concatenate(self.high)
        loose = self.height > labels
        result = lp(
            cost,
            A_ub=matrix[labels:] if loose else None,
            b_ub=high[labels:] if loose else None,
            A_eq=matrix[:labels],
            b_eq=high[:labels],
            bounds=(0, None),
        )
        if result.x is None:  # the artificial columns always leave a plan
            raise NumericalTrouble
        y = -result.ineqlin.marginals * self.scale if loose else np.zeros(0)
        charge = np.zeros((labels, self.coupled.models))
        keys = self.model_link[0]
        charge[keys // self.coupled.models, keys % self.coupled.models] = np.maximum(y[: len(keys)], 0)
        pi = np.maximum(y[self.first_row - labels :], 0)
        prices = DualPrices(result.eqlin.marginals * self.scale, charge, pi)
        left = float(result.x[width:].sum())
        return MasterSolution(float(result.fun) * self.scale, result.x[: self.count], prices, left)
