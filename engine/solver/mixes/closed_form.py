"""The best mix of one label when nothing couples it to the others: closed form for one or two offers.

For a pair every rule is linear in the share t of its first offer, so t lies in an interval and the cost,
linear too, is least at an end point.

Whether a label can keep its own rules, nothing coupled: closed forms, which mostly decide.

What a mix may do at best under one rule is a bound on all; offers that keep every rule alone are a mix; and
where two rules need two offers, a pair of the skyline of quality and lateness is tried out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..compile.problem import Bools, Floats, Ints, Problem
from ..tolerances import LABEL_RULE_TOL, MIN_SCALE, ROUNDING_TOL, TIE_TOL
from .dominance import nondominated


@dataclass(frozen=True)
class Mixes:
    """Candidate mixes of one label, each (n,): offers a and b (equal for a single) and the share of a."""

    a: Ints
    b: Ints
    share: Floats
    value: Floats


def has_closed_form(problem: Problem, label: int) -> bool:
    """Whether single offers and pairs are all that this label can use."""
    return bool(
        problem.max_offers[label] <= 2
        and problem.min_providers[label] <= 2
        and np.isnan(problem.pin[label]).all()
    )


def undominated(problem: Problem, label: int) -> Ints:
    """Indices of the label's offers that may share what is not pinned of its best mix.

    Nothing couples the label to others. Where k providers must carry traffic, an offer can go that offers of
    k others beat: one of these is not in the mix.
    """
    ix = np.flatnonzero(problem.eligible[label] & np.isnan(problem.pin[label]))
    columns = [problem.objective[label, ix], problem.cost[label, ix], problem.late[label, ix]]
    if not np.isnan(problem.quality[label, ix]).any():
        columns.append(-problem.quality[label, ix])
    elif np.isfinite(problem.min_quality[label]):
        raise AssertionError("an unscored offer is eligible under a quality rule")
    metrics = np.column_stack(columns)
    return ix[nondominated(metrics, problem.provider[ix], max(int(problem.min_providers[label]), 1))]


@dataclass(frozen=True)
class Intervals:
    """The shares of each pair's first offer that meet the label's rules; none where low > high."""

    low: Floats
    high: Floats


def pair_intervals(problem: Problem, label: int, a: Ints, b: Ints, *, cap: Floats, apart: bool) -> Intervals:
    """The feasible shares of each pair of offers a and b (broadcast); `cap` (N,) the most of an offer."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    least = problem.min_share[label]
    low = np.maximum(np.full(shape, least), 1 - cap[b])
    high = np.minimum(np.full(shape, 1 - least), cap[a])
    limit = problem.min_quality[label]
    if np.isfinite(limit):
        quality = np.nan_to_num(problem.quality[label])
        _at_least(low, high, quality[a], quality[b], limit)
    if np.isfinite(problem.max_late[label]):
        _at_least(low, high, -problem.late[label, a], -problem.late[label, b], -problem.max_late[label])
    clash = problem.provider[a] == problem.provider[b] if apart else a == b
    low[np.broadcast_to(clash, shape)] = 2
    return Intervals(low, high)


def feasible_singles(problem: Problem, label: int, a: Ints) -> Bools:
    """(len(a),) which of the offers `a` meet the label's own rules alone."""
    quality = np.nan_to_num(problem.quality[label, a])
    fits = quality >= problem.min_quality[label] - ROUNDING_TOL
    fits &= problem.late[label, a] <= problem.max_late[label] + ROUNDING_TOL
    return np.asarray(fits & (problem.min_providers[label] <= 1))


