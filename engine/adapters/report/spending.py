"""What a month has cost so far against its plan, as text, as data, and as FOCUS rows for finance."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ...domain.catalog import Catalog
from ...domain.formatting import cents, plural, share_text, signed_money
from ...solver.analysis.spending import CAUSES, LIKELY, MOVED, DaySpending, Spending, Split
from .text import clean, table

CAUSE_WORDS = {
    "volume": "more or fewer requests than planned",
    "mix": "other shares of the planned offers",
    "elsewhere": "offers, models and labels that the plan does not have",
    "prompts": "longer or shorter prompts",
    "verbosity": "longer or shorter answers, hidden reasoning included",
    "cache": "more or less of the prompt read from the cache, or written",
    "price": "other prices than the list's: negotiated, extras, tiers",
}
_BAR = 20  # characters
_LABEL_WIDTH = 24
_OFFERS = 12  # offers that are listed
FOCUS_COLUMNS = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost"),
    *("EffectiveCost", "HostProviderName", "InvoiceIssuerName", "ListCost", "PricingCategory"),
    *("PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "ResourceId", "ResourceName"),
    *("ResourceType", "ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory"),
    *("SkuId", "SkuMeter", "Tags", "x_CacheWriteTokens", "x_CachedTokens", "x_InputTokens", "x_OutputTokens"),
)
"""The columns of FOCUS 1.3 (FinOps Open Cost and Usage Specification) that a log can fill, in the order of
their names; `x_` ones are ours, as it allows."""


def spending_text(figures: Spending) -> str:
    """The month, the causes, labels, offers and days."""
    days = figures.number_of_days
    period = f"{figures.first:%Y-%m-%d} to {figures.last:%Y-%m-%d} ({plural(days, 'day')})"
    whole = figures.forecast
    likely = "one day is too few for an interval"
    if whole.low is not None and whole.high is not None:
        likely = f"{cents(whole.low)} to {cents(whole.high)} with {LIKELY:.0%}"
    lines = [
        f"{figures.title}, {period}",
        "",
        f"spent     {cents(figures.spent):>12} USD, planned for these days {cents(figures.planned)}"
        f"{_percent(figures.spent, figures.planned)}",
        f"month     {cents(whole.total):>12} USD likely by {figures.month_end}: {likely};"
        f" planned {cents(figures.month_plan)}{_percent(whole.total, figures.month_plan)}",
        f"of it     {_origin(figures)}",
    ]
    blocks = ["\n".join(lines), _causes(figures), _labels(figures), _offers(figures), _days(figures)]
    blocks.append(_subscriptions(figures))
    return "\n\n".join(block for block in blocks if block)


def _percent(spent: float, planned: float) -> str:
    return f" ({spent / planned - 1:+.0%})" if planned else ""


def _origin(figures: Spending) -> str:
    if not figures.billed:
        return "all at list price: the log does not say what was paid"
    if abs(figures.billed - figures.spent) <= 1e-9 * figures.spent:
        return "all as the log says it was paid"
    return f"{cents(figures.billed)} USD as the log says it was paid, the rest at list price"


def _causes(figures: Spending) -> str:
    split = sum((label.split for label in figures.labels), Split())
    rows = [
        (cause, signed_money(amount), CAUSE_WORDS[cause])
        for cause in CAUSES
        if abs(amount := getattr(split, cause)) >= 0.005
    ]
    if not rows:
        return "as planned, to the cent"
    rows.append(("together", signed_money(split.total), ""))
    return table(("against plan", "USD", "by"), rows, right=(1,))


def _labels(figures: Spending) -> str:
    rows = []
    for label in figures.labels:
        cause = label.split.largest
        amount = getattr(label.split, cause)
        mostly = f"{cause} {signed_money(amount)}" if abs(amount) >= 0.005 else ""
        requests = f"{label.requests:,.0f} of {label.planned_requests:,.0f}"
        money = (cents(label.planned), cents(label.usd), signed_money(label.usd - label.planned))
        rows.append((clean(label.label)[:_LABEL_WIDTH], requests, *money, mostly))
    head = ("label", "requests", "planned", "spent", "USD", "mostly")
    return table(head, rows, right=(1, 2, 3, 4))


def _offers(figures: Spending) -> str:
    rows = [
        (
            clean(label.label)[:_LABEL_WIDTH],
            clean(served.offer or f"{served.name} (unknown)"),
            f"{served.requests:,.0f}",
            share_text(served.requests / label.requests) if label.requests else "-",
            cents(served.usd),
        )
        for label in figures.labels
        for served, _ in label.offers
    ]
    more = f"\nand {len(rows) - _OFFERS} more (--json has all)" if len(rows) > _OFFERS else ""
    head = ("label", "served by", "requests", "share", "USD")
    return table(head, rows[:_OFFERS], right=(2, 3, 4)) + more if rows else ""


def daily(figures: Spending) -> dict[date, float]:
    """USD of each of the days, those without a request too."""
    days = {figures.first + timedelta(days=n): 0.0 for n in range(figures.number_of_days)}
    for each in figures.days:
        days[each.day] += each.served.usd
    return days


def _days(figures: Spending) -> str:
    days = daily(figures)
    most = max([*days.values(), figures.planned / figures.number_of_days])
    rows = [
        (f"{day:%Y-%m-%d %a}", cents(usd), "#" * round(_BAR * usd / most) if most else "")
        for day, usd in days.items()
    ]
    return table(
        ("day", "USD", f"planned {cents(figures.planned / figures.number_of_days)} a day"), rows, right=(1,)
    )


def _subscriptions(figures: Spending) -> str:
    if not figures.subscriptions:
        return ""
    with_moved = any(month.moved is not None for month in figures.subscriptions)
    head = ["a month like this", "units", "USD"]
    rows = [["at list price, by the API", "", cents(figures.listed_month)]]
    if with_moved:
        head.append(f"with {MOVED} as planned")
        rows[0].append("")
    for month in figures.subscriptions:
        row = [clean(month.name), f"{month.units}", cents(month.usd)]
        if with_moved:
            row.append("-" if month.moved is None else cents(month.moved))
        rows.append(row)
    note = "what is over an allowance costs its list price; catalog show PLAN says how sure an allowance is"
    return f"{table(head, rows, right=(1, 2, 3))}\n{note}"


def spending_json(figures: Spending, notes: tuple[str, ...]) -> str:
    """The same as data, with each label's offers and days."""
    facts: dict[str, Any] = {
        "source": figures.title,
        "first": figures.first.isoformat(),
        "last": figures.last.isoformat(),
        "days": figures.number_of_days,
        "spent": figures.spent,
        "billed": figures.billed,
        "planned": figures.planned,
        "difference": asdict(sum((label.split for label in figures.labels), Split())),
        "month": {
            "end": figures.month_end.isoformat(),
            "planned": figures.month_plan,
            "forecast": figures.forecast.total,
            "low": figures.forecast.low,
            "high": figures.forecast.high,
            "confidence": LIKELY,
        },
        "labels": {
            label.label: {
                "requests": label.requests,
                "planned_requests": label.planned_requests,
                "spent": label.usd,
                "planned": label.planned,
                "difference": asdict(label.split),
                "models": [{**asdict(served), "difference": asdict(split)} for served, split in label.offers],
            }
            for label in figures.labels
        },
        "by_day": {day.isoformat(): usd for day, usd in daily(figures).items()},
        "by_day_and_model": [{"day": each.day.isoformat(), **asdict(each.served)} for each in figures.days],
        "listed_month": figures.listed_month,
        "subscriptions": [asdict(month) for month in figures.subscriptions],
        "notes": list(notes),
    }
    return json.dumps(facts, indent=2)


