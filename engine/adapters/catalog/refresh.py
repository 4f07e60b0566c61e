"""New prices over old: what a source would change, whether to believe it, and what goes into the overlay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ...domain.catalog import Catalog, Offer, OfferStatus, Quoted, plain_offer
from ...domain.marks import price_day
from .checks import Severity, check_catalog
from .curation.limits import fit_window
from .curation.offers import NEWEST
from .model_names import curated_lists
from .prices.quote import Quote, Quotes
from .quote_matching import Match, match_quotes

PRICES = ("input", "output", "cache_read", "cache_write")
_SPEED = ("ttft", "tps")
_READINGS = ("ambiguous", "note")
_BILLING = ("per_request", "tiers", "batch_discount", "hours")
_LIMITS = ("context", "max_output", "max_input", "rpm", "tpm")
# What a source no longer states is no more: only of what it states at all.
_STATED_BY = {
    "litellm": {"per_request", "tiers", "batch_discount", "hours"},
    "models.dev": {"tiers", "hours"},
    "genai-prices": {"per_request", "tiers", "hours"},
    "openrouter": {"per_request", "hours"},
    "model-prices": {"tiers"},
}
_UNSTATED: dict[str, Any] = {"per_request": 0.0, "tiers": (), "batch_discount": 0.0, "hours": ()}
_NOTES_OF_OTHERS = ("input limit ", "the inference profile ")  # of other sources than the price's

MAX_PRICE_FACTOR = 100.0  # a price that moves by more than this factor is a mistake of the source
MAX_DELISTED_SHARE = 0.5  # of the source's offers: beyond, the source is broken, not the market
MIN_OFFERS_FOR_SHARE = 4  # offers below which a share of them says nothing
FIGURE_TOL = 1e-9  # relative: figures nearer than this are the same


# Two sources, one figure: which one stands


RULE = (
    "the provider's own list stands before others; of a price with two readings the dearer one; "
    "else the newer source, and of one day the one already here"
)
OWN_LISTS = {"openrouter": "openrouter"}  # provider -> the source that is its own price list


def newcomer_stands(
    provider: str,
    current: tuple[str, date | None],
    newcomer: tuple[str, date],
    dearer: bool | None = None,
) -> bool:
    """Whether the figure of `newcomer` replaces that of `current`, each a source and its day, by RULE.

    `dearer`: of a price that may be read in two ways, whether the newcomer's reading is the dearer one. A
    source's older text never replaces its newer one.
    """
    (source, day), (new_source, new_day) = current, newcomer
    own_list = OWN_LISTS.get(provider)
    if not source:
        return True
    if source == new_source:
        return day is None or new_day >= day
    if own_list in (source, new_source):
        return new_source == own_list
    if dearer is not None:
        return dearer
    return day is None or new_day > day


# What a source says anew


@dataclass(frozen=True)
class Move:
    """An offer's price, before and after. `stands`: the new one replaces the old, else it is kept beside."""

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
    delisted: tuple[str, ...]
    same: int
    retires: tuple[tuple[str, date], ...] = ()
    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    readings: dict[str, dict[str, str]] = field(default_factory=dict)  # offer -> how its price may be read
    speeds: dict[str, dict[str, float]] = field(default_factory=dict)  # offer -> ttft, tps where they moved
    refused: dict[str, str] = field(default_factory=dict)  # offers that are not believed, and why
    terms: tuple[Term, ...] = ()
    models: dict[str, dict[str, Any]] = field(default_factory=dict)  # new models, unscored
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)  # model -> features it has besides
    own_features: dict[str, tuple[str, ...]] = field(default_factory=dict)  # offer -> features it now has
    older: tuple[str, ...] = ()  # offers that differ, but of which the catalogue has newer figures
    not_taken: dict[str, tuple[str, ...]] = field(default_factory=dict)  # why -> names of the source

    @property
    def any(self) -> bool:
        """Whether there is something to write."""
        return any(
            (
                self.moves,
                self.retires,
                self.new,
                self.readings,
                self.speeds,
                self.terms,
                self.features,
                self.own_features,
            )
        )

    @property
    def repriced(self) -> set[str]:
        """The offers with other prices or terms."""
        return {*(move.offer for move in self.moves), *(term.offer for term in self.terms)}


