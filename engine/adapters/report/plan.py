"""A plan as text: one line per label, one per route, and the total."""

from __future__ import annotations

from ...domain.plan import LabelPlan, Plan, Repair
from .table import clean, money, point, table

_SAY = {
    "optimal": "optimal",
    "feasible": "feasible, not proven best",
    "infeasible": "infeasible: no mix of offers meets these rules",
    "timed_out": "stopped at the time limit, no plan found yet",
}


def plan_text(plan: Plan) -> str:
    """What `modelpick solve` prints, without a last line end."""
    blocks = [_routes(plan), _replicas(plan), _total(plan)] if plan.found else [_SAY[plan.status]]
    blocks += [_conflicts(plan), _repairs(plan), "\n".join(clean(note) for note in plan.notes)]
    return "\n\n".join(block for block in blocks if block)


def _routes(plan: Plan) -> str:
    head = ("label", "offer", "share", "USD/month", "quality", "latency")
    rows: list[tuple[str, ...]] = []
    for name, label in plan.labels.items():
        rows += _label(clean(name), label)
    return table(head, rows, right=(2, 3, 4, 5))


def _label(name: str, label: LabelPlan) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for route in label.routes:
        share = f"{route.share:.1%}"
        figures = (share, money(route.cost), point(route.quality), point(route.latency, " s"))
        lines.append((name, clean(route.offer), *figures))
        name = ""
    if len(label.routes) != 1:
        lines.append(
            (name, "  together", "", money(label.cost), point(label.quality), point(label.latency, " s"))
        )
    if label.fallbacks:
        lines.append(("", "  then " + clean(", ".join(label.fallbacks)), "", "", "", ""))
    return lines


def _replicas(plan: Plan) -> str:
    return "\n".join(f"{clean(offer)}: {number} replicas" for offer, number in plan.replicas.items())


def _total(plan: Plan) -> str:
    quality = "" if plan.quality is None else f", quality {plan.quality:.1f}"
    gap = (
        f", at most {plan.gap:.1%} from the best"
        if plan.status == "feasible" and plan.gap is not None
        else ""
    )
    return f"total {money(plan.cost)} USD/month{quality}\nstatus {_SAY[plan.status]}{gap}"


def _conflicts(plan: Plan) -> str:
    if not plan.conflicts:
        return ""
    return "These rules cannot hold together:\n" + "\n".join(f"  {clean(rule)}" for rule in plan.conflicts)


def _repairs(plan: Plan) -> str:
    if plan.together:
        lines = "\n".join(f"  {_repair(repair)}" for repair in plan.together)
        return f"No single change helps; these together do:\n{lines}"
    if not plan.repairs:
        return ""
    return "Any one of these changes helps:\n" + "\n".join(f"  {_repair(repair)}" for repair in plan.repairs)


def _repair(repair: Repair) -> str:
    change = f"{clean(repair.path)}: {_value(repair.from_)} -> {_value(repair.to)}"
    return change if repair.cost is None else f"{change} ({money(repair.cost)} USD/month)"


def _value(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:,.6g}" if isinstance(value, float) else clean(str(value))
