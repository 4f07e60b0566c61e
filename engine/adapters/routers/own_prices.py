"""Prices that a router's file states itself (negotiated, zero, discounts), for the user's overlay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.catalog import Catalog, Offer
from ...domain.levels import base_name
from .base import ImportedConfig, OwnPrice

_MAX_RATIO = 1_000.0  # to the list price; a price beyond it is one of another unit
_CACHE = ("cache_read", "cache_write")
_SAME = 1e-9


def price_overrides(config: ImportedConfig, listed: Catalog) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Offer -> field -> USD per million tokens, where the file has another price than the catalogue `listed`;
    and a sentence for each price that is taken or is not.

    What the file does not state is taken in proportion to its input price. An overlay has one price an offer,
    so that of the first label counts.
    """
    overrides: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    for offer, prices in _by_offer(config, listed).items():
        price, facts = prices[0], listed.offers.get(offer)
        if facts is None:
            notes.append(f"{price.label}: {offer} has no list price that its own could take the place of")
            continue
        if doubt := _doubt(facts, price):
            notes.append(f"{price.label}: {offer}: {doubt}")
            continue
        figures = _laid_over(facts, price)
        if figures:
            overrides[offer] = figures
            own = _figures(price.figures)
            known = _figures(
                {name: getattr(facts, name) or 0.0 for name in price.figures or ("input", "output")}
            )
            rest = _in_proportion(price, figures)
            notes.append(f"{price.label}: {offer} costs {own} in this file, {known} by list{rest}")
            notes += _others(config, offer, prices, listed)
    for provider, discount in config.discounts.items():
        offers = {key: facts for key, facts in listed.offers.items() if key.startswith(f"{provider}/")}
        for offer, facts in offers.items():
            figures = overrides.get(offer, {})
            own_price = Offer.model_validate({**facts.model_dump(exclude_unset=True), **figures})
            overrides[offer] = {**figures, **_scaled(own_price, 1 - discount)}
        notes.append(f"{provider}: its {len(offers)} offers cost {discount * 100:.4g} % less by this file")
    return overrides, notes


def _by_offer(config: ImportedConfig, listed: Catalog) -> dict[str, list[OwnPrice]]:
    """The prices by offer, whose levels all cost the same."""
    prices: dict[str, list[OwnPrice]] = {}
    for price in config.prices:
        prices.setdefault(base_name(price.offer, listed.models), []).append(price)
    return prices


def _others(config: ImportedConfig, offer: str, prices: list[OwnPrice], listed: Catalog) -> list[str]:
    """What to say of other labels with the same offer, at another price or at the list's."""
    first, priced = prices[0], {price.label for price in prices}
    notes = [
        f"{price.label}: {offer} costs {_figures(price.figures)} there, which is not taken: counted as in"
        f" {first.label}"
        for price in prices[1:]
        if (price.figures, price.tiers) != (first.figures, first.tiers)
    ]
    plain_mixes = {
        name: {base_name(each, listed.models) for each in mix} for name, mix in config.shares.items()
    }
    unpriced = [name for name, offers in plain_mixes.items() if offer in offers and name not in priced]
    return notes + [f"{name}: {offer} is counted as in {first.label}" for name in unpriced]


def _doubt(facts: Offer, price: OwnPrice) -> str:
    """Why a price is not to be believed; '' where it is."""
    for stated in (price.figures, *(stated for _, stated in price.tiers)):
        for name in ("input", "output"):
            own, known = stated.get(name), getattr(facts, name)
            if own and known and not 1 / _MAX_RATIO < own / known < _MAX_RATIO:
                return (
                    f"an {name} price of {own:,.6g} USD per million tokens is not taken, as {known:,.6g} is"
                    " the list's: is it of another unit?"
                )
    return ""


def _laid_over(facts: Offer, price: OwnPrice) -> dict[str, Any]:
    """The fields in which the file's price differs from the list's."""
    own_input = price.figures.get("input")
    scale = own_input / facts.input if own_input is not None and facts.input else 1.0
    figures = {**_scaled(facts, scale), **price.figures}
    if price.tiers:
        figures["tiers"] = _tiers(facts, price, figures)
    elif abs(scale - 1) < _SAME:
        figures.pop("tiers", None)
    before = {name: getattr(facts, name) for name in figures}
    return {
        name: figure
        for name, figure in figures.items()
        if name == "tiers" or abs(figure - (before[name] or 0.0)) > _SAME * max(figure, 1.0)
    }


def _tiers(facts: Offer, price: OwnPrice, figures: Mapping[str, Any]) -> list[dict[str, float]]:
    """The file's prices of long prompts; what it does not state of one is the list's for such prompts in
    proportion, else that of shorter ones, of the cache in proportion to the input."""
    below = {
        name: figure
        for name in ("input", "output", *_CACHE)
        if (figure := figures.get(name, getattr(facts, name))) is not None
    }
    listed = {tier["above"]: tier for tier in figures.get("tiers", ())}
    tiers = []
    for above, stated in price.tiers:
        known = {key: figure for key, figure in listed.get(above, below).items() if key != "above"}
        if "input" in stated and known["input"]:
            ratio = stated["input"] / known["input"]
            known |= {name: _rounded(known[name] * ratio) for name in _CACHE if name in known}
        tiers.append({"above": above, **known, **stated})
    return tiers


def _scaled(facts: Offer, factor: float) -> dict[str, Any]:
    """All prices of an offer times a factor; free of charge, it has no tiers."""
    figures: dict[str, Any] = {
        name: _rounded(getattr(facts, name) * factor)
        for name in ("input", "output", *_CACHE, "per_request")
        if getattr(facts, name)
    }
    if facts.tiers:
        tiers = [tier.model_dump(exclude_none=True) for tier in facts.tiers]
        scaled = [
            {key: _rounded(figure * factor) if key != "above" else figure for key, figure in tier.items()}
            for tier in tiers
        ]
        figures["tiers"] = scaled if factor else []
    return figures


def _figures(figures: Mapping[str, Any]) -> str:
    """'0.8 in and 6.4 out', USD per million tokens."""
    words = {"input": "in", "output": "out", "cache_read": "cached", "cache_write": "written to the cache"}
    named = [f"{figures[name]:.6g} {word}" for name, word in words.items() if name in figures]
    return " and ".join(named) or "as listed, but for long prompts"


def _in_proportion(price: OwnPrice, figures: Mapping[str, Any]) -> str:
    """What of the figures the file does not state."""
    words = {"cache_read": "cached input", "cache_write": "cache writes", "tiers": "long prompts"}
    names = [word for name, word in words.items() if name in figures and name not in price.figures]
    stated = dict(price.tiers)
    partly = any(
        set(tier) - {"above"} - set(stated.get(tier["above"], ())) for tier in figures.get("tiers", ())
    )
    names = [word for word in names if word != "long prompts" or partly]
    return f"; {' and '.join(names)} in proportion" if names else ""


def _rounded(price: float) -> float:
    return float(f"{price:.12g}")
