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
    wires = {place: job.main(label) for label, place in _PLACES.items()}
    data |= {place: wire.litellm for place, wire in wires.items() if wire is not None}
    keys = sorted({wire.key for wire in wires.values() if wire is not None})
    return Written(data, notes=(f"aider takes its keys from the environment: {', '.join(keys)}",))


def found(data: Any, reader: Reader) -> Found:
    """The three models."""
    for label, place in _PLACES.items():
        name = table(data).get(place)
        if isinstance(name, str):
            reader.label(label, [(reader.wires.by_litellm(name), 1.0, name)], [])
    return reader.found
