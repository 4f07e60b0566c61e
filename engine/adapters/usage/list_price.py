"""What the requests of a log cost at list price, with what has a price of its own: cache writes that live an
hour, web searches, fast mode and a bound region.

The factors are those of Anthropic's price page and of LiteLLM's price map 1.109.1
(`cache_creation_input_token_cost_above_1hr`, `search_context_cost_per_query`, `provider_specific_entry`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...domain.catalog import Catalog, Offer, Tier

HOUR_WRITE_FACTOR = 2.0  # of the input price, where five minutes cost 1.25
SEARCH_USD = 0.01  # of one web search of Anthropic's
REGION_FACTOR = 1.1  # of all tokens, since Claude 4.6, for inference in one country
_FAST_FACTORS = {"claude-opus-4-6": 6.0, "claude-opus-4-7": 6.0}
_LATER_FAST_FACTOR = 2.0  # since Claude Opus 4.8
_CLAUDE = re.compile(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?:\D|$)")


@dataclass(frozen=True)
class BilledTokens:
    """Sums of requests that are billed alike: by their prompts' tier, fast mode and a bound region.

    tier: how many of the offer's thresholds the prompts pass; figures: sums of `aggregate.FIGURES`.
    """

    tier: int
    fast: bool
    bound: bool
    figures: Mapping[str, float]


@dataclass(frozen=True)
class ListCost:
    """USD of requests at list price, and of it what has a price of its own, by its name in `UNPRICED`."""

    usd: float
    extras: Mapping[str, float]


def list_cost(catalog: Catalog, key: str, rows: Iterable[BilledTokens], batch: bool) -> ListCost:
    """What requests cost at the list price of an offer, fee, batch discount and hours included.

    key: the offer's; batch: whether the requests may wait. What is not known to cost more is not in `extras`.
    """
    offer = catalog.offers[key]
    provider = catalog.providers[key.partition("/")[0]]
    factor = (1 + provider.fee) * (1 - (offer.batch_discount or 0.0 if batch else 0.0))
    factor *= 1 - sum(hours.share * (1 - hours.factor) for hours in offer.hours)
    model = key.partition("/")[2].partition("@")[0]
    usd, extras = 0.0, dict.fromkeys(("hour_writes", "searches", "fast", "geo"), 0.0)
    for row in rows:
        figures = row.figures
        prices: Offer | Tier = offer
        if row.tier:
            prices = sorted(offer.tiers, key=lambda tier: tier.above)[row.tier - 1]
        read = prices.input if prices.cache_read is None else prices.cache_read
        write = prices.input if prices.cache_write is None else prices.cache_write
        fresh = figures["input"] - figures["cached"] - figures["written"]
        tokens = fresh * prices.input + figures["output"] * prices.output
        tokens += figures["cached"] * read + figures["written"] * write
        hour = figures["hour_writes"] * (HOUR_WRITE_FACTOR * prices.input - write) if _is_claude(model) else 0
        more = _fast_factor(model) if row.fast else 1.0
        bound = REGION_FACTOR if row.bound and _version(model) >= (4, 6) else 1.0
        extras["hour_writes"] += hour / 1e6
        extras["fast"] += (more - 1) * (tokens + hour) / 1e6
        extras["geo"] += (bound - 1) * more * (tokens + hour) / 1e6
        usd += tokens / 1e6
        if _is_claude(model):
            extras["searches"] += figures["searches"] * SEARCH_USD
    extras = {name: paid * factor for name, paid in extras.items()}
    requests = sum(row.figures["requests"] for row in rows)
    return ListCost((usd + requests * offer.per_request) * factor + sum(extras.values()), extras)


def _is_claude(model: str) -> bool:
    return model.startswith("claude-")


def _version(model: str) -> tuple[int, int]:
    """4, 6 of claude-opus-4-6; 0, 0 of others."""
    match = _CLAUDE.match(model)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _fast_factor(model: str) -> float:
    if model in _FAST_FACTORS:
        return _FAST_FACTORS[model]
    return _LATER_FAST_FACTOR if model.startswith("claude-opus-") and _version(model) >= (4, 8) else 1.0
