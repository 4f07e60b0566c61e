"""A plan, any plan: the elastic model with nothing that may give way, and no objective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..branch_and_price.state import meets
from ..cache import Memory
from ..compile.problem import Bools, Problem
from ..mixes.own import wanting
from ..solution import Answer
from ..solve import found
from .ask import Ask
from .elastic_model import Model

SMALL = 900  # pairs of label and offer up to which the model is no work


def plain(ask: Ask, problem: Problem, seconds: float, memory: Memory) -> Answer:
    """Shares that keep all rules of the `problem` that `ask` is about; timed out where it is not known.

    Of many offers promising ones are looked at first, and all only where few are left once those go that
    others beat.
    """
    some = _promising(problem)
    if bool((problem.eligible & ~some).any()):
        few = replace(ask, free=replace(ask.free, eligible=ask.free.eligible & some))
        answer = _any(Model(few, 0.0, {}), problem, seconds, memory)
        if answer.shares is not None:
            return answer
    model = Model(ask, 0.0, {})
    if len(model.x) > SMALL:
        return Answer("timed_out")
    return _any(model, problem, seconds, memory)


def _any(model: Model, problem: Problem, seconds: float, memory: Memory) -> Answer:
    """Any answer of the model; a plan where it keeps the rules to the last digit, else solved anew."""
    if len(np.unique(model.label)) < len(problem.labels):
        return Answer("infeasible")
    result = model.sheet.solve(np.zeros(model.sheet.width), seconds, 1e-9, presolve=False)
    if result.x is None:
        return Answer("infeasible" if result.status == 2 else "timed_out")
    shares = np.zeros(problem.cost.shape)
    shares[model.label, model.offer] = np.where(result.x[model.x] > 1e-7, result.x[model.x], 0.0)
    shares /= shares.sum(axis=1, keepdims=True)
    if meets(problem, shares):
        return Answer("optimal", shares)
    answer = found(replace(problem, eligible=problem.eligible & (shares > 0)), seconds, memory)
    return answer if answer.shares is not None else Answer("timed_out")


def _promising(problem: Problem) -> Bools:
    """(L, N) the eligible pairs, or of more than SMALL those that break their label's rules the least.

    Of those that break none, the models (or providers) that can serve the most labels come first.
    """
    if np.count_nonzero(problem.eligible) <= SMALL:
        return problem.eligible
    some, broken = ~np.isnan(problem.pin), np.full(problem.cost.shape, np.inf)
    for label in range(len(problem.labels)):
        ix = np.flatnonzero(problem.eligible[label])
        parts = wanting(problem, label, ix)
        broken[label, ix] = sum(
            np.maximum(p, 0.0) / max(float(np.abs(p).max(initial=0.0)), 1e-12) for p in parts
        )
    counted = problem.model if problem.max_models is not None else problem.provider
    serves = np.zeros((len(problem.labels), int(counted.max()) + 1))
    for label, row in enumerate(broken):
        serves[label, counted[row <= 0]] = 1
    wide = serves.sum(axis=0)[counted]
    for label, row in enumerate(broken):
        order = np.lexsort((problem.cost[label], -wide, row))
        some[label, order[: SMALL // len(problem.labels)]] = True
    return some & problem.eligible
