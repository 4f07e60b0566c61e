"""New prices over old: what a source would change, whether to believe it, and what goes into the overlay."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..domain.catalog import Catalog, Offer, Quoted
from .check.all import findings
from .chosen import newcomer_stands
from .curate.limits import fitted
from .curate.names import key_of, reviewed
from .prices.quote import Quote

FIELDS = ("input", "output", "cache_read", "cache_write")
MAD = 100.0  # a price that moves by more than this factor is a mistake of the source
GONE = 0.5  # of the source's offers: when so many are missing, the source is broken, not the market
GATEWAYS = ("openrouter", "vercel")  # a name there is maker/model; a bare one reaches nothing
ENOUGH = 4  # offers below which a share of them says nothing
_KEPT = ("ambiguous", "note")


@dataclass(frozen=True)
class Move:
    """An offer's figure, before and after. `stands`: the new one replaces the old, else it is kept beside."""

    offer: str
    field: str
    old: float | None
    new: float
    was_from: str = ""
    stands: bool = True


@dataclass(frozen=True)
class Changes:
    """What a source says anew: prices that move, offers it has dropped or added, how many it confirms."""

    moves: tuple[Move, ...]
    gone: tuple[str, ...]
    same: int
    retires: tuple[tuple[str, date], ...] = ()
    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # offer -> how its price may be read
    speeds: dict[str, dict[str, float]] = field(default_factory=dict)  # offer -> ttft, tps where they moved
    refused: dict[str, str] = field(default_factory=dict)  # new offers that are not believed, and why

    @property
    def any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.moves or self.retires or self.new or self.words or self.speeds)


def changes(catalog: Catalog, quotes: Iterable[Quote], source: str, day: date) -> Changes:
    """The difference between the catalogue's offers and a source's quotes, of a day, for the same offers."""
    found = _matched(quotes, source)
    moves: list[Move] = []
    retires, same = [], 0
    words: dict[str, dict[str, str]] = {}
    speeds: dict[str, dict[str, float]] = {}
    for key, offer in catalog.offers.items():
        if (quote := found.get(key)) is None:
            continue
        moved = _moved(key, offer, quote, source, day)
        moves += moved
        same += not moved
        told = {w: quote.facts[w] for w in _KEPT if quote.facts.get(w, "") not in ("", getattr(offer, w))}
        if told and offer.source == source:
            words[key] = told
        speed: dict[str, float] = {name: quote.facts[name] for name in ("ttft", "tps") if name in quote.facts}
        if speed and offer.speed_source != "probe" and any(getattr(offer, n) != v for n, v in speed.items()):
            speeds[key] = speed  # what the user has measured is not written over
        on = quote.facts.get("retires")
        if on is not None and date.fromisoformat(str(on)) != offer.retires:
            retires.append((key, date.fromisoformat(str(on))))
    own = [key for key, o in catalog.offers.items() if o.source == source and o.status != "retired"]
    gone = tuple(key for key in own if key not in found)
    new = {key: _whole(catalog, key, found[key], source, day) for key in found if _is_new(catalog, key)}
    return Changes(tuple(moves), gone, same, tuple(retires), new, words, speeds)


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
    if not known and not found.new:
        return "it holds no price of a model and provider that the catalogue knows"
    return None


def facts_of(catalog: Catalog, found: Changes, source: str, day: date) -> dict[str, dict[str, Any]]:
    """The overlay's tables: figures that stand with source and day, those that do not beside them."""
    offers: dict[str, dict[str, Any]] = {key: dict(facts) for key, facts in found.new.items()}
    touched = [*(m.offer for m in found.moves), *dict(found.retires), *found.words, *found.speeds]
    for key in dict.fromkeys(touched):
        offer, mine = catalog.offers[key], [m for m in found.moves if m.offer == key]
        row: dict[str, Any] = dict(found.words.get(key, {}))
        if loser := _loser(offer, mine, source, day):
            others = [one for one in offer.disputed if one.source not in (source, loser.source)]
            row["disputed"] = [one.model_dump(exclude_none=True) for one in (*others, loser)]
        elif any(one.source == source for one in offer.disputed):
            row["disputed"] = [
                one.model_dump(exclude_none=True) for one in offer.disputed if one.source != source
            ]
        row |= {m.field: m.new for m in mine if m.stands}
        if key in found.speeds:
            row |= {**found.speeds[key], "speed_source": source, "speed_as_of": day}
        if key in dict(found.retires):
            row["retires"] = dict(found.retires)[key]
        if offer.source == source or any(m.stands for m in mine):
            row |= {"source": source, "as_of": day}
        offers[key] = row
    named = {} if source in catalog.sources else {source: {"title": source, "as_of": day}}
    return {**({"sources": named} if named else {}), "offers": offers}


