"""A price source's names -> the catalogue's offers, by the reviewed lists; and which are not taken, and why.

A model that nobody has reviewed may come in under a key made of its name; snapshots, regions' names, pointers
and models for other uses than text do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...domain.catalog import FEATURES, Catalog, plain_offer
from .model_names import callable_first, curated_lists, key_of, last_part, reviewed, undated_name
from .prices.quote import NO_PRICE, SEARCH, Quote, Quotes, searches_web

GATEWAYS = ("openrouter", "vercel")  # a name there is maker/model; a bare one reaches nothing
STRANGER = "of a provider that is not in the catalogue"
LEFT_OUT = "that the catalogue was made without; --all takes them"
_BARE_NAME = "a gateway's name without the maker, which reaches nothing"
_VARIANT = "a snapshot, a region's or a pointer to another model"
_NO_TEXT = "not a model for text"
_NO_WINDOW = "without a window"
_ODD_NAME = "a tuned model's or an odd name"
_OTHER_USE = re.compile(
    r"(?:^|[-_.])(?:image|tts|audio|realtime|live|transcribe|embedding|moderation|guard|ocr|search|"
    r"computer-use|omni|voice|speech)(?:[-_.]|$)"
)
_REGION = re.compile(
    r"(?:global|us|eu|apac|au|jp|us-gov|[a-z]{2}(?:-gov)?-[a-z]+-\d|global-standard|data-?zone)"
)
_KEY = re.compile(r"[a-z0-9][a-z0-9._+-]*")


@dataclass
class Match:
    """A source's quotes by provider/model, and its names that have none.

    `new_models`: model -> facts of those that the catalogue does not know. `unusable`: offer -> why its row
    gives no quote. `not_taken`: why -> names.
    """

    offers: dict[str, Quote] = field(default_factory=dict)
    new_models: dict[str, dict[str, Any]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    not_taken: dict[str, list[str]] = field(default_factory=dict)

    def undecided_features(self, model: str) -> set[str]:
        """web_search where too few of a model's offers have it to say that the model does; else nothing."""
        return set() if searches_web(self._search_flags.get(model, ())) else {SEARCH}

    @cached_property
    def _search_flags(self) -> dict[str, list[bool]]:
        """Model -> whether each of its offers searches the web; asked for once all quotes are matched."""
        flags: dict[str, list[bool]] = {}
        for key, quote in self.offers.items():
            flags.setdefault(key.partition("/")[2], []).append(SEARCH in quote.features)
        return flags

    def leave_offers(self, keys: Iterable[str], catalog: Catalog) -> None:
        """Take no new offer of these, nor a model that only they are of."""
        for key in keys:
            if key in self.offers and key not in catalog.offers:
                self.leave(self.offers.pop(key).name, LEFT_OUT)
        served = {key.partition("/")[2] for key in self.offers}
        self.new_models = {key: facts for key, facts in self.new_models.items() if key in served}

    def leave(self, name: str, why: str) -> None:
        """Keep a name that is not taken, with the reason."""
        self.not_taken.setdefault(why, []).append(name)


def match_quotes(catalog: Catalog, quotes: Iterable[Quote], source: str) -> Match:
    """Every quote of a source with the offer that it is of; of several for one offer, the one that can be
    called, and of those the shortest name, which stands for its snapshots."""
    names = _Names(catalog, source)
    match = Match()
    unknown: dict[str, list[Quote]] = {}  # model -> its quotes, where the catalogue does not know it
    for quote in sorted(quotes, key=names.rank):
        provider = names.provider(quote.provider)
        if provider is None:
            match.leave(quote.name, STRANGER)
            continue
        if provider in GATEWAYS and "/" not in str(quote.facts.get("id", "/")):
            match.leave(quote.name, _BARE_NAME)
            continue
        model, why = names.model(quote, provider)
        if model is not None and model not in catalog.models:
            unknown.setdefault(model, []).append(quote)
        if model is None or f"{provider}/{model}" in match.offers:
            match.leave(quote.name, why or _VARIANT)
        else:
            match.offers[f"{provider}/{model}"] = quote
    _add_new_models(match, unknown)
    if isinstance(quotes, Quotes):
        _add_unusable(match, catalog, names, quotes)
    return match


