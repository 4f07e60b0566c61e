"""Labels that rules couple: mix columns and what the master model and the pricing both need of them.

A mix column is a whole answer for one label: a single offer, or a pair at an end point of the interval of
shares that its quality, lateness, least share and the coupling rules taken one by one leave it. The master
model picks one pair per label, which makes its relaxation far tighter than shares bounded by switches.

A label that may use more than two offers, or has pins, is *free*: its columns are the vertices of what
quality and lateness leave (singles, pairs, and three offers where both are tight), mixed freely. That is a
relaxation of the label, so it serves to bound and to prune; an integer model of the label itself decides.

Where the search for a coupled optimum stands, and what counts as a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy.spatial import ConvexHull

from ..cache import SolveCache, label_key
from ..compile.problem import NO_HOSTS, Bools, Floats, Ints, LinkingConstraint, LinkingConstraints, Problem
from ..mixes.closed_form import Intervals, feasible_singles, has_closed_form, pair_intervals
from ..mixes.column_dominance import irreplaceable, undominated_columns
from ..mixes.columns import Columns, concat_columns, pair_columns, single_columns
from ..mixes.dominance import nondominated
from ..mixes.vertices import has_two_rules
from ..tolerances import (
    BOUND_TOL,
    DUAL_TOL,
    HULL_TOL,
    LABEL_RULE_TOL,
    MAX_FACETS,
    MIN_SCALE,
    MIN_SPAN,
    OPTIMALITY_TOL,
    ROUNDING_TOL,
    SHARE_TOL,
    TINY,
)

BLOCK = 40_000  # pairs evaluated at once: what fits the processor's cache


class Decomposition:
    """One problem as mix columns see it, with what does not depend on the prices.

    `best` is (L, N) a bound on the label's mixes that hold the offer, nothing else coupled; inf: there is
    none. For a label of one or two offers it is the best mix's very value.
    """

    def __init__(self, problem: Problem, cache: SolveCache, scale: float | None = None) -> None:
        self.full, self._scale = problem, scale
        self.free = np.array([not has_closed_form(problem, k) for k in range(len(problem.labels))])
        self.problem = _relaxed(problem, self.free)
        # Whether the columns are a relaxation, good to bound and to prune but no plan themselves.
        self.bounding = bool(self.free.any() or problem.eligible[:, problem.self_hosted].any())
        self.value = self.problem.objective
        self.linking = self.problem.unhosted_linking
        self.models = int(problem.model.max(initial=0)) + 1
        self.cap = np.where(self.free[:, None], 1.0, _caps(self.problem, self.linking))
        self.apart = _apart(self.problem) & ~self.free
        self.ix = [np.flatnonzero(row) for row in problem.eligible]
        self.depth = [2 if self.apart[k] or (self.cap[k] < 1).any() else 1 for k in range(self.labels)]
        self.twins = cache.get_or_compute("twins", problem.model.tobytes(), partial(_twins, problem.model))
        known = [
            cache.get_or_compute("mixes", self._key(k), partial(self._facts, k)) for k in range(self.labels)
        ]
        # What pool_columns made last, and of what: a round asks several times.
        self.last_columns: tuple[tuple[bytes, tuple[int, ...], float], Columns] | None = None
        self.sky = [sky for sky, _ in known]
        self.best = np.array([best for _, best in known])

    @property
    def labels(self) -> int:
        """L."""
        return len(self.problem.labels)

    def _key(self, k: int) -> bytes:
        rules = np.array([self.free[k], self.apart[k]])
        return label_key(self.problem, k, self.cap[k], rules, self.full.min_share[k : k + 1])

    def _facts(self, k: int) -> tuple[Ints, Floats]:
        """The label's skyline and its row of `best`."""
        sky, best = self.skyline(k, self.ix[k], self.value[k]), np.full(self.value.shape[1], np.inf)
        best[self.ix[k]] = self.holding(k, self.ix[k], sky, self.value[k])
        return sky, best

    @cached_property
    def scale(self) -> float:
        """What one unit of the solver's objective is worth: absolute tolerances then mean something."""
        if self._scale is not None:
            return self._scale
        # Every label's best may be free: then what the others cost is the unit.
        span = sum(float(np.ptp(self.value[k, ix])) for k, ix in enumerate(self.ix))
        return max(float(np.abs(self.best.min(axis=1)).sum()), MIN_SPAN * span, MIN_SCALE)

    def skyline(self, label: int, ix: Ints, value: Floats) -> Ints:
        """The offers of `ix` that can stand in for any partner in a mix, at these (N,) values."""
        p = self.problem
        metrics = [value[ix], p.late[label, ix]]
        if np.isfinite(p.min_quality[label]):
            metrics.append(-p.quality[label, ix])
        if (self.cap[label, ix] < 1).any():
            metrics.append(-self.cap[label, ix])
        return ix[nondominated(np.column_stack(metrics), p.provider[ix], self.depth[label])]

    def three(self, label: int) -> bool:
        """Whether three offers can be better than two."""
        return bool(self.free[label]) and has_two_rules(self.problem, label)

    def ends(self, label: int, a: Ints, b: Ints) -> Intervals:
        """The feasible shares of each a with each b, broadcast against each other."""
        return pair_intervals(self.problem, label, a, b, cap=self.cap[label], apart=bool(self.apart[label]))

    def partners(
        self, label: int, a: Ints, b: Ints, value: Floats, extra: Floats | float = 0.0
    ) -> tuple[Floats, Ints]:
        """(a,) the least value of mixing each a with one of b, that one's `extra` added; its place in b."""
        worth, best = np.full(len(a), np.inf), np.zeros(len(a), np.int64)
        step = max(BLOCK // max(len(b), 1), 1)
        for i in range(0, len(a) if len(b) else 0, step):
            block = self._pairs(label, a[i : i + step], b, value) + extra
            best[i : i + step] = j = block.argmin(axis=1)
            worth[i : i + step] = block[np.arange(len(j)), j]
        return worth, best

    def _pairs(self, label: int, a: Ints, b: Ints, value: Floats) -> Floats:
        """(a, b) the least value of mixing each a with each b; inf where none is feasible."""
        left, right = a[:, None], b[None, :]
        ends = self.ends(label, left, right)
        slope = value[left] - value[right]
        share = np.where(slope <= 0, ends.high, ends.low)
        return np.where(ends.low <= ends.high + ROUNDING_TOL, value[right] + share * slope, np.inf)

    def singles(self, label: int, a: Ints, value: Floats) -> Floats:
        """(a,) the value of each offer alone; inf where it may not serve alone."""
        fits = feasible_singles(self.problem, label, a) & (self.cap[label, a] >= 1 - ROUNDING_TOL)
        return np.where(fits & ~self.apart[label], value[a], np.inf)

    def holding(self, label: int, a: Ints, partners: Ints, value: Floats) -> Floats:
        """(a,) the least value of a mix of `a` alone or with one of `partners`; for a free label a bound."""
        if self.free[label]:
            return holding_bounds(self.full, label, a, value)
        best = self.singles(label, a, value)
        if self.problem.max_offers[label] >= 2:
            best = np.minimum(best, self.partners(label, a, partners, value)[0])
        return best

    def priced(self, rows: Sequence[LinkingConstraint], pi: Floats) -> Floats:
        """(L, N) the objective plus what the coupling rows charge at prices pi >= 0."""
        if not (pi > DUAL_TOL).any():
            return self.value
        value = self.value.copy()
        for row, price in zip(rows, pi, strict=True):
            if price > DUAL_TOL:
                value[:, row.offers] += price * row.coef
        return value

    def columns(
        self, pool: list[Ints], rows: Sequence[LinkingConstraint], limit: Floats | None = None
    ) -> Columns:
        """Every single and pair of the offers in `pool` (one array a label) that a best plan may need.

        Both end points where a coupling row in force touches the pair, else only the better one, and only
        where it beats both offers alone. `limit` (L,) drops those whose mixes are worth more. What another
        offer or mix stands in for, whatever the rows charge, is left out.
        """
        touched = np.zeros(len(self.problem.offers), dtype=bool)
        for row in rows:
            touched[row.offers] = True
        cap = np.full(self.labels, np.inf) if limit is None else limit
        columns = concat_columns(
            [self._label_columns(k, pool[k], rows, touched, cap[k]) for k in range(self.labels)]
        )
        loads = np.array([columns.load(row) for row in rows]).reshape(len(rows), len(columns))
        return columns.take(undominated_columns(columns, loads, self._counted_codes))

    @cached_property
    def _counted_codes(self) -> list[Ints]:
        """(N,) models and providers of the offers, where the number of those in use is limited."""
        p = self.problem
        limits = ((p.model, p.max_models), (p.provider, p.max_providers))
        return [codes for codes, max_on in limits if max_on is not None]

    def _irreplaceable(self, k: int, ix: Ints, rows: Sequence[LinkingConstraint]) -> Ints:
        """The offers of `ix` that no other of the same model, or provider, can stand in for in any mix."""
        p = self.problem
        metrics = [self.value[k, ix], p.late[k, ix], -self.cap[k, ix]]
        if np.isfinite(p.min_quality[k]):
            metrics.append(-p.quality[k, ix])
        label = np.full(len(ix), k)
        metrics += [row.coefficients(label, ix) for row in rows]
        group = np.zeros(len(ix), np.int64)
        for codes in (*self._counted_codes, *([p.provider] if self.apart[k] else [])):
            group = group * (int(codes.max(initial=0)) + 1) + codes[ix]
        # One that may not carry all of the label cannot be left alone by what it stands in for.
        alone = (self.cap[k, ix] >= 1) | self.apart[k]
        if not len(ix):
            return ix
        if alone.all() and not group.any():
            return ix[nondominated(np.column_stack(metrics), group)]
        return ix[irreplaceable(metrics, group, alone)]

    def _label_columns(
        self, k: int, ix: Ints, rows: Sequence[LinkingConstraint], touched: Bools, limit: float
    ) -> Columns:
        value = self.value[k]
        if np.isfinite(limit):
            ix = ix[self.best[k, ix] <= limit]
        ix = self._irreplaceable(k, ix, rows)
        # A mix may hold a little of a vertex, or of a pair's dearer end, that alone is worth too much.
        cap = np.inf if self.free[k] else limit
        alone = self.singles(k, ix, value)
        columns = [single_columns(k, ix[np.isfinite(alone) & (alone <= cap)], value)]
        if self.problem.max_offers[k] >= 2 and len(ix) > 1:
            i, j = np.triu_indices(len(ix), 1)
            ends = self.ends(k, ix[i], ix[j])
            better = np.where(value[ix[i]] <= value[ix[j]], ends.high, ends.low)
            worth = value[ix[j]] + better * (value[ix[i]] - value[ix[j]])
            both = touched[ix[i]] | touched[ix[j]]
            fits = (ends.low <= ends.high + ROUNDING_TOL) & (worth <= cap)
            fits &= both | (worth < np.minimum(alone[i], alone[j]) - ROUNDING_TOL * abs(worth))
            fitting = np.flatnonzero(fits)
            two = np.flatnonzero(fits & both & (ends.high - ends.low > SHARE_TOL))
            worse = np.where(value[ix[i[two]]] <= value[ix[j[two]]], ends.low[two], ends.high[two])
            columns.append(pair_columns(k, ix[i[fitting]], ix[j[fitting]], better[fitting], value))
            columns.append(pair_columns(k, ix[i[two]], ix[j[two]], worse, value))
        return concat_columns(columns)


def _relaxed(problem: Problem, free: Bools) -> Problem:
    """The problem with its free labels' counts and pins left out and every replica rented by the fraction."""
    n = len(problem.offers)
    loads = {h: replica_load(problem, h) for h in range(len(problem.hosts))}
    cost = problem.cost.copy()
    for h, load in loads.items():
        cost += problem.fixed_cost[h] * load
    rules = tuple(_by_the_fraction(rule, loads) for rule in problem.linking if rule.replica_of < 0)
    if not loads and not free.any():
        return problem
    return replace(
        problem,
        cost=cost,
        max_offers=np.where(free, n, problem.max_offers),
        min_share=np.where(free, 0.0, problem.min_share),
        min_providers=np.where(free, 1, problem.min_providers),
        pin=np.where(free[:, None], np.nan, problem.pin),
        linking=rules,
        **NO_HOSTS,
    )


def _by_the_fraction(rule: LinkingConstraint, loads: dict[int, Floats]) -> LinkingConstraint:
    """The rule with what its replicas add on the left spread over the shares that need them."""
    if rule.fixed_coef is None or not loads:
        return rule
    coef = rule.coef.copy()
    for h, load in loads.items():
        coef += rule.fixed_coef[h] * load[:, rule.offers]
    return replace(rule, coef=coef, fixed_coef=None)


def _twins(model: Ints) -> tuple[Ints, Ints]:
    """Every pair of offers of one model."""
    order = np.argsort(model, kind="stable")
    pairs = [(order[:0], order[:0])]
    for step in range(1, len(order)):
        a, b = order[:-step], order[step:]
        same = model[a] == model[b]
        if not same.any():
            break
        pairs.append((a[same], b[same]))
    return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])


