"""New prices over old: what a source would change, whether to believe it, and what goes into the overlay."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..domain.catalog import FEATURES, Catalog, Offer, Quoted
from ..domain.marks import price_day
from .check.all import findings
from .chosen import newcomer_stands
from .curate.limits import fitted
from .curate.names import callable_first, key_of, plain, reviewed, written
from .curate.offers import SEARCH, searches
from .prices.quote import NO_PRICE, Quote, Quotes

FIELDS = ("input", "output", "cache_read", "cache_write")
MAD = 100.0  # a price that moves by more than this factor is a mistake of the source
GONE = 0.5  # of the source's offers: when so many are missing, the source is broken, not the market
GATEWAYS = ("openrouter", "vercel")  # a name there is maker/model; a bare one reaches nothing
ENOUGH = 4  # offers below which a share of them says nothing
_KEPT = ("ambiguous", "note")
_OUR_NOTES = ("input limit ", "the inference profile ")  # of other sources than the price's
_BILLED = ("per_request", "tiers", "batch_discount")
_SIZED = ("context", "max_output", "rpm", "tpm")
# What a source no longer states is no more: only of what it states at all.
_STATES = {
    "litellm": {"per_request", "tiers", "batch_discount"},
    "models.dev": {"tiers"},
    "genai-prices": {"per_request", "tiers"},
    "openrouter": {"per_request"},
}
_NOTHING: dict[str, Any] = {"per_request": 0.0, "tiers": (), "batch_discount": 0.0}
STRANGER = "of a provider that is not in the catalogue"
_VARIANT = "a snapshot, a region's or a pointer to another model"
_NO_TEXT = "not a model for text"
_NO_WINDOW = "without a window"
_OTHER_USE = re.compile(
    r"(?:^|[-_.])(?:image|tts|audio|realtime|live|transcribe|embedding|moderation|guard|ocr|search|"
    r"computer-use|omni|voice|speech)(?:[-_.]|$)"
)
_REGION = re.compile(
    r"(?:global|us|eu|apac|au|jp|us-gov|[a-z]{2}(?:-gov)?-[a-z]+-\d|global-standard|data-?zone)"
)
_KEY = re.compile(r"[a-z0-9][a-z0-9._+-]*")


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
class Term:
    """What else an offer's price rests on (tiers, windows, limits), before and after."""

    offer: str
    field: str
    old: Any
    new: Any


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
    refused: dict[str, str] = field(default_factory=dict)  # offers that are not believed, and why
    terms: tuple[Term, ...] = ()
    models: dict[str, dict[str, Any]] = field(default_factory=dict)  # new models, unscored
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)  # model -> features it has besides
    older: tuple[str, ...] = ()  # offers that differ, but of which the catalogue has newer figures
    untaken: dict[str, tuple[str, ...]] = field(default_factory=dict)  # why -> names of the source

    @property
    def any(self) -> bool:
        """Whether there is something to write."""
        written = (self.moves, self.retires, self.new, self.words, self.speeds, self.terms, self.features)
        return any(map(bool, written))


def changes(catalog: Catalog, quotes: Iterable[Quote], source: str, day: date) -> Changes:
    """The difference between the catalogue's offers and a source's quotes, of a day, for the same offers.

    Figures of which the catalogue has newer ones, from this source, stay as they are. A model that the
    catalogue does not know comes in without scores. Every name that is not taken is kept with the reason.
    """
    match = _matched(catalog, quotes, source)
    comparison = _Comparison(catalog, match, source, day, refused=dict(match.unusable))
    for key in catalog.offers:
        if key in match.offers:
            comparison.compare(key, match.offers[key])
    for facts in match.models.values():
        facts |= {"source": source, "as_of": day}
    new = {
        key: _whole(catalog, match.models, key, quote, source=source, day=day)
        for key, quote in match.offers.items()
        if key not in catalog.offers
    }
    for key in new:
        if key.partition("/")[2] in catalog.models:
            comparison.add_features(key)
    partial = isinstance(quotes, Quotes) and quotes.partial
    return Changes(
        moves=tuple(comparison.moves),
        gone=() if partial else _gone(catalog, match, source),
        same=comparison.same,
        retires=tuple(comparison.retires),
        new=new,
        words=comparison.words,
        speeds=comparison.speeds,
        refused=comparison.refused,
        terms=tuple(comparison.terms),
        models=match.models,
        features=comparison.features,
        older=tuple(comparison.older),
        untaken={why: tuple(names) for why, names in match.untaken.items()},
    )


