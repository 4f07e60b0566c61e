"""The optimisation in matrices: labels, offers and rules as indices and numbers.

L labels, N offers, S of them self-hosted on the replicas of H hosts: the levels of an offer share one. Money
is USD a month, shares are fractions of a label's requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..tolerances import LINKING_TOL

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LinkingConstraint:
    """A rule across labels: sum over labels and `offers` of coef*share - replicas*n <= limit.

    `offers` (n,) ascend; `coef` (L, n) is scaled so that `limit` is about 1. `replica_of` is the host
    (0..H-1) whose replicas widen the limit, -1 where none do; `fixed_coef` (H,) what each replica adds
    on the left (the budget). `usd`: of a limit on money the USD that 1 on the left stands for, so that
    subscriptions count in it; 0: they do not.
    """

    path: str
    offers: Ints
    coef: Floats
    limit: float
    replica_of: int = -1
    fixed_coef: Floats | None = None
    usd: float = 0.0
    scale: float = 1.0  # what 1 on either side is in the rule's own unit

    def coefficients(self, label: Ints, offer: Ints) -> Floats:
        """(n,) the coefficients of these labels' offers; 0 for an offer that the rule is not about."""
        if not len(self.offers):
            return np.zeros(len(offer))
        place = np.minimum(np.searchsorted(self.offers, offer), len(self.offers) - 1)
        return np.where(self.offers[place] == offer, self.coef[label, place], 0.0)

    @property
    def is_of_one_offer(self) -> bool:
        """Whether it is a rate limit: of one offer, whose levels `offers` are."""
        return self.path.startswith("offers.")

    def is_redundant(self, used: Bools) -> bool:
        """Whether it is kept by all shares of the offers that are in `used` (N,): as most rate limits are."""
        alone = self.replica_of < 0 and self.fixed_coef is None and self.limit >= 0
        return alone and not used[self.offers].any()


@dataclass(frozen=True)
class SubscriptionTerms:
    """A subscription that may be bought, in whole units (contract: plans).

    It covers parts of the shares of `offers` (n,), which ascend: sum over labels and offers of use*covered <=
    units. `use` (L, n) is what covering a share of 1 takes of one unit's allowance, `saves` (L, n) its list
    cost, USD a month; a unit costs `fee` USD a month. The units are `min_units` to `max_units` (inf: any).
    """

    name: str
    offers: Ints
    use: Floats
    saves: Floats
    fee: float
    min_units: float = 0.0
    max_units: float = np.inf
    of_money: bool = False  # whether the allowance is of list cost: then `use` moves with the prices

    @property
    def unlimited(self) -> bool:
        """Whether units cost nothing and there are as many as one likes: then all is covered."""
        return self.fee == 0 and np.isinf(self.max_units)

    def cells(self, label: Ints, offer: Ints) -> Ints:
        """Which of these pairs (label, offer), (n,) each, it may cover, by their places."""
        if not len(self.offers):
            return np.zeros(0, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.offers, offer), len(self.offers) - 1)
        covers = (self.offers[place] == offer) & (self.saves[label, place] > 0) & (self.use[label, place] > 0)
        return np.flatnonzero(covers)

    def of(self, figures: Floats, label: Ints, offer: Ints) -> Floats:
        """(n,) the `use` or `saves` of pairs that it covers."""
        return np.asarray(figures[label, np.searchsorted(self.offers, offer)])


class LinkingConstraints:
    """The coupling rules of a problem without self-hosted offers, as arrays."""

    def __init__(self, rules: Sequence[LinkingConstraint]) -> None:
        fixed = [rule for rule in rules if rule.replica_of < 0]
        self.single = [rule for rule in fixed if len(rule.offers) == 1]
        self.wide = [rule for rule in fixed if len(rule.offers) != 1]
        self.offer = np.array([rule.offers[0] for rule in self.single], dtype=np.int64)
        self.coef = np.array([rule.coef[:, 0] for rule in self.single])  # (rules, L)
        self.limit = np.array([rule.limit for rule in self.single])

    def violated(self, shares: Floats, known: Sequence[LinkingConstraint] = ()) -> list[LinkingConstraint]:
        """The rules that shares (L, N) break, but for the known ones."""
        broken: list[LinkingConstraint] = []
        if self.single:
            load = np.einsum("rl,lr->r", self.coef, shares[:, self.offer])
            over = np.flatnonzero(load > self.limit + LINKING_TOL * np.maximum(1.0, np.abs(self.limit)))
            broken += [self.single[i] for i in over]
        for rule in self.wide:
            load = float((rule.coef * shares[:, rule.offers]).sum())
            if load > rule.limit + LINKING_TOL * max(1.0, abs(rule.limit)):
                broken.append(rule)
        have = {id(rule) for rule in known}
        return [rule for rule in broken if id(rule) not in have]