class _Names:
    """What the names of one source stand for in a catalogue."""

    def __init__(self, catalog: Catalog, source: str) -> None:
        curated = curated_lists()
        self._catalog, self._source, self._reviewed_models = catalog, source, curated["models"]
        self._models = reviewed((*curated["models"], *catalog.models))
        self._providers = {
            name: key for key, row in curated["providers"].items() for name in (*row.get(source, ()), key)
        }
        self._providers |= {key: key for key in catalog.providers if key not in self._providers}

    @cached_property
    def _added_earlier(self) -> dict[tuple[str, str], str]:
        """(provider, id) -> model of offers that an earlier refresh has added: nobody has reviewed those."""
        return {
            (provider, offer.id): model
            for key, offer in self._catalog.offers.items()
            for provider, _, model in [key.partition("/")]
            if offer.source == self._source and offer.id and model not in self._reviewed_models
            if plain_offer(key, self._catalog.models) == key
        }

    @cached_property
    def _undated(self) -> set[str]:
        return {undated_name(name) for name in self._models}

    def provider(self, seller: str) -> str | None:
        """The key of a provider by its name at the source, where the catalogue has it."""
        key = self._providers.get(seller)
        return key if key in self._catalog.providers else None

    def rank(self, quote: Quote) -> tuple[Any, ...]:
        """Sorts quotes: those of offers added earlier first, then those that can be called."""
        name = callable_first(quote.name, self._providers.get(quote.provider, ""))
        return self._earlier(quote) is None, name

    def model(self, quote: Quote, provider: str) -> tuple[str | None, str]:
        """The key of the quote's model, new where the catalogue does not know it; or none, and why."""
        model = self._earlier(quote) or self.reviewed_model(quote.name)
        return (model, "") if model is not None else self._new_key(quote, provider)

    def reviewed_model(self, name: str) -> str | None:
        """The key of a model by the reviewed lists alone."""
        return key_of(name, self._models)

    def _earlier(self, quote: Quote) -> str | None:
        seller = self._providers.get(quote.provider, "")
        return self._added_earlier.get((seller, str(quote.facts.get("id", ""))))

    def _new_key(self, quote: Quote, provider: str) -> tuple[str | None, str]:
        *path, last = str(quote.facts.get("id", quote.name)).casefold().split("/")
        pointer = last.endswith(("-latest", ":free")) or "@" in last
        if pointer or any(_REGION.fullmatch(part) for part in path):
            return None, _VARIANT
        if provider == "bedrock":
            if _REGION.fullmatch(last.partition(".")[0]) and not last.startswith("global."):
                return None, _VARIANT
            last = re.sub(r"^(?:global\.)?[a-z0-9]+\.(?=[a-z])", "", last)
            last = re.sub(r"(?:-v\d+)?(?::\d+)?$", "", last)
        key = undated_name(last)
        if not _KEY.fullmatch(key) or last.startswith("ft:"):
            return None, _ODD_NAME
        if key in self._undated or undated_name(last_part(quote.name)) in self._undated:
            return None, _VARIANT
        if _OTHER_USE.search(key):
            return None, _NO_TEXT
        return key, ""


def _add_new_models(match: Match, unknown: Mapping[str, list[Quote]]) -> None:
    """Models that the catalogue does not know, with the largest window that any provider gives them."""
    for model, quotes in unknown.items():
        window = max(int(quote.facts.get("context", 0)) for quote in quotes)
        if not window:
            for key in [key for key in match.offers if key.partition("/")[2] == model]:
                match.leave(match.offers.pop(key).name, _NO_WINDOW)
            continue
        features = {word for quote in quotes for word in quote.features if word in FEATURES}
        features -= match.undecided_features(model)
        match.new_models[model] = {"name": model, "context": window, "features": sorted(features)}


def _add_unusable(match: Match, catalog: Catalog, names: _Names, quotes: Quotes) -> None:
    """The rows that gave no quote, by the offer that they are of, or among the names that are not taken."""
    for seller, name, why in quotes.left_out:
        provider, model = names.provider(seller), names.reviewed_model(name)
        key = f"{provider}/{model}"
        if key in catalog.offers and key not in match.offers:
            match.unusable[key] = why
        elif why == NO_PRICE or provider is None:
            match.leave(name, STRANGER if provider is None else why)
        elif key not in match.offers:
            match.unusable.setdefault(key if model else f"{provider}/{name}", why)
