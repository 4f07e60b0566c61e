"""Prices read in two ways or stated differently by two sources; speeds and scores in wrong units."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from ...domain.catalog import Catalog, Offer
from ...domain.marks import apart, is_old, speed_day
from .finding import Finding, offer_path
from .units import FIELDS

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
            differ = [name for name in FIELDS if apart(getattr(offer, name), getattr(other, name))]
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
