"""From timings to an offer's figures, and from prices to what a probe may spend. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median, stdev

from ..routers.endpoints import Wire
from .stream import Timing

Z95 = 1.6448536  # the contract's: p95 / median = exp(Z95 * sigma)
ENOUGH = 5  # requests below which nothing is said of the spread
_MILLION = 1_000_000
_LETTERS = 2  # a token has at least so many: the dear side of a guess


@dataclass(frozen=True)
class Speed:
    """Medians: seconds to the first token, tokens a second; `spread` is p95 / median, None when unknown."""

    ttft: float
    tps: float | None
    spread: float | None
    samples: int


def speed_of(timings: Sequence[Timing]) -> Speed:
    """The figures of one offer.

    The spread is that of a lognormal with the log-latencies' standard deviation, as a p95 read off a few
    requests would be little more than their maximum. Latencies are first brought to the median answer length.
    """
    rates = [one.tps for one in timings if one.tps is not None]
    ttft, tps = median(one.first for one in timings), median(rates) if rates else None
    length = median(one.seen_tokens for one in timings)
    whole = [one.first + (length / one.tps if one.tps else 0.0) for one in timings]
    spread = None
    if len(whole) >= ENOUGH:
        spread = min(1e6, round(exp(Z95 * stdev(map(log, whole))), 3))
    shown = None if tps is None else max(0.01, round(tps, 2))
    return Speed(max(0.0001, round(ttft, 4)), shown, spread, len(timings))


def cost(wire: Wire, input_tokens: float, output_tokens: float) -> float:
    """USD of one request at the catalogue's prices, fee included."""
    facts = wire.facts
    tokens = input_tokens * facts.input + output_tokens * facts.output
    return (tokens / _MILLION + facts.per_request) * (1 + wire.fee)


def dearest(wire: Wire, prompt: str, max_tokens: int) -> float:
    """USD that one request may cost at most."""
    return cost(wire, len(prompt) / _LETTERS, max_tokens)
