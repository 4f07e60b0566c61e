"""aider's .aider.conf.yml: the main, the weak and the editor model, under LiteLLM's names."""

from __future__ import annotations

from typing import Any

from .base import Found, Job, Reader, Target, Written, table, texts
from .endpoints import LITELLM

_PLACES = {"default": "model", "background": "weak-model", "edit": "editor-model"}
TARGET = Target(
    title="aider",
    reaches=lambda wire: wire.provider in LITELLM,
    labels=tuple(_PLACES),
    yaml=True,
    comment="#",
)


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our models; keys are read from the environment by LiteLLM's names."""
    data = table(old)
    renewed = [label for label in _PLACES if label in job.mixes and not job.stands(label, fallbacks=False)]
    wires = {label: job.wire(job.mixes[label].main) for label in renewed}
    for label, wire in wires.items():
        place = _PLACES[label]
        spelt = place.replace("-", "_")  # aider takes both
        data[spelt if spelt in data and place not in data else place] = wire.litellm
    keys = sorted({wire.key for wire in wires.values()})
    notes = (f"aider takes its keys from the environment: {', '.join(keys)}",) if keys else ()
    return Written(data, notes=notes)


def found(data: Any, reader: Reader) -> Found:
    """The three models, by their own names or by an alias that the file gives."""
    settings = table(data)
    given = [each.partition(":") for each in texts(settings.get("alias"))]
    aliases = {short.strip(): name.strip() for short, _, name in given}
    for label, place in _PLACES.items():
        key = place if place in settings else place.replace("-", "_")
        name = settings.get(key)
        if isinstance(name, str) and name:
            name = aliases.get(name, name)
            provider, slash, model = name.partition("/")
            likely = reader.wires.likely(provider, model) if slash else reader.wires.inferred(name)
            reader.label(label, [(reader.wires.by_litellm(name) or likely, 1.0, name)], [])
        elif key in settings and name != "":
            reader.note(f"{label}: {key} is no name of a model, left out")
    if not any(settings.get(key) for place in _PLACES.values() for key in (place, place.replace("-", "_"))):
        reader.note("the file is aider's and names no model")
    return reader.found
