"""What one label can be at on a rule that couples it to the others: points of load and worth.

Load is what a mix adds to the left side of the rule, worth what it adds to the objective; less is better of
both. A mix of several offers is a segment or a polygon of points as its shares move; of a polygon only the
edges can be best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..compile.problem import Floats, Ints, Problem
from ..mixes.dominance import skyline
from ..mixes.vertices import has_edges, pair_edges, single_edges, triangle_edges
from ..models.lp import solve_linear
from ..models.parametric import pieces

MOST = 70  # offers that triangles are made of


class TooMany(Exception):
    """More to try than is worth it: the general search is the better way."""


@dataclass(frozen=True)
class Menu:
    """Ends (n,): load, worth, and the mix there: offers and shares (n, 3).

    Segments (s,) run from the end `lower`, of less load, to the end `upper`, of less worth. `best` are the
    ends that no other beats, by load; `corners` those of them on the lower convex hull.
    """

    load: Floats
    worth: Floats
    offers: Ints
    shares: Floats
    lower: Ints
    upper: Ints
    best: Ints
    corners: Ints

    def within(self, segment: Ints, room: Floats) -> tuple[Floats, Floats]:
        """The place on each segment, 0 at its lower end, that fills the room, and its worth or inf."""
        low, high = self.lower[segment], self.upper[segment]
        place = np.minimum((room - self.load[low]) / (self.load[high] - self.load[low]), 1.0)
        worth = self.worth[low] + place * (self.worth[high] - self.worth[low])
        return place, np.where(place >= 0, worth, np.inf)

    def mixed(self, segment: int, place: float) -> tuple[tuple[int, float], ...]:
        """Both ends of the segment with their parts."""
        return (int(self.lower[segment]), 1 - place), (int(self.upper[segment]), place)


def has_menu(problem: Problem, label: int) -> bool:
    """Whether the label's best mixes on a rule are known in closed form."""
    return has_edges(problem, label) or _convex(problem, label)


def menu(problem: Problem, label: int, load: Floats) -> Menu | None:
    """The menu of a label, `load` (N,) its offers' on the rule; None: no mix fits.

    Raises TooMany where there are too many offers to try in threes.
    """
    if _convex(problem, label):
        return _hull(problem, label, load)
    own = _worthy(problem, label, load)
    found = [single_edges(problem, label, own)]
    if problem.max_offers[label] >= 2:
        found.append(pair_edges(problem, label, own))
    if problem.max_offers[label] >= 3:
        if len(own) > MOST:
            raise TooMany
        found.append(triangle_edges(problem, label, own, load))
    offers, shares = (np.concatenate([edges[i] for edges in found]) for i in range(2))
    return _of(problem.objective[label], load, offers, shares)


def staircase(load: Floats, worth: Floats) -> Ints:
    """The points that no other beats in load and worth, by load."""
    order = np.lexsort((worth, load))
    before = np.concatenate([[np.inf], np.minimum.accumulate(worth[order])[:-1]])
    return np.asarray(order[worth[order] < before])


def _of(value: Floats, load: Floats, offers: Ints, shares: Floats) -> Menu | None:
    """The menu of edges, offers and shares (edges, 2, 3)."""
    if not len(offers):
        return None
    at, worth = ((row[offers] * shares).sum(axis=2) for row in (load, value))
    up = at[:, 0] <= at[:, 1]
    lower, upper = np.where(up, 0, 1) + 2 * np.arange(len(at)), np.where(up, 1, 0) + 2 * np.arange(len(at))
    at, worth = at.ravel(), worth.ravel()
    best = staircase(at, worth)
    before = np.searchsorted(at[best], at[lower], side="right") - 1
    beaten = (before >= 0) & (worth[best[np.maximum(before, 0)]] < worth[upper])
    keep = (at[lower] < at[upper]) & (worth[lower] > worth[upper]) & ~beaten
    corners = _corners(at, worth, best)
    flat = offers.reshape(-1, 3), shares.reshape(-1, 3)
    return Menu(at, worth, *flat, lower[keep], upper[keep], best, corners)


def _worthy(problem: Problem, label: int, load: Floats) -> Ints:
    """The label's offers that another cannot stand in for, whatever the mix."""
    ix = np.flatnonzero(problem.eligible[label])
    metrics = [problem.objective[label, ix], load[ix], problem.late[label, ix]]
    if np.isfinite(problem.min_quality[label]):
        metrics.append(-problem.quality[label, ix])
    depth = 2 if problem.min_providers[label] > 1 else 1
    return ix[skyline(np.column_stack(metrics), problem.provider[ix], depth)]


def _convex(problem: Problem, label: int) -> bool:
    """Whether whole numbers leave the label's mixes as they are: one rule more needs one offer more."""
    rules = 2 + np.isfinite(problem.min_quality[label]) + np.isfinite(problem.max_late[label])
    few = problem.max_offers[label] < min(rules, problem.eligible[label].sum())
    whole = few or problem.min_share[label] > 0 or problem.min_providers[label] > 1
    return bool(not whole and np.isnan(problem.pin[label]).all())


def _hull(problem: Problem, label: int, load: Floats) -> Menu | None:
    """The menu of a convex label: its corners, and what lies between two that are next to each other."""
    own, value = problem.alone(label), problem.objective[label]

    def best(price: float, worth: Floats = value) -> Floats | None:
        priced = replace(own, cost=(worth + price * load)[None, :], maximise_quality=False)
        shares = solve_linear(priced, 60.0).shares
        return None if shares is None else shares[0]

    least, lightest = best(0.0), best(1.0, np.zeros(len(load)))
    if least is None or lightest is None:
        return None
    found = pieces(least, lightest, lambda mix: (float(value @ mix), -float(load @ mix)), best)
    mixes = np.array([least, *found, lightest])
    at, worth = mixes @ load, mixes @ value
    order = _corners(at, worth, staircase(at, worth))
    ends = np.column_stack([order[np.maximum(np.arange(len(order)) - 1, 0)], order])
    offers, shares = (np.array(part) for part in zip(*map(_three, mixes), strict=True))
    return _of(value, load, offers[ends], shares[ends])


def _three(mix: Floats) -> tuple[Ints, Floats]:
    """(3,) the offers of a vertex and their shares."""
    used = np.flatnonzero(mix)
    places = np.arange(3) % len(used)
    return used[places], np.where(np.arange(3) < len(used), mix[used[places]], 0.0)


def _corners(load: Floats, worth: Floats, best: Ints) -> Ints:
    """Those of the `best` ends on their lower convex hull, by load."""
    hull: list[int] = []
    for c in best.tolist():
        while len(hull) > 1:
            a, b = hull[-2:]
            if (worth[b] - worth[a]) * (load[c] - load[a]) < (worth[c] - worth[a]) * (load[b] - load[a]):
                break  # b is below the line from a to c
            hull.pop()
        hull.append(c)
    return np.array(hull, np.int64)
