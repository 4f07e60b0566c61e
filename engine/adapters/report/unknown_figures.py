"""Which models of a catalogue have no skill and which offers no speed, as text and as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...domain.catalog import Catalog, Model, Offer
from ...domain.formatting import share_text
from ...domain.levels import base_name
from .text import clean, table


@dataclass(frozen=True)
class UnknownFigures:
    """Of the offers that can be used: `unscored` and `mute` models, and the offers without a speed.

    A model is unscored where none of its levels has a skill, and mute where no offer of it has a speed; of
    `estimated` the speed is that of relatives. All in the catalogue's order.
    """

    models: tuple[str, ...]
    unscored: tuple[str, ...]
    mute: tuple[str, ...]
    offers: tuple[str, ...]
    mute_offers: tuple[str, ...]
    estimated: tuple[str, ...]


def unknown_figures(catalog: Catalog, offers: Iterable[str]) -> UnknownFigures:
    """Of these offers, levels counted with the plain ones; what is retired is left out."""
    usable = {
        base_name(key, catalog.models): offer
        for key in offers
        if (offer := catalog.offers[key]).status != "retired"
    }
    sellers: dict[str, list[Offer]] = {}
    for key, offer in usable.items():
        sellers.setdefault(key.partition("/")[2], []).append(offer)
    mute_offers = [key for key, offer in usable.items() if not _has_speed(offer)]
    return UnknownFigures(
        models=tuple(sellers),
        unscored=tuple(name for name in sellers if not _is_scored(catalog.models[name])),
        mute=tuple(name for name, sold in sellers.items() if not any(map(_has_speed, sold))),
        offers=tuple(usable),
        mute_offers=tuple(mute_offers),
        estimated=tuple(key for key, offer in usable.items() if _has_speed(offer) and offer.speed_basis),
    )


def _has_speed(offer: Offer) -> bool:
    return offer.ttft is not None and offer.tps is not None


def _is_scored(model: Model) -> bool:
    levels = model.efforts.values()
    known = model.scores or model.skills or model.fitted
    return bool(known) or any(level.skills or level.fitted for level in levels)


def unknown_text(catalog: Catalog, figures: UnknownFigures) -> str:
    """A line for each model that lacks something, then how many of all that are."""
    count = dict.fromkeys(figures.models, 0)
    mute_count = dict(count)
    for key in figures.offers:
        count[key.partition("/")[2]] += 1
    for key in figures.mute_offers:
        mute_count[key.partition("/")[2]] += 1
    lacking = [name for name in figures.models if name in figures.unscored or mute_count[name]]
    rows = [
        (
            clean(name),
            clean(catalog.models[name].developer) or "-",
            "unscored" if name in figures.unscored else "",
            f"{mute_count[name]} of {count[name]} offers" if mute_count[name] else "",
        )
        for name in lacking
    ]
    head = ("model", "developer", "skills", "without a speed")
    lines = [
        _counted(len(figures.unscored), len(figures.models), "models", "unscored"),
        _counted(len(figures.mute), len(figures.models), "models", "without a speed at any provider"),
        _counted(len(figures.mute_offers), len(figures.offers), "offers", "without a speed"),
        _counted(len(figures.estimated), len(figures.offers), "offers", "with an estimated speed (~)"),
    ]
    listed = f"{table(head, rows)}\n\n" if rows else ""
    return listed + "\n".join(lines)


def _counted(part: int, whole: int, kind: str, what: str) -> str:
    share = f" ({share_text(part / whole)})" if whole else ""
    return f"{part:,} of {whole:,} {kind}{share} {what}"


def unknown_json(figures: UnknownFigures) -> dict[str, Any]:
    """The same as data."""
    return {
        "models": len(figures.models),
        "offers": len(figures.offers),
        "unscored": list(figures.unscored),
        "without_speed": list(figures.mute),
        "offers_without_speed": list(figures.mute_offers),
        "offers_with_estimated_speed": list(figures.estimated),
    }
