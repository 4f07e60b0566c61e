"""What a month costs at each offer, side by side: the founding report's table, with its arithmetic right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ...domain.catalog import Catalog, Offer, Provider
from ...domain.errors import InputError, nearest
from ..skill_model.skills import skill_table

_HOURS = 730  # a month's
_MILLION = 1_000_000


@dataclass(frozen=True)
class Comparison:
    """One offer: `budget` in USD a month; `skills` 0-100 by name, only those that are known."""

    offer: str
    facts: Offer
    skills: dict[str, float]
    budget: Decimal


def monthly_budget(offer: Offer, provider: Provider, input_tokens: float, output_tokens: float) -> Decimal:
    """USD a month for so many uncached input and output tokens, to the cent, with the provider's fee.

    A self-hosted offer adds one replica. Long-prompt tiers and per-request prices need a routing's workload.
    """
    tokens = _exact(input_tokens) * _exact(offer.input) + _exact(output_tokens) * _exact(offer.output)
    cost = tokens / _MILLION * (1 + _exact(provider.fee))
    if offer.hosting is not None:
        cost += _HOURS * _exact(offer.hosting.usd_per_hour)
    return cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _exact(number: float) -> Decimal:
    """The decimal a person wrote, not the binary fraction next to it: cents must not hang on that."""
    return Decimal(repr(float(number)))


def compare_offers(
    catalog: Catalog, words: Sequence[str], input_tokens: float, output_tokens: float
) -> list[Comparison]:
    """A line per offer of the models or offers named, in that order. Raises InputError for an unknown one."""
    skills = skill_table(catalog)
    lines = []
    for key in named_offers(catalog, words):
        provider, _, model = key.partition("/")
        offer = catalog.offers[key]
        budget = monthly_budget(offer, catalog.providers[provider], input_tokens, output_tokens)
        lines.append(Comparison(key, offer, dict(skills.get(model, {})), budget))
    return lines


def named_offers(catalog: Catalog, words: Sequence[str]) -> list[str]:
    """Offers by their own key, or all those of a model. Raises InputError with the nearest known name."""
    found: dict[str, None] = {}
    for word in words:
        if word in catalog.offers:
            found[word] = None
            continue
        of_model = [key for key in catalog.offers if key.partition("/")[2] == word]
        if not of_model and word in catalog.models:
            raise InputError(f"model {word!r} has no offer in this catalogue")
        if not of_model:
            known = [*catalog.models, *catalog.offers]
            raise InputError(f"unknown model or offer {word!r}{nearest(word, known)}")
        found.update(dict.fromkeys(of_model))
    return list(found)
