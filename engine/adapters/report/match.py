"""Which model a source's name means: by the reviewed table, else what the normaliser proposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.catalog import Catalog
from ..catalog.model_names import key_of, proposals, reviewed
from ..catalog.scores.figure import split
from .text import clean, table


@dataclass(frozen=True)
class Match:
    """A name, its model (None: nobody has reviewed it), its variant, and proposals with likeness, 0-1."""

    name: str
    key: str | None
    variant: str
    proposals: tuple[tuple[str, float], ...]


def matches(catalog: Catalog, names: Iterable[str]) -> list[Match]:
    """One a name. Only models of the catalogue count."""
    known = {name: key for name, key in reviewed(catalog.models).items() if key in catalog.models}
    found = []
    for name in names:
        bare, variant = split(name)
        key = key_of(name, known)
        key, variant = (key, "") if key else (key_of(bare, known), variant)
        found.append(Match(name, key, variant, () if key else tuple(proposals(bare, known))))
    return found


def match_text(found: Sequence[Match]) -> str:
    """A line a name."""
    rows = []
    for one in found:
        about = ", ".join(f"{key} ({score:.2f})" for key, score in one.proposals)
        verdict = "reviewed" if one.key else f"perhaps {about}" if about else "nothing like it is known"
        rows.append((clean(one.name), clean(one.key or "-"), clean(one.variant) or "-", verdict))
    return table(("name", "model", "variant", "by"), rows)


def match_json(found: Sequence[Match]) -> dict[str, Any]:
    """The same as data."""
    return {
        one.name: {"model": one.key, "variant": one.variant, "proposals": dict(one.proposals)}
        for one in found
    }
