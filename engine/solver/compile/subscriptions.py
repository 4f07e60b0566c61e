"""Subscriptions that may be bought, over the offers that they cover (contract: plans)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...domain.catalog import Subscription
from ...domain.errors import InputError, nearest
from ...domain.routing import Limits
from ..tolerances import TIE_TOL
from .eligibility import models_among
from .offer_table import OfferTable
from .problem import Bools, Floats, Ints, Problem, SubscriptionTerms


def subscription_terms(
    limits: Limits, table: OfferTable, amounts: dict[str, Floats]
) -> tuple[SubscriptionTerms, ...]:
    """The terms of every plan that the limits name, in their order.

    `amounts`: kind of allowance -> (L, N) what all of a label's month takes of it; usd: its list cost. Raises
    InputError for a plan that the catalogue does not have.
    """
    terms = []
    for name in dict.fromkeys(limits.plans):
        if name not in table.plans:
            raise InputError(f"unknown plan {name!r}{nearest(name, table.plans)}", key="limits.plans")
        plan = table.plans[name]
        covered = np.flatnonzero(_covers(plan, table))
        terms.append(
            SubscriptionTerms(
                name,
                covered,
                amounts[plan.allowance.kind][:, covered] / plan.allowance.amount,
                amounts["usd"][:, covered],
                plan.usd_per_month,
                max_units=np.inf if plan.max_units is None else float(plan.max_units),
                of_money=plan.allowance.kind == "usd",
            )
        )
    return tuple(terms)


def _covers(plan: Subscription, table: OfferTable) -> Bools:
    """(N,) the offers that a plan covers."""
    covers = np.array([provider == plan.provider for provider in table.providers])[table.provider]
    return covers if plan.models is None else np.asarray(covers & models_among(table, plan.models))


def plan_classes(limits: Limits, table: OfferTable) -> Ints:
    """(N,) a number that offers have in common which the same of the plans cover that may be bought."""
    classes = np.zeros(len(table.offers), dtype=np.int64)
    for name in dict.fromkeys(limits.plans):
        _, classes = np.unique(2 * classes + _covers(table.plans[name], table), return_inverse=True)
    return classes


def without_useless_plans(problem: Problem) -> Problem:
    """The problem without the subscriptions of which no unit can save more than it costs."""
    useful = tuple(terms for terms in problem.subscriptions if _can_pay(problem, terms))
    return replace(problem, subscriptions=useful)


def _can_pay(problem: Problem, terms: SubscriptionTerms) -> bool:
    """Whether a unit that is spent on the dearest requests for the least of the allowance pays."""
    saves = np.where(problem.eligible[:, terms.offers], terms.saves, 0.0)
    fee = terms.fee * (1 + TIE_TOL)
    if terms.min_units > 0:
        return True
    if saves.max(axis=1, initial=0.0).sum() <= fee:
        return False
    paying = saves > 0
    return terms.unlimited or bool((saves[paying] > fee * terms.use[paying]).any())
