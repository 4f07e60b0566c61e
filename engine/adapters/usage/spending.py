"""A log's days as what its offers served, and the month that they are of, against a routing's plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from ...domain.errors import InputError
from ...domain.formatting import cents, plural
from ...domain.levels import base_name, canonical
from ...domain.routing import Routing
from ...solver.analysis.spending import (
    MOVED,
    DaySpending,
    Served,
    Spending,
    forecast,
    month_of,
    split_spending,
    subscription_months,
)
from .aggregate import ServedDay, Usage

if TYPE_CHECKING:
    from ...domain.catalog import Catalog
    from ...solver.compile.offer_table import OfferTable
    from .routing import OfferResolver


def spending(
    usage: Usage,
    routing: Routing,
    offers: OfferResolver,
    catalog: Catalog,
    table: OfferTable,
    *,
    today: date,
) -> Spending:
    """The newest month of a usage with its days. Raises InputError for a plan without routes.

    routing: the plan; catalog: spelled out, and `table` of it; today: by UTC, a day that is not over.
    """
    if unrouted := [name for name, label in routing.labels.items() if not label.routes]:
        names = ", ".join(unrouted)
        raise InputError(f"{names}: no routes, so no plan to compare with; modelpick solve -o writes them")
    newest = max(day.day for day in usage.days)
    start, end = month_of(newest)
    in_month = [day for day in usage.days if day.day >= start]
    first = min(day.day for day in in_month) if min(day.day for day in usage.days) >= start else start
    resolver = _Resolver(routing, offers, catalog, usage.source.counts_requests)
    days = tuple(DaySpending(day.day, cell) for day in in_month if (cell := resolver.served(day)))
    by_day: dict[date, float] = defaultdict(float)
    for each in days:
        by_day[each.day] += each.served.usd
    before = _Resolver(routing, offers, catalog, usage.source.counts_requests)
    for day in usage.days:
        if day.day < start and (cell := before.served(day)):
            by_day[day.day] += cell.usd
    served = _summed(each.served for each in days)
    number = (newest - first).days + 1
    labels = split_spending(routing, table, served, number)
    whole = split_spending(routing, table, [], (end - start).days + 1)
    scale = ((end - start).days + 1) / number
    moved = next(((each.label, each.planned) for each in whole if each.label == MOVED), None)
    listed = [each.usd if each.listed is None else each.listed for each in served]
    earlier = len(usage.days) - len(in_month)
    before_start = f"{plural(earlier, 'sum')} of earlier months left aside, but for the forecast"
    notes = [before_start] if earlier else []
    if newest == today:
        notes.append(f"{today} is not over: it counts as a day to come in the forecast")
    if first > start:
        notes.append(f"the log begins on {first}: days of the month before it count as days without requests")
    return Spending(
        title=usage.source.title,
        first=first,
        last=newest,
        month_end=end,
        month_plan=sum(each.planned for each in whole),
        planned=sum(each.planned for each in labels),
        spent=sum(each.usd for each in served),
        billed=resolver.billed,
        forecast=forecast(by_day, min(day.day for day in usage.days), newest, unfinished=newest == today),
        labels=labels,
        days=days,
        subscriptions=subscription_months(catalog, served, scale, moved),
        listed_month=scale * sum(listed),
        notes=(*usage.notes, *notes, *resolver.notes()),
    )


class _Resolver:
    """From what a model served on a day to the offer, at the level that the plan has it, and its cost."""

    def __init__(self, routing: Routing, offers: OfferResolver, catalog: Catalog, counted: bool) -> None:
        self.billed = 0.0
        self._routing, self._offers, self._catalog, self._counted = routing, offers, catalog, counted
        self._unknown: dict[str, float] = defaultdict(float)
        self._free: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))  # requests, USD at list

    def served(self, day: ServedDay) -> Served | None:
        """None for what has neither a price nor says what was paid, which is noted."""
        served, label = day.served, self._routing.labels.get(day.label)
        offer = self._offers.level(served)
        if offer is not None and label is not None and not served.effort:
            names = [route.offer for route in label.routes]
            plain = base_name(offer, self._catalog.models)
            offer = next((n for n in names if base_name(n, self._catalog.models) == plain), offer)
        priced = self._offers.priced(served, day.batch)
        listed = None if priced is None else priced.usd
        name = "/".join(part for part in (served.provider, served.model) if part) or "unknown"
        if served.usd is not None:
            self.billed += served.usd
            if not served.usd and listed:
                count, at_list = self._free[name]
                self._free[name] = (count + served.requests, at_list + listed)
        elif listed is None:
            self._unknown[self._offers.unknown_note(served) or f"{name} has no price"] += served.requests
            return None
        tokens = {figure: served.total(figure) for figure in ("input", "cached", "written", "output")}
        requests = served.requests
        if not self._counted and label is not None and label.input_tokens:
            requests = tokens["input"] / (label.input_tokens * self._offers.factors(served)[0])
        usd = listed if served.usd is None else served.usd
        key = None if offer is None else canonical(offer, self._catalog.models)
        return Served(day.label, key, name, requests, **tokens, usd=usd or 0.0, listed=listed)

    def notes(self) -> list[str]:
        """What was left out, and what is said to be free."""
        left_out = [
            f"{text}: {plural(round(requests), 'request')}, which {_are(requests)} in no sum"
            for text, requests in self._unknown.items()
        ]
        return left_out + [
            f"{name}: {plural(round(requests), 'request')} {_are(requests)} said to have cost nothing;"
            f" at list price {cents(usd)} USD"
            for name, (requests, usd) in self._free.items()
        ]


def _are(count: float) -> str:
    return "is" if round(count) == 1 else "are"


def _summed(days: Iterable[Served]) -> list[Served]:
    """One of each label and offer; models that are in no catalogue apart by their names."""
    sums: dict[tuple[str, str], Served] = {}
    for each in days:
        key = (each.label, each.offer or f" {each.name}")
        sums[key] = _both(sums[key], each) if key in sums else each
    return list(sums.values())


def _both(one: Served, other: Served) -> Served:
    added = {
        name: getattr(one, name) + getattr(other, name)
        for name in ("requests", "input", "cached", "written", "output", "usd")
    }
    lists = (one.listed, other.listed)
    listed = None if None in lists else sum(price or 0.0 for price in lists)
    return Served(one.label, one.offer, one.name, **added, listed=listed)
