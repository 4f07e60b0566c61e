"""What a request costs and how long it takes, for every offer at once."""

from __future__ import annotations

import numpy as np

from ...domain.routing import Label
from .normal import share_above
from .offer_table import Table
from .problem import Floats

HOURS_A_MONTH = 730.0
MINUTES_A_MONTH = 43_800.0


def request_costs(label: Label, table: Table) -> Floats:
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


def _billed(label: Label, table: Table) -> tuple[Floats, Floats]:
    """(P,) the shares of requests and of input tokens that each price list bills."""
    lists = table.lists
    over = share_above(lists.above, label.input_tokens, label.input_tokens_p95)
    beyond = share_above(lists.below, label.input_tokens, label.input_tokens_p95)
    return over[0] - beyond[0], over[1] - beyond[1]


def request_tokens(label: Label, table: Table) -> Floats:
    """(N,) tokens of a mean request, input + output, as rate limits count them."""
    return label.input_tokens + label.output_tokens * table.verbosity


def median_latencies(label: Label, table: Table) -> Floats:
    """(N,) median seconds of a whole request, `ttft + out/tps`; nan where the speed is unknown."""
    return table.ttft + label.output_tokens * table.verbosity / table.tps
