"""Every check at once.

What a check found.

Prices in the wrong unit: a thousand or a million times off the same model elsewhere, or off any price.

Prices are USD per million tokens. The field's usual mistakes are figures per token (a millionth) and per
thousand tokens (a thousandth), and the reverse of both.

Prices read in two ways or stated differently by two sources; speeds and scores in wrong units.

Figures that contradict each other, are old, or come from nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import log10
from statistics import median
from typing import Literal

from ...domain.catalog import Catalog, Offer
from ...domain.marks import is_old, price_day, prices_differ, speed_day

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """A doubtful figure: its path, what is wrong, and the figure that is probably meant."""

    severity: Severity
    path: str
    message: str
    value: float | str | None = None
    proposed: float | str | None = None


def offer_path(key: str, field: str) -> str:
    """The path of an offer's figure, as TOML writes it."""
    return f'offers."{key}".{field}'


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


SLOW = 100.0  # seconds to the first token: beyond, it is more likely in milliseconds
FAST = 20_000.0  # tokens a second that no hardware gives
SMALL = 1_000  # tokens: a window below is more likely in thousands
_FIGURE = re.compile(r"(?:\$|USD )\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) USD")


def ambiguous(catalog: Catalog) -> Iterator[Finding]:
    """Prices published "in total": the dearer reading is proposed, as it cannot disappoint."""
    for key, offer in catalog.offers.items():
        if offer.ambiguous:
            told = _FIGURE.search(offer.ambiguous)
            whole = float(told[1] or told[2]) if told else None
            text = f"may be read in two ways: {offer.ambiguous}"
            dearer = whole if whole is not None and whole > offer.input else None
            yield Finding("warning", offer_path(key, "input"), text, offer.input, dearer)


def disputed(catalog: Catalog) -> Iterator[Finding]:
    """Figures of which another source says something else; which one stands, the rule of `chosen` says."""
    for key, offer in catalog.offers.items():
        for at, other in enumerate(offer.disputed):
            if other.source not in catalog.sources:
                path = offer_path(key, f"disputed[{at}].source")
                yield Finding("error", path, f"there is no source {other.source!r}", other.source)
            differ = [name for name in FIELDS if prices_differ(getattr(offer, name), getattr(other, name))]
            if differ:
                ours, theirs = (
                    f"{_said(one.source, one.as_of)} {', '.join(f'{n} {getattr(one, n):g}' for n in differ)}"
                    for one in (offer, other)
                )
                path, value = offer_path(key, differ[0]), getattr(offer, differ[0])
                yield Finding("warning", path, f"sources disagree: {ours} stands; {theirs}", value)


def _said(source: str, day: date | None) -> str:
    return f"{source or 'nobody'}{f' ({day})' if day else ''} says"


