"""Column generation out of a list: an LP over few columns, which those join that its prices tempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ..compile.problem import Bools, Floats, Ints
from .columns import places

FIRST = 40  # columns a label that the LP begins with, by each of the figures
JOIN = 60  # columns a label that join at once
EXACT = 1e-10  # of the scale: reduced costs above minus this are none

T = TypeVar("T")


def generated(
    label: Ints,
    few: int,
    figures: Sequence[Floats],
    reduced: Callable[[T], Floats],
    solve: Callable[[Bools], T | None],
) -> tuple[T, Bools, Floats] | None:
    """The optimum over all columns, those (n,) that the LP had in the end, all reduced costs (n,).

    Up to `few` columns it has all at once, else those of the least figures (n,) of each label to begin with.
    `solve` gives the optimum over some columns, None where they leave no plan; `reduced` what all cost under
    it, in units of the scale. None where all leave no plan.
    """
    chosen = np.full(len(label), len(label) <= few)
    if not chosen.all():
        for row in figures:
            chosen |= places(label, row) < FIRST
    while True:
        optimum = solve(chosen)
        if optimum is None:
            if chosen.all():
                return None
            chosen[:] = True
            continue
        cost = reduced(optimum)
        tempted = ~chosen & (cost < -EXACT)
        if not tempted.any():
            return optimum, chosen, cost
        chosen |= tempted & (places(label, np.where(tempted, cost, np.inf)) < JOIN)
