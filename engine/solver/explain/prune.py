"""Which pairs of label and offer the nearest routing may need: none that another beats in all that counts.

A share that moves to a better offer must break no rule that couples labels: the better one has no rate limit,
needs no gate that the other does not, and is of the same provider (model) where those are counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compile.normal import Z95
from ..compile.problem import Bools, Floats, Ints
from ..mixes.dominance import skyline
from .ask import Ask
from .gates import Gate

UNKNOWN = 1e30  # worse than any figure


def pruned(ask: Ask, some: Bools, gates: Sequence[Gate], most: float) -> Bools:
    """The pairs of `some` (L, N) but for those that another pair of the label beats."""
    able, needs = some.copy(), _needs(some.shape, gates)
    able[:, [int(rule.offers[0]) for rule in ask.free.couplings]] = False
    kept = some.copy()
    for row, name in enumerate(ask.free.labels):
        pinned = [ask.table.index[offer] for offer in ask.routing.labels[name].pin]
        able[row, pinned] = False
        ix = np.flatnonzero(some[row])
        lost = _beaten(_metrics(ask, row, ix, most), able[row, ix], _group(ask, row, ix), needs[row, ix])
        kept[row, ix[lost]] = False
        kept[row, pinned] = some[row, pinned]
    return kept


def _needs(shape: tuple[int, ...], gates: Sequence[Gate]) -> Ints:
    """(L, N) a number that pairs have in common that need the same gates; 0: none but of thresholds.

    The gates of lists of offers are each of one pair, so that one stands for another.
    """
    needs, codes = np.zeros(shape, np.int64), np.random.default_rng(0)
    known: dict[tuple[str, object], int] = {}
    for gate in gates:
        if gate.path.endswith((".context", ".min_quality_each")) and gate.item is not None:
            continue
        alike = gate.path.endswith((".allow", ".deny"))
        key = (gate.path, None if alike else gate.item)
        known.setdefault(key, int(codes.integers(1, 2**62)))
        needs[np.array(gate.labels)[:, None], gate.offers] ^= known[key]
    return needs


def _group(ask: Ask, row: int, ix: Ints) -> Ints:
    """(n,) a number that offers have in common which a rule across offers cannot tell apart."""
    limits, label = ask.routing.limits, ask.routing.labels[ask.free.labels[row]]
    group = np.zeros(len(ix), np.int64)
    if limits.max_providers is not None or limits.max_provider_share is not None or label.min_providers > 1:
        group += ask.table.provider[ix]
    if limits.max_models is not None:
        group += ask.table.model[ix] * (len(ask.table.providers) + 1)
    return group


def _metrics(ask: Ask, row: int, ix: Ints, most: float) -> Floats:
    """(n, d) all that counts of each offer, smaller is better; UNKNOWN where a figure is."""
    label, quality = ask.routing.labels[ask.free.labels[row]], ask.free.quality[row, ix]
    columns = [ask.free.cost[row, ix], -np.minimum(ask.table.window[ix], label.fits)]
    if label.min_quality is not None:
        columns.append(-quality)
    if label.min_quality_each is not None:
        columns.append(-np.minimum(quality, label.min_quality_each))
    if label.latency_limit is not None:
        # Whether one lognormal is later than another is linear in the logarithm of the limit.
        sigma = np.maximum(np.log(np.maximum(ask.table.spread[ix], 1.0)) / Z95, 1e-9)
        median = np.log(np.maximum(ask.median[row, ix], 1e-300))
        for limit in (label.latency_limit, label.latency_limit * (1 + most)):
            columns.append((median - np.log(limit)) / sigma)
    metrics = np.column_stack(columns)
    return np.where(np.isnan(metrics), UNKNOWN, metrics)


def _beaten(metrics: Floats, able: Bools, group: Ints, needs: Ints) -> Ints:
    """The rows that an able one of their group beats which needs the same gates, or none."""
    lost = np.zeros(len(group), dtype=bool)
    for one in np.unique(group):
        mine = np.flatnonzero(group == one)
        for what in np.unique(needs[mine]):
            same = mine[needs[mine] == what]
            best = same[able[same]]
            best = best[skyline(metrics[best], group[best])]
            others = same if what else mine
            others = others[~np.isin(others, best)]
            if len(best) and len(others):
                beats = (metrics[best][:, None] <= metrics[others][None]).all(axis=2).any(axis=0)
                lost[others[beats]] = True
    return np.flatnonzero(lost)