def speeds(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Speeds in the wrong unit, from nowhere, or old."""
    for key, offer in catalog.offers.items():
        if offer.ttft is not None and offer.ttft > SLOW:
            text = f"{offer.ttft:g} s to the first token looks like milliseconds"
            yield Finding("error", offer_path(key, "ttft"), text, offer.ttft, offer.ttft / 1000)
        if offer.tps is not None and offer.tps > FAST:
            text = f"{offer.tps:g} tokens a second looks like tokens a minute"
            yield Finding("error", offer_path(key, "tps"), text, offer.tps, offer.tps / 60)
        if offer.ttft is not None or offer.tps is not None:
            yield from _origin(catalog, key, offer, today)


def _origin(catalog: Catalog, key: str, offer: Offer, today: date) -> Iterator[Finding]:
    path, source = offer_path(key, "speed_source"), offer.speed_source
    if not source:
        yield Finding("warning", path, "no source of its speed")
    elif source not in catalog.sources:
        yield Finding("error", path, f"there is no source {source!r}", source)
    elif (day := speed_day(catalog, offer)) and is_old(day, today):
        text = f"{(today - day).days} days old"
        yield Finding("warning", offer_path(key, "speed_as_of"), text, day.isoformat())


def scales(catalog: Catalog) -> Iterator[Finding]:
    """Scores 0-1 among scores 0-100, fees in percent, windows in thousands."""
    values: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for name, model in catalog.models.items():
        for at, score in enumerate(model.scores):
            values[score.benchmark].append((f'models."{name}".scores[{at}].value', score.value))
        if model.context < SMALL:
            text = f"a window of {model.context:g} tokens looks like thousands"
            yield Finding("warning", f'models."{name}".context', text, model.context, model.context * 1000)
    for rows in values.values():
        shares = [(path, value) for path, value in rows if 0 < value <= 1]
        others = [value for _, value in rows if value > 1]
        alone = len(shares) >= 3 and not others
        for path, value in shares if alone or (others and min(others) > 10) else ():
            yield Finding(
                "error", path, f"{value:g} looks like a share of 1; scores are 0-100", value, value * 100
            )
    for name, provider in catalog.providers.items():
        if provider.fee > 1:
            text = f"a fee of {provider.fee:g} times the spend looks like percent"
            yield Finding("error", f"providers.{name}.fee", text, provider.fee, provider.fee / 100)


def zero_prices(catalog: Catalog) -> Iterator[Finding]:
    """A price of nothing is a preview, a subscription or unknown: not free."""
    for key, offer in catalog.offers.items():
        if offer.hosting is None and not offer.input and not offer.output and not offer.per_request:
            text = "a price of zero is a preview, a subscription or unknown: not free"
            yield Finding("error", offer_path(key, "input"), text, 0.0)


def odd_prices(catalog: Catalog) -> Iterator[Finding]:
    """Output cheaper than input, cache reads dearer than input, tiers cheaper than what is below them."""
    for key, offer in catalog.offers.items():
        if 0 < offer.output < offer.input:
            text = f"output ({offer.output:g}) is cheaper than input ({offer.input:g})"
            yield Finding("warning", offer_path(key, "output"), text, offer.output)
        if offer.cache_read is not None and offer.cache_read > offer.input:
            text = f"reading the cache ({offer.cache_read:g}) is dearer than input ({offer.input:g})"
            yield Finding("warning", offer_path(key, "cache_read"), text, offer.cache_read)
        for at, tier in enumerate(offer.tiers):
            if tier.input < offer.input:
                text = f"long prompts ({tier.input:g}) are cheaper than short ones ({offer.input:g})"
                yield Finding("warning", offer_path(key, f"tiers[{at}].input"), text, tier.input)
            if tier.cache_read is None and offer.cache_read is not None:
                text = (
                    f"no price for cached tokens of prompts above {tier.above:,g}: they are billed as input "
                    f"({tier.input:g}), below at {offer.cache_read:g}"
                )
                yield Finding("warning", offer_path(key, f"tiers[{at}].cache_read"), text)


def windows(catalog: Catalog) -> Iterator[Finding]:
    """An offer cannot have a larger window than its model, nor a longer answer than its window."""
    for key, offer in catalog.offers.items():
        model = catalog.models[key.partition("/")[2]]
        if offer.context is not None and offer.context > model.context:
            text = f"{offer.context:,g} tokens, the model has {model.context:,g}"
            yield Finding("error", offer_path(key, "context"), text, offer.context, model.context)
        window = min(model.context, offer.context or model.context)
        if offer.max_output is not None and offer.max_output > window:
            text = f"{offer.max_output:,g} tokens of output in a window of {window:,g}"
            yield Finding("warning", offer_path(key, "max_output"), text, offer.max_output, window)


def expired(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Offers whose day has passed and that still claim to be there."""
    for key, offer in catalog.offers.items():
        if offer.retires is not None and offer.retires < today and offer.status != "retired":
            text = f"retired on {offer.retires}, but its status is {offer.status}"
            yield Finding("warning", offer_path(key, "status"), text, offer.status, "retired")


def stale(catalog: Catalog, today: date) -> Iterator[Finding]:
    """Prices older than half a year."""
    for key, offer in catalog.offers.items():
        day = price_day(catalog, offer)
        if is_old(day, today):
            text = f"{(today - day).days} days old"
            yield Finding("warning", offer_path(key, "as_of"), text, day.isoformat())


def sources(catalog: Catalog) -> Iterator[Finding]:
    """Figures whose origin is not named, or named but not known."""
    named = [(offer_path(key, "source"), offer.source) for key, offer in catalog.offers.items()]
    for name, model in catalog.models.items():
        named += [(f'models."{name}".scores[{i}].source', s.source) for i, s in enumerate(model.scores)]
    for path, source in named:
        if not source:
            yield Finding("warning", path, "no source")
        elif source not in catalog.sources:
            yield Finding("error", path, f"there is no source {source!r}", source)


def twins(catalog: Catalog) -> Iterator[Finding]:
    """One thing under two names: models alike but for order and signs, offers with one wire id."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in catalog.models:
        words = "".join(c if c.isalnum() or c == "." else " " for c in name.casefold()).split()
        alike[tuple(sorted(words))].append(name)
    for names in map(sorted, alike.values()):
        for other in names[1:]:
            text = f"may be the same model as {names[0]}"
            yield Finding("warning", f'models."{other}"', text, other, names[0])
    wired: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, offer in catalog.offers.items():
        if offer.id:
            wired[key.partition("/")[0], offer.id].append(key)
    for (_, wire), keys in wired.items():
        for other in keys[1:]:
            yield Finding("error", offer_path(other, "id"), f"{keys[0]} has the same id", wire)


def check_catalog(catalog: Catalog, today: date) -> list[Finding]:
    """All doubts, errors first."""
    found = [
        *units(catalog),
        *zero_prices(catalog),
        *odd_prices(catalog),
        *windows(catalog),
        *expired(catalog, today),
        *stale(catalog, today),
        *sources(catalog),
        *twins(catalog),
        *ambiguous(catalog),
        *disputed(catalog),
        *speeds(catalog, today),
        *scales(catalog),
    ]
    return sorted(found, key=lambda one: (one.severity != "error", one.path))
