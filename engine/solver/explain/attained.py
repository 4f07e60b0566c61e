"""What a plan has where a rule sets a limit."""

from __future__ import annotations

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.rules import label_of
from ..compile.compiler import Compiler


def attained(routing: Routing, compiler: Compiler, plan: Plan, path: str) -> float | None:
    """Its quality, largest share of a provider, smallest window and the like; None: it is unknown."""
    name = path.rpartition(".")[2]
    if path.startswith("limits."):
        used = {route.offer for label in plan.labels.values() for route in label.routes}
        if name == "max_provider_share":
            return _largest_share(routing, plan)
        counts = {
            "max_models": {o.partition("/")[2] for o in used},
            "max_providers": {o.partition("/")[0] for o in used},
        }
        return plan.cost if name == "budget" else float(len(counts[name]))
    return _of_label(compiler, plan, path)


def _of_label(compiler: Compiler, plan: Plan, path: str) -> float | None:
    mix = plan.labels[label_of(path)]
    offers = [route.offer for route in mix.routes]
    windows = [float(compiler.table.window[compiler.table.index[offer]]) for offer in offers]
    found: dict[str, float | None] = {
        "min_quality": mix.quality,
        "max_latency": mix.latency,
        "min_quality_each": min((r.quality for r in mix.routes if r.quality is not None), default=None),
        "min_share": min((route.share for route in mix.routes), default=None),
        "max_models": float(len(offers)),
        "min_providers": float(len({offer.partition("/")[0] for offer in offers})),
        "context": min(windows, default=None),
    }
    return found[path.rpartition(".")[2]]


def _largest_share(routing: Routing, plan: Plan) -> float:
    total, carried = 0.0, dict[str, float]()
    for name, mix in plan.labels.items():
        requests = routing.labels[name].requests
        total += requests
        for route in mix.routes:
            seller = route.offer.partition("/")[0]
            carried[seller] = carried.get(seller, 0.0) + route.share * requests
    return max(carried.values(), default=0.0) / total if total else 0.0
