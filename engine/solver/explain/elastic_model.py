"""The elastic model: the textbook MILP in which every soft rule may be relaxed, for its movement.

Elastic programming after Chinneck (Feasibility and Infeasibility in Optimization, 2008): a row with a slack
for each rule that has a size, a binary for each discrete relaxation (see relaxation_scope). The objective is
the movement of all rules in sum, or money at a limited movement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...domain.field_facts import Measure
from ...domain.references import points_of
from ...domain.routing import Label
from ...domain.rules import Kind, spec_of
from ..compile.compiler import MIN_TRAFFIC_SHARE
from ..compile.eligibility import largest_context
from ..compile.formulas import Z95, late_share
from ..compile.problem import Bools, Floats, Ints, LinkingConstraint
from ..coverage import coverage_classes, spread_figures
from ..mixes.dominance import nondominated
from ..models.builder import ModelBuilder, ModelSolution
from ..models.compact import SubscriptionColumns
from ..tolerances import (
    COST_MIP_GAP,
    LABEL_RULE_TOL,
    MAX_SHARE_CUTS,
    MIN_SECONDS,
    MIN_SIGMA,
    OPTIMALITY_TOL,
    TINY,
)
from .relaxation_scope import ElasticBinary, RelaxationScope, elastic_binaries

UNKNOWN = 1e30  # worse than any figure
PROVIDER_SHARE = "limits.max_provider_share"

Levels = Mapping[int, Sequence[float]]  # label -> seconds at which the share of late requests is limited
PaidLevels = list[tuple[int, float]]  # (column, the least seconds of a limit beyond its level), lowest first


class ElasticModel:
    """One routing's elastic model; all movements together are at most `max_movement`.

    Columns: a share `x` of each pair (`label`, `offer`) that some movement lets in, at `place` (L, N; -1:
    none); replicas `n` (H,). `weights` are column -> movement a unit; `binaries` (path, concession) ->
    (column, binary); `slacks` path -> (column, the rule's unit in one of its).

    A limit on lateness is no linear function of its seconds: it is a row at each of some `levels`, and a
    binary that says whether the limit has passed the level and pays for what lies below it. Between levels
    the model is a relaxation; the search adds more where a solution needs more seconds than it has paid for.
    """

    def __init__(self, scope: RelaxationScope, max_movement: float, levels: Levels) -> None:
        self.scope, self.max_movement, self.builder = scope, max_movement, ModelBuilder()
        self.weights: dict[int, float] = {}
        self.binaries: dict[tuple[str, object], tuple[int, ElasticBinary]] = {}
        self.slacks: dict[str, tuple[int, float]] = {}
        self._add_shares(self._add_binaries())
        self._add_pins()
        self.paid_levels: dict[int, PaidLevels] = {}
        for row, (name, label) in enumerate(scope.routing.labels.items()):
            self._limit_quality(row, f"labels.{name}.min_quality", label)
            self.paid_levels[row] = self._limit_lateness(
                row, f"labels.{name}.max_latency", label, levels.get(row, ())
            )
            self._limit_uses(row, f"labels.{name}", label)
        self._limit_count("limits.max_models", scope.table.base_model, scope.routing.limits.max_models)
        self._limit_count("limits.max_providers", scope.table.provider, scope.routing.limits.max_providers)
        self._limit_provider_share()
        self._limit_whole_quality()
        self._limit_money()
        total = self.builder.add_rows(1, 0.0, max_movement)
        for column, weight in self.weights.items():
            self.builder.add_entries(total, column, weight)

    @property
    def serves_all(self) -> bool:
        """Whether every label has an offer left."""
        return len(np.unique(self.label)) == len(self.scope.unruled.labels)

    def minimise_movement(self, seconds: float) -> ModelSolution:
        """The least movement in sum."""
        cost = np.zeros(self.builder.width)
        cost[list(self.weights)] = list(self.weights.values())
        return self.builder.solve_milp(cost, max(seconds, MIN_SECONDS), OPTIMALITY_TOL)

    def minimise_cost(self, seconds: float) -> ModelSolution:
        """The least money within `max_movement`, in parts of the dearest share."""
        cost = np.zeros(self.builder.width)
        costs = self.scope.unruled.cost[self.label, self.offer]
        scale = float(costs.max(initial=0.0)) or 1.0
        cost[self.x], cost[self.n] = costs / scale, self.scope.unruled.fixed_cost / scale
        columns, money = self.subscriptions.money
        cost[columns] = money / scale
        return self.builder.solve_milp(cost, max(seconds, MIN_SECONDS), COST_MIP_GAP)

    # columns

    def _add_binaries(self) -> list[tuple[ElasticBinary, list[int]]]:
        """Every binary with the columns any of which lets its offers in; none: nothing does."""
        binaries = elastic_binaries(self.scope, self.max_movement)
        for binary in binaries:
            key = binary.path, binary.concession
            if np.isfinite(binary.weight) and key not in self.binaries:
                column = int(self.builder.add_columns(1, integer=True)[0])
                self.binaries[key], self.weights[column] = (column, binary), binary.weight
        keys = [
            {(binary.path, binary.concession), (binary.path, None)} & self.binaries.keys()
            for binary in binaries
        ]
        return [
            (binary, [self.binaries[key][0] for key in either])
            for binary, either in zip(binaries, keys, strict=True)
        ]

    def _add_shares(self, binaries: list[tuple[ElasticBinary, list[int]]]) -> None:
        """The shares, the replicas, and the binaries' rows over them."""
        scope, builder = self.scope, self.builder
        eligible = scope.unruled.eligible.copy()
        for binary, columns in binaries:
            if not columns:
                eligible[np.array(binary.labels)[:, None], binary.offers] = False
        eligible = undominated_pairs(scope, eligible, [binary for binary, _ in binaries], self.max_movement)
        self.label, self.offer = np.nonzero(eligible)
        self.x = builder.add_columns(len(self.label))
        self.place = np.full(eligible.shape, -1)
        self.place[self.label, self.offer] = self.x
        self.subscriptions = SubscriptionColumns(
            builder, scope.unruled.subscriptions, self.label, self.offer, self.x
        )
        self.n = builder.add_columns(len(scope.unruled.hosts), high=np.inf, integer=True)
        builder.add_entries(builder.add_rows(len(eligible), 1.0, 1.0)[self.label], self.x, 1.0)
        for binary, columns in binaries:
            for label in binary.labels if columns else ():
                shares = self.place[label, binary.offers]
                row = builder.add_rows(1, -np.inf, 0.0)
                builder.add_entries(row, shares[shares >= 0], 1.0)
                builder.add_entries(row, np.array(columns), -1.0)

    def _add_pins(self) -> None:
        """Each pinned share, unless it is given up."""
        index = self.scope.table.index
        for row, (name, label) in enumerate(self.scope.routing.labels.items()):
            for offer, share in label.pinned.items():
                x = int(self.place[row, index[offer]])
                low, high = self.builder.add_rows(1, share, np.inf), self.builder.add_rows(1, -np.inf, share)
                if x >= 0:
                    self.builder.add_entries(low, x, 1.0)
                    self.builder.add_entries(high, x, 1.0)
                if (dropped := self.binaries.get((f"labels.{name}.pin", offer))) is not None:
                    self.builder.add_entries(low, dropped[0], share)
                    self.builder.add_entries(high, dropped[0], share - 1)

    def _add_slack(
        self,
        rows: Ints,
        path: str,
        sign: int,
        room: float = np.inf,
        *,
        whole: bool = False,
        row_unit: float = 1.0,
    ) -> None:
        """Lets the rule give way by up to `room` in these rows, which are in `row_unit` of its unit."""
        if path not in self.scope.soft_rules:
            return
        scale = self.scope.scale(path)
        if path not in self.slacks:
            unit, weight = (1.0, 1 / scale) if whole else (scale, 1.0)
            # A model's floor may lie below 0: then it cannot give way.
            upper = min(max(room, 0.0) / unit, self.max_movement / weight)
            column = int(self.builder.add_columns(1, high=upper, integer=whole)[0])
            self.slacks[path], self.weights[column] = (column, unit), weight
        column, unit = self.slacks[path]
        self.builder.add_entries(rows, column, sign * unit / row_unit)

    # a label's own rules

    def _limit_quality(self, row: int, path: str, label: Label) -> None:
        """The floor of the mix."""
        floor = points_of(label.min_quality)
        if floor is None:
            return
        columns = np.flatnonzero(self.label == row)
        floor_row = self.builder.add_rows(1, floor, np.inf)
        quality = np.nan_to_num(self.scope.quality[row, self.offer[columns]])
        self.builder.add_entries(floor_row, self.x[columns], quality)
        self._add_slack(floor_row, path, 1, floor)
        if (path, None) in self.binaries:
            self.builder.add_entries(floor_row, self.binaries[path, None][0], floor)

    def _limit_lateness(self, row: int, path: str, label: Label, levels: Sequence[float]) -> PaidLevels:
        """The limit at each level (contract: latency); gives the binaries that say which it has passed."""
        paid_levels, limit = PaidLevels(), label.latency_limit
        if limit is None:
            return paid_levels
        columns = np.flatnonzero(self.label == row)
        offers = self.offer[columns]
        median, spread = self.scope.median[row, offers], self.scope.spread[row, offers]
        max_late, paid = 1 - label.percentile / 100, limit
        for level in (limit, *levels):
            late = self.builder.add_rows(1, -np.inf, max_late)
            self.builder.add_entries(late, self.x[columns], np.nan_to_num(late_share(median, spread, level)))
            if (path, None) in self.binaries:
                self.builder.add_entries(late, self.binaries[path, None][0], -1.0)
            beyond = self._next_limit(path, level)
            if path in self.scope.soft_rules and (beyond - limit) / limit <= self.max_movement:
                column = int(self.builder.add_columns(1, integer=True)[0])
                self.weights[column] = (beyond - paid) / limit
                paid_levels.append((column, beyond))
                self.builder.add_entries(late, column, max_late - 1)
            paid = beyond
        return paid_levels

    def _next_limit(self, path: str, seconds: float) -> float:
        """The next limit on the rule's grid."""
        rounded = self.scope.round_outward(path, seconds, 1)
        if rounded > seconds + LABEL_RULE_TOL:
            return rounded
        return self.scope.round_outward(path, seconds + 0.5 * spec_of(path).grid, 1)

    def _limit_uses(self, row: int, prefix: str, label: Label) -> None:
        """How many offers and providers a label uses, and the least share of each."""
        builder, columns = self.builder, np.flatnonzero(self.label == row)
        min_share = label.min_share or (MIN_TRAFFIC_SHARE if label.min_providers > 1 else 0.0)
        if not (label.max_models is not None or min_share):
            return
        x, used = self.x[columns], builder.add_columns(len(columns), integer=True)
        links = builder.add_rows(len(columns), -np.inf, 0.0)
        builder.add_entries(links, x, 1.0)
        builder.add_entries(links, used, -1.0)
        if label.max_models is not None:
            count = builder.add_rows(1, -np.inf, label.max_models)
            builder.add_entries(count, used, 1.0)
            self._add_slack(count, f"{prefix}.max_models", -1, whole=True)
        min_shares = builder.add_rows(len(columns), -np.inf, 0.0)
        if min_share:
            builder.add_entries(min_shares, x, -1.0)
            builder.add_entries(min_shares, used, min_share)
        if label.min_share:
            self._add_slack(min_shares, f"{prefix}.min_share", -1, min_share)
        if label.min_providers > 1:
            self._require_providers(f"{prefix}.min_providers", label, columns, used, min_shares)

    def _require_providers(
        self, path: str, label: Label, columns: Ints, used: Ints, min_shares: Ints
    ) -> None:
        """At least so many; where one will do, the share that counts as traffic is no more asked."""
        builder = self.builder
        providers, code = np.unique(self.scope.table.provider[self.offer[columns]], return_inverse=True)
        provider_used = builder.add_columns(len(providers))
        count = builder.add_rows(1, label.min_providers, np.inf)
        links = builder.add_rows(len(providers), -np.inf, 0.0)
        builder.add_entries(links, provider_used, 1.0)
        builder.add_entries(links[code], used, -1.0)
        builder.add_entries(count, provider_used, 1.0)
        self._add_slack(count, path, 1, label.min_providers - 1, whole=True)
        if not label.min_share and path in self.slacks:
            single = builder.add_columns(1, integer=True)
            builder.add_entries(min_shares, single, -MIN_TRAFFIC_SHARE)
            enough = builder.add_rows(1, -np.inf, 0.0)
            builder.add_entries(enough, single, label.min_providers - 1)
            builder.add_entries(enough, self.slacks[path][0], -1.0)

    # rules across labels

    def _limit_count(self, path: str, codes: Ints, limit: int | None) -> None:
        """At most `limit` models, or providers, in use; `codes` (N,) say which an offer is of."""
        if limit is None:
            return
        builder = self.builder
        distinct, code = np.unique(codes[self.offer], return_inverse=True)
        used = builder.add_columns(len(distinct), integer=True)
        pairs, link = np.unique(self.label * len(distinct) + code, return_inverse=True)
        links = builder.add_rows(len(pairs), -np.inf, 0.0)
        builder.add_entries(links[link], self.x, 1.0)
        builder.add_entries(links, used[pairs % len(distinct)], -1.0)
        count = builder.add_rows(1, -np.inf, limit)
        builder.add_entries(count, used, 1.0)
        self._add_slack(count, path, -1, whole=True)

    def _limit_provider_share(self) -> None:
        routing, limits = self.scope.routing, self.scope.routing.limits
        cap, requests = limits.max_provider_share, np.array([r.requests for r in routing.labels.values()])
        if cap is None or cap >= 1 or not requests.sum():
            return
        providers, code = np.unique(self.scope.table.provider[self.offer], return_inverse=True)
        loads = self.builder.add_rows(len(providers), -np.inf, cap)
        self.builder.add_entries(loads[code], self.x, requests[self.label] / requests.sum())
        self._add_slack(loads, PROVIDER_SHARE, -1, 1 - cap)
        self._cut_provider_share(cap, 1.0, limits.max_providers, "limits.max_providers")
        for share, (name, label) in zip(requests / requests.sum(), routing.labels.items(), strict=True):
            self._cut_provider_share(cap, float(share), label.max_models, f"labels.{name}.max_models")

    def _cut_provider_share(self, cap: float, share: float, count: int | None, count_path: str) -> None:
        """Cuts that the model implies but its relaxation does not: `count` providers cannot carry less each.

        share / n is convex, so the line through two neighbouring n lies under it at every whole n.
        """
        if count is None or share / count <= cap:
            return
        for n in range(count, count + MAX_SHARE_CUTS):
            slope = share / (n + 1) - share / n
            cut = self.builder.add_rows(1, share / n - cap - slope * (n - count), np.inf)
            self._add_slack(cut, PROVIDER_SHARE, 1)
            if count_path in self.slacks:
                self.builder.add_entries(cut, self.slacks[count_path][0], -slope)

    def _limit_whole_quality(self) -> None:
        """The floor of the labels' mean by weight."""
        floor, path = points_of(self.scope.routing.limits.min_quality), "limits.min_quality"
        if floor is None:
            return
        weight = self.scope.unruled.weight[self.label]
        row = self.builder.add_rows(1, floor, np.inf)
        quality = np.nan_to_num(self.scope.quality[self.label, self.offer])
        self.builder.add_entries(row, self.x, weight * quality)
        self._add_slack(row, path, 1, floor)
        if (path, None) in self.binaries:
            self.builder.add_entries(row, self.binaries[path, None][0], floor)

    def _limit_money(self) -> None:
        """The budget, and what rate limits and replicas carry."""
        unruled, budget, path = self.scope.unruled, self.scope.routing.limits.budget, "limits.budget"
        if budget is not None:
            scale, offers = self.scope.scale(path), np.arange(len(self.scope.table.offers))
            rent = unruled.fixed_cost / scale
            row = self._limit(
                LinkingConstraint(path, offers, unruled.cost / scale, budget / scale, fixed_coef=rent)
            )
            self.subscriptions.add_money(row, 1 / scale)
            self._add_slack(row, path, -1, row_unit=scale)
        for rule in unruled.linking:
            self._limit(rule)

    def _limit(self, rule: LinkingConstraint) -> Ints:
        """The rule's row."""
        coef = rule.coefficients(self.label, self.offer)
        nonzero = np.flatnonzero(coef)
        row = self.builder.add_rows(1, -np.inf, rule.limit)
        self.builder.add_entries(row, self.x[nonzero], coef[nonzero])
        if rule.replica_of >= 0:
            self.builder.add_entries(row, self.n[rule.replica_of], -1.0)
        if rule.fixed_coef is not None:
            self.builder.add_entries(row, self.n, rule.fixed_coef)
        return row


def undominated_pairs(
    scope: RelaxationScope, eligible: Bools, binaries: Sequence[ElasticBinary], max_movement: float
) -> Bools:
    """(L, N) the eligible pairs that a minimal relaxation may need: none that another of the label dominates.

    A share that moves to a better offer must break no rule that couples labels: the better one has no rate
    limit, needs no binary that the other does not, and is of the same provider (model) where those are
    counted.
    """
    replaces, needs = eligible.copy(), _needed_binaries(eligible.shape, binaries)
    for rule in scope.unruled.linking:
        replaces[:, rule.offers] = False
    kept = eligible.copy()
    for row, name in enumerate(scope.unruled.labels):
        pinned = [scope.table.index[offer] for offer in scope.routing.labels[name].pin]
        replaces[row, pinned] = False
        ix = np.flatnonzero(eligible[row])
        dominated = _dominated(
            _metrics(scope, row, ix, max_movement), replaces[row, ix], _groups(scope, row, ix), needs[row, ix]
        )
        kept[row, ix[dominated]] = False
        kept[row, pinned] = eligible[row, pinned]
    return kept


def _needed_binaries(shape: tuple[int, ...], binaries: Sequence[ElasticBinary]) -> Ints:
    """(L, N) a number that pairs have in common that need the same binaries; 0: none but of thresholds.

    The binaries of lists of offers are each of one pair, so that one stands for another.
    """
    needs, random = np.zeros(shape, np.int64), np.random.default_rng(0)
    codes: dict[tuple[str, object], int] = {}
    for binary in binaries:
        spec = spec_of(binary.path)
        if spec.measure is Measure.EACH and binary.concession is not None:
            continue
        of_one_pair = spec.items == "offers" and spec.kind is Kind.ARRAY
        key = (binary.path, None if of_one_pair else binary.concession)
        codes.setdefault(key, int(random.integers(1, 2**62)))
        needs[np.array(binary.labels)[:, None], binary.offers] ^= codes[key]
    return needs


def _groups(scope: RelaxationScope, row: int, ix: Ints) -> Ints:
    """(n,) a number that offers have in common which a rule across offers cannot tell apart."""
    limits, label = scope.routing.limits, scope.routing.labels[scope.unruled.labels[row]]
    groups = np.zeros(len(ix), np.int64)
    if limits.max_providers is not None or limits.max_provider_share is not None or label.min_providers > 1:
        groups += scope.table.provider[ix]
    if limits.max_models is not None:
        groups += scope.table.base_model[ix] * (len(scope.table.providers) + 1)
    if scope.unruled.subscriptions:
        counted = (len(scope.table.providers) + 1) * (len(scope.table.base_models) + 1)
        groups += coverage_classes(scope.unruled)[ix] * counted
    return groups


def _metrics(scope: RelaxationScope, row: int, ix: Ints, max_movement: float) -> Floats:
    """(n, d) all that counts of each offer, smaller is better; UNKNOWN where a figure is."""
    label, quality = scope.routing.labels[scope.unruled.labels[row]], scope.quality[row, ix]
    columns = [
        scope.unruled.cost[row, ix],
        -np.minimum(largest_context(label, scope.table)[ix], label.required_context),
    ]
    if label.min_quality is not None or scope.routing.limits.min_quality is not None:
        columns.append(-quality)
    if (floor := points_of(label.min_quality_each)) is not None:
        columns.append(-np.minimum(quality, floor))
    if label.latency_limit is not None:
        # Whether one lognormal is later than another is linear in the logarithm of the limit.
        sigma = np.maximum(np.log(np.maximum(scope.spread[row, ix], 1.0)) / Z95, MIN_SIGMA)
        median = np.log(np.maximum(scope.median[row, ix], TINY))
        for limit in (label.latency_limit, label.latency_limit * (1 + max_movement)):
            columns.append((median - np.log(limit)) / sigma)
    columns += [
        spread_figures(terms.use[row], terms.offers, len(scope.table.offers))[ix]
        for terms in scope.unruled.subscriptions
    ]
    metrics = np.column_stack(columns)
    return np.where(np.isnan(metrics), UNKNOWN, metrics)


def _dominated(metrics: Floats, replaces: Bools, groups: Ints, needs: Ints) -> Ints:
    """The rows dominated by one of their group that `replaces` others and needs the same binaries or none."""
    dominated = np.zeros(len(groups), dtype=bool)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        for need in np.unique(needs[members]):
            alike = members[needs[members] == need]
            best = alike[replaces[alike]]
            best = best[nondominated(metrics[best], groups[best])]
            candidates = alike if need else members
            candidates = candidates[~np.isin(candidates, best)]
            if len(best) and len(candidates):
                beaten = (metrics[best][:, None] <= metrics[candidates][None]).all(axis=2).any(axis=0)
                dominated[candidates[beaten]] = True
    return np.flatnonzero(dominated)
