"""Quality on a label: as it stands, as it is counted at a confidence, and the floors that models set.

How far it may be off, for random draws: a figure q with the 80 % interval low to high is drawn as a normal
with two halves, of the standard deviation (q - low)/1.2815516 below and (high - q)/1.2815516 above: it stays
above what a confidence c counts with the chance c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...domain.catalog import Z80, Catalog
from ...domain.errors import InputError, nearest
from ...domain.evidence import unknown_skills_text, untested_text
from ...domain.levels import spelled_out
from ...domain.references import AsGoodAs, Reference
from ...domain.routing import Label, Measured, Routing
from ...domain.rules import quality_rules
from ..skill_model.skills import deviations, skill_intervals, wilson_high
from .measured import entries, is_model, low_end, own_qualities, skills_of
from .offer_table import OfferTable
from .problem import Bools, Floats, Ints

Skills = Mapping[str, float]


def qualities(label: Label, table: OfferTable) -> Floats:
    """(N,) `sum(w*skill) / sum(w)`, 0-100, or as measured; nan where it is not known (contract: quality)."""
    if label.is_tested:
        return own_qualities(label, table)[0]
    if not label.skills or not all(name in table.skills for name in label.skills):
        return np.full(len(table.offers), np.nan)
    return _weighed(label, table.skills)


def quality_gaps(label: Label, table: OfferTable) -> Floats:
    """(N,) points from the quality down to the low end of its 80 %; 0 where it has no interval."""
    if label.is_tested:
        return own_qualities(label, table)[1]
    if not label.skills:
        return np.zeros(len(table.offers))
    none = np.zeros(len(table.offers))
    return _weighed(label, {name: table.skill_gaps.get(name, none) for name in label.skills})


def counted_qualities(routing: Routing, name: str, table: OfferTable) -> Floats:
    """(N,) what rules on quality count of each offer (contract: confidence); nan where it is unscored.

    `routing` is resolved. A model that the label is to be as good as counts as it stands.
    """
    label = routing.labels[name]
    quality = qualities(label, table)
    taken_off = deviations(routing.confidence(label))
    if taken_off == 0:
        return quality
    counted = np.maximum(0.0, quality - taken_off * quality_gaps(label, table))
    return np.asarray(np.where(exempt_offers(routing, name, table), quality, counted))


def exempt_offers(routing: Routing, name: str, table: OfferTable) -> Bools:
    """(N,) the offers of the models that a label is to be as good as: without an error against themselves."""
    exempt = np.zeros(len(table.offers), dtype=bool)
    for model in references(routing, name):
        exempt |= is_model(table, model)
    return exempt


def references(routing: Routing, name: str) -> tuple[str, ...]:
    """The models that a label of a resolved routing is to be as good as, by its own rules or the router's."""
    label = routing.labels[name]
    floors = (*(getattr(label, rule) for rule in quality_rules()), routing.limits.min_quality)
    return tuple(dict.fromkeys(floor.model for floor in floors if isinstance(floor, AsGoodAs)))


def resolved(routing: Routing, table: OfferTable) -> Routing:
    """The routing with the floors that are models' as points (AsGoodAs); the same where there are none.

    Raises InputError for a model that is unscored on the label.
    """
    floors = [getattr(label, rule) for label in routing.labels.values() for rule in quality_rules()]
    if not any(isinstance(floor, str) for floor in (*floors, routing.limits.min_quality)):
        return routing
    labels = {name: _resolved_label(name, label, table) for name, label in routing.labels.items()}
    routing = routing.model_copy(update={"labels": labels})
    floor = routing.limits.min_quality
    if not isinstance(floor, str):
        return routing
    reference, path = Reference.parse(floor), "limits.min_quality"
    total = sum(label.weight for label in labels.values())
    own = sum(
        label.weight * _own_quality(label, table, reference.model, path, name)
        for name, label in labels.items()
        if label.weight
    )
    limits = routing.limits.model_copy(update={"min_quality": _floor(reference, own / total)})
    return routing.model_copy(update={"limits": limits})


def _resolved_label(name: str, label: Label, table: OfferTable) -> Label:
    floors = {}
    for rule in quality_rules():
        if isinstance(floor := getattr(label, rule), str):
            reference = Reference.parse(floor)
            quality = _own_quality(label, table, reference.model, f"labels.{name}.{rule}", name)
            floors[rule] = _floor(reference, quality)
    return label.model_copy(update=floors) if floors else label


def _floor(reference: Reference, quality: float) -> AsGoodAs:
    return AsGoodAs(quality - reference.points, reference.model, quality)


def _own_quality(label: Label, table: OfferTable, model: str, path: str, name: str) -> float:
    """The plain figure of a model on a label, whoever serves it."""
    if model not in table.model_names:
        raise InputError(f"unknown model {model!r}{nearest(model, sorted(table.model_names))}", key=path)
    if label.is_tested:
        for key in (table.model_names[model].full, table.model_names[model].base):
            if key in label.measured and (quality := label.measured[key].quality) is not None:
                return quality
        raise InputError(untested_text(model, name), key=path)
    skills = skills_of(table, model)
    if missing := [skill for skill in label.skills if skill not in skills]:
        raise InputError(unknown_skills_text(model, name, missing), key=path)
    return sum(weight * skills[skill] for skill, weight in label.skills.items()) / sum(label.skills.values())


def _weighed(label: Label, columns: Mapping[str, Floats]) -> Floats:
    total = sum(weight * columns[name] for name, weight in label.skills.items())
    return np.asarray(total / sum(label.skills.values()))


@dataclass(frozen=True)
class Deviations:
    """Standard deviations in points, (n,) of each figure, below and above it."""

    below: Floats
    above: Floats

    def of(self, places: Ints) -> Deviations:
        """Those of some of the figures."""
        return Deviations(self.below[places], self.above[places])

    def noise(self, normals: Floats) -> Floats:
        """(S, n) points that standard normals (S, n) move the figures by."""
        return np.asarray(normals * np.where(normals < 0, self.below, self.above))


def skill_deviations(table: OfferTable, catalog: Catalog, skill: str, points: float) -> Deviations:
    """Of each model's skill (M,): by its interval, else `points`."""
    models = spelled_out(catalog).models
    below, above = np.full((2, len(table.models)), points)
    for code, name in enumerate(table.models):
        model = models[name]
        if (interval := skill_intervals(model).get(skill)) is not None:
            value = model.fitted[skill].value
            below[code], above[code] = (value - interval[0]) / Z80, (interval[1] - value) / Z80
    return Deviations(below, above)


def own_deviations(label: Label, points: float) -> Deviations:
    """Of each of a label's own test results, in the order of its keys; 0 where there is none."""
    pairs = [_deviations_of(entry, points) for entry in label.measured.values()]
    below, above = np.array(pairs, dtype=float).reshape(-1, 2).T
    return Deviations(below, above)


def _deviations_of(entry: Measured, points: float) -> tuple[float, float]:
    if entry.quality is None:
        return 0.0, 0.0
    if entry.n is None and entry.low is None:
        return points, points
    below = (entry.quality - low_end(entry)) / Z80
    return below, below if entry.n is None else (wilson_high(entry.quality, entry.n) - entry.quality) / Z80


def own_keys(label: Label, table: OfferTable) -> Ints:
    """(N,) whose own test result an offer has, as a place among the label's keys; -1: none."""
    places = {id(entry): place for place, entry in enumerate(label.measured.values())}
    keys = np.full(len(table.offers), -1)
    for entry, offers in entries(label, table):
        if entry.quality is not None:
            keys[offers] = places[id(entry)]
    return keys
