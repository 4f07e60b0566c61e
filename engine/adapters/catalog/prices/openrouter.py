"""OpenRouter's /api/v1/models, and /endpoints of one model: USD per token, as strings; -1 is "it depends"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ....domain.errors import InputError
from ....domain.formatting import plural
from .quote import (
    MILLION,
    NO_NAME,
    NO_PRICE,
    WEEK,
    Quote,
    Quotes,
    add_tiers,
    dearer_reasoning,
    is_number,
    name_in,
    noted,
    parsed,
    per_million,
    prices_by_hours,
    table_of,
    without_storage,
)

URL = "https://openrouter.ai/api/v1/models"
PRICES = {
    "input": "prompt",
    "output": "completion",
    "cache_read": "input_cache_read",
    "cache_write": "input_cache_write",
}
_PRICED = {*PRICES.values(), "request", "internal_reasoning", "image", "image_output", "image_token", "audio"}
_PRICED |= {"audio_output", "input_audio_cache", "input_cache_write_1h", "web_search", "discount"}
_DAY = 24 * 60  # minutes
MS = 0.001  # latencies are milliseconds to the first token
TIERS = {"flex", "priority", "batch", "fast", "turbo", "economy", "scale", "slow", "free", "nitro", "floor"}
TIERS |= {"express", "lite", "highspeed", "ultrafast"}
_FEATURES = {"tools": "tools", "structured_outputs": "structured", "reasoning": "reasoning"}
_PRECISION = re.compile(r"(?:fp|bf|int|mxfp|nvfp|w|q)(\d{1,2})")


def quotes(text: str, where: str = "openrouter") -> Quotes:
    """A quote per model, or per provider of the one model whose endpoints are listed.

    Free variants and routers without a price of their own are left out. Raises InputError.
    """
    rows = table_of(parsed(text, where), where).get("data")
    if isinstance(rows, Mapping) and isinstance(rows.get("endpoints"), list):
        return _endpoints(rows, where)
    if not isinstance(rows, list):
        raise InputError("should be a list", where=where, key="data")
    collected = Quotes()
    for row in rows:
        model = table_of(row, where)
        name, pricing = name_in(model, "id"), model.get("pricing")
        _created(collected, model)
        if not name:
            collected.leave_out("openrouter", "?", NO_NAME)
            continue
        facts, wrong = _facts(pricing) if isinstance(pricing, Mapping) else ({}, "")
        if wrong or not (facts.get("input") and facts.get("output")):
            collected.leave_out("openrouter", name, wrong or NO_PRICE)
            continue
        top = model.get("top_provider")
        longest = top.get("max_completion_tokens") if isinstance(top, Mapping) else None
        for field, limit in (("context", model.get("context_length")), ("max_output", longest)):
            if is_number(limit):
                facts[field] = int(limit)
        collected.append(Quote("openrouter", name, {"id": name, **facts}, _features(model)))
    return collected


def _endpoints(model: Mapping[str, Any], where: str) -> Quotes:
    """Who serves the model, each by its standard endpoint: prices, windows, medians of the last half hour."""
    collected, name = Quotes(), name_in(model, "id")
    collected.partial = True
    if not name:
        raise InputError("is missing: which model's endpoints these are", where=where, key="data.id")
    _created(collected, model)
    listed: dict[str, list[Mapping[str, Any]]] = {}
    for row in model["endpoints"]:
        if isinstance(row, Mapping):
            listed.setdefault(name_in(row, "provider_name"), []).append(row)
    for provider, rows in sorted(listed.items()):
        if not provider:
            collected.leave_out("?", name, NO_NAME)
            continue
        row, why = _standard(rows)
        if row is None:
            collected.leave_out(provider, name, why)
            continue
        facts = _facts(row["pricing"])[0]
        named = {"context": "context_length", "max_output": "max_completion_tokens"}
        facts |= {field: int(row[key]) for field, key in named.items() if is_number(row.get(key))}
        for field, key, unit in (("ttft", "latency_last_30m", MS), ("tps", "throughput_last_30m", 1.0)):
            speeds = row.get(key)
            median = speeds.get("p50") if isinstance(speeds, Mapping) else speeds
            if is_number(median):
                facts[field] = round(float(median) * unit, 4)
        precision = _precision(row) if 0 < _bits(row) < 8 else ""
        if precision:
            noted(facts, f"served at {precision}")
        collected.append(Quote(provider, name, facts, _features(row), precision))
    return collected


def _standard(rows: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any] | None, str]:
    """One provider's standard endpoint, whatever the order of its rows; or none, and why.

    No service tier (flex, priority, batch), of the others the highest precision known, of those the one whose
    tag names no variant or region. Several that are left with one price are alike; with two, none stands.
    """
    priced = []
    for row in rows:
        facts, wrong = _facts(row["pricing"]) if isinstance(row.get("pricing"), Mapping) else ({}, "")
        if not wrong and facts.get("input") and facts.get("output"):
            priced.append((facts, row))
    if not priced:
        return None, NO_PRICE
    plain = [(facts, row) for facts, row in priced if not _tier(row)]
    if not plain:
        return None, f"only a special tier is listed: {_named([row for _, row in priced])}"
    bits = {_bits(row) for _, row in plain}
    if 0 not in bits:
        plain = [(facts, row) for facts, row in plain if _bits(row) == max(bits)]
    bare = [(facts, row) for facts, row in plain if "/" not in str(row.get("tag") or "")]
    whole = [(facts, row) for facts, row in plain if str(row.get("tag") or "").endswith("/global")]
    kept = bare or whole or plain
    rows_kept = [row for _, row in kept]
    if len({repr(sorted(facts.items())) for facts, _ in kept}) > 1:
        return None, f"endpoints with several prices, none of them the standard one: {_named(rows_kept)}"
    return min(rows_kept, key=lambda row: (str(row.get("tag")), repr(sorted(row.items())))), ""


def _named(rows: list[Mapping[str, Any]]) -> str:
    words = {
        f"{row.get('tag') or row.get('name') or 'an endpoint without a tag'}"
        f" ({_facts(row['pricing'])[0].get('input', 0):g} in"
        f"{', ' + _precision(row) if _bits(row) else ''})"
        for row in rows
    }
    return ", ".join(sorted(words))


def _tier(row: Mapping[str, Any]) -> bool:
    """Whether the endpoint's tag, variant or service tier names a tier that is not the standard one."""
    tag = str(row.get("tag") or "").partition("/")[2]
    names = f"{tag} {row.get('service_tier') or ''} {row.get('variant') or ''}".casefold()
    return bool(TIERS & set(re.findall(r"[a-z]+", names)))


