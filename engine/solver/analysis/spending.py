"""What a month has cost so far against its plan: split by cause, and what the whole month is likely to cost.

Of a label planned at N0 requests and C0 USD a request, and of n requests that an offer o of it served, with
c(...) the cost of a request by the contract's formula at list price, the difference to the plan is

    volume      (sum n - N0) C0
    mix         n (c0[o] - C0), of an offer in the plan's routes
    elsewhere   n (c0[o] - C0), of any other; all that was paid for labels and models that no plan knows
    prompts     n (c(input) - c(planned))                 longer prompts, as the plan's share is cached
    verbosity   n (c(input, output) - c(input))
    cache       n (c(input, output, cached) - c(input, output))
    price       what was paid, less n c(input, output, cached)

each figure taken from the log in this order, so that they add up to the difference.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, variance

from scipy.special import stdtrit

from ...domain.catalog import Catalog, Subscription
from ...domain.levels import plan_covers
from ...domain.routing import HOURS_A_MONTH, Label, Routing
from ..compile.formulas import cached_shares, output_tokens, prompt_tokens, request_costs
from ..compile.offer_table import OfferTable

LIKELY = 0.8  # chance that the month ends within its interval
MOVED = "background"  # the label that is asked about where a subscription carries the rest
_RECENT_DAYS = 28  # by which the days to come are judged
_MIN_DAYS = 2  # of a kind, so that they show how much days differ


@dataclass(frozen=True)
class Served:
    """What an offer served of a label in some time: requests, sums of tokens, and USD paid.

    offer: its key, None for a model that is in no catalogue; name: as the log has it; listed: USD at list
    price, None where there is none.
    """

    label: str
    offer: str | None
    name: str
    requests: float
    input: float
    cached: float
    written: float
    output: float
    usd: float
    listed: float | None


@dataclass(frozen=True)
class Split:
    """USD by cause, as the module has them."""

    volume: float = 0.0
    mix: float = 0.0
    elsewhere: float = 0.0
    prompts: float = 0.0
    verbosity: float = 0.0
    cache: float = 0.0
    price: float = 0.0

    @property
    def total(self) -> float:
        """All causes together."""
        return float(sum(getattr(self, cause) for cause in CAUSES))

    def __add__(self, other: Split) -> Split:
        return Split(*(getattr(self, cause) + getattr(other, cause) for cause in CAUSES))

    @property
    def largest(self) -> str:
        """The cause with the most money in it, either way."""
        return max(CAUSES, key=lambda cause: abs(getattr(self, cause)))


CAUSES = tuple(each.name for each in fields(Split))


@dataclass(frozen=True)
class LabelSpending:
    """A label's plan for the time and what it has cost, USD; `offers` by what served, the dearest first."""

    label: str
    planned: float
    planned_requests: float
    requests: float
    usd: float
    split: Split
    offers: tuple[tuple[Served, Split], ...]


@dataclass(frozen=True)
class Forecast:
    """USD of the whole month, and the ends of its 80 % interval, None of fewer than two days."""

    total: float
    low: float | None
    high: float | None


def split_spending(
    routing: Routing, table: OfferTable, served: Iterable[Served], days: float
) -> tuple[LabelSpending, ...]:
    """Each label's spending against its plan for this many days, in the routing's order, then other labels.

    routing: with routes; served: one of each label and offer.
    """
    by_label: dict[str, list[Served]] = {name: [] for name in routing.labels}
    for each in served:
        by_label.setdefault(each.label, []).append(each)
    months = 24 * days / HOURS_A_MONTH
    return tuple(
        _split_label(routing, table, name, offers, months)
        for name, offers in by_label.items()
        if offers or name in routing.labels
    )