def compare_quotes(
    catalog: Catalog, quotes: Iterable[Quote], source: str, day: date, *, everything: bool = False
) -> Changes:
    """The difference between the catalogue's offers and a source's quotes, of a day, for the same offers.

    Figures of which the catalogue has newer ones, from this source, stay as they are. A model that the
    catalogue does not know comes in without scores. What the source had when the catalogue was made, which
    was made without it, is not new; with `everything` it comes in as well. Every name that is not taken is
    kept with the reason.
    """
    match = match_quotes(catalog, quotes, source)
    if not everything and source in catalog.sources:
        match.leave_offers(catalog.sources[source].left_out, catalog)
    comparison = _Comparison(catalog, match, source, day, refused=dict(match.unusable))
    for key in catalog.offers:
        if key in match.offers:
            comparison.compare(key, match.offers[key])
    origin = {"source": source, "as_of": day}
    new = {
        key: _new_offer(catalog, match.new_models, key, quote) | origin | _speed_origin(quote, source, day)
        for key, quote in match.offers.items()
        if key not in catalog.offers
    }
    for key in new:
        if key.partition("/")[2] in catalog.models:
            comparison.add_features(key)
    partial = isinstance(quotes, Quotes) and quotes.partial
    return Changes(
        moves=tuple(comparison.moves),
        delisted=() if partial else _delisted(catalog, match, source),
        same=comparison.same,
        retires=tuple(comparison.retires),
        new=new,
        readings=comparison.readings,
        speeds=comparison.speeds,
        refused=comparison.refused,
        terms=tuple(comparison.terms),
        models={key: model | origin for key, model in match.new_models.items()},
        features=comparison.features,
        own_features=comparison.own_features,
        older=tuple(comparison.older),
        not_taken={why: tuple(names) for why, names in match.not_taken.items()},
    )


def _delisted(catalog: Catalog, match: Match, source: str) -> tuple[str, ...]:
    """The catalogue's offers of a source that the source no longer lists."""
    listed = [
        key for key, o in catalog.offers.items() if o.source == source and o.status != OfferStatus.RETIRED
    ]
    listed = [key for key in listed if plain_offer(key, catalog.models) == key]  # no source lists levels
    return tuple(key for key in listed if key not in match.offers and key not in match.unusable)


def _new_offer(catalog: Catalog, new_models: Mapping[str, Any], key: str, quote: Quote) -> dict[str, Any]:
    """A whole offer, its window within the model's."""
    model = key.partition("/")[2]
    limits = {"context": new_models[model]["context"]} if model in new_models else _limits(catalog, key)
    facts = fit_window(quote.facts, limits)
    last_day = {"retires": date.fromisoformat(str(facts["retires"]))} if "retires" in facts else {}
    return {**facts, **last_day}


def _speed_origin(quote: Quote, source: str, day: date) -> dict[str, Any]:
    return {"speed_source": source, "speed_as_of": day} if set(_SPEED) & set(quote.facts) else {}


def _limits(catalog: Catalog, key: str) -> dict[str, Any]:
    """The model's window, longest answer and longest prompt, as `fit_window` takes them."""
    model = catalog.models[key.partition("/")[2]]
    limits = {"context": model.context, "max_output": model.max_output, "input": model.max_input}
    return {name: int(limit) for name, limit in limits.items() if limit}


