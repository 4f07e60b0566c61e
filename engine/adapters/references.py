"""A routing may only name what the catalogue knows; only its routes and fallbacks may be older."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..domain.catalog import Catalog
from ..domain.errors import InputError, nearest
from ..domain.routing import Routing
from .validation import key_path


def check_references(routing: Routing, catalog: Catalog) -> None:
    """Raises InputError for an unknown offer, provider, model, skill or feature, with the nearest known."""
    limits = routing.limits
    _check(("limits", "providers"), limits.providers, catalog.providers, "provider")
    _check(("limits", "deny_providers"), limits.deny_providers, catalog.providers, "provider")
    _check(("limits", "models"), limits.models, catalog.models, "model")
    _check(("limits", "deny_models"), limits.deny_models, catalog.models, "model")
    for name, label in routing.labels.items():
        here = ("labels", name)
        _check((*here, "allow"), label.allow, catalog.offers, "offer")
        _check((*here, "deny"), label.deny, catalog.offers, "offer")
        _check((*here, "pin"), label.pin, catalog.offers, "offer")
        _check((*here, "skills"), label.skills, catalog.skills, "skill")
        _check((*here, "features"), label.features, catalog.features, "feature")


def _check(path: tuple[str, ...], words: Iterable[str] | None, known: Collection[str], kind: str) -> None:
    for word in words or ():
        if word not in known:
            raise InputError(f"unknown {kind} {word!r}{nearest(word, sorted(known))}", key=key_path(path))
