"""A rule's price in words, for the command line and the app alike."""

from __future__ import annotations

from ...domain.explanation import LOOSER, RulePrice

MONEY = {"cost": ("USD a month", 2), "quality": ("points of quality", 3)}  # an objective's unit, its digits


def step_of(rule: RulePrice) -> str:
    """One step with its unit: '1 point', '1000 tokens'."""
    one = rule.unit.removesuffix("s") if rule.step == 1 and len(rule.unit) > 1 else rule.unit
    return f"{rule.step:g} {one}".strip()


def told(objective: str, rule: RulePrice) -> str:
    """What a step costs to either side, and how far that holds: '1 point more costs 3.20 USD a month'."""
    up = LOOSER[rule.path.rpartition(".")[2]] > 0
    more, less = (rule.looser, rule.tighter) if up else (rule.tighter, rule.looser)
    step = step_of(rule)
    said = [
        f"{step} more {_changes(objective, more, not up)}",
        f"{step} less {_changes(objective, less, up)}",
    ]
    if rule.price and rule.holds_from is not None and rule.holds_to is not None:
        said.append(f"with these models from {rule.holds_from:,.4g} to {rule.holds_to:,.4g} {rule.unit}")
    elif rule.price and rule.holds_to is not None:
        said.append(f"with these models up to {rule.holds_to:,.4g} {rule.unit}")
    elif rule.price and rule.holds_from is not None:
        said.append(f"with these models from {rule.holds_from:,.4g} {rule.unit} up")
    return "; ".join(said)


def _changes(objective: str, change: float | None, tighter: bool) -> str:
    """The objective's change: costs or saves money, gains or loses quality."""
    unit, digits = MONEY[objective]
    if change is None:
        return "and nothing fits" if tighter else "is no step"
    if abs(change) < 0.5 * 10**-digits:
        return "changes nothing" if change == 0 else f"changes less than {10**-digits:.{digits}f} {unit}"
    worse, better = ("costs", "saves") if objective == "cost" else ("gains", "loses")
    return f"{worse if change > 0 else better} {abs(change):,.{digits}f} {unit}"
