"""Every offer of the catalogue against one label, alone: money, quality, speed, broken rules, dominance.

Offers that another offer beats for a label: no dearer, no worse, no later, and better in one of these.

A limit across labels can bring such an offer in all the same: it is said, never used to drop one.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.special import ndtri

from ...domain.errors import InputError, nearest
from ...domain.explanation import Break, Dominated
from ...domain.routing import Routing
from ...domain.standing import Standing, Standings
from ..compile.compiler import Compiler
from ..compile.eligibility import rules
from ..compile.formulas import HOURS_A_MONTH, MINUTES_A_MONTH, Z95
from ..compile.problem import Bools, Floats, Ints, Problem
from ..mixes.dominance import skyline

BLOCK = 256  # offers compared with all others at a time


def standings(routing: Routing, compiler: Compiler, name: str) -> Standings:
    """How every offer stands for label `name`. Raises InputError for an unknown label."""
    if name not in routing.labels:
        raise InputError(f"no label {name!r}{nearest(name, routing.labels)}", key="label")
    label, table, rows = routing.labels[name], compiler.table, compiler.rows(routing, name)
    requests = label.requests * routing.limits.growth
    needed = _needed(requests * routing.limits.peak / MINUTES_A_MONTH, rows.tokens, compiler)
    cost = requests * rows.request
    cost[table.hosts] += HOURS_A_MONTH * table.usd_per_hour * np.ceil(needed[table.hosts] - 1e-9)
    tail = np.exp(np.log(np.maximum(table.spread, 1.0)) / Z95 * ndtri(label.percentile / 100))
    latency = rows.median * tail
    limited = label.latency_limit is not None
    carries = np.where(needed > 1, 1 / np.maximum(needed, 1), 1.0)
    carries[table.hosts] = 1.0  # more replicas carry more
    breaks: dict[int, list[Break]] = defaultdict(list)
    for rule in rules(routing, table, name):
        for i in np.flatnonzero(rule.broken):
            breaks[int(i)].append(Break(rule=rule.path, reason=rule.reason(int(i))))
    by = _dominators(routing, compiler, name, cost, carries)
    return Standings(
        label=name,
        offers=tuple(
            Standing(
                offer=key,
                cost=float(cost[i]),
                quality=_known(rows.quality[i]),
                late=float(rows.late[i]) if limited and not np.isnan(latency[i]) else None,
                latency=_known(latency[i]),
                carries=float(carries[i]),
                breaks=tuple(breaks.get(i, ())),
                dominated_by=table.offers[by[i]] if by[i] >= 0 else None,
            )
            for i, key in enumerate(table.offers)
        ),
    )


def _dominators(routing: Routing, compiler: Compiler, name: str, cost: Floats, carries: Floats) -> Ints:
    """(N,) by which other offer each is dominated, such that no plan needs it: what plans weigh counts.

    Better is what is cheaper, of higher quality or of lower median latency, as ties go; nowhere worse also in
    lateness and in what its rate limits carry. Where a rule counts providers or models, only offers of the
    same one stand in for each other. Self-hosted offers, whose rent all labels share, and pinned ones do not.
    """
    label, limits, table, rows = (
        routing.labels[name],
        routing.limits,
        compiler.table,
        compiler.rows(routing, name),
    )
    comparable = rows.eligible.copy()
    comparable[table.hosts] = False
    comparable[[table.index[offer] for offer in label.pin if offer in table.index]] = False
    late = np.where(np.isnan(rows.median), np.inf, rows.late)
    kinds = np.zeros(len(cost), dtype=np.int64)
    if label.min_providers > 1 or limits.max_providers is not None or limits.max_provider_share is not None:
        kinds = table.provider
    if limits.max_models is not None:
        kinds = kinds * len(table.models) + table.model
    found = np.full(len(cost), -1, dtype=np.int64)
    for kind in np.unique(kinds[comparable]):
        among = np.flatnonzero(comparable & (kinds == kind))
        by = dominators(cost, rows.quality, rows.median, among, late, -carries)
        found[among] = by[among]
    return found


def dominators(cost: Floats, quality: Floats, latency: Floats, among: Ints, *also: Floats) -> Ints:
    """(N,) for each offer of `among` the cheapest other that is nowhere worse and somewhere better; else -1.

    What is unknown (nan) counts as the worst: it beats nothing that is known. Equal costs go by the higher
    quality, then by the order of the offers. In figures of `also`, less of which is better, the other is not
    worse, but being better in them alone does not count.
    """
    found = np.full(len(cost), -1, dtype=np.int64)
    worst = np.column_stack([cost, -np.nan_to_num(quality, nan=-np.inf), np.nan_to_num(latency, nan=np.inf)])[
        among
    ]
    order = np.lexsort((worst[:, 1], worst[:, 0]))
    worst, named = worst[order], among[order]
    least = np.column_stack([figure[named] for figure in also]) if also else np.zeros((len(named), 0))
    for start in range(0, len(named), BLOCK):
        mine = worst[start : start + BLOCK, None]
        beats: Bools = np.asarray((worst <= mine).all(axis=2) & (worst < mine).any(axis=2))
        beats &= (least <= least[start : start + BLOCK, None]).all(axis=2)
        first = beats.argmax(axis=1)
        some = beats[np.arange(len(first)), first]
        found[named[start : start + BLOCK]] = np.where(some, named[first], -1)
    return found


def _needed(minute: float, tokens: Floats, compiler: Compiler) -> Floats:
    """(N,) the label's peak traffic over an offer's rate limits: of one replica where it is self-hosted."""
    by_requests = np.nan_to_num(minute / compiler.table.rpm)
    by_tokens = np.nan_to_num(minute * tokens / compiler.table.tpm)
    return np.asarray(np.maximum(by_requests, by_tokens))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def dominated(problem: Problem, row: int) -> tuple[Dominated, ...]:
    """The eligible offers of the label at `row` that are beaten, by name, each with its cheapest better."""
    p = problem
    ix = np.flatnonzero(p.eligible[row])
    late = p.late[row, ix] if np.isfinite(p.max_late[row]) else np.zeros(len(ix))
    metrics = np.column_stack([p.cost[row, ix], -np.nan_to_num(p.quality[row, ix]), late])
    best = skyline(metrics, p.provider[ix])
    best = best[np.lexsort((ix[best], -metrics[best, 1], metrics[best, 0]))]
    found = []
    for at in range(len(ix)):
        beats = (metrics[best] <= metrics[at]).all(axis=1) & (metrics[best] < metrics[at]).any(axis=1)
        if beats.any():
            by = int(best[beats.argmax()])
            dearer, worse, later = (float(gap) for gap in metrics[at] - metrics[by])
            found.append(
                Dominated(
                    label=p.labels[row],
                    offer=p.offers[ix[at]],
                    by=p.offers[ix[by]],
                    dearer=dearer,
                    worse=worse,
                    later=later,
                )
            )
    return tuple(found)
