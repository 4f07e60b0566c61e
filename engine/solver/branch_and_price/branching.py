"""One mix a label under rules across labels: branch and bound that halves a label's choice.

HiGHS branches on one mix at a time, which tells next to nothing of the others. Here a model (or a provider)
that the relaxation uses in part is kept or left out; where there is none, the mixes that a label has in the
relaxation are put in order by what the rules charge for them and parted in two (Beale and Tomlin 1970). What
cannot be in a plan better than the best one known leaves by its reduced cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from time import perf_counter

import numpy as np

from ..compile.problem import Bools, Floats, Ints
from .switched import Relaxed, Switched

CLOSE = 1e-10  # of the scale: no nearer to the bound need a plan be
WHOLE = 1e-9  # a switch this near to on or off is that
_Node = tuple[Ints, Bools, Relaxed]  # columns left, switches on, and the relaxation over them


@dataclass(frozen=True)
class Halved:
    """Weights (n,) of the columns in the best plan below the cut, or None; whether that is proven."""

    weight: Floats | None
    proven: bool


def halved(model: Switched, cut: float, seconds: float) -> Halved:
    """The best choice of one mix a label worth less than `cut`; a mix is the columns on the same offers."""
    end = perf_counter() + seconds
    search = _Search(model, cut)
    while search.open and perf_counter() < end:
        for half in search.parted():
            search.look(*half)
    return Halved(search.weight, not search.open)


class _Search:
    """The nodes to part, the least bound first, and the best plan so far."""

    def __init__(self, model: Switched, cut: float) -> None:
        self.model, self.best, self.weight = model, cut, None
        self.heap: list[tuple[float, int, _Node]] = []
        self.number, self.tried = count(), set[bytes]()
        self.look(np.arange(len(model.value)), np.zeros(len(model.kind), dtype=bool))

    weight: Floats | None

    @property
    def open(self) -> bool:
        """Whether there may be a better plan."""
        return bool(self.heap) and self._promises(self.heap[0][0])

    def look(self, left: Ints, on: Bools, hint: Floats | None = None) -> None:
        """Bounds the plans out of these columns, and keeps those that may be in a better one.

        `hint` (n,): columns of little are likely in the relaxation.
        """
        left = self.model.allowed(left, on)
        found = self.model.relaxed(left, on, hint)
        if found is None or not self._promises(found.value):
            return
        chosen = self._heaviest(left, found.weight)
        if not found.weight[~chosen].any() and self._parts(found).max(initial=0.0) <= WHOLE:
            self.best, self.weight = found.value, np.zeros(len(self.model.value))
            self.weight[left] = found.weight
            return
        most_used = on | (found.used > 0.5)
        if (key := left[chosen].tobytes() + most_used.tobytes()) not in self.tried:
            self.tried.add(key)
            self.look(left[chosen], most_used)
        if self._promises(found.value):
            keep = self._by_mix(np.minimum, left, found.reduced, np.inf) < self.best - CLOSE - found.value
            node = Relaxed(
                found.weight[keep], found.reduced[keep], found.charge[keep], found.used, found.value
            )
            heappush(self.heap, (found.value, next(self.number), (left[keep], on, node)))

    def parted(self) -> Iterator[tuple[Ints, Bools, Floats]]:
        """The most promising node in two: columns left, switches on, and the node's reduced costs."""
        left, on, found = heappop(self.heap)[2]
        hint = np.full(len(self.model.value), np.inf)
        hint[left] = found.reduced
        part = self._parts(found)
        if part.max(initial=0.0) > WHOLE:
            one = np.arange(len(on)) == part.argmax()
            yield left, on | one, hint
            yield self.model.without(left, one), on, hint
            return
        label, labels = self.model.label[left], self.model.labels
        low = self._by_mix(np.minimum, left, found.charge, np.inf)
        middle = (low + self._by_mix(np.maximum, left, found.charge, -np.inf)) / 2
        mean = np.bincount(label, found.weight * middle, labels)[label]
        spread = np.bincount(label, found.weight * abs(middle - mean), labels)
        mine, first = label == spread.argmax(), middle <= mean
        if spread.max() <= 1e-9:  # mixes that are charged the same: one of them, and the others
            first = self._heaviest(left, found.weight)
            mine = label == label[~first & (found.weight > 0)][0]
        for half in (first, ~first):
            yield left[half | ~mine], on, hint

    @staticmethod
    def _parts(found: Relaxed) -> Floats:
        """(switches,) how far each is from being on or off."""
        return np.minimum(found.used, 1 - found.used)

    def _promises(self, bound: float) -> bool:
        return bound < self.best - CLOSE

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
