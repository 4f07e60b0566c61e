"""The question: a router's labels with their workload and rules, and the limits of the whole.

Bounds, unit, step and help text of every rule stand here once; screens read them from the fields, and
`modelpick schema` prints the docstrings too. What the figures mean is the contract's chapter of formulas, in
`solver.compile.formulas`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, Strict, field_validator, model_validator

from .base import Amount, Count, Factor, Flag, Fraction, Number, Positive, Score, Value, at_least
from .field_facts import FieldFacts as Facts
from .field_facts import Measure, Sense
from .references import QualityFloorSchema

HOURS_A_MONTH = 730.0
MAX_P95_RATIO = 3.86  # exp(1.6448536^2 / 2), cut: no lognormal has a p95 further above its mean
ROUNDED_SHARES_TOL = 1e-4  # pins that miss a sum of 1 by less are scaled to it; 0.333 thrice is not meant so
EXACT_SHARES_TOL = 1e-9  # and those that miss it by less are left as they are
MIN_CONFIDENCE, MAX_CONFIDENCE = 0.5, 0.999
CAUTIOUS = 0.9  # what is asked for without saying how much: the low end of an 80 % interval
MAX_LABELS = 2_000  # no router has a tenth of it; each costs memory of its own for every offer

QualityFloor = Annotated[float | str, QualityFloorSchema()]


def _in_range(confidence: Any) -> Any:
    number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    if number and not MIN_CONFIDENCE <= confidence <= MAX_CONFIDENCE:
        meant = confidence / 100 if 50 <= confidence <= 99.9 else 0.0
        hint = f" (did you mean {meant:g}?)" if meant else ""
        raise ValueError(f"should be from {MIN_CONFIDENCE} to {MAX_CONFIDENCE}, not {confidence:g}{hint}")
    return confidence


Confidence = Annotated[
    float, Strict(), Field(ge=MIN_CONFIDENCE, le=MAX_CONFIDENCE), BeforeValidator(_in_range)
]


class Limits(Value):
    """Rules for the whole router; every one optional."""

    budget: Amount | None = Field(
        None, json_schema_extra=Facts("most to spend a month", "USD/mo", 10, Sense.UPPER, concession=1)
    )
    max_models: Count | None = Field(
        None, json_schema_extra=Facts("different models in use", "models", 1, Sense.UPPER, concession=4)
    )
    max_providers: Count | None = Field(
        None, json_schema_extra=Facts("providers in use", "providers", 1, Sense.UPPER, concession=5)
    )
    max_provider_share: Fraction | None = Field(
        None,
        json_schema_extra=Facts(
            "largest share of all requests at one provider", "share", 0.05, Sense.UPPER, concession=3
        ),
    )
    providers: tuple[str, ...] | None = Field(
        None, json_schema_extra=Facts("only these providers", sense=Sense.ADMIT, items="providers")
    )
    deny_providers: tuple[str, ...] = Field(
        (), json_schema_extra=Facts("never these providers", sense=Sense.DEMAND, items="providers")
    )
    models: tuple[str, ...] | None = Field(
        None, json_schema_extra=Facts("only these models", sense=Sense.ADMIT, items="models")
    )
    deny_models: tuple[str, ...] = Field(
        (), json_schema_extra=Facts("never these models", sense=Sense.DEMAND, items="models")
    )
    open_weights: Flag = Field(
        False, json_schema_extra=Facts("only models with open weights", sense=Sense.SWITCH)
    )
    trains_on_data: Flag = Field(
        True,
        json_schema_extra=Facts("false: only providers known not to train on your data", sense=Sense.SWITCH),
    )
    regions: tuple[str, ...] | None = Field(
        None,
        json_schema_extra=Facts(
            "only offers known to be served in one of these", sense=Sense.ADMIT, items="regions"
        ),
    )
    min_quality: QualityFloor | None = Field(
        None,
        json_schema_extra=Facts(
            "mean quality of all labels, or a model's",
            "points",
            1,
            Sense.LOWER,
            figure="quality",
            concession=8,
        ),
    )
    plans: tuple[str, ...] = Field(
        (), json_schema_extra=Facts("subscriptions that may be bought", items="plans")
    )
    confidence: Confidence = Field(
        MIN_CONFIDENCE,
        json_schema_extra=Facts("how sure every rule on quality must be; 0.5: as they stand", "share", 0.05),
    )
    growth: Factor = Field(
        1.0,
        json_schema_extra=Facts(
            "multiplies every label's requests", "x", 0.1, workload=True, moves_with="requests"
        ),
    )
    peak: Number = Field(
        1.0,
        ge=1,
        le=1e6,
        json_schema_extra=Facts("peak over mean traffic, for rate limits", "x", 1, workload=True),
    )


class Route(Value):
    """A share of a label's requests that goes to an offer."""

    offer: str
    share: Fraction


