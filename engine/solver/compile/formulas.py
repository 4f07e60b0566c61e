"""What a request costs and how long it takes, for every offer at once.

The lognormal prompt lengths and latencies of the contract, on arrays.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ...domain.routing import Label
from ..tolerances import MIN_BRACKET, ROOT_TOL
from .measured import own_figures
from .offer_table import OfferTable
from .problem import Floats

Z95 = 1.6448536  # the 95th percentile of the standard normal, as the contract rounds it


def share_above(threshold: Floats, mean: float, p95: float | None) -> tuple[Floats, Floats]:
    """(n,), (n,) shares of requests and of input tokens in prompts longer than each threshold (tokens, > 0).

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
    """(n,) P(T > limit) of lognormal latencies with these medians (s) and p95/median = spread >= 1."""
    sure = np.where(median > limit, 1.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        likely = ndtr((np.log(median) - log(limit)) / (np.log(spread) / Z95))
    return np.where((median <= 0) | (spread <= 1), sure, likely)


def mix_percentile(share: Floats, median: Floats, spread: Floats, percentile: float) -> float:
    """The latency (s) within which `percentile` % of a mix ends; the arguments are per offer, (n,)."""
    at_percentile = median * np.exp(np.log(np.maximum(spread, 1.0)) / Z95 * ndtri(percentile / 100))
    lowest, highest = float(at_percentile.min()), float(at_percentile.max())

    def over(seconds: float) -> float:
        return float(share @ late_share(median, spread, seconds)) - (1 - percentile / 100)

    low = max(lowest, MIN_BRACKET * highest)
    if highest - low <= ROOT_TOL * highest or over(low) <= 0:  # a latency without spread is a jump
        return lowest
    if over(highest) >= 0:
        return highest
    return float(brentq(over, low, highest, xtol=ROOT_TOL * highest, rtol=ROOT_TOL / 10))


MINUTES_A_MONTH = 43_800.0
DAYS_A_MONTH = 365 / 12
PEAK_LIMITS = ("rpm", "tpm", "itpm", "otpm")  # limits a minute, at the peak of the traffic
RATE_LIMITS = (*PEAK_LIMITS, "rpd", "tpd")


def request_costs(label: Label, table: OfferTable) -> Floats:
    """(N,) USD of one mean request, fee and batch discount included (contract: cost of a request, tiers).

    A cost that the user has measured is taken as it is.
    """
    lists = table.lists
    prompt, cached = prompt_tokens(label, table)[lists.offer], cached_shares(label, table)[lists.offer]
    fresh = prompt * (1 - cached - label.cache_writes)
    read = prompt * cached
    write = prompt * label.cache_writes
    out = output_tokens(label, table)[lists.offer]
    requests, tokens = _billed(label, table)
    input_cost = fresh * lists.input + read * lists.cache_read + write * lists.cache_write
    dollars = (tokens * input_cost + requests * out * lists.output) / 1e6
    total = np.bincount(lists.offer, dollars, minlength=len(table.offers)) + table.per_request
    discount = table.batch_discount if label.batch else 0.0
    formula = total * (1 + table.fee) * (1 - discount) * table.hours_factor
    measured = own_figures(label, table, "cost") * table.price_factor
    return np.asarray(np.where(np.isnan(measured), formula, measured))


def _billed(label: Label, table: OfferTable) -> tuple[Floats, Floats]:
    """(P,) the shares of requests and of input tokens that each price list bills."""
    lists = table.lists
    factor = table.prompt_tokens[lists.offer]  # a prompt is that much longer, so a threshold that much nearer
    over = share_above(lists.above / factor, label.input_tokens, label.input_tokens_p95)
    beyond = share_above(lists.below / factor, label.input_tokens, label.input_tokens_p95)
    return over[0] - beyond[0], over[1] - beyond[1]


def prompt_tokens(label: Label, table: OfferTable) -> Floats:
    """(N,) tokens of a mean prompt as the model's tokenizer counts them."""
    return label.input_tokens * table.prompt_tokens


def output_tokens(label: Label, table: OfferTable) -> Floats:
    """(N,) billed output tokens of a mean request, hidden reasoning included; as measured where they are."""
    measured = own_figures(label, table, "output_tokens")
    return np.asarray(np.where(np.isnan(measured), label.output_tokens * table.verbosity, measured))


def cached_shares(label: Label, table: OfferTable) -> Floats:
    """(N,) the share of the prompt that is read from the cache."""
    measured = own_figures(label, table, "cached")
    return np.asarray(np.where(np.isnan(measured), label.cached, measured))


def limit_loads(label: Label, table: OfferTable) -> dict[str, Floats]:
    """Rate limit -> (N,) the part of it that one request a month takes, nan without such a limit; no peak.

    Of a self-hosted offer: of one replica. A label that may wait takes nothing of the limits of an offer with
    a batch discount, where it has lanes of its own (contract: rate limits).
    """
    prompt, out = prompt_tokens(label, table), output_tokens(label, table)
    minute_prompt = np.where(table.cache_reads_count, prompt, prompt * (1 - cached_shares(label, table)))
    each_request = np.ones(len(table.offers))
    apart = np.zeros(len(table.offers), dtype=bool)
    if label.batch:
        apart = table.batch_discount > 0
        apart[table.self_hosted] = False
    amounts = {
        "rpm": (each_request, table.rpm, MINUTES_A_MONTH),
        "tpm": (minute_prompt + out, table.tpm, MINUTES_A_MONTH),
        "rpd": (each_request, table.rpd, DAYS_A_MONTH),
        "tpd": (prompt + out, table.tpd, DAYS_A_MONTH),
        "itpm": (minute_prompt, table.itpm, MINUTES_A_MONTH),
        "otpm": (out, table.otpm, MINUTES_A_MONTH),
    }
    return {
        kind: np.where(apart & ~np.isnan(limit), 0.0, amount / periods / limit)
        for kind, (amount, limit, periods) in amounts.items()
    }


def median_latencies(label: Label, table: OfferTable) -> Floats:
    """(N,) median seconds of a whole request, `ttft + out/tps`, or as measured; nan where it is unknown."""
    measured = own_figures(label, table, "latency") * table.time_factor
    modelled = table.ttft + output_tokens(label, table) / table.tps
    return np.asarray(np.where(np.isnan(measured), modelled, measured))


def latency_spreads(label: Label, table: OfferTable) -> Floats:
    """(N,) p95 over the median of a whole request's latency."""
    measured = own_figures(label, table, "spread")
    return np.asarray(np.where(np.isnan(measured), table.spread, measured))
