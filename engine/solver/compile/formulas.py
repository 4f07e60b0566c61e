"""What a request costs and how long it takes, for every offer at once.

The lognormal prompt lengths and latencies of the contract, on arrays.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ...domain.routing import Label
from .offer_table import OfferTable
from .problem import Floats

Z95 = 1.6448536  # the 95th percentile of the standard normal, as the contract rounds it


def share_above(threshold: Floats, mean: float, p95: float | None) -> tuple[Floats, Floats]:
    """Shares of (requests, input tokens) in prompts longer than each threshold (tokens); all above 0.

    Prompt lengths are lognormal with this mean and 95th percentile; without one all are the mean.
    """
    if p95 is None or p95 <= mean:
        above = np.where((threshold <= 0) | (mean > threshold), 1.0, 0.0)
        return above, above
    sigma = Z95 - sqrt(max(0.0, Z95 * Z95 - 2 * log(p95 / mean)))
    mu = log(mean) - sigma * sigma / 2
    with np.errstate(divide="ignore"):
        far = mu - np.log(np.maximum(threshold, 0.0))
    return ndtr(far / sigma), ndtr((far + sigma * sigma) / sigma)


def late_share(median: Floats, spread: Floats, limit: float) -> Floats:
    """P(T > limit) of lognormal latencies with these medians (s) and p95/median = spread >= 1."""
    sure = np.where(median > limit, 1.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        likely = ndtr((np.log(median) - log(limit)) / (np.log(spread) / Z95))
    return np.where((median <= 0) | (spread <= 1), sure, likely)


def mix_percentile(share: Floats, median: Floats, spread: Floats, percentile: float) -> float:
    """The latency (s) within which `percentile` % of a mix ends; the arguments are per offer, (n,)."""
    own = median * np.exp(np.log(np.maximum(spread, 1.0)) / Z95 * ndtri(percentile / 100))
    least, most = float(own.min()), float(own.max())

    def over(seconds: float) -> float:
        return float(share @ late_share(median, spread, seconds)) - (1 - percentile / 100)

    low = max(least, 1e-9 * most)
    if most - low <= 1e-12 * most or over(low) <= 0:  # a latency without spread is a jump
        return least
    if over(most) >= 0:
        return most
    return float(brentq(over, low, most, xtol=1e-12 * most, rtol=1e-13))


HOURS_A_MONTH = 730.0
MINUTES_A_MONTH = 43_800.0


def request_costs(label: Label, table: OfferTable) -> Floats:
    """(N,) USD of one mean request, fee and batch discount included (contract: cost of a request, tiers)."""
    lists = table.lists
    fresh = label.input_tokens * (1 - label.cached - label.cache_writes)
    read = label.input_tokens * label.cached
    write = label.input_tokens * label.cache_writes
    out = label.output_tokens * table.verbosity[lists.offer]
    requests, tokens = _billed(label, table)
    prompt = fresh * lists.input + read * lists.cache_read + write * lists.cache_write
    dollars = (tokens * prompt + requests * out * lists.output) / 1e6
    total = np.bincount(lists.offer, dollars, minlength=len(table.offers)) + table.per_request
    discount = table.batch_discount if label.batch else 0.0
    return np.asarray(total * (1 + table.fee) * (1 - discount))


def _billed(label: Label, table: OfferTable) -> tuple[Floats, Floats]:
    """(P,) the shares of requests and of input tokens that each price list bills."""
    lists = table.lists
    over = share_above(lists.above, label.input_tokens, label.input_tokens_p95)
    beyond = share_above(lists.below, label.input_tokens, label.input_tokens_p95)
    return over[0] - beyond[0], over[1] - beyond[1]


def request_tokens(label: Label, table: OfferTable) -> Floats:
    """(N,) tokens of a mean request, input + output, as rate limits count them."""
    return label.input_tokens + label.output_tokens * table.verbosity


def median_latencies(label: Label, table: OfferTable) -> Floats:
    """(N,) median seconds of a whole request, `ttft + out/tps`; nan where the speed is unknown."""
    return table.ttft + label.output_tokens * table.verbosity / table.tps
