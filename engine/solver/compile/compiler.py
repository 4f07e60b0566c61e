"""Routing + catalogue -> matrices. Names become indices here and only here."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.references import points_of
from ...domain.routing import HOURS_A_MONTH, Label, Routing
from ...domain.rules import coupling_rules, workload_fields
from ..tolerances import SHARE_TOL
from .eligibility import eligible_offers
from .formulas import (
    PEAK_LIMITS,
    RATE_LIMITS,
    late_share,
    latency_spreads,
    limit_loads,
    median_latencies,
    output_tokens,
    prompt_tokens,
    request_costs,
)
from .offer_table import OfferTable, build_offer_table
from .problem import Bools, Floats, LinkingConstraint, Problem, SubscriptionTerms
from .quality import counted_qualities, qualities, references, resolved
from .subscriptions import subscription_terms, without_useless_plans

MIN_TRAFFIC_SHARE = 0.01  # the share that counts as traffic where several providers must carry some


@dataclass(frozen=True)
class LabelRows:
    """What one label contributes, each (N,); USD, tokens and median seconds are of one request."""

    request: Floats
    tokens: Floats  # input and output
    loads: dict[str, Floats]  # rate limit -> what a request a month takes of it
    quality: Floats
    counted: Floats  # what rules on quality and the objective count of it
    median: Floats
    spread: Floats
    late: Floats
    eligible: Bools


@dataclass(frozen=True)
class Exemption:
    """The `at`-th offer may serve `label` whatever it breaks, as if it had this quality and lateness."""

    label: str
    at: int
    quality: float
    late: float

    def of(self, rows: LabelRows) -> LabelRows:
        """The label's rows with the offer among the eligible."""
        is_exempt = np.arange(len(rows.eligible)) == self.at
        return replace(
            rows,
            quality=np.where(is_exempt, self.quality, rows.quality),
            counted=np.where(is_exempt, self.quality, rows.counted),
            late=np.where(is_exempt, self.late, rows.late),
            eligible=rows.eligible | is_exempt,
        )


