"""What a catalogue knows of the models that a routing is to be as good as, without any solving."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .catalog import Catalog
from .errors import InputError
from .levels import base_name, canonical, full_name, spelled_out
from .references import Reference
from .routing import Label, Routing
from .rules import LIMITS, RulePath, quality_rules


def check_evidence(routing: Routing, catalog: Catalog) -> None:
    """Raises InputError for a floor that is a model's whose quality is not known on the label."""
    floors = [(path, floor, names) for path, floor, names in _floors(routing) if isinstance(floor, str)]
    if not floors:
        return
    catalog = spelled_out(catalog)
    for path, floor, names in floors:
        model = Reference.parse(floor).model
        for name in names:
            if text := unscored_text(routing.labels[name], name, model, catalog):
                raise InputError(text, key=str(path))


def _floors(routing: Routing) -> Iterator[tuple[RulePath, float | str | None, Collection[str]]]:
    """Every quality floor with the labels on which its model needs a quality."""
    weighty = [name for name, label in routing.labels.items() if label.weight]
    yield LIMITS.child("min_quality"), routing.limits.min_quality, weighty
    for name, label in routing.labels.items():
        for rule in quality_rules():
            yield RulePath("labels", name, rule), getattr(label, rule), [name]


def unscored_text(label: Label, name: str, model: str, catalog: Catalog) -> str:
    """Why a model of a catalogue, spelled out, has no quality on a label; nothing where it has one."""
    if label.is_tested:
        keys = (full_name(model, catalog.models), base_name(model, catalog.models))
        own = [label.measured[key] for key in keys if key in label.measured]
        return "" if any(entry.quality is not None for entry in own) else untested_text(model, name)
    facts = catalog.models[canonical(model, catalog.models)]
    scored = {catalog.benchmarks[score.benchmark].skill for score in facts.scores}
    known = {*facts.skills, *(facts.fitted or scored)}
    missing = [skill for skill in label.skills if skill not in known]
    return unknown_skills_text(model, name, missing) if missing else ""


def untested_text(model: str, label: str) -> str:
    """That a label's own tests have no quality of a model."""
    return f"{model} is unscored on {label}: its own tests have no quality of it, in measured.{model!r}"


def unknown_skills_text(model: str, label: str, skills: Collection[str]) -> str:
    """That nothing is known of some skills of a model."""
    return f"{model} is unscored on {label}: nothing is known of its {' and '.join(skills)}"