class Measured(Value):
    """A user's own figures of a model, a model@level or an offer on one label; each optional.

    quality: the mean of an own test, 0-100, of `n` items, or with `low`, the low end of its 80 % interval;
    without either it is taken as it stands. output_tokens: billed ones of a mean request, hidden reasoning
    included. cost: USD of a mean request, all included. latency: median seconds of a whole request; spread:
    its p95 over that. cached: share of the input read from the cache.
    """

    quality: Score | None = None
    n: Count | None = None
    low: Score | None = None
    output_tokens: Amount | None = None
    cost: Amount | None = None
    latency: Positive | None = None
    spread: Annotated[float, Strict(), Field(ge=1, le=1e6)] | None = None
    cached: Fraction | None = None

    @model_validator(mode="after")
    def _quality_has_one_interval(self) -> Self:
        if self.n is not None and self.low is not None:
            raise ValueError("n and low both say how sure quality is: give one of them")
        if self.low is not None and (self.quality is None or self.low > self.quality):
            given = "there is none" if self.quality is None else f"it is {self.quality:g}"
            raise ValueError(f"low: {self.low:g} is the low end of quality, and {given}")
        return self


class Label(Value):
    """One routing label: a month's workload, and the rules its mix of offers must meet."""

    requests: Amount = Field(json_schema_extra=Facts("requests a month", "req/mo", 100, workload=True))
    input_tokens: Amount = Field(
        json_schema_extra=Facts("mean prompt, cached tokens included", "tokens", 1000, workload=True)
    )
    input_tokens_p95: Amount | None = Field(
        None,
        json_schema_extra=Facts(
            "95th percentile of the prompt", "tokens", 1000, workload=True, moves_with="input_tokens"
        ),
    )
    output_tokens: Amount = Field(json_schema_extra=Facts("mean answer", "tokens", 100, workload=True))
    cached: Fraction = Field(
        0.0, json_schema_extra=Facts("share of input read from the cache", "share", 0.05, workload=True)
    )
    cache_writes: Fraction = Field(
        0.0, json_schema_extra=Facts("share of input written to the cache", "share", 0.05, workload=True)
    )
    context: Positive | None = Field(
        None,
        json_schema_extra=Facts(
            "largest request that must fit, input + output",
            "tokens",
            1000,
            Sense.LOWER,
            workload=True,
            measure=Measure.EACH,
            implied="required_context",
        ),
    )
    skills: dict[str, Positive] = Field(
        default_factory=dict,
        json_schema_extra=Facts(
            "what its quality is the mean of, with weights", items="skills", item_unit="weight"
        ),
    )
    min_quality: QualityFloor | None = Field(
        None,
        json_schema_extra=Facts(
            "share-weighted mean quality, or a model's",
            "points",
            1,
            Sense.LOWER,
            figure="quality",
            concession=8,
        ),
    )
    min_quality_each: QualityFloor | None = Field(
        None,
        json_schema_extra=Facts(
            "quality of every model in the mix",
            "points",
            1,
            Sense.LOWER,
            measure=Measure.EACH,
            figure="quality",
            concession=9,
        ),
    )
    max_latency: Positive | None = Field(
        None,
        json_schema_extra=Facts(
            "seconds within which requests must end",
            "s",
            1,
            Sense.UPPER,
            measure=Measure.CURVE,
            figure="latency",
            loosest=1e6,  # eleven days: as good as no rule
            concession=2,
        ),
    )
    percentile: Annotated[Number, at_least(0.0001, 99.9999)] = Field(
        95.0,
        gt=0,
        lt=100,
        json_schema_extra=Facts("share of requests that must be in time", "%", 1, workload=True),
    )
    features: tuple[str, ...] = Field(
        (), json_schema_extra=Facts("features every offer must have", sense=Sense.DEMAND, items="features")
    )
    max_models: Count | None = Field(
        None, json_schema_extra=Facts("offers in the mix", "offers", 1, Sense.UPPER, concession=4)
    )
    min_share: Fraction | None = Field(
        None,
        json_schema_extra=Facts("least share of an offer in use", "share", 0.05, Sense.LOWER, concession=7),
    )
    min_providers: Count = Field(
        1,
        json_schema_extra=Facts("providers that carry traffic", "providers", 1, Sense.LOWER, concession=6),
    )
    allow: tuple[str, ...] | None = Field(
        None, json_schema_extra=Facts("only these offers", sense=Sense.ADMIT, items="offers")
    )
    deny: tuple[str, ...] = Field(
        (), json_schema_extra=Facts("never these offers", sense=Sense.DEMAND, items="offers")
    )
    pin: dict[str, Fraction] = Field(
        default_factory=dict,
        json_schema_extra=Facts(
            "exact shares of offers", sense=Sense.DEMAND, items="offers", item_unit="share"
        ),
    )
    confidence: Confidence | None = Field(
        None,
        json_schema_extra=Facts(
            "how sure its rules on quality must be, instead of the router's", "share", 0.05
        ),
    )
    batch: Flag = Field(
        False, json_schema_extra=Facts("may wait: batch discount, no latency limit", workload=True)
    )
    weight: Amount = Field(1.0, json_schema_extra=Facts("importance for objective quality", "", 0.1))
    measured: dict[str, Measured] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    fallbacks: tuple[str, ...] = ()

    @field_validator("pin")
    @classmethod
    def _pins_fit(cls, pin: dict[str, float]) -> dict[str, float]:
        if sum(pin.values()) >= 1 + ROUNDED_SHARES_TOL - EXACT_SHARES_TOL:
            raise ValueError(f"pinned shares add up to {sum(pin.values()):g}, more than 1")
        return pin

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.cached + self.cache_writes > 1 + 1e-9:
            raise ValueError("cached + cache_writes is more than 1")
        if self.input_tokens_p95 is not None:
            ratio = self.input_tokens_p95 / self.input_tokens if self.input_tokens else inf
            if not 1 <= ratio <= MAX_P95_RATIO:
                raise ValueError(
                    f"input_tokens_p95: p95 over mean is {ratio:.3g}, outside 1 to {MAX_P95_RATIO}"
                )
        for key, own in self.measured.items():
            if own.cached is not None and own.cached + self.cache_writes > 1 + 1e-9:
                raise ValueError(f"measured.{key}.cached: with cache_writes it is more than 1")
        if not self.has_quality and (self.min_quality is not None or self.min_quality_each is not None):
            rule = "min_quality" if self.min_quality is not None else "min_quality_each"
            raise ValueError(f"{rule}: needs skills, for example skills = {{ coding = 1.0 }}")
        return self

    @property
    def is_tested(self) -> bool:
        """Whether there are own test results, which then alone count as quality."""
        return any(own.quality is not None for own in self.measured.values())

    def measured_of(self, offer: str, figure: str) -> Measured | None:
        """Where the user's own figure of an offer stands: with the offer, its model or all its levels."""
        model = offer.partition("/")[2]
        own = [self.measured.get(key) for key in (offer, model, model.rpartition("@")[0])]
        return next((entry for entry in own if entry and getattr(entry, figure) is not None), None)

    def is_measured(self, offer: str, figure: str) -> bool:
        """Whether a figure of an offer is the user's own here."""
        return self.measured_of(offer, figure) is not None

    @property
    def has_quality(self) -> bool:
        """Whether a mix can have a quality: by skills, or by own tests."""
        return bool(self.skills) or self.is_tested

    @property
    def required_context(self) -> float:
        """Tokens, input + output, that must fit an offer's window: `context`, else p95 (or mean) + output."""
        longest = self.input_tokens if self.input_tokens_p95 is None else self.input_tokens_p95
        return self.context if self.context is not None else longest + self.output_tokens

    @property
    def least_share(self) -> float:
        """The least share of an offer in use: 0.01 where several providers must carry traffic."""
        return self.min_share if self.min_share is not None else 0.01 if self.min_providers > 1 else 0.0

    @property
    def pinned(self) -> dict[str, float]:
        """The pinned shares; scaled to 1 where they miss it by less than ROUNDED_SHARES_TOL."""
        total = sum(self.pin.values())
        return {offer: share / total for offer, share in self.pin.items()} if self.pins_rounded else self.pin

    @property
    def pins_rounded(self) -> bool:
        """Whether the pinned shares are scaled."""
        missing = abs(sum(self.pin.values()) - 1)
        return EXACT_SHARES_TOL < missing < ROUNDED_SHARES_TOL - EXACT_SHARES_TOL

    @property
    def latency_limit(self) -> float | None:
        """Seconds, the latency limit in force: None for a label that may wait."""
        return None if self.batch else self.max_latency


