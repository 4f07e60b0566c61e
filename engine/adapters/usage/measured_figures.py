"""What a log measures of a label's models: their output, their share of cached input, seconds and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ...domain.routing import Measured
from .aggregate import ServedModel, UsageGroup
from .base import Source
from .list_price import ListCost

EXTRAS = ("hour_writes", "searches", "fast", "geo")
_SAME = 1e-3  # relative
_DIGITS = 6  # significant ones of a mean: a month stays right to the cent
_NAMES = {
    "hour_writes": "cache writes of an hour",
    "searches": "web searches",
    "fast": "fast mode",
    "geo": "a region",
}
_COUNTED = {
    "hour_writes": "tokens written to the cache for an hour, counted at twice the input price",
    "searches": "web searches, counted at 10 USD a thousand",
    "fast": "tokens in fast mode, counted at its price",
    "geo": "tokens bound to a region (inference_geo), counted at a tenth more",
    "tiered": "tokens in another service tier (flex, priority, ultrafast), counted at its own offers",
}
_NOT_COUNTED = {
    "hour_writes": "tokens written to the cache for an hour (twice the input price), counted as written"
    " for five minutes",
    "searches": "web searches, whose price is not counted",
    "fast": "tokens in fast mode, priced as standard",
    "geo": "tokens bound to a region (inference_geo), whose surcharge is not counted",
    "tiered": "tokens in another service tier (flex, priority, ultrafast), priced as standard",
    "audio": "audio tokens, priced as text",
    "byok": "USD paid with your own provider keys (BYOK), in what was paid but not in the offer's price",
    "long": "tokens of requests with more than 200,000 tokens of prompt, priced as shorter ones",
    "opaque": "requests whose record says nothing of the cache (metadata that are empty or no JSON), so all"
    " their input is priced as new; set `cached` if you know",
    "widened": "prompts whose count had left the cached tokens out, which are counted in",
}


class OfferFacts(Protocol):
    """What the catalogue knows of the models in a log."""

    def level(self, served: ServedModel) -> str | None:
        """The key of the offer that served, of its reasoning level where the catalogue has it."""

    def priced(self, served: ServedModel, batch: bool) -> ListCost | None:
        """What the requests of a model cost at list price; None where it is no offer."""

    def factors(self, served: ServedModel) -> tuple[float, float]:
        """What a model makes of a label's input and output tokens: by its tokenizer, and its verbosity."""


@dataclass(frozen=True)
class Traffic:
    """A label's traffic with what the catalogue knows of its models. requests: of all the period."""

    group: UsageGroup
    offers: OfferFacts
    requests: float

    @cached_property
    def mean_input(self) -> float:
        """Tokens of a mean prompt, before the models' tokenizers."""
        tokens = sum(each.total("input") / self.offers.factors(each)[0] for each in self.group.served)
        return rounded(tokens / self.requests)

    @cached_property
    def mean_output(self) -> float:
        """Output tokens of a mean request, before the models' verbosity."""
        tokens = sum(each.total("output") / self.offers.factors(each)[1] for each in self.group.served)
        return rounded(tokens / self.requests)

    def prompt(self, tokens: float) -> float:
        """A prompt's tokens before the models' tokenizers, by their mean."""
        counted = sum(each.total("input") for each in self.group.served)
        return tokens * self.mean_input * self.requests / counted if counted else tokens

    @cached_property
    def costs(self) -> dict[str, ListCost]:
        """Offer -> what its requests cost at list price."""
        costs: dict[str, ListCost] = {}
        for served in self.group.served:
            key, cost = self.offers.level(served), self.offers.priced(served, self.group.batch)
            if key is not None and cost is not None:
                earlier = costs.get(key, ListCost(0.0, dict.fromkeys(EXTRAS, 0.0)))
                extras = {name: earlier.extras[name] + cost.extras[name] for name in EXTRAS}
                costs[key] = ListCost(earlier.usd + cost.usd, extras)
        return costs

    def priced(self, name: str) -> float:
        """How much of one of EXTRAS is in the costs."""
        total = 0.0
        for served in self.group.served:
            cost = self.offers.priced(served, self.group.batch)
            total += served.total(name) if cost is not None and cost.extras[name] else 0.0
        return total

    def requests_of(self, models: list[ServedModel]) -> float:
        """The requests of some of the models; by their tokens where none are counted."""
        if counted := sum(served.requests for served in models):
            return counted
        tokens = sum(served.tokens for served in self.group.served)
        return self.requests * sum(served.tokens for served in models) / tokens if tokens else 0.0

    def verbosity_notes(self) -> list[str]:
        """Where the label's output is not what was billed: it is stated before the models' verbosity."""
        billed = rounded(sum(each.total("output") for each in self.group.served) / self.requests)
        if abs(billed - self.mean_output) <= _SAME * billed:
            return []
        stated = f"output_tokens is {self.mean_output:,.6g}, before the models' verbosity"
        return [f"{self.group.label}: {billed:,.6g} output tokens a request were billed; {stated}"]

    def cost_notes(self) -> list[str]:
        """Which offers have a cost of their own, as it holds more than their list price counts."""
        notes = []
        for key, models in by_offer(self).items():
            extra, requests = sum(self.costs[key].extras.values()), self.requests_of(models)
            if extra and requests:
                names = [_NAMES[name] for name, usd in self.costs[key].extras.items() if usd]
                notes.append(
                    f"{self.group.label}: the measured cost of {key} is {self.costs[key].usd / requests:.4g}"
                    f" USD a request; {extra / requests:.4g} of it is for {' and '.join(names)}, which no"
                    " other offer is priced for"
                )
        return notes


