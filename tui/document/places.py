"""What the finder can go to: rules, labels, offers and models of a document."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...engine.domain.rules import RulePath, sections, set_in, spec_of, unset_in
from .. import formatting
from ..entries import Entry
from .document import Document
from .edits import value_at


def place_entries(
    document: Document,
    go_to: Callable[[RulePath], object],
    add: Callable[[RulePath], object],
    browse: Callable[[str], object],
) -> list[Entry]:
    """Rules that are set and those that could be, labels, offers and models, each with what it leads to."""
    routing, catalog = document.routing, document.listed_catalog
    entries = []
    for section in sections(routing):
        if section.label:
            requests = f"{formatting.number(routing.labels[section.label].requests)} req/mo"
            entries.append(Entry("label", section.label, requests, partial(go_to, section)))
        for path in set_in(routing, section):
            value = formatting.limit_text(spec_of(path), value_at(routing, path))
            entries.append(
                Entry("rule", formatting.place(path), value, partial(go_to, path), spec_of(path).help)
            )
    for section in sections(routing):
        for path in unset_in(routing, section):
            run = partial(add, path)
            entries.append(
                Entry("add a rule", formatting.place(path), "not set", run, spec_of(path).help, True)
            )
    models = sorted({offer.partition("/")[2] for offer in catalog.offers})
    entries += [Entry("model", name, "", partial(browse, name), "shows its offers", True) for name in models]
    entries += [
        Entry("offer", key, "", partial(browse, key), "shows it among the offers", True)
        for key in catalog.offers
    ]
    return entries
