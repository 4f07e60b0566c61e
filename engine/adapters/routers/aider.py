"""aider's .aider.conf.yml: the main, the weak and the editor model, under LiteLLM's names."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import LITELLM_PROVIDERS
from .values import as_table, as_texts

_PLACES = {"default": "model", "background": "weak-model", "edit": "editor-model"}
TARGET = Target(
    title="aider",
    supports=lambda endpoint: endpoint.provider in LITELLM_PROVIDERS,
    labels=tuple(_PLACES),
    yaml=True,
    comment="#",
)


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our models; keys are read from the environment by LiteLLM's names."""
    settings = as_table(old)
    renewed = job.changed_labels(_PLACES)
    endpoints = {label: job.endpoint(job.mixes[label].main) for label in renewed}
    for label, endpoint in endpoints.items():
        place = _PLACES[label]
        spelt = place.replace("-", "_")  # aider takes both
        settings[spelt if spelt in settings and place not in settings else place] = endpoint.litellm_name
    keys = sorted({endpoint.key for endpoint in endpoints.values()})
    notes = (f"aider takes its keys from the environment: {', '.join(keys)}",) if keys else ()
    return ExportedConfig(settings, notes=notes)


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The three models, by their own names or by an alias that the file gives."""
    settings = as_table(settings)
    pairs = [alias.partition(":") for alias in as_texts(settings.get("alias"))]
    aliases = {short.strip(): name.strip() for short, _, name in pairs}
    for label, place in _PLACES.items():
        key = place if place in settings else place.replace("-", "_")
        name = settings.get(key)
        if isinstance(name, str) and name:
            name = aliases.get(name, name)
            provider, slash, model = name.partition("/")
            likely = (
                reader.endpoints.find_similar(provider, model)
                if slash
                else reader.endpoints.by_bare_name(name)
            )
            reader.add_label(label, [(reader.endpoints.by_litellm(name) or likely, 1.0, name)], [])
        elif key in settings and name != "":
            reader.note(f"{label}: {key} is no name of a model, left out")
    if not any(settings.get(key) for place in _PLACES.values() for key in (place, place.replace("-", "_"))):
        reader.note("the file is aider's and names no model")
    return reader.config
