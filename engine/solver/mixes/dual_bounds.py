"""Lower bounds on a label's mix by the dual prices of its own rules, for mixes of any number of offers.

At multipliers lambda of quality and mu of lateness every offer has a reduced value
`r = value - lambda*quality + mu*late`, and every mix that meets both rules and gives offer o at least the
share s is worth at least `lambda*min_quality - mu*max_late + s*r_o + (1-s)*min(r)`. Any multipliers >= 0 do;
the best are slopes of the lower convex hull of the offers in (quality, late, value).
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull

from ..compile.problem import Floats, Ints, Problem
from ..tolerances import MAX_FACETS


def holding_bounds(problem: Problem, label: int, ix: Ints, value: Floats) -> Floats:
    """(len(ix),) a bound on any mix of the label, at these (N,) values, that holds the offer."""
    quality, late = np.nan_to_num(problem.quality[label, ix]), problem.late[label, ix]
    min_quality, max_late = float(problem.min_quality[label]), float(problem.max_late[label])
    has_floor, has_limit = np.isfinite(min_quality), np.isfinite(max_late)
    slopes = _slopes(value[ix], quality if has_floor else None, late if has_limit else None)
    lam, mu = slopes[:, :1], slopes[:, 1:]
    reduced = value[ix] - lam * quality + mu * late
    paid = lam[:, 0] * (min_quality if has_floor else 0) - mu[:, 0] * (max_late if has_limit else 0)
    share = float(problem.min_share[label])
    base = paid + (1 - share) * reduced.min(axis=1)
    return np.asarray((base[:, None] + share * reduced).max(axis=0))


def _slopes(value: Floats, quality: Floats | None, late: Floats | None) -> Floats:
    """(facets, 2) multipliers of quality and lateness; the first are 0."""
    slopes = [np.zeros((1, 2))]
    if quality is not None:
        slope = _edges(quality, value)
        slopes.append(np.column_stack([slope, np.zeros(len(slope))]))
    if late is not None:
        slope = _edges(-late, value)
        slopes.append(np.column_stack([np.zeros(len(slope)), slope]))
    if quality is not None and late is not None:
        slopes.append(_facets([quality, -late, value])[:MAX_FACETS])
    return np.concatenate(slopes)


def _edges(gain: Floats, value: Floats) -> Floats:
    return _facets([gain, value])[:, 0]


def _facets(axes: list[Floats]) -> Floats:
    """(facets, d-1) slopes of the lower hull over the first axes, where none is negative."""
    points = np.column_stack(axes)
    size = np.ptp(points, axis=0)
    wide = size > 1e-9 * np.maximum(np.abs(points).max(axis=0), 1e-300)
    none = np.zeros((0, points.shape[1] - 1))
    if len(points) < points.shape[1] + 2 or not wide.all():
        return none
    planes = ConvexHull((points - points.min(axis=0)) / size, qhull_options="QJ").equations
    lower = planes[planes[:, -2] < -1e-9]
    slopes = lower[:, :-2] / -lower[:, -2:-1] * size[-1] / size[:-1]
    slopes = slopes[(slopes >= 0).all(axis=1)]
    return slopes if len(slopes) else none