@dataclass
class _Comparison:
    """What a source's quotes of a day say of the offers that the catalogue has, collected offer by offer."""

    catalog: Catalog
    match: Match
    source: str
    day: date
    refused: dict[str, str]
    same: int = 0
    moves: list[Move] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    retires: list[tuple[str, date]] = field(default_factory=list)
    readings: dict[str, dict[str, str]] = field(default_factory=dict)
    speeds: dict[str, dict[str, float]] = field(default_factory=dict)
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own_features: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._corrected: Mapping[str, Mapping[str, Any]] = curated_lists().get("offers", {})

    def compare(self, key: str, quote: Quote) -> None:
        """Collect what the quote of one offer changes."""
        offer = self.catalog.offers[key]
        if quote.precision and quote.precision not in offer.note and quote.facts["input"] < offer.input:
            self.refused[key] = (
                f"listed at {quote.precision} alone, which is not known to be what this offer serves"
            )
            return
        stands = self._stands(key, quote)
        moves = self._moves(key, quote, stands)
        takes = offer.source == self.source or any(move.stands for move in moves)
        terms = self._terms(key, quote, takes) if stands or offer.source == self.source else []
        differs = bool(moves or terms)
        self.same += not differs
        if offer.source == self.source and self.day < price_day(self.catalog, offer):
            self.older += [key] * differs
            return
        self.moves += moves
        self.terms += terms
        if takes:
            if readings := _new_readings(offer, quote):
                self.readings[key] = readings
            self.add_features(key)
        self._compare_speed(key, quote)
        self._compare_last_day(key, quote)

    def _stands(self, key: str, quote: Quote) -> bool:
        """Whether the quote's prices replace the offer's."""
        offer = self.catalog.offers[key]
        unclear = offer.ambiguous or quote.facts.get("ambiguous")
        dearer = float(quote.facts["input"]) > offer.input if unclear and "input" in quote.facts else None
        day = price_day(self.catalog, offer) if offer.source == self.source else offer.as_of
        return newcomer_stands(key.partition("/")[0], (offer.source, day), (self.source, self.day), dearer)

    def _moves(self, key: str, quote: Quote, stands: bool) -> list[Move]:
        """Prices that differ; one that the catalogue keeps as disputed already is not told again, and those
        of some hours of the week that it has are no others."""
        offer = self.catalog.offers[key]
        if offer.source != self.source and at_some_hours(offer, quote.facts):
            return []
        disputed = next((quoted for quoted in offer.disputed if quoted.source == self.source), None)
        moves = []
        for name in PRICES:
            new, old = quote.facts.get(name), getattr(offer, name)
            said_before = disputed is not None and getattr(disputed, name) == new
            known = (not stands and (old is None or said_before)) or (said_before and bool(offer.price_rule))
            if new is not None and not known and not _same(old, new):
                moves.append(Move(key, name, old, float(new), offer.source, stands))
        return moves

    def _terms(self, key: str, quote: Quote, takes: bool) -> list[Term]:
        """What else differs: billing, and with `takes` windows and limits; what is corrected by hand stays.

        `takes`: the offer is of this source, or its prices will be.
        """
        offer, model = self.catalog.offers[key], self.catalog.models[key.partition("/")[2]]
        facts = fit_window(quote.facts, _limits(self.catalog, key))
        corrected = self._corrected.get(key, {})
        terms = []
        for name in (*_BILLING, *_LIMITS) if takes else _BILLING:
            old, new = getattr(offer, name), facts.get(name)
            if new is None and takes and name in _STATED_BY.get(self.source, set()):
                new = _UNSTATED[name]
            if new is None or name in corrected or _same(old, new):
                continue
            if (name == "context" and new > model.context) or (
                name in ("max_output", "max_input") and new == getattr(model, name)
            ):
                continue
            terms.append(Term(key, name, _as_tables(old), _as_tables(new)))
        return terms

    def _compare_speed(self, key: str, quote: Quote) -> None:
        """Speeds that moved; those that the user has measured, or that are newer, are not written over."""
        offer = self.catalog.offers[key]
        speed: dict[str, float] = {name: quote.facts[name] for name in _SPEED if name in quote.facts}
        newer = (
            not offer.speed_basis and offer.speed_as_of is not None and offer.speed_as_of > self.day
        )  # an estimate gives way to any measurement
        if offer.speed_source == "probe" or newer:
            return
        if any(getattr(offer, name) != figure for name, figure in speed.items()):
            self.speeds[key] = speed

    def _compare_last_day(self, key: str, quote: Quote) -> None:
        """The offer's last day, where the source names another and the catalogue has no newer one."""
        offer, last_day = self.catalog.offers[key], quote.facts.get("retires")
        newer = offer.retires is None or self.day >= price_day(self.catalog, offer)
        if last_day is not None and newer and date.fromisoformat(str(last_day)) != offer.retires:
            self.retires.append((key, date.fromisoformat(str(last_day))))

    def add_features(self, key: str) -> None:
        """Add what an offer of the source has and its model lacks, or where it states its own the offer."""
        model = key.partition("/")[2]
        offer = self.catalog.offers.get(key)
        if offer is not None and offer.features is not None:
            quote = self.match.offers[key]
            features = {*offer.features, *quote.features} - quote.lacks
            if features != {*offer.features} and offer.source == self.source:
                self.own_features[key] = tuple(sorted(features))
        known = {*self.catalog.models[model].features, *self.features.get(model, ())}
        missing = self.match.offers[key].features - known - self.match.undecided_features(model)
        if missing:
            self.features[model] = (*self.features.get(model, ()), *sorted(missing))


