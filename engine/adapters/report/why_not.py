"""Why an offer does not serve a label, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...domain.explanation import Entry, WhyNot, Window
from ...domain.routing import Routing
from .text import clean
from .words import MONEY


def why_text(routing: Routing, answers: Sequence[WhyNot]) -> str:
    """A paragraph per label."""
    return "\n\n".join("\n  ".join(lines(routing.objective, one)) for one in answers)


def lines(objective: str, one: WhyNot) -> Iterator[str]:
    """The offer and the label, then what there is to say, a line each."""
    head = f"{clean(one.offer)} for {clean(one.label)}:"
    if one.share:
        yield f"{head} it is used, {one.share:.1%} of the requests"
        return
    yield head
    for broken in one.breaks:
        short = "" if broken.by is None else f" (by {figure(broken.by)} {broken.unit})"
        yield f"breaks {clean(broken.rule)}: {clean(broken.reason)}{short}"
    yield from told(objective, one)


def told(objective: str, one: WhyNot) -> Iterator[str]:
    """What there is to say of an offer that is out but for the rules that it breaks."""
    if one.window is not None:
        yield from _window(one.window)
    if one.waived:
        yield from _waived(one)
    if one.forced_cost is not None and one.forced_share is not None:
        which = "forcing" if one.waived else "fits, but forcing"
        unit, digits = MONEY[objective]
        loss = "" if objective == "cost" else f" and {one.forced_change:+,.{digits}f} {unit}"
        money = f"{one.forced_cost:+,.2f} USD a month"
        yield f"{which} {100 * one.forced_share:.4g}% of the label on it costs {money}{loss}"
    elif one.blocked:
        yield f"no plan can have it: {', '.join(map(clean, one.blocked))} leave no room"
    if one.reduced_cost is not None:
        unit = MONEY[objective][0]
        yield f"reduced cost {one.reduced_cost:,.4g} {unit} for the whole label: it must get better by that"
    yield from _entries(one.enters)
    if one.note:
        yield one.note


def figure(value: float) -> str:
    """Whole where it is large, else four digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _window(window: Window) -> Iterator[str]:
    used = f", and carries {window.share:.1%}" if window.share else ", and is still not used"
    used = "" if window.share is None else used
    yield f"with a window of {window.needs:,.0f} tokens it may serve{used}"
    if window.accepts is None:
        yield f"no {clean(window.path)} makes do with its {window.has:,.0f} tokens"
        return
    share = window.accepts_share
    then = "no plan fits" if share is None else f"it carries {share:.1%}" if share else "it is still not used"
    yield f"as it is, it may serve with {clean(window.path)} = {window.accepts:,.0f}: {then}"


def _waived(one: WhyNot) -> Iterator[str]:
    rules = ", ".join(clean(rule) for rule in one.waived)
    if one.would_share is None:
        yield f"with {rules} waived for it there is still no plan"
        return
    money = "" if one.would_cost is None else f", {one.would_cost:+,.2f} USD a month"
    used = f"it carries {one.would_share:.1%}{money}" if one.would_share else "it is still not used"
    yield f"with {rules} waived for it: {used}"
    for name, figure in one.assumed.items():
        if name == "quality":
            yield f"(its quality is unknown: taken as {figure:g} points, as the mix has or must have)"
        else:
            yield f"(its speed is unknown: taken as late in {figure:.3g} of requests, just what is allowed)"


def _entries(entry: Entry) -> Iterator[str]:
    if entry.price_factor is not None:
        prices = [f"{entry.input:,.4g} in, {entry.output:,.4g} out USD per million tokens"]
        if entry.usd_per_hour is not None:
            prices.append(f"{entry.usd_per_hour:,.4g} USD an hour")
        yield f"enters below {entry.price_factor:.1%} of its prices: {', '.join(prices)}"
    if entry.quality is not None:
        yield f"enters above a quality of {entry.quality:.2f} points"
    if entry.speed_factor is not None:
        yield f"enters below {entry.speed_factor:.1%} of its times: a latency of {entry.latency:,.3g} s"
    if entry.never:
        yield "never by " + "; by ".join(f"{name}: {reason}" for name, reason in entry.never.items())


def why_json(answers: Sequence[WhyNot]) -> Any:
    """One object for one label, else a list."""
    found = [one.model_dump(mode="json") for one in answers]
    return found[0] if len(found) == 1 else found