def without_doubtful(found: Changes, after: Catalog, today: date) -> Changes:
    """Without the new offers in which a check of the catalogue, as it would be, finds an error."""
    wrong: dict[str, str] = {}
    for one in findings(after, today):
        for key in found.new:
            if one.severity == "error" and one.path.startswith(f'offers."{key}".'):
                wrong.setdefault(key, one.message)
    return replace(found, new={k: v for k, v in found.new.items() if k not in wrong}, refused=wrong)


def _loser(offer: Offer, moves: list[Move], source: str, day: date) -> Quoted | None:
    """What the source that does not stand says, where another one does."""
    if not moves or not offer.source or offer.source == source:
        return None
    if moves[0].stands:
        figures = {m.field: m.old for m in moves if m.old is not None}
        return Quoted(source=offer.source, as_of=offer.as_of, **figures) if figures else None
    return Quoted(source=source, as_of=day, **{m.field: m.new for m in moves})


def _moved(key: str, offer: Offer, quote: Quote, source: str, day: date) -> list[Move]:
    """Figures that differ; one that the catalogue keeps as disputed already is not told again."""
    unclear = offer.ambiguous or quote.facts.get("ambiguous")
    dearer = float(quote.facts["input"]) > offer.input if unclear and "input" in quote.facts else None
    here = (offer.source, offer.as_of)
    stands = newcomer_stands(key.partition("/")[0], here, (source, day), dearer)
    kept = next((one for one in offer.disputed if one.source == source), None)
    found = []
    for name in FIELDS:
        new, old = quote.facts.get(name), getattr(offer, name)
        same = new is None or (old is not None and abs(new - old) <= 1e-9 * max(abs(old), 1e-9))
        told = not stands and (old is None or (kept is not None and getattr(kept, name) == new))
        if not same and not told:
            found.append(Move(key, name, old, float(quote.facts[name]), offer.source, stands))
    return found


def _is_new(catalog: Catalog, key: str) -> bool:
    provider, _, model = key.partition("/")
    return key not in catalog.offers and provider in catalog.providers and model in catalog.models


def _whole(catalog: Catalog, key: str, quote: Quote, source: str, day: date) -> dict[str, Any]:
    """A whole offer, its window within the model's."""
    model = catalog.models[key.partition("/")[2]]
    limits = {"context": model.context, **({"max_output": model.max_output} if model.max_output else {})}
    facts = fitted(quote.facts, limits)
    if "retires" in facts:
        facts = facts | {"retires": date.fromisoformat(str(facts["retires"]))}
    speed = {"speed_source": source, "speed_as_of": day} if {"ttft", "tps"} & set(facts) else {}
    return {**facts, "source": source, "as_of": day, **speed}


def _matched(quotes: Iterable[Quote], source: str) -> dict[str, Quote]:
    """Offer -> quote, by the reviewed lists of names; the shortest name stands for its snapshots."""
    curated = _curated()
    known = reviewed(curated["models"])
    sellers = {name: key for key, p in curated["providers"].items() for name in (*p.get(source, ()), key)}
    found: dict[str, Quote] = {}
    for quote in sorted(quotes, key=lambda one: (len(one.name), one.name)):
        provider, model = sellers.get(quote.provider), key_of(quote.name, known)
        whole = provider not in GATEWAYS or "/" in str(quote.facts.get("id", "/"))
        if provider is not None and model is not None and whole:
            found.setdefault(f"{provider}/{model}", quote)
    return found


def _curated() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "curate" / "curated.toml").read_text("utf-8")
    curated: dict[str, Any] = tomllib.loads(text)
    return curated
