"""What clashes and what mends it, in words: what each rule says, each change with its unit and size."""

from __future__ import annotations

from ...domain.plan import Plan, Repair
from ...domain.routing import Routing
from ...domain.rules import facts_of, owner_of, value_of
from .text import clean, money

WHOLE_LIST = {"allow", "providers", "models"}  # lists that let in; the others shut out, or ask for


def clash_text(plan: Plan, routing: Routing | None) -> str:
    """The rules that cannot hold, one a line; what each says where the routing is known."""
    if not plan.conflicts:
        return ""
    head = "These rules cannot hold together:" if len(plan.conflicts) > 1 else "This rule cannot be kept:"
    return "\n".join([head, *(f"  {_rule(routing, path)}" for path in plan.conflicts)])


def mended_text(plan: Plan) -> str:
    """The changes that help: any one of several, or all of them at once."""
    if plan.together:
        head = "No single change helps: other rules clash as well. These together do, by the least in all"
        return "\n".join([f"{head}:", *(f"  {change_text(change)}" for change in plan.together)])
    if plan.repairs:
        head = "Any one of these changes helps" if len(plan.repairs) > 1 else "This change helps"
        return "\n".join([f"{head}:", *(f"  {change_text(change)}" for change in plan.repairs)])
    return "No change that helps was found in the time there was." if plan.conflicts else ""


def change_text(change: Repair) -> str:
    """From what to what, by how much, and what the plan costs then."""
    cost = "" if change.cost is None else f"; then {money(change.cost)} USD/month"
    return f"{clean(change.path)}: {_changed(change)}{cost}"


def _changed(change: Repair) -> str:
    was, to, name = change.from_, change.to, change.path.rpartition(".")[2]
    if isinstance(was, dict):
        return f"drop the pin of {clean(', '.join(key for key in was if key not in (to or {})))}"
    if isinstance(was, (list, tuple)):
        added = [item for item in to or () if item not in was]
        gone = [item for item in was if item not in (to or ())]
        if to is None:
            return "drop the list"
        words = [
            f"{word} {clean(', '.join(items))}" for word, items in (("add", added), ("drop", gone)) if items
        ]
        return " and ".join(words) + (f", so that it is {_value(to)}" if name in WHOLE_LIST else "")
    unit = _unit(change.path, was if to is None else to)
    if to is None:
        return f"{_value(was)}{unit} -> no such rule"
    number = isinstance(was, (int, float)) and not isinstance(was, bool) and was
    size = f" ({(to - was) / abs(was):+.1%})" if number else ""
    return f"{_value(was)} -> {_value(to)}{unit}{size}"


def _rule(routing: Routing | None, path: str) -> str:
    if routing is None:
        return clean(path)
    owner, name = owner_of(routing, path)
    why = " (its prompt and answer)" if name == "context" and getattr(owner, name) is None else ""
    return f"{clean(path)} = {_value(value_of(routing, path))}{_unit(path, value_of(routing, path))}{why}"


def rule_text(routing: Routing, path: str) -> str:
    """A rule's value with its unit, as `limits.budget` has it: 500 USD/mo."""
    return f"{_value(value_of(routing, path))}{_unit(path, value_of(routing, path))}"


def _unit(path: str, number: object) -> str:
    """The rule's unit as it goes with a number: ' offers', and ' offer' of one."""
    if path == "objective":
        return ""
    unit = str(facts_of(path)["unit"])
    if number == 1 and len(unit) > 1:
        unit = unit.removesuffix("s")
    return f" {unit}" if unit else ""


def _value(value: object) -> str:
    """As TOML has it, but with thousands apart."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:,.10g}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(clean(str(item)) for item in value) + "]"
    if isinstance(value, dict):
        return ", ".join(f"{clean(key)} {share:.1%}" for key, share in value.items())
    return clean(str(value))
