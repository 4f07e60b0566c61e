"""opencode.json: model, small_model and its agents, with the providers they need."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, OwnPrice, Target
from .endpoints import OFF, Endpoint, level_in
from .values import TABLE, as_table

_PLACES = {
    "default": ("model",),
    "background": ("small_model",),
    "think": ("agent", "plan", "model"),
    "subagent": ("agent", "general", "model"),
}
_MAX_PRICE = 1e9  # USD per million tokens
_AGENTS = ("build", "plan", "general")
_PACKAGES = {
    "openai": "@ai-sdk/openai-compatible",
    "anthropic": "@ai-sdk/anthropic",
    "gemini": "@ai-sdk/google",
}
_PROVIDER_NAMES = {
    **{name: name for name in ("anthropic", "cerebras", "deepinfra", "deepseek", "groq", "mistral")},
    **{name: name for name in ("openai", "openrouter", "vercel", "xai", "zai", "azure")},
    "bedrock": "amazon-bedrock",
    "fireworks": "fireworks-ai",
    "gemini": "google",
    "moonshot": "moonshotai",
    "novita": "novita-ai",
    "together": "togetherai",
    "vertex": "google-vertex",
}
"""Our providers under opencode's names (those of models.dev), whose packages and models it knows itself."""
_NO_LEVELS = ("bedrock", "vertex", "vercel", "mistral")  # whose packages name theirs in ways of their own
TARGET = Target(
    title="opencode",
    supports=lambda endpoint: bool(endpoint.base_url and endpoint.api in _PACKAGES),
    labels=tuple(_PLACES),
    sends_level=lambda label, endpoint: endpoint.provider not in _NO_LEVELS,  # noqa: ARG005
    comment="//",
    shapes={"provider": TABLE, "agent": TABLE},
)


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our models and the providers they need, where they are other ones."""
    settings = as_table(old)
    providers = as_table(settings, "provider")
    renewed = job.changed_labels(_PLACES)
    for label in renewed:
        endpoint = job.endpoint(job.mixes[label].main)
        name = _provider(providers, endpoint)
        providers[name] = _entry(as_table(providers.get(name)), name, endpoint)
        for path in _places(settings, label):
            _put(settings, path, f"{name}/{_model_name(endpoint)}")
    if renewed:
        settings = {"$schema": "https://opencode.ai/config.json", **settings, "provider": providers}
    return ExportedConfig(settings)


def _places(settings: dict[str, Any], label: str) -> list[tuple[str, ...]]:
    """Where a label's model stands; a main agent with a model of its own does not ask for `model`."""
    build = as_table(settings.get("agent"), "build")
    if label == "default" and "model" in build:
        return [_PLACES[label], ("agent", "build", "model")]
    return [_PLACES[label]]


def _provider(providers: dict[str, Any], endpoint: Endpoint) -> str:
    """The name of an offer's provider: as the file calls it, else as opencode does."""
    name = _PROVIDER_NAMES.get(endpoint.provider, endpoint.provider)
    return endpoint.provider if endpoint.provider in providers else name


def _entry(entry: dict[str, Any], name: str, endpoint: Endpoint) -> dict[str, Any]:
    """A provider's entry: what is there stays; of its own providers opencode knows package and models."""
    models = as_table(entry, "models")
    known = name in _PROVIDER_NAMES.values()
    package = {} if known else {"npm": _PACKAGES[endpoint.api], "name": name}
    models.setdefault(endpoint.id, {} if known else _model(endpoint))
    if endpoint.level:  # a model of its own, which asks for the same one at another level
        entry_of_level = as_table(models.get(_model_name(endpoint)))
        level = {"id": endpoint.id, "name": _model_name(endpoint), "options": _level_options(name, endpoint)}
        models[_model_name(endpoint)] = {**({} if known else _model(endpoint)), **entry_of_level, **level}
    options = {**_options(endpoint), **as_table(entry, "options")}
    return {**package, **entry, "options": options, "models": models}


def _model_name(endpoint: Endpoint) -> str:
    """The model's name in the file: one more for each level of it."""
    return f"{endpoint.id}-{endpoint.level}" if endpoint.level else endpoint.id


def _level_options(name: str, endpoint: Endpoint) -> dict[str, Any]:
    """A reasoning level as the provider's package calls it."""
    level = endpoint.level
    if name == "openrouter":
        return {"reasoning": {"effort": level}}
    if endpoint.api == "anthropic":
        return {"thinking": {"type": "disabled"}} if level == OFF else {"effort": level}
    if endpoint.api == "gemini":
        return {"thinkingConfig": {"thinkingBudget": 0} if level == OFF else {"thinkingLevel": level}}
    return {"reasoningEffort": level}


def _options(endpoint: Endpoint) -> dict[str, Any]:
    return {"baseURL": endpoint.versioned_url, "apiKey": f"{{env:{endpoint.key}}}"}


def _model(endpoint: Endpoint) -> dict[str, Any]:
    # opencode takes both figures or none.
    limit = {"context": endpoint.window, "output": endpoint.max_output}
    return {"name": endpoint.id, **({"limit": limit} if endpoint.max_output is not None else {})}


def _put(settings: dict[str, Any], path: tuple[str, ...], name: str) -> None:
    *groups, key = path
    for group in groups:
        settings[group] = as_table(settings, group)
        settings = settings[group]
    settings[key] = name


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The four places that are labels; an agent that is no label and names a model of its own is noted."""
    settings = as_table(settings)
    providers = as_table(settings, "provider")
    agents = {**as_table(settings, "mode"), **as_table(settings, "agent")}  # modes are agents of old
    settings = {**settings, "agent": agents}
    build = as_table(agents, "build").get("model")
    for label, path in _PLACES.items():
        *groups, key = path
        name = as_table(settings, *groups).get(key)
        if label == "default" and isinstance(build, str):  # the main agent does not ask for `model` then
            if isinstance(name, str) and name != build:
                reader.note(f"default is agent.build's {build!r}; model is {name!r}, for other agents")
            name = build
        if isinstance(name, str) and name:
            provider, _, model = name.partition("/")
            address = str(as_table(providers, provider, "options").get("baseURL") or "")
            own = as_table(providers, provider, "models", model)
            known_as = own["id"] if isinstance(own.get("id"), str) else model
            offer = reader.endpoints.find(provider, known_as, address)
            offer = reader.at_level(offer, level_in(as_table(own.get("options"))))
            reader.note_host(label, offer, address, name)
            reader.add_label(label, [(offer, 1.0, name)], [])
            _read_price(label, offer, as_table(providers, provider, "models", model, "cost"), reader)
        elif name is not None and name != "":
            reader.note(f"{label}: {'.'.join(path)} is no name of a model, left out")
    for kind in ("agent", "command"):
        entries = as_table(settings, kind)
        for name in entries:
            own_model = as_table(entries, name).get("model")
            if isinstance(own_model, str) and not (kind == "agent" and name in _AGENTS):
                reader.note(f"{kind}.{name} asks {own_model!r} itself; it is no label and was not read")
    return reader.config


def _read_price(label: str, offer: str | None, cost: dict[str, Any], reader: ConfigReader) -> None:
    """A model's own price, which opencode takes in USD per million tokens."""
    stated = {field: cost.get(field) for field in ("input", "output", "cache_read", "cache_write")}
    figures = {
        field: float(price)
        for field, price in stated.items()
        if isinstance(price, (int, float)) and not isinstance(price, bool) and 0 <= price < _MAX_PRICE
    }
    if figures and offer is not None:
        reader.config.prices.append(OwnPrice(label, offer, figures))
