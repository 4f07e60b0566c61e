"""Savings as text: a line per baseline, then the rules each breaks."""

from __future__ import annotations

from ...domain.marks import Signs
from ...domain.scenario import Baseline, Baselines, Outcome
from .marked import Marked, legend
from .text import clean, money, part_text, point, signed, table


def baselines_text(found: Baselines, marked: Marked) -> str:
    """What `modelpick baselines` prints, each figure with its signs."""
    plan = found.plan
    rows = [_row(one, marked.outcome(one.outcome)) for one in found.against]
    name = "the plan" if plan.found else "no plan"
    first = (name, *_figures(plan, marked.outcome(plan), ("", "")), "-")
    head = ("instead", "USD/month", "plan saves", "", "quality", "breaks")
    blocks = [table(head, [first, *rows], right=(1, 2, 3, 4))]
    for one in found.against:
        if one.broken:
            reasons = "\n".join(f"  {clean(rule.rule)}: {clean(rule.reason)}" for rule in one.broken)
            verb = "break" if one.name.endswith("routes") else "breaks"
            blocks.append(f"{_named(one)} {verb}\n{reasons}")
    every = [marked.outcome(outcome).all for outcome in (plan, *(one.outcome for one in found.against))]
    blocks += ["\n".join(lines)] if (lines := legend(every)) else []
    if not plan.found:
        blocks.append("No mix keeps all the rules: modelpick explain says why.")
    return "\n\n".join(blocks)


def _named(one: Baseline) -> str:
    return clean(f"{one.name}: {one.choice}" if one.choice else one.name)


def _figures(outcome: Outcome, signs: Signs, between: tuple[str, str]) -> tuple[str, ...]:
    """Cost, what stands between, and quality, each figure after its signs."""
    cost = "" if outcome.cost is None else signs.cost
    quality = "" if outcome.quality is None else signs.quality
    return (cost + money(outcome.cost), *between, quality + point(outcome.quality))


def _row(one: Baseline, signs: Signs) -> tuple[str, ...]:
    cost = one.outcome.cost
    part = "" if one.saving is None or not cost else part_text(one.saving / cost)
    saving = "-" if one.saving is None else signed(one.saving)
    count = len({rule.rule for rule in one.broken})
    breaks = f"{count} rule{'s' if count > 1 else ''}" if count else "-"
    return (_named(one), *_figures(one.outcome, signs, (saving, part)), breaks)
