"""What a request costs: cache reads and writes, prompt-length tiers, fees and the batch discount."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.catalog import Offer, Provider, Tier
from ..domain.routing import Label
from .normal import share_above

HOURS_A_MONTH = 730.0
MINUTES_A_MONTH = 43_800.0


def request_cost(label: Label, offer: Offer, provider: Provider, verbosity: float = 1.0) -> float:
    """USD of one mean request, fee and batch discount included (contract: cost of a request, tiers)."""
    fresh = label.input_tokens * (1 - label.cached - label.cache_writes)
    read = label.input_tokens * label.cached
    write = label.input_tokens * label.cache_writes
    out = label.output_tokens * verbosity
    dollars = offer.per_request
    for price, requests, tokens in _priced_shares(label, offer):
        at_read = price.input if price.cache_read is None else price.cache_read
        at_write = price.input if price.cache_write is None else price.cache_write
        prompt = fresh * price.input + read * at_read + write * at_write
        dollars += (tokens * prompt + requests * out * price.output) / 1e6
    discount = offer.batch_discount if label.batch else 0.0
    return dollars * (1 + provider.fee) * (1 - discount)


def _priced_shares(label: Label, offer: Offer) -> Sequence[tuple[Offer | Tier, float, float]]:
    """Each price list with the shares of (requests, input tokens) that it bills."""
    if not offer.tiers:
        return ((offer, 1.0, 1.0),)
    tiers = sorted(offer.tiers, key=lambda tier: tier.above)
    above = [share_above(t.above, label.input_tokens, label.input_tokens_p95) for t in tiers]
    bounds = [(1.0, 1.0), *above, (0.0, 0.0)]
    lists: list[Offer | Tier] = [offer, *tiers]
    return [
        (p, bounds[k][0] - bounds[k + 1][0], bounds[k][1] - bounds[k + 1][1]) for k, p in enumerate(lists)
    ]


def median_latency(label: Label, offer: Offer, verbosity: float = 1.0) -> float | None:
    """Median seconds of a whole request, `ttft + out/tps`; None where the speed is unknown."""
    if offer.ttft is None or offer.tps is None:
        return None
    return offer.ttft + label.output_tokens * verbosity / offer.tps
