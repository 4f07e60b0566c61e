"""What given routes cost, score and take, whether or not they are the best ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ...domain.catalog import Catalog
from ...domain.explanation import Break
from ...domain.plan import Plan
from ...domain.routing import Routing
from .base import Mix


def own_routes(routing: Routing, catalog: Catalog) -> dict[str, Mix] | None:
    """The mixes a routing file holds; None where a label has none, or one the catalogue does not know."""
    found = {}
    for name, label in routing.labels.items():
        shares: dict[str, float] = {}
        for route in label.routes:
            shares[route.offer] = shares.get(route.offer, 0.0) + route.share
        total = sum(shares.values())
        if not total or any(offer not in catalog.offers for offer in shares):
            return None
        known = tuple(offer for offer in label.fallbacks if offer in catalog.offers and offer not in shares)
        whole = total if abs(total - 1) > 1e-9 else 1.0
        found[name] = Mix(label, {offer: share / whole for offer, share in shares.items() if share}, known)
    return found


def uneven(routing: Routing) -> list[str]:
    """What to say of labels whose shares do not add up to 1; they are taken as parts of their sum."""
    sums = {name: sum(route.share for route in label.routes) for name, label in routing.labels.items()}
    return [
        f"labels.{name}.routes: the shares add up to {total:.6g}, not 1; taken as parts of that"
        for name, total in sums.items()
        if total and abs(total - 1) > 1e-5
    ]


def planned(routing: Routing, plan: Plan) -> dict[str, Mix]:
    """A plan's mixes, shares in six digits as a file holds them."""
    from ..stamp import tidy_shares

    return {
        name: Mix(routing.labels[name], tidy_shares(answer.routes), answer.fallbacks)
        for name, answer in plan.labels.items()
    }


def weak_spares(routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date) -> tuple[str, ...]:
    """A sentence for each label whose fallbacks are far below its min_quality."""
    from ...solver.compiler import Compiler
    from ...solver.report import weak_fallbacks

    problem = Compiler(catalog, today).compile(routing)
    return weak_fallbacks(routing, problem, {name: mix.fallbacks for name, mix in mixes.items()})


def priced(routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date) -> Plan:
    """Money, quality and latency of mixes by the contract's formulas; rules play no part."""
    return judged_mixes(routing, catalog, mixes, today)[0]


def judged_mixes(
    routing: Routing, catalog: Catalog, mixes: Mapping[str, Mix], today: date
) -> tuple[Plan, tuple[Break, ...]]:
    """The same, and every rule that the mixes break."""
    import numpy as np

    from ...solver.compiler import Compiler
    from ...solver.scenarios.judge import judged

    compiler = Compiler(catalog, today)
    problem = compiler.compile(routing)
    index = {offer: i for i, offer in enumerate(problem.offers)}
    shares = np.zeros((len(problem.labels), len(problem.offers)))
    for row, name in enumerate(problem.labels):
        for offer, share in mixes[name].shares.items():
            shares[row, index[offer]] = share
    plan, broken = judged(routing, compiler, problem, shares)
    labels = {
        name: planned_label.model_copy(update={"fallbacks": tuple(mixes[name].fallbacks)})
        for name, planned_label in plan.labels.items()
    }
    return plan.model_copy(update={"labels": labels, "gap": None}), broken
