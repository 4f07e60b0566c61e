"""One whole answer of an offer, through an endpoint that speaks as OpenAI's or Anthropic's does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..network import masked
from ..probe import MAX_RETRIES, headers, request_cost
from ..routers.endpoints import Endpoint, request_fields

if TYPE_CHECKING:
    import httpx

_MAX_ANSWER = 16 * 1024 * 1024  # bytes
_MAX_REASON = 200  # characters of a refusal
_MIN_CHARACTERS = 2  # of a token: the dear side of a guess
_MEAN_CHARACTERS = 4.5
_MAX_WAIT = 60.0


class AskError(Exception):
    """An offer that gave no answer; `billed`: it may have cost all the same."""

    def __init__(self, reason: str, *, billed: bool = False) -> None:
        super().__init__(reason)
        self.billed = billed


@dataclass(frozen=True)
class Reply:
    """An answer in words, its tokens as the provider counts them (else guessed), USD and seconds."""

    text: str
    input_tokens: float
    output_tokens: float
    usd: float
    seconds: float


def max_cost(endpoint: Endpoint, text: str, max_tokens: int) -> float:
    """USD that asking this may cost at most."""
    return request_cost(endpoint, len(text) / _MIN_CHARACTERS, max_tokens)


async def ask(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    key: str,
    messages: Sequence[Mapping[str, str]],
    *,
    max_tokens: int,
    timeout: float,
) -> Reply:
    """The answer; a refusal for now is tried again. Raises AskError, whose text holds no key."""
    limit_key = "max_tokens"
    for retries_left in range(MAX_RETRIES, -1, -1):
        start = perf_counter()
        status, text, wait = await _post(
            client, endpoint, key, _body(endpoint, messages, max_tokens, limit_key), timeout
        )
        if status == 200:
            return _reply(endpoint, text, messages, perf_counter() - start)
        if status == 400 and "max_completion_tokens" in text and limit_key == "max_tokens":
            limit_key = "max_completion_tokens"
        elif retries_left and (status == 429 or status >= 500):
            await asyncio.sleep(wait)
        elif status in (401, 403):
            raise AskError(f"the key in {endpoint.key} was refused ({status})")
        else:
            reason = " ".join(masked(text[: 10 * _MAX_REASON], key).split())[:_MAX_REASON]
            raise AskError(f"answered {status}: {reason}")
    raise AskError("was turned away too often")


def _body(
    endpoint: Endpoint, messages: Sequence[Mapping[str, str]], max_tokens: int, limit_key: str
) -> dict[str, Any]:
    body: dict[str, Any] = {"model": endpoint.id, limit_key: max_tokens, **request_fields(endpoint)}
    if endpoint.api != "anthropic":
        return {**body, "messages": list(messages)}
    system = "\n\n".join(each["content"] for each in messages if each["role"] == "system")
    turns = [each for each in messages if each["role"] != "system"]
    return {**body, "messages": turns, **({"system": system} if system else {})}


async def _post(
    client: httpx.AsyncClient, endpoint: Endpoint, key: str, body: Mapping[str, Any], timeout: float
) -> tuple[int, str, float]:
    """Status, text and the seconds to wait that the provider asks for. Raises AskError."""
    import httpx

    received = bytearray()
    uncompressed = {**headers(endpoint, key), "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(timeout),
            client.stream("POST", endpoint.url, headers=uncompressed, json=body) as answer,
        ):
            async for piece in answer.aiter_raw():
                received += piece
                if len(received) > _MAX_ANSWER:
                    raise AskError("answered more than 16 MB", billed=True)
    except (TimeoutError, httpx.TimeoutException):
        raise AskError(f"no whole answer within {timeout:g} s", billed=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        what = masked(str(error) or type(error).__name__, key)
        raise AskError(f"cannot be reached ({what})") from None
    try:
        wait = float(answer.headers.get("retry-after", "1"))
    except ValueError:
        wait = 1.0
    return answer.status_code, received.decode("utf-8", "replace"), min(max(wait, 0.0), _MAX_WAIT)


def _reply(endpoint: Endpoint, text: str, messages: Sequence[Mapping[str, str]], seconds: float) -> Reply:
    try:
        content = json.loads(text)
        usage = content.get("usage") or {}
        if endpoint.api == "anthropic":
            words = "".join(block.get("text", "") for block in content["content"])
            counts = usage.get("input_tokens"), usage.get("output_tokens")
        else:
            words = content["choices"][0]["message"]["content"] or ""
            counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if not isinstance(words, str):
            raise TypeError
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise AskError("the answer is malformed", billed=True) from None
    sent = sum(len(each["content"]) for each in messages) / _MEAN_CHARACTERS
    tokens = [
        float(count)
        if isinstance(count, (int, float)) and not isinstance(count, bool) and count >= 0
        else guess
        for count, guess in zip(counts, (sent, len(words) / _MEAN_CHARACTERS), strict=True)
    ]
    usd = request_cost(endpoint, tokens[0], tokens[1])
    return Reply(words, tokens[0], tokens[1], usd, seconds)
