"""The installed package genai-prices: USD per million tokens, with tiers, dates and times of day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from ....domain.errors import InputError
from .quote import (
    NO_PRICE,
    Quote,
    Quotes,
    add_tiers,
    parsed,
    prices_by_hours,
    seller_at,
    served_faster,
    without_storage,
)

_FIELDS = {"input": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok"}
_FIELDS["cache_write"] = "cache_write_mtok"


def quotes(today: date, text: str | None = None, where: str = "genai-prices") -> Quotes:
    """Prices in force on a day, of the installed package or of `text`, its data.json.

    Where they change with the hour of the week, see `prices_by_hours`. `day` is the last change that has come
    into force. Raises InputError where the package is not installed, or the text is not its data.
    """
    collected = Quotes()
    for provider in _installed() if text is None else _providers(text, where):
        for model in provider.models:
            for start in _starts(model):
                if start <= today:
                    collected.seen(start)
            facts = _of_the_day(model, today) if model.prices else {}
            if facts.get("input") and facts.get("output"):
                window = getattr(model, "context_window", None)
                size = {"context": int(window)} if window else {}
                status = {"status": "deprecated"} if getattr(model, "deprecated", None) else {}
                seller, name = served_faster(provider.id, model.id)
                seller = seller_at(provider.id, model.id) if provider.id == "aws" else seller
                collected.append(Quote(seller, name, {"id": model.id, **facts, **size, **status}))
            else:
                collected.leave_out(provider.id, model.id, NO_PRICE)
    return collected


def _installed() -> Iterable[Any]:
    try:
        from genai_prices.data import providers
    except ImportError:
        from ...extras import install_packages

        raise InputError(f"not installed: {install_packages('genai-prices')}", where="genai-prices") from None
    return providers


def _providers(text: str, where: str) -> Iterable[Any]:
    _installed()
    from genai_prices import types

    rows = parsed(text, where)
    if not isinstance(rows, list):
        raise InputError("should be the list of providers of genai-prices, its data.json", where=where)
    try:
        return list(types._providers_from_raw(rows))  # what the package itself reads its updates with
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        AssertionError,
        StopIteration,
        RecursionError,
    ):
        raise InputError("is not the data of genai-prices: a data.json of the package", where=where) from None


def _starts(model: Any) -> list[date]:
    """The days on which a price of the model comes into force."""
    listed = model.prices if isinstance(model.prices, list) else ()
    days = [getattr(priced.constraint, "start_date", None) for priced in listed]
    return [day for day in days if day is not None]


def _of_the_day(model: Any, today: date) -> dict[str, Any]:
    """The facts of a model on a day, its list prices and the hours at others: every day is like this one."""
    changes = sorted({time(0), *_changes(model)})
    spans = list(zip(changes, [*changes[1:], time.max], strict=True))
    periods: dict[str, tuple[float, dict[str, Any]]] = {}
    for start, end in spans:
        facts = _facts(model.get_prices(datetime.combine(today, start, UTC)))
        length, _ = periods.get(repr(facts), (0.0, facts))
        periods[repr(facts)] = (length + 7 * _hours_between(start, end), facts)
    dearest = max(periods.values(), key=lambda period: period[1].get("input", 0.0))[1]
    if len(periods) > 1 and all(facts.get("input") and facts.get("output") for _, facts in periods.values()):
        facts = dict(dearest)
        prices_by_hours(facts, list(periods.values()))
        return facts
    return dearest


def _hours_between(start: time, end: time) -> float:
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute + (end == time.max)
    return minutes / 60


def _changes(model: Any) -> list[time]:
    """The times of day (UTC) at which some price of the model begins or ends."""
    times = []
    for priced in model.prices if isinstance(model.prices, list) else ():
        for name in ("start_time", "end_time"):
            at = getattr(priced.constraint, name, None)
            if at is not None:
                utc = datetime.combine(date(2026, 1, 2), at if at.tzinfo else at.replace(tzinfo=UTC))
                times.append(utc.astimezone(UTC).time())
    return times


def _facts(prices: Any) -> dict[str, Any]:
    """The base price of each kind, and the prices of longer prompts."""
    facts: dict[str, Any] = {}
    tiers: dict[int, dict[str, float]] = {}
    for field, source in _FIELDS.items():
        price = getattr(prices, source, None)
        if price is None:
            continue
        base = getattr(price, "base", price)
        if float(base) > 0:
            facts[field] = float(base)
        for tier in getattr(price, "tiers", ()):
            tiers.setdefault(int(tier.start), {})[field] = float(tier.price)
    without_storage(facts)
    requests = getattr(prices, "requests_kcount", None)
    if requests is not None and float(getattr(requests, "base", requests)) > 0:
        facts["per_request"] = float(getattr(requests, "base", requests)) / 1000
    add_tiers(facts, tiers)
    return facts