def list_mixes(problem: Problem, label: int, ix: Ints) -> Mixes:
    """All singles, and all pairs at their better end point, of the label's offers `ix`."""
    value = problem.objective[label]
    a = b = ix[feasible_singles(problem, label, ix)]
    share = np.ones(len(a))
    if problem.max_offers[label] >= 2 and len(ix) > 1:
        i, j = np.triu_indices(len(ix), 1)
        apart = bool(problem.min_providers[label] > 1)
        ends = pair_intervals(problem, label, ix[i], ix[j], cap=np.ones(len(value)), apart=apart)
        k = np.flatnonzero(ends.low <= ends.high + ROUNDING_TOL)
        left, right = ix[i[k]], ix[j[k]]
        best = np.where(value[left] <= value[right], np.maximum(ends.low, ends.high)[k], ends.low[k])
        a, b = np.concatenate([a, left]), np.concatenate([b, right])
        share = np.concatenate([share, best])
    return Mixes(a, b, share, value[b] + share * (value[a] - value[b]))


def best_mix(problem: Problem, label: int) -> tuple[float, Floats] | None:
    """(objective, shares (N,)) of the label's optimum, ties broken; None when no mix fits.

    Ties: of equal objective the better of cost and quality, then the lower share-weighted median latency,
    then fewer offers, then the offers' names.
    """
    mixes = list_mixes(problem, label, undominated(problem, label))
    if not len(mixes.value):
        return None
    best = mixes.value.min()
    k = np.flatnonzero(mixes.value <= best + TIE_TOL * max(abs(best), MIN_SCALE))
    chosen = min(k, key=lambda i: _rank(problem, label, mixes, int(i)))
    shares = np.zeros(len(problem.offers))
    shares[mixes.a[chosen]] += mixes.share[chosen]
    if mixes.a[chosen] != mixes.b[chosen]:
        shares[mixes.b[chosen]] += 1 - mixes.share[chosen]
    return float(mixes.value[chosen]), shares


def _rank(problem: Problem, label: int, mixes: Mixes, i: int) -> tuple[float, float, float, int, int, int]:
    a, b, t = mixes.a[i], mixes.b[i], mixes.share[i]
    cost = t * problem.cost[label, a] + (1 - t) * problem.cost[label, b]
    quality = np.nan_to_num(t * problem.quality[label, a] + (1 - t) * problem.quality[label, b])
    seconds = problem.seconds[label]
    latency = float(t * seconds[a] + (1 - t) * seconds[b]) / max(float(seconds.max()), MIN_SCALE)
    first, second = sorted((int(a), int(b)))
    scale = max(abs(float(problem.cost[label, a])), MIN_SCALE)
    return (round(cost / scale, 8), -round(float(quality), 7), round(latency, 8), int(a != b), first, second)


def _at_least(low: Floats, high: Floats, va: Floats, vb: Floats, limit: float) -> None:
    """Narrows [low, high] in place to the t with t*va + (1-t)*vb >= limit."""
    slope = va - vb
    with np.errstate(divide="ignore", invalid="ignore"):
        # Without a slope: upwards out of reach where b falls short, else downwards.
        at = np.clip((limit - ROUNDING_TOL - vb) / slope, -2.0, 2.0)
    rising = slope >= 0
    np.fmax(low, np.where(rising, at, -np.inf), out=low)
    np.fmin(high, np.where(rising, np.inf, at), out=high)


WEIGHTS = np.linspace(0.0, 1.0, 9)  # of quality against lateness, where many providers must mix