def _precision(row: Mapping[str, Any]) -> str:
    """The precision that an endpoint states, in its own field or its tag; "" where it does not."""
    stated = str(row.get("quantization") or "").casefold()
    if _PRECISION.fullmatch(stated):
        return stated
    parts = str(row.get("tag") or "").casefold().split("/")[1:]
    return next((part for part in parts if _PRECISION.fullmatch(part)), "")


def _bits(row: Mapping[str, Any]) -> int:
    match = _PRECISION.fullmatch(_precision(row))
    return int(match[1]) if match else 0


def _features(row: Mapping[str, Any]) -> frozenset[str]:
    flags = row.get("supported_parameters")
    return frozenset(word for flag, word in _FEATURES.items() if isinstance(flags, list) and flag in flags)


def _created(collected: Quotes, model: Mapping[str, Any]) -> None:
    """The day on which a model came in: the text is not older than the newest of them."""
    at = model.get("created")
    if is_number(at) and at < 4e9:
        collected.seen(datetime.fromtimestamp(float(at), UTC).date().isoformat())


def _facts(pricing: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Prices in USD per million tokens, and what is wrong with one that is no number."""
    facts: dict[str, Any] = {}
    known: dict[str, float] = {}
    for source in (*PRICES.values(), "request", "internal_reasoning"):
        try:
            price = float(pricing.get(source) or 0)
        except (TypeError, ValueError, OverflowError):
            return {}, f"pricing.{source} should be a number, not {str(pricing[source])[:40]!r}"
        if is_number(price):
            known[source] = price
    for field, source in PRICES.items():
        if source in known:
            facts[field] = per_million(known[source])
    without_storage(facts)
    if "request" in known:
        facts["per_request"] = known["request"]
    if "internal_reasoning" in known and facts.get("output"):
        dearer_reasoning(facts, per_million(known["internal_reasoning"]))
    if facts.get("input") and facts.get("output"):
        _conditional(facts, pricing.get("overrides"))
    hour = _price(pricing.get("input_cache_write_1h"))
    if hour is not None:
        noted(facts, f"cache writes that are kept for an hour cost {hour:g}")
    if discount := _price(pricing.get("discount")):
        noted(facts, f"a discount of {discount / MILLION:.4g} is stated beside the price, and not counted")
    return facts, ""


def _price(stated: Any) -> float | None:
    """USD per million tokens of a price for one, which may be a text; None for what is none."""
    try:
        price = float(stated)
    except (TypeError, ValueError, OverflowError):
        return None
    return per_million(price) if is_number(price) else None


def _conditional(facts: dict[str, Any], overrides: Any) -> None:
    """Put prices that hold on a condition into an offer's facts: of long prompts, and of hours of the day.

    Each entry has conditions that must all hold, and prices; what it does not price is as without it, and a
    later one goes before. What cannot be read is noted.
    """
    if overrides is None:
        return
    base = {field: facts[field] for field in PRICES if field in facts}
    tiers: dict[int, dict[str, float]] = {}
    periods: list[tuple[float, Mapping[str, Any]]] = []
    unread = 0
    for entry in overrides if isinstance(overrides, list) else [overrides]:
        stated = entry if isinstance(entry, Mapping) else {}
        conditions = set(stated) - _PRICED
        priced = {
            field: price
            for field, source in PRICES.items()
            if (price := _price(stated.get(source))) is not None
        }
        if not priced or len(priced) < len(set(PRICES.values()) & set(stated)):
            unread += not conditions or bool(set(PRICES.values()) & set(stated))
        elif conditions == {"min_prompt_tokens"} and is_number(stated["min_prompt_tokens"]):
            least = int(stated["min_prompt_tokens"])
            above = least - 1 if least % 1000 == 1 else least
            tiers[above] = {**base, **tiers.get(above, {}), **priced}
        elif conditions == {"utc_start", "utc_end"} and (hours := _hours(stated)):
            same = next((at for at, (_, prices) in enumerate(periods) if prices == {**base, **priced}), None)
            if same is None:
                periods.append((hours, {**base, **priced}))
            else:
                periods[same] = (periods[same][0] + hours, periods[same][1])
        else:
            unread += 1
    timed = sum(hours for hours, _ in periods)
    if tiers and periods:  # which prices long prompts have at such hours is a guess
        unread, periods = unread + len(periods), []
    if 0 < timed <= WEEK and periods:
        prices_by_hours(facts, [(WEEK - timed, base)] * (timed < WEEK) + periods)
    elif periods:
        unread += len(periods)
    add_tiers(facts, tiers)
    if unread:
        noted(facts, f"{plural(unread, 'price')} on a condition could not be read (overrides)")


def _hours(entry: Mapping[str, Any]) -> float:
    """The hours of a week from utc_start to utc_end, as HH:MM on every day; 0 where they are not read."""
    try:
        start, end = (_minute(str(entry[name])) for name in ("utc_start", "utc_end"))
    except ValueError:
        return 0.0
    return ((end - start) % _DAY or _DAY) * 7 / 60


def _minute(at: str) -> int:
    match = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)(?::00)?Z?", at)
    if match is None:
        raise ValueError(at)
    return (int(match[1]) * 60 + int(match[2])) % _DAY
