"""opencode.json: model, small_model and its agents, with the providers they need."""

from __future__ import annotations

from typing import Any

from .base import ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import Endpoint
from .values import TABLE, as_table

_PLACES = {
    "default": ("model",),
    "background": ("small_model",),
    "think": ("agent", "plan", "model"),
    "subagent": ("agent", "general", "model"),
}
_AGENTS = ("build", "plan", "general")
_PACKAGES = {
    "openai": "@ai-sdk/openai-compatible",
    "anthropic": "@ai-sdk/anthropic",
    "gemini": "@ai-sdk/google",
}
_OWN = {
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
TARGET = Target(
    title="opencode",
    supports=lambda endpoint: bool(endpoint.base_url and endpoint.api in _PACKAGES),
    labels=tuple(_PLACES),
    comment="//",
    shapes={"provider": TABLE, "agent": TABLE},
)
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}  # these packages want it in the address


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our models and the providers they need, where they are other ones."""
    data = as_table(old)
    providers = as_table(data, "provider")
    renewed = [
        label for label in _PLACES if label in job.mixes and not job.is_unchanged(label, fallbacks=False)
    ]
    for label in renewed:
        endpoint = job.endpoint(job.mixes[label].main)
        name = _provider(providers, endpoint)
        providers[name] = _entry(as_table(providers.get(name)), name, endpoint)
        for path in _places(data, label):
            _put(data, path, f"{name}/{endpoint.id}")
    if renewed:
        data = {"$schema": "https://opencode.ai/config.json", **data, "provider": providers}
    return ExportedConfig(data)


def _places(data: dict[str, Any], label: str) -> list[tuple[str, ...]]:
    """Where a label's model stands; a main agent with a model of its own does not ask for `model`."""
    build = as_table(data.get("agent"), "build")
    if label == "default" and "model" in build:
        return [_PLACES[label], ("agent", "build", "model")]
    return [_PLACES[label]]


def _provider(providers: dict[str, Any], endpoint: Endpoint) -> str:
    """The name of an offer's provider: as the file calls it, else as opencode does."""
    own = _OWN.get(endpoint.provider, endpoint.provider)
    for name in (endpoint.provider, own):
        if name in providers:
            return name
    return own


def _entry(entry: dict[str, Any], name: str, endpoint: Endpoint) -> dict[str, Any]:
    """A provider's entry: what is there stays; of its own providers opencode knows package and models."""
    models = as_table(entry, "models")
    known = name in _OWN.values()
    package = {} if known else {"npm": _PACKAGES[endpoint.api], "name": name}
    models.setdefault(endpoint.id, {} if known else _model(endpoint))
    options = {**_options(endpoint), **as_table(entry, "options")}
    return {**package, **entry, "options": options, "models": models}


def _options(endpoint: Endpoint) -> dict[str, Any]:
    address = endpoint.base_url.rstrip("/") + _VERSIONS.get(endpoint.api, "")
    return {"baseURL": address, "apiKey": f"{{env:{endpoint.key}}}"}


def _model(endpoint: Endpoint) -> dict[str, Any]:
    # opencode takes both figures or none.
    limit = {"context": endpoint.window, "output": endpoint.max_output}
    return {"name": endpoint.id, **({"limit": limit} if endpoint.max_output is not None else {})}


def _put(data: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    *groups, last = path
    for group in groups:
        data[group] = as_table(data.get(group))
        data = data[group]
    data[last] = value


def import_config(data: Any, reader: ConfigReader) -> ImportedConfig:
    """The four places that are labels, and the agent that is there without being told; others are named."""
    providers, agents = as_table(data, "provider"), as_table(data, "agent")
    build = as_table(agents, "build").get("model")
    for label, path in _PLACES.items():
        here: Any = data
        for key in path:
            here = as_table(here).get(key)
        if label == "default" and isinstance(build, str):  # the main agent does not ask for `model` then
            if isinstance(here, str) and here != build:
                reader.note(f"default is agent.build's {build!r}; model is {here!r}, for other agents")
            here = build
        if isinstance(here, str) and here:
            provider, _, model = here.partition("/")
            address = str(as_table(providers.get(provider), "options").get("baseURL") or "")
            reader.add_label(label, [(reader.endpoints.find(provider, model, address), 1.0, here)], [])
        elif here is not None and here != "":
            reader.note(f"{label}: {'.'.join(path)} is no name of a model, left out")
    for kind in ("agent", "mode", "command"):
        for name, told in as_table(as_table(data).get(kind)).items():
            own = as_table(told).get("model")
            if isinstance(own, str) and not (kind == "agent" and name in _AGENTS):
                reader.note(f"{kind}.{name} asks {own!r} itself; it is no label and was not read")
    return reader.config
