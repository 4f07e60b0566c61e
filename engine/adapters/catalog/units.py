"""Prices in the wrong unit: a thousand or a million times off the same model elsewhere, or off any price.

Prices are USD per million tokens. The field's usual mistakes are figures per token (a millionth) and per
thousand tokens (a thousandth), and the reverse of both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from statistics import median

from ...domain.catalog import Catalog
from .finding import Finding, offer_path

FIELDS = ("input", "output", "cache_read", "cache_write")
LEAST, MOST = 0.004, 1_000.0  # USD per million tokens: no price on the market lies beyond
LEAST_CACHED = 0.0005  # of reading the cache, which costs a fiftieth of input at some
NEAR = 0.7  # decimal places that a figure may be off a power of a thousand
UNUSUAL = 1.0  # decimal places off its peers that are worth a look
SIZES = (3, 12, 40, 120, 500)  # billions of parameters: models between two of these are of one size
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])")
_WORDS = {-6: "per token", -3: "per thousand tokens", 3: "per billion tokens", 6: "for a million times that"}


@dataclass(frozen=True)
class Price:
    """One price list's figure."""

    key: str
    field: str  # input, or tiers[0].input
    kind: str
    value: float

    @property
    def model(self) -> str:
        """The model's key."""
        return self.key.partition("/")[2]


def units(catalog: Catalog) -> Iterator[Finding]:
    """Figures a power of a thousand off; others that are ten times off their peers."""
    every = list(_prices(catalog))
    sane = [price for price in every if _least(price) <= price.value <= MOST]
    models, sizes = _medians(sane)
    alike: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for price in sane:
        alike[price.kind, price.model].append(price)
    for price in every:
        if price.value <= 0:
            continue
        peer, whose = models.get((price.kind, price.model)), "the same model elsewhere"
        others = [other for other in alike[price.kind, price.model] if other.key != price.key]
        if others:
            peer = median(p.value for p in others)
        elif (size := _size(price.model)) is not None and (price.kind, size) in sizes:
            peer, whose = sizes[price.kind, size], "models of its size"
        else:
            peer = None
        yield from _doubt(price, peer, whose)


def _least(price: Price) -> float:
    return LEAST_CACHED if price.kind == "cache_read" else LEAST


def _doubt(price: Price, peer: float | None, whose: str) -> Iterator[Finding]:
    path = offer_path(price.key, price.field)
    off = None if peer is None else log10(price.value / peer)
    beyond = not _least(price) <= price.value <= MOST
    places = _power(price.value, off) if beyond or (off is not None and abs(off) >= 3 - NEAR) else 0
    if places:
        proposed = float(f"{price.value * 10.0**-places:.6g}")
        than = "" if peer is None else f", {10 ** abs(off or 0.0):,.0f} times off {whose}"
        text = f"{price.value:g} USD per million tokens looks like a figure {_WORDS[places]}{than}"
        yield Finding("error", path, text, price.value, proposed)
    elif beyond:
        yield Finding(
            "error", path, f"{price.value:g} USD per million tokens is no market price", price.value
        )
    elif off is not None and abs(off) > UNUSUAL and whose.startswith("the same"):
        yield Finding("warning", path, f"{10 ** abs(off):,.0f} times off {whose} ({peer:g})", price.value)


def _power(value: float, off: float | None) -> int:
    """The power of a thousand (-6, -3, 3, 6) that the figure is off by; 0 where none explains it."""
    if off is not None:
        found = 3 * round(off / 3)
        return found if found in _WORDS and abs(off - found) <= NEAR else 0
    fits = [p for p in (-6, -3, 3, 6) if LEAST * 2 <= value * 10.0**-p <= MOST / 4]
    return fits[0] if fits else 0


def _prices(catalog: Catalog) -> Iterator[Price]:
    for key, offer in catalog.offers.items():
        lists = [("", offer), *((f"tiers[{i}].", tier) for i, tier in enumerate(offer.tiers))]
        for lead, terms in lists:
            for field in FIELDS:
                value = getattr(terms, field)
                if value is not None:
                    yield Price(key, f"{lead}{field}", field, float(value))


def _medians(prices: list[Price]) -> tuple[dict[tuple[str, str], float], dict[tuple[str, int], float]]:
    """Medians by (field, model) and by (field, size class); a size needs five figures to mean anything."""
    models: dict[tuple[str, str], list[float]] = defaultdict(list)
    sizes: dict[tuple[str, int], list[float]] = defaultdict(list)
    for price in prices:
        models[price.kind, price.model].append(price.value)
        if (size := _size(price.model)) is not None:
            sizes[price.kind, size].append(price.value)
    known = {key: median(values) for key, values in sizes.items() if len(values) >= 5}
    return {key: median(values) for key, values in models.items()}, known


def _size(model: str) -> int | None:
    """The class of the parameter count in a model's name; of experts only the whole counts."""
    found = [float(number) for number in _SIZE.findall(model.casefold())]
    return None if not found else sum(max(found) > edge for edge in SIZES)
