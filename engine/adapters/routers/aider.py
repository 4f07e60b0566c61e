"""aider's .aider.conf.yml: the main, the weak and the editor model, under LiteLLM's names."""

from __future__ import annotations

from typing import Any

from .base import Found, Job, Reader, Target, Written, table
from .wire import LITELLM

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
    """The three models."""
    for label, place in _PLACES.items():
        name = table(data).get(place) or table(data).get(place.replace("-", "_"))
        if isinstance(name, str):
            provider, slash, model = name.partition("/")
            named = reader.wires.by_litellm(name)
            offer = named or reader.wires.likely(provider if slash else "", model or name)
            reader.label(label, [(offer, 1.0, name)], [])
    return reader.found
