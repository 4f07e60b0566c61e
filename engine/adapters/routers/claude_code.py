"""Claude Code's own settings.json: a model per family in `env`, all at one Anthropic-speaking address."""

from __future__ import annotations

import re
from typing import Any

from .base import FAMILIES, ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import OFF, Endpoint
from .values import TABLE, as_table

_NAMES = {label: f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL" for family, label in FAMILIES.items()}
_PLACES = {**_NAMES, "subagent": "CLAUDE_CODE_SUBAGENT_MODEL"}
_MAIN, _SMALL = "ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"
_PLAN_AND_REST = "opusplan"  # Opus while it plans, Sonnet for the rest
_CLOUDS = {"CLAUDE_CODE_USE_BEDROCK": "bedrock", "CLAUDE_CODE_USE_VERTEX": "vertex"}
_HOME = "https://api.anthropic.com"
_BASE_URL = "ANTHROPIC_BASE_URL"
_HELPER = "apiKeyHelper"
_EFFORT = "CLAUDE_CODE_EFFORT_LEVEL"
TARGET = Target(
    title="Claude Code",
    supports=lambda endpoint: bool(endpoint.api == "anthropic" and endpoint.base_url),
    labels=tuple(_PLACES),
    sends_level=lambda label, endpoint: endpoint.level != OFF,  # noqa: ARG005
    one_level=True,  # of the whole session
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
    renewed = job.changed_labels(_PLACES)
    if not renewed:
        return ExportedConfig(settings)
    chosen = {label: job.endpoint(job.mixes[label].main) for label in _PLACES if label in renewed}
    endpoints = list(chosen.values())
    address = endpoints[0].base_url.rstrip("/")
    notes = [
        f"{endpoint.offer}: at another address than {endpoints[0].provider}, which Claude Code cannot have at"
        " once"
        for endpoint in endpoints
        if endpoint.base_url.rstrip("/") != address
    ]
    for label, endpoint in chosen.items():
        table, key = _place(settings, env, label)
        table[key] = endpoint.id
    level = next((endpoint.level for endpoint in endpoints if endpoint.level), "")
    if level:
        env[_EFFORT] = level
        notes.append(f"{_EFFORT} is {level} for every model of a session, and /effort does not change it")
    elif str(env.get(_EFFORT) or "").lower() not in ("", "unset", "auto"):
        notes.append(f"{_EFFORT} is no more {env.pop(_EFFORT)}: the models think as much as they do unasked")
    warnings = _put_address(settings, env, endpoints[0], _addresses(job))
    settings["env"] = env
    return ExportedConfig(settings, notes=tuple(notes), warnings=tuple(warnings))


def _place(settings: dict[str, Any], env: dict[str, Any], label: str) -> tuple[dict[str, Any], str]:
    """Where a label's model stands: default's is the main model, where the file names one."""
    if label == "default":
        for table, key in ((env, _MAIN), (settings, "model")):
            main = str(table.get(key) or "")
            if main:
                return (
                    (table, key) if _alias(main) not in ("sonnet", _PLAN_AND_REST) else (env, _NAMES[label])
                )
    return env, _PLACES[label]


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
    """The model of each family and the main one, at the one address or cloud; names that a gateway gives its
    models are not known."""
    settings = as_table(settings)
    env = as_table(settings, "env")
    names = {label: env.get(variable) for label, variable in _PLACES.items()}
    names["background"] = names["background"] or env.get(_SMALL)
    main = env.get(_MAIN) or settings.get("model")
    if main is not None and not isinstance(main, str):
        reader.note(f"{_MAIN if env.get(_MAIN) else 'model'} is no name of a model, left out")
        main = ""
    if main and _alias(main) == _PLAN_AND_REST:
        names = {**names, "think": names["think"] or "opus", "default": names["default"] or "sonnet"}
    elif main:
        if names["default"] and _alias(main) != "sonnet":
            reader.note(f"default is the main model {main!r}; {_NAMES['default']} is {names['default']!r}")
        names["default"] = names["default"] if _alias(main) == "sonnet" and names["default"] else main
    for label, name in names.items():
        if isinstance(name, str) and name:
            reader.add_label(label, [_deployment(label, name, env, reader)], [])
        elif name is not None and name != "":
            reader.note(f"{label}: {_PLACES[label]} is no name of a model, left out")
    return reader.config


def _alias(name: str) -> str:
    """Claude Code's short name for a family, with or without its [1m]; '' for any other."""
    word = name.strip().casefold().partition("[")[0]
    return word if word in (*FAMILIES, _PLAN_AND_REST) else ""


def _deployment(
    label: str, name: str, env: dict[str, Any], reader: ConfigReader
) -> tuple[str | None, float, str]:
    """The offer of a label's model at the one address, or in the cloud; its weight; its name."""
    family = _alias(name)
    stated = env.get(_NAMES.get(FAMILIES.get(family, ""), ""))
    if family and isinstance(stated, str) and stated:
        name, family = stated, ""
    model = f"claude-{family}-latest" if family else name
    cloud = next((cloud for switch, cloud in _CLOUDS.items() if _is_on(env.get(switch))), "")
    address = "" if cloud else str(env.get(_BASE_URL) or _HOME)
    offer = reader.endpoints.find_at(cloud or "anthropic", model, address)
    if offer is None and address:
        reader.note(f"{_BASE_URL} is {address}, which gives names a meaning of its own")
    if offer is not None and family:
        reader.note(f"{label}: {name!r} is counted as {offer}, the newest of it that is known")
    if offer is not None and reader.endpoints.has_levels(offer):
        offer = reader.at_level(offer, env.get(_EFFORT))
    return offer, 1.0, name


def _is_on(switch: Any) -> bool:
    return str(switch or "0").casefold() not in ("0", "false")
