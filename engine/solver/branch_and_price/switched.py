"""The relaxation of one mix a label: mix columns, switches of models and providers, rules across labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from ..compile.problem import Bools, Coupling, Floats, Ints, Problem
from ..mixes.columns import Columns
from ..mixes.generation import generated
from ..models.highs import lp

FEW = 2_000  # columns that the LP has at once


@dataclass(frozen=True)
class Relaxed:
    """The optimum over some columns: their weights, reduced costs, what the rules charge for each (m,).

    `used` (switches,) is how far each model or provider is in use.
    """

    weight: Floats
    reduced: Floats
    charge: Floats
    used: Floats
    value: float


@dataclass(frozen=True)
class _Optimum:
    """Weights of the columns and switches, prices of labels, rules and links, the links' keys, the value."""

    weight: Floats
    used: Floats
    alpha: Floats
    pi: Floats
    keys: Ints
    link: Floats
    value: float


class Switched:
    """The model over all columns; each relaxation is over some of them.

    Links (n,): column `at[i]` needs switch `switch[i]`; switches are of a kind (models or providers), and of
    kind k no more than `most[k]` may be on.
    """

    def __init__(
        self,
        problem: Problem,
        columns: Columns,
        rows: Sequence[Coupling],
        scale: float,
        blended: Bools | None = None,
    ) -> None:
        self.label, self.mix = columns.label, columns.support
        if blended is not None:  # labels all of whose columns are one mix
            self.mix = np.where(blended[self.label], self.mix.max(initial=0) + 1 + self.label, self.mix)
        self.labels = int(self.label.max(initial=-1)) + 1
        self.value = columns.value / scale
        self.load = np.array([columns.load(row) for row in rows]).reshape(len(rows), len(columns))
        self.limit = np.array([row.limit for row in rows])
        self.at = self.switch = self.kind = np.zeros(0, np.int64)
        self.most: list[int] = []
        for codes, most in ((problem.model, problem.max_models), (problem.provider, problem.max_providers)):
            if most is not None:
                self._count(*columns.codes(codes), most)

    def _count(self, at: Ints, code: Ints, most: int) -> None:
        names, of = np.unique(code, return_inverse=True)
        self.at = np.concatenate([self.at, at])
        self.switch = np.concatenate([self.switch, len(self.kind) + of])
        self.kind = np.concatenate([self.kind, np.full(len(names), len(self.most))])
        self.most.append(most)

    def without(self, left: Ints, off: Bools) -> Ints:
        """The columns that need none of the switches (switches,) that are off."""
        out = np.zeros(len(self.value), dtype=bool)
        out[self.at[off[self.switch]]] = True
        return left[~out[left]]

    def allowed(self, left: Ints, on: Bools) -> Ints:
        """The columns that may be used with these switches on: no others, where they are all there may be."""
        off = np.zeros(len(on), dtype=bool)
        for kind, most in enumerate(self.most):
            if on[self.kind == kind].sum() >= most:
                off |= (self.kind == kind) & ~on
        return self.without(left, off)

    def relaxed(self, left: Ints, on: Bools, hint: Floats | None) -> Relaxed | None:
        """The relaxation over the columns `left` with the switches `on`; None where they leave no plan.

        Of many columns the LP begins with those of the least `hint` (n,).
        """
        if len(np.unique(self.label[left])) < self.labels:
            return None
        label, value = self.label[left], self.value[left]
        figures = [hint[left]] if hint is not None else [value, *self.load[:, left]]

        def solve(chosen: Bools) -> _Optimum | None:
            return self._optimum(left[chosen], on)

        def reduced(optimum: _Optimum) -> Floats:
            return np.asarray(value + self._charges(left, optimum) - optimum.alpha[label])

        found = generated(label, FEW, figures, reduced, solve)
        if found is None:
            return None
        optimum, chosen, cost = found
        weight = np.zeros(len(left))
        weight[chosen] = np.where(optimum.weight > 1e-9, optimum.weight, 0.0)
        charge = cost - value + optimum.alpha[label]
        return Relaxed(weight, np.where(weight > 0, 0.0, cost), charge, optimum.used, optimum.value)

    def _optimum(self, here: Ints, on: Bools) -> _Optimum | None:
        label, count, switches = self.label[here], len(here), len(self.kind)
        keys, upper, high = self._upper(here)
        each = csc_array((np.ones(count), (label, np.arange(count))), shape=(self.labels, count + switches))
        least = np.concatenate([np.zeros(count), on])
        result = lp(
            np.concatenate([self.value[here], np.zeros(switches)]),
            A_ub=upper if len(high) else None,
            b_ub=high if len(high) else None,
            A_eq=each,
            b_eq=np.ones(self.labels),
            bounds=np.column_stack([least, np.where(np.arange(len(least)) < count, np.inf, 1.0)]),
        )
        if result.x is None:
            return None
        price = -result.ineqlin.marginals if len(high) else np.zeros(0)
        pi, link = price[: len(self.limit)], price[len(self.limit) :][: len(keys)]
        parts = result.x[:count], result.x[count:], result.eqlin.marginals, pi, keys, link
        return _Optimum(*parts, float(result.fun))

    def _charges(self, left: Ints, optimum: _Optimum) -> Floats:
        """(m,) what the rules and the switches charge for each column; a switch nobody needed, nothing."""
        charge = np.zeros(len(self.value))
        if len(optimum.keys):
            key = self.label[self.at] * len(self.kind) + self.switch
            found = np.minimum(np.searchsorted(optimum.keys, key), len(optimum.keys) - 1)
            np.add.at(charge, self.at, np.where(optimum.keys[found] == key, optimum.link[found], 0.0))
        return np.asarray(charge[left] + optimum.pi @ self.load[:, left])

    def _upper(self, left: Ints) -> tuple[Ints, csc_array, Floats]:
        """The links' keys; the rules' rows, one for each key, and one for each kind of switch."""
        count, switches = len(left), len(self.kind)
        place = np.full(len(self.value), -1)
        place[left] = np.arange(count)
        here = place[self.at] >= 0
        at, switch = place[self.at[here]], self.switch[here]
        keys, link = np.unique(self.label[left][at] * switches + switch, return_inverse=True)
        load = self.load[:, left]
        rule, column = np.nonzero(load)
        first, last = len(self.limit), len(self.limit) + len(keys)
        row = [rule, first + link, first + np.arange(len(keys)), last + self.kind]
        col = [column, at, count + keys % max(switches, 1), count + np.arange(switches)]
        val = [load[rule, column], np.ones(len(link)), -np.ones(len(keys)), np.ones(switches)]
        parts = [np.concatenate(part) for part in (val, row, col)]
        high = np.concatenate([self.limit, np.zeros(len(keys)), self.most])
        return keys, csc_array((parts[0], (parts[1], parts[2])), shape=(len(high), count + switches)), high