def _gone(catalog: Catalog, match: _Match, source: str) -> tuple[str, ...]:
    """The catalogue's offers of a source that the source no longer lists."""
    listed = [key for key, o in catalog.offers.items() if o.source == source and o.status != "retired"]
    return tuple(key for key in listed if key not in match.offers and key not in match.unusable)


@dataclass
class _Comparison:
    """What a source's quotes of a day say of the offers that the catalogue has, collected offer by offer."""

    catalog: Catalog
    match: _Match
    source: str
    day: date
    refused: dict[str, str]
    same: int = 0
    moves: list[Move] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    retires: list[tuple[str, date]] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    speeds: dict[str, dict[str, float]] = field(default_factory=dict)
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_hand: Mapping[str, Mapping[str, Any]] = _curated().get("offers", {})

    def compare(self, key: str, quote: Quote) -> None:
        """Collect what the quote of one offer changes."""
        offer = self.catalog.offers[key]
        if quote.precision and quote.precision not in offer.note and quote.facts["input"] < offer.input:
            self.refused[key] = (
                f"listed at {quote.precision} alone, which is not known to be what this offer serves"
            )
            return
        moved = _moved(self.catalog, key, quote, self.source, self.day)
        takes = offer.source == self.source or any(move.stands for move in moved)
        by_hand = self._by_hand.get(key, {})
        changed = _terms(self.catalog, key, quote, self.source, self.day, takes=takes, by_hand=by_hand)
        differs = bool(moved or changed)
        self.same += not differs
        if offer.source == self.source and self.day < price_day(self.catalog, offer):
            self.older += [key] * differs
            return
        self.moves += moved
        self.terms += changed
        if takes:
            if remarks := _remarks(offer, quote):
                self.words[key] = remarks
            self.add_features(key)
        self._compare_speed(key, quote)
        self._compare_last_day(key, quote)

    def _compare_speed(self, key: str, quote: Quote) -> None:
        """Speeds that moved; those that the user has measured, or that are newer, are not written over."""
        offer = self.catalog.offers[key]
        speed: dict[str, float] = {name: quote.facts[name] for name in ("ttft", "tps") if name in quote.facts}
        newer = offer.speed_as_of is not None and offer.speed_as_of > self.day
        if offer.speed_source == "probe" or newer:
            return
        if any(getattr(offer, name) != figure for name, figure in speed.items()):
            self.speeds[key] = speed

    def _compare_last_day(self, key: str, quote: Quote) -> None:
        """The offer's last day, where the source names another and the catalogue has no newer one."""
        offer, on = self.catalog.offers[key], quote.facts.get("retires")
        newer = offer.retires is None or self.day >= price_day(self.catalog, offer)
        if on is not None and newer and date.fromisoformat(str(on)) != offer.retires:
            self.retires.append((key, date.fromisoformat(str(on))))

    def add_features(self, key: str) -> None:
        """Add what an offer of the source has and its model lacks."""
        model = key.partition("/")[2]
        known = {
            *self.catalog.models[model].features,
            *self.features.get(model, ()),
            *self.match.unsearched(model),
        }
        if more := self.match.offers[key].features - known:
            self.features[model] = (*self.features.get(model, ()), *sorted(more))


def doubt(found: Changes) -> str | None:
    """Why these changes are not to be believed; None where they are."""
    mad = [move for move in found.moves if move.old and not 1 / MAD <= move.new / move.old <= MAD]
    if mad:
        one = mad[0]
        more = f" (and {len(mad) - 1} more like it)" if len(mad) > 1 else ""
        return f"{one.offer} {one.field} would go from {one.old:g} to {one.new:g}{more}"
    known = (
        found.same
        + len({*(one.offer for one in found.moves), *(one.offer for one in found.terms)})
        + len(found.older)
    )
    total = known + len(found.gone)
    if total >= ENOUGH and len(found.gone) > GONE * total:
        return f"{len(found.gone)} of {total} offers that came from this source are no longer in it"
    if not known and not found.new:
        if found.refused:
            key, why = next(iter(found.refused.items()))
            return f"{key}: {why}"
        return "it holds no price of a model and provider that the catalogue knows"
    return None