def replica_load(problem: Problem, host: int) -> Floats:
    """(L, N) replicas that a share of 1 takes at least, by the host's most pressing rate limit."""
    load, rules = np.zeros(problem.cost.shape), [r for r in problem.linking if r.replica_of == host]
    if rules:
        pressing = max(rules, key=lambda rule: float(rule.coef.sum()))
        load[:, pressing.offers] = pressing.coef
    return load


def _caps(problem: Problem, rules: LinkingConstraints) -> Floats:
    """(L, N) the largest share of a label that an offer can take under each coupling rule on its own."""
    cap = np.ones(problem.cost.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        if rules.single:
            np.minimum.at(cap.T, rules.offer, _most(rules.coef, rules.limit[:, None]))
        for rule in rules.wide:
            cap[:, rule.offers] = np.minimum(cap[:, rule.offers], _most(rule.coef, rule.limit))
    cap[~problem.eligible] = 1.0  # what cannot serve a label must not change what is known of it
    return cap


def _most(coef: Floats, limit: Floats | float) -> Floats:
    return np.where(coef > 0, limit / coef, np.inf)


def _apart(problem: Problem) -> Bools:
    """(L,) whether a label needs two providers: asked for, or because none may carry it all."""
    apart = problem.min_providers > 1
    for rule in problem.linking:
        if rule.path == "limits.max_provider_share" and len(rule.offers):
            apart = apart | (rule.coef[:, 0] > rule.limit + ROUNDING_TOL)
    return apart


@dataclass(frozen=True)
class SearchState:
    """Where the search stands: a value that each step gives anew.

    The incumbent has `shares` (L, N), `replicas` (H,) and `value`; `bound` is below every plan. Both are of
    what is minimised: USD a month, or minus points of quality.
    """

    pool: Bools  # (models,) whose mix columns the master has
    rows: tuple[LinkingConstraint, ...] = ()  # coupling rules some plan has broken so far
    triples: tuple[Columns, ...] = ()  # mixes of three, found as they were wanted
    replicas: Ints | None = None
    shares: Floats | None = None
    value: float = np.inf
    bound: float = -np.inf
    big: float = 1e3  # times the scale: what a label costs that nothing serves
    stalled: bool = False  # whether the last model left a gap that more time would hardly close

    @property
    def proven(self) -> bool:
        """Whether the incumbent is within OPTIMALITY_TOL of the bound."""
        gap = self.value - self.bound
        return bool(np.isfinite(gap) and gap <= OPTIMALITY_TOL * max(abs(self.value), MIN_SCALE))

    def better(self, value: float, shares: Floats, replicas: Ints | None = None) -> SearchState:
        """With this plan, if it is better."""
        if value >= self.value:
            return self
        return replace(self, value=value, shares=shares, replicas=replicas)


def value_limit(coupled: Decomposition, state: SearchState) -> Floats | None:
    """(L,) what a label's mix may be worth in a plan better than the incumbent."""
    if not np.isfinite(state.value):
        return None
    least = coupled.best.min(axis=1)
    return np.asarray(least + (state.value - least.sum()) + BOUND_TOL * abs(state.value))


def pool_columns(coupled: Decomposition, state: SearchState) -> Columns:
    """Every mix column of the pool's models, and the mixes of three that were wanted."""
    pool = [ix[state.pool[coupled.problem.model[ix]]] for ix in coupled.ix]
    limit = value_limit(coupled, state)
    key = (state.pool.tobytes(), tuple(id(row) for row in state.rows), state.value)
    if coupled.last_columns is None or coupled.last_columns[0] != key:
        coupled.last_columns = key, coupled.columns(pool, state.rows, limit)
    return concat_columns([coupled.last_columns[1], *state.triples])


def meets_integer_rules(problem: Problem, shares: Floats) -> bool:
    """Whether shares that meet every linear rule meet those of whole numbers as well; replicas: never."""
    used = shares > SHARE_TOL
    if used[:, problem.self_hosted].any() or (used.sum(axis=1) > problem.max_offers).any():
        return False
    if (used & (shares < problem.min_share[:, None] - LABEL_RULE_TOL)).any():
        return False
    pinned = ~np.isnan(problem.pin)
    if (np.abs(shares[pinned] - problem.pin[pinned]) > LABEL_RULE_TOL).any():
        return False
    for least, row in zip(problem.min_providers, used, strict=True):
        if len(np.unique(problem.provider[row])) < least:
            return False
    in_use = used.any(axis=0)
    few = problem.max_models is None or len(np.unique(problem.model[in_use])) <= problem.max_models
    limit = problem.max_providers
    return few and (limit is None or len(np.unique(problem.provider[in_use])) <= limit)


def is_feasible_plan(problem: Problem, shares: Floats) -> bool:
    """Whether shares are a plan that meets every rule; self-hosted offers: never."""
    if (shares[~problem.eligible] > 0).any() or not meets_integer_rules(problem, shares):
        return False
    if np.nan_to_num(problem.pin)[shares == 0].any():
        return False
    quality = (shares * np.nan_to_num(problem.quality)).sum(axis=1)
    late = (shares * problem.late).sum(axis=1)
    kept = (quality >= problem.min_quality - LABEL_RULE_TOL).all() and (
        late <= problem.max_late + LABEL_RULE_TOL
    ).all()
    return bool(kept and not problem.unhosted_linking.violated(shares))


def holding_bounds(problem: Problem, label: int, ix: Ints, value: Floats) -> Floats:
    """(len(ix),) a bound, at these (N,) values, on any mix of the label that holds the offer, of any length.

    At multipliers lambda of quality and mu of lateness every offer has a reduced value
    `r = value - lambda*quality + mu*late`, and every mix that meets both rules and gives offer o at least the
    share s is worth at least `lambda*min_quality - mu*max_late + s*r_o + (1-s)*min(r)`. Any multipliers >= 0
    do; the best are slopes of the lower convex hull of the offers in (quality, late, value).
    """
    quality, late = np.nan_to_num(problem.quality[label, ix]), problem.late[label, ix]
    min_quality, max_late = float(problem.min_quality[label]), float(problem.max_late[label])
    has_floor, has_limit = np.isfinite(min_quality), np.isfinite(max_late)
    slopes = _slopes(value[ix], quality if has_floor else None, late if has_limit else None)
    lam, mu = slopes[:, :1], slopes[:, 1:]
    reduced = value[ix] - lam * quality + mu * late
    paid = lam[:, 0] * (min_quality if has_floor else 0) - mu[:, 0] * (max_late if has_limit else 0)
    share = float(problem.min_share[label])
    base = paid + (1 - share) * reduced.min(axis=1)
    return np.asarray((base[:, None] + share * reduced).max(axis=0))


def _slopes(value: Floats, quality: Floats | None, late: Floats | None) -> Floats:
    """(facets, 2) multipliers of quality and lateness; the first are 0."""
    slopes = [np.zeros((1, 2))]
    if quality is not None:
        slope = _edges(quality, value)
        slopes.append(np.column_stack([slope, np.zeros(len(slope))]))
    if late is not None:
        slope = _edges(-late, value)
        slopes.append(np.column_stack([np.zeros(len(slope)), slope]))
    if quality is not None and late is not None:
        slopes.append(_facets([quality, -late, value])[:MAX_FACETS])
    return np.concatenate(slopes)


def _edges(gain: Floats, value: Floats) -> Floats:
    return _facets([gain, value])[:, 0]


def _facets(axes: list[Floats]) -> Floats:
    """(facets, d-1) slopes of the lower hull over the first axes, where none is negative."""
    points = np.column_stack(axes)
    size = np.ptp(points, axis=0)
    wide = size > HULL_TOL * np.maximum(np.abs(points).max(axis=0), TINY)
    none = np.zeros((0, points.shape[1] - 1))
    if len(points) < points.shape[1] + 2 or not wide.all():
        return none
    planes = ConvexHull((points - points.min(axis=0)) / size, qhull_options="QJ").equations
    lower = planes[planes[:, -2] < -HULL_TOL]
    slopes = lower[:, :-2] / -lower[:, -2:-1] * size[-1] / size[:-1]
    slopes = slopes[(slopes >= 0).all(axis=1)]
    return slopes if len(slopes) else none
