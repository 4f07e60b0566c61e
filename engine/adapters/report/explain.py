"""Explanations as text: what each rule costs in words, why not an offer, cost against quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.explanation import Frontier, RulePrice, WhyNot
from ...domain.plan import Plan
from ...domain.routing import Routing
from .marked import Marked
from .plan import plan_text
from .table import clean, money, table
from .words import MONEY, step_of


def explain_text(routing: Routing, plan: Plan, prices: Sequence[RulePrice], marked: Marked) -> str:
    """The plan or the clash, then the rules that cost something, then those that do not."""
    said = plan_text(plan, marked)
    if not plan.found:
        return said
    binding = [_binding(routing, rule) for rule in prices if rule.binding]
    loose = [_row(rule, marked.rule(rule.path, plan)) for rule in prices if not rule.binding]
    blocks = [said]
    if binding:
        blocks.append("Binding rules, a step of each solved anew:\n" + "\n".join(binding))
    if loose:
        head = ("not binding", "is", "plan has", "unit")
        blocks.append(table(head, loose, right=(1, 2)))
    return "\n\n".join(blocks)


def _binding(routing: Routing, rule: RulePrice) -> str:
    unit, digits = MONEY[routing.objective]
    step = step_of(rule)
    parts = [f"  {clean(rule.path)} = {rule.value:g} {rule.unit}".rstrip()]
    for word, change in (("looser", rule.looser), ("tighter", rule.tighter)):
        if change is None:
            parts.append(f"    {step} {word}: nothing fits" if word == "tighter" else f"    no step {word}")
        else:
            parts.append(
                f"    {step} {word}: {change:+,.{digits}f} {unit}"
                if change
                else f"    {step} {word}: no change"
            )
    if rule.price is not None:
        ends = [
            f"{word} {end:,.6g}"
            for word, end in (("from", rule.holds_from), ("up to", rule.holds_to))
            if end is not None
        ]
        holds = " ".join(ends) or "everywhere"
        twist = "; degenerate: the price differs by side" if rule.degenerate else ""
        parts.append(
            f"    shadow price, these models kept: {step} tighter costs {rule.price:+,.4g} {unit}; "
            f"holds {holds}{twist}"
        )
    return "\n".join(parts)


def _row(rule: RulePrice, signs: str) -> tuple[str, ...]:
    attained = "-" if rule.attained is None else f"{signs}{rule.attained:,.6g}"
    return (clean(rule.path), f"{rule.value:,g}", attained, rule.unit)


def explain_json(plan: Plan, prices: Sequence[RulePrice], marked: Marked) -> dict[str, Any]:
    """The plan as `solve --json` has it, and `rules`."""
    return {**marked.json(plan), "rules": [rule.model_dump(mode="json") for rule in prices]}


def why_text(routing: Routing, answers: Sequence[WhyNot]) -> str:
    """A paragraph per label."""
    return "\n\n".join(_why(routing, one) for one in answers)


def _why(routing: Routing, one: WhyNot) -> str:
    lines = [f"{clean(one.offer)} for {clean(one.label)}:"]
    if one.share:
        return f"{lines[0]} it is used, {one.share:.1%} of the requests"
    lines += [f"  breaks {clean(broken.rule)}: {clean(broken.reason)}" for broken in one.breaks]
    if one.breaks:
        return "\n".join(lines)
    unit = MONEY[routing.objective][0]
    if one.forced_share is None or one.forced_cost is None:
        lines.append("  fits the label's own rules, but no plan can have it")
    else:
        lines.append(
            f"  fits, but forcing {one.forced_share:.0%} costs {one.forced_cost:+,.2f} USD a month "
            f"(reduced cost {one.reduced_cost:,.4g} {unit} for the whole label)"
        )
    entries = one.enters
    if entries.price_factor is not None:
        lines.append(f"  enters at {entries.price_factor:.1%} of its prices")
    if entries.quality is not None:
        lines.append(f"  enters at a quality of {entries.quality:.1f}")
    if entries.speed_factor is not None:
        lines.append(f"  enters at {entries.speed_factor:.1%} of its time")
    if entries.price_factor is None and entries.quality is None and entries.speed_factor is None:
        lines.append("  enters at no price, quality or speed of its own")
    return "\n".join(lines)


def why_json(answers: Sequence[WhyNot]) -> Any:
    """One object for one label, else a list."""
    found = [one.model_dump(mode="json") for one in answers]
    return found[0] if len(found) == 1 else found


def frontier_text(found: Frontier) -> str:
    """A line per point, the knee and the routing's own place marked."""
    if not found.points:
        return "no mix of offers meets these rules"
    rows = []
    for at, point in enumerate(found.points):
        routes = point.routes if found.label is None else {found.label: point.routes[found.label]}
        mix = "; ".join(f"{name}: {_mix(shares)}" for name, shares in routes.items())
        rows.append(
            ("knee" if at == found.knee else "", money(point.cost), f"{point.quality:.2f}", clean(mix))
        )
    blocks = [table(("", "USD/month", "quality", "routes"), rows, right=(1, 2))]
    if found.current is not None:
        blocks.append(f"now: {money(found.current.cost)} USD/month, quality {found.current.quality:.2f}")
    if found.dominated:
        blocks.append(_dominated(found))
    if not found.exact:
        blocks.append("each point is the least cost at its quality; between two of them there may be others")
    return "\n\n".join(blocks)


def _mix(shares: dict[str, float]) -> str:
    ordered = sorted(shares, key=lambda offer: -shares[offer])
    return " + ".join(offer if len(shares) == 1 else f"{offer} {shares[offer]:.0%}" for offer in ordered)


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
