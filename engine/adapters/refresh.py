"""New prices over old: what a source would change, whether to believe it, and the overlay."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..domain.catalog import Catalog, Offer
from ..domain.errors import InputError
from .curate.names import key_of, plain
from .prices.quote import Quote

FIELDS = ("input", "output", "cache_read", "cache_write")
MAD = 100.0  # a price that moves by more than this factor is a mistake of the source
GONE = 0.5  # of the source's offers: when so many are missing, the source is broken, not the market
ENOUGH = 4  # offers below which a share of them says nothing


@dataclass(frozen=True)
class Move:
    """An offer's figure, before and after."""

    offer: str
    field: str
    old: float | None
    new: float


@dataclass(frozen=True)
class Changes:
    """What a source says anew: prices that move, offers it has dropped, how many it confirms."""

    moves: tuple[Move, ...]
    gone: tuple[str, ...]
    same: int
    retires: tuple[tuple[str, date], ...] = ()


def changes(catalog: Catalog, quotes: Iterable[Quote], source: str) -> Changes:
    """The difference between the catalogue's offers and a source's quotes for the same offers."""
    found = _matched(quotes, source)
    moves: list[Move] = []
    retires = []
    same = 0
    for key, offer in catalog.offers.items():
        quote = found.get(key)
        if quote is None:
            continue
        moved = [*_moved(key, offer, quote)]
        moves += moved
        same += not moved
        day = quote.facts.get("retires")
        if day is not None and date.fromisoformat(str(day)) != offer.retires:
            retires.append((key, date.fromisoformat(str(day))))
    own = [
        key for key, offer in catalog.offers.items() if offer.source == source and offer.status != "retired"
    ]
    gone = tuple(key for key in own if key not in found)
    return Changes(tuple(moves), gone, same, tuple(retires))


def doubt(found: Changes) -> str | None:
    """Why these changes are not to be believed; None where they are."""
    mad = [move for move in found.moves if move.old and not 1 / MAD <= move.new / move.old <= MAD]
    if mad:
        one = mad[0]
        more = f" (and {len(mad) - 1} more like it)" if len(mad) > 1 else ""
        return f"{one.offer} {one.field} would go from {one.old:g} to {one.new:g}{more}"
    known = found.same + len({move.offer for move in found.moves})
    total = known + len(found.gone)
    if total >= ENOUGH and len(found.gone) > GONE * total:
        return f"{len(found.gone)} of {total} offers that came from this source are no longer in it"
    return None


def overlaid(old: str, found: Changes, source: str, day: date) -> str:
    """The overlay's text with the new figures, all else as it is. Raises InputError for bad TOML."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(old)
    except TOMLKitError as error:
        raise InputError(f"not valid TOML: {error}", where="overlay") from None
    offers = document.setdefault("offers", tomlkit.table(is_super_table=True))
    for key in {**{m.offer: None for m in found.moves}, **{k: None for k, _ in found.retires}}:
        row = offers.setdefault(key, tomlkit.table())
        for move in found.moves:
            if move.offer == key:
                row[move.field] = move.new
        for name, when in found.retires:
            if name == key:
                row["retires"] = when
        row["source"], row["as_of"] = source, day
    return tomlkit.dumps(document)


def _moved(key: str, offer: Offer, quote: Quote) -> Iterable[Move]:
    for field in FIELDS:
        new, old = quote.facts.get(field), getattr(offer, field)
        if new is not None and (old is None or abs(new - old) > 1e-9 * max(abs(old), 1e-9)):
            yield Move(key, field, old, float(new))


def _matched(quotes: Iterable[Quote], source: str) -> dict[str, Quote]:
    """Offer -> quote, by the reviewed lists of names; the shortest name stands for its snapshots."""
    curated = _curated()
    known = {plain(n): key for key, model in curated["models"].items() for n in (key, *model.get("also", ()))}
    sellers = {name: key for key, p in curated["providers"].items() for name in (*p.get(source, ()), key)}
    found: dict[str, Quote] = {}
    for quote in sorted(quotes, key=lambda one: (len(one.name), one.name)):
        provider, model = sellers.get(quote.provider), key_of(quote.name, known)
        if provider is not None and model is not None:
            found.setdefault(f"{provider}/{model}", quote)
    return found


def _curated() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "curate" / "curated.toml").read_text("utf-8")
    curated: dict[str, Any] = tomllib.loads(text)
    return curated
