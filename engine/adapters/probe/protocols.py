"""The two protocols that can be probed: what is sent, and what a streamed line means.

Each parser turns one event of the stream into a `StreamEvent`; usage as the provider counts it, tokens that
it bills without showing them (hidden reasoning) apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..routers.endpoints import Endpoint
from ..routers.reasoning import request_fields

APIS = ("openai", "anthropic")
_ANTHROPIC_VERSION = "2023-06-01"
_MAX_TOKENS = 10_000_000  # of one answer


@dataclass(frozen=True)
class StreamEvent:
    """One event: `text` where a token came with it, `ended` for the last; token counts where it has them."""

    text: bool = False
    reasoning: bool = False
    ended: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    hidden_tokens: int = 0
    error: str = ""


def headers(endpoint: Endpoint, key: str) -> dict[str, str]:
    """With the user's key; never logged, never shown."""
    if endpoint.api == "anthropic":
        return {"x-api-key": key, "anthropic-version": _ANTHROPIC_VERSION}
    return {"authorization": f"Bearer {key}"}


def request_body(
    endpoint: Endpoint, prompt: str, max_tokens: int, limit_key: str = "max_tokens"
) -> dict[str, Any]:
    """A streamed request for at most `max_tokens`; OpenAI's newer models want another key for that limit."""
    body: dict[str, Any] = {
        "model": endpoint.id,
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        limit_key: max_tokens,
        **request_fields(endpoint),
    }
    return body if endpoint.api == "anthropic" else body | {"stream_options": {"include_usage": True}}


class Malformed(Exception):
    """An answer that is not what the protocol says."""


def parse_event(api: str, text: str) -> StreamEvent:
    """What one `data:` line says. Raises Malformed for what is no event of the protocol."""
    if text.strip() in ("", "[DONE]"):
        return StreamEvent(ended=bool(text.strip()))
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("an event is not JSON") from None
    if not isinstance(event, Mapping):
        raise Malformed("an event is no object")
    if event.get("error"):
        return StreamEvent(error=_message(event["error"]))
    return _anthropic(event) if api == "anthropic" else _openai(event)


def _message(error: Any) -> str:
    return str(error.get("message") or error) if isinstance(error, Mapping) else str(error)


def _openai(event: Mapping[str, Any]) -> StreamEvent:
    choices = event.get("choices") or []
    if not isinstance(choices, list):
        raise Malformed("'choices' is no list")
    choice = _object({"choice": choices[0] if choices else None}, "choice")
    delta, usage = _object(choice, "delta"), _object(event, "usage")
    details = _object(usage, "completion_tokens_details")
    reasoning = bool(delta.get("reasoning_content") or delta.get("reasoning"))
    return StreamEvent(
        text=reasoning or bool(delta.get("content") or delta.get("tool_calls")),
        reasoning=reasoning,
        ended=bool(choice.get("finish_reason")),
        input_tokens=_count(usage, "prompt_tokens"),
        output_tokens=_count(usage, "completion_tokens"),
        hidden_tokens=_count(details, "reasoning_tokens") or 0,
    )


def _anthropic(event: Mapping[str, Any]) -> StreamEvent:
    kind = event.get("type")
    usage = _object(event, "usage") or _object(_object(event, "message"), "usage")
    delta = _object(event, "delta")
    reasoning = bool(delta.get("thinking"))
    return StreamEvent(
        text=kind == "content_block_delta" and (reasoning or bool(delta.get("text"))),
        reasoning=reasoning,
        ended=kind == "message_stop",
        input_tokens=_count(usage, "input_tokens"),
        output_tokens=_count(usage, "output_tokens") if kind == "message_delta" else None,
    )


def _object(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    held = event.get(key)
    if held is None:
        return {}
    if not isinstance(held, Mapping):
        raise Malformed(f"{key!r} is no object")
    return held


def _count(usage: Mapping[str, Any], key: str) -> int | None:
    """Tokens. Raises Malformed for what cannot be a number of them."""
    count = usage.get(key)
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 <= count <= _MAX_TOKENS:
        raise Malformed(f"{key!r} is no number of tokens")
    return int(count)