class Compiler:
    """Compiles routings over one catalogue; a label that an edit leaves alone is not compiled again."""

    def __init__(self, catalog: Catalog, today: date) -> None:
        self.table = build_offer_table(catalog, today)
        self._memo: dict[str, LabelRows] = {}
        self._resolution: tuple[Routing, ...] = ()  # the last routing that was resolved, and what came of it
        self._rows_of: dict[str, LabelRows] = {}  # its labels'
        self._limits_memo = ""  # what of its limits a label's rows depend on
        # By label's name: the label itself, what else its rows depend on, and they.
        self._last_rows: dict[str, tuple[Label, str, LabelRows]] = {}

    def over(self, table: OfferTable) -> Compiler:
        """The compiler over other figures of the same offers, in the same order."""
        other = copy(self)
        other.table, other._memo, other._last_rows = table, {}, {}
        other._resolution, other._rows_of = (), {}
        return other

    def rows(self, routing: Routing, name: str) -> LabelRows:
        """The rows of one label, remembered by the label's and the limits' values."""
        routing = self.resolved(routing)
        if name not in self._rows_of:
            self._rows_of[name] = self._remembered_rows(routing, name)
        return self._rows_of[name]

    def _remembered_rows(self, routing: Routing, name: str) -> LabelRows:
        label = routing.labels[name]
        around = f"{routing.needs_quality(label)}{references(routing, name)}{self._limits_memo}"
        last = self._last_rows.get(name)
        if last is not None and last[0] is label and last[1] == around:
            return last[2]
        facts = label.model_copy(update={"requests": 0.0, "routes": (), "fallbacks": (), "min_quality": None})
        memo = f"{facts.model_dump_json()}{around}"
        if memo not in self._memo:
            if len(self._memo) > 256:
                self._memo.clear()
            self._memo[memo] = self._rows(routing, name)
        self._last_rows[name] = label, around, self._memo[memo]
        return self._memo[memo]

    def resolved(self, routing: Routing) -> Routing:
        """The routing with the floors that are models' in points. Raises InputError for an unscored model."""
        if not any(routing is known for known in self._resolution):  # else every label looks through all
            self._resolution, self._rows_of = (routing, resolved(routing, self.table)), {}
            self._last_rows = {name: rows for name, rows in self._last_rows.items() if name in routing.labels}
            across = dict.fromkeys(coupling_rules())
            scales = dict.fromkeys(workload_fields("limits"), 1.0)
            limits = self._resolution[-1].limits.model_copy(update={**across, **scales})
            self._limits_memo = limits.model_dump_json()
        return self._resolution[-1]

    def _rows(self, routing: Routing, name: str) -> LabelRows:
        label, table = routing.labels[name], self.table
        median, spread = median_latencies(label, table), latency_spreads(label, table)
        late = np.zeros(len(table.offers))
        if label.latency_limit is not None:
            late = np.nan_to_num(late_share(median, spread, label.latency_limit))
        return LabelRows(
            request=request_costs(label, table),
            tokens=prompt_tokens(label, table) + output_tokens(label, table),
            loads=limit_loads(label, table),
            quality=qualities(label, table),
            counted=counted_qualities(routing, name, table),
            median=median,
            spread=spread,
            late=late,
            eligible=eligible_offers(routing, table, name),
        )

    def compile(
        self,
        routing: Routing,
        excuse: Exemption | None = None,
        *,
        every_limit: bool = False,
        every_plan: bool = False,
    ) -> Problem:
        """The matrices of a routing; with an excuse one offer may serve a label whose rules it breaks.

        `every_limit`: also rate limits that eligible offers cannot exceed, to judge routes to others.
        `every_plan`: also subscriptions that cannot pay.
        """
        routing = self.resolved(routing)
        labels = list(routing.labels.values())
        rows = self._label_rows(routing, excuse)
        volume = np.array([label.requests * routing.limits.growth for label in labels])
        cost = volume[:, None] * np.array([row.request for row in rows])
        weight = np.array([label.weight for label in labels])
        table = self.table
        rent = HOURS_A_MONTH * table.usd_per_hour  # (H,)
        n = len(table.offers)
        linking = (
            *self._budget(routing, cost, rent),
            *self._shares(routing),
            *self._whole_quality(routing, rows),
            *self._rates(routing, rows, every_limit),
        )
        problem = Problem(
            labels=tuple(routing.labels),
            offers=table.offers,
            cost=cost,
            quality=np.array([row.counted for row in rows]),
            plain_quality=np.array([row.quality for row in rows]),
            late=np.array([row.late for row in rows]),
            median=np.array([row.median for row in rows]),
            eligible=_eligible(rows, linking),
            pin=self._pins(labels),
            min_quality=np.array([_floor(label) for label in labels]),
            max_late=np.array([_late_limit(label) for label in labels]),
            max_offers=np.array([n if x.max_models is None else min(x.max_models, n) for x in labels]),
            min_share=np.array([_least(label) for label in labels]),
            min_providers=np.array([label.min_providers for label in labels]),
            weight=weight / weight.sum() if weight.sum() else weight,
            model=table.base_model,
            provider=table.provider,
            max_models=routing.limits.max_models,
            max_providers=routing.limits.max_providers,
            linking=linking,
            self_hosted=table.self_hosted,
            host=table.host,
            hosts=table.hosts,
            fixed_cost=rent,
            maximise_quality=routing.objective == "quality",
            subscriptions=self._subscriptions(routing, rows, volume, cost),
        )
        return problem if every_plan or every_limit else without_useless_plans(problem)

    def _label_rows(self, routing: Routing, excuse: Exemption | None) -> list[LabelRows]:
        """The rows of every label; with an excuse the label that it is for may have one offer more."""
        rows = [self.rows(routing, name) for name in routing.labels]
        if excuse is not None:
            at = list(routing.labels).index(excuse.label)
            rows[at] = excuse.of(rows[at])
        return rows

    def _subscriptions(
        self, routing: Routing, rows: list[LabelRows], volume: Floats, cost: Floats
    ) -> tuple[SubscriptionTerms, ...]:
        """What may be bought; nothing is computed for a routing without plans."""
        if not routing.limits.plans:
            return ()
        requests = np.broadcast_to(volume[:, None], cost.shape)
        tokens = volume[:, None] * np.array([row.tokens for row in rows])
        amounts = {"usd": cost, "requests": requests, "tokens": tokens}
        return subscription_terms(routing.limits, self.table, amounts)

    def _pins(self, labels: list[Label]) -> Floats:
        pin = np.full((len(labels), len(self.table.offers)), np.nan)
        index = self.table.index
        for row, label in enumerate(labels):
            for key, share in label.pinned.items():
                if key not in index:
                    raise InputError(self.table.unknown_offer(key), key="pin")
                pin[row, index[key]] = share  # a default level by its own name is the plain offer
        return pin

    def _budget(self, routing: Routing, cost: Floats, rent: Floats) -> list[LinkingConstraint]:
        budget = routing.limits.budget
        if budget is None:
            return []
        scale = budget if budget > 0 else 1.0
        every = np.arange(len(self.table.offers))
        limit = budget / scale
        return [
            LinkingConstraint("limits.budget", every, cost / scale, limit, fixed_coef=rent / scale, usd=scale)
        ]

    def _shares(self, routing: Routing) -> list[LinkingConstraint]:
        cap = routing.limits.max_provider_share
        requests = np.array([label.requests for label in routing.labels.values()])
        if cap is None or cap >= 1 or not requests.sum():
            return []
        weight = requests / requests.sum()
        groups = [np.flatnonzero(self.table.provider == p) for p in range(len(self.table.providers))]
        return [
            LinkingConstraint("limits.max_provider_share", g, np.repeat(weight[:, None], len(g), 1), cap)
            for g in groups
        ]

    def _rates(self, routing: Routing, rows: list[LabelRows], every_limit: bool) -> list[LinkingConstraint]:
        """Of every offer and limit one rule for all its levels together."""
        limits, table = routing.limits, self.table
        requests = np.array([label.requests for label in routing.labels.values()])
        served = np.array([row.eligible | every_limit for row in rows])
        host = np.full(len(table.base_offers), -1)
        host[table.base_offer[table.self_hosted]] = table.host
        rules: list[tuple[int, LinkingConstraint]] = []
        for kind in RATE_LIMITS:
            limited = np.flatnonzero(~np.isnan(getattr(table, kind)))
            if not len(limited):
                continue
            limited = limited[np.argsort(table.base_offer[limited], kind="stable")]
            peak = limits.peak if kind in PEAK_LIMITS else 1.0
            load = np.array([row.loads[kind][limited] for row in rows])
            coef = requests[:, None] * limits.growth * peak * load
            bases, starts = np.unique(table.base_offer[limited], return_index=True)
            # A limit that all labels it can serve keep together cannot bind; a replica's always does.
            largest = np.maximum.reduceat(np.where(served[:, limited], coef, 0.0), starts, axis=1).sum(axis=0)
            ends = np.append(starts[1:], len(limited))
            for base, start, end, greatest in zip(bases, starts, ends, largest, strict=True):
                if (replica := int(host[base])) < 0 and greatest <= 1:
                    continue
                path, bound = f"offers.{table.base_offers[base]}.{kind}", 0.0 if replica >= 0 else 1.0
                levels = slice(start, end)
                rule = LinkingConstraint(path, limited[levels], coef[:, levels], bound, replica)
                rules.append((int(base), rule))
        return [rule for _, rule in sorted(rules, key=lambda pair: pair[0])]

    def _whole_quality(self, routing: Routing, rows: list[LabelRows]) -> list[LinkingConstraint]:
        """The mean of the labels by weight: shares add up to 1, so what it lacks of 100 is limited."""
        floor = points_of(routing.limits.min_quality)
        weight = np.array([label.weight for label in routing.labels.values()])
        if floor is None or floor <= 0:
            return []
        scale = 100 - floor if floor < 100 else 100.0
        lack = (100 - np.nan_to_num(np.array([row.counted for row in rows]))) / scale
        every = np.arange(len(self.table.offers))
        coef = lack * (weight / weight.sum())[:, None]
        return [LinkingConstraint("limits.min_quality", every, coef, (100 - floor) / scale, scale=scale)]


def _eligible(rows: list[LabelRows], linking: Iterable[LinkingConstraint]) -> Bools:
    """(L, N) who may serve: not an offer of which a share that is no more than a tolerance fills a limit."""
    eligible = np.array([row.eligible for row in rows])
    limited = [rule for rule in linking if rule.limit > 0 or rule.replica_of >= 0]
    if limited:  # thousands of rate limits, of which one alone is rarely filled: looked at together
        coef = np.concatenate([rule.coef for rule in limited], axis=1)
        if not (coef <= 1 / SHARE_TOL).all():
            for rule in limited:
                eligible[:, rule.offers] &= rule.coef <= 1 / SHARE_TOL
    return eligible


def _floor(label: Label) -> float:
    floor = points_of(label.min_quality)
    return -np.inf if floor is None else floor


def _late_limit(label: Label) -> float:
    return np.inf if label.latency_limit is None else 1 - label.percentile / 100


def _least(label: Label) -> float:
    carries = label.min_providers > 1 and not label.min_share
    return MIN_TRAFFIC_SHARE if carries else label.least_share
