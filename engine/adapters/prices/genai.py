"""The installed package genai-prices: USD per million tokens, with tiers, dates and times of day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from ...domain.errors import InputError
from .quote import Quote

_FIELDS = {"input": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok"}
_FIELDS["cache_write"] = "cache_write_mtok"


def quotes(today: date) -> list[Quote]:
    """Prices in force on a day. Raises InputError where the package is not installed.

    Where they change with the time of day, those of most hours stand and the others are noted.
    """
    try:
        from genai_prices.data import providers
    except ImportError:
        raise InputError("not installed: pip install genai-prices", where="genai-prices") from None
    found = []
    for provider in providers:
        for model in provider.models:
            facts = _of_the_day(model, today)
            if facts.get("input") and facts.get("output"):
                window = getattr(model, "context_window", None)
                size = {"context": int(window)} if window else {}
                gone = {"status": "deprecated"} if getattr(model, "deprecated", None) else {}
                found.append(Quote(provider.id, model.id, {"id": model.id, **facts, **size, **gone}))
    return found


def data_day(today: date) -> date:
    """A day on which the package's prices were known: the last change it has, not after `today`."""
    from genai_prices.data import providers

    days = [
        getattr(priced.constraint, "start_date", None)
        for provider in providers
        for model in provider.models
        if isinstance(model.prices, list)
        for priced in model.prices
    ]
    return max((day for day in days if day is not None and day <= today), default=today)


def _of_the_day(model: Any, today: date) -> dict[str, Any]:
    changes = sorted({time(0), *_changes(model)})
    spans = list(zip(changes, [*changes[1:], time.max], strict=True))
    held: dict[str, tuple[float, dict[str, Any], list[str]]] = {}
    for start, end in spans:
        facts = _facts(model.get_prices(datetime.combine(today, start, UTC)))
        hours, _, when = held.get(repr(facts), (0.0, facts, []))
        long = (end.hour - start.hour) + (end.minute - start.minute) / 60
        held[repr(facts)] = (hours + long, facts, [*when, f"{start:%H:%M}-{_end(end)}"])
    (_, facts, _), *others = sorted(held.values(), key=lambda one: -one[0])
    said = [
        f"{o.get('input', 0):g} in, {o.get('output', 0):g} out at {', '.join(w)} UTC" for _, o, w in others
    ]
    return facts | ({"note": f"by time of day: {'; '.join(said)}"} if said else {})


def _end(at: time) -> str:
    return "24:00" if at == time.max else f"{at:%H:%M}"


def _changes(model: Any) -> list[time]:
    """The times of day (UTC) at which some price of the model begins or ends."""
    found = []
    for priced in model.prices if isinstance(model.prices, list) else ():
        for name in ("start_time", "end_time"):
            at = getattr(priced.constraint, name, None)
            if at is not None:
                utc = datetime.combine(date(2026, 1, 2), at if at.tzinfo else at.replace(tzinfo=UTC))
                found.append(utc.astimezone(UTC).time())
    return found


def _facts(prices: Any) -> dict[str, Any]:
    """The base price of each kind; tiers where input and output both have them."""
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
    whole = [{"above": at, **tiers[at]} for at in sorted(tiers) if {"input", "output"} <= set(tiers[at])]
    return facts | ({"tiers": whole} if whole else {})
