"""Routing + catalogue -> matrices. Names become indices here and only here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..domain.catalog import Catalog
from ..domain.errors import InputError, nearest
from ..domain.routing import Label, Routing
from .cost import HOURS_A_MONTH, MINUTES_A_MONTH, median_latency, request_cost
from .eligibility import breaks
from .normal import late_share
from .problem import Bools, Coupling, Floats, Ints, Problem
from .skills import quality, skill_table

TRAFFIC = 0.01  # the share that counts as traffic where several providers must carry some


@dataclass(frozen=True)
class LabelRows:
    """What one label contributes, each (N,): USD and tokens of a request, quality, lateness, eligibility."""

    request: Floats
    tokens: Floats
    quality: Floats
    late: Floats
    eligible: Bools


class Compiler:
    """Compiles routings over one catalogue; a label that an edit leaves alone is not compiled again."""

    def __init__(self, catalog: Catalog, today: date) -> None:
        self.catalog, self.today = catalog, today
        self.skills = skill_table(catalog)
        self.offers = tuple(sorted(catalog.offers))
        split = [key.partition("/") for key in self.offers]
        self.models, self.model = _codes([model for _, _, model in split])
        self.providers, self.provider = _codes([provider for provider, _, _ in split])
        self._memo: dict[str, LabelRows] = {}

    def rows(self, routing: Routing, name: str) -> LabelRows:
        """The rows of one label, remembered by the label's and the limits' values."""
        label = routing.labels[name]
        limits = routing.limits.model_copy(update={"budget": None, "growth": 1.0, "peak": 1.0})
        facts = label.model_copy(update={"requests": 0.0, "routes": (), "fallbacks": (), "min_quality": None})
        needs = routing.needs_quality(label)
        memo = f"{needs}{facts.model_dump_json()}{limits.model_dump_json()}"
        if memo not in self._memo:
            if len(self._memo) > 256:
                self._memo.clear()
            self._memo[memo] = self._rows(routing, name)
        return self._memo[memo]

    def _rows(self, routing: Routing, name: str) -> LabelRows:
        label = routing.labels[name]
        facts = [self._facts(label, key) for key in self.offers]
        eligible = [
            next(breaks(routing, self.catalog, self.skills, name, key, today=self.today), None) is None
            for key in self.offers
        ]
        columns = np.array(facts, dtype=float).reshape(len(self.offers), 4).T
        request, tokens, score, late = columns
        return LabelRows(request, tokens, score, late, np.array(eligible, dtype=bool))

    def _facts(self, label: Label, key: str) -> tuple[float, float, float, float]:
        provider, _, name = key.partition("/")
        offer, model = self.catalog.offers[key], self.catalog.models[name]
        limit, late = label.latency_limit, 0.0
        median = median_latency(label, offer, model.verbosity)
        if limit is not None and median is not None:
            late = late_share(median, offer.spread, limit)
        score = quality(self.skills[name], label.skills)
        return (
            request_cost(label, offer, self.catalog.providers[provider], model.verbosity),
            label.input_tokens + label.output_tokens * model.verbosity,
            np.nan if score is None else score,
            late,
        )

    def compile(self, routing: Routing) -> Problem:
        """The matrices of a routing."""
        labels = list(routing.labels.values())
        rows = [self.rows(routing, name) for name in routing.labels]
        volume = np.array([label.requests * routing.limits.growth for label in labels])
        cost = volume[:, None] * np.array([row.request for row in rows])
        weight = np.array([label.weight for label in labels])
        hosts = [i for i, key in enumerate(self.offers) if self.catalog.offers[key].hosting is not None]
        rent = np.array([HOURS_A_MONTH * self._hosting_price(i) for i in hosts])
        n = len(self.offers)
        return Problem(
            labels=tuple(routing.labels),
            offers=self.offers,
            cost=cost,
            quality=np.array([row.quality for row in rows]),
            late=np.array([row.late for row in rows]),
            eligible=np.array([row.eligible for row in rows]),
            pin=self._pins(labels),
            min_quality=np.array([-np.inf if x.min_quality is None else x.min_quality for x in labels]),
            max_late=np.array([_late_limit(label) for label in labels]),
            max_offers=np.array([n if x.max_models is None else min(x.max_models, n) for x in labels]),
            min_share=np.array([_least(label) for label in labels]),
            min_providers=np.array([label.min_providers for label in labels]),
            weight=weight / weight.sum() if weight.sum() else weight,
            model=self.model,
            provider=self.provider,
            max_models=routing.limits.max_models,
            max_providers=routing.limits.max_providers,
            couplings=(
                *self._budget(routing, cost, rent),
                *self._shares(routing),
                *self._rates(routing, rows, hosts),
            ),
            hosts=np.array(hosts, dtype=np.int64),
            rent=rent,
            maximise_quality=routing.objective == "quality",
        )

    def _hosting_price(self, i: int) -> float:
        hosting = self.catalog.offers[self.offers[i]].hosting
        return hosting.usd_per_hour if hosting is not None else 0.0

    def _pins(self, labels: list[Label]) -> Floats:
        pin = np.full((len(labels), len(self.offers)), np.nan)
        index = {key: i for i, key in enumerate(self.offers)}
        for row, label in enumerate(labels):
            for key, share in label.pin.items():
                if key not in index:
                    raise InputError(f"unknown offer {key!r}{nearest(key, index)}", key="pin")
                pin[row, index[key]] = share
        return pin

    def _budget(self, routing: Routing, cost: Floats, rent: Floats) -> list[Coupling]:
        budget = routing.limits.budget
        if budget is None:
            return []
        scale = budget if budget > 0 else 1.0
        every = np.arange(len(self.offers))
        limit = budget / scale
        return [Coupling("limits.budget", every, cost / scale, limit, fixed=rent / scale)]

    def _shares(self, routing: Routing) -> list[Coupling]:
        cap = routing.limits.max_provider_share
        requests = np.array([label.requests for label in routing.labels.values()])
        if cap is None or cap >= 1 or not requests.sum():
            return []
        weight = requests / requests.sum()
        groups = [np.flatnonzero(self.provider == p) for p in range(len(self.providers))]
        return [
            Coupling("limits.max_provider_share", g, np.repeat(weight[:, None], len(g), 1), cap)
            for g in groups
        ]

    def _rates(self, routing: Routing, rows: list[LabelRows], hosts: list[int]) -> list[Coupling]:
        limits = routing.limits
        requests = np.array([label.requests for label in routing.labels.values()])
        minute = requests * limits.growth * limits.peak / MINUTES_A_MONTH
        tokens = minute[:, None] * np.array([row.tokens for row in rows])
        found: list[Coupling] = []
        for i, key in enumerate(self.offers):
            offer = self.catalog.offers[key]
            terms = offer.hosting if offer.hosting is not None else offer
            host = hosts.index(i) if offer.hosting is not None else -1
            for kind, limit, demand in (("rpm", terms.rpm, minute), ("tpm", terms.tpm, tokens[:, i])):
                if limit is not None and (host >= 0 or demand.sum() > limit):
                    coef = (demand / limit)[:, None]
                    path = f"offers.{key}.{kind}"
                    found.append(Coupling(path, np.array([i]), coef, 0.0 if host >= 0 else 1.0, host))
        return found


def _codes(names: list[str]) -> tuple[tuple[str, ...], Ints]:
    known = tuple(sorted(set(names)))
    index = {name: i for i, name in enumerate(known)}
    return known, np.array([index[name] for name in names], dtype=np.int64)


def _late_limit(label: Label) -> float:
    return np.inf if label.latency_limit is None else 1 - label.percentile / 100


def _least(label: Label) -> float:
    carries = label.min_providers > 1 and not label.min_share
    return TRAFFIC if carries else label.least_share
