"""What a month costs at each offer, side by side: the founding report's table, with its arithmetic right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ...domain.catalog import Catalog, Offer, Provider
from ...domain.errors import InputError
from ...domain.levels import canonical, spelled_out, unknown_name
from ...domain.routing import HOURS_A_MONTH
from ..skill_model.skills import skill_table


@dataclass(frozen=True)
class Comparison:
    """One offer: `budget` in USD a month; `skills` 0-100 by name, only those that are known.

    `verbosity` is the output tokens of its level over those of an ordinary answer, and `budget_as_verbose`
    the budget where so many more or fewer are written.
    """

    offer: str
    facts: Offer
    skills: dict[str, float]
    budget: Decimal
    verbosity: float
    budget_as_verbose: Decimal


def compare_offers(
    catalog: Catalog, names: Sequence[str], input_tokens: float, output_tokens: float
) -> list[Comparison]:
    """A line per offer of the models or offers named, in that order. Raises InputError for an unknown one."""
    catalog = spelled_out(catalog)
    skills = skill_table(catalog)
    lines = []
    for key in named_offers(catalog, names):
        provider, _, model = key.partition("/")
        offer = catalog.offers[key]
        seller, verbosity = catalog.providers[provider], catalog.models[model].verbosity
        budget = monthly_budget(offer, seller, input_tokens, output_tokens)
        as_verbose = monthly_budget(offer, seller, input_tokens, output_tokens * verbosity)
        known = dict(skills.get(model, {}))
        lines.append(Comparison(key, offer, known, budget, verbosity, as_verbose))
    return lines


def monthly_budget(offer: Offer, provider: Provider, input_tokens: float, output_tokens: float) -> Decimal:
    """USD a month for so many uncached input and output tokens, with the fee, on average over its hours.

    To the cent from one cent up.

    Contract: cost of a request. A self-hosted offer adds one replica. Long-prompt tiers and per-request
    prices need a routing's workload.
    """
    million = 1_000_000
    cost = _decimal(input_tokens) * _decimal(offer.input) + _decimal(output_tokens) * _decimal(offer.output)
    cost = cost / million * (1 + _decimal(provider.fee))
    if offer.hours:
        cost *= _decimal(offer.hours_factor)
    if offer.hosting is not None:
        cost += _decimal(HOURS_A_MONTH) * _decimal(offer.hosting.usd_per_hour)
    # What is not free is never 0.00.
    return cost if cost < Decimal("0.01") else cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _decimal(number: float) -> Decimal:
    """The decimal a person wrote, not the binary fraction next to it: cents must not hang on that."""
    return Decimal(repr(float(number)))


def named_offers(catalog: Catalog, names: Sequence[str]) -> list[str]:
    """Offers by their own key, or all those of a model, at its default level or the one that is named.

    Raises InputError with the nearest known name.
    """
    catalog = spelled_out(catalog)
    offers: dict[str, None] = {}
    for word in names:
        name = canonical(word, catalog.models)
        if name in catalog.offers:
            offers[name] = None
            continue
        of_model = [key for key in catalog.offers if key.partition("/")[2] == name]
        if not of_model and name in catalog.models:
            raise InputError(f"model {name!r} has no offer in this catalogue")
        if not of_model:
            known = [*catalog.models, *catalog.offers]
            raise InputError(unknown_name("model or offer", name, known, catalog.models))
        offers.update(dict.fromkeys(of_model))
    return list(offers)
