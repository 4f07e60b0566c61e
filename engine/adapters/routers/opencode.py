"""opencode.json: model, small_model and its agents, with the providers they need."""

from __future__ import annotations

from typing import Any

from .base import TABLE, Found, Job, Reader, Target, Written, table
from .wire import Wire

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
    reaches=lambda wire: bool(wire.base_url and wire.api in _PACKAGES),
    labels=tuple(_PLACES),
    comment="//",
    shapes={"provider": TABLE, "agent": TABLE},
)
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}  # these packages want it in the address


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our models and the providers they need, where they are other ones."""
    data = table(old)
    providers = table(data.get("provider"))
    renewed = [label for label in _PLACES if label in job.mixes and not job.stands(label, fallbacks=False)]
    for label in renewed:
        wire = job.wire(job.mixes[label].main)
        name = _provider(providers, wire)
        providers[name] = _entry(table(providers.get(name)), name, wire)
        for path in _places(data, label):
            _put(data, path, f"{name}/{wire.id}")
    if renewed:
        data = {"$schema": "https://opencode.ai/config.json", **data, "provider": providers}
    return Written(data)


def _places(data: dict[str, Any], label: str) -> list[tuple[str, ...]]:
    """Where a label's model stands; a main agent with a model of its own does not ask for `model`."""
    build = table(table(data.get("agent")).get("build"))
    if label == "default" and "model" in build:
        return [_PLACES[label], ("agent", "build", "model")]
    return [_PLACES[label]]


def _provider(providers: dict[str, Any], wire: Wire) -> str:
    """The name of an offer's provider: as the file calls it, else as opencode does."""
    own = _OWN.get(wire.provider, wire.provider)
    for name in (wire.provider, own):
        if name in providers:
            return name
    return own


def _entry(entry: dict[str, Any], name: str, wire: Wire) -> dict[str, Any]:
    """A provider's entry: what is there stays; of its own providers opencode knows package and models."""
    models = table(entry.get("models"))
    known = name in _OWN.values()
    package = {} if known else {"npm": _PACKAGES[wire.api], "name": name}
    models.setdefault(wire.id, {} if known else _model(wire))
    options = {**_options(wire), **table(entry.get("options"))}
    return {**package, **entry, "options": options, "models": models}


def _options(wire: Wire) -> dict[str, Any]:
    address = wire.base_url.rstrip("/") + _VERSIONS.get(wire.api, "")
    return {"baseURL": address, "apiKey": f"{{env:{wire.key}}}"}


def _model(wire: Wire) -> dict[str, Any]:
    # opencode takes both figures or none.
    limit = {"context": wire.window, "output": wire.max_output}
    return {"name": wire.id, **({"limit": limit} if wire.max_output is not None else {})}


def _put(data: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    *groups, last = path
    for group in groups:
        data[group] = table(data.get(group))
        data = data[group]
    data[last] = value


def found(data: Any, reader: Reader) -> Found:
    """The four places that are labels, and the agent that is there without being told; others are named."""
    providers, agents = table(table(data).get("provider")), table(table(data).get("agent"))
    build = table(agents.get("build")).get("model")
    for label, path in _PLACES.items():
        here: Any = data
        for key in path:
            here = table(here).get(key)
        if label == "default" and isinstance(build, str):  # the main agent does not ask for `model` then
            if isinstance(here, str) and here != build:
                reader.note(f"default is agent.build's {build!r}; model is {here!r}, for other agents")
            here = build
        if isinstance(here, str) and here:
            provider, _, model = here.partition("/")
            address = str(table(table(providers.get(provider)).get("options")).get("baseURL") or "")
            reader.label(label, [(reader.wires.named(provider, model, address), 1.0, here)], [])
        elif here is not None and here != "":
            reader.note(f"{label}: {'.'.join(path)} is no name of a model, left out")
    for kind in ("agent", "mode", "command"):
        for name, told in table(table(data).get(kind)).items():
            own = table(told).get("model")
            if isinstance(own, str) and not (kind == "agent" and name in _AGENTS):
                reader.note(f"{kind}.{name} asks {own!r} itself; it is no label and was not read")
    return reader.found
