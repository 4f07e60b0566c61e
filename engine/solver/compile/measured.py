"""A user's own figures on a label, laid over the catalogue's figure by figure.

Of the keys that have a figure the most particular wins: an offer's, then a model's level's, then a model's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...domain.routing import Label, Measured
from ..skill_model.skills import wilson_low
from .offer_table import OfferTable
from .problem import Bools, Floats, Ints


def own_figures(label: Label, table: OfferTable, name: str) -> Floats:
    """(N,) the user's own figure of this name for each offer, nan where there is none."""
    figures = np.full(len(table.offers), np.nan)
    if all(getattr(entry, name) is None for entry in label.measured.values()):
        return figures
    for entry, offers in entries(label, table):
        if (figure := getattr(entry, name)) is not None:
            figures[offers] = figure
    return figures


def own_qualities(label: Label, table: OfferTable) -> tuple[Floats, Floats]:
    """(N,), (N,) the user's own quality, nan where there is none, and its distance to the low end of 80 %."""
    quality, gap = np.full(len(table.offers), np.nan), np.zeros(len(table.offers))
    for entry, offers in entries(label, table):
        if entry.quality is not None:
            quality[offers], gap[offers] = entry.quality, entry.quality - low_end(entry)
    return quality, gap


def low_end(entry: Measured) -> float:
    """The low end of 80 % of an own quality; what says neither `low` nor `n` is taken as it stands."""
    if entry.quality is None:
        raise ValueError("no quality, so no interval of it")
    if entry.low is not None:
        return entry.low
    return entry.quality if entry.n is None else wilson_low(entry.quality, entry.n)


def entries(label: Label, table: OfferTable) -> Iterator[tuple[Measured, Ints]]:
    """Each entry with its offers, the least particular first: a later one lies over an earlier one."""
    ranked = [
        (rank, key, offers) for key in label.measured for rank, offers in table.offers_by_name.get(key, ())
    ]
    for _, key, offers in sorted(ranked, key=lambda entry: entry[0]):
        yield label.measured[key], offers


def is_model(table: OfferTable, model: str) -> Bools:
    """(N,) the offers of a model's level; of a name without a level those of its default."""
    name = table.model_names[model].plain
    return np.array([served == name for served in table.models], dtype=bool)[table.model]


def skills_of(table: OfferTable, model: str) -> Mapping[str, float]:
    """Skill -> 0-100 of a model, whoever serves it; where somebody does, by the columns a what-if moves."""
    offers = np.flatnonzero(is_model(table, model))
    if not len(offers):
        return table.unserved_skills.get(table.model_names[model].plain, {})
    figures = {skill: float(column[offers[0]]) for skill, column in table.skills.items()}
    return {skill: figure for skill, figure in figures.items() if not np.isnan(figure)}
