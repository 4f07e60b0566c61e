"""aider's .aider.conf.yml: the main, the weak and the editor model, under LiteLLM's names."""

from __future__ import annotations

from typing import Any

from .base import FAMILIES, ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Target
from .endpoints import LITELLM_PROVIDERS
from .values import as_table, as_texts

_PLACES = {"default": "model", "background": "weak-model", "edit": "editor-model"}
_ALIASES = {
    **{family: f"claude-{family}-latest" for family in FAMILIES},
    "4o": "gpt-4o",
    "mini": "gpt-4o-mini",
    "gemini": "gemini/gemini-2.5-pro",
    "flash": "gemini/gemini-flash-latest",
    "deepseek": "deepseek/deepseek-chat",
    "r1": "deepseek/deepseek-reasoner",
}
"""aider's short names; of a family, its newest."""
_EFFORT, _CHECK = "reasoning-effort", "check-model-accepts-settings"
TARGET = Target(
    title="aider",
    supports=lambda endpoint: endpoint.provider in LITELLM_PROVIDERS,
    labels=tuple(_PLACES),
    # It has one setting, for the main model, and sends it as OpenAI or OpenRouter call it.
    sends_level=lambda label, endpoint: label == "default" and endpoint.api == "openai",
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
    if "default" in endpoints:
        _put_level(settings, endpoints["default"].level)
    keys = sorted({endpoint.key for endpoint in endpoints.values()})
    notes = (f"aider takes its keys from the environment: {', '.join(keys)}",) if keys else ()
    return ExportedConfig(settings, notes=notes)


def _put_level(settings: dict[str, Any], level: str) -> None:
    """The main model's reasoning level; of an unknown model aider asks for none unless told not to check."""
    for key in (_EFFORT, _CHECK):
        settings.pop(key.replace("-", "_"), None)
    if level:
        settings |= {_EFFORT: level, _CHECK: False}
    elif settings.pop(_EFFORT, None) is not None and settings.get(_CHECK) is False:
        del settings[_CHECK]


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The three models, by their own names or by an alias, of the file's or of aider's own."""
    settings = as_table(settings)
    pairs = [alias.partition(":") for alias in as_texts(settings.get("alias"))]
    aliases = {short.strip(): name.strip() for short, _, name in pairs}
    base = _setting(settings, "openai-api-base")
    for label, place in _PLACES.items():
        name = _setting(settings, place)
        if isinstance(name, str) and name:
            full_name = aliases.get(name) or _ALIASES.get(name.casefold()) or name
            offer = _offer(full_name, base if isinstance(base, str) else "", reader)
            if offer is not None and full_name.endswith("-latest") and full_name != name:
                reader.note(f"{label}: {name!r} is counted as {offer}, the newest of it that is known")
            if label == "default":  # of the main model alone
                offer = reader.at_level(offer, _setting(settings, _EFFORT))
            reader.add_label(label, [(offer, 1.0, full_name if name in aliases else name)], [])
        elif name != "" and {place, place.replace("-", "_")} & set(settings):
            reader.note(f"{label}: {place} is no name of a model, left out")
    if not any(_setting(settings, place) for place in _PLACES.values()):
        reader.note("the file is aider's and names no model")
    return reader.config


def _setting(settings: dict[str, Any], key: str) -> Any:
    """A setting of aider's, whose keys may have underscores."""
    return settings.get(key if key in settings else key.replace("-", "_"))


def _offer(name: str, base: str, reader: ConfigReader) -> str | None:
    """The offer of a name as LiteLLM reads it; what speaks OpenAI's protocol is asked for at `base`."""
    provider, slash, model = name.partition("/")
    if base and (provider == "openai" or not slash):
        known = reader.endpoints.by_bare_name(name) if not slash else None
        if not slash and (known is None or not known.startswith("openai/")):
            return known
        return reader.endpoints.find_at("openai", model or name, base)
    likely = reader.endpoints.find_similar(provider, model) if slash else reader.endpoints.by_bare_name(name)
    return reader.endpoints.by_litellm(name) or likely
