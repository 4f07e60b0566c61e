"""How every offer stands for one label: what it would cost and do alone, and what keeps it out."""

from __future__ import annotations

from .base import Value
from .explanation import Break


class Standing(Value):
    """One offer, as if it served the label alone.

    `cost` is USD a month (with the replicas of a self-hosted offer), `quality` 0-100, `late` the share of
    requests over max_latency, `latency` seconds at the label's percentile, `carries` the share of the label's
    peak traffic that its rate limits let through. None: unknown, or no such rule. `dominated_by` is the
    cheapest eligible offer that is at least as cheap, as good and as fast, and better in one of them.
    """

    offer: str
    cost: float
    quality: float | None = None
    late: float | None = None
    latency: float | None = None
    carries: float = 1.0
    breaks: tuple[Break, ...] = ()
    dominated_by: str | None = None


class Standings(Value):
    """All offers of the catalogue for one label, in the order of their names."""

    label: str
    offers: tuple[Standing, ...] = ()
