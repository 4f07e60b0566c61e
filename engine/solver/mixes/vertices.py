"""One label's mixes of one, two or three offers as the edges of what its own rules leave of their shares.

Edges are offers and shares (edges, 2, 3), those at the two ends of every edge, which may be one point. Unused
places repeat an offer at a share of 0.

Three offers at the one point where both of a label's mix rules are tight: the other vertices are pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..compile.problem import Bools, Floats, Ints, Problem
from ..tolerances import ROUNDING_TOL, SHARE_TOL
from .closed_form import feasible_singles, pair_intervals
from .columns import Columns, triple_columns

Edges = tuple[Ints, Floats]
SIDES = ((0, 1), (1, 2), (0, 2))
# Points of a triangle: corners 0-2, where the sides meet the one rule 3-5, the other 6-8, where both meet 9.
LINES = ((0, 1, 3, 6), (1, 2, 4, 7), (0, 2, 5, 8), (3, 4, 5, 9), (6, 7, 8, 9))


def single_edges(problem: Problem, label: int, ix: Ints) -> Edges:
    """Each of the offers alone, where it may be."""
    a = ix[feasible_singles(problem, label, ix)]
    shares = np.tile([1.0, 0.0, 0.0], (len(a), 2, 1))
    return np.tile(a[:, None, None], (1, 2, 3)), shares


def pair_edges(problem: Problem, label: int, ix: Ints) -> Edges:
    """Each two of the offers, at the least and the largest share of the first."""
    i, j = np.triu_indices(len(ix), 1)
    apart = bool(problem.min_providers[label] > 1)
    ends = pair_intervals(problem, label, ix[i], ix[j], cap=np.ones(len(problem.offers)), apart=apart)
    fits = np.flatnonzero(ends.low <= ends.high + ROUNDING_TOL)
    a, b = ix[i[fits]], ix[j[fits]]
    share = np.column_stack([ends.low[fits], np.maximum(ends.low, ends.high)[fits]])
    offers = np.repeat(np.column_stack([a, b, b])[:, None, :], 2, axis=1)
    return offers, np.stack([share, 1 - share, np.zeros(share.shape)], axis=2)


def triangle_edges(problem: Problem, label: int, ix: Ints, load: Floats) -> Edges:
    """Each three of the offers: what is left of their triangle's sides, and the rules across it.

    Of every line the points of the least `load` (N,) and of the least worth: what lies between is an edge.
    """
    trios, shares, inside = _triangles(problem, label, ix)
    at, worth = ((row[trios][:, None, :] * shares).sum(axis=2) for row in (load, problem.objective[label]))
    ends = []
    for line in LINES:
        corners = list(line)
        first = np.where(inside[:, corners], at[:, corners], np.inf).argmin(axis=1)
        last = np.where(inside[:, corners], worth[:, corners], np.inf).argmin(axis=1)
        ends.append(np.column_stack([np.array(corners)[first], np.array(corners)[last]]))
    chosen = np.stack(ends, axis=1)  # (trios, lines, 2)
    trio = np.arange(len(trios))[:, None, None]
    real = inside[trio, chosen].all(axis=2)
    offers = np.broadcast_to(trios[:, None, None, :], (*chosen.shape, 3))
    return offers[real], shares[trio, chosen][real]


def vertices(problem: Problem, label: int, ix: Ints) -> Columns:
    """All the label's mixes of one to three of the offers, each by the corners of what its rules leave it."""
    columns = [single_edges(problem, label, ix)]
    if problem.max_offers[label] >= 2:
        columns.append(pair_edges(problem, label, ix))
    offers, shares = (np.concatenate([edges[i].reshape(-1, 3) for edges in columns]) for i in range(2))
    if problem.max_offers[label] >= 3:
        trios, points, inside = _triangles(problem, label, ix)
        trio, point = np.nonzero(inside)
        offers, shares = np.concatenate([offers, trios[trio]]), np.concatenate([shares, points[trio, point]])
    return triple_columns(label, offers, shares, problem.objective[label])


def has_edges(problem: Problem, label: int) -> bool:
    """Whether the label's mixes are of three offers at most, without pins, on two providers if need be."""
    few = problem.max_offers[label] <= 3 and problem.min_providers[label] <= 2
    return bool(few and np.isnan(problem.pin[label]).all())


