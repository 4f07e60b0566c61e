"""Of plans of equal objective always the same one, by the order of the contract.

The higher quality first, then the lower share-weighted median latency, then fewer models, then the names.

Ties come from offers of one price (or, maximising, of one quality): a model sold alike by several providers,
a label without requests. Every offer that costs a label what one in its mix costs is a candidate (of few
offers under rules across labels every one), and a small lexicographic model over the candidates chooses.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..domain.solver_status import SolverStatus
from .branch_and_price.decomposition import is_feasible_plan
from .compile.problem import Bools, Floats, Problem
from .coverage import covered_objective, objective_value
from .models.compact import CompactModel, polish
from .solution import Solution
from .tolerances import (
    LIST_COST_UNIT,
    MAX_TIE_SECONDS,
    MAX_TIED_COVERED_OFFERS,
    MAX_TIED_OFFERS,
    MAX_TIED_PAIRS,
    MIN_OBJECTIVE,
    MIN_SCALE,
    TIE_TOL,
)


def break_ties(problem: Problem, answer: Solution, seconds: float) -> Solution:
    """The answer, or the plan of the same objective that comes before it."""
    if answer.shares is None or answer.status != SolverStatus.OPTIMAL:
        return answer
    if problem.subscriptions:
        seconds = min(seconds, MAX_TIE_SECONDS)
    shares = answer.shares
    if _trades(problem, shares):
        traded = _first_in_order(problem, answer, (shares > 0) | _free(problem), seconds)
        if traded is not None:
            return traded
    mask = _candidates(problem, shares)
    between = _between(problem, shares)
    mask |= between
    crosses = bool(between.any())
    if not crosses and (mask == (shares > 0)).all():
        return answer
    if not problem.subscriptions and not crosses and (renamed := _renamed(problem, shares, mask)) is not None:
        return replace(answer, shares=renamed)
    return _first_in_order(problem, answer, mask, seconds) or answer


def _first_in_order(problem: Problem, answer: Solution, mask: Bools, seconds: float) -> Solution | None:
    """The plan out of the candidates `mask` (L, N) of the answer's objective that comes first; None: none was
    found that is worth as much to the last digit."""
    assert answer.shares is not None
    model = CompactModel(problem, mask, count=True)
    scale = max(abs(answer.value), _covered_scale(problem, answer.shares), MIN_OBJECTIVE)
    objective = model.costs(
        problem.objective / scale, problem.fixed_objective / scale, problem.usd_objective / scale
    )
    best, last = None, (objective, answer.value / scale)
    for cost in _order(problem, model):
        model.keep(*last)
        optimum = model.solve(cost, seconds)
        if optimum.x is None or optimum.status != SolverStatus.OPTIMAL:
            break
        best, last = optimum.x, (cost, float(cost @ optimum.x))
    if best is None:
        return None
    # Each row holds to the solver's tolerance only: on the chosen offers the first objective is met exactly.
    shares, replicas, _ = polish(model, best, objective)
    equal = objective_value(problem, shares, replicas) <= answer.value + TIE_TOL * scale
    return replace(answer, shares=shares, replicas=replicas) if equal else None


def _renamed(problem: Problem, shares: Floats, mask: Bools) -> Floats | None:
    """The mixes with the first of each offer's equals in its place, where that is all there is to choose.

    That is so when nothing in the mixes has an equal of better quality, no mix has two offers of one price,
    and the first of the equals keep every rule.
    """
    second, seconds, out = _second(problem), problem.seconds, np.zeros(shares.shape)
    changed = (mask != (shares > 0)).any(axis=1)
    for k, row in enumerate(problem.objective):
        used = np.flatnonzero(shares[k])
        if len(used) == 1 and not changed[k]:
            out[k] = shares[k]
            continue
        values = row[used]
        if (
            len(used) > 1
            and np.ptp(values)
            and np.diff(np.sort(values)).min() <= TIE_TOL * np.abs(values).max()
        ):
            return None
        for i in used:
            same = np.flatnonzero(mask[k] & (np.abs(row - row[i]) <= TIE_TOL * max(abs(row[i]), MIN_SCALE)))
            if second[k, same].max() > second[k, i] + TIE_TOL:
                return None
            same = same[second[k, same] >= second[k, i] - TIE_TOL]
            fast = seconds[k, same] <= seconds[k, same].min() * (1 + TIE_TOL)
            out[k, same[fast].min()] += shares[k, i]
    models = [len(np.unique(problem.model[mix.any(axis=0)])) for mix in (shares, out)]
    return out if models[1] <= models[0] and is_feasible_plan(problem, out) else None


def _candidates(problem: Problem, shares: Floats) -> Bools:
    """(L, N) the offers whose objective is that of an offer in the label's mix.

    Where subscriptions pay, an offer is worth what it adds to a month in which they are bought.
    """
    used, mask = shares > 0, shares > 0
    free = _free(problem)
    second = _second(problem)
    subscribed = bool(problem.subscriptions) and problem.usd_objective > 0
    objective, seconds = problem.objective, problem.seconds
    worth = covered_objective(problem, shares) if subscribed else objective
    max_offers = MAX_TIED_COVERED_OFFERS if subscribed else MAX_TIED_OFFERS
    for k, row in enumerate(worth):
        listed = float(objective[k, used[k]].max(initial=0.0)) if subscribed else 0.0
        for value in set(row[used[k]].tolist()):
            same = np.flatnonzero(
                free[k] & (np.abs(row - value) <= TIE_TOL * max(abs(value), listed, MIN_SCALE))
            )
            if len(same) > max_offers:
                better = np.lexsort((same, seconds[k, same], -second[k, same]))
                same = same[better[:max_offers]]
            mask[k, same] = True
    return mask


def _trades(problem: Problem, shares: Floats) -> bool:
    """Whether one label may cost more where another costs less: there are cheaper offers than a mix has.

    Of many offers that is not asked.
    """
    counted, free = problem.max_models is not None or problem.max_providers is not None, _free(problem)
    coupled = len(problem.labels) > 1 and (counted or bool(problem.linking))
    if problem.subscriptions or not coupled or np.count_nonzero(free) > MAX_TIED_PAIRS:
        return False
    worth = (problem.objective * shares).sum(axis=1)[:, None]
    cheaper = free & (problem.objective < worth - TIE_TOL * np.maximum(np.abs(worth), MIN_SCALE))
    return bool(cheaper.any())


def _free(problem: Problem) -> Bools:
    """(L, N) the eligible offers that are not pinned, and rent no replica."""
    free = problem.eligible & np.isnan(problem.pin)
    free[:, problem.self_hosted] &= _idle(problem)
    return np.asarray(free)


def _idle(problem: Problem) -> Bools:
    """(L, S) where a self-hosted offer would carry nothing, so that no replica of it is rented."""
    loads = np.zeros((len(problem.labels), len(problem.offers)))
    for rule in problem.linking:
        if rule.replica_of >= 0:
            loads[:, rule.offers] += rule.coef
    return np.asarray(loads[:, problem.self_hosted] == 0)


def _between(problem: Problem, shares: Floats) -> Bools:
    """(L, N) the offers that a mix may have others in place of, at its objective and its second figure.

    These lie on one line with its own offers, of the objective over what counts second: half of 40 points at
    1 USD and half of 80 at 3 cost as much as 60 points at 2. One offer alone lies on such a line where two
    others, one better and one worse, do; what the line costs elsewhere in the rules the model finds.
    """
    mask = np.zeros(shares.shape, dtype=bool)
    if problem.subscriptions:
        return mask
    second, free = _second(problem), _free(problem)
    for k, objective in enumerate(problem.objective):
        used = np.flatnonzero(shares[k])
        if len(used) == 0 or not free[k, used].all():
            continue
        known = np.flatnonzero(free[k])
        x, y = second[k, known], objective[known]
        first, last = used[second[k, used].argmin()], used[second[k, used].argmax()]
        at, height = second[k, first], objective[first]
        width = second[k, last] - at
        nearest = TIE_TOL * max(float(np.abs(x).max()), MIN_SCALE)
        if width > nearest:
            slope = (objective[last] - height) / width
        else:
            worse, better = x < at - nearest, x > at + nearest
            if not (worse.any() and better.any()):
                continue
            slope = ((height - y[worse]) / (at - x[worse])).max()
            rising = ((y[better] - height) / (x[better] - at)).min()
            if abs(rising - slope) > TIE_TOL * max(abs(slope), abs(rising)):
                continue
        line = height + slope * (x - at)
        scale = np.maximum(np.abs(y), max(abs(height), MIN_SCALE))
        on_line = known[np.abs(y - line) <= TIE_TOL * scale]
        if len(on_line) > 2:
            apart = np.abs(second[k, on_line] - float(shares[k] @ second[k]))
            mask[k, on_line[apart.argsort(kind="stable")][:MAX_TIED_OFFERS]] = True
    return mask


def _covered_scale(problem: Problem, shares: Floats) -> float:
    """Where subscriptions cover all of a month, its list cost still says what its figures are."""
    return LIST_COST_UNIT * float((problem.cost * shares).sum()) if problem.subscriptions else 0.0


def _second(problem: Problem) -> Floats:
    """(L, N) what counts after the objective, more is better."""
    return -problem.cost if problem.maximise_quality else np.nan_to_num(problem.quality)


def _order(problem: Problem, model: CompactModel) -> list[Floats]:
    """The objectives after the first, in turn, to minimise."""
    second = _second(problem)
    # Money adds up as it is, quality by the labels' weight.
    weight = problem.weight
    if problem.maximise_quality or not weight.any():
        weight = np.ones(len(weight))
    scale = max(float(np.abs(second[model.label, model.offer]).max(initial=0.0)), MIN_OBJECTIVE)
    rent = problem.fixed_cost / scale if problem.maximise_quality else np.zeros(len(problem.hosts))
    seconds = problem.seconds
    slowest = max(float(seconds[model.label, model.offer].max(initial=0.0)), MIN_OBJECTIVE)
    fast = model.costs(seconds / slowest, np.zeros(len(problem.hosts)))
    used = np.zeros(model.width)
    used[model.y] = 1.0
    used[model.z] = 1.0
    _, place = np.unique(model.offer, return_inverse=True)
    names = np.zeros(model.width)
    names[model.x] = place / max(int(place.max(initial=0)), 1)
    usd = 1 / scale if problem.maximise_quality else 0.0
    return [model.costs(-second * weight[:, None] / scale, rent, usd), fast, used, names]
