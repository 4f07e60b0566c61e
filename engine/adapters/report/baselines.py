"""Savings as text: a line per baseline, then the rules each breaks."""

from __future__ import annotations

from ...domain.scenario import Baseline, Baselines
from .table import clean, money, part_text, point, signed, table


def baselines_text(found: Baselines) -> str:
    """What `modelpick baselines` prints."""
    plan = found.plan
    rows = [_row(one) for one in found.against]
    first = ("the plan" if plan.found else "no plan", money(plan.cost), "", "", point(plan.quality), "-")
    head = ("instead", "USD/month", "plan saves", "", "quality", "breaks")
    blocks = [table(head, [first, *rows], right=(1, 2, 3, 4))]
    for one in found.against:
        if one.broken:
            reasons = "\n".join(f"  {clean(rule.rule)}: {clean(rule.reason)}" for rule in one.broken)
            verb = "break" if one.name.endswith("routes") else "breaks"
            blocks.append(f"{_named(one)} {verb}\n{reasons}")
    if not plan.found:
        blocks.append("No mix keeps all the rules: modelpick explain says why.")
    return "\n\n".join(blocks)


def _named(one: Baseline) -> str:
    return clean(f"{one.name}: {one.choice}" if one.choice else one.name)


def _row(one: Baseline) -> tuple[str, ...]:
    cost = one.outcome.cost
    part = "" if one.saving is None or not cost else part_text(one.saving / cost)
    saving = "-" if one.saving is None else signed(one.saving)
    count = len({rule.rule for rule in one.broken})
    breaks = f"{count} rule{'s' if count > 1 else ''}" if count else "-"
    return (_named(one), money(cost), saving, part, point(one.outcome.quality), breaks)
