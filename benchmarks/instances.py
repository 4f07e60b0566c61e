"""The questions that are timed: families of routings over synthetic catalogues, deterministic by seed.

lp     any mix per label, quality and latency rules, shared rate limits and a provider cap: no whole numbers
milp   at most two offers a label, a least share, four models overall, provider cap, shared rate limits
three  the same with three offers a label
own    at most two offers a label and nothing that couples the labels
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np

from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.routing import Label, Routing
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.compile.problem import Problem

from .catalogues import AS_OF, FEATURES, SKILLS, Market, market

Family = Literal["lp", "milp", "three", "own"]
FAMILIES: tuple[Family, ...] = ("lp", "milp", "three", "own")
PEAK = 3.0
MINUTES = 43_800.0
PERCENTILE = 85.0


@dataclass(frozen=True)
class Work:
    """A kind of label: a month's workload, and how demanding it is."""

    name: str
    requests: float
    input: float
    output: float
    features: tuple[str, ...]
    skills: dict[str, float]
    quantile: float  # of the quality of the offers that could serve it
    seconds: float


WORK = (
    Work("classify", 1_500_000, 400, 12, (), {"reasoning": 1.0}, 0.45, 3.0),
    Work("chat", 900_000, 1_500, 350, (), {"multilingual": 0.5, "reasoning": 0.5}, 0.60, 12.0),
    Work("search", 600_000, 8_000, 500, ("structured",), {"reasoning": 1.0}, 0.60, 16.0),
    Work("code", 350_000, 6_000, 1_800, ("tools",), {"coding": 0.8, "tools": 0.2}, 0.75, 50.0),
    Work("agent", 150_000, 30_000, 2_500, ("tools", "reasoning"), {"tools": 0.6, "coding": 0.4}, 0.8, 75.0),
    Work("longdoc", 40_000, 110_000, 1_500, (), {"reasoning": 0.7, "multilingual": 0.3}, 0.65, 45.0),
)
RULES: dict[Family, tuple[dict[str, Any], dict[str, Any]]] = {  # of the router, of each label
    "lp": ({"max_provider_share": 0.6}, {}),
    "milp": ({"max_provider_share": 0.6, "max_models": 4}, {"max_models": 2, "min_share": 0.05}),
    "three": ({"max_provider_share": 0.6, "max_models": 4}, {"max_models": 3, "min_share": 0.05}),
    "own": ({}, {"max_models": 2, "min_share": 0.05}),
}


@dataclass(frozen=True)
class Instance:
    """A question with its catalogue."""

    family: Family
    offers: int
    labels: int
    seed: int
    catalog: Catalog
    routing: Routing

    @property
    def title(self) -> str:
        """How tables name it."""
        return f"{self.family} {self.offers:,} x {self.labels}"

    @cached_property
    def problem(self) -> Problem:
        """The question in matrices, as the engine compiles it."""
        return Compiler(self.catalog, AS_OF).compile(self.routing)


@lru_cache(maxsize=4)
def instance(family: Family, offers: int, labels: int, seed: int = 1) -> Instance:
    """The instance of a family; the last few are kept."""
    works = _works(labels, seed)
    minute = [work.requests * PEAK / MINUTES for work in works]
    tokens = [m * (work.input + work.output) for m, work in zip(minute, works, strict=True)]
    sold = market(offers, seed, rpm=sum(minute), tpm=sum(tokens))
    limits, rules = RULES[family]
    routing = Routing.model_validate(
        {
            "limits": {"peak": PEAK, **limits},
            "labels": {work.name: _label(work, sold, rules) for work in works},
        }
    )
    return Instance(family, offers, labels, seed, sold.catalog, routing)


def _works(labels: int, seed: int) -> list[Work]:
    """The six kinds of work; beyond them, variations."""
    rng = np.random.default_rng([seed, labels])
    works = list(WORK[:labels])
    for i in range(len(works), labels):
        base, volume, size = WORK[i % len(WORK)], *rng.lognormal(0, 0.35, 2)
        works.append(
            Work(
                f"{base.name}{i}",
                round(base.requests * volume),
                round(base.input * size),
                max(round(base.output * size), 1),
                base.features,
                base.skills,
                float(np.clip(base.quantile + rng.normal(0, 0.05), 0.1, 0.9)),
                base.seconds * (1 + size) / 2,
            )
        )
    return works


def _label(work: Work, sold: Market, rules: dict[str, Any]) -> Label:
    """The label, its quality rules set where the offers that fit it make them bind."""
    weights = np.array([work.skills.get(name, 0.0) for name in SKILLS])
    quality = sold.skills @ weights / weights.sum()
    needs = [FEATURES.index(name) for name in work.features]
    fits = (sold.context >= work.input + work.output) & sold.features[:, needs].all(axis=1)
    known = quality[sold.model[fits[sold.model]]]
    wanted = round(float(np.quantile(known, work.quantile)) if len(known) else 50.0, 2)
    return Label(
        requests=work.requests,
        input_tokens=work.input,
        output_tokens=work.output,
        skills=work.skills,
        min_quality=wanted,
        min_quality_each=max(wanted - 15, 0),
        max_latency=work.seconds,
        percentile=PERCENTILE,
        features=work.features,
        **rules,
    )
