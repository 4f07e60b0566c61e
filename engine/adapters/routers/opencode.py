"""opencode.json: model, small_model and its agents, with the providers they need."""

from __future__ import annotations

from typing import Any

from .base import Found, Job, Reader, Target, Written, table
from .wire import Wire

_PLACES = {
    "default": ("model",),
    "background": ("small_model",),
    "think": ("agent", "plan", "model"),
    "subagent": ("agent", "general", "model"),
}
_PACKAGES = {
    "openai": "@ai-sdk/openai-compatible",
    "anthropic": "@ai-sdk/anthropic",
    "gemini": "@ai-sdk/google",
}
TARGET = Target(
    title="opencode",
    reaches=lambda wire: bool(wire.base_url and wire.api in _PACKAGES),
    labels=tuple(_PLACES),
    comment="//",
)
_VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta"}  # these packages want it in the address


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our models and their providers put in."""
    data = {"$schema": "https://opencode.ai/config.json", **table(old)}
    providers = table(data.get("provider"))
    for wire in job.wires:
        entry = table(providers.get(wire.provider))
        models = {**table(entry.get("models")), wire.id: _model(wire)}
        mine = {"npm": _PACKAGES[wire.api], "name": wire.provider, "options": _options(wire, entry)}
        providers[wire.provider] = {**entry, **mine, "models": models}
    data["provider"] = providers
    for label, path in _PLACES.items():
        found = job.main(label)
        if found:
            _put(data, path, f"{found.provider}/{found.id}")
    return Written(data)


def _options(wire: Wire, entry: dict[str, Any]) -> dict[str, Any]:
    address = wire.base_url.rstrip("/") + _VERSIONS.get(wire.api, "")
    return {**table(entry.get("options")), "baseURL": address, "apiKey": f"{{env:{wire.key}}}"}


def _model(wire: Wire) -> dict[str, Any]:
    # Both figures must be there; an answer is at most what fits.
    return {
        "name": wire.id,
        "limit": {"context": wire.window, "output": wire.max_output or min(wire.window, 8_192)},
    }


def _put(data: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    *groups, last = path
    for group in groups:
        data[group] = table(data.get(group))
        data = data[group]
    data[last] = value


def found(data: Any, reader: Reader) -> Found:
    """The four places that are labels."""
    providers = table(table(data).get("provider"))
    for label, path in _PLACES.items():
        here: Any = data
        for key in path:
            here = table(here).get(key)
        if isinstance(here, str):
            provider, _, model = here.partition("/")
            address = str(table(table(providers.get(provider)).get("options")).get("baseURL") or "")
            reader.label(label, [(reader.wires.by_provider(provider, model, address), 1.0, here)], [])
    return reader.found
