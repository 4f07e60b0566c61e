"""A plan as text: one line per label, one per route, and the total."""

from __future__ import annotations

from ...domain.marks import Signs
from ...domain.plan import LabelPlan, Plan, PlannedRoute
from ...domain.routing import Routing
from .marked import Marked
from .mended import clash_text, mended_text
from .text import clean, money, point, table

_SAY = {
    "optimal": "optimal",
    "feasible": "feasible, not proven best",
    "infeasible": "infeasible: no mix of offers meets these rules",
    "timed_out": "stopped at the time limit, no plan found yet",
}


def plan_text(plan: Plan, marked: Marked | None = None, routing: Routing | None = None) -> str:
    """What `modelpick solve` prints, without a last line end; with a routing also what clashing rules say."""
    marked = marked or Marked()
    if plan.found:
        blocks = [_routes(plan, marked), _replicas(plan), _total(plan, marked)]
    else:
        blocks = [_SAY[plan.status]]
    blocks += [clash_text(plan, routing), mended_text(plan), "\n".join(clean(note) for note in plan.notes)]
    return "\n\n".join(block for block in blocks if block)


def _routes(plan: Plan, marked: Marked) -> str:
    head = ("label", "offer", "share", "USD/month", "quality", "latency")
    rows: list[tuple[str, ...]] = []
    for name, label in plan.labels.items():
        rows += _label(clean(name), label, *marked.label(name, label))
    return table(head, rows, right=(2, 3, 4, 5))


def _label(name: str, label: LabelPlan, routes: list[Signs], mix: Signs) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for route, signs in zip(label.routes, routes, strict=True):
        lines.append((name, clean(route.offer), f"{route.share:.1%}", *_figures(route, signs)))
        name = ""
    if len(label.routes) != 1:
        lines.append((name, "  together", "", *_figures(label, mix)))
    if label.fallbacks:
        lines.append(("", "  then " + clean(", ".join(label.fallbacks)), "", "", "", ""))
    return lines


def _figures(told: LabelPlan | PlannedRoute, signs: Signs) -> tuple[str, str, str]:
    """Cost, quality and latency, each after its signs."""
    figures = (money(told.cost), point(told.quality), point(told.latency, " s"))
    cost, quality, latency = (sign + figure for sign, figure in zip(signs, figures, strict=True))
    return cost, quality, latency


def _replicas(plan: Plan) -> str:
    return "\n".join(f"{clean(offer)}: {number} replicas" for offer, number in plan.replicas.items())


def _total(plan: Plan, marked: Marked) -> str:
    signs = marked.total(plan)
    quality = "" if plan.quality is None else f", quality {signs.quality}{plan.quality:.1f}"
    gap = (
        f", at most {plan.gap:.1%} from the best"
        if plan.status == "feasible" and plan.gap is not None
        else ""
    )
    total = f"total {signs.cost}{money(plan.cost)} USD/month{quality}"
    return "\n".join([total, *marked.legend(plan), f"status {_SAY[plan.status]}{gap}"])
