"""Rules that shut single offers out, as gates: what opening each costs, and whom it lets in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...domain.routing import Label
from ..compile.problem import Bools, Floats, Ints
from .ask import GIVEN, Ask


@dataclass(frozen=True)
class Gate:
    """One thing that a rule may give up.

    `item` is the item of its list, the new value of its threshold, or None where the rule is dropped. These
    `offers` of the `labels` serve only where the gate is open, or the rule dropped. A threshold's gates add
    up: who needs the second needs the first. One that nothing opens weighs inf.
    """

    path: str
    weight: float
    item: Any
    labels: tuple[int, ...]
    offers: Ints


def gates(ask: Ask, most: float) -> list[Gate]:
    """Every gate of the rules in force; what would move by more than `most` in all is not to be opened."""
    found = [*_whole(ask), *_unscored(ask)]
    for row, (name, label) in enumerate(ask.routing.labels.items()):
        found += _label(ask, row, f"labels.{name}", label, most)
    return [gate if gate.path in ask.soft and gate.weight <= most else _shut(gate) for gate in found]


def _shut(gate: Gate) -> Gate:
    return Gate(gate.path, np.inf, gate.item, gate.labels, gate.offers)


def _whole(ask: Ask) -> Iterator[Gate]:
    """The limits' lists and switches, for all labels at once."""
    limits, table = ask.routing.limits, ask.table
    every = tuple(range(len(ask.free.labels)))

    def gate(name: str, item: Any, needs: Bools) -> Gate:
        return Gate(f"limits.{name}", GIVEN, item, every, np.flatnonzero(needs))

    sets = (("providers", table.providers, table.provider), ("models", table.models, table.model))
    for name, names, code in sets:
        listed, denied = getattr(limits, name), {*getattr(limits, f"deny_{name}")}
        for place, one in enumerate(names):
            if listed is not None and one not in listed:
                yield gate(name, one, code == place)
            if one in denied:
                yield gate(f"deny_{name}", one, code == place)
    if limits.open_weights:
        yield gate("open_weights", None, ~table.open_weights)
    if not limits.trains_on_data:
        yield gate("trains_on_data", None, table.trains != 0)


def _label(ask: Ask, row: int, at: str, label: Label, most: float) -> Iterator[Gate]:
    """A label's own lists and thresholds."""
    table, none = ask.table, np.zeros(len(ask.table.offers), dtype=bool)

    def gate(name: str, item: Any, needs: Ints) -> Gate:
        return Gate(f"{at}.{name}", GIVEN, item, (row,), needs)

    for feature in label.features:
        yield gate("features", feature, np.flatnonzero(~table.features.get(feature, none)))
    if label.allow is not None:
        for offer in sorted({*table.offers} - {*label.allow}):
            yield gate("allow", offer, np.array([table.index[offer]]))
    for offer in sorted({*label.deny} & {*table.offers}):
        yield gate("deny", offer, np.array([table.index[offer]]))
    yield from _levels(ask, row, f"{at}.context", table.window, most)
    if label.min_quality_each is not None:
        yield from _levels(ask, row, f"{at}.min_quality_each", ask.free.quality[row], most)
    if label.latency_limit is not None:
        yield gate("max_latency", None, np.flatnonzero(np.isnan(ask.median[row])))
    for offer in label.pin:
        yield gate("pin", offer, np.zeros(0, np.int64))


def _levels(ask: Ask, row: int, path: str, has: Floats, most: float) -> Iterator[Gate]:
    """A gate for every lower value of the rule that lets in offers of which it asks more than they have."""
    asked = above = ask.says(path)
    short = ask.free.eligible[row] & (has < asked - 1e-9)
    if path not in ask.soft:
        yield Gate(path, np.inf, None, (row,), np.flatnonzero(short))
        return
    for value in sorted({ask.outward(path, float(one), -1) for one in has[short]}, reverse=True):
        beyond = np.flatnonzero(short & (has < above - 1e-9))
        if (asked - value) / ask.scale(path) > most:
            yield Gate(path, np.inf, value, (row,), beyond)
            return
        yield Gate(path, (above - value) / ask.scale(path), value, (row,), beyond)
        above = value


def _unscored(ask: Ask) -> Iterator[Gate]:
    """Offers of unknown quality need every quality rule of the label dropped."""
    for row, (name, label) in enumerate(ask.routing.labels.items()):
        unknown = np.flatnonzero(np.isnan(ask.free.quality[row]))
        for rule in ("min_quality", "min_quality_each"):
            if getattr(label, rule) is not None:
                yield Gate(f"labels.{name}.{rule}", GIVEN, None, (row,), unknown)
        if ask.ranked:
            yield Gate("objective", GIVEN, None, (row,), unknown)
