"""Figures that contradict each other, are old, or come from nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from ...domain.catalog import Catalog
from ...domain.marks import is_old, price_day
from .finding import Finding, offer_path


def zero_prices(catalog: Catalog) -> Iterator[Finding]:
    """A price of nothing is a preview, a subscription or unknown: not free."""
    for key, offer in catalog.offers.items():
        if offer.hosting is None and not offer.input and not offer.output and not offer.per_request:
            text = "a price of zero is a preview, a subscription or unknown: not free"
            yield Finding("error", offer_path(key, "input"), text, 0.0)


def odd_prices(catalog: Catalog) -> Iterator[Finding]:
    """Output cheaper than input, cache reads dearer than input, tiers cheaper than what is below them."""
    for key, offer in catalog.offers.items():
        if 0 < offer.output < offer.input:
            text = f"output ({offer.output:g}) is cheaper than input ({offer.input:g})"
            yield Finding("warning", offer_path(key, "output"), text, offer.output)
        if offer.cache_read is not None and offer.cache_read > offer.input:
            text = f"reading the cache ({offer.cache_read:g}) is dearer than input ({offer.input:g})"
            yield Finding("warning", offer_path(key, "cache_read"), text, offer.cache_read)
        for at, tier in enumerate(offer.tiers):
            if tier.input < offer.input:
                text = f"long prompts ({tier.input:g}) are cheaper than short ones ({offer.input:g})"
                yield Finding("warning", offer_path(key, f"tiers[{at}].input"), text, tier.input)
            if tier.cache_read is None and offer.cache_read is not None:
                text = (
                    f"no price for cached tokens of prompts above {tier.above:,g}: they are billed as input "
                    f"({tier.input:g}), below at {offer.cache_read:g}"
                )
                yield Finding("warning", offer_path(key, f"tiers[{at}].cache_read"), text)


def windows(catalog: Catalog) -> Iterator[Finding]:
    """An offer cannot have a larger window than its model, nor a longer answer than its window."""
    for key, offer in catalog.offers.items():
        model = catalog.models[key.partition("/")[2]]
        if offer.context is not None and offer.context > model.context:
            text = f"{offer.context:,g} tokens, the model has {model.context:,g}"
            yield Finding("error", offer_path(key, "context"), text, offer.context, model.context)
        window = min(model.context, offer.context or model.context)
        if offer.max_output is not None and offer.max_output > window:
            text = f"{offer.max_output:,g} tokens of output in a window of {window:,g}"
            yield Finding("warning", offer_path(key, "max_output"), text, offer.max_output, window)


def expired(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Offers whose day has passed and that still claim to be there."""
    for key, offer in catalog.offers.items():
        if offer.retires is not None and offer.retires < today and offer.status != "retired":
            text = f"retired on {offer.retires}, but its status is {offer.status}"
            yield Finding("warning", offer_path(key, "status"), text, offer.status, "retired")


def stale(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Prices older than half a year."""
    for key, offer in catalog.offers.items():
        day = price_day(catalog, offer)
        if is_old(day, today):
            text = f"{(today - day).days} days old"
            yield Finding("warning", offer_path(key, "as_of"), text, day.isoformat())


def sources(catalog: Catalog) -> Iterator[Finding]:
    """Figures whose origin is not named, or named but not known."""
    named = [(offer_path(key, "source"), offer.source) for key, offer in catalog.offers.items()]
    for name, model in catalog.models.items():
        named += [(f'models."{name}".scores[{i}].source', s.source) for i, s in enumerate(model.scores)]
    for path, source in named:
        if not source:
            yield Finding("warning", path, "no source")
        elif source not in catalog.sources:
            yield Finding("error", path, f"there is no source {source!r}", source)


def twins(catalog: Catalog) -> Iterator[Finding]:
    """One thing under two names: models alike but for order and signs, offers with one wire id."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in catalog.models:
        words = "".join(c if c.isalnum() or c == "." else " " for c in name.casefold()).split()
        alike[tuple(sorted(words))].append(name)
    for names in map(sorted, alike.values()):
        for other in names[1:]:
            text = f"may be the same model as {names[0]}"
            yield Finding("warning", f'models."{other}"', text, other, names[0])
    wired: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, offer in catalog.offers.items():
        if offer.id:
            wired[key.partition("/")[0], offer.id].append(key)
    for (_, wire), keys in wired.items():
        for other in keys[1:]:
            yield Finding("error", offer_path(other, "id"), f"{keys[0]} has the same id", wire)
