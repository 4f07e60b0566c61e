"""Routing files: text to value and back, with the file's own comments and order kept.

A routing may only name what the catalogue knows; only its routes and fallbacks may be older.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..domain.catalog import Catalog
from ..domain.errors import InputError, nearest
from ..domain.evidence import check_evidence, unscored_text
from ..domain.levels import (
    base_name,
    plan_covers,
    spelled_out,
    split_level,
    unknown_name,
    with_canonical_names,
)
from ..domain.levels import canonical as canonical_name
from ..domain.references import Reference
from ..domain.routing import Label, Routing
from ..domain.rules import quality_rules
from .catalog.file import catalog_hash, load_catalog
from .disk import read_text, save
from .rule_overrides import with_sets
from .validation import key_path, parse_toml, validated, with_line


def check_references(routing: Routing, catalog: Catalog) -> None:
    """Raises InputError for an unknown offer, provider, model, plan, skill or feature with the nearest."""
    catalog = spelled_out(catalog)
    limits = routing.limits
    _check(("limits", "providers"), limits.providers, catalog.providers, "provider")
    _check(("limits", "deny_providers"), limits.deny_providers, catalog.providers, "provider")
    _check_names(("limits", "models"), limits.models, catalog, "model")
    _check_names(("limits", "deny_models"), limits.deny_models, catalog, "model")
    _check(("limits", "plans"), limits.plans, catalog.plans, "plan")
    for name in limits.plans:
        _check_coverage(name, catalog)
    _check_reference(("limits", "min_quality"), limits.min_quality, routing, catalog)
    for name, label in routing.labels.items():
        label_path = ("labels", name)
        _check_names((*label_path, "allow"), label.allow, catalog, "offer")
        _check_names((*label_path, "deny"), label.deny, catalog, "offer")
        _check_names((*label_path, "pin"), label.pin, catalog, "offer")
        _check((*label_path, "skills"), label.skills, catalog.skills, "skill")
        _check_names((*label_path, "measured"), label.measured, catalog, "model or offer")
        for rule in quality_rules():
            _check_reference((*label_path, rule), getattr(label, rule), routing, catalog)
        _check((*label_path, "features"), label.features, catalog.features, "feature")
    check_evidence(routing, catalog)


def _check_coverage(name: str, catalog: Catalog) -> None:
    """That the provider of a subscription sells something that it covers."""
    plan = catalog.plans[name]
    if any(plan_covers(plan, offer, catalog.models) for offer in catalog.offers):
        return
    models = f"none of {', '.join(plan.models)}" if plan.models else "no model"
    sellers = sorted(
        {key.partition("/")[0] for key in catalog.offers if key.partition("/")[2] in (plan.models or ())}
    )
    elsewhere = f" (sold by {', '.join(sellers)})" if sellers else ""
    what = f"{name!r} covers nothing: {plan.provider} offers {models}{elsewhere}"
    raise InputError(what, key="limits.plans")


def gone_text(catalog: Catalog, key: str) -> str:
    """'retired on 2026-07-07; its list names model X for the time after', of an offer that is gone."""
    facts = catalog.retired[key]
    since = f"retired on {facts.retires}" if facts.retires else "is retired"
    return f"{since}; its list names {facts.successor} for the time after" if facts.successor else since


def measurable(catalog: Catalog) -> Collection[str]:
    """What own figures may be of: a model or an offer."""
    return {*catalog.models, *catalog.offers}


def _check_reference(
    path: tuple[str, ...], floor: float | str | None, routing: Routing, catalog: Catalog
) -> None:
    """That a floor which is a model's names one of the catalogue."""
    if not isinstance(floor, str):
        return
    model = Reference.parse(floor).model
    if split_level(model, catalog.models)[0] in catalog.models:
        return
    section = model.removeprefix("labels.").partition(".")[0]
    if section in routing.labels or model.startswith(("labels.", "limits.")):
        what = f"{model!r} is a part of this routing: as good as itself asks nothing, so name a model"
        raise InputError(what, key=key_path(path))
    _check_names(path, [model], catalog, "model")


def _check_names(path: tuple[str, ...], words: Iterable[str] | None, catalog: Catalog, kind: str) -> None:
    """That the catalogue, spelled out, has each of these models or offers; a level may be named or not."""
    models = catalog.models
    known: dict[str, Collection[str]] = {"model": models, "offer": catalog.offers}
    names = known.get(kind) or measurable(catalog)
    for word in words or ():
        if word not in names and canonical_name(word, models) not in names:
            gone = base_name(word, models) in catalog.retired
            if gone and path[-1] in ("allow", "deny"):
                continue  # what is gone changes nothing there
            if gone:
                what = f"{word!r} {gone_text(catalog, base_name(word, models))}"
                raise InputError(what, key=key_path(path))
            raise InputError(unknown_name(kind, word, names, models), key=key_path(path))


