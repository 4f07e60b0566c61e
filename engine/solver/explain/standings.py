"""Every offer of the catalogue against one label, alone: money, quality, speed, broken rules, dominance.

A limit across labels can bring in a dominated offer all the same: it is said, never used to drop one.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.special import ndtri

from ...domain.errors import InputError, nearest
from ...domain.explanation import Break, Dominated, Standing, Standings
from ...domain.references import points_of
from ...domain.routing import HOURS_A_MONTH, Label, Routing
from ..compile.compiler import Compiler, LabelRows
from ..compile.eligibility import eligibility_rules
from ..compile.formulas import PEAK_LIMITS, Z95
from ..compile.problem import Bools, Floats, Ints, Problem
from ..compile.subscriptions import plan_classes
from ..coverage import coverage_classes
from ..mixes.dominance import no_worse, nondominated
from ..tolerances import LABEL_RULE_TOL, REPLICA_TOL

BLOCK = 64  # offers compared at a time


def standings(routing: Routing, compiler: Compiler, name: str) -> Standings:
    """How every offer stands for label `name`. Raises InputError for an unknown label."""
    if name not in routing.labels:
        raise InputError(f"no label {name!r}{nearest(name, routing.labels)}", key="label")
    label, table, rows = routing.labels[name], compiler.table, compiler.rows(routing, name)
    requests = label.requests * routing.limits.growth
    load = _rate_load(requests, routing.limits.peak, rows.loads)
    cost = requests * rows.request
    replicas = np.ceil(load[table.self_hosted] - REPLICA_TOL)
    cost[table.self_hosted] += HOURS_A_MONTH * table.usd_per_hour[table.host] * replicas
    # Lognormal (contract: latency): a percentile is the median times exp(sigma * z).
    tail = np.exp(np.log(np.maximum(rows.spread, 1.0)) / Z95 * ndtri(label.percentile / 100))
    latency = rows.median * tail
    limited = label.latency_limit is not None
    carries = np.where(load > 1, 1 / np.maximum(load, 1), 1.0)
    carries[table.self_hosted] = 1.0  # more replicas carry more
    breaks: dict[int, list[Break]] = defaultdict(list)
    for rule in eligibility_rules(routing, table, name):
        for i in np.flatnonzero(rule.broken):
            breaks[int(i)].append(Break(rule=rule.path, reason=rule.reason(int(i))))
    too_poor, too_late = _misses(compiler.resolved(routing).labels[name], rows)
    dominator = _dominators(routing, compiler, name, cost, carries)
    return Standings(
        label=name,
        offers=tuple(
            Standing(
                offer=key,
                cost=float(cost[i]),
                quality=_none_if_nan(rows.quality[i]),
                counted=_none_if_nan(rows.counted[i]),
                late=float(rows.late[i]) if limited and not np.isnan(latency[i]) else None,
                latency=_none_if_nan(latency[i]),
                carries=float(carries[i]),
                breaks=tuple(breaks.get(i, ())),
                misses=("min_quality",) * bool(too_poor[i]) + ("max_latency",) * bool(too_late[i]),
                dominated_by=table.offers[dominator[i]] if dominator[i] >= 0 else None,
            )
            for i, key in enumerate(table.offers)
        ),
    )


def _misses(label: Label, rows: LabelRows) -> tuple[Bools, Bools]:
    """(N,) whether each offer alone is of less counted quality than the label asks for, and late too often.

    `label` has its floor in points.
    """
    floor = points_of(label.min_quality)
    too_poor = np.zeros(len(rows.late), dtype=bool)
    if floor is not None:
        too_poor = ~(rows.counted >= floor - LABEL_RULE_TOL)
    if label.latency_limit is None:
        return too_poor, np.zeros(len(rows.late), dtype=bool)
    return too_poor, np.isnan(rows.median) | (rows.late > 1 - label.percentile / 100 + LABEL_RULE_TOL)


def _rate_load(requests: float, peak: float, loads: dict[str, Floats]) -> Floats:
    """(N,) the label's traffic over the tightest rate limit of each offer: of one replica where self-hosted.

    Contract: rate limits. `loads` are of a request a month.
    """
    at_peak = [requests * (peak if kind in PEAK_LIMITS else 1.0) * load for kind, load in loads.items()]
    return np.asarray(np.nan_to_num(at_peak).max(axis=0))


def _none_if_nan(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)


def _dominators(routing: Routing, compiler: Compiler, name: str, cost: Floats, carries: Floats) -> Ints:
    """(N,) by which other offer each is dominated, such that no plan needs it: what plans weigh counts.

    Better is what is cheaper, of higher quality or of lower median latency, as ties go; nowhere worse also in
    lateness and in what its rate limits carry. Where a rule counts providers or models, only offers of the
    same one stand in for each other; of those that subscriptions cover, only those that the same ones do.
    Self-hosted offers, whose rent all labels share, and pinned ones do not.
    """
    label, limits, table = routing.labels[name], routing.limits, compiler.table
    rows = compiler.rows(routing, name)
    comparable = rows.eligible.copy()
    comparable[table.self_hosted] = False
    comparable[[table.index[offer] for offer in label.pin if offer in table.index]] = False
    late = np.where(np.isnan(rows.median), np.inf, rows.late)
    groups = np.zeros(len(cost), dtype=np.int64)
    if label.min_providers > 1 or limits.max_providers is not None or limits.max_provider_share is not None:
        groups = table.provider
    if limits.max_models is not None:
        groups = groups * len(table.base_models) + table.base_model
    also = [late, -carries]
    if limits.plans:  # what a subscription covers may be used though it is dearer at list
        classes = plan_classes(limits, table)
        groups, also = groups * (int(classes.max(initial=0)) + 1) + classes, [*also, rows.tokens]
    dominator = np.full(len(cost), -1, dtype=np.int64)
    for group in np.unique(groups[comparable]):
        members = np.flatnonzero(comparable & (groups == group))
        within_group = dominators(cost, rows.counted, rows.median, members, *also)
        dominator[members] = within_group[members]
    return dominator


def dominators(cost: Floats, quality: Floats, latency: Floats, among: Ints, *also: Floats) -> Ints:
    """(N,) for each offer of `among` the cheapest other that is nowhere worse and somewhere better; else -1.

    What is unknown (nan) counts as the worst: it beats nothing that is known. Equal costs go by the higher
    quality, then the lower latency, then by the order of the offers. In figures of `also`, less of which is
    better, the other is not worse, but being better in them alone does not count.
    """
    dominator = np.full(len(cost), -1, dtype=np.int64)
    quality, latency = np.nan_to_num(quality, nan=-np.inf), np.nan_to_num(latency, nan=np.inf)
    metrics = np.column_stack([cost, -quality, latency])[among]
    order = np.lexsort((metrics[:, 2], metrics[:, 1], metrics[:, 0]))
    metrics, offers = metrics[order], among[order]
    more = np.column_stack([figure[offers] for figure in also]) if also else np.zeros((len(offers), 0))
    metrics, strict = np.column_stack([metrics, more]), metrics
    # What beats an offer stands before it, and the first that does is beaten by none.
    unbeaten = np.zeros(0, dtype=np.int64)
    for start in range(0, len(offers), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(offers)))
        before = np.concatenate([unbeaten, block])
        beats = no_worse(metrics, block, before) & ~no_worse(-strict, block, before)
        first = beats.argmax(axis=1)
        beaten = beats[np.arange(len(first)), first]
        dominator[offers[block]] = np.where(beaten, offers[before[first]], -1)
        unbeaten = np.concatenate([unbeaten, block[~beaten]])
    return dominator


def dominated_offers(problem: Problem, row: int) -> tuple[Dominated, ...]:
    """The eligible offers of the label at `row` that another beats, each with the cheapest that does.

    Beaten: no cheaper, no better, no earlier, and worse in one of these.
    """
    p = problem
    ix = np.flatnonzero(p.eligible[row])
    late = p.late[row, ix] if np.isfinite(p.max_late[row]) else np.zeros(len(ix))
    metrics = np.column_stack([p.cost[row, ix], -np.nan_to_num(p.quality[row, ix]), late])
    classes = coverage_classes(p)[ix]
    best = nondominated(metrics, p.provider[ix])
    if classes.any():
        best = np.arange(len(ix))
    best = best[np.lexsort((ix[best], -metrics[best, 1], metrics[best, 0]))]
    dominated = []
    for i in range(len(ix)):
        beats = (metrics[best] <= metrics[i]).all(axis=1) & (metrics[best] < metrics[i]).any(axis=1)
        beats &= classes[best] == classes[i]
        if beats.any():
            by = int(best[beats.argmax()])
            dearer, worse, later = (float(gap) for gap in metrics[i] - metrics[by])
            dominated.append(
                Dominated(
                    label=p.labels[row],
                    offer=p.offers[ix[i]],
                    by=p.offers[ix[by]],
                    dearer=dearer,
                    worse=worse,
                    later=later,
                )
            )
    return tuple(dominated)
