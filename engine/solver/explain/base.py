"""What every part of the elastic model stands on: the gates, the shares behind them, and the slacks."""

from __future__ import annotations

import numpy as np

from ..compile.problem import Ints
from ..models.builder import Sheet
from .ask import Ask
from .gates import Gate, gates
from .prune import pruned


class Base:
    """Columns of a routing's elastic model; `most` is the most it may move in all.

    Shares `x` of the pairs `label`, `offer` that any movement within `most` lets in, at `place` (L, N; -1:
    none); replicas `n`.
    """

    def __init__(self, ask: Ask, most: float) -> None:
        self.ask, self.most, self.sheet = ask, most, Sheet()
        self.weight: dict[int, float] = {}  # column -> movement of each unit
        self.gates: dict[tuple[str, object], tuple[int, Gate]] = {}
        self.slacks: dict[str, tuple[int, float]] = {}  # path -> column, the rule's unit in one of its
        self._pairs(self._gated())
        self._pins()

    def _gated(self) -> list[tuple[Gate, list[int]]]:
        """Every gate with the columns that open it."""
        found = gates(self.ask, self.most)
        for gate in found:
            key = gate.path, gate.item
            if np.isfinite(gate.weight) and key not in self.gates:
                column = int(self.sheet.columns(1, whole=True)[0])
                self.gates[key], self.weight[column] = (column, gate), gate.weight
        ways = [{(gate.path, gate.item), (gate.path, None)} & self.gates.keys() for gate in found]
        return [(gate, [self.gates[key][0] for key in way]) for gate, way in zip(found, ways, strict=True)]

    def _pairs(self, gated: list[tuple[Gate, list[int]]]) -> None:
        """The shares, and the gates before them."""
        ask, sheet = self.ask, self.sheet
        some = ask.free.eligible.copy()
        for gate, opens in gated:
            if not opens:
                some[np.array(gate.labels)[:, None], gate.offers] = False
        some = pruned(ask, some, [gate for gate, _ in gated], self.most)
        self.label, self.offer = np.nonzero(some)
        self.x = sheet.columns(len(self.label))
        self.place = np.full(some.shape, -1)
        self.place[self.label, self.offer] = self.x
        self.n = sheet.columns(len(ask.free.hosts), np.inf, whole=True)
        sheet.put(sheet.rows(len(some), 1.0, 1.0)[self.label], self.x, 1.0)
        for gate, opens in gated:
            for label in gate.labels if opens else ():
                columns = self.place[label, gate.offers]
                row = sheet.rows(1, -np.inf, 0.0)
                sheet.put(row, columns[columns >= 0], 1.0)
                sheet.put(row, np.array(opens), -1.0)

    def _pins(self) -> None:
        """Each pinned share, unless it is given up."""
        index = self.ask.table.index
        for row, (name, label) in enumerate(self.ask.routing.labels.items()):
            for offer, share in label.pinned.items():
                x, gate = int(self.place[row, index[offer]]), self.gates.get((f"labels.{name}.pin", offer))
                low, high = self.sheet.rows(1, share, np.inf), self.sheet.rows(1, -np.inf, share)
                if x >= 0:
                    self.sheet.put(low, x, 1.0)
                    self.sheet.put(high, x, 1.0)
                if gate is not None:
                    self.sheet.put(low, gate[0], share)
                    self.sheet.put(high, gate[0], share - 1)

    def slack(
        self, row: Ints, path: str, sign: int, most: float = np.inf, *, whole: bool = False, per: float = 1.0
    ) -> None:
        """Lets the rule give way in these rows (its unit over `per`), all alike, up to `most`."""
        if path not in self.ask.soft:
            return
        scale = self.ask.scale(path)
        if path not in self.slacks:
            unit, weight = (1.0, 1 / scale) if whole else (scale, 1.0)
            column = int(self.sheet.columns(1, min(most / unit, self.most / weight), whole=whole)[0])
            self.slacks[path], self.weight[column] = (column, unit), weight
        column, unit = self.slacks[path]
        self.sheet.put(row, column, sign * unit / per)
