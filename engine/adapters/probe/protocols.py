"""The two wire protocols that can be probed: what is sent, and what a streamed line means.

Each reader turns one event of the stream into a `Piece`; usage as the provider counts it, tokens that it
bills without showing them (hidden reasoning) apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..routers.wire import Wire

APIS = ("openai", "anthropic")
_ANTHROPIC_VERSION = "2023-06-01"


@dataclass(frozen=True)
class Piece:
    """One event: `text` where a token came with it, `ended` for the last; counts where it tells them."""

    text: bool = False
    thought: bool = False
    ended: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    hidden_tokens: int = 0
    error: str = ""


def headers(wire: Wire, key: str) -> dict[str, str]:
    """With the user's key; never logged, never shown."""
    if wire.api == "anthropic":
        return {"x-api-key": key, "anthropic-version": _ANTHROPIC_VERSION}
    return {"authorization": f"Bearer {key}"}


def body(wire: Wire, prompt: str, max_tokens: int, limit: str = "max_tokens") -> dict[str, Any]:
    """A streamed request for at most `max_tokens`; OpenAI's newer models want another word for that limit."""
    asked: dict[str, Any] = {
        "model": wire.id,
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        limit: max_tokens,
    }
    return asked if wire.api == "anthropic" else asked | {"stream_options": {"include_usage": True}}


def piece(api: str, data: str) -> Piece:
    """What one `data:` line says; a line that is no JSON object says nothing."""
    if data.strip() == "[DONE]":
        return Piece(ended=True)
    try:
        event = json.loads(data)
    except ValueError:
        return Piece()
    if not isinstance(event, Mapping):
        return Piece()
    if event.get("error"):
        return Piece(error=_message(event["error"]))
    return _anthropic(event) if api == "anthropic" else _openai(event)


def _message(error: Any) -> str:
    return str(error.get("message") or error) if isinstance(error, Mapping) else str(error)


def _openai(event: Mapping[str, Any]) -> Piece:
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    delta = choice.get("delta") or {} if isinstance(choice, Mapping) else {}
    usage = event.get("usage") or {}
    details = usage.get("completion_tokens_details") or {}
    thought = bool(delta.get("reasoning_content") or delta.get("reasoning"))
    return Piece(
        text=thought or bool(delta.get("content") or delta.get("tool_calls")),
        thought=thought,
        ended=isinstance(choice, Mapping) and bool(choice.get("finish_reason")),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        hidden_tokens=_count(details.get("reasoning_tokens")) or 0,
    )


def _anthropic(event: Mapping[str, Any]) -> Piece:
    kind = event.get("type")
    message = event.get("message") or {}
    usage = event.get("usage") or message.get("usage") or {}
    delta = event.get("delta") or {}
    thought = bool(delta.get("thinking"))
    return Piece(
        text=kind == "content_block_delta" and (thought or bool(delta.get("text"))),
        thought=thought,
        ended=kind == "message_stop",
        input_tokens=_count(usage.get("input_tokens")),
        output_tokens=_count(usage.get("output_tokens")) if kind == "message_delta" else None,
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
