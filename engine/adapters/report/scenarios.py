"""Scenarios and robustness as text: a section each, every figure with its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.formatting import cents, factor_text, money, signed_money
from ...domain.robustness import Chances, Doubt, Robustness, Safe
from ...domain.routing import Routing
from ...domain.scenario import Bar, Horizon, Outage, Outcome, Path, SelfHosting, Swap, Switch, Tornado, WhatIf
from ...domain.solver_status import SolverStatus
from .plan import repair_text
from .text import clean, table

MAX_BARS = 25  # of a tornado on a page; --json has all
_NO_PLAN = "no plan"
AT_LIST_PRICES = "The worst cases are at list prices: what subscriptions cover is left out of them."
_NO_SAFE_PLAN = {SolverStatus.INFEASIBLE: "no plan", SolverStatus.TIMED_OUT: "no time"}


def scenarios_json(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Every part by its name."""
    return {name.replace("-", "_"): _plain_facts(part) for name, part in parts.items()}


def _plain_facts(part: Any) -> Any:
    if isinstance(part, tuple):
        return [row.model_dump(mode="json") for row in part]
    return part.model_dump(mode="json")


def scenarios_text(routing: Routing, parts: Mapping[str, Any]) -> str:
    """The parts, each under its heading."""
    writers: dict[str, tuple[str, Callable[[Any], str]]] = {
        "growth": ("Growth", _path_text),
        "offer": ("Price", _path_text),
        "prices": ("Prices and volumes", _what_ifs_text),
        "outage": ("A provider is out", _outages_text),
        "expiring": ("Expiring offers", _horizon_text),
        "self-hosting": ("Self-hosting", _hosting_text),
    }
    blocks = []
    for name, part in parts.items():
        if name == "tornado":
            blocks.append(f"Tornado\n\n{_tornado_text(routing, part)}")
        else:
            title, text = writers[name]
            blocks.append(f"{title}\n\n{text(part)}")
    return "\n\n\n".join(blocks)


def _cost_text(outcome: Outcome) -> str:
    return money(outcome.cost) if outcome.found else _NO_PLAN


def _monthly_text(outcome: Outcome) -> str:
    return f"{money(outcome.cost)} USD/month" if outcome.found else _NO_PLAN


def _change_text(change: float | None) -> str:
    return "-" if change is None else signed_money(change)


def swaps_text(swaps: Sequence[Swap]) -> str:
    """Label by label what joins and leaves: `default: a for b; think: + c`."""
    sentences = []
    for swap in swaps:
        joins, leaves = clean(" + ".join(swap.joins)), clean(" + ".join(swap.leaves))
        if joins and leaves:
            sentences.append(f"{clean(swap.label)}: {joins} for {leaves}")
        else:
            sentences.append(f"{clean(swap.label)}: {f'+ {joins}' if joins else f'- {leaves}'}")
    return "; ".join(sentences)


def _bought_text(switch: Switch) -> str:
    """The subscriptions that are bought from here on, and those that no longer are."""
    before, after = set(switch.before.plans), set(switch.after.plans)
    changes = [f"buys {clean(name)}" for name in sorted(after - before)]
    return "; ".join([*changes, *(f"no longer {clean(name)}" for name in sorted(before - after))])


def _path_text(path: Path) -> str:
    rows = []
    for stop in path.stops:
        figure = "-" if path.now is None or path.unit == "x" else f"{path.now * stop.at:,.0f}"
        replicas = sum(stop.outcome.replicas.values())
        rows.append(
            (factor_text(stop.at), figure, _cost_text(stop.outcome), str(replicas) if replicas else "-")
        )
    blocks = [f"{clean(path.input)}", table(("times", "req/mo", "USD/month", "replicas"), rows, (0, 1, 2, 3))]
    lines = []
    for switch in path.switches:
        figure = "" if path.now is None or path.unit == "x" else f" ({path.now * switch.at:,.0f} {path.unit})"
        if not switch.after.found:
            lines.append(f"  from {factor_text(switch.at, 4)}{figure}: {_NO_PLAN}")
            continue
        swapped = swaps_text(switch.swaps) if switch.before.found else "a plan again"
        swapped = "; ".join(filter(None, (swapped, _bought_text(switch))))
        lines.append(
            f"  from {factor_text(switch.at, 4)}{figure}, {_cost_text(switch.after)} USD/month: {swapped}"
        )
    blocks.append("The mix switches\n" + "\n".join(lines) if lines else "The mix never switches.")
    if path.limits:
        blocks.append(f"What ends it: {clean(', '.join(path.limits))}")
    if not path.complete:
        blocks.append("There are more switches than these.")
    elif not path.proven:
        blocks.append("A mix that comes and goes within a tenth of growth is not excluded.")
    return "\n\n".join(blocks)


