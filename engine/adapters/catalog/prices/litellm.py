"""LiteLLM's model_prices_and_context_window.json: USD per token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .quote import (
    NO_PRICE,
    NO_PROFILE,
    Quote,
    Quotes,
    add_tiers,
    dearer_reasoning,
    is_number,
    name_in,
    needs_profile,
    not_numbers,
    noted,
    parsed,
    per_million,
    prices_by_hours,
    seller_at,
    served_faster,
    table_of,
)

URL = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
FEATURES = {
    "supports_function_calling": "tools",
    "supports_response_schema": "structured",
    "supports_reasoning": "reasoning",
    "supports_vision": "vision",
    "supports_audio_input": "audio",
    "supports_pdf_input": "pdf",
    "supports_web_search": "web_search",
}
PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
REASONING = "output_cost_per_reasoning_token"
_SCALED = (*PRICES.values(), REASONING)
SERVICE_TIERS = ("flex", "priority", "ultrafast")
# What makers bill for processing in one region alone, where the map lacks it: their documentation, 2026-11.
_REGIONAL = {"mistral": {"eu": 1.1, "us": 1.1}}
_TOGETHER_US = (
    "moonshotai/Kimi-K3",
    "zai-org/GLM-5.3",
    "zai-org/GLM-5.2",
    "deepseek-ai/DeepSeek-V4.1-Flash",
    "deepseek-ai/DeepSeek-V4.1-Flash-1017",
    "deepseek-ai/DeepSeek-V4-Pro-0813",
    "MiniMaxAI/MiniMax-M3",
)
_TOGETHER_CA = (
    "zai-org/GLM-5.3",
    "zai-org/GLM-5.3-Flash",
    "zai-org/GLM-5.2",
    "deepseek-ai/DeepSeek-V4.1-Flash",
    "deepseek-ai/DeepSeek-V4-Pro-0813",
)
_REGIONAL_MODELS = {
    "xai/grok-4.6": {"us": 1.1},
    **{
        f"together_ai/{model}": {
            region: 1.25 for region, there in (("us", _TOGETHER_US), ("ca", _TOGETHER_CA)) if model in there
        }
        for model in (*_TOGETHER_US, *_TOGETHER_CA)
    },
}
_AWS_REGIONS = {  # London is not in the European Union; the prices of the United States are the plain names'
    "ap-south-1": "in",
    "ap-southeast-3": "id",
    "eu-west-2": "uk",
    "sa-east-1": "br",
    "us-gov-east-1": "us-gov",
    "us-gov-west-1": "us-gov",
    "eu-central-1": "eu",
    "eu-north-1": "eu",
    "eu-south-1": "eu",
    "eu-west-1": "eu",
    "eu-west-3": "eu",
    "ap-northeast-1": "jp",
    "ap-southeast-2": "au",
}
_IN_REGION = re.compile(
    r"(azure|azure_ai)/(eu|us)/|(fireworks_ai)/.+-(us)$"
)  # offers of a region by their names
FREE_TPM = 250_000  # of Gemini's free tier
DAY, WEEK = 24 * 60, 7 * 24 * 60  # minutes


def quotes(text: str, where: str = "litellm") -> Quotes:
    """Chat models with a price; the map holds zeros for unknown, and names no day. Raises InputError."""
    collected = Quotes()
    for name, entry in table_of(parsed(text, where), where).items():
        if not isinstance(entry, Mapping) or entry.get("mode") not in ("chat", "responses"):
            continue
        facts = _with_base(entry)
        provider = name_in(facts, "litellm_provider")
        if not provider:
            collected.leave_out("?", name, "without a litellm_provider")
        elif provider.startswith("bedrock") and needs_profile(name):
            collected.leave_out(provider, name, NO_PROFILE)
        elif wrong := not_numbers(facts, (*PRICES.values(), REASONING)):
            collected.leave_out(provider, name, wrong)
        elif not (is_number(facts.get(PRICES["input"])) and is_number(facts.get(PRICES["output"]))):
            collected.leave_out(provider, name, NO_PRICE)
        else:
            features = frozenset(word for flag, word in FEATURES.items() if facts.get(flag))
            lacks = frozenset(word for flag, word in FEATURES.items() if facts.get(flag) is False)
            seller, model, wire = _seller(provider, name)
            collected.append(Quote(seller, model, _facts(wire, facts), features, lacks=lacks))
            if seller == provider:
                for variant, varied in _variants(provider, name, facts):
                    priced = _facts(wire, varied)
                    collected.append(Quote(f"{provider}:{variant}", name, priced, features, lacks=lacks))
    return collected


def _seller(provider: str, name: str) -> tuple[str, str, str]:
    """(the provider, with the region or the speed that the name says; the model's name; that on its wire)."""
    if provider.startswith("bedrock"):
        region, slash, _ = name.removeprefix("bedrock/").partition("/")
        there = _AWS_REGIONS.get(region) if slash else None
        seller = f"{provider}:{there}" if there else seller_at(provider, name)
        return seller, name, name.removeprefix("bedrock/")
    host = "vertex_ai" if provider.startswith("vertex_ai") else provider  # of all its makers' models
    match, wire = _IN_REGION.match(name), name.removeprefix(f"{host}/")
    if match is None:
        return *served_faster(provider, name), wire
    region = match[2] or match[4]
    model = name.removesuffix("-us") if match[4] else name
    return f"{provider}:{region}", model, wire.removeprefix(f"{region}/")


def _variants(provider: str, name: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(tier of service or region, entry as of that) where the map or the maker has a price for it."""
    for tier in SERVICE_TIERS:
        if (entry := _at_tier(facts, tier)) is not None:
            yield tier, entry
    for region, factor in sorted(_uplifts(provider, name, facts).items()):
        yield region, _times(facts, factor, f"for processing in the region {region}")
    about = facts.get("provider_specific_entry")
    if provider == "anthropic" and isinstance(about, Mapping) and is_number(about.get("fast")):
        alone = {field: fact for field, fact in facts.items() if "_batches" not in field}
        yield "fast", _times(alone, about["fast"], "in fast mode")


def _uplifts(provider: str, name: str, facts: Mapping[str, Any]) -> dict[str, float]:
    """Region -> how many times the list price processing there alone costs."""
    uplifts = {**_REGIONAL.get(provider, {}), **_REGIONAL_MODELS.get(name, {})}
    stated = {region: facts.get(f"regional_processing_uplift_multiplier_{region}") for region in ("eu", "us")}
    about = facts.get("provider_specific_entry")
    if provider == "anthropic" and isinstance(about, Mapping):
        stated["us"] = about.get("us")
    if provider.startswith("vertex_ai"):
        stated = dict.fromkeys(stated, facts.get("regional_endpoint_uplift_multiplier"))
    return uplifts | {region: factor for region, factor in stated.items() if is_number(factor)}


def _times(facts: Mapping[str, Any], factor: float, what_for: str) -> Mapping[str, Any]:
    """An entry with every price times a factor. The rate limits are those of the plain offer alone."""
    scaled = {
        name: fact * factor if name.startswith(_SCALED) and is_number(fact) else fact
        for name, fact in facts.items()
        if name not in ("rpm", "tpm", "off_peak_pricing", "tiered_pricing")
    }
    return scaled | {"modelpick_note": f"{factor:g} times the list price, {what_for}"}


def _at_tier(facts: Mapping[str, Any], tier: str) -> Mapping[str, Any] | None:
    """An entry as of a tier of service, at its own prices alone; None where it has no such tier.

    Rate limits, batches and hours are those of the standard tier, and not known of the others.
    """
    priced = {
        name.removesuffix(f"_{tier}"): price
        for name, price in facts.items()
        if name.startswith(tuple(PRICES.values())) and name.endswith(f"_{tier}")
    }
    if not (is_number(priced.get(PRICES["input"])) and is_number(priced.get(PRICES["output"]))):
        return None
    dropped = ("rpm", "tpm", "off_peak_pricing", "tiered_pricing", "metadata", REASONING)
    others = {
        name: fact
        for name, fact in facts.items()
        if name not in dropped and not name.startswith(tuple(PRICES.values()))
    }
    return others | priced


def _with_base(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry that has only a list of tiers, by length of prompt: the lowest one is its base price."""
    tiers = facts.get("tiered_pricing")
    lowest = tiers[0] if isinstance(tiers, list) and tiers else None
    if not isinstance(lowest, Mapping) or "range" not in lowest:
        return facts
    names = (*PRICES.values(), REASONING)
    return {**{source: lowest[source] for source in names if source in lowest}, **facts}


def _facts(wire: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = {"id": wire}
    for field, source in PRICES.items():
        if is_number(facts.get(source)):
            offer[field] = per_million(facts[source])
    _by_hours(offer, facts)
    if is_number(facts.get(REASONING)):
        dearer_reasoning(offer, per_million(facts[REASONING]))
    add_tiers(offer, _tiers(facts) or _listed_tiers(facts))
    if is_number(facts.get("input_cost_per_request")):
        offer["per_request"] = float(facts["input_cost_per_request"])
    if note := _in_total(facts):
        offer["ambiguous"] = note
    _batch(offer, facts)
    _remarks(offer, facts)
    # A bound of the input; the whole window is not in this source.
    window = facts.get("max_input_tokens") or facts.get("max_tokens")
    for field, limit in (("context", window), ("max_output", facts.get("max_output_tokens"))):
        if is_number(limit) and int(limit):
            offer[field] = int(limit)
    for name in ("rpm", "tpm"):
        if is_number(facts.get(name)) and int(facts[name]) and not _free_tier(facts):
            offer[name] = int(facts[name])
    if _is_day(facts.get("deprecation_date")):
        offer["retires"] = facts["deprecation_date"]
        if successor := name_in(facts, "successor_model"):
            offer["successor"] = successor
    return offer


def _remarks(offer: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """Note what no field holds: the uplift of a region, writes that are kept longer, the shortest prompt
    that is cached."""
    if note := name_in(facts, "modelpick_note"):
        noted(offer, note)
    for name in facts:
        kept = re.fullmatch(r"cache_creation_input_token_cost_above_(\d+)hr", name)
        if kept and is_number(facts[name]):
            hours = "an hour" if kept[1] == "1" else f"{kept[1]} hours"
            noted(offer, f"cache writes that are kept for {hours} cost {per_million(facts[name]):g}")
    shortest = facts.get("prompt_cache_min_tokens")
    if "cache_read" in offer and is_number(shortest):
        noted(offer, f"prompts of {int(shortest):,} tokens and more are cached")


def _free_tier(facts: Mapping[str, Any]) -> bool:
    """Whether the rate limits are those of Gemini's free tier, which stand beside the paid price."""
    return facts.get("litellm_provider") == "gemini" and facts.get("tpm") == FREE_TPM


def _is_day(text: Any) -> bool:
    try:
        return len(str(text)) == 10 and bool(date.fromisoformat(str(text)))
    except ValueError:
        return False


def _batch(offer: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The share that a batch saves: of input and output the smaller one, and a note where they differ."""
    saved = {
        field: round(1 - facts[f"{source}_batches"] / facts[source], 6)
        for field, source in PRICES.items()
        if is_number(facts.get(source)) and is_number(facts.get(f"{source}_batches"))
    }
    if saved.get("input", 0.0) <= 0:
        return
    discount = max(0.0, min(saved["input"], saved.get("output", saved["input"])))
    if discount:
        offer["batch_discount"] = discount
    if others := {field: share for field, share in saved.items() if abs(share - discount) > 1e-4}:
        shares = ", ".join(f"{field.replace('_', ' ')} {share:.0%}" for field, share in others.items())
        noted(offer, f"a batch saves {discount:.0%}, but of {shares}")


def _by_hours(offer: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The list's prices hold at the peak; off-peak hours stand beside them as a share of the week."""
    schedule = facts.get("off_peak_pricing")
    if schedule is None:
        return
    covered = _minutes(schedule.get("windows")) if isinstance(schedule, Mapping) else 0
    low = (
        {f: per_million(schedule[s]) for f, s in PRICES.items() if is_number(schedule.get(s))}
        if covered
        else {}
    )
    if not {"input", "output"} <= set(low):
        noted(offer, "there is a price for off-peak hours too, which could not be read")
        return
    high = {field: offer[field] for field in PRICES if field in offer}
    prices_by_hours(offer, [((WEEK - covered) / 60, high), (covered / 60, low)])


def _minutes(windows: Any) -> int:
    """Minutes of a week within the windows, each of hours and weekdays (1-7); 0 where they are not read."""
    inside: set[int] = set()
    try:
        for window in windows:
            hours = window["hours_utc"]
            for span in [hours] if isinstance(hours, str) else hours:
                start, end = (_minute(at) for at in span.split("-"))
                length = (end - start) % DAY or DAY
                for weekday in window.get("weekdays") or range(1, 8):
                    first = (int(weekday) - 1) % 7 * DAY
                    inside |= {first + (start + at) % DAY for at in range(length)}
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return 0
    return len(inside)


def _minute(at: str) -> int:
    hour, minute = at.split(":")
    return int(hour) * 60 + int(minute)


def _in_total(facts: Mapping[str, Any]) -> str:
    """What the map notes where a price was published for input and output together, and it has split it."""
    about = facts.get("metadata")
    note = about.get("notes") if isinstance(about, Mapping) else None
    return str(note) if isinstance(note, str) and re.search(r"\btotal\b|\bsplit\b", note, re.I) else ""


def _listed_tiers(facts: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    """`tiered_pricing`: prices by `range` of prompt tokens, the first of which is the base."""
    rows = facts.get("tiered_pricing")
    tiers: dict[int, dict[str, float]] = {}
    for row in rows if isinstance(rows, list) else ():
        bounds = row.get("range") if isinstance(row, Mapping) else None
        if isinstance(bounds, list) and bounds and is_number(bounds[0]) and int(bounds[0]):
            priced = {f: per_million(row[s]) for f, s in PRICES.items() if is_number(row.get(s))}
            if priced:
                tiers[int(bounds[0])] = priced
    return tiers


def _tiers(facts: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    """`..._above_200k_tokens`: prices by the tokens of prompt above which they hold."""
    tiers: dict[int, dict[str, float]] = {}
    rising = {name: price for name, price in facts.items() if "_above_" in name and is_number(price)}
    for field, source in PRICES.items() if rising else ():
        for name, price in rising.items():
            if match := re.fullmatch(rf"{source}_above_(\d+)k_tokens", name):
                tiers.setdefault(int(match[1]) * 1000, {})[field] = per_million(price)
    return tiers