# Fields of Problem without self-hosted offers.
NO_HOSTS: dict[str, Any] = {
    "self_hosted": np.zeros(0, np.int64),
    "host": np.zeros(0, np.int64),
    "hosts": (),
    "fixed_cost": np.zeros(0),
}


@dataclass(frozen=True)
class Problem:
    """The optimisation in matrices, (L, N) where nothing else is said. nan: unknown or not pinned."""

    labels: tuple[str, ...]
    offers: tuple[str, ...]
    cost: Floats
    quality: Floats  # as rules and the objective count it: at the confidence asked for
    plain_quality: Floats  # as it stands
    late: Floats
    median: Floats  # latency of a request, seconds
    eligible: Bools
    pin: Floats
    min_quality: Floats  # (L,), -inf: none
    max_late: Floats  # (L,), inf: none
    max_offers: Ints  # (L,), N: no limit
    min_share: Floats  # (L,)
    min_providers: Ints  # (L,)
    weight: Floats  # (L,), adds up to 1
    model: Ints  # (N,), the same for all levels
    provider: Ints  # (N,)
    max_models: int | None
    max_providers: int | None
    linking: tuple[LinkingConstraint, ...]
    self_hosted: Ints  # (S,) offers that are self-hosted
    host: Ints  # (S,) on whose replicas
    hosts: tuple[str, ...]  # (H,) the offers, without levels, that replicas are of
    fixed_cost: Floats  # (H,) USD a month for a replica
    maximise_quality: bool
    subscriptions: tuple[SubscriptionTerms, ...] = ()
    pays_subscriptions: bool = True  # False: their money counts in the budget alone

    @cached_property
    def unhosted_linking(self) -> LinkingConstraints:
        """The rules across labels that no replicas widen."""
        return LinkingConstraints(self.linking)

    def with_quality(self, quality: Floats) -> Problem:
        """The problem with other counted qualities (L, N), in the rule on the whole router's as well."""
        raised = self.weight[:, None] * (np.nan_to_num(quality) - np.nan_to_num(self.quality))
        linking = tuple(
            replace(rule, coef=rule.coef - raised / rule.scale) if rule.path == "limits.min_quality" else rule
            for rule in self.linking
        )
        return replace(self, quality=quality, linking=linking)

    @cached_property
    def objective(self) -> Floats:
        """(L, N): what a share of 1 adds to what is minimised."""
        return -np.nan_to_num(self.quality) * self.weight[:, None] if self.maximise_quality else self.cost

    @cached_property
    def seconds(self) -> Floats:
        """(L, N): the median latencies to break ties by, what is unknown after all that is known."""
        known = np.nan_to_num(self.median, nan=0.0, posinf=0.0)
        return np.where(np.isfinite(self.median), known, 10 * float(known.max(initial=0.0)))

    @property
    def fixed_objective(self) -> Floats:
        """(H,): what a replica adds to what is minimised."""
        return np.zeros(len(self.fixed_cost)) if self.maximise_quality else self.fixed_cost

    @property
    def usd_objective(self) -> float:
        """What a USD of subscriptions adds to what is minimised."""
        return 0.0 if self.maximise_quality or not self.pays_subscriptions else 1.0

    def subproblem(self, label: int) -> Problem:
        """One label's own problem: nothing couples it to the others."""
        row = slice(label, label + 1)
        parts = (
            "cost",
            "quality",
            "plain_quality",
            "late",
            "median",
            "eligible",
            "pin",
            "min_quality",
            "max_late",
            "max_offers",
        )
        more = ("min_share", "min_providers", "weight")
        return replace(
            self,
            labels=self.labels[row],
            max_models=None,
            max_providers=None,
            linking=(),
            **NO_HOSTS,
            subscriptions=(),
            **{name: getattr(self, name)[row] for name in (*parts, *more)},
        )
