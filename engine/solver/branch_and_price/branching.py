"""One mix a label under rules across labels: branch and bound that halves a label's choice.

HiGHS branches on one mix at a time, which tells next to nothing of the others. Here a model (or a provider)
that the relaxation uses in part is kept or left out; where there is none, the mixes that a label has in the
relaxation are put in order by what the rules charge for them and parted in two (Beale and Tomlin 1970). What
cannot be in a plan better than the best one known leaves by its reduced cost.

The relaxation of one mix a label: mix columns, switches of models and providers, rules across labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from time import perf_counter

import numpy as np

from ..compile.problem import Bools, Floats, Ints, LinkingConstraint, Problem
from ..mixes.columns import Columns, generate_columns
from ..models.builder import ModelBuilder
from ..tolerances import (
    BOUND_TOL,
    CUTOFF_TOL,
    INTEGRALITY_TOL,
    MAX_NODE_COLUMNS,
    OBJECTIVE_UNIT,
    OPTIMALITY_TOL,
    SHARE_TOL,
    STALL_FEW_NODES,
    STALL_GAP,
    STALL_LABELS,
    STALL_NODES,
    TINY,
)
from .exchange import Choices, TooMany, best_choice, exchange


@dataclass(frozen=True)
class NodeRelaxation:
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


class BranchingModel:
    """The model over all columns; each relaxation is over some of them.

    Links (n,): column `at[i]` needs switch `switch[i]`; switches are of a kind (models or providers), and of
    kind k no more than `most[k]` may be on.
    """

    def __init__(
        self,
        problem: Problem,
        columns: Columns,
        rows: Sequence[LinkingConstraint],
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
        self.max_on: list[int] = []
        for codes, max_on in ((problem.model, problem.max_models), (problem.provider, problem.max_providers)):
            if max_on is not None:
                self._count(*columns.codes(codes), max_on)

    def _count(self, at: Ints, code: Ints, max_on: int) -> None:
        names, of = np.unique(code, return_inverse=True)
        self.at = np.concatenate([self.at, at])
        self.switch = np.concatenate([self.switch, len(self.kind) + of])
        self.kind = np.concatenate([self.kind, np.full(len(names), len(self.max_on))])
        self.max_on.append(max_on)

    def without(self, left: Ints, off: Bools) -> Ints:
        """Those of the columns `left` that need none of the switches (switches,) that are off."""
        out = np.zeros(len(self.value), dtype=bool)
        out[self.at[off[self.switch]]] = True
        return left[~out[left]]

    def allowed(self, left: Ints, on: Bools) -> Ints:
        """Those of the columns `left` that may be used with these switches (switches,) on.

        No others, where these are all there may be.
        """
        off = np.zeros(len(on), dtype=bool)
        for kind, max_on in enumerate(self.max_on):
            if on[self.kind == kind].sum() >= max_on:
                off |= (self.kind == kind) & ~on
        return self.without(left, off)

    def relaxed(self, left: Ints, on: Bools, hint: Floats | None) -> NodeRelaxation | None:
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

        generated = generate_columns(label, MAX_NODE_COLUMNS, figures, reduced, solve)
        if generated is None:
            return None
        optimum, chosen, cost = generated
        weight = np.zeros(len(left))
        weight[chosen] = np.where(optimum.weight > SHARE_TOL, optimum.weight, 0.0)
        charge = cost - value + optimum.alpha[label]
        return NodeRelaxation(weight, np.where(weight > 0, 0.0, cost), charge, optimum.used, optimum.value)

    def _optimum(self, left: Ints, on: Bools) -> _Optimum | None:
        """The LP over the columns `left`, the binaries `on` fixed at 1; None where it is infeasible."""
        builder, label, load = ModelBuilder(), self.label[left], self.load[:, left]
        mixes = builder.add_columns(len(left), high=np.inf)
        binaries = builder.add_columns(len(self.kind), on.astype(float))
        serve = builder.add_rows(self.labels, 1.0, 1.0)
        builder.add_entries(serve[label], mixes, 1.0)
        rules = builder.add_rows(len(self.limit), -np.inf, self.limit)
        rule, column = np.nonzero(load)
        builder.add_entries(rules[rule], column, load[rule, column])
        place = np.full(len(self.value), -1)
        place[left] = mixes
        linked = place[self.at] >= 0
        column, switch = place[self.at[linked]], self.switch[linked]
        keys, link = np.unique(label[column] * len(binaries) + switch, return_inverse=True)
        links = builder.add_rows(len(keys), -np.inf, 0.0)
        builder.add_entries(links[link], column, 1.0)
        builder.add_entries(links, binaries[keys % max(len(binaries), 1)], -1.0)
        counts = builder.add_rows(len(self.max_on), -np.inf, np.array(self.max_on, float))
        builder.add_entries(counts[self.kind], binaries, 1.0)
        cost = np.concatenate([self.value[left], np.zeros(len(binaries))])
        optimum = builder.solve_lp(cost / OBJECTIVE_UNIT)
        if optimum.x is None:
            return None
        duals, x = optimum.duals * OBJECTIVE_UNIT, optimum.x
        prices = duals[serve], -duals[rules], keys, -duals[links]
        return _Optimum(x[mixes], x[binaries], *prices, optimum.objective * OBJECTIVE_UNIT)

    def _charges(self, left: Ints, optimum: _Optimum) -> Floats:
        """(m,) what the rules and the switches charge for each column; a switch nobody needed, nothing."""
        charge = np.zeros(len(self.value))
        if len(optimum.keys):
            key = self.label[self.at] * len(self.kind) + self.switch
            places = np.minimum(np.searchsorted(optimum.keys, key), len(optimum.keys) - 1)
            np.add.at(charge, self.at, np.where(optimum.keys[places] == key, optimum.link[places], 0.0))
        return np.asarray(charge[left] + optimum.pi @ self.load[:, left])


MAX_REFUSALS = 3

_Node = tuple[Ints, Bools, NodeRelaxation]  # columns left, switches on, and the relaxation over them


@dataclass(frozen=True)
class BranchingSolution:
    """Weights (n,) of the columns in the best plan below the cut, or None; whether that is proven.

    `stalled`: not proven, so near to the bound and after so many halvings without a better plan that more of
    them would not help.
    """

    weight: Floats | None
    proven: bool
    stalled: bool = False


def branch_and_bound(model: BranchingModel, cut: float, seconds: float) -> BranchingSolution:
    """The best choice of one mix a label worth less than `cut`; a mix is the columns on the same offers."""
    end = perf_counter() + seconds
    search = _Search(model, cut, end)
    parted_at, best = 0, search.best
    for parted in count():
        if not search.open or perf_counter() > end:
            break
        if search.best < best:
            parted_at, best = parted, search.best
        elif parted - parted_at >= search.patience:
            return BranchingSolution(search.weight, False, stalled=True)
        for half in search.parted():
            search.look(*half)
    return BranchingSolution(search.weight, not search.open)


class _Search:
    """The nodes to part, the least bound first, and the best plan so far."""

    def __init__(self, model: BranchingModel, cut: float, end: float) -> None:
        self.model, self.best, self.weight, self.end = model, cut, None, end
        self.heap: list[tuple[float, int, _Node]] = []
        self.number, self.tried = count(), set[bytes]()
        self.refusals = 0  # nodes whose choices were too many to try out
        self.look(np.arange(len(model.value)), np.zeros(len(model.kind), dtype=bool))

    weight: Floats | None

    @property
    def open(self) -> bool:
        """Whether there may be a better plan."""
        return bool(self.heap) and self._promises(self.heap[0][0])

    @property
    def patience(self) -> float:
        """After how many halvings without a better plan it is left as it is: of few labels, never."""
        gap = (self.best - self.heap[0][0]) / max(abs(self.best), TINY)
        if self.model.labels < STALL_LABELS or not gap <= STALL_GAP:
            return np.inf
        return STALL_FEW_NODES if gap <= BOUND_TOL else STALL_NODES

    def look(self, left: Ints, on: Bools, hint: Floats | None = None) -> None:
        """Bounds the plans out of these columns, and keeps those that may be in a better one.

        `hint` (n,): columns of little are likely in the relaxation.
        """
        left = self.model.allowed(left, on)
        relaxation = self.model.relaxed(left, on, hint)
        if relaxation is None or not self._promises(relaxation.value):
            return
        chosen = self._heaviest(left, relaxation.weight)
        if (
            not relaxation.weight[~chosen].any()
            and self._parts(relaxation).max(initial=0.0) <= INTEGRALITY_TOL
        ):
            self.best, self.weight = relaxation.value, np.zeros(len(self.model.value))
            self.weight[left] = relaxation.weight
            return
        most_used = on | (relaxation.used > 0.5)
        if (key := left[chosen].tobytes() + most_used.tobytes()) not in self.tried:
            self.tried.add(key)
            if len(self.tried) == 1:
                self._exchange(left, relaxation)
            self.look(left[chosen], most_used)
        if self._promises(relaxation.value):
            keep = (
                self._by_mix(np.minimum, left, relaxation.reduced, np.inf)
                < self.best - self._enough(relaxation.value) - relaxation.value
            )
            node = NodeRelaxation(
                relaxation.weight[keep],
                relaxation.reduced[keep],
                relaxation.charge[keep],
                relaxation.used,
                relaxation.value,
            )
            if not self._complete(left[keep], on, node):
                heappush(self.heap, (relaxation.value, next(self.number), (left[keep], on, node)))

    def _exchange(self, left: Ints, relaxation: NodeRelaxation) -> None:
        """A plan near the first relaxation: its switches rounded, one column a label."""
        model, on = self.model, np.zeros(len(relaxation.used), dtype=bool)
        for kind, max_on in enumerate(model.max_on):
            of_kind = np.flatnonzero(model.kind == kind)
            on[of_kind[np.argsort(-relaxation.used[of_kind], kind="stable")[:max_on]]] = True
        left = model.without(left, ~on)
        rounded = model.relaxed(left, on, None)
        if rounded is None:
            return
        label = model.label[left]
        left = left[order := np.argsort(label, kind="stable")]
        weight, label = rounded.weight[order], label[order]
        choices = Choices(label, model.value[left], model.load[:, left], rounded.reduced[order], model.limit)
        heaviest = np.lexsort((-weight, label))[np.searchsorted(label, np.arange(model.labels))]
        enough = relaxation.value + self._enough(relaxation.value)
        chosen = exchange(choices, heaviest, enough, self.end)
        if chosen is not None and (worth := float(choices.value[chosen].sum())) < self.best:
            self.best, self.weight = worth, np.zeros(len(model.value))
            self.weight[left[chosen]] = 1.0

    def _complete(self, left: Ints, on: Bools, node: NodeRelaxation) -> bool:
        """Tries every choice of the node's columns out, where no switch is open and they are few."""
        model = self.model
        if self.refusals >= MAX_REFUSALS or len(np.unique(model.mix[left])) < len(left):
            return False
        if len(np.unique(model.label[left])) < model.labels:
            return False
        need = on.copy()
        need[model.switch[np.isin(model.at, left)]] = True
        if any(need[model.kind == kind].sum() > max_on for kind, max_on in enumerate(model.max_on)):
            return False
        order = np.argsort(model.label[left], kind="stable")
        left = left[order]
        choices = Choices(
            model.label[left], model.value[left], model.load[:, left], node.reduced[order], model.limit
        )
        try:
            chosen = best_choice(choices, self.best - node.value)
        except TooMany:
            self.refusals += 1
            return False
        if chosen is not None and (worth := float(choices.value[chosen].sum())) < self.best:
            self.best, self.weight = worth, np.zeros(len(model.value))
            self.weight[left[chosen]] = 1.0
        return True

    @staticmethod
    def _enough(value: float) -> float:
        """How near to a bound of this value, above it, a plan is optimal."""
        return max(CUTOFF_TOL, OPTIMALITY_TOL / 2 * abs(value))

    def parted(self) -> Iterator[tuple[Ints, Bools, Floats]]:
        """The best node in two: columns left (n,), switches on (switches,), reduced costs (all,)."""
        left, on, relaxation = heappop(self.heap)[2]
        hint = np.full(len(self.model.value), np.inf)
        hint[left] = relaxation.reduced
        part = self._parts(relaxation)
        if part.max(initial=0.0) > INTEGRALITY_TOL:
            branched = np.arange(len(on)) == part.argmax()
            yield left, on | branched, hint
            yield self.model.without(left, branched), on, hint
            return
        label, labels = self.model.label[left], self.model.labels
        low = self._by_mix(np.minimum, left, relaxation.charge, np.inf)
        middle = (low + self._by_mix(np.maximum, left, relaxation.charge, -np.inf)) / 2
        mean = np.bincount(label, relaxation.weight * middle, labels)[label]
        spread = np.bincount(label, relaxation.weight * abs(middle - mean), labels)
        mine, first = label == spread.argmax(), middle <= mean
        if spread.max() <= INTEGRALITY_TOL:  # mixes that are charged the same: one of them, and the others
            first = self._heaviest(left, relaxation.weight)
            mine = label == label[~first & (relaxation.weight > 0)][0]
        for half in (first, ~first):
            yield left[half | ~mine], on, hint

    @staticmethod
    def _parts(relaxation: NodeRelaxation) -> Floats:
        """(switches,) how far each is from being on or off."""
        return np.minimum(relaxation.used, 1 - relaxation.used)

    def _promises(self, bound: float) -> bool:
        return bound < self.best - (self._enough(bound) if np.isfinite(self.best) else CUTOFF_TOL)

    def _heaviest(self, left: Ints, weight: Floats) -> Bools:
        """(m,) whether a column left is of its label's mix of the most weight."""
        weight = self._by_mix(np.add, left, weight, 0.0)
        order = np.lexsort((-weight, self.model.label[left]))
        _, first = np.unique(self.model.label[left[order]], return_index=True)
        mix = self.model.mix[left]
        return np.isin(mix, mix[order[first]])

    def _by_mix(self, gather: np.ufunc, left: Ints, figures: Floats, start: float) -> Floats:
        """(m,) the columns' figures gathered over their mixes."""
        mix = self.model.mix
        out = np.full(int(mix.max()) + 1, start)
        gather.at(out, mix[left], figures)
        return np.asarray(out[mix[left]])
