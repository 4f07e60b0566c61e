"""What tells one question from another, so that a finished row is not solved again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from ....version import __version__
from ...domain.catalog import Catalog
from ...domain.routing import Routing
from ..catalog.file import catalog_hash


def as_asked(routing: Routing) -> str:
    """The question alone as JSON: a saved answer does not change it."""
    labels = {
        name: label.model_copy(update={"routes": (), "fallbacks": ()})
        for name, label in routing.labels.items()
    }
    return routing.model_copy(update={"labels": labels, "solution": None}).model_dump_json(by_alias=True)


def keys_of(questions: Sequence[str], catalog: Catalog, today: date) -> list[str]:
    """Sixteen hex digits each: of the question, the catalogue, the offers past their day, the version."""
    gone = sorted(name for name, offer in catalog.offers.items() if offer.retires and offer.retires < today)
    world = hashlib.blake2b(f"{__version__} {catalog_hash(catalog)} {gone}".encode(), digest_size=16)
    found = []
    for question in questions:
        one = world.copy()
        one.update(question.encode("utf-8", "surrogatepass"))
        found.append(one.hexdigest()[:16])
    return found