def facts_of(catalog: Catalog, found: Changes, source: str, day: date) -> dict[str, dict[str, Any]]:
    """The overlay's tables: figures that stand with source and day, those that do not beside them."""
    offers: dict[str, dict[str, Any]] = {key: dict(facts) for key, facts in found.new.items()}
    changed = [*(one.offer for one in found.moves), *(one.offer for one in found.terms)]
    touched = [*changed, *dict(found.retires), *found.words, *found.speeds]
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
        row |= {one.field: one.new for one in found.terms if one.offer == key}
        if key in found.speeds:
            row |= {**found.speeds[key], "speed_source": source, "speed_as_of": day}
        if key in dict(found.retires):
            row["retires"] = dict(found.retires)[key]
        if offer.source == source or any(m.stands for m in mine):
            row |= {"source": source, "as_of": day}
        offers[key] = row
    models: dict[str, dict[str, Any]] = {key: dict(facts) for key, facts in found.models.items()}
    for key, more in found.features.items():
        models[key] = {"features": sorted({*catalog.models[key].features, *more})}
    named = {} if source in catalog.sources else {source: {"title": source, "as_of": day}}
    return {
        **({"sources": named} if named else {}),
        **({"models": models} if models else {}),
        "offers": offers,
    }


def without_doubtful(found: Changes, after: Catalog, today: date) -> Changes:
    """Without the new offers in which a check of the catalogue, as it would be, finds an error."""
    wrong: dict[str, str] = {}
    for one in findings(after, today):
        for key in found.new:
            if one.severity == "error" and one.path.startswith(f'offers."{key}".'):
                wrong.setdefault(key, one.message)
    new = {k: v for k, v in found.new.items() if k not in wrong}
    served = {key.partition("/")[2] for key in new}
    models = {key: facts for key, facts in found.models.items() if key in served}
    return replace(found, new=new, models=models, refused={**found.refused, **wrong})


def _loser(offer: Offer, moves: list[Move], source: str, day: date) -> Quoted | None:
    """What the source that does not stand says, where another one does."""
    if not moves or not offer.source or offer.source == source:
        return None
    if moves[0].stands:
        figures = {m.field: m.old for m in moves if m.old is not None}
        return Quoted(source=offer.source, as_of=offer.as_of, **figures) if figures else None
    return Quoted(source=source, as_of=day, **{m.field: m.new for m in moves})


def _stands(catalog: Catalog, key: str, quote: Quote, source: str, day: date) -> bool:
    offer = catalog.offers[key]
    unclear = offer.ambiguous or quote.facts.get("ambiguous")
    dearer = float(quote.facts["input"]) > offer.input if unclear and "input" in quote.facts else None
    here = (offer.source, price_day(catalog, offer) if offer.source == source else offer.as_of)
    return newcomer_stands(key.partition("/")[0], here, (source, day), dearer)


def _moved(catalog: Catalog, key: str, quote: Quote, source: str, day: date) -> list[Move]:
    """Figures that differ; one that the catalogue keeps as disputed already is not told again."""
    offer, stands = catalog.offers[key], _stands(catalog, key, quote, source, day)
    kept = next((one for one in offer.disputed if one.source == source), None)
    found = []
    for name in FIELDS:
        new, old = quote.facts.get(name), getattr(offer, name)
        same = new is None or _alike(old, new)
        told = not stands and (old is None or (kept is not None and getattr(kept, name) == new))
        if not same and not told:
            found.append(Move(key, name, old, float(quote.facts[name]), offer.source, stands))
    return found


