"""Where a figure comes from: its source, licence and date, or the rule that stands in for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from .catalog import Catalog, Kind, Model, ModelScore, Offer, Provider
from .errors import InputError, nearest
from .formatting import plural
from .levels import LEVEL_FACTS, base_name, full_name, place_of_level

SPEED = ("ttft", "tps", "spread")
MODELS_OWN = ("context", "max_output", "max_input")  # windows that are the model's where the offer gives none
_FITS: dict[Kind, str] = {
    "estimated": "fitted to what others measured",
    "vendor": "fitted to what its maker claims",
    "interpolated": "interpolated",
}
_NO_PRICE = {"cache_read": "no cache discount is known: as input", "cache_write": "none given: as input"}


OF_THE_MODEL = "the model's: the provider states none of its own"


@dataclass(frozen=True)
class Provenance:
    """One figure and its origin. `key` names the source in the catalogue ("" where none is named).

    `path` is where the figure stands in the catalogue, as TOML writes it; `value` the figure in the
    catalogue's units, None where it is unknown. `note` is what a reader should know beside it: that it is
    assumed, measured, disputed or may be read in another way. `rests_on` is what a computed figure (a skill)
    is made of.
    """

    path: str
    value: object
    key: str = ""
    title: str = ""
    url: str = ""
    licence: str = ""
    as_of: date | None = None
    note: str = ""
    rests_on: tuple[Provenance, ...] = ()

    def age(self, today: date) -> int | None:
        """Days since the figure's date; None where it has none."""
        return None if self.as_of is None else (today - self.as_of).days

    def words(self, today: date) -> str:
        """One line for a screen: `LiteLLM model prices, MIT, 2026-11-10 (15 days old); disputed: ...`."""
        age = self.age(today)
        day = "" if self.as_of is None else f"{self.as_of} ({plural(age or 0, 'day')} old)"
        named = ", ".join(part for part in (self.title, self.licence, day) if part)
        return "; ".join(part for part in (named, self.note) if part) or "no source is named"


def provenance(catalog: Catalog, offer: str, field: str) -> Provenance:
    """Where one figure of an offer comes from, for a screen that is asked "where does this come from?".

    `offer` is `provider/model`; `field` a key of the offer (`input`, `tps`, `tiers`, ...), or
    `model.KEY`, `provider.KEY` (`provider.fee`) or `skills.NAME` (`skills.coding`). A window that the offer
    does not give is traced to its model. A skill's own source is the catalogue's fit; `rests_on` has its
    scores. Pure and cheap: it loads no solver. Raises InputError for an unknown offer or field.
    """
    if offer not in catalog.offers:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, catalog.offers)}")
    provider, _, model = offer.partition("/")
    about, inner = catalog.models[model], field.partition(".")[2]
    if field.startswith("skills."):
        return _skill_origin(catalog, model, inner)
    if field.startswith("model."):
        return _figure_origin(catalog, _model_path(catalog, model, inner), about, inner)
    if field.startswith("provider."):
        return of_provider(catalog, provider, inner)
    facts = catalog.offers[offer]
    if field in MODELS_OWN and getattr(facts, field) is None:
        window = _figure_origin(catalog, _model_path(catalog, model, field), about, field)
        return replace(window, note=OF_THE_MODEL)
    plain = base_name(offer, catalog.models)
    if plain in catalog.offers and getattr(catalog.offers[plain], field, None) == getattr(facts, field, None):
        offer = plain  # a level has it from there
    return _figure_origin(catalog, f'offers."{offer}"', facts, field)


def _model_path(catalog: Catalog, model: str, field: str) -> str:
    """Where a fact of a model stands in the catalogue's file: at its level, or with the model itself."""
    _, *path = place_of_level(model, catalog.models)
    if field not in LEVEL_FACTS:
        path = path[:1]
    return f'models."{path[0]}"' + "".join(f".{key}" for key in path[1:])


def of_provider(catalog: Catalog, provider: str, field: str) -> Provenance:
    """The same for a provider alone: `fee`, `regions`, `trains_on_data`, ... Raises InputError."""
    if provider not in catalog.providers:
        raise InputError(f"unknown provider {provider!r}{nearest(provider, catalog.providers)}")
    return _figure_origin(catalog, f"providers.{provider}", catalog.providers[provider], field)