def at_some_hours(offer: Offer, prices: Mapping[str, Any]) -> bool:
    """Whether the prices are those of the offer in one of its periods of the week."""
    stated = {name: prices[name] for name in PRICES if prices.get(name) and getattr(offer, name)}
    return any(
        all(_same(getattr(offer, name) * period.factor, price) for name, price in stated.items())
        for period in offer.hours
    )


def _new_readings(offer: Offer, quote: Quote) -> dict[str, str]:
    """What a source newly says of how a price may be read; notes that are not its own stay beside."""
    readings = {
        name: quote.facts[name]
        for name in _READINGS
        if quote.facts.get(name, "") not in ("", getattr(offer, name))
    }
    if "note" in readings:
        parts = offer.note.split("; ") if offer.note else []
        kept = [part for part in parts if part.startswith(_NOTES_OF_OTHERS)]
        note = "; ".join((*kept, quote.facts["note"]))
        if set(note.split("; ")) <= set(parts):  # what is known beside it is no news
            del readings["note"]
        else:
            readings["note"] = note
    return readings


def _same(old: Any, new: Any) -> bool:
    if old is None:
        return False
    if isinstance(new, (list, tuple)) or isinstance(old, tuple):
        old_rows, new_rows = _as_tables(old), _as_tables(new)
        return len(old_rows) == len(new_rows) and all(
            set(a) == set(b) and all(_same(a[name], b[name]) for name in a)
            for a, b in zip(old_rows, new_rows, strict=True)
        )
    return bool(abs(new - old) <= FIGURE_TOL * max(abs(old), FIGURE_TOL))


def _as_tables(figure: Any) -> Any:
    """Tiers as plain tables; another figure as it is."""
    if isinstance(figure, (list, tuple)):
        return [row if isinstance(row, Mapping) else row.model_dump(exclude_none=True) for row in figure]
    return figure


# Whether to believe it


def disbelief(changes: Changes) -> str | None:
    """Why these changes are not to be believed; None where they are."""
    absurd = [
        move
        for move in changes.moves
        if move.old and not 1 / MAX_PRICE_FACTOR <= move.new / move.old <= MAX_PRICE_FACTOR
    ]
    if absurd:
        move = absurd[0]
        more = f" (and {len(absurd) - 1} more like it)" if len(absurd) > 1 else ""
        return f"{move.offer} {move.field} would go from {move.old:g} to {move.new:g}{more}"
    known = changes.same + len(changes.repriced) + len(changes.older)
    total = known + len(changes.delisted)
    if total >= MIN_OFFERS_FOR_SHARE and len(changes.delisted) > MAX_DELISTED_SHARE * total:
        return f"{len(changes.delisted)} of {total} offers that came from this source are no longer in it"
    if not known and not changes.new:
        if changes.refused:
            key, why = next(iter(changes.refused.items()))
            return f"{key}: {why}"
        return "it holds no price of a model and provider that the catalogue knows"
    return None