def focus_csv(figures: Spending, catalog: Catalog) -> str:
    """The days as FOCUS 1.3 charges: a row of each day, label and model, without what finance alone knows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FOCUS_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_focus_rows(figures, catalog))
    return text.getvalue()


def _focus_rows(figures: Spending, catalog: Catalog) -> Iterator[dict[str, object]]:
    start = figures.last.replace(day=1)
    sums: dict[tuple[date, str, str], list[DaySpending]] = defaultdict(list)
    for each in figures.days:
        sums[each.day, each.served.label, each.served.offer or each.served.name].append(each)
    for (day, label, name), rows in sorted(sums.items()):
        seller, _, model = name.partition("/") if "/" in name else ("", "", name)
        known = catalog.providers.get(seller)
        provider = (known.name if known else "") or seller or "unknown"
        facts = catalog.models.get(model)
        usd = sum(row.served.usd for row in rows)
        listed = [row.served.listed for row in rows]
        requests = f"{sum(row.served.requests for row in rows):.10g}"
        tokens = {
            column: f"{sum(getattr(row.served, figure) for row in rows):.10g}"
            for column, figure in (
                ("x_InputTokens", "input"),
                ("x_CachedTokens", "cached"),
                ("x_CacheWriteTokens", "written"),
                ("x_OutputTokens", "output"),
            )
        }
        yield {
            "BilledCost": f"{usd:.10g}",
            "BillingAccountId": seller or "unknown",
            "BillingAccountName": provider,
            "BillingCurrency": "USD",
            "BillingPeriodStart": _moment(start),
            "BillingPeriodEnd": _moment(figures.month_end + timedelta(days=1)),
            "ChargeCategory": "Usage",
            "ChargeClass": "",
            "ChargeDescription": f"{model}, requests of {label}",
            "ChargeFrequency": "Usage-Based",
            "ChargePeriodStart": _moment(day),
            "ChargePeriodEnd": _moment(day + timedelta(days=1)),
            "ConsumedQuantity": requests,
            "ConsumedUnit": "Requests",
            "ContractedCost": f"{usd:.10g}",
            "EffectiveCost": f"{usd:.10g}",
            "HostProviderName": provider,
            "InvoiceIssuerName": provider,
            "ListCost": "" if None in listed else f"{sum(price or 0.0 for price in listed):.10g}",
            "PricingCategory": "Standard",
            "PricingQuantity": requests,
            "PricingUnit": "Requests",
            "ProviderName": provider,
            "PublisherName": (facts.developer if facts else "") or provider,
            "ResourceId": name,
            "ResourceName": (facts.name if facts else "") or model,
            "ResourceType": "Model",
            "ServiceCategory": "AI and Machine Learning",
            "ServiceName": provider,
            "ServiceProviderName": provider,
            "ServiceSubcategory": "Generative AI",
            "SkuId": name,
            "SkuMeter": "Requests",
            "Tags": json.dumps({"label": label}),
            **tokens,
        }


def _moment(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