def _split_label(
    routing: Routing, table: OfferTable, name: str, served: Sequence[Served], months: float
) -> LabelSpending:
    requests, usd = sum(each.requests for each in served), sum(each.usd for each in served)
    dearest = sorted(served, key=lambda each: (-each.usd, each.name))
    label = routing.labels.get(name)
    if label is None:
        splits = tuple((each, Split(elsewhere=each.usd)) for each in dearest)
        return LabelSpending(name, 0.0, 0.0, requests, usd, Split(elsewhere=usd), splits)
    costs, place = request_costs(label, table), {offer: i for i, offer in enumerate(table.offers)}
    mean = sum(route.share * float(costs[place[route.offer]]) for route in label.routes)
    routes = {route.offer for route in label.routes}
    planned_requests = label.requests * routing.limits.growth * months
    offers = []
    for each in dearest:
        if each.offer is None or each.listed is None or not each.requests:
            offers.append((each, Split(elsewhere=each.usd - each.requests * mean)))
        else:
            costing = _Costing(label, table, place[each.offer])
            offers.append((each, _split_offer(costing, each, mean, each.offer in routes)))
    split = sum((each for _, each in offers), Split(volume=(requests - planned_requests) * mean))
    planned = planned_requests * mean
    return LabelSpending(name, planned, planned_requests, requests, usd, split, tuple(offers))


@dataclass(frozen=True)
class _Costing:
    """What requests of a label cost at one offer, the i-th of the table."""

    label: Label
    table: OfferTable
    i: int

    @property
    def planned(self) -> float:
        """USD of a request as planned, own figures included."""
        return float(request_costs(self.label, self.table)[self.i])

    @property
    def tokens(self) -> tuple[float, float, float, float]:
        """A planned request's prompt and output as billed, and the shares of the prompt read and written."""
        figures = (prompt_tokens, output_tokens, cached_shares)
        prompt, out, cached = (float(figure(self.label, self.table)[self.i]) for figure in figures)
        return prompt, out, cached, self.label.cache_writes

    def listed(self, prompt: float, out: float, cached: float, written: float) -> float:
        """USD of a request by the formula; prompts differ as the plan's, by the same ratio."""
        label, i = self.label, self.i
        mean = prompt / float(self.table.prompt_tokens[i])
        p95 = label.input_tokens_p95 and mean * label.input_tokens_p95 / label.input_tokens
        own: dict[str, object] = {
            "input_tokens": mean,
            "input_tokens_p95": p95,
            "output_tokens": out / float(self.table.verbosity[i]),
            "cached": cached,
            "cache_writes": written,
            "measured": {},
        }
        return float(request_costs(label.model_copy(update=own), self.table)[i])


def _split_offer(costing: _Costing, served: Served, mean: float, routed: bool) -> Split:
    """All causes but the volume, of an offer with requests. mean: USD of the label's planned request; routed:
    whether the plan has the offer on the label."""
    n, planned = served.requests, costing.planned
    prompt, out, cached, written = costing.tokens
    own_prompt, own_out = served.input / n, served.output / n
    own_shares = (served.cached / served.input, served.written / served.input) if served.input else (0, 0)
    modelled = costing.listed(prompt, out, cached, written)
    longer = costing.listed(own_prompt, out, cached, written)
    wordier = costing.listed(own_prompt, own_out, cached, written)
    read = costing.listed(own_prompt, own_out, *own_shares)
    other = n * (planned - mean)
    return Split(
        mix=other if routed else 0.0,
        elsewhere=0.0 if routed else other,
        prompts=n * (longer - modelled),
        verbosity=n * (wordier - longer),
        cache=n * (read - wordier),
        price=served.usd - n * read + n * (modelled - planned),  # an own cost of a request is a price too
    )


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def forecast(by_day: Mapping[date, float], first: date, last: date, *, unfinished: bool = False) -> Forecast:
    """The month of `last`, USD, by what the days from `first` cost, a day without an entry being one of 0.

    first: of what is known, months before perhaps; unfinished: whether `last` is not over yet. The days to
    come cost what working days and weekends have cost on average in the last four weeks that are known,
    where there are two of each; the interval is Student's for their sum, which is uncertain by the days
    themselves and by their mean.
    """
    start, end = month_of(last)
    spent = sum(usd for day, usd in by_day.items() if start <= day <= last)
    coming = [last + timedelta(days=n + 1) for n in range((end - last).days)]
    since = max(first, last - timedelta(days=_RECENT_DAYS - 1 + unfinished))
    observed = [since + timedelta(days=n) for n in range((last - since).days + 1)]
    unfinished = unfinished and len(observed) > 1
    if unfinished:
        coming.insert(0, observed.pop())
    if not coming:
        return Forecast(spent, spent, spent)
    kinds = [_is_weekend(day) for day in observed]
    apart = min(kinds.count(True), kinds.count(False)) >= _MIN_DAYS
    known: dict[bool, list[float]] = defaultdict(list)
    for day, weekend in zip(observed, kinds, strict=True):
        known[apart and weekend].append(by_day.get(day, 0.0))
    rest, var, freedom = 0.0, 0.0, len(observed) - len(known)
    for kind, amounts in known.items():
        number = sum((apart and _is_weekend(day)) == kind for day in coming)
        rest += number * fmean(amounts)
        if len(amounts) >= _MIN_DAYS:
            var += variance(amounts) * (number + number * number / len(amounts))
    if unfinished:  # what it has cost so far is a part of what such a day costs
        rest -= min(by_day.get(last, 0.0), fmean(known[apart and _is_weekend(last)]))
    if len(observed) < _MIN_DAYS:
        return Forecast(spent + rest, None, None)
    half = float(stdtrit(freedom, 0.5 + LIKELY / 2)) * sqrt(var)
    return Forecast(spent + rest, max(spent, spent + rest - half), spent + rest + half)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5


