"""What given routes cost, score and take, whether or not they are the best ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ...domain.catalog import Catalog
from ...domain.errors import nearest
from ...domain.explanation import Break
from ...domain.formatting import cents, share_text
from ...domain.plan import Plan
from ...domain.routing import Routing
from .base import Mix


def current_mixes(routing: Routing, catalog: Catalog) -> dict[str, Mix] | None:
    """The mixes a routing file holds; None where a label has none, or one the catalogue does not know."""
    mixes = {}
    for name, label in routing.labels.items():
        shares: dict[str, float] = {}
        for route in label.routes:
            shares[route.offer] = shares.get(route.offer, 0.0) + route.share
        total = sum(shares.values())
        if not total or any(offer not in catalog.offers for offer in shares):
            return None
        fallbacks = tuple(o for o in label.fallbacks if o in catalog.offers and o not in shares)
        total = total if abs(total - 1) > 1e-9 else 1.0
        mixes[name] = Mix(
            label, {offer: share / total for offer, share in shares.items() if share}, fallbacks
        )
    return mixes


def unknown_fallback_notes(routing: Routing, catalog: Catalog) -> list[str]:
    """What to say of fallbacks that the catalogue does not know, which are left out."""
    return [
        f"labels.{name}.fallbacks: unknown offer {offer!r}{nearest(offer, catalog.offers)}, left out"
        for name, label in routing.labels.items()
        for offer in label.fallbacks
        if offer not in catalog.offers
    ]


def uneven_share_notes(routing: Routing) -> list[str]:
    """What to say of labels whose shares do not add up to 1; they are taken as parts of their sum."""
    sums = {name: sum(route.share for route in label.routes) for name, label in routing.labels.items()}
    return [
        f"labels.{name}.routes: the shares add up to {total:.6g}, not 1; taken as parts of that"
        for name, total in sums.items()
        if total and abs(total - 1) > 1e-5
    ]


def plan_mixes(routing: Routing, plan: Plan) -> dict[str, Mix]:
    """A plan's mixes, shares in six digits as a file holds them."""
    from ..solution_stamp import rounded_shares

    return {
        name: Mix(routing.labels[name], rounded_shares(label_plan.routes), label_plan.fallbacks)
        for name, label_plan in plan.labels.items()
    }


def weak_fallback_notes(
    routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date
) -> tuple[str, ...]:
    """A sentence for each label whose fallbacks are far below its min_quality."""
    from ...solver.compile.compiler import Compiler
    from ...solver.plan_builder import weak_fallbacks

    problem = Compiler(catalog, today).compile(routing)
    return weak_fallbacks(problem, {name: mix.fallbacks for name, mix in mixes.items()})


def subscription_notes(
    routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date
) -> tuple[str, ...]:
    """A sentence for each subscription that the mixes rest on: what it covers, its price and its terms."""
    if not routing.limits.plans:
        return ()
    exported = {
        name: label for name, label in routing.labels.items() if name in mixes
    }  # a router may lack some
    routing = routing.model_copy(update={"labels": exported})
    plan, sentences = cost_mixes(routing, catalog, mixes, today), []
    for name, bought in plan.plans.items():
        covered = [
            f"{route.offer} ({label}, {share_text(part / route.share)})"
            for label, label_plan in plan.labels.items()
            for route in label_plan.routes
            if (part := route.covered.get(name, 0.0))
        ]
        price = f"{bought.units:,} x, {cents(bought.cost)} USD a month in all"
        terms = f"; {bought.note}" if bought.note else ""
        sentences.append(
            f"the cost rests on the plan {name} ({price}), which covers {', '.join(covered)}{terms}"
        )
    return tuple(sentences)


def cost_mixes(routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date) -> Plan:
    """Money, quality and latency of mixes by the contract's formulas; rules play no part."""
    return evaluate_mixes(routing, catalog, mixes, today)[0]


def evaluate_mixes(
    routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date
) -> tuple[Plan, tuple[Break, ...]]:
    """Money (USD a month), quality and latency of mixes by the contract's formulas, and what rules break."""
    import numpy as np

    from ...solver.analysis.evaluate import evaluate
    from ...solver.compile.compiler import Compiler

    compiler = Compiler(catalog, today)
    problem = compiler.compile(routing, every_limit=True)
    index = {offer: i for i, offer in enumerate(problem.offers)}
    shares = np.zeros((len(problem.labels), len(problem.offers)))
    for row, name in enumerate(problem.labels):
        for offer, share in mixes[name].shares.items():
            shares[row, index[offer]] = share
    plan, broken = evaluate(routing, compiler, problem, shares)
    labels = {
        name: planned_label.model_copy(update={"fallbacks": tuple(mixes[name].fallbacks)})
        for name, planned_label in plan.labels.items()
    }
    return plan.model_copy(update={"labels": labels, "gap": None}), broken


@dataclass(frozen=True)
class ChangeImpact:
    """The same routes before and after, and the best plan after; `after` is None where an offer is gone.

    `offers` are those in use or a fallback, without their levels.
    """

    before: Plan
    after: Plan | None
    best: Plan
    offers: tuple[str, ...] = ()


def change_impact(routing: Routing, before: Catalog, after: Catalog, today: date) -> ChangeImpact | None:
    """What a change of the catalogue is worth to the routes in the file, else to the best ones before it.

    None where the file has no routes and no mix keeps the rules.
    """
    from ...domain.levels import base_name, spelled_out
    from ...solver.pick import pick
    from ..routing_file import canonical

    before, after = spelled_out(before), spelled_out(after)
    routing = canonical(routing, before)
    mixes = current_mixes(routing, before)
    if mixes is None:
        plan = pick(routing, before, today=today)
        if not plan.found:
            return None
        mixes = plan_mixes(routing, plan)
    known_after = all(offer in after.offers for mix in mixes.values() for offer in mix.shares)
    return ChangeImpact(
        cost_mixes(routing, before, mixes, today),
        cost_mixes(routing, after, mixes, today) if known_after else None,
        pick(routing, after, today=today),
        tuple(
            dict.fromkeys(
                base_name(offer, before.models)
                for mix in mixes.values()
                for offer in (*mix.shares, *mix.fallbacks)
            )
        ),
    )
