"""What stands beside the figures: providers' pages and terms, and where a model's window comes from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..model_names import reviewed
from .limits import model_limits

Facts = dict[str, Any]
SOURCE = "providers"
_TITLE = {"title": "The providers' own documentation and terms", "licence": "facts"}


def with_origins(catalog: Facts, archive: Path) -> Facts:
    """The catalogue with both. `archive`: models.dev's files, whose windows are named as its figures."""
    windows = model_limits(archive, reviewed(catalog["models"]))
    pages = tomllib.loads((Path(__file__).parent / "providers.toml").read_text("utf-8"))
    day = catalog["as_of"]
    sources = dict(sorted({**catalog["sources"], SOURCE: {**_TITLE, "as_of": day}}.items()))
    providers = {
        key: {**facts, **pages[key], "source": SOURCE, "as_of": day} if key in pages else facts
        for key, facts in catalog["providers"].items()
    }
    models = {
        key: {**facts, "source": "models.dev"} if _same_window(facts, windows.get(key)) else facts
        for key, facts in catalog["models"].items()
    }
    offers = {key: dearer_reading(facts) for key, facts in catalog["offers"].items()}
    return {**catalog, "sources": sources, "providers": providers, "models": models, "offers": offers}


def dearer_reading(offer: Facts) -> Facts:
    """Of a price that may be read in two ways the dearer reading stands, the other one beside it."""
    quotes = offer.get("disputed", [])
    dearest: Facts = max(quotes, key=lambda quote: quote.get("input", 0.0), default={})
    if not offer.get("ambiguous") or dearest.get("input", 0.0) <= offer["input"]:
        return offer
    figures = [name for name in dearest if name not in ("source", "as_of")]
    beside = {name: offer[name] for name in ("source", "as_of", *figures) if name in offer}
    return {**offer, **dearest, "disputed": [beside, *(quote for quote in quotes if quote is not dearest)]}


def _same_window(model: Facts, limits: Facts | None) -> bool:
    return limits is not None and model["context"] == limits.get("context")
