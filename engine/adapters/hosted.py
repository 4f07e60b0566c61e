"""--host MODEL:usd_per_hour=4,rpm=120: a machine of one's own that the catalogue does not have (yet)."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.catalog import Catalog, Offer, Provider
from ..domain.errors import InputError, nearest
from .quantities import quantity
from .validation import validated

PROVIDER = "self-hosted"
_HOSTING = ("usd_per_hour", "rpm", "tpm")
_SPEED = ("ttft", "tps", "spread")
_WHERE = "--host"


def with_hosts(catalog: Catalog, texts: Sequence[str]) -> Catalog:
    """The catalogue with an offer self-hosted/MODEL for each text; its tokens cost nothing but the rent.

    Without ttft and tps its speed is unknown, and labels with max_latency do not use it. Raises InputError.
    """
    if not texts:
        return catalog
    offers = dict(catalog.offers)
    for text in texts:
        model, _, facts = text.partition(":")
        if model not in catalog.models:
            raise InputError(f"unknown model {model!r}{nearest(model, catalog.models)}", where=_WHERE)
        offers[f"{PROVIDER}/{model}"] = _offer(text, facts)
    providers = {PROVIDER: Provider(name="Self-hosted", trains_on_data=False), **catalog.providers}
    return catalog.model_copy(update={"providers": providers, "offers": offers})


def _offer(text: str, facts: str) -> Offer:
    numbers: dict[str, float] = {}
    for part in facts.split(","):
        key, _, value = part.partition("=")
        key = key.strip()
        if key not in (*_HOSTING, *_SPEED):
            close = nearest(key, (*_HOSTING, *_SPEED))
            raise InputError(
                f"unknown key {key!r}{close}; give usd_per_hour and rpm or tpm", where=f"{_WHERE} {text}"
            )
        number = quantity(value, key)
        if number is None:
            raise InputError(f"{key}: {value!r} is not a number", where=f"{_WHERE} {text}")
        numbers[key] = number
    hosting = {key: numbers[key] for key in _HOSTING if key in numbers}
    speed = {key: numbers[key] for key in _SPEED if key in numbers}
    facts_of_offer = {"input": 0.0, "output": 0.0, "hosting": hosting, **speed}
    return validated(Offer, facts_of_offer, f"{_WHERE} {text}")