def rounded(mean: float) -> float:
    """A mean with as many digits as a file should show."""
    return float(f"{mean:.{_DIGITS}g}")


def by_offer(traffic: Traffic) -> dict[str, list[ServedModel]]:
    """Offer -> what served as it, without what is in no catalogue."""
    offers: dict[str, list[ServedModel]] = {}
    for served in traffic.group.served:
        if (key := traffic.offers.level(served)) is not None:
            offers.setdefault(key, []).append(served)
    return offers


def measured(traffic: Traffic, source: Source) -> dict[str, Measured]:
    """Own figures of a label: of a model its output tokens and share of cached input, of an offer the rest.

    An offer has a cost of its own only where it holds what the list price does not count.
    """
    models: dict[str, list[ServedModel]] = {}
    offers = by_offer(traffic)
    for key, served in offers.items():
        models.setdefault(key.partition("/")[2], []).extend(served)
    figures: dict[str, dict[str, float]] = {}
    for model, served in models.items():
        of_model = figures.setdefault(model, {})
        requests, tokens = sum(each.requests for each in served), sum(each.total("input") for each in served)
        if requests:
            of_model["output_tokens"] = rounded(sum(each.total("output") for each in served) / requests)
        said = tokens and not source.uncached and not all(each.total("opaque") for each in served)
        if said:
            of_model["cached"] = int(sum(each.total("cached") for each in served) / tokens * 1e6 + 1e-6) / 1e6
    for key, served in offers.items():
        of_offer = figures.setdefault(key, {})
        timed = [each for each in served if each.latency is not None]
        if timed:
            slowest = max(timed, key=lambda each: each.requests)
            of_offer["latency"] = rounded(slowest.latency or 0.0)
            of_offer["spread"] = rounded(slowest.spread or 1.0)
        requests = traffic.requests_of(served)
        if requests and any(traffic.costs[key].extras.values()):
            of_offer["cost"] = rounded(traffic.costs[key].usd / requests)
    return {key: Measured.model_validate(known) for key, known in figures.items() if known}


def unpriced_notes(sums: Mapping[str, float], priced: Mapping[str, float]) -> list[str]:
    """What the records count that has a price of its own: whether the costs count it, or not."""
    notes = []
    for name, text in _NOT_COUNTED.items():
        counted, total = priced.get(name, 0.0), sums.get(name, 0.0)
        if counted:
            notes.append(f"{_COUNTED[name]}: {counted:,.10g}")
        if total - counted > 1e-9 * total:
            notes.append(f"{text}: {total - counted:,.10g}")
    return notes
