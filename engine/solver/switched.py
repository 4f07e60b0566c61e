"""The relaxation of one mix a label: mix columns, switches of models and providers, rules across labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from .columns import Columns
from .problem import Bools, Coupling, Floats, Ints, Problem


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


class Switched:
    """The model over all columns; each relaxation is over some of them.

    Links (n,): column `at[i]` needs switch `switch[i]`; switches are of a kind (models or providers), and of
    kind k no more than `most[k]` may be on.
    """

    def __init__(self, problem: Problem, columns: Columns, rows: Sequence[Coupling], scale: float) -> None:
        self.label, self.mix = columns.label, columns.support
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

    def relaxed(self, left: Ints, on: Bools) -> Relaxed | None:
        """The relaxation over the columns `left` with the switches `on`; None where they leave no plan."""
        label, count, switches = self.label[left], len(left), len(self.kind)
        if len(np.unique(label)) < self.labels:
            return None
        upper, high = self._upper(left)
        each = csc_array((np.ones(count), (label, np.arange(count))), shape=(self.labels, count + switches))
        least = np.concatenate([np.zeros(count), on])
        result = linprog(
            np.concatenate([self.value[left], np.zeros(switches)]),
            A_ub=upper if len(high) else None,
            b_ub=high if len(high) else None,
            A_eq=each,
            b_eq=np.ones(self.labels),
            bounds=np.column_stack([least, np.where(np.arange(len(least)) < count, np.inf, 1.0)]),
            method="highs-ds",
            options={"presolve": False},
        )
        if result.x is None:
            return None
        weight = np.where(result.x[:count] > 1e-9, result.x[:count], 0.0)
        # Of the dual prices, those of the labels are theirs; what is left of a reduced cost the rules charge.
        reduced = np.where(weight > 0, 0.0, result.lower.marginals[:count])
        charge = reduced - self.value[left] + result.eqlin.marginals[label]
        return Relaxed(weight, reduced, charge, result.x[count:], float(result.fun))

    def _upper(self, left: Ints) -> tuple[csc_array, Floats]:
        """The rules' rows, then one for each label and switch, then one for each kind of switch."""
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
        return csc_array((parts[0], (parts[1], parts[2])), shape=(len(high), count + switches)), high