def _terms(
    catalog: Catalog,
    key: str,
    quote: Quote,
    source: str,
    day: date,
    *,
    takes: bool,
    by_hand: Mapping[str, Any],
) -> list[Term]:
    """What else differs: billing where the source stands, windows and limits where the offer is its own.

    `takes`: the offer is of this source, or its prices will be. A figure corrected by hand (`by_hand`) stays.
    """
    offer = catalog.offers[key]
    if not _stands(catalog, key, quote, source, day) and offer.source != source:
        return []
    model = catalog.models[key.partition("/")[2]]
    facts = fitted(quote.facts, _limits(catalog, key))
    names = (*_BILLED, *_SIZED) if takes else _BILLED
    found = []
    for name in names:
        old = getattr(offer, name)
        new = facts.get(name)
        if new is None and takes and name in _STATES.get(source, set()):
            new = _NOTHING[name]
        if name == "context" and (new is None or new > model.context):
            continue
        if name == "max_output" and new is not None and model.max_output == new:
            continue
        if new is None or name in by_hand or _alike(old, new):
            continue
        found.append(Term(key, name, _plain(old), _plain(new)))
    return found


def _remarks(offer: Offer, quote: Quote) -> dict[str, str]:
    """What a source newly says of how a price may be read; notes that are not its own stay beside."""
    remarks = {
        name: quote.facts[name]
        for name in _KEPT
        if quote.facts.get(name, "") not in ("", getattr(offer, name))
    }
    if "note" in remarks:
        parts = offer.note.split("; ") if offer.note else []
        kept = [part for part in parts if part.startswith(_OUR_NOTES)]
        note = "; ".join((*kept, quote.facts["note"]))
        if note == offer.note:
            del remarks["note"]
        else:
            remarks["note"] = note
    return remarks


def _alike(old: Any, new: Any) -> bool:
    if old is None:
        return False
    if isinstance(new, (list, tuple)) or isinstance(old, tuple):
        mine, theirs = _plain(old), _plain(new)
        return len(mine) == len(theirs) and all(
            set(a) == set(b) and all(_alike(a[name], b[name]) for name in a)
            for a, b in zip(mine, theirs, strict=True)
        )
    return bool(abs(new - old) <= 1e-9 * max(abs(old), 1e-9))


def _plain(figure: Any) -> Any:
    """Tiers as plain tables."""
    if isinstance(figure, (list, tuple)):
        return [row if isinstance(row, Mapping) else row.model_dump(exclude_none=True) for row in figure]
    return figure


def _limits(catalog: Catalog, key: str) -> dict[str, Any]:
    """The model's window and longest answer, and how much input it takes where an offer of it says less."""
    name = key.partition("/")[2]
    model = catalog.models[name]
    limits = {"context": model.context, **({"max_output": model.max_output} if model.max_output else {})}
    inputs = [
        offer.context
        for other, offer in catalog.offers.items()
        if other.partition("/")[2] == name and offer.context and offer.note.startswith("input limit")
    ]
    return limits | ({"input": min(inputs)} if inputs else {})


def _whole(
    catalog: Catalog, models: Mapping[str, Any], key: str, quote: Quote, *, source: str, day: date
) -> dict[str, Any]:
    """A whole offer, its window within the model's."""
    name = key.partition("/")[2]
    limits = {"context": models[name]["context"]} if name in models else _limits(catalog, key)
    facts = fitted(quote.facts, limits)
    if "retires" in facts:
        facts = facts | {"retires": date.fromisoformat(str(facts["retires"]))}
    speed = {"speed_source": source, "speed_as_of": day} if {"ttft", "tps"} & set(facts) else {}
    return {**facts, "source": source, "as_of": day, **speed}


@dataclass
class _Match:
    """A source's names, sorted: those of offers, those that cannot be used, and those that are not taken."""

    offers: dict[str, Quote] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    untaken: dict[str, list[str]] = field(default_factory=dict)

    def unsearched(self, model: str) -> set[str]:
        """web_search where too few of a model's offers have it; else nothing."""
        said = [
            SEARCH in quote.features for key, quote in self.offers.items() if key.partition("/")[2] == model
        ]
        return set() if searches(said) else {SEARCH}

    def untake(self, why: str, name: str) -> None:
        """Keep a name that is not taken, with the reason."""
        self.untaken.setdefault(why, []).append(name)


