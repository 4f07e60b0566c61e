"""Figures of the user's own over the catalogue's: tried in a what-if, or kept in the overlay file.

They have the shape of an overlay, `{"offers": {KEY: {FIELD: VALUE}}, "models": {KEY: {...}}}`; a model's list
of scores is given whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ...domain.catalog import Catalog, Model, Offer, Source
from ...domain.errors import InputError, nearest
from ..validation import validated
from .file import merged
from .overlay import write

Facts = Mapping[str, Any]
V = TypeVar("V", Offer, Model)
MINE = "mine"  # the source that the user's own figures name
_TITLE = "Your own figures"


def with_facts(catalog: Catalog, facts: Facts) -> Catalog:
    """The catalogue with these figures instead of its own. Raises InputError for one that cannot be."""
    if not facts:
        return catalog
    offers, models = dict(catalog.offers), dict(catalog.models)
    for key, figures in facts.get("offers", {}).items():
        offers[key] = _over(Offer, offers, key, figures)
    for key, figures in facts.get("models", {}).items():
        models[key] = _over(Model, models, key, figures)
    return catalog.model_copy(update={"offers": offers, "models": models})


def _over(kind: type[V], known: Mapping[str, V], key: str, figures: Facts) -> V:
    if key not in known:
        raise InputError(f"unknown {kind.__name__.lower()} {key!r}{nearest(key, known)}", where="what-if")
    data = known[key].model_dump(by_alias=True, exclude_unset=True)
    return validated(kind, merged(data, figures), "what-if")


def with_mine(catalog: Catalog, facts: Facts, day: date) -> Catalog:
    """The catalogue as it is read once the figures are in the overlay. Raises InputError."""
    known = with_facts(catalog, {**facts, "offers": _offers(facts, day)})
    mine = Source(title=_TITLE, as_of=day)
    return known.model_copy(update={"sources": {**known.sources, MINE: mine}})


def _offers(facts: Facts, day: date) -> Facts:
    told = facts.get("offers", {})
    return {key: {**figures, "source": MINE, "as_of": day} for key, figures in told.items()}


def keep(path: Path, facts: Facts, day: date) -> str:
    """Write the figures into the overlay file as the user's own; its other lines stay.

    Returns what `disk.save` has to say. Raises InputError.
    """
    return write(path, None, as_mine(facts, day))


def as_mine(facts: Facts, day: date) -> dict[str, Any]:
    """The figures as an overlay's tables, their source named as the user's own."""
    source = {MINE: {"title": _TITLE, "as_of": day}}
    return {"offers": _offers(facts, day), "models": facts.get("models", {}), "sources": source}
