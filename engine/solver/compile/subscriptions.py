"""Subscriptions that may be bought, over the offers that they cover (contract: plans)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.routing import Limits
from ..tolerances import TIE_TOL
from .eligibility import models_among
from .offer_table import OfferTable
from .problem import Floats, Problem, SubscriptionTerms


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
        covers = np.array([provider == plan.provider for provider in table.providers])[table.provider]
        if plan.models is not None:
            covers &= models_among(table, plan.models)
        covered = np.flatnonzero(covers)
        terms.append(
            SubscriptionTerms(
                name,
                covered,
                amounts[plan.allowance.kind][:, covered] / plan.allowance.amount,
                amounts["usd"][:, covered],
                plan.usd_per_month,
                max_units=np.inf if plan.max_units is None else float(plan.max_units),
            )
        )
    return tuple(terms)


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
