"""The lognormal prompt lengths and latencies of the contract."""

from __future__ import annotations

from math import erfc, log, sqrt

Z95 = 1.6448536  # the 95th percentile of the standard normal, as the contract rounds it


def phi(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * erfc(-z / sqrt(2))


def share_above(threshold: float, mean: float, p95: float | None) -> tuple[float, float]:
    """Shares of (requests, input tokens) in prompts longer than `threshold` tokens.

    Prompt lengths are lognormal with this mean and 95th percentile; without one all are the mean.
    """
    if p95 is None or p95 <= mean:
        above = 1.0 if mean > threshold else 0.0
        return above, above
    sigma = Z95 - sqrt(max(0.0, Z95 * Z95 - 2 * log(p95 / mean)))
    mu = log(mean) - sigma * sigma / 2
    return phi((mu - log(threshold)) / sigma), phi((mu + sigma * sigma - log(threshold)) / sigma)


def late_share(median: float, spread: float, limit: float) -> float:
    """P(T > limit) of a lognormal latency with this median (s) and p95/median = spread."""
    if median <= 0:
        return 0.0
    if spread <= 1:
        return 1.0 if median > limit else 0.0
    return phi((log(median) - log(limit)) / (log(spread) / Z95))


def mix_percentile(parts: list[tuple[float, float, float]], percentile: float) -> float:
    """The latency (s) within which `percentile` % of a mix of (share, median, spread) ends, by bisection."""
    target = 1 - percentile / 100
    low, high = 0.0, 1e-9
    while sum(s * late_share(m, r, high) for s, m, r in parts) > target and high < 1e15:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if sum(s * late_share(m, r, middle) for s, m, r in parts) > target:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return high
