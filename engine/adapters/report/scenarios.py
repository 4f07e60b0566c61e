"""Scenarios as text: a section each, every figure with its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.formatting import factor_text, money, signed_money
from ...domain.plan import Repair
from ...domain.routing import Routing
from ...domain.scenario import Bar, Horizon, Outage, Outcome, Path, SelfHosting, Swap, Tornado, WhatIf
from .plan import change_text
from .text import clean, table

BARS = 25  # of a tornado on a page; --json has all
_NO_PLAN = "no plan"


def scenarios_json(found: Mapping[str, Any]) -> dict[str, Any]:
    """Every part by its name."""
    return {name.replace("-", "_"): _plain(part) for name, part in found.items()}


def _plain(part: Any) -> Any:
    if isinstance(part, tuple):
        return [one.model_dump(mode="json") for one in part]
    return part.model_dump(mode="json")


def scenarios_text(routing: Routing, found: Mapping[str, Any]) -> str:
    """The parts, each under its heading."""
    say: dict[str, tuple[str, Callable[[Any], str]]] = {
        "growth": ("Growth", _path),
        "offer": ("Price", _path),
        "prices": ("Prices and volumes", _what_ifs),
        "outage": ("A provider is out", _outages),
        "expiring": ("Expiring offers", _horizon),
        "self-hosting": ("Self-hosting", _hosting),
    }
    blocks = []
    for name, part in found.items():
        if name == "tornado":
            blocks.append(f"Tornado\n\n{_tornado(routing, part)}")
        else:
            title, text = say[name]
            blocks.append(f"{title}\n\n{text(part)}")
    return "\n\n\n".join(blocks)


def _cost(outcome: Outcome) -> str:
    return money(outcome.cost) if outcome.found else _NO_PLAN


def _monthly(outcome: Outcome) -> str:
    return f"{money(outcome.cost)} USD/month" if outcome.found else _NO_PLAN


def _by(change: float | None) -> str:
    return "-" if change is None else signed_money(change)


def swaps_text(swaps: Sequence[Swap]) -> str:
    """default: a for b; think: + c."""
    said = []
    for swap in swaps:
        joins, leaves = clean(" + ".join(swap.joins)), clean(" + ".join(swap.leaves))
        if joins and leaves:
            said.append(f"{clean(swap.label)}: {joins} for {leaves}")
        else:
            said.append(f"{clean(swap.label)}: {f'+ {joins}' if joins else f'- {leaves}'}")
    return "; ".join(said)


def _path(path: Path) -> str:
    rows = []
    for stop in path.stops:
        figure = "-" if path.now is None or path.unit == "x" else f"{path.now * stop.at:,.0f}"
        replicas = sum(stop.outcome.replicas.values())
        rows.append((factor_text(stop.at), figure, _cost(stop.outcome), str(replicas) if replicas else "-"))
    blocks = [f"{clean(path.input)}", table(("times", "req/mo", "USD/month", "replicas"), rows, (0, 1, 2, 3))]
    lines = []
    for one in path.switches:
        figure = "" if path.now is None or path.unit == "x" else f" ({path.now * one.at:,.0f} {path.unit})"
        if not one.after.found:
            lines.append(f"  from {factor_text(one.at, 4)}{figure}: {_NO_PLAN}")
            continue
        what = swaps_text(one.swaps) if one.before.found else "a plan again"
        lines.append(f"  from {factor_text(one.at, 4)}{figure}, {_cost(one.after)} USD/month: {what}")
    blocks.append("The mix switches\n" + "\n".join(lines) if lines else "The mix never switches.")
    if path.limits:
        blocks.append(f"What ends it: {clean(', '.join(path.limits))}")
    if not path.complete:
        blocks.append("There are more switches than these.")
    elif not path.proven:
        blocks.append("A mix that comes and goes within a tenth of growth is not excluded.")
    return "\n\n".join(blocks)


def _what_ifs(found: Sequence[WhatIf]) -> str:
    if not found:
        return "There is no plan to begin with."
    rows = []
    for one in found:
        kept = money(one.kept) if one.kept is not None else f"breaks {clean(', '.join(one.broken))}"
        rows.append(
            (clean(one.name), kept, _cost(one.outcome), _by(one.change), swaps_text(one.swaps) or "-")
        )
    head = ("if", "as it is", "solved anew", "change", "swaps")
    return "USD a month:\n" + table(head, rows, right=(1, 2, 3))


def _outages(found: Sequence[Outage]) -> str:
    if not found:
        return "There is no plan to begin with."
    rows, notes = [], []
    for one in found:
        rows.append(
            (
                clean(one.provider),
                f"{one.requests:.1%}",
                _cost(one.outcome),
                _by(one.change),
                swaps_text(one.swaps) or "-",
            )
        )
        if one.conflicts:
            notes.append(f"Without {clean(one.provider)} these break: {clean(', '.join(one.conflicts))}")
        word = "or" if one.repairs else "and"
        changes = [_repair(repair) for repair in one.repairs or one.together]
        if changes:
            notes.append("  least that mends it: " + f", {word} ".join(changes))
    head = ("out", "requests", "USD/month", "change", "swaps")
    return "\n\n".join([table(head, rows, right=(1, 2, 3)), *(["\n".join(notes)] if notes else [])])


def _repair(repair: Repair) -> str:
    return change_text(repair)


def _horizon(found: Horizon) -> str:
    if not found.now.found:
        return "There is no plan to begin with."
    rows = [
        (
            str(one.day),
            clean(", ".join(one.gone)),
            _cost(one.outcome),
            _by(one.change),
            swaps_text(one.swaps) or "-",
        )
        for one in found.expiries
    ]
    head = ("from", "gone", "USD/month", "change", "swaps")
    blocks = [
        table(head, rows, right=(2, 3)) if rows else f"Every offer in use stays until {found.until} at least."
    ]
    blocks += [f"fallback {clean(offer)}: its last day is {day}" for offer, day in found.fallbacks.items()]
    return "\n\n".join(["\n".join(blocks[1:]) if i else blocks[0] for i in range(2) if i < len(blocks)])


def _tornado(routing: Routing, found: Tornado) -> str:
    if not found.bars:
        return "There is no plan to begin with."
    unit = "USD/month" if routing.objective == "cost" else "points of quality"
    rows = [_bar(bar, found.value) for bar in found.bars[:BARS]]
    said = f"{unit}, {found.value:,.4g} today; * the mix changes:"
    rest = len(found.bars) - len(rows)
    more = f"\n{rest} more matter less." if rest > 0 else ""
    head = ("input", "is", "lower", "higher", "at lower", "at higher", "unit")
    return f"{said}\n{table(head, rows, right=(1, 2, 3, 4, 5))}{more}"


def _bar(bar: Bar, value: float) -> tuple[str, ...]:
    ends = []
    for at, swapped in ((bar.at_low, bar.swaps_low), (bar.at_high, bar.swaps_high)):
        ends.append(_NO_PLAN if at is None else f"{_by(at - value)}{'*' if swapped else ' '}")
    figures = (f"{number:,.6g}" for number in (bar.now, bar.low, bar.high))
    return (clean(bar.input), *figures, *ends, bar.unit)


def _hosting(found: SelfHosting) -> str:
    now = "pays" if found.pays else "does not pay"
    lines = [
        f"Self-hosted: {clean(', '.join(found.offers))}",
        f"At {found.requests:,.0f} requests a month renting {now}: "
        f"{_monthly(found.rented)} with, {_monthly(found.bought)} without.",
    ]
    for one in found.break_evens:
        word = "starts to pay" if one.pays else "stops paying"
        replicas = ", ".join(f"{number} x {clean(offer)}" for offer, number in one.rented.replicas.items())
        lines.append(
            f"From {one.requests:,.0f} requests a month ({factor_text(one.at, 4)}) it {word}: "
            f"{_monthly(one.rented)}{f' with {replicas}' if replicas else ''}, "
            f"{_monthly(one.bought)} without."
        )
    if not found.break_evens:
        lines.append("More or less traffic does not change that.")
    if not found.complete:
        lines.append("There are more break-evens than these.")
    elif not found.proven:
        lines.append("What comes and goes within a tenth of growth is not excluded.")
    return "\n".join(lines)