def without_wrong_offers(changes: Changes, preview: Catalog, today: date) -> Changes:
    """Without the new offers in which a check of the catalogue, as it would be, finds an error."""
    wrong: dict[str, str] = {}
    for finding in check_catalog(preview, today):
        for key in changes.new:
            if finding.severity == Severity.ERROR and finding.path.startswith(f'offers."{key}".'):
                wrong.setdefault(key, finding.message)
    new = {key: offer for key, offer in changes.new.items() if key not in wrong}
    served = {key.partition("/")[2] for key in new}
    models = {key: model for key, model in changes.models.items() if key in served}
    return replace(changes, new=new, models=models, refused={**changes.refused, **wrong})


# What goes into the overlay


def refresh_overrides(
    catalog: Catalog, changes: Changes, source: str, day: date
) -> dict[str, dict[str, Any]]:
    """The overlay's tables: figures that stand with source and day, those that do not beside them."""
    offers: dict[str, dict[str, Any]] = {key: dict(facts) for key, facts in changes.new.items()}
    touched = [*(move.offer for move in changes.moves), *(term.offer for term in changes.terms)]
    touched += [*dict(changes.retires), *changes.readings, *changes.speeds, *changes.own_features]
    for key in dict.fromkeys(touched):
        offers[key] = _offer_overrides(catalog.offers[key], key, changes, source, day)
    models: dict[str, dict[str, Any]] = {key: dict(facts) for key, facts in changes.models.items()}
    for key, features in changes.features.items():
        models[key] = {"features": sorted({*catalog.models[key].features, *features})}
    sources = {} if source in catalog.sources else {source: {"title": source, "as_of": day}}
    return {
        **({"sources": sources} if sources else {}),
        **({"models": models} if models else {}),
        "offers": offers,
    }


def _offer_overrides(offer: Offer, key: str, changes: Changes, source: str, day: date) -> dict[str, Any]:
    moves = [move for move in changes.moves if move.offer == key]
    row: dict[str, Any] = dict(changes.readings.get(key, {}))
    others = [quoted for quoted in offer.disputed if quoted.source != source]
    if loser := _disputed_quote(offer, moves, source, day):
        others = [*(quoted for quoted in others if quoted.source != loser.source), loser]
    if loser or len(others) < len(offer.disputed):
        row["disputed"] = [quoted.model_dump(exclude_none=True) for quoted in others]
    row |= {move.field: move.new for move in moves if move.stands}
    if any(move.stands for move in moves) and (row.get("disputed") or offer.price_rule):
        own_list = OWN_LISTS.get(key.partition("/")[0]) == source
        row["price_rule"] = "the provider's own list" if own_list else NEWEST
    row |= {term.field: term.new for term in changes.terms if term.offer == key}
    if key in changes.speeds:
        row |= {**changes.speeds[key], "speed_source": source, "speed_as_of": day}
    if key in changes.own_features:
        features = changes.own_features[key]
        row["features"] = list(features)
        row["features_unknown"] = [word for word in offer.features_unknown if word not in features]
    if key in dict(changes.retires):
        row["retires"] = dict(changes.retires)[key]
    if offer.source == source or any(move.stands for move in moves):
        row |= {"source": source, "as_of": day}
    return row


def _disputed_quote(offer: Offer, moves: list[Move], source: str, day: date) -> Quoted | None:
    """What the source that does not stand says, where another one does."""
    if not moves or not offer.source or offer.source == source:
        return None
    if moves[0].stands:
        figures = {move.field: move.old for move in moves if move.old is not None}
        return Quoted(source=offer.source, as_of=offer.as_of, **figures) if figures else None
    return Quoted(source=source, as_of=day, **{move.field: move.new for move in moves})
