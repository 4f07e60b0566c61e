"""Reasoning levels: a catalogue with every level written out, and what a name means with and without one.

A model with `efforts` makes each of its offers one offer a level, `provider/model@level`. The plain names are
the default level's; in a list that allows or denies, a name without a level covers all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from .catalog import UNSTATED, Catalog, Effort, Model, Offer, Subscription
from .errors import nearest

if TYPE_CHECKING:
    from .routing import Routing

Models = Mapping[str, Model]


def spelled_out(catalog: Catalog) -> Catalog:
    """The catalogue with `model@level` and `provider/model@level` beside every plain name, which then is the
    default level's; itself where that is so already.

    A level has its own verbosity, skills, fitted skills and scores, else none; all else is the model's. Its
    offers have the plain offer's facts, under those that the catalogue gives for the level.
    """
    todo = {
        name for name, model in catalog.models.items() if not _is_spelled_out(name, model, catalog.models)
    }
    if not todo:
        return catalog
    models: dict[str, Model] = {}
    for name, model in catalog.models.items():
        models[name] = model
        if name in todo:
            models[name] = _at_level(model, str(model.default_effort))
            others = (level for level in model.efforts if level != model.default_effort)
            models |= {f"{name}@{level}": _at_level(model, level) for level in others}
    return catalog.model_copy(update={"models": models, "offers": _offers(catalog, todo)})


def _is_spelled_out(name: str, model: Model, models: Models) -> bool:
    """Whether nothing is left to do; a model with one level may be done twice."""
    others = [level for level in model.efforts if level != model.default_effort]
    return not model.efforts or (bool(others) and all(f"{name}@{level}" in models for level in others))


def _at_level(model: Model, level: str) -> Model:
    """The facts of a model at one of its levels. Evidence without a level is the default's."""
    effort, is_default = model.efforts[level], level == model.default_effort
    known = {"skills": model.skills, "fitted": model.fitted} if is_default else {"skills": {}, "fitted": {}}
    own: dict[str, Any] = {key: getattr(effort, key) for key in effort.model_fields_set & {*known}}
    facts = {**known, **own, "verbosity": model.verbosity if effort.verbosity is None else effort.verbosity}
    levels = {level, UNSTATED} if is_default else {level}
    facts["scores"] = tuple(s for s in model.scores if (s.effort or model.default_effort) in levels)
    if not is_default:
        facts |= {
            "efforts": {},
            "default_effort": None,
            "name": f"{model.name} ({level})" if model.name else "",
        }
    return model.model_copy(update=facts)


def _offers(catalog: Catalog, todo: Collection[str]) -> dict[str, Offer]:
    """The offers with every level of these models, which are not spelled out yet."""
    offers: dict[str, Offer] = {}
    for key, offer in catalog.offers.items():
        provider, _, name = key.partition("/")
        base, level = split_level(name, catalog.models)
        if base not in todo:
            offers[key] = offer
            continue
        if level and f"{provider}/{base}" in catalog.offers:
            continue  # laid over the plain offer, in its place
        model = catalog.models[base]
        default_first = sorted(model.efforts, key=lambda effort: effort != model.default_effort)
        for effort in [level] if level else default_first:
            at_level = base if effort == model.default_effort else f"{base}@{effort}"
            over = catalog.offers.get(f"{provider}/{base}@{effort}")
            offers[f"{provider}/{at_level}"] = offer if over is None else laid_over(offer, over)
    return offers


def laid_over(plain: Offer, level: Offer) -> Offer:
    """The plain offer's facts under those that are given for its level."""
    return plain.model_copy(update={key: getattr(level, key) for key in level.model_fields_set})


def split_level(name: str, models: Models) -> tuple[str, str]:
    """(model, level) of `model` or `model@level`; no level ("") in a plain name, and in one that is unknown.

    The catalogue may be spelled out or not.
    """
    base, at, level = name.rpartition("@")
    if at and base in models and level in models[base].efforts:
        return base, level
    return name, ""


