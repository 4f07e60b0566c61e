"""The lognormal prompt lengths and latencies of the contract, on arrays."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

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