def canonical(routing: Routing, catalog: Catalog) -> Routing:
    """The routing with the default level in pins, routes and fallbacks written without its name.

    Raises InputError for an offer that is pinned by both of its names.
    """
    return with_canonical_names(routing, catalog.models)


def _check(path: tuple[str, ...], words: Iterable[str] | None, known: Collection[str], kind: str) -> None:
    for word in words or ():
        if word not in known:
            raise InputError(f"unknown {kind} {word!r}{nearest(word, sorted(known))}", key=key_path(path))


__all__ = [
    "canonical",
    "catalog_hash",
    "check_references",
    "load_catalog",
    "load_routing",
    "read_routing",
    "ready_made",
    "ready_made_plan",
    "routing_from",
    "save",
    "with_sets",
    "write_routing",
]


def load_routing(path: str | os.PathLike[str]) -> Routing:
    """The routing in a file. Raises InputError."""
    return read_routing(read_text(path), str(path))


def read_routing(text: str, where: str) -> Routing:
    """The routing a TOML text describes. Raises InputError naming `where`, the key and the problem."""
    try:
        return routing_from(parse_toml(text, where), where)
    except InputError as error:
        raise with_line(error, text) from None


def routing_from(values: dict[str, Any], where: str) -> Routing:
    """The routing that plain values describe. Raises InputError."""
    if not values:
        raise InputError("empty: a routing needs at least one [labels.NAME] table", where=where)
    if "labels" not in values and {"offers", "models", "providers"} & set(values):
        raise InputError("is a catalogue, not a routing file; --catalog takes it", where=where)
    return validated(Routing, values, where)


def write_routing(routing: Routing, old_text: str | None) -> str:
    """`routing` as TOML; with `old_text`, that text with only the changed values touched.

    What it returns always reads back as `routing`: where an unusual layout defeats the editing in place, the
    text is written anew, without the old comments but for an editor's `#:schema` line.
    """
    from .toml_edit import edited, fresh

    if old_text is not None and old_text.strip():
        for inline in (False, True):  # labels in dotted keys take new ones only on one line
            with suppress(Exception):  # tomlkit raises many kinds; what follows is right for all of them
                text = edited(routing, old_text, inline=inline)
                if read_routing(text, "") == routing:
                    return text
    first = (old_text or "").partition("\n")[0].rstrip("\r")
    return f"{first}\n{fresh(routing)}" if first.startswith("#:schema ") else fresh(routing)


# The ready-made floors in points, for a catalogue that does not know the models that they name.
_FLOORS = {"default": 60.0, "background": 30.0, "think": 70.0, "longContext": 55.0}


def ready_made(catalog: Catalog | None = None) -> Routing:
    """The routing to start from without a file: one developer on claude-code-router.

    Its floors are models. Where a `catalog` does not have one, or not score it on the label, the floor is
    in points.
    """
    path = Path(__file__).with_name("ready_made.toml")
    routing = read_routing(path.read_text("utf-8"), path.name)
    if catalog is None:
        return routing
    labels = {
        name: label.model_copy(update={"min_quality": _FLOORS[name]})
        for name, label in _strange_floors(routing, catalog).items()
    }
    return routing.model_copy(update={"labels": {**routing.labels, **labels}})


def _strange_floors(routing: Routing, catalog: Catalog) -> dict[str, Label]:
    """The ready-made labels whose floor is a model that a catalogue does not have, or not score there."""
    catalog = spelled_out(catalog)
    references = {name: Reference.parse(str(label.min_quality)) for name, label in routing.labels.items()}
    return {
        name: label
        for name, label in routing.labels.items()
        if (model := references[name].model) not in catalog.models
        or unscored_text(label, name, model, catalog)
    }


def ready_made_notes(routing: Routing, catalog: Catalog) -> list[str]:
    """What is said of a routing made of the ready-made one: the floors that a catalogue does not know."""
    return [
        f"labels.{name}.min_quality: the catalogue has no score of {label.min_quality} on this label; "
        f"the floor is {_FLOORS[name]:g} points"
        for name, label in _strange_floors(ready_made(), catalog).items()
        if name in routing.labels and routing.labels[name].min_quality == _FLOORS[name]
    ]


def ready_made_plan() -> Routing:
    """The ready-made routing with its plan on the shipped catalogue, as `make ready-made` writes it."""
    path = Path(__file__).with_name("ready_made_plan.toml")
    return read_routing(path.read_text("utf-8"), path.name)
