"""Multipliers of a label's own two rules: the dual prices of its linear relaxation, whatever counts it has.

Any multipliers >= 0 give a bound (Geoffrion 1974): a mix that keeps both rules is worth no less than the
mean of `objective - lambda*(quality - min_quality) - mu*(max_late - late)` over its shares. Those of the
relaxation make the least of it the relaxation's optimum.
"""

from __future__ import annotations

import numpy as np

from ..compile.problem import Floats, Ints, Problem
from ..models.builder import ModelBuilder
from ..tolerances import LABEL_RULE_TOL, MIN_SCALE


def rule_priced(problem: Problem, label: int, ix: Ints, objective: Floats, among: Ints) -> Floats | None:
    """(len(ix),) the offers' (N,) values with what the label's rules charge, by the mixes of `among`.

    No mix of offers of `ix` is worth less than the least of its offers. None: no mix of `among` keeps the
    rules.
    """
    priced, spares = objective[ix].copy(), _spares(problem, label)
    if not spares:
        return priced
    unit = max(float(np.ptp(objective[among])), MIN_SCALE)
    builder = ModelBuilder()
    shares = builder.add_columns(len(among), high=np.inf)
    builder.add_entries(builder.add_rows(1, 1.0, 1.0), shares, 1.0)
    for spare in spares:
        builder.add_entries(builder.add_rows(1, 0.0, np.inf), shares, spare[among])
    relaxation = builder.solve_lp((objective[among] - objective[among].min()) / unit)
    if relaxation.x is None:
        return None
    for spare, price in zip(spares, relaxation.duals[1:], strict=True):
        priced -= max(float(price), 0.0) * unit * spare[ix]
    return priced


def rule_keepers(problem: Problem, label: int, ix: Ints, among: Ints) -> Ints:
    """Those of `ix` of which a mix has one at least that keeps the label's rules, where none of `among` does.

    By the Farkas multipliers of the two rules: at these none of `among` keeps their sum.
    """
    spares, builder = _spares(problem, label), ModelBuilder()
    shares, lack = builder.add_columns(len(among), high=np.inf), builder.add_columns(1, high=np.inf)
    builder.add_entries(builder.add_rows(1, 1.0, 1.0), shares, 1.0)
    for spare in spares:
        row = builder.add_rows(1, 0.0, np.inf)
        builder.add_entries(row, shares, spare[among])
        builder.add_entries(row, lack, 1.0)
    cost = np.zeros(builder.width)
    cost[lack] = 1.0
    prices = builder.solve_lp(cost).duals[1:]
    kept = sum(
        (max(float(price), 0.0) * spare for price, spare in zip(prices, spares, strict=True)), np.zeros(1)
    )
    return ix[np.broadcast_to(kept, problem.cost.shape[1:])[ix] >= -LABEL_RULE_TOL]


def _spares(problem: Problem, label: int) -> list[Floats]:
    """(N,) of each rule by how much an offer keeps it, in parts of the most that any does."""
    rules, eligible = list[Floats](), problem.eligible[label]
    if np.isfinite(problem.min_quality[label]):
        rules.append(np.nan_to_num(problem.quality[label]) - problem.min_quality[label])
    if np.isfinite(problem.max_late[label]):
        rules.append(problem.max_late[label] - problem.late[label])
    # An offer just at a limit keeps it: in parts of the most, rounding alone would break the rule.
    kept = [np.where((rule < 0) & (rule >= -LABEL_RULE_TOL), 0.0, rule) for rule in rules]
    return [rule / max(float(np.abs(rule[eligible]).max(initial=0.0)), MIN_SCALE) for rule in kept]
