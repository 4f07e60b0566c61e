"""Whether a label can keep its own rules, nothing coupled: closed forms, which mostly decide.

What a mix may do at best under one rule is a bound on all; offers that keep every rule alone are a mix; and
where two rules need two offers, a pair of the skyline of quality and lateness is tried out.
"""

from __future__ import annotations

import numpy as np

from ..compile.problem import Bools, Floats, Ints, Problem
from .closed_form import pair_ends
from .dominance import skyline

NEAR = 1e-9  # how far a rule may be broken and still count as kept
WEIGHTS = np.linspace(0.0, 1.0, 9)  # of quality against lateness, where many providers must mix


def own(problem: Problem, label: int) -> bool | None:
    """Whether some mix keeps the label's own rules; None where closed forms do not tell."""
    ix = np.flatnonzero(problem.eligible[label])
    pinned = ~np.isnan(problem.pin[label])
    if not len(ix) or (np.nan_to_num(problem.pin[label])[~problem.eligible[label]] > 0).any():
        return False
    if impossible_shares(problem, label):
        return False
    if pinned.any():
        return None
    apart, most = int(problem.min_providers[label]), int(problem.max_offers[label])
    least = float(problem.min_share[label])
    if apart > 1 and (
        len(np.unique(problem.provider[ix])) < apart or most < apart or least * apart > 1 + NEAR
    ):
        return False
    short, excess = wanting(problem, label, ix)
    keeps = (short <= NEAR) & (excess <= NEAR)
    if len(np.unique(problem.provider[ix[keeps]])) >= apart:
        return True
    provider = problem.provider[ix]
    if any(_least(rule, provider, apart, least) > NEAR for rule in (short, excess)):
        return False
    if most == 1:
        return False
    if apart <= 2 and _pairs(problem, label, ix, short, excess):
        return True
    if apart > 2:
        return True if _many(short, excess, provider, apart, least) else None
    return False if most == 2 or (least == 0 and apart < 2) else None


def impossible_shares(problem: Problem, label: int) -> bool:
    """Whether pins, least share and counts leave no shares at all, whatever the offers are like.

    An integer model tells that only to its tolerance, and has looked for such shares until its time was out.
    """
    least, apart = float(problem.min_share[label]), int(problem.min_providers[label])
    if apart > 1 and least * apart > 1 + NEAR:
        return True
    pin = np.nan_to_num(problem.pin[label])
    used = np.flatnonzero(pin > 0)
    if not len(used):
        return False
    left = 1 - float(pin.sum())
    if (pin[used] < least - NEAR).any() or len(used) + (left > NEAR) > problem.max_offers[label]:
        return True
    providers = set(problem.provider[used].tolist())
    if left <= NEAR:
        return len(providers) < apart
    free = problem.eligible[label] & np.isnan(problem.pin[label])
    places = int((left + NEAR) / least) if least > 0 else int(problem.max_offers[label])
    more = len(set(problem.provider[free].tolist()) - providers)
    return not free.any() or places < 1 or len(providers) + min(places, more) < apart


def wanting(problem: Problem, label: int, ix: Ints) -> tuple[Floats, Floats]:
    """(n,), (n,) how far each offer falls short of the quality, and exceeds the lateness, that is asked."""
    short, excess = np.zeros(len(ix)), np.zeros(len(ix))
    if np.isfinite(problem.min_quality[label]):
        short = problem.min_quality[label] - np.nan_to_num(problem.quality[label, ix])
    if np.isfinite(problem.max_late[label]):
        excess = problem.late[label, ix] - problem.max_late[label]
    return short, excess


def _best(rule: Floats, provider: Ints, apart: int) -> Ints:
    """The offers of the least `rule` of `apart` providers, the best first."""
    order = np.argsort(rule, kind="stable")
    _, first = np.unique(provider[order], return_index=True)
    return order[np.sort(first)[:apart]]


def _mixed(chosen: Ints, least: float) -> Floats:
    """Their shares: as much as can be for the first."""
    shares = np.full(len(chosen), least)
    shares[0] = 1 - least * (len(chosen) - 1)
    return shares


def _least(rule: Floats, provider: Ints, apart: int, least: float) -> float:
    """The least that a mix of so many providers can come to, under one rule."""
    chosen = _best(rule, provider, max(apart, 1))
    return float(_mixed(chosen, least) @ rule[chosen])


def _many(short: Floats, excess: Floats, provider: Ints, apart: int, least: float) -> bool:
    """Whether one of a few mixes of so many providers keeps both rules."""
    scales = [max(float(np.abs(rule).max()), 1e-12) for rule in (short, excess)]
    for weight in WEIGHTS:
        chosen = _best(weight * short / scales[0] + (1 - weight) * excess / scales[1], provider, apart)
        shares = _mixed(chosen, least)
        if max(float(shares @ short[chosen]), float(shares @ excess[chosen])) <= NEAR:
            return True
    return False


def _pairs(problem: Problem, label: int, ix: Ints, short: Floats, excess: Floats) -> bool:
    """Whether two offers keep both rules; no pair does where none of the skyline does."""
    apart = bool(problem.min_providers[label] > 1)
    sky = ix[skyline(np.column_stack([short, excess]), problem.provider[ix], 2 if apart else 1)]
    if len(sky) < 2:
        return False
    i, j = np.triu_indices(len(sky), 1)
    cap = np.ones(len(problem.offers))
    ends = pair_ends(problem, label, sky[i], sky[j], cap=cap, apart=apart)
    fits: Bools = ends.low <= ends.high + 1e-12
    return bool(fits.any())


def crowded(problem: Problem) -> bool:
    """Whether there may be too few providers, of a label or in all, for the share that each may carry."""
    for rule in problem.couplings:
        if rule.path != "limits.max_provider_share" or not len(rule.offers) or rule.limit <= 0:
            continue
        needs = np.ceil(rule.coef[:, 0] / rule.limit - NEAR)
        sold = [len(np.unique(problem.provider[row])) for row in problem.eligible]
        few = problem.max_providers is not None and problem.max_providers < np.ceil(1 / rule.limit - NEAR)
        return bool(few or (needs > problem.max_offers).any() or (needs > sold).any())
    return False
