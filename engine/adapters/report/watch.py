"""A day's watch of a routing: as text, as the body of an issue at GitHub, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...domain.formatting import money, plural, points_text, retires_text
from ..watch import Retirement, SubscriptionCheck, WatchReport
from . import markdown
from .check import CHANGE_HEAD, CHANGE_RIGHT, MARKER, break_text, broken_markdown, changes
from .refresh import percent_text
from .text import clean, table

MAX_REFUSED = 5  # offers that are named whose new figures are not taken


def headline(report: WatchReport) -> str:
    """One line: what is to be done, or that nothing is."""
    asks = [*_asks(report)]
    return (
        f"{clean(report.file)}: {'; '.join(asks) if asks else 'nothing to do, the routes are the best plan'}"
    )


def _asks(report: WatchReport) -> Iterator[str]:
    if report.check.broken:
        count = len({each.where for each in report.check.broken})
        yield f"{plural(count, 'rule')} broken"
    if report.is_better:
        yield f"another plan is better by {_gain_text(report)}"
    if report.retirements:
        count = len(report.retirements)
        yield f"{plural(count, 'offer')} in use retire{'s' if count == 1 else ''} soon"
    if report.delisted:
        count = len(report.delisted)
        yield f"{plural(count, 'offer')} in use no longer listed"
    for each in report.subscriptions:
        if each.turned:
            yield f"{clean(each.name)} {'starts to pay' if each.pays else 'stops paying'}"


def watch_text(report: WatchReport) -> str:
    """The headline, then prices, retirements, the new plan, subscriptions."""
    blocks = [headline(report)]
    blocks.append("\n".join(f"  {break_text(each)}" for each in report.check.broken))
    if report.moves:
        blocks.append(table(("offer", "USD per M", "was", "is", ""), _move_rows(report), right=(2, 3, 4)))
    if report.other_moves:
        blocks.append(f"{report.other_moves} other prices have moved, which change nothing here")
    blocks.append("\n".join(_refused_lines(report)))
    blocks.append("\n".join(_retirement_text(report, each) for each in report.retirements))
    blocks.append("\n".join(_delisted_text(offer) for offer in report.delisted))
    if plan_line := _plan_text(report):
        blocks.append(plan_line)
    if report.is_better or report.check.broken:
        rows = [row for row in _change_rows(report) if row[2] != "the same"]
        blocks.append(table(CHANGE_HEAD, rows, CHANGE_RIGHT) if rows else "")
    blocks.append("\n".join(_subscription_lines(report)))
    return "\n\n".join(block for block in blocks if block)


def watch_markdown(report: WatchReport) -> str:
    """The body of an issue, with a marker by which a bot finds it again and a box for each thing to do."""
    sign = "⚠️" if report.asks else "✅"
    blocks = [f"{MARKER.format('watch')}\n### {sign} modelpick watch: {markdown.escaped(headline(report))}"]
    tasks = [f"Keep the rules again: {break_text(each)}" for each in report.check.broken[:1]]
    tasks += [_plan_text(report)] if report.is_better else []
    tasks += [_retirement_text(report, each) for each in report.retirements]
    tasks += [_delisted_text(offer) for offer in report.delisted]
    tasks += [_subscription_line(report, each) for each in report.subscriptions if each.turned]
    blocks.append("\n".join(f"- [ ] {markdown.escaped(task)}" for task in tasks))
    if report.check.broken:
        blocks.append(broken_markdown(report.check.broken))
    if (report.is_better or report.check.broken) and (rows := _change_rows(report)):
        blocks.append(markdown.table(CHANGE_HEAD, rows, CHANGE_RIGHT))
    if report.moves:
        head = ("offer", "USD per M", "was", "is", "change")
        blocks.append(markdown.table(head, _move_rows(report), (2, 3, 4)))
    blocks.append("\n".join(f"- {markdown.escaped(line)}" for line in _refused_lines(report)))
    steady = _subscription_lines(report, turned=False)
    blocks.append("\n".join(f"- {markdown.escaped(line)}" for line in steady))
    if report.is_better or report.check.broken:
        blocks.append(f"`modelpick watch {clean(report.file)} -o {clean(report.file)}` writes the new plan.")
    return "\n\n".join(block for block in blocks if block)


def watch_json(report: WatchReport) -> dict[str, Any]:
    """The same as data: USD a month, days as ISO writes them."""
    now = report.check.plan
    return {
        "file": report.file,
        "day": report.today.isoformat(),
        "asks": report.asks,
        "better": report.is_better,
        "gain": report.gain,
        "since": None if report.since is None else report.since.isoformat(),
        "cost": {"now": None if now is None else now.cost, "best": report.best.cost},
        "broken": [each.model_dump(mode="json") for each in report.check.broken],
        "best": report.best.to_json(),
        "moves": [
            {"offer": move.offer, "field": move.field, "from": move.old, "to": move.new}
            for move in report.moves
        ],
        "other_moves": report.other_moves,
        "retiring": [
            {
                "offer": each.offer,
                "retires": each.day.isoformat(),
                "labels": list(each.labels),
                "fallback": each.is_fallback,
                "successor": each.successor or None,
            }
            for each in report.retirements
        ],
        "delisted": list(report.delisted),
        "refused": dict(report.refused),
        "subscriptions": [
            {
                "plan": each.name,
                "pays": each.pays,
                "turned": each.turned,
                "since": None if each.since is None else each.since.isoformat(),
                "units": each.units,
                "usd_per_month": each.price,
                "covers": each.covered,
                "saves": each.saves if each.pays else None,
            }
            for each in report.subscriptions
        ],
    }


def _gain_text(report: WatchReport) -> str:
    if report.routing.objective == "quality":
        return f"{report.gain or 0.0:.1f} points"
    return f"{money(report.gain)} USD a month"


def _plan_text(report: WatchReport) -> str:
    """The new plan against the routes: money, quality, since when."""
    now, best = report.check.plan, report.best
    if not best.found:
        return f"no plan keeps the rules today ({best.status}); modelpick explain says what clashes"
    if not report.is_better and not report.check.broken:
        return ""
    cost = f"{money(None if now is None else now.cost)} -> {money(best.cost)} USD a month"
    quality = ""
    if best.quality is not None:
        quality = f", quality {points_text(None if now is None else now.quality)} -> {best.quality:.1f}"
    since = f"; since {report.since}" if report.since else "; already before this day"
    left_out = (
        f"; without what retires within {report.retiring_days:g} days"
        if report.retirements and report.without_retiring
        else ""
    )
    saving = f", {_gain_text(report)} better{since}" if report.is_better else ""
    return f"new plan: {cost}{quality}{saving}{left_out}"


def _change_rows(report: WatchReport) -> list[tuple[str, ...]]:
    if report.check.plan is None or not report.best.found:
        return []
    return changes(report.check.plan, report.best)


def _move_rows(report: WatchReport) -> list[tuple[str, ...]]:
    return [
        (
            clean(move.offer),
            move.field,
            "-" if move.old is None else f"{move.old:g}",
            f"{move.new:g}",
            percent_text(move),
        )
        for move in report.moves
    ]


def _retirement_text(report: WatchReport, each: Retirement) -> str:
    role = "fallback of" if each.is_fallback else "used by"
    then = f"; its list names {clean(each.successor)} for the time after" if each.successor else ""
    labels = clean(", ".join(each.labels))
    return f"{clean(each.offer)} {retires_text(each.day, report.today)} ({role} {labels}){then}"


def _delisted_text(offer: str) -> str:
    return f"{clean(offer)} is no longer in the source's list: it may be gone"


def _refused_lines(report: WatchReport) -> list[str]:
    """The offers whose new figures are not taken, which keep those that are here."""
    lines = [f"{clean(key)} stays as it is: {clean(why)}" for key, why in report.refused.items()]
    more = len(lines) - MAX_REFUSED
    return [*lines[:MAX_REFUSED], f"and {more} more offers stay as they are"] if more > 0 else lines


def _subscription_lines(report: WatchReport, *, turned: bool = True) -> list[str]:
    """A line for each that pays, or has turned where these are asked for; one for all that do not pay."""
    notable = [each for each in report.subscriptions if each.pays or each.turned]
    lines = [_subscription_line(report, each) for each in notable if turned or not each.turned]
    idle = [
        clean(each.name) + (f" (since {each.since})" if each.since else "")
        for each in report.subscriptions
        if not each.pays and not each.turned
    ]
    if idle:
        verb = "does not pay" if len(idle) == 1 else "do not pay"
        lines.append(f"{', '.join(idle)} {verb} (traffic of {clean(report.basis)})")
    return lines


def _subscription_line(report: WatchReport, each: SubscriptionCheck) -> str:
    """Whether it pays at the traffic of the logs or the file, and since when."""
    verb = "stops paying" if not each.pays else "starts to pay" if each.turned else "pays"
    since = f" (since {each.since})" if each.since is not None and not each.turned else ""
    if each.pays:
        worth = f"{each.units} for {money(each.price)} cover {money(each.covered)} USD a month at list prices"
        worth += f", saves {money(each.saves)}"
    else:
        worth = f"its {money(each.price)} USD a month are more than what it would cover"
    return f"{clean(each.name)} {verb}{since}: {worth} (traffic of {clean(report.basis)})"