@dataclass(frozen=True)
class SubscriptionMonth:
    """A month of the log's requests with whole units of a subscription, USD; `covered` at list price.

    `moved`: the same with one label's requests on the offers that the plan has for it instead.
    """

    name: str
    units: int
    covered: float
    usd: float
    moved: float | None


def subscription_months(
    catalog: Catalog, served: Sequence[Served], scale: float, moved: tuple[str, float] | None = None
) -> tuple[SubscriptionMonth, ...]:
    """What each subscription with an allowance in USD would make of the month, the cheapest first.

    served: in some time, that times `scale` is a month; only those that cover something of it are given.
    moved: a label, and what its month costs on the plan's own offers.
    """
    months = []
    for name, plan in catalog.plans.items():
        if plan.allowance.usd is None:
            continue
        covered = [
            each
            for each in served
            if each.offer is not None and plan_covers(plan, each.offer, catalog.models)
        ]
        inside = scale * sum(each.listed or 0.0 for each in covered)
        outside = scale * sum((each.usd if each.listed is None else each.listed) for each in served) - inside
        if inside <= 0:
            continue
        units, cost = _cheapest(plan, inside)
        other = None
        if moved is not None:
            label, instead = moved
            of_label = scale * sum(each.listed or 0.0 for each in served if each.label == label)
            within = scale * sum(each.listed or 0.0 for each in covered if each.label == label)
            other = _cheapest(plan, inside - within)[1] + outside - (of_label - within) + instead
        months.append(SubscriptionMonth(name, units, inside, cost + outside, other))
    return tuple(sorted(months, key=lambda month: (month.usd, month.name)))


def _cheapest(plan: Subscription, covered: float) -> tuple[int, float]:
    """(units, USD) of the cheapest whole number of units, at least one; what is over costs its list price."""
    allowance = plan.allowance.usd or 0.0
    most = int(covered // allowance) + 1
    most = most if plan.max_units is None else min(most, plan.max_units)
    costs = {
        units: units * plan.usd_per_month + max(0.0, covered - units * allowance)
        for units in range(1, max(most, 1) + 1)
    }
    return min(costs.items(), key=lambda pair: (pair[1], pair[0]))


@dataclass(frozen=True)
class DaySpending:
    """What an offer served of a label on a day."""

    day: date
    served: Served


@dataclass(frozen=True)
class Spending:
    """A month to date against its plan, USD.

    first, last: the days that are known; month_plan: the plan of the whole month; labels: against the plan of
    the days; billed: the part of what was spent that the log itself says, the rest is at list price.
    """

    title: str
    first: date
    last: date
    month_end: date
    month_plan: float
    planned: float
    spent: float
    billed: float
    forecast: Forecast
    labels: tuple[LabelSpending, ...]
    days: tuple[DaySpending, ...]
    subscriptions: tuple[SubscriptionMonth, ...]
    listed_month: float
    notes: tuple[str, ...]

    @property
    def number_of_days(self) -> int:
        """The days that are known."""
        return (self.last - self.first).days + 1
