"""Claude Code's own settings.json: a model per family in `env`, all at one Anthropic-speaking address."""

from __future__ import annotations

import re
from typing import Any

from .base import FAMILIES, ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import Endpoint
from .values import TABLE, as_table

_NAMES = {label: f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL" for family, label in FAMILIES.items()}
_PLACES = {**_NAMES, "subagent": "CLAUDE_CODE_SUBAGENT_MODEL"}
_FOR_ALL = ("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
_HOME = "https://api.anthropic.com"
_BASE_URL = "ANTHROPIC_BASE_URL"
_HELPER = "apiKeyHelper"
TARGET = Target(
    title="Claude Code",
    supports=lambda endpoint: bool(endpoint.api == "anthropic" and endpoint.base_url),
    labels=tuple(_PLACES),
    advice=(
        "Claude Code asks one address in Anthropic's protocol. For other models put a gateway there:"
        " `modelpick export litellm FILE` (or claude-code-router), then set ANTHROPIC_BASE_URL to its address"
    ),
    shapes={"env": TABLE},
)


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with our variables in `env`; the key comes out of the environment."""
    settings = as_table(old)
    env = as_table(settings, "env")
    chosen = {variable: job.main_endpoint(label) for label, variable in _PLACES.items()}
    endpoints = [endpoint for endpoint in chosen.values() if endpoint is not None]
    address = endpoints[0].base_url.rstrip("/")
    notes = [
        f"{endpoint.offer}: at another address than {endpoints[0].provider}, which Claude Code cannot have at"
        " once"
        for endpoint in endpoints
        if endpoint.base_url.rstrip("/") != address
    ]
    env |= {variable: endpoint.id for variable, endpoint in chosen.items() if endpoint is not None}
    warnings = _put_address(settings, env, endpoints[0], _addresses(job))
    settings["env"] = env
    return ExportedConfig(settings, notes=tuple(notes), warnings=tuple(warnings))


def _addresses(job: ExportJob) -> set[str]:
    """The addresses that an export may have written."""
    return {provider.base_url.rstrip("/") for provider in job.catalog.providers.values() if provider.base_url}


def _put_address(
    settings: dict[str, Any], env: dict[str, Any], endpoint: Endpoint, known: set[str]
) -> list[str]:
    """ANTHROPIC_BASE_URL and the key for it; a gateway and a helper of their own stay, and that is said."""
    address, there = endpoint.base_url.rstrip("/"), str(env.get(_BASE_URL) or "").rstrip("/")
    if there and there not in known:
        return [f"{_BASE_URL} stays {there}: the models are asked for there, under these names"]
    helper = str(settings.get(_HELPER) or "")
    foreign_helper = helper and not re.fullmatch(r"printenv \w+_API_KEY", helper)
    if address == _HOME:
        env.pop(_BASE_URL, None)
        if helper and not foreign_helper:
            del settings[_HELPER]
        return []
    env[_BASE_URL] = address
    if foreign_helper:
        return [f"{_HELPER} stays {helper!r}: it has to print the key of {endpoint.provider}"]
    settings[_HELPER] = f"printenv {endpoint.key}"
    return []


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The model of each family, at the one address; names that a gateway gives its models are not known."""
    settings = as_table(settings)
    env = as_table(settings, "env")
    address = str(env.get(_BASE_URL) or _HOME)
    for label, variable in _PLACES.items():
        name = env.get(variable)
        if isinstance(name, str) and name:
            offer = reader.endpoints.find("anthropic", name)
            if offer is None or reader.endpoints.foreign_host(offer, address):
                offer = reader.endpoints.by_provider("", name, address)
            reader.add_label(label, [(offer, 1.0, name)], [])
        elif variable in env and name != "":
            reader.note(f"{label}: {variable} is no name of a model, left out")
    every = {"model": settings.get("model")} | {key: env.get(key) for key in _FOR_ALL}
    for key, name in every.items():
        if isinstance(name, str) and name:
            reader.note(f"{key} is {name}, which Claude Code asks for in its place; it was not read")
    return reader.config