def is_subproblem_feasible(problem: Problem, label: int) -> bool | None:
    """Whether some mix keeps the label's own rules; None where closed forms do not tell."""
    ix = np.flatnonzero(problem.eligible[label])
    pinned = ~np.isnan(problem.pin[label])
    if not len(ix) or (np.nan_to_num(problem.pin[label])[~problem.eligible[label]] > 0).any():
        return False
    if impossible_shares(problem, label):
        return False
    if pinned.any():
        return None
    apart, at_most = int(problem.min_providers[label]), int(problem.max_offers[label])
    least = float(problem.min_share[label])
    if apart > 1 and (
        len(np.unique(problem.provider[ix])) < apart or at_most < apart or least * apart > 1 + LABEL_RULE_TOL
    ):
        return False
    short, excess = rule_violations(problem, label, ix)
    keeps = (short <= LABEL_RULE_TOL) & (excess <= LABEL_RULE_TOL)
    if len(np.unique(problem.provider[ix[keeps]])) >= apart:
        return True
    provider = problem.provider[ix]
    if any(_least(rule, provider, apart, least) > LABEL_RULE_TOL for rule in (short, excess)):
        return False
    if at_most == 1:
        return False
    if apart <= 2 and _pairs(problem, label, ix, short, excess):
        return True
    if apart > 2:
        return True if _many(short, excess, provider, apart, least) else None
    return False if at_most == 2 or (least == 0 and apart < 2) else None


def impossible_shares(problem: Problem, label: int) -> bool:
    """Whether pins, least share and counts leave no shares at all, whatever the offers are like.

    An integer model tells that only to its tolerance, and has looked for such shares until its time was out.
    """
    least, apart = float(problem.min_share[label]), int(problem.min_providers[label])
    if apart > 1 and least * apart > 1 + LABEL_RULE_TOL:
        return True
    pin = np.nan_to_num(problem.pin[label])
    used = np.flatnonzero(pin > 0)
    if not len(used):
        return False
    left = 1 - float(pin.sum())
    if (pin[used] < least - LABEL_RULE_TOL).any() or len(used) + (left > LABEL_RULE_TOL) > problem.max_offers[
        label
    ]:
        return True
    providers = set(problem.provider[used].tolist())
    if left <= LABEL_RULE_TOL:
        return len(providers) < apart
    free = problem.eligible[label] & np.isnan(problem.pin[label])
    places = int((left + LABEL_RULE_TOL) / least) if least > 0 else int(problem.max_offers[label])
    more = len(set(problem.provider[free].tolist()) - providers)
    return not free.any() or places < 1 or len(providers) + min(places, more) < apart


def rule_violations(problem: Problem, label: int, ix: Ints) -> tuple[Floats, Floats]:
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
    scales = [max(float(np.abs(rule).max()), MIN_SCALE) for rule in (short, excess)]
    for weight in WEIGHTS:
        chosen = _best(weight * short / scales[0] + (1 - weight) * excess / scales[1], provider, apart)
        shares = _mixed(chosen, least)
        if max(float(shares @ short[chosen]), float(shares @ excess[chosen])) <= LABEL_RULE_TOL:
            return True
    return False


def _pairs(problem: Problem, label: int, ix: Ints, short: Floats, excess: Floats) -> bool:
    """Whether two offers keep both rules; no pair does where none of the skyline does."""
    apart = bool(problem.min_providers[label] > 1)
    sky = ix[nondominated(np.column_stack([short, excess]), problem.provider[ix], 2 if apart else 1)]
    if len(sky) < 2:
        return False
    i, j = np.triu_indices(len(sky), 1)
    cap = np.ones(len(problem.offers))
    ends = pair_intervals(problem, label, sky[i], sky[j], cap=cap, apart=apart)
    fits: Bools = ends.low <= ends.high + ROUNDING_TOL
    return bool(fits.any())


def provider_share_infeasible(problem: Problem) -> bool:
    """Whether there may be too few providers, of a label or in all, for the share that each may carry."""
    for rule in problem.linking:
        if rule.path != "limits.max_provider_share" or not len(rule.offers) or rule.limit <= 0:
            continue
        needs = np.ceil(rule.coef[:, 0] / rule.limit - LABEL_RULE_TOL)
        sold = [len(np.unique(problem.provider[row])) for row in problem.eligible]
        few = problem.max_providers is not None and problem.max_providers < np.ceil(
            1 / rule.limit - LABEL_RULE_TOL
        )
        return bool(few or (needs > problem.max_offers).any() or (needs > sold).any())
    return False
