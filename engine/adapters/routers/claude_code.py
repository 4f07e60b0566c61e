"""Claude Code's own settings.json: a model per family in `env`, all at one Anthropic-speaking address."""

from __future__ import annotations

import re
from typing import Any

from .base import FAMILIES, TABLE, Found, Job, Reader, Target, Written, table
from .wire import Wire

_NAMES = {label: f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL" for family, label in FAMILIES.items()}
_PLACES = {**_NAMES, "subagent": "CLAUDE_CODE_SUBAGENT_MODEL"}
_FOR_ALL = ("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
_HOME = "https://api.anthropic.com"
_BASE_URL = "ANTHROPIC_BASE_URL"
_HELPER = "apiKeyHelper"
TARGET = Target(
    title="Claude Code",
    reaches=lambda wire: bool(wire.api == "anthropic" and wire.base_url),
    labels=tuple(_PLACES),
    advice=(
        "Claude Code asks one address in Anthropic's protocol. For other models put a gateway there:"
        " `modelpick export litellm FILE` (or claude-code-router), then set ANTHROPIC_BASE_URL to its address"
    ),
    shapes={"env": TABLE},
)


def merged(job: Job, old: Any) -> Written:
    """The whole file: `old` with our variables in `env`; the key comes out of the environment."""
    data = table(old)
    env = table(data.get("env"))
    chosen = {variable: job.main(label) for label, variable in _PLACES.items()}
    wires = [wire for wire in chosen.values() if wire is not None]
    address = wires[0].base_url.rstrip("/")
    notes = [
        f"{wire.offer}: at another address than {wires[0].provider}, which Claude Code cannot have at once"
        for wire in wires
        if wire.base_url.rstrip("/") != address
    ]
    env |= {variable: wire.id for variable, wire in chosen.items() if wire is not None}
    warnings = _put_address(data, env, wires[0], _addresses(job))
    data["env"] = env
    return Written(data, notes=tuple(notes), warnings=tuple(warnings))


def _addresses(job: Job) -> set[str]:
    """The addresses that an export may have written."""
    return {provider.base_url.rstrip("/") for provider in job.catalog.providers.values() if provider.base_url}


def _put_address(data: dict[str, Any], env: dict[str, Any], wire: Wire, known: set[str]) -> list[str]:
    """ANTHROPIC_BASE_URL and the key for it; a gateway and a helper of their own stay, and that is said."""
    address, there = wire.base_url.rstrip("/"), str(env.get(_BASE_URL) or "").rstrip("/")
    if there and there not in known:
        return [f"{_BASE_URL} stays {there}: the models are asked for there, under these names"]
    helper = str(data.get(_HELPER) or "")
    own_helper = helper and not re.fullmatch(r"printenv \w+_API_KEY", helper)
    if address == _HOME:
        env.pop(_BASE_URL, None)
        if helper and not own_helper:
            del data[_HELPER]
        return []
    env[_BASE_URL] = address
    if own_helper:
        return [f"{_HELPER} stays {helper!r}: it has to print the key of {wire.provider}"]
    data[_HELPER] = f"printenv {wire.key}"
    return []


def found(data: Any, reader: Reader) -> Found:
    """The model of each family, at the one address; names that a gateway gives its models are not known."""
    settings = table(data)
    env = table(settings.get("env"))
    address = str(env.get(_BASE_URL) or _HOME)
    for label, variable in _PLACES.items():
        name = env.get(variable)
        if isinstance(name, str) and name:
            offer = reader.wires.named("anthropic", name)
            if offer is None or reader.wires.elsewhere(offer, address):
                offer = reader.wires.by_provider("", name, address)
            reader.label(label, [(offer, 1.0, name)], [])
        elif variable in env and name != "":
            reader.note(f"{label}: {variable} is no name of a model, left out")
    every = {"model": settings.get("model")} | {key: env.get(key) for key in _FOR_ALL}
    for key, name in every.items():
        if isinstance(name, str) and name:
            reader.note(f"{key} is {name}, which Claude Code asks for in its place; it was not read")
    return reader.found
