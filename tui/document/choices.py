"""The names that a rule may list: which are chosen, and what is known of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ...engine.domain.rules import RuleSpec
from .document import Document


def chosen_names(value: Any) -> dict[str, float]:
    """Name -> weight of a rule's value; 1 where it has no weights."""
    return dict(value) if isinstance(value, Mapping) else dict.fromkeys(value or (), 1.0)


def about_names(document: Document, rule: RuleSpec) -> Callable[[str], str]:
    """What is known of a name of the kind that the rule lists: how many offers, who made it."""
    catalog = document.listed_catalog
    kind = rule.items
    if kind == "providers":
        counts = Counter(key.partition("/")[0] for key in catalog.offers)
        return lambda name: f"{catalog.providers[name].name}, {counts[name]:,} offers"
    if kind == "models":
        counts = Counter(key.partition("/")[2] for key in catalog.offers)
        return lambda name: (
            f"{catalog.models[name].developer or 'developer unknown'}, {counts[name]:,} offers"
        )
    if kind == "features":
        offers = [
            catalog.models[key.partition("/")[2]].features if offer.features is None else offer.features
            for key, offer in catalog.offers.items()
        ]
        counts = Counter(feature for features in offers for feature in features)
        return lambda name: f"{counts[name]:,} offers have it"
    if kind == "skills":
        scored = Counter(
            skill for model in catalog.models.values() for skill in {*model.skills, *(model.fitted or ())}
        )
        return lambda name: f"{scored[name]:,} models have a score"
    if kind == "offers":
        return lambda name: catalog.models[name.partition("/")[2]].developer
    return lambda _: ""
