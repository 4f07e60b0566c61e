"""The facts: providers, models, offers, benchmarks, and where each figure comes from.

Prices are USD per million tokens, times are median seconds, `tps` tokens a second, `rpm` and `tpm` a minute,
scores 0-100, fees and discounts fractions. `modelpick schema` prints the docstrings of these classes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator, model_validator

from .base import Amount, Count, Factor, Flag, Fraction, Number, Positive, Price, Score, Speed, Value
from .errors import nearest

# How a skill is known: from scores others measured, from its maker's own alone, or only from other skills.
Kind = Literal["estimated", "vendor", "interpolated"]
AllowanceKind = Literal["usd", "requests", "tokens"]
ALLOWANCES: tuple[AllowanceKind, ...] = ("usd", "requests", "tokens")
SKILLS = ("reasoning", "coding", "multilingual", "tools", "vision", "long_context", "knowledge", "math")
_LEVEL_NAME = re.compile(r"[A-Za-z0-9._-]+")
FEATURES = ("tools", "structured", "reasoning", "vision", "audio", "pdf", "web_search")


class OfferStatus(StrEnum):
    """Whether an offer is sold: gated ones after a request only, retired ones no more."""

    LIVE = "live"
    PREVIEW = "preview"
    GATED = "gated"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Source(Value):
    """Where a figure was published."""

    title: str = ""
    url: str = ""
    licence: str = ""
    as_of: date | None = None
    left_out: tuple[str, ...] = ()  # offers that it had then, and that the catalogue was made without


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
    variant_of: str = ""  # the provider at whose address and with whose key it is reached
    service_tier: str = ""  # what a request asks for to get this variant's price: flex, priority
    inference_geo: str = ""  # likewise, to be processed in this variant's region
    integrations: tuple[str, ...] = ()  # what speaks to it without an adapter of one's own
    documentation: str = ""
    support: str = ""
    community: str = ""
    terms: str = ""  # where it says what it does with the data, and where requests are processed
    source: str = ""
    as_of: date | None = None


UNSTATED = "unstated"  # the effort of a run of which nobody says at which level it was taken


class ModelScore(Value):
    """One benchmark result of a model, 0-100, with the setting it was taken with and who took it."""

    benchmark: str
    value: Score
    source: str = ""
    variant: str = ""
    # The reasoning level it was taken at; of a model with levels the default where none is named, UNSTATED
    # where nobody says: evidence of the model, and of none of its levels.
    effort: str = ""
    as_of: date | None = None
    kind: Literal["measured", "vendor"] = "measured"


Z80 = 1.2815516  # the 90th percentile of the standard normal, as the contract rounds it: 80 % lie within it


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


class Effort(Value):
    """A reasoning level of a model: its own verbosity and evidence. Without evidence it is unscored."""

    verbosity: Factor | None = None  # None: the model's
    verbosity_low: Factor | None = None  # the ends of its 80 % interval, where it is fitted to boards
    verbosity_high: Factor | None = None
    skills: dict[str, Score] = Field(default_factory=dict)
    fitted: dict[str, Fitted] = Field(default_factory=dict)


class Model(Value):
    """A model, wherever it is served. `context` counts input + output tokens.

    One with reasoning levels names them in `efforts`, and in `default_effort` what its API does unasked;
    `skills`, `fitted` and scores without an effort are then that level's.
    """

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
    verbosity_low: Factor | None = None  # the ends of its 80 % interval, where it is fitted to boards
    verbosity_high: Factor | None = None
    default_effort: str | None = None
    assumed_default: Flag = False  # nobody states what its API does unasked
    efforts: dict[str, Effort] = Field(default_factory=dict)
    skills: dict[str, Score] = Field(default_factory=dict)
    fitted: dict[str, Fitted] = Field(default_factory=dict)
    scores: tuple[ModelScore, ...] = ()
    source: str = ""  # of its windows
    as_of: date | None = None

    @model_validator(mode="after")
    def _names_its_levels(self) -> Self:
        default, levels = self.default_effort, list(self.efforts)
        for level in levels:
            if not _LEVEL_NAME.fullmatch(level):
                raise ValueError(f"efforts: {level!r} is no name of a level: letters, digits, '.', '_', '-'")
        if default is None and levels:
            raise ValueError(
                f"default_effort: is required where there are efforts: one of {', '.join(levels)}"
            )
        if default is not None and not levels:
            raise ValueError("default_effort: names a level of efforts, and there are none")
        if default is not None and default not in self.efforts:
            raise ValueError(f"default_effort: unknown level {default!r}{nearest(default, levels)}")
        for score in self.scores:
            if levels and score.effort and score.effort not in (*self.efforts, UNSTATED):
                raise ValueError(f"scores: unknown level {score.effort!r}{nearest(score.effort, levels)}")
        return self


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
    features_unknown: tuple[str, ...] = ()  # of those that others' offers of the model have: nobody says
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
    speed_basis: str = ""  # of an estimated speed: whose measured ones it is made of
    rpm: Positive | None = None
    tpm: Positive | None = None
    rpd: Positive | None = None
    tpd: Positive | None = None
    itpm: Positive | None = None
    otpm: Positive | None = None
    cache_reads_count: Flag = True
    status: OfferStatus = OfferStatus.LIVE
    retires: date | None = None
    successor: str = ""  # the model that its list names for the time after
    source: str = ""
    as_of: date | None = None
    ambiguous: str = ""  # how else the price may be read, such as "0.05 in total"
    note: str = ""
    disputed: tuple[Quoted, ...] = ()
    price_rule: str = ""  # of sources that differ, or readings: by which rule these prices stand
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


SHARED_BY_LEVELS = ("rpm", "tpm", "rpd", "tpd", "itpm", "otpm", "hosting")  # facts of an offer


class Allowance(Value):
    """What one unit of a plan covers a month: list cost in USD, requests, or tokens (input + output)."""

    usd: Positive | None = None
    requests: Positive | None = None
    tokens: Positive | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        kinds = [kind for kind in ALLOWANCES if getattr(self, kind) is not None]
        if len(kinds) != 1:
            stated = " and ".join(kinds) or "none"
            raise ValueError(f"give one of {', '.join(ALLOWANCES[:-1])} and {ALLOWANCES[-1]}, not {stated}")
        return self

    @property
    def kind(self) -> AllowanceKind:
        """What the allowance counts."""
        return next(kind for kind in ALLOWANCES if getattr(self, kind) is not None)

    @property
    def amount(self) -> float:
        """How much of that a unit covers."""
        return float(getattr(self, self.kind))


class Subscription(Value):
    """An entry of `plans`: a subscription, a commitment, a free tier or a credit of a provider.

    A unit costs `usd_per_month` and covers `allowance` a month of the requests that its `models` carry (None:
    all of the provider's); beyond it they cost what the offer's list says. `note` is shown wherever the plan
    is bought: terms of use, such as that it cannot be used through an API key.
    """

    name: str = ""
    provider: str
    usd_per_month: Amount
    models: tuple[str, ...] | None = None
    allowance: Allowance
    max_units: Count | None = None
    note: str = ""
    source: str = ""
    as_of: date | None = None


class Retired(Value):
    """An offer that is gone, since when, and the model that its list named for the time after."""

    retires: date | None = None
    successor: str = ""
    source: str = ""


class Catalog(Value):
    """All the facts. Keys of `offers` are `provider/model`, or `provider/model@level` of a model with levels.

    A level's own entry lies over that of the plain offer: only the keys given override, and they are its
    `model_fields_set`. `levels.spelled_out` makes every level of every offer an offer like any other.
    """

    schema_: Literal[1] = Field(alias="schema")
    as_of: date
    sources: dict[str, Source] = Field(default_factory=dict)
    benchmarks: dict[str, Benchmark] = Field(default_factory=dict)
    providers: dict[str, Provider] = Field(default_factory=dict)
    models: dict[str, Model] = Field(default_factory=dict)
    offers: dict[str, Offer] = Field(default_factory=dict)
    retired: dict[str, Retired] = Field(default_factory=dict)  # offers that are gone
    plans: dict[str, Subscription] = Field(default_factory=dict)

    def __repr__(self) -> str:
        counts = (("offers", self.offers), ("models", self.models), ("providers", self.providers))
        return f"<Catalog of {self.as_of}: {', '.join(f'{len(of):,} {name}' for name, of in counts)}>"

    __str__ = __repr__

    @field_validator("offers", mode="wrap")
    @classmethod
    def _lay_levels_over_offers(
        cls, values: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        if not isinstance(values, Mapping):
            return handler(values)
        models = info.data.get("models")  # absent where a model is wrong, which is said without more
        if models is None:
            models = {str(key).partition("/")[2].partition("@")[0] for key in values}
        over = _level_entries(values, models)
        if not over:
            return handler(values)
        known = Offer.model_fields  # an unknown key of the plain offer is said once
        over = {key: _with_own_speed(facts) for key, facts in over.items()}
        laid = {
            key: {**{k: v for k, v in values[plain_offer(key, models)].items() if k in known}, **facts}
            for key, facts in over.items()
        }
        offers: dict[str, Offer] = handler({**values, **laid})
        for key, facts in over.items():
            offers[key] = Offer.model_construct(_fields_set=set(facts), **dict(offers[key]))
        return offers

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        for key in self.offers:
            provider, slash, model = key.partition("/")
            if not slash:
                raise ValueError(f"offers.{key}: the key of an offer is provider/model")
            _check_name(provider, self.providers, f"offers.{key}", "provider")
            if self._check_model(model, f"offers.{key}"):
                self._check_shared(key, f"{provider}/{model.rpartition('@')[0]}")
        for key, about in self.providers.items():
            if about.variant_of:
                _check_name(about.variant_of, self.providers, f"providers.{key}.variant_of", "provider")
        for name, facts in self.models.items():
            for score in facts.scores:
                _check_name(score.benchmark, self.benchmarks, f"models.{name}.scores", "benchmark")
        for name, plan in self.plans.items():
            _check_name(plan.provider, self.providers, f'plans."{name}".provider', "provider")
            for model in plan.models or ():
                self._check_model(model, f'plans."{name}".models')
        return self

    def _check_model(self, name: str, where: str) -> bool:
        """That there is such a model or level; whether the name says a level."""
        base, at, level = name.rpartition("@")
        if at and name not in self.models and base in self.models:
            _check_level(level, base, self.models[base], where)
            return True
        _check_name(name, self.models, where, "model")
        return False

    def _check_shared(self, key: str, plain: str) -> None:
        """That a level says nothing of what all levels of an offer share."""
        for name in SHARED_BY_LEVELS:
            if plain in self.offers and name in self.offers[key].model_fields_set:
                what = f"the levels of an offer share its limits and replicas: it belongs to offers.{plain!r}"
                raise ValueError(f"offers.{key}.{name}: {what}")

    def promises_no_time(self, offer: str) -> bool:
        """Whether an offer is of a tier that answers when there is room: flex, without a known speed."""
        provider = self.providers[offer.partition("/")[0]]
        return provider.service_tier == "flex" and self.offers[offer].tps is None

    def features_of(self, offer: str) -> tuple[str, ...]:
        """What an offer has: stated of itself, else of its model."""
        stated, model = self.offers[offer].features, plain_offer(offer, self.models).partition("/")[2]
        return self.models[model].features if stated is None else stated

    @property
    def skills(self) -> frozenset[str]:
        """Every skill a routing may weigh: the standard ones and those this catalogue measures."""
        measured = {benchmark.skill for benchmark in self.benchmarks.values()}
        models = self.models.values()
        stated = {skill for model in models for skill in (*model.skills, *model.fitted)}
        levels = (level for model in models for level in model.efforts.values())
        stated |= {skill for level in levels for skill in (*level.skills, *level.fitted)}
        return frozenset({*SKILLS, *measured, *stated})

    @property
    def features(self) -> frozenset[str]:
        """Every feature a routing may ask for."""
        stated = (feature for model in self.models.values() for feature in model.features)
        return frozenset({*FEATURES, *stated})


def _level_entries(offers: Mapping[str, Any], models: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The entries of levels that lie over the entry of a plain offer."""
    entries: dict[str, Mapping[str, Any]] = {}
    for key, facts in offers.items():
        plain = plain_offer(str(key), models)
        if plain != key and isinstance(facts, Mapping) and isinstance(offers.get(plain), Mapping):
            entries[key] = facts
    return entries


def _with_own_speed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """A level's entry; one with both medians is no estimate, whatever the plain offer's are."""
    return {"speed_basis": "", **facts} if "ttft" in facts and "tps" in facts else facts


def plain_offer(key: str, models: Collection[str]) -> str:
    """`provider/model` of the key of an offer; the key itself where that names no level of a known model."""
    provider, _, model = key.partition("/")
    base, at, _ = model.rpartition("@")
    return f"{provider}/{base}" if at and model not in models and base in models else key


def _check_level(level: str, name: str, model: Model, where: str) -> None:
    if not model.efforts:
        raise ValueError(f"{where}: {name} has no levels (efforts), so no {level!r}")
    if level not in model.efforts:
        raise ValueError(f"{where}: unknown level {level!r} of {name}{nearest(level, model.efforts)}")


def _check_name(name: str, known: Collection[str], where: str, kind: str) -> None:
    if name not in known:
        names = list(known)
        raise ValueError(f"{where}: unknown {kind} {name!r}{nearest(name, names)}")
