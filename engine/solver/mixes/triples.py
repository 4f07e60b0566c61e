"""Three offers at the one point where both of a label's mix rules are tight: the other vertices are pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..compile.problem import Floats, Ints, Problem


@dataclass(frozen=True)
class Triples:
    """For every offer a of one list and every pair (b, c) of another, (A, P): worth, and the three shares."""

    b: Ints  # (P,)
    c: Ints
    worth: Floats  # inf where the point is no mix of all three
    share_a: Floats
    share_b: Floats


def both_rules(problem: Problem, label: int) -> bool:
    """Whether the label has two mix rules, so that three offers can be better than two."""
    return bool(np.isfinite(problem.min_quality[label]) and np.isfinite(problem.max_late[label]))


def triples(problem: Problem, label: int, a: Ints, mates: Ints, value: Floats) -> Triples:
    """The worth at (N,) values of mixing each a with each two of `mates` where both rules are tight.

    With vectors (quality - min_quality, max_late - late) the shares are the barycentric coordinates of 0.
    """
    x = np.nan_to_num(problem.quality[label]) - problem.min_quality[label]
    y = problem.max_late[label] - problem.late[label]
    i, j = np.triu_indices(len(mates), 1)
    b, c = mates[i], mates[j]
    one, other = a[:, None], mates[None, :]
    cross = x[one] * y[other] - x[other] * y[one]  # (A, M)
    of_a = (x[b] * y[c] - x[c] * y[b])[None, :]
    of_b, of_c = -cross[:, j], cross[:, i]
    total = of_a + of_b + of_c
    with np.errstate(divide="ignore", invalid="ignore"):
        share_a, share_b = of_a / total, of_b / total
        inside = (share_a > 1e-9) & (share_b > 1e-9) & (share_a + share_b < 1 - 1e-9)
        worth = share_a * value[one] + share_b * value[b] + (1 - share_a - share_b) * value[c]
    return Triples(b, c, np.where(inside, worth, np.inf), share_a, share_b)
