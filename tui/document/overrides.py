"""What-if figures: which there are, which offers they touch, and the overrides with one more or one less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ...engine.adapters.catalog.overlay import OWN_SOURCE
from ...engine.domain.levels import base_name, canonical, place_of_level

if TYPE_CHECKING:
    from ...engine.domain.catalog import Catalog

Overrides = Mapping[str, Any]
# ("offers", KEY, "input"), ("models", KEY, "skills", NAME), ("models", KEY, "scores", "2")
Place = tuple[str, ...]


def changed_figures(catalog: Catalog, overrides: Overrides) -> dict[Place, Any]:
    """The figures that are not the catalogue's, by their place."""
    changed: dict[Place, Any] = {}
    for key, figures in overrides.get("offers", {}).items():
        for name, value in figures.items():
            if getattr(catalog.offers[key], name) != value:
                changed["offers", key, name] = value
    for key, figures in _figures_of_models(catalog, overrides):
        model = catalog.models[key]
        for name, value in figures.get("skills", {}).items():
            if model.skills.get(name) != value:
                changed["models", key, "skills", name] = value
        for at, score in enumerate(figures.get("scores", ())):
            if model.scores[at].value != score["value"]:
                changed["models", key, "scores", str(at)] = score["value"]
    return changed


def _figures_of_models(catalog: Catalog, overrides: Overrides) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(model, figures) of the overrides, each reasoning level a model."""
    for key, figures in overrides.get("models", {}).items():
        yield key, figures
        for level, figures_of_level in figures.get("efforts", {}).items():
            yield canonical(f"{key}@{level}", catalog.models), figures_of_level


def changed_figures_by_offer(catalog: Catalog, overrides: Overrides) -> dict[str, frozenset[str]]:
    """Offer -> which of its figures are not the catalogue's, `skill:NAME` and `score:PLACE` among them."""
    offers: dict[str, set[str]] = defaultdict(set)
    models: dict[str, set[str]] = defaultdict(set)
    for place in changed_figures(catalog, overrides):
        if place[0] == "offers":
            offers[place[1]].add(place[2])
        elif place[2] == "skills":
            models[place[1]].add(f"skill:{place[3]}")
        else:
            score = catalog.models[place[1]].scores[int(place[3])]
            models[place[1]].add(f"score:{place[3]}")
            if not catalog.models[place[1]].fitted:  # a fit is made with the catalogue, not anew
                models[place[1]].add(f"skill:{catalog.benchmarks[score.benchmark].skill}")
    for key in catalog.offers if models else ():
        if names := models.get(key.partition("/")[2]):
            offers[key] |= names
    for key, facts in catalog.offers.items() if offers else ():
        plain = base_name(key, catalog.models)
        if plain != key and plain in offers:  # a level has what it has not itself from the plain offer
            figures = [name for name in offers[plain] if ":" not in name]
            offers[key] |= {n for n in figures if getattr(catalog.offers[plain], n) == getattr(facts, n)}
    return {key: frozenset(names) for key, names in offers.items()}


def put(catalog: Catalog, overrides: Overrides, place: Place, value: float | None) -> Overrides:
    """The overrides with a figure at a place; None gives back the catalogue's."""
    tables = deepcopy(dict(overrides))
    table = tables
    for key in _file_path(catalog, place):
        table = table.setdefault(key, {})
    if place[2] == "scores":
        _put_score(catalog, table, place, value)
    else:
        inner = table.setdefault(place[2], {}) if place[2] == "skills" else table
        if value is None:
            inner.pop(place[-1], None)
        else:
            inner[place[-1]] = value
    return _pruned(tables)


def _file_path(catalog: Catalog, place: Place) -> tuple[str, ...]:
    """The tables of an overlay in which a figure stands: a level's skills are in its model's efforts."""
    if place[0] != "models":
        return place[:2]
    path = place_of_level(place[1], catalog.models)
    model = catalog.models[path[1]]
    if (
        len(path) == 2
        and model.efforts
        and "skills" in model.efforts[str(model.default_effort)].model_fields_set
    ):
        return (*path, "efforts", str(model.default_effort))  # they stand instead of the model's
    return path


def _put_score(catalog: Catalog, table: dict[str, Any], place: Place, value: float | None) -> None:
    """A list is given whole: the catalogue's scores, this one of the user's own."""
    known = [score.model_dump() for score in catalog.models[place[1]].scores]
    scores, at = table.setdefault("scores", deepcopy(known)), int(place[3])
    scores[at] = known[at] if value is None else {**known[at], "value": value, "source": OWN_SOURCE}
    if scores == known:
        del table["scores"]


def _pruned(tables: dict[str, Any]) -> dict[str, Any]:
    """Without empty tables."""
    kept = {key: _pruned(value) if isinstance(value, dict) else value for key, value in tables.items()}
    return {key: value for key, value in kept.items() if value != {}}