def _what_ifs_text(changes: Sequence[WhatIf]) -> str:
    if not changes:
        return "There is no plan to begin with."
    rows = []
    for change in changes:
        kept = money(change.kept) if change.kept is not None else f"breaks {clean(', '.join(change.broken))}"
        rows.append(
            (
                clean(change.name),
                kept,
                _cost_text(change.outcome),
                _change_text(change.change),
                swaps_text(change.swaps) or "-",
            )
        )
    head = ("if", "as it is", "solved anew", "change", "swaps")
    return "USD a month:\n" + table(head, rows, right=(1, 2, 3))


def _outages_text(outages: Sequence[Outage]) -> str:
    if not outages:
        return "There is no plan to begin with."
    rows, notes = [], []
    for outage in outages:
        rows.append(
            (
                clean(outage.provider),
                f"{outage.requests:.1%}",
                _cost_text(outage.outcome),
                _change_text(outage.change),
                swaps_text(outage.swaps) or "-",
            )
        )
        if outage.conflicts:
            notes.append(
                f"Without {clean(outage.provider)} these break: {clean(', '.join(outage.conflicts))}"
            )
        word = "or" if outage.repairs else "and"
        changes = [repair_text(repair) for repair in outage.repairs or outage.together]
        if changes:
            notes.append("  least that mends it: " + f", {word} ".join(changes))
    head = ("out", "requests", "USD/month", "change", "swaps")
    return "\n\n".join([table(head, rows, right=(1, 2, 3)), *(["\n".join(notes)] if notes else [])])


def _horizon_text(horizon: Horizon) -> str:
    if not horizon.now.found:
        return "There is no plan to begin with."
    rows = [
        (
            str(expiry.day),
            clean(", ".join(expiry.gone)),
            _cost_text(expiry.outcome),
            _change_text(expiry.change),
            swaps_text(expiry.swaps) or "-",
        )
        for expiry in horizon.expiries
    ]
    head = ("from", "gone", "USD/month", "change", "swaps")
    none_gone = f"Every offer in use stays until {horizon.until} at least."
    blocks = [table(head, rows, right=(2, 3)) if rows else none_gone]
    fallbacks = [
        f"fallback {clean(offer)}: its last day is {day}" for offer, day in horizon.fallbacks.items()
    ]
    return "\n\n".join([*blocks, *(["\n".join(fallbacks)] if fallbacks else [])])


def _tornado_text(routing: Routing, tornado: Tornado) -> str:
    if not tornado.bars:
        return "There is no plan to begin with."
    unit = "USD/month" if routing.objective == "cost" else "points of quality"
    rows = [_bar_row(bar, tornado.value) for bar in tornado.bars[:MAX_BARS]]
    head_line = f"{unit}, {tornado.value:,.4g} today; * the mix changes:"
    rest = len(tornado.bars) - len(rows)
    more = f"\n{rest} more matter less." if rest > 0 else ""
    head = ("input", "is", "lower", "higher", "at lower", "at higher", "unit")
    return f"{head_line}\n{table(head, rows, right=(1, 2, 3, 4, 5))}{more}"


def _bar_row(bar: Bar, objective: float) -> tuple[str, ...]:
    ends = []
    for at, swapped in ((bar.at_low, bar.swaps_low), (bar.at_high, bar.swaps_high)):
        ends.append(_NO_PLAN if at is None else f"{_change_text(at - objective)}{'*' if swapped else ' '}")
    figures = (f"{number:,.6g}" for number in (bar.now, bar.low, bar.high))
    return (clean(bar.input), *figures, *ends, bar.unit)


def _hosting_text(hosting: SelfHosting) -> str:
    now = "pays" if hosting.pays else "does not pay"
    lines = [
        f"Self-hosted: {clean(', '.join(hosting.offers))}",
        f"At {hosting.requests:,.0f} requests a month renting {now}: "
        f"{_monthly_text(hosting.rented)} with, {_monthly_text(hosting.bought)} without.",
    ]
    for break_even in hosting.break_evens:
        word = "starts to pay" if break_even.pays else "stops paying"
        replicas = ", ".join(
            f"{number} x {clean(offer)}" for offer, number in break_even.rented.replicas.items()
        )
        lines.append(
            f"From {break_even.requests:,.0f} requests a month ({factor_text(break_even.at, 4)}) it {word}: "
            f"{_monthly_text(break_even.rented)}{f' with {replicas}' if replicas else ''}, "
            f"{_monthly_text(break_even.bought)} without."
        )
    if not hosting.break_evens:
        lines.append("More or less traffic does not change that.")
    if not hosting.complete:
        lines.append("There are more break-evens than these.")
    elif not hosting.proven:
        lines.append("What comes and goes within a tenth of growth is not excluded.")
    return "\n".join(lines)