def _matched(catalog: Catalog, quotes: Iterable[Quote], source: str) -> _Match:
    """Offer -> quote, by the reviewed lists of names; the shortest name stands for its snapshots."""
    curated = _curated()
    known = reviewed((*curated["models"], *catalog.models))
    snapshots = {plain(name) for name in known}
    sellers = {name: key for key, p in curated["providers"].items() for name in (*p.get(source, ()), key)}
    sellers |= {name: name for name in catalog.providers if name not in sellers}
    found = _Match()
    # Offers that an earlier refresh has added go by their names on the wire: nobody has reviewed others.
    taken = {
        (provider, offer.id): model
        for key, offer in catalog.offers.items()
        for provider, _, model in [key.partition("/")]
        if offer.source == source and offer.id and model not in curated["models"]
    }

    fresh: dict[str, list[Quote]] = {}

    def earlier(quote: Quote) -> str | None:
        return taken.get((sellers.get(quote.provider, ""), str(quote.facts.get("id", ""))))

    ordered = sorted(
        quotes,
        key=lambda one: (earlier(one) is None, callable_first(one.name, sellers.get(one.provider, ""))),
    )
    for quote in ordered:
        provider, model = sellers.get(quote.provider), earlier(quote) or key_of(quote.name, known)
        if provider is None or provider not in catalog.providers:
            found.untake(STRANGER, quote.name)
        elif provider in GATEWAYS and "/" not in str(quote.facts.get("id", "/")):
            found.untake("a gateway's name without the maker, which reaches nothing", quote.name)
        else:
            model, why = (model, "") if model is not None else _new_key(quote, provider, snapshots)
            if model is not None and model not in catalog.models:
                fresh.setdefault(model, []).append(quote)
            if model is None or f"{provider}/{model}" in found.offers:
                found.untake(why or _VARIANT, quote.name)
            else:
                found.offers[f"{provider}/{model}"] = quote
    _take_models(found, fresh)
    for seller, name, why in quotes.left_out if isinstance(quotes, Quotes) else ():
        provider, model = sellers.get(seller), key_of(name, known)
        key = f"{provider}/{model}"
        if key in catalog.offers and key not in found.offers:
            found.unusable[key] = why
        elif why == NO_PRICE or provider not in catalog.providers:
            found.untake(why if provider in catalog.providers else STRANGER, name)
        elif key not in found.offers:
            found.unusable.setdefault(key if model else f"{provider}/{name}", why)
    return found


def _take_models(found: _Match, fresh: Mapping[str, list[Quote]]) -> None:
    """Models that the catalogue does not know, with the largest window that any provider gives them."""
    for model, rows in fresh.items():
        window = max(int(one.facts.get("context", 0)) for one in rows)
        if not window:
            for name in [key for key in found.offers if key.partition("/")[2] == model]:
                found.untake(_NO_WINDOW, found.offers.pop(name).name)
            continue
        features = {word for one in rows for word in one.features if word in FEATURES}
        features -= found.unsearched(model)
        found.models[model] = {"name": model, "context": window, "features": sorted(features)}


def _new_key(quote: Quote, provider: str, snapshots: set[str]) -> tuple[str | None, str]:
    """The key of a model that the catalogue does not know; or none, and why its name is not taken."""
    *path, last = str(quote.facts.get("id", quote.name)).casefold().split("/")
    if any(_REGION.fullmatch(part) for part in path) or last.endswith(("-latest", ":free")) or "@" in last:
        return None, _VARIANT
    if provider == "bedrock":
        if _REGION.fullmatch(last.partition(".")[0]) and not last.startswith("global."):
            return None, _VARIANT
        last = re.sub(r"^(?:global\.)?[a-z0-9]+\.(?=[a-z])", "", last)
        last = re.sub(r"(?:-v\d+)?(?::\d+)?$", "", last)
    key = plain(last)
    if not _KEY.fullmatch(key) or last.startswith("ft:"):
        return None, "a tuned model's or an odd name"
    if key in snapshots or plain(written(quote.name)) in snapshots:
        return None, _VARIANT
    if _OTHER_USE.search(key):
        return None, _NO_TEXT
    return key, ""


def _curated() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "curate" / "curated.toml").read_text("utf-8")
    curated: dict[str, Any] = tomllib.loads(text)
    return curated
