"""What the catalogue knows, a line per offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...domain.catalog import Catalog, Offer
from .comparison import window
from .text import clean, count, table


def list_text(catalog: Catalog, offers: Sequence[str]) -> str:
    """One line per offer."""
    head = ("offer", "USD/M in", "USD/M out", "context", "tok/s", "status", "as of", "source")
    rows = []
    for key in offers:
        offer = catalog.offers[key]
        size = window(catalog.models[key.partition("/")[2]].context, offer)
        speed = "-" if offer.tps is None else f"{offer.tps:g}"
        facts = (
            f"{offer.input:g}",
            f"{offer.output:g}",
            count(size),
            speed,
            offer.status,
            str(offer.as_of or "-"),
        )
        rows.append((clean(key), *facts, clean(offer.source) or "-"))
    return f"{table(head, rows, (1, 2, 3, 4))}\n\n{len(rows)} offers, catalogue of {catalog.as_of}"


def matching(catalog: Catalog, words: Iterable[str]) -> list[str]:
    """Offers whose key, names, developer, status or features contain every word."""
    wanted = [word.casefold() for word in words]
    return [
        key for key, offer in catalog.offers.items() if all(w in _hay(catalog, key, offer) for w in wanted)
    ]


def _hay(catalog: Catalog, key: str, offer: Offer) -> str:
    provider, _, model = key.partition("/")
    about = catalog.models[model]
    weights = "open" if about.open_weights else "closed"
    parts = (
        key,
        offer.id,
        offer.status,
        catalog.providers[provider].name,
        about.name,
        about.developer,
        weights,
    )
    return "\n".join((*parts, *about.features)).casefold()
