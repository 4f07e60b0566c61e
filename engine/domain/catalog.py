"""The facts: providers, models, offers, benchmarks, and where each figure comes from.

Prices are USD per million tokens, times are median seconds, `tps` tokens a second, `rpm` and `tpm` a minute,
scores 0-100, fees and discounts fractions. `modelpick schema` prints the docstrings of these classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Amount, Count, Factor, Flag, Fraction, Number, Positive, Price, Score, Speed, Value
from .errors import nearest

# How a skill is known: from scores others measured, from its maker's own alone, or only from other skills.
Kind = Literal["estimated", "vendor", "interpolated"]
Status = Literal["live", "preview", "gated", "deprecated", "retired"]
SKILLS = ("reasoning", "coding", "multilingual", "tools", "vision", "long_context", "knowledge", "math")
FEATURES = ("tools", "structured", "reasoning", "vision", "audio", "pdf", "web_search")


class Source(Value):
    """Where a figure was published."""

    title: str = ""
    url: str = ""
    licence: str = ""
    as_of: date | None = None


class Benchmark(Value):
    """A test that yields scores for one skill; `floor` is the score of guessing."""

    title: str = ""
    skill: str
    weight: Positive = 1.0
    floor: Score = 0.0


class Provider(Value):
    """Who serves models: wire protocol, address, surcharge and what it does with the data."""

    name: str = ""
    api: str = "openai"
    base_url: str = ""
    fee: Price = 0.0
    trains_on_data: Flag | None = None
    regions: tuple[str, ...] = ()
    integrations: tuple[str, ...] = ()  # what speaks to it without an adapter of one's own
    documentation: str = ""
    support: str = ""
    community: str = ""
    source: str = ""
    as_of: date | None = None


class ModelScore(Value):
    """One benchmark result of a model, 0-100, with the setting it was taken with and who took it."""

    benchmark: str
    value: Score
    source: str = ""
    variant: str = ""
    as_of: date | None = None
    kind: Literal["measured", "vendor"] = "measured"


class Fitted(Value):
    """A skill fitted to the scores, 0-100, with the ends of its 80 % interval."""

    value: Score
    low: Score
    high: Score
    kind: Kind = "estimated"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("should have low <= value <= high")
        return self


class Model(Value):
    """A model, wherever it is served. `context` counts input + output tokens."""

    name: str = ""
    developer: str = ""
    context: Positive
    max_output: Positive | None = None
    max_input: Positive | None = None
    prompt_tokens: Factor = 1.0
    features: tuple[str, ...] = ()
    open_weights: Flag = False
    licence: str = ""
    verbosity: Factor = 1.0  # its output tokens over those that a label's workload states
    skills: dict[str, Score] = Field(default_factory=dict)
    fitted: dict[str, Fitted] = Field(default_factory=dict)
    scores: tuple[ModelScore, ...] = ()
    source: str = ""  # of its windows
    as_of: date | None = None


class Tier(Value):
    """Prices of a whole request whose prompt is longer than `above` tokens."""

    above: Positive
    input: Price
    output: Price
    cache_read: Price | None = None
    cache_write: Price | None = None


class Hours(Value):
    """A share of the week's hours in which requests cost `factor` times the list price."""

    share: Fraction
    factor: Price


class Hosting(Value):
    """A self-hosted offer: the cost and capacity of one replica."""

    usd_per_hour: Amount
    rpm: Positive | None = None
    tpm: Positive | None = None

    @model_validator(mode="after")
    def _has_capacity(self) -> Self:
        if self.rpm is None and self.tpm is None:
            raise ValueError("give rpm or tpm: the capacity of one replica")
        return self


class Quoted(Value):
    """What another source says an offer costs, USD per million tokens: kept, not hidden, where it differs."""

    source: str
    as_of: date | None = None
    input: Price | None = None
    output: Price | None = None
    cache_read: Price | None = None
    cache_write: Price | None = None


class Offer(Value):
    """A model at a provider: price, window, speed and rate limits, with source and date.

    `source` and `as_of` are those of the prices and limits; a speed is measured elsewhere and has its own.
    """

    id: str = ""
    input: Price
    output: Price
    cache_read: Price | None = None
    cache_write: Price | None = None
    per_request: Price = 0.0
    tiers: tuple[Tier, ...] = ()
    batch_discount: Fraction = 0.0
    context: Positive | None = None
    max_output: Positive | None = None
    max_input: Positive | None = None
    features: tuple[str, ...] | None = None
    quantization: str = ""
    regions: tuple[str, ...] | None = None
    hours: tuple[Hours, ...] = ()
    ttft: Amount | None = None
    tps: Speed | None = None
    # p95 / median of the whole latency, which the contract takes to be lognormal
    spread: Number = Field(default=2.0, ge=1, le=1e6)
    speed_source: str = ""
    speed_as_of: date | None = None
    speed_samples: Count | None = None  # requests that were measured
    rpm: Positive | None = None
    tpm: Positive | None = None
    rpd: Positive | None = None
    tpd: Positive | None = None
    itpm: Positive | None = None
    otpm: Positive | None = None
    cache_reads_count: Flag = True
    status: Status = "live"
    retires: date | None = None
    source: str = ""
    as_of: date | None = None
    ambiguous: str = ""  # how else the price may be read, such as "0.05 in total"
    note: str = ""
    disputed: tuple[Quoted, ...] = ()
    hosting: Hosting | None = None

    @model_validator(mode="after")
    def _hours_fit_in_a_week(self) -> Self:
        if sum(period.share for period in self.hours) > 1 + 1e-9:
            raise ValueError("hours: the shares add up to more than 1")
        return self

    @property
    def hours_factor(self) -> float:
        """What a request costs on average over the week, relative to the list price."""
        return 1 - sum(period.share * (1 - period.factor) for period in self.hours)


class Catalog(Value):
    """All the facts. Keys of `offers` are `provider/model`."""

    schema_: Literal[1] = Field(alias="schema")
    as_of: date
    sources: dict[str, Source] = Field(default_factory=dict)
    benchmarks: dict[str, Benchmark] = Field(default_factory=dict)
    providers: dict[str, Provider] = Field(default_factory=dict)
    models: dict[str, Model] = Field(default_factory=dict)
    offers: dict[str, Offer] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        for key in self.offers:
            provider, slash, model = key.partition("/")
            if not slash:
                raise ValueError(f"offers.{key}: the key of an offer is provider/model")
            _check_name(provider, self.providers, f"offers.{key}", "provider")
            _check_name(model, self.models, f"offers.{key}", "model")
        for name, facts in self.models.items():
            for score in facts.scores:
                _check_name(score.benchmark, self.benchmarks, f"models.{name}.scores", "benchmark")
        return self

    @property
    def skills(self) -> frozenset[str]:
        """Every skill a routing may weigh: the standard ones and those this catalogue measures."""
        measured = {benchmark.skill for benchmark in self.benchmarks.values()}
        stated = (skill for model in self.models.values() for skill in (*model.skills, *model.fitted))
        return frozenset({*SKILLS, *measured, *stated})

    @property
    def features(self) -> frozenset[str]:
        """Every feature a routing may ask for."""
        stated = (feature for model in self.models.values() for feature in model.features)
        return frozenset({*FEATURES, *stated})


def _check_name(name: str, known: Iterable[str], where: str, kind: str) -> None:
    names = list(known)
    if name not in names:
        raise ValueError(f"{where}: unknown {kind} {name!r}{nearest(name, names)}")
