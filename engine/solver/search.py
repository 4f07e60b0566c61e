"""From matrices to an answer: label by label where nothing couples them, else the coupled model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds

from .branch import solve_coupled
from .compact import Answer, Compact
from .mixes import best_mix, closed_form, undominated
from .problem import Bools, Floats, Ints, Problem

TOLERANCE = 1e-7


def solve(problem: Problem, seconds: float) -> Answer:
    """The optimum of the problem, or the best found in `seconds` with a proven bound."""
    pinned = np.nan_to_num(problem.pin)
    if (pinned[~problem.eligible] > 0).any() or not problem.eligible.any(axis=1).all():
        return Answer("infeasible")
    separate = _separately(problem, seconds)
    if separate is None:
        return Answer("infeasible")
    if separate.shares is not None and holds(problem, separate.shares):
        return separate
    hosted = bool(problem.eligible[:, problem.hosts].any())
    if not hosted and all(closed_form(problem, label) for label in range(len(problem.labels))):
        return solve_coupled(problem, seconds)
    return _together(problem, problem.eligible, seconds)


def holds(problem: Problem, shares: Floats) -> bool:
    """Whether shares that meet every label's own rules also meet those that couple the labels."""
    used = (shares > TOLERANCE).any(axis=0)
    if np.any(used[problem.hosts]):
        return False  # replicas are rented for the whole router
    if problem.max_models is not None and len(np.unique(problem.model[used])) > problem.max_models:
        return False
    if problem.max_providers is not None and len(np.unique(problem.provider[used])) > problem.max_providers:
        return False
    return all(
        float((c.coef * shares[:, c.offers]).sum()) <= c.limit + 1e-9 for c in problem.couplings if c.host < 0
    )


def alone(problem: Problem, label: int) -> Problem:
    """One label's own problem: nothing couples it to the others."""
    row = slice(label, label + 1)
    parts = ("cost", "quality", "late", "eligible", "pin", "min_quality", "max_late", "max_offers")
    more = ("min_share", "min_providers", "weight")
    return replace(
        problem,
        labels=problem.labels[row],
        max_models=None,
        max_providers=None,
        couplings=(),
        hosts=problem.hosts[:0],
        rent=problem.rent[:0],
        **{name: getattr(problem, name)[row] for name in (*parts, *more)},
    )


def _separately(problem: Problem, seconds: float) -> Answer | None:
    """Each label's own optimum: the bound of everything, and the answer when no rule couples them."""
    shares, value = np.zeros(problem.cost.shape), 0.0
    for label in range(len(problem.labels)):
        if closed_form(problem, label):
            best = best_mix(problem, label)
            if best is None:
                return None
            value, shares[label] = value + best[0], best[1]
            continue
        own = alone(problem, label)
        mask = own.eligible.copy()
        if np.isnan(own.pin).all() and own.min_providers[0] <= 2:
            mask[:] = False
            mask[0, undominated(own, 0)] = True
        answer = _together(own, mask, seconds)
        if answer.shares is None:
            return None if answer.status == "infeasible" else Answer("timed_out")
        value, shares[label] = value + answer.value, answer.shares[0]
    return Answer("optimal", shares, np.zeros(len(problem.hosts), np.int64), value, value)


def _together(problem: Problem, mask: Bools, seconds: float) -> Answer:
    """The compact model over `mask`, its whole numbers fixed and polished by an LP."""
    scale = _scale(problem, mask)
    model = Compact(problem, mask)
    c = model.costs(problem.objective, problem.host_objective) / scale
    result = model.solve(c, seconds)
    if result.x is None:
        return Answer("infeasible" if result.status == 2 else "timed_out")
    bound = result.mip_dual_bound if result.mip_dual_bound is not None else result.fun
    shares, replicas, value = _polish(model, result.x, c)
    status = "optimal" if result.status == 0 else "feasible"
    lower = value if status == "optimal" else min(float(bound), value)
    return Answer(status, shares, replicas, value * scale, lower * scale)


def _polish(model: Compact, x: Floats, c: Floats) -> tuple[Floats, Ints, float]:
    """The LP with the whole numbers fixed; of equal objective the higher quality (or the lower cost)."""
    bounds = model.bounds()
    low, high = np.array(bounds.lb), np.array(bounds.ub)
    for whole in (model.y, model.n, model.z, model.v):
        low[whole] = high[whole] = np.round(x[whole])
    fixed = Bounds(low, high)
    result = model.solve(c, 60.0, fixed, whole=False)
    if result.x is None:  # rounding moved a tight rule: the solver's own point stands
        result.x, result.fun = x, float(c @ x)
    shares = np.clip(model.shares(result.x), 0, 1)
    shares[shares < 1e-9] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    return shares, np.round(result.x[model.n]).astype(np.int64), float(result.fun)


def _scale(problem: Problem, mask: Bools) -> float:
    """What one unit of the solver's objective is worth, so that its absolute tolerances mean something."""
    values = np.abs(problem.objective)
    values = np.where(mask & (values > 0), values, np.inf).min(axis=1)
    typical = float(values[np.isfinite(values)].sum())
    return typical if typical > 0 else 1.0
