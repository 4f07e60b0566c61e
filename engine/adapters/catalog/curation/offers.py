"""A price source's quotes -> offers of the models and providers that are on the reviewed list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ..model_names import callable_first, key_of
from ..prices.quote import SEARCH, Quote, searches_web

PRICES = ("input", "output", "cache_read", "cache_write")
_PRICE_TOL = 1e-6  # relative: prices nearer than this are the same
Facts = dict[str, Any]


def offers_of(
    quotes: Iterable[Quote],
    providers: Mapping[str, str],
    known: Mapping[str, str],
    sources: Mapping[str, Facts],
    source: str,
) -> tuple[dict[str, Facts], dict[str, Facts]]:
    """(offers by provider/model, what they say of each model). `providers` maps the source's names to keys.

    Of several entries for one offer the one that can be called stands, and of those the shortest name: dated
    ones are snapshots of it. A search of the web is what providers add to a model: most have to have it.
    """
    offers: dict[str, Facts] = {}
    models: dict[str, Facts] = {}
    ordered = sorted(quotes, key=lambda quote: callable_first(quote.name, providers.get(quote.provider, "")))
    searched: dict[str, list[bool]] = {}
    for quote in ordered:
        provider, model = providers.get(quote.provider), key_of(quote.name, known)
        if provider is None or model is None or f"{provider}/{model}" in offers:
            continue
        searched.setdefault(model, []).append(SEARCH in quote.features)
        offer = {**quote.facts, "source": source, "as_of": sources[source]["as_of"]}
        if successor := key_of(str(offer.pop("successor", "")), known):
            offer["successor"] = successor
        offers[f"{provider}/{model}"] = offer | {"features": quote.features, "lacks": quote.lacks}
        about = models.setdefault(model, {"features": set(), "context": 0.0})
        about["context"] = max(about["context"], quote.facts.get("context", 0))
        about["features"] |= quote.features
    for model, flags in searched.items():
        if not searches_web(flags):
            models[model]["features"].discard(SEARCH)
    return offers, models


def with_dispute(offer: Facts, other: Facts) -> Facts:
    """The offer with what another source says of its prices, where that differs."""
    stated = {name: other[name] for name in PRICES if name in offer and name in other}
    for period in offer.get("hours", ()):
        if all(_same(price, offer[name] * period["factor"]) for name, price in stated.items()):
            return offer
    if all(_same(price, offer[name]) for name, price in stated.items()):
        return offer
    quoted = {"source": other["source"], "as_of": date.fromisoformat(other["as_of"]), **stated}
    return offer | {"disputed": [*offer.get("disputed", ()), quoted]}


VOTED = "two of three sources agree on it"
NEWEST = "the newest of the sources"


def with_vote(offer: Facts, others: Sequence[Facts], *, is_news: bool) -> Facts:
    """The offer with what other sources say, and where they differ the rule by which its prices stand.

    Where two others agree with each other and not with it, theirs stand, of the newer one of the two, and its
    own are kept beside: unless they are news, which the others have not read yet.
    """
    disputed = offer
    for other in others:
        disputed = with_dispute(disputed, other)
    doubted = len(disputed.get("disputed", ())) - len(offer.get("disputed", ()))
    if doubted < 2 or is_news or "disputed" in with_dispute(others[0], others[1]):
        return disputed | ({"price_rule": NEWEST} if doubted else {})
    winner = max(others, key=lambda other: other["as_of"])
    quoted = {"source": offer["source"], "as_of": date.fromisoformat(offer["as_of"])}
    quoted |= {name: offer[name] for name in PRICES if name in offer}
    rest = {name: fact for name, fact in offer.items() if name not in (*PRICES, "tiers", "hours")}
    prices = {name: winner[name] for name in (*PRICES, "tiers", "hours") if name in winner}
    origin = {"source": winner["source"], "as_of": winner["as_of"]}
    return rest | prices | origin | {"disputed": [quoted], "price_rule": VOTED}


def _same(price: float, other: float) -> bool:
    return abs(price - other) <= _PRICE_TOL * other


def with_features(offer: Facts, model: Iterable[str], other: Quote | None) -> Facts:
    """The offer with what its sources say that it has; what they do not say of it is no other offer's word.

    `model`: what its model has, by any offer of it. `other`: a second source's quote of the offer, for what
    the first one does not say. What the model has and nobody says of this offer is `features_unknown`.
    """
    second = Quote("", "") if other is None else other
    has, lacks = frozenset(offer.get("features", ())), frozenset(offer.get("lacks", ()))
    has |= second.features - lacks
    lacks |= second.lacks - has
    facts = {name: fact for name, fact in offer.items() if name not in ("features", "lacks")}
    if has == set(model) or "hosting" in offer:
        return facts
    unknown = sorted(set(model) - has - lacks)
    return facts | {"features": sorted(has)} | ({"features_unknown": unknown} if unknown else {})
