"""How far qualities may be off, for random draws: deviations below and above the figure.

A figure q with the 80 % interval low to high is drawn as a normal with two halves, of the standard deviation
(q - low)/1.2815516 below and (high - q)/1.2815516 above: it stays above what a confidence c counts with the
chance c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...domain.catalog import Catalog
from ...domain.levels import spelled_out
from ...domain.routing import Label, Measured
from ..skill_model.intervals import Z80, skill_intervals, wilson_high
from .measured import entries, low_end
from .offer_table import OfferTable
from .problem import Floats, Ints


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
    pairs = [_own(own, points) for own in label.measured.values()]
    below, above = np.array(pairs, dtype=float).reshape(-1, 2).T
    return Deviations(below, above)


def _own(own: Measured, points: float) -> tuple[float, float]:
    if own.quality is None:
        return 0.0, 0.0
    if own.n is None and own.low is None:
        return points, points
    below = (own.quality - low_end(own)) / Z80
    return below, below if own.n is None else (wilson_high(own.quality, own.n) - own.quality) / Z80


def own_keys(label: Label, table: OfferTable) -> Ints:
    """(N,) whose own test result an offer has, as a place among the label's keys; -1: none."""
    places = {id(own): place for place, own in enumerate(label.measured.values())}
    keys = np.full(len(table.offers), -1)
    for own, offers in entries(label, table):
        if own.quality is not None:
            keys[offers] = places[id(own)]
    return keys