def _triangles(problem: Problem, label: int, ix: Ints) -> tuple[Ints, Floats, Bools]:
    """Each three offers (t, 3), shares at ten points of their triangle (t, 10, 3), which keep the rules."""
    least = float(problem.min_share[label])
    count = len(ix) if 3 * least <= 1 + ROUNDING_TOL else 0
    trios = ix[np.array(list(combinations(range(count), 3)), np.int64).reshape(-1, 3)]
    if problem.min_providers[label] > 1:
        provider = problem.provider[trios]
        trios = trios[(provider != provider[:, :1]).any(axis=1)]
    corners = least + (1 - 3 * least) * np.eye(3)
    points, inside = _points(*(rule[trios] @ corners for rule in _slacks(problem, label)))
    return trios, points @ corners, inside


def _slacks(problem: Problem, label: int) -> tuple[Floats, Floats]:
    """(N,) twice: by how much each offer keeps the quality and the lateness rule; 1 where there is none."""
    quality, late = np.ones(len(problem.offers)), np.ones(len(problem.offers))
    if np.isfinite(problem.min_quality[label]):
        quality = np.nan_to_num(problem.quality[label]) - problem.min_quality[label]
    if np.isfinite(problem.max_late[label]):
        late = problem.max_late[label] - problem.late[label]
    return quality, late


def _points(quality: Floats, late: Floats) -> tuple[Floats, Bools]:
    """(t, 10, 3) weights of the triangle's corners at its points, and which keep the rules.

    `quality` and `late` (t, 3) are by how much the corners keep them.
    """
    t = len(quality)
    weights = np.full((t, 10, 3), np.nan)
    weights[:, :3] = np.eye(3)
    for first, rule in ((3, quality), (6, late)):
        for place, (u, v) in enumerate(SIDES):
            with np.errstate(divide="ignore", invalid="ignore"):
                of_v = rule[:, u] / (rule[:, u] - rule[:, v])
            weights[:, first + place] = 0.0
            weights[:, first + place, u], weights[:, first + place, v] = 1 - of_v, of_v
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.cross(quality, late)
        weights[:, 9] = both / both.sum(axis=1, keepdims=True)
    inside = (np.nan_to_num(weights, nan=-1.0, posinf=-1.0, neginf=-1.0) >= 0).all(axis=2)
    weights = np.where(inside[:, :, None], weights, 0.0)
    for rule, tight in ((quality, (3, 4, 5, 9)), (late, (6, 7, 8, 9))):
        kept = np.einsum("tpc,tc->tp", weights, rule) >= -ROUNDING_TOL
        kept[:, list(tight)] = True
        inside &= kept
    return weights, inside


@dataclass(frozen=True)
class Triples:
    """For every offer a of one list and every pair (b, c) of another, (A, P): worth, and the three shares."""

    b: Ints  # (P,)
    c: Ints
    worth: Floats  # inf where the point is no mix of all three
    share_a: Floats
    share_b: Floats


def has_two_rules(problem: Problem, label: int) -> bool:
    """Whether the label has two mix rules, so that three offers can be better than two."""
    return bool(np.isfinite(problem.min_quality[label]) and np.isfinite(problem.max_late[label]))


def tight_triples(problem: Problem, label: int, a: Ints, mates: Ints, value: Floats) -> Triples:
    """The worth at (N,) values of mixing each a with each two of `mates` where both rules are tight.

    With vectors (quality - min_quality, max_late - late) the shares are the barycentric coordinates of 0.
    """
    x = np.nan_to_num(problem.quality[label]) - problem.min_quality[label]
    y = problem.max_late[label] - problem.late[label]
    i, j = np.triu_indices(len(mates), 1)
    b, c = mates[i], mates[j]
    first, other = a[:, None], mates[None, :]
    cross = x[first] * y[other] - x[other] * y[first]  # (A, M)
    of_a = (x[b] * y[c] - x[c] * y[b])[None, :]
    of_b, of_c = -cross[:, j], cross[:, i]
    total = of_a + of_b + of_c
    with np.errstate(divide="ignore", invalid="ignore"):
        share_a, share_b = of_a / total, of_b / total
        inside = (share_a > SHARE_TOL) & (share_b > SHARE_TOL) & (share_a + share_b < 1 - SHARE_TOL)
        worth = share_a * value[first] + share_b * value[b] + (1 - share_a - share_b) * value[c]
    return Triples(b, c, np.where(inside, worth, np.inf), share_a, share_b)
