"""A question without a routing file: which model for this one task, in an agent's own words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..adapters.validation import validated
from ..domain.catalog import Catalog
from ..domain.errors import InputError, nearest
from ..domain.levels import canonical, split_level
from ..domain.references import Reference
from ..domain.routing import Routing

LABEL = "task"
REQUESTS = 1_000.0  # a month, so that the cost of one is far from the solver's tolerances
INPUT_TOKENS, OUTPUT_TOKENS = 20_000.0, 1_000.0  # of a request, where nothing is said
CONFIDENCE = 0.9


class Task(BaseModel):
    """One kind of request, for which one model is wanted."""

    model_config = ConfigDict(extra="forbid")

    skills: Annotated[
        dict[str, float] | list[str] | str,
        Field(description='What it takes: "coding", or weights such as {"coding": 2, "reasoning": 1}'),
    ] = "coding"
    min_quality: Annotated[
        float | str | None,
        Field(description='0-100, or a model to be as good as: "sonnet", "claude-sonnet-5 - 3"'),
    ] = None
    max_usd: Annotated[float | None, Field(description="Most that one request may cost, USD", gt=0)] = None
    input_tokens: Annotated[float, Field(description="Mean prompt, cached tokens included", ge=0)] = (
        INPUT_TOKENS
    )
    output_tokens: Annotated[float, Field(description="Mean answer", ge=0)] = OUTPUT_TOKENS
    cached: Annotated[float, Field(description="Share of the prompt read from the cache", ge=0, le=1)] = 0.0
    max_latency: Annotated[float | None, Field(description="Seconds, for 95 % of requests", gt=0)] = None
    features: Annotated[list[str], Field(description="tools, vision, structured, reasoning ...")] = []
    context: Annotated[float | None, Field(description="Largest request in tokens", gt=0)] = None
    providers: Annotated[list[str] | None, Field(description="Only these providers")] = None
    confidence: Annotated[float, Field(description="How sure quality must be", ge=0.5, le=0.999)] = CONFIDENCE
    objective: Annotated[
        str, Field(description='"cost": the cheapest that is good enough; "quality": the best for max_usd')
    ] = "cost"

    def routing(self, catalog: Catalog) -> tuple[Routing, list[str]]:
        """A routing with the one label, of 1,000 requests a month, and what was taken for what.

        `catalog` is spelled out. Raises InputError.
        """
        floor, notes = self._floor(catalog)
        skills = self.skills
        if isinstance(skills, str):
            skills = [name.strip() for name in skills.split(",")]
        weights = dict.fromkeys(skills, 1.0) if isinstance(skills, list) else skills
        label = {
            "requests": REQUESTS,
            "skills": {name: float(weight) for name, weight in weights.items()},
            "min_quality": floor,
            "max_models": 1,
            **{
                name: getattr(self, name)
                for name in ("input_tokens", "output_tokens", "cached", "max_latency", "context")
            },
            "features": tuple(self.features),
        }
        budget = None if self.max_usd is None else self.max_usd * REQUESTS
        limits = {"budget": budget, "confidence": self.confidence, "providers": self.providers}
        if self.objective == "quality" and budget is None:
            raise InputError('objective "quality" is the best for the money: it needs max_usd', key="task")
        values = {
            "objective": self.objective,
            "limits": _stated(limits),
            "labels": {LABEL: _stated(label)},
        }
        defaults = [
            f"{getattr(self, name):,.0f} {name.replace('_', ' ')}"
            for name in ("input_tokens", "output_tokens")
            if name not in self.model_fields_set
        ]
        if defaults:
            notes.append(f"assumed: {' and '.join(defaults)} a request")
        return validated(Routing, values, "task"), notes

    def _floor(self, catalog: Catalog) -> tuple[float | str | None, list[str]]:
        """The floor with the model's own name, and what an abbreviated one was taken for."""
        if not isinstance(self.min_quality, str):
            return self.min_quality, []
        try:
            return float(self.min_quality), []
        except ValueError:
            pass
        words, _, points = self.min_quality.rpartition(" - ")
        reference = Reference.parse(
            f"{(words or points).strip().replace(' ', '-')} - {points if words else 0}"
        )
        model = model_named(reference.model, catalog)
        notes = [] if model == reference.model else [f"{reference.model} taken as {model}"]
        return str(Reference(model, reference.points)), notes


def _stated(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: figure for name, figure in facts.items() if figure is not None}


def model_named(name: str, catalog: Catalog) -> str:
    """The model that a name means: its key, else the newest live one whose key has all of its words.

    "sonnet" is the Claude Sonnet of the highest version. `catalog` is spelled out. Raises InputError.
    """
    text = name.strip().lower().rpartition("/")[2]
    if canonical(text, catalog.models) in catalog.models:
        return canonical(text, catalog.models)
    wanted, at, level = text.partition("@")
    live = {
        split_level(offer.partition("/")[2], catalog.models)[0]
        for offer, facts in catalog.offers.items()
        if facts.status in ("live", "preview")
    }
    words = set(_words(wanted))
    candidates = [model for model in live if words and words <= set(_words(model))]
    if not candidates:
        raise InputError(f"no model {name!r}{nearest(text, live)}", key="min_quality")
    model = max(candidates, key=lambda key: (_version(key, words), -len(key), key))
    at_level = canonical(f"{model}@{level}", catalog.models) if at else model
    if at_level not in catalog.models:
        raise InputError(f"{model} has no level {level!r}", key="min_quality")
    return at_level


def _words(name: str) -> Collection[str]:
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", name.lower())


def _version(model: str, words: Collection[str]) -> tuple[float, ...]:
    """The numbers of a key that were not asked for, but for dates and sizes in billions."""
    numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*b\b)", model)
    return tuple(float(number) for number in numbers if number not in words and float(number) < 1000)