def robust_text(routing: Routing, robustness: Robustness) -> str:
    """What `modelpick robust` prints."""
    if not robustness.safe[0].outcome.found:
        return "No mix keeps all the rules: modelpick explain says why."
    doubt = robustness.doubt
    head = (
        f"Doubt: a price up to {doubt.price:+.0%}, a label's requests up to {doubt.volume:+.0%}, a model's "
        "quality down to the low end of its 80 % interval; at most k of them at their worst."
    )
    if robustness.cautious:
        unit = "points of quality" if routing.objective == "quality" else "USD a month"
        price = (
            "" if robustness.caution is None else f": that caution costs {cents(robustness.caution)} {unit}"
        )
        head += f"\nQuality counts at {routing.limits.confidence * 100:.4g} % confidence{price}."
    head += "".join(f"\n{note}" for note in robustness.notes)
    blocks = [head, _safe_plans_text(routing, robustness.safe)]
    if robustness.missing:
        named = ", ".join(str(k) for k in robustness.missing)
        blocks.append(f"Missing: k = {named}; the time was out before they began (--time-limit SECONDS).")
    if robustness.chances is not None:
        blocks.append(_chances_text(robustness.chances, doubt))
    return "\n\n".join(blocks)


def _safe_plans_text(routing: Routing, plans: tuple[Safe, ...]) -> str:
    maximises_quality = routing.objective == "quality"
    rows, notes = [], []
    for plan in plans:
        if not plan.outcome.found:
            rows.append((str(plan.k), _NO_SAFE_PLAN[plan.outcome.status], "-", "-", money(plan.exposed), "-"))
        else:
            premium = "-" if plan.premium is None else cents(max(plan.premium, 0.0) + 0.0)
            cells = (money(plan.outcome.cost), premium, money(plan.worst), money(plan.exposed))
            rows.append((str(plan.k), *cells, swaps_text(plan.swaps) or "-"))
        if plan.broken:
            notes.append(f"k = {plan.k}: today's plan would break {clean(', '.join(plan.broken))}")
        if plan.gap and plan.bound is not None:
            least = f"the least worst case is at least {money(plan.bound)} USD"
            notes.append(f"k = {plan.k}: time ran out, at most {plan.gap:.2%} from the best; {least}")
        if plan.kept is False:
            notes.append(f"k = {plan.k}: no plan found stays within the budget in every case")
    unit = "points" if maximises_quality else "USD"
    columns = ("k", "USD/month", f"premium, {unit}", "at worst", "today's plan at worst", "swaps")
    last = next((plan for plan in reversed(plans) if plan.figures), None)
    if last is not None:
        notes.append(f"The worst for k = {last.k}: {clean(', '.join(last.figures))}")
    return "\n".join([table(columns, rows, right=(0, 1, 2, 3, 4)), *(["", *notes] if notes else [])])


def _chances_text(chances: Chances, doubt: Doubt) -> str:
    lines = [
        f"Chances of the plan for k = 0, {chances.samples:,} random months (seed {chances.seed}; "
        f"one in twenty off by more than {doubt.price:.0%} in price, {doubt.volume:.0%} in volume, "
        f"{doubt.time:.0%} in time, and quality by its own interval, else {doubt.quality:g} points):",
        f"  cost {money(chances.cost_mean)} USD a month on average, 90 % between {money(chances.cost_5)} "
        f"and {money(chances.cost_95)}",
    ]
    lines += [f"  keeps {clean(path)}: {chance:.1%}" for path, chance in chances.kept.items()]
    lines.append(f"  keeps all of them: {chances.all_kept:.1%}")
    if chances.same is not None:
        lines.append(
            f"  has the very offers of the best plan: {chances.same:.0%} of {chances.resolved} solved anew"
        )
    if chances.regret is not None and chances.regret_95 is not None:
        lines.append(
            f"  where it keeps the rules, the best plan saves {money(chances.regret)} USD a month "
            f"on average, 95 % at most {money(chances.regret_95)}"
        )
    return "\n".join(lines)