def _parts(name: str, models: Models) -> tuple[str, str, str]:
    """(`provider/` or "", model, level or "") of a model or an offer."""
    base, level = split_level(name, models)
    if base in models or "/" not in name:
        return "", base, level
    provider, slash, model = name.partition("/")
    return provider + slash, *split_level(model, models)


def canonical(name: str, models: Models) -> str:
    """A model or an offer as modelpick writes it: the default level without its name."""
    provider, base, level = _parts(name, models)
    return provider + base if level and level == models[base].default_effort else name


def full_name(name: str, models: Models) -> str:
    """`model@level` of every level, of an offer `provider/model@level`; the plain name without levels."""
    provider, base, level = _parts(name, models)
    if base in models and models[base].efforts:
        return f"{provider}{base}@{level or models[base].default_effort}"
    return name


def base_name(name: str, models: Models) -> str:
    """The model or the offer that this is a level of, or itself."""
    provider, base, _ = _parts(name, models)
    return provider + base


def names_of(name: str, models: Models) -> frozenset[str]:
    """What a list may call a model or an offer by, to cover this one: all its levels, or just this."""
    return frozenset({base_name(name, models), full_name(name, models)})


def is_covered(name: str, listed: Collection[str], models: Models) -> bool:
    """Whether a list that allows or denies covers this model or offer."""
    return not names_of(name, models).isdisjoint(listed)


def plan_covers(plan: Subscription, offer: str, models: Models) -> bool:
    """Whether a plan covers an offer: a model without a level covers all its levels."""
    provider, _, model = offer.partition("/")
    return provider == plan.provider and (plan.models is None or is_covered(model, plan.models, models))


def unknown_name(kind: str, name: str, known: Collection[str], models: Models) -> str:
    """`unknown offer 'a/m@hgih' (did you mean 'a/m@high'?)`; of a model without levels that it has none.

    `known` are the names of a catalogue that is spelled out.
    """
    head, at, level = name.rpartition("@")
    if at and head in known and (base := base_name(head, models).rpartition("/")[2]) in models:
        levels = models[base].efforts
        if levels:
            close = nearest(level, levels) or f": it has {', '.join(levels)}"
            return f"unknown level {level!r} of {head}{close}"
        return f"unknown {kind} {name!r}: {base} has no levels (did you mean {head!r}?)"
    return f"unknown {kind} {name!r}{nearest(name, sorted({*known, *(full_name(n, models) for n in known)}))}"


def with_canonical_names(routing: Routing, models: Models) -> Routing:
    """The routing with the default level in pins, routes and fallbacks written without its name.

    Raises InputError for an offer that is pinned by both of its names.
    """
    from .errors import InputError

    labels = {}
    for name, label in routing.labels.items():
        pin = {canonical(offer, models): share for offer, share in label.pin.items()}
        if len(pin) < len(label.pin):
            twice = next(offer for offer in label.pin if canonical(offer, models) != offer)
            what = f"{twice!r} is {canonical(twice, models)!r}, which is pinned as well"
            raise InputError(what, key=f"labels.{name}.pin")
        routes = tuple(
            route.model_copy(update={"offer": canonical(route.offer, models)}) for route in label.routes
        )
        fallbacks = tuple(canonical(offer, models) for offer in label.fallbacks)
        facts = {"pin": pin, "routes": routes, "fallbacks": fallbacks}
        changed = {key: fact for key, fact in facts.items() if fact != getattr(label, key)}
        labels[name] = label.model_copy(update=changed) if changed else label
    if all(label is routing.labels[name] for name, label in labels.items()):
        return routing
    return routing.model_copy(update={"labels": labels})


def place_of_level(name: str, models: Models) -> tuple[str, ...]:
    """Where a model's own facts stand in the file: `models`, NAME, and for a level `efforts`, LEVEL."""
    base, level = split_level(name, models)
    is_plain = not level or level == models[base].default_effort
    return ("models", base) if is_plain else ("models", base, "efforts", level)


LEVEL_FACTS = frozenset(Effort.model_fields)
