"""A reasoning level in the words of each provider's protocol, and back from a router's file.

OpenAI, and who speaks its protocol: `reasoning_effort`; OpenRouter: `reasoning.effort`; Anthropic:
`output_config.effort`, and `thinking` switched off for none; Gemini: `thinkingConfig.thinkingLevel`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .endpoints import Endpoint

OFF = "none"  # the level without reasoning


def request_fields(endpoint: Endpoint) -> dict[str, Any]:
    """What the body of a request has for the endpoint's level; nothing for the default level."""
    level = endpoint.level
    if not level:
        return {}
    if endpoint.provider == "openrouter":
        return {"reasoning": {"effort": level}}
    if endpoint.api == "anthropic":
        return {"thinking": {"type": "disabled"}} if level == OFF else {"output_config": {"effort": level}}
    if endpoint.api == "gemini":
        thinking: dict[str, Any] = {"thinkingBudget": 0} if level == OFF else {"thinkingLevel": level}
        return {"generationConfig": {"thinkingConfig": thinking}}
    return {"reasoning_effort": level}


def level_in(fields: Mapping[str, Any]) -> str:
    """The level that fields of a request ask for; empty where they ask for none that is understood."""
    places = (
        ("reasoning_effort",),
        ("reasoningEffort",),
        ("effort",),
        ("reasoning", "effort"),
        ("output_config", "effort"),
        ("thinkingConfig", "thinkingLevel"),
        ("generationConfig", "thinkingConfig", "thinkingLevel"),
    )
    for path in places:
        if isinstance(level := _at(fields, path), str) and level:
            return level
    off = _at(fields, ("thinking", "type")) == "disabled"
    off = off or 0 in (
        _at(fields, ("thinkingConfig", "thinkingBudget")),
        _at(fields, ("generationConfig", "thinkingConfig", "thinkingBudget")),
    )
    return OFF if off else ""


def without_level(fields: Mapping[str, Any], level_fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a request without those that ask for a level, and with these in their place."""
    kept = {k: v for k, v in fields.items() if k not in ("reasoning_effort", "reasoning", "output_config")}
    if _at(fields, ("thinking", "type")) == "disabled":
        kept.pop("thinking", None)
    return {**kept, **level_fields}


def _at(table: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        table = table.get(key) if isinstance(table, Mapping) else None
    return table