def _figure_origin(catalog: Catalog, path: str, facts: Offer | Model | Provider, field: str) -> Provenance:
    if field not in type(facts).model_fields:
        raise InputError(f"there is no such figure{nearest(field, type(facts).model_fields)}", key=field)
    figure = getattr(facts, field)
    key, day, note = facts.source, facts.as_of, ""
    if isinstance(facts, Model) and field not in MODELS_OWN:
        key, day, note = "", None, "stated in the catalogue"  # a model's source is that of its windows
    if isinstance(facts, Offer):
        if field in SPEED:
            key, day = facts.speed_source, facts.speed_as_of
        note = _note(catalog, facts, field)
    if figure is None or figure in ("", ()):
        return Provenance(
            f"{path}.{field}", figure, note=note if isinstance(facts, Offer) and note else "unknown"
        )
    if figure == type(facts).model_fields[field].default:  # what a file says and what it leaves out are one
        return Provenance(f"{path}.{field}", figure, note="assumed: nobody states another")
    return _sourced(catalog, Provenance(f"{path}.{field}", figure, key, as_of=day, note=note))


def _sourced(catalog: Catalog, bare: Provenance) -> Provenance:
    source = catalog.sources.get(bare.key)
    if source is None:
        return replace(bare, title=bare.key)
    title, day = source.title or bare.key, bare.as_of or source.as_of
    return replace(bare, title=title, url=source.url, licence=source.licence, as_of=day)


def _note(catalog: Catalog, offer: Offer, field: str) -> str:
    """What qualifies a figure of an offer."""
    if field in _NO_PRICE and getattr(offer, field) is None:
        return _NO_PRICE[field]
    if field in SPEED and offer.speed_basis:
        return f"estimated, of {offer.speed_basis}"
    if field == "spread" and offer.speed_samples is None:
        return "the first token's measured, the writing's assumed"
    if field in SPEED:
        return "" if offer.speed_samples is None else f"median of {offer.speed_samples:,} requests"
    if field not in ("input", "output", *_NO_PRICE):
        return ""
    remarks = [f"ambiguous: {offer.ambiguous}"] if offer.ambiguous and field in ("input", "output") else []
    remarks += [
        f"{catalog.sources[other.source].title if other.source in catalog.sources else other.source} says "
        f"{getattr(other, field):g}"
        for other in offer.disputed
        if getattr(other, field) not in (None, getattr(offer, field))
    ]
    return "; ".join([*remarks, *([offer.note] if offer.note else [])])


def _skill_origin(catalog: Catalog, model: str, skill: str) -> Provenance:
    facts = catalog.models[model]
    scores = tuple(
        _score_origin(catalog, model, at, score)
        for at, score in enumerate(facts.scores)
        if catalog.benchmarks[score.benchmark].skill == skill
    )
    if skill in facts.fitted and skill not in facts.skills:
        fit = facts.fitted[skill]
        basis = f"{plural(len(scores), 'score')} of its own" if scores else "its other skills"
        note = f"{_FITS[fit.kind]}, 80 % between {fit.low:g} and {fit.high:g}, from {basis}"
        place = f"{_model_path(catalog, model, 'fitted')}.fitted.{skill}"
        return Provenance(place, fit.value, note=note, rests_on=scores)
    path, skill_value = f"{_model_path(catalog, model, 'skills')}.skills.{skill}", facts.skills.get(skill)
    if skill_value is not None and not scores:
        bare = Provenance(path, skill_value, facts.source, as_of=facts.as_of, note="stated in the catalogue")
        return _sourced(catalog, bare)
    note = f"from {plural(len(scores), 'score')}" if scores else "unscored"
    return Provenance(path, skill_value, note=note, rests_on=scores)


def _score_origin(catalog: Catalog, model: str, at: int, score: ModelScore) -> Provenance:
    title = catalog.benchmarks[score.benchmark].title or score.benchmark
    settings = ", ".join(text for text in (score.variant, score.effort and f"effort {score.effort}") if text)
    note = f"{title} ({settings})" if settings else title
    note += ", its vendor's own" if score.kind == "vendor" else ""
    of_level = full_name(model, catalog.models) != model or "@" in model
    path = f"{_model_path(catalog, model, 'scores')}.scores" + ("" if of_level else f"[{at}]")
    bare = Provenance(path, score.value, score.source, as_of=score.as_of, note=note)
    return _sourced(catalog, bare)
