"""OpenRouter: a request body per label; the caller picks the one it wants."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .values import as_table, as_texts

TARGET = Target(
    title="OpenRouter",
    supports=lambda endpoint: endpoint.provider == "openrouter",
    fallbacks=True,
    lacks="a threshold: the caller picks the label",
)
PREFERENCES = {"order", "only", "ignore", "sort", "max_price", "allow_fallbacks", "quantizations"}
"""What a body says of the providers behind OpenRouter."""


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """`old` with a body for each label: its model, its fallbacks in order, then those that are not known."""
    settings = as_table(old)
    known = {job.endpoint(offer).id for offer in job.catalog.offers if offer.startswith("openrouter/")}
    for name, mix in job.mixes.items():
        body = as_table(settings.get(name))
        models = [job.endpoint(offer).id for offer in (mix.main, *mix.fallbacks)]
        unknown = [model for model in as_texts(body.get("models")) if model not in known]
        endpoint = job.endpoint(mix.main)
        provider = {"allow_fallbacks": True, **as_table(body, "provider")}
        if body.get("model") != models[0]:
            provider.pop("max_price", None)  # of another model
        if len(models) == 1 and body.get("model") != models[0]:
            # A provider behind OpenRouter that asks for more than the catalogue says is not taken.
            provider["max_price"] = {"prompt": endpoint.facts.input, "completion": endpoint.facts.output}
        settings[name] = {**body, "model": models[0], "models": [*models, *unknown], "provider": provider}
    return ExportedConfig(
        settings, notes=("send the label's body with Authorization: Bearer $OPENROUTER_API_KEY",)
    )


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """A label for each body: its model, then those that are asked where it fails. A lone body is default."""
    bodies = as_table(settings)
    if "model" in bodies or isinstance(bodies.get("models"), list):
        bodies = {"default": settings}
    for label in bodies:
        body = as_table(bodies, label)
        listed = as_texts(body.get("models"))
        main = body.get("model") or next(iter(listed), None)
        if not isinstance(main, str):
            reader.note(f"{label}: its body has no model, left out")
            continue
        offers = {name: reader.endpoints.find("openrouter", name) for name in (main, *listed)}
        then = [(offers[name], name) for name in listed if name != main]
        reader.add_label(label, [(offers[main], 1.0, main)], then)
        if PREFERENCES & set(as_table(body, "provider")):
            reader.note(f"{label}: what it says of the providers behind OpenRouter is not read")
    return reader.config
