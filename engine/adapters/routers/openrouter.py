"""OpenRouter: a request body per label; the caller picks the one it wants."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import level_in, request_fields, without_level
from .values import as_table, as_texts

TARGET = Target(
    title="OpenRouter",
    supports=lambda endpoint: endpoint.provider == "openrouter",
    fallbacks=True,
    sends_level=lambda label, endpoint: True,  # noqa: ARG005
    lacks="a threshold: the caller picks the label",
    one_level_a_label=True,
)
PREFERENCES = {"order", "only", "ignore", "sort", "max_price", "allow_fallbacks", "quantizations"}
"""What a body says of the providers behind OpenRouter."""


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """`old` with a body for each label: its model, its fallbacks in order, then those that are not known."""
    settings = as_table(old)
    known = {job.endpoint(offer).id for offer in job.catalog.offers if offer.startswith("openrouter/")}
    notes: list[str] = []
    warnings: list[str] = []
    for name, mix in job.mixes.items():
        body = as_table(settings.get(name))
        endpoint = job.endpoint(mix.main)
        models = list(dict.fromkeys([endpoint.id, *(job.endpoint(offer).id for offer in mix.fallbacks)]))
        unknown = [model for model in as_texts(body.get("models")) if model not in known]
        provider = {"allow_fallbacks": True, **as_table(body, "provider")}
        if body.get("model") != models[0]:
            warnings += _preferences_of_another(name, body, models[0])
            provider.pop("max_price", None)  # of another model
        if len(models) == 1 and body.get("model") != models[0]:
            # A provider behind OpenRouter that asks for more than the catalogue says is not taken.
            provider["max_price"] = {"prompt": endpoint.facts.input, "completion": endpoint.facts.output}
        body = {**without_level(body, request_fields(endpoint)), "model": models[0]}
        settings[name] = {**body, "models": [*models, *unknown], "provider": provider}
        if endpoint.level and len(models) > 1:
            notes.append(f"{name}: effort {endpoint.level} holds for its fallbacks as well")
    return ExportedConfig(
        settings,
        notes=(
            *notes,
            "send the label's body with Authorization: Bearer $OPENROUTER_API_KEY",
        ),
        warnings=tuple(warnings),
    )


def _preferences_of_another(name: str, body: dict[str, Any], model: str) -> list[str]:
    """What to say of a body's preferences where another model takes the place of its own."""
    stated, before = as_table(body, "provider"), body.get("model") or "another model"
    kept = [key for key in ("only", "order", "ignore", "quantizations", "sort") if stated.get(key)]
    sentences = []
    if kept:
        sentences.append(
            f"{name}: {', '.join(f'provider.{key}' for key in kept)} was for {before} and stays, for {model}"
            " as well: check who serves it"
        )
    if stated.get("max_price"):
        sentences.append(f"{name}: provider.max_price was for {before} and is no more")
    return sentences


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
        level = level_in(body)  # that of the fallbacks too, where they have it
        then = [(reader.endpoints.at_level(offers[name], level)[0], name) for name in listed if name != main]
        reader.add_label(label, [(reader.at_level(offers[main], level), 1.0, main)], then)
        if PREFERENCES & set(as_table(body, "provider")):
            reader.note(f"{label}: what it says of the providers behind OpenRouter is not read")
    return reader.config
