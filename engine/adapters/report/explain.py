"""Explanations as text: what each rule costs in words, why not an offer, cost against quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.explanation import TIME_OUT, Frontier, RulePrice
from ...domain.plan import Plan
from ...domain.routing import Routing
from .marked import Marked
from .plan import plan_text
from .text import clean, money, share_text, table
from .words import MONEY, said_of, step_of, unit_of

MAX_LATE_NAMES = 12  # rules named that time did not reach; --json has all


def explain_text(routing: Routing, plan: Plan, prices: Sequence[RulePrice], marked: Marked) -> str:
    """The plan or the clash, then the rules that cost something, then those that do not."""
    said = plan_text(plan, marked, routing)
    if not plan.found:
        return said
    binding = [_binding(routing, rule) for rule in prices if rule.binding]
    late = [rule for rule in prices if not rule.binding and _unsolved(rule)]
    loose = [
        _row(routing, rule, marked.rule(rule.path, plan))
        for rule in prices
        if not rule.binding and rule not in late
    ]
    blocks = [said]
    if binding:
        blocks.append("Binding rules, a step of each solved anew:\n" + "\n".join(binding))
    if loose:
        head = ("a step changes nothing", "is", "plan has", "unit", "without it")
        blocks.append(table(head, loose, right=(1, 2, 4)))
    if late:
        names = clean(", ".join(rule.path for rule in late[:MAX_LATE_NAMES]))
        more = f" and {len(late) - MAX_LATE_NAMES:,} more" if len(late) > MAX_LATE_NAMES else ""
        blocks.append(f"time was out before these were solved anew: {names}{more}")
    return "\n\n".join(blocks)


def _unsolved(rule: RulePrice) -> bool:
    """Whether time was out before a step of the rule was solved, so that nothing is known of it."""
    reasons = (rule.looser_reason, rule.tighter_reason)
    return TIME_OUT in reasons if rule.step is not None else rule.dropped is None


def _binding(routing: Routing, rule: RulePrice) -> str:
    parts = [f"  {clean(rule.path)} = {said_of(rule.value)} {unit_of(rule, rule.value)}".rstrip()]
    step = step_of(rule)
    for word, change in (("looser", rule.looser), ("tighter", rule.tighter)):
        if rule.step is None:
            continue
        if word in rule.ends:
            parts.append(f"    no step {word}")
        else:
            reason = getattr(rule, f"{word}_reason")
            parts.append(f"    {step} {word}: {reason or _changes(routing, change) or 'no change'}")
    if rule.dropped and rule.dropped != rule.looser:
        parts.append(f"    without it: {_changes(routing, rule.dropped)}")
    if rule.price is not None and (rule.price or not rule.tighter_reason):
        parts.append(f"    {_dual(routing, rule, step)}")
    return "\n".join(parts)


def _dual(routing: Routing, rule: RulePrice, step: str) -> str:
    """The shadow price, how far it holds, and what it is to the other side of a corner."""
    unit = MONEY[routing.objective][0]
    ends = [
        f"{word} {end:,.6g}"
        for word, end in (("from", rule.holds_from), ("up to", rule.holds_to))
        if end is not None
    ]
    holds = " ".join(ends) or "everywhere"
    if rule.holds_from is not None and rule.holds_from == rule.holds_to:
        holds = f"at {rule.holds_to:,.6g} alone"
    twist = "" if rule.price_looser is None else f"; degenerate: a step looser {-rule.price_looser:+,.4g}"
    return f"shadow price, these models kept: {step} tighter {rule.price:+,.4g} {unit}; holds {holds}{twist}"


def _changes(routing: Routing, change: float | None) -> str:
    unit, digits = MONEY[routing.objective]
    if change is None:  # dropping a rule leaves the plan there is: only time can end it
        return TIME_OUT
    return f"{change:+,.{digits}f} {unit}" if change else ""


def _row(routing: Routing, rule: RulePrice, signs: str) -> tuple[str, ...]:
    attained = "-" if rule.attained is None else f"{signs}{rule.attained:,.6g}"
    dropped = _changes(routing, rule.dropped) or "no change"
    return (clean(rule.path), said_of(rule.value), attained, rule.unit, dropped)


def explain_json(plan: Plan, prices: Sequence[RulePrice], marked: Marked) -> dict[str, Any]:
    """The plan as `solve --json` has it, and `rules`."""
    return {**marked.json(plan), "rules": [rule.model_dump(mode="json") for rule in prices]}


def frontier_text(found: Frontier) -> str:
    """A line per point, the knee and the routing's own place marked."""
    if not found.points:
        return "no mix of offers meets these rules"
    rows = []
    for at, point in enumerate(found.points):
        routes = point.routes if found.label is None else {found.label: point.routes[found.label]}
        mix = "; ".join(f"{name}: {_mix(shares)}" for name, shares in routes.items())
        marks = [
            *(["knee"] if at == found.knee else []),
            *(["over budget"] if point.over_budget else []),
        ]
        rows.append((", ".join(marks), money(point.cost), f"{point.quality:.2f}", clean(mix)))
    blocks = [table(("", "USD/month", "quality", "routes"), rows, right=(1, 2))]
    if found.current is not None:
        blocks.append(f"now: {money(found.current.cost)} USD/month, quality {found.current.quality:.2f}")
    if found.budget is not None and any(point.over_budget for point in found.points):
        blocks.append(
            f"over budget: dearer than limits.budget, {money(found.budget)} USD/month, which rules it out"
        )
    if found.unscored:
        names = clean(", ".join(found.unscored))
        blocks.append(f"quality is of the labels with skills; left at their cheapest: {names}")
    if found.dominated:
        blocks.append(_dominated(found))
    if not found.exact:
        blocks.append("each point is the least cost at its quality; between two of them there may be others")
    return "\n\n".join(blocks)


def _mix(shares: dict[str, float]) -> str:
    ordered = sorted(shares, key=lambda offer: -shares[offer])
    return " + ".join(
        offer if len(shares) == 1 else f"{offer} {share_text(shares[offer])}" for offer in ordered
    )


def _dominated(found: Frontier) -> str:
    """How many a label; which and by what where one label is asked about."""
    if found.label is None:
        count: dict[str, int] = {}
        for one in found.dominated:
            count[clean(one.label)] = count.get(clean(one.label), 0) + 1
        said = ", ".join(f"{label} {number}" for label, number in count.items())
        return f"dominated offers (no cheaper, better or faster than another): {said}; --label L lists them"
    head = ("dominated", "by", "dearer by USD/month", "worse by points", "late, more requests")
    rows = [
        (clean(d.offer), clean(d.by), money(d.dearer), f"{d.worse:.2f}", f"{d.later:.2%}")
        for d in found.dominated
    ]
    return table(head, rows, right=(2, 3, 4))