class Stamp(Value):
    """What modelpick says of the routes it wrote."""

    status: str = ""
    cost: Number | None = None
    quality: Number | None = None
    counted: Number | None = None  # what rules on quality count of it, where that is less
    catalog_as_of: date | None = None
    catalog_hash: str = ""
    what_if: int | None = None  # figures that the catalogue did not have: tried, not kept
    cautious: bool | None = None  # written by earlier versions, before limits.confidence
    version: str = ""


class Routing(Value):
    """A routing file: objective, limits, labels, and the answer once there is one."""

    schema_: Literal[1] = Field(1, alias="schema")
    objective: Literal["cost", "quality"] = "cost"
    limits: Limits = Field(default_factory=Limits)
    labels: dict[str, Label] = Field(min_length=1)
    solution: Stamp | None = None

    def __repr__(self) -> str:
        return f"<Routing for {self.objective}: {', '.join(self.labels)}>"

    __str__ = __repr__

    @model_validator(mode="before")
    @classmethod
    def _labels_can_be_counted(cls, raw: Any) -> Any:
        labels = raw.get("labels") if isinstance(raw, Mapping) else None
        if isinstance(labels, Mapping) and len(labels) > MAX_LABELS:
            raise ValueError(f"labels: {len(labels):,} labels, more than {MAX_LABELS:,}")
        return raw

    @model_validator(mode="after")
    def _quality_can_be_maximised(self) -> Self:
        if self.objective == "quality":
            if self.limits.budget is None:
                raise ValueError("limits.budget: objective 'quality' needs a budget")
            for name, label in self.labels.items():
                if not label.has_quality:
                    raise ValueError(f"labels.{name}.skills: objective 'quality' needs skills")
        return self

    @model_validator(mode="after")
    def _has_a_mean_quality(self) -> Self:
        if self.limits.min_quality is not None:
            for name, label in self.labels.items():
                if not label.has_quality:
                    raise ValueError(f"labels.{name}.skills: limits.min_quality needs skills in every label")
            if not sum(label.weight for label in self.labels.values()):
                raise ValueError("limits.min_quality: the mean by weight needs a label with a weight")
        return self

    def needs_quality(self, label: Label) -> bool:
        """Whether any quality rule applies to this label, so that unscored models are out."""
        floors = (label.min_quality, label.min_quality_each, self.limits.min_quality)
        return self.objective == "quality" or any(floor is not None for floor in floors)

    def confidence(self, label: Label) -> float:
        """How sure the label's rules on quality must be."""
        return self.limits.confidence if label.confidence is None else label.confidence
