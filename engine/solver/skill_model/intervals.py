"""How sure a quality is: intervals of 80 %, and what is counted of a figure at a confidence."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from ...domain.catalog import Model

Z80 = 1.2815516  # the 90th percentile of the standard normal, as the contract rounds it: 80 % lie within it


def deviations(confidence: float) -> float:
    """How many distances from a figure to the low end of its 80 % are taken off it at a confidence."""
    return NormalDist().inv_cdf(confidence) / Z80


def wilson_low(percent: float, items: float) -> float:
    """The low end of 80 % of a share, both in percent, that so many items gave (Wilson, JASA 22, 1927)."""
    return _wilson(percent, items, -1)


def wilson_high(percent: float, items: float) -> float:
    """The high end of it."""
    return _wilson(percent, items, 1)


def _wilson(percent: float, items: float, side: int) -> float:
    share, z = percent / 100, Z80
    if share in (0.0, 1.0) and side * (share - 0.5) > 0:
        return percent  # an end of the scale exactly: its rounding would be the smallest figure of a model
    middle = share + z * z / (2 * items)
    half = z * sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    return 100 * (middle + side * half) / (1 + z * z / items)


def skill_intervals(model: Model) -> dict[str, tuple[float, float]]:
    """Skill -> the ends of its 80 % interval, for fitted skills that the catalogue does not override."""
    return {name: (fit.low, fit.high) for name, fit in model.fitted.items() if name not in model.skills}


def skill_gaps(model: Model) -> dict[str, float]:
    """Skill -> points from its figure down to the low end of its 80 %, for skills with an interval."""
    return {name: model.fitted[name].value - low for name, (low, _) in skill_intervals(model).items()}
