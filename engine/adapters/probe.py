"""The speed of an offer, measured with real requests: one after the other, within a budget.

Bottom-up: the timing of a streamed answer, one request, the figures of many, and the probe that sends them.

Two protocols can be probed. The parser of each turns one event of the stream into a `StreamEvent`: usage as
the provider counts it, tokens that it bills without showing them (hidden reasoning) apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite, log
from statistics import median, stdev
from time import perf_counter
from typing import TYPE_CHECKING

from .network import masked
from .routers.endpoints import Endpoint

if TYPE_CHECKING:
    import httpx
import json
from collections.abc import Mapping
from typing import Any

from .routers.endpoints import request_fields

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


MAX_RETRIES = 2  # of one request that was turned away for now
MIN_SPREAD_SAMPLES = 5  # requests below which nothing is said of the spread
_CONNECT_SHARE = 0.9  # of the time for an answer
_MAX_ANSWER = 16 * 1024 * 1024  # bytes
_MAX_LINE = 256 * 1024
_MAX_REFUSAL = 16 * 1024
_MAX_TPS = 100_000.0  # tokens a second; more is an answer that was kept back and came in one go
_Z95 = 1.6448536  # the contract's: p95 / median = exp(_Z95 * sigma)
_MILLION = 1_000_000
_MIN_CHARACTERS = 2  # of a token: the dear side of a guess
_MEAN_CHARACTERS = 4.5  # of a token
_MAX_REASON, _MAX_SHOWN_REASON = 16_384, 200  # characters of a provider's complaint: read, shown
_PROMPT = "Probe {n}. Count upwards from one in English words, separated by commas, until you are stopped."
_FILLER = " The words in this sentence only make the prompt longer."


@dataclass(frozen=True)
class Timing:
    """Seconds to the first and the last token; tokens as the provider counts them, else as they came."""

    first: float
    last: float
    input_tokens: int | None
    output_tokens: int
    seen_tokens: int  # without those that were thought before the first was shown

    @property
    def tps(self) -> float | None:
        """Tokens a second between the first and the last one; None where they came in one go."""
        if self.last <= self.first or self.seen_tokens < 2:
            return None
        rate = (self.seen_tokens - 1) / (self.last - self.first)
        return rate if rate <= _MAX_TPS else None


class ProbeError(Exception):
    """A request that gave no measurement.

    `wait`: seconds after which it may be tried again, else None; `limit_key`: the key under which a provider
    wants the limit of tokens instead, else empty; `billed`: it had begun, so it may cost.
    """

    def __init__(
        self, reason: str, *, wait: float | None = None, limit_key: str = "", billed: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait, self.limit_key, self.billed = wait, limit_key, billed


class Stream:
    """A streamed answer, line by line, and what has been measured of it so far."""

    def __init__(self, api: str, start: float) -> None:
        """start: when the request was sent, by `perf_counter`."""
        self.api, self.start = api, start
        self.begun = self.reasoning = self.ended = False
        self.first = self.last = 0.0
        self.text_events = self.hidden_tokens = 0
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self._unread = bytearray()
        self._received_bytes = 0

    def feed(self, received: bytes) -> None:
        """The next bytes. Raises Malformed, and ProbeError where the provider tells an error."""
        self._received_bytes += len(received)
        if self._received_bytes > _MAX_ANSWER:
            raise Malformed(f"longer than {_MAX_ANSWER // 1024**2} MB")
        self._unread += received
        *lines, unread = bytes(self._unread).replace(b"\r\n", b"\n").split(b"\n")
        if max(map(len, (*lines, unread))) > _MAX_LINE:
            raise Malformed(f"a line is longer than {_MAX_LINE // 1024} kB")
        self._unread = bytearray(unread)
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        """One line as it has just come. Raises as `feed` does."""
        now = perf_counter() - self.start
        if not line.startswith(b"data:"):
            return
        try:
            event = parse_event(self.api, line[5:].decode())
        except UnicodeDecodeError:
            raise Malformed("not a text in UTF-8") from None
        if event.error:
            raise ProbeError(event.error, billed=True)
        if event.text:
            self.first, self.last = self.first or now, now
            self.text_events += 1
            self.reasoning = self.reasoning or event.reasoning
        self.ended = self.ended or event.ended
        if event.input_tokens is not None:
            self.input_tokens = event.input_tokens
        if event.output_tokens is not None:
            self.output_tokens = event.output_tokens
        self.hidden_tokens = max(self.hidden_tokens, event.hidden_tokens)

    def timing(self) -> Timing:
        """What the whole answer measured. Raises ProbeError where it holds no measurement."""
        if self._unread:
            self.feed(b"\n")
        if not self.ended:
            raise ProbeError("the answer broke off", billed=True)
        if not self.text_events:
            raise ProbeError("the answer held no text", billed=True)
        output = self.text_events if self.output_tokens is None else self.output_tokens
        seen = output if self.reasoning else output - self.hidden_tokens
        return Timing(self.first, self.last, self.input_tokens, output, max(1, seen))


async def timed_request(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    key: str,
    prompt: str,
    max_tokens: int,
    *,
    timeout: float,
    limit_key: str,
) -> Timing:
    """Send and measure. Raises ProbeError: refused, too many requests, too slow, broken off, malformed.

    key: the user's API key, which the error's text may hold; timeout: seconds for the whole answer;
    limit_key: the key of the body under which the provider wants `max_tokens`.
    """
    import httpx

    body = request_body(endpoint, prompt, max_tokens, limit_key)
    stream = Stream(endpoint.api, perf_counter())
    # Asked for as it is: a small compressed answer may unfold to gigabytes.
    uncompressed = {**headers(endpoint, key), "accept-encoding": "identity"}
    waits = httpx.Timeout(timeout, connect=_CONNECT_SHARE * timeout)
    try:
        async with (
            asyncio.timeout(timeout),
            client.stream("POST", endpoint.url, headers=uncompressed, json=body, timeout=waits) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _refusal(answer, await _refusal_text(answer), endpoint)
            stream.begun = True
            await _read_stream(answer, stream, timeout)
            return stream.timing()
    except (TimeoutError, httpx.TimeoutException) as error:
        what = "not finished" if stream.text_events else "no answer"
        billed = not isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
        raise ProbeError(f"{what} within {timeout:g} s", billed=billed) from None
    except httpx.RemoteProtocolError:
        raise ProbeError("the answer broke off", billed=True) from None
    except Malformed as error:
        raise ProbeError(f"the answer is malformed: {error}", billed=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        what = f"cannot be reached ({str(error) or type(error).__name__})"
        raise ProbeError(what, billed=stream.begun) from None


async def _read_stream(answer: httpx.Response, stream: Stream, timeout: float) -> None:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Malformed("it is compressed, which was not asked for")
    async for received in answer.aiter_raw():
        stream.feed(received)
        if perf_counter() - stream.start > timeout:  # an answer that never pauses does not let others run
            raise TimeoutError


async def _refusal_text(answer: httpx.Response) -> str:
    """The first kilobytes of a refusal, as text."""
    text = bytearray()
    async for received in answer.aiter_raw():
        text += received
        if len(text) > _MAX_REFUSAL:
            break
    return bytes(text[:_MAX_REFUSAL]).decode("utf-8", "replace")


def _refusal(answer: httpx.Response, text: str, endpoint: Endpoint) -> ProbeError:
    if answer.status_code in (401, 403):
        return ProbeError(f"the key in {endpoint.key} was refused ({answer.status_code})")
    if answer.status_code == 429 or answer.status_code >= 500:
        what = "too many requests" if answer.status_code == 429 else "a failure of the provider"
        return ProbeError(
            f"{what} ({answer.status_code})", wait=_wait_seconds(answer.headers.get("retry-after", ""))
        )
    if answer.status_code == 400 and "max_completion_tokens" in text:
        return ProbeError("wants max_completion_tokens", limit_key="max_completion_tokens")
    return ProbeError(f"answered {answer.status_code}: {text}")


def _wait_seconds(retry_after: str) -> float:
    """Seconds that a provider asks to wait, 60 at most; two where it says no number."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return 2.0
    return min(max(seconds, 0.0), 60.0) if isfinite(seconds) else 2.0


@dataclass(frozen=True)
class Speed:
    """Medians: seconds to the first token, tokens a second; `spread` is p95 / median, None when unknown."""

    ttft: float
    tps: float | None
    spread: float | None
    samples: int


def measured_speed(timings: Sequence[Timing]) -> Speed:
    """The figures of one offer.

    The spread is that of a lognormal with the log-latencies' standard deviation, as a p95 read off a few
    requests would be little more than their maximum. Latencies are first brought to the median answer length.
    """
    rates = [timing.tps for timing in timings if timing.tps is not None]
    ttft, tps = median(timing.first for timing in timings), median(rates) if rates else None
    length = median(timing.seen_tokens for timing in timings)
    latencies = [timing.first + (length / timing.tps if timing.tps else 0.0) for timing in timings]
    spread = None
    if len(latencies) >= MIN_SPREAD_SAMPLES:
        spread = min(1e6, round(exp(_Z95 * stdev(map(log, latencies))), 3))
    shown = None if tps is None else max(0.01, round(tps, 2))
    return Speed(max(0.0001, round(ttft, 4)), shown, spread, len(timings))


def request_cost(endpoint: Endpoint, input_tokens: float, output_tokens: float) -> float:
    """USD of one request at the catalogue's prices, fee included."""
    facts = endpoint.facts
    tokens = input_tokens * facts.input + output_tokens * facts.output
    return (tokens / _MILLION + facts.per_request) * (1 + endpoint.fee)


def max_request_cost(endpoint: Endpoint, prompt: str, max_tokens: int) -> float:
    """USD that one request may cost at most."""
    return request_cost(endpoint, len(prompt) / _MIN_CHARACTERS, max_tokens)


@dataclass(frozen=True)
class ProbeResult:
    """What came of one offer: `spent` in USD; `stop_reason` says what stopped it early, else it is empty."""

    offer: str
    speed: Speed | None
    spent: float
    stop_reason: str = ""


@dataclass
class Budget:
    """USD that may still be spent, over all offers of one command."""

    limit: float
    spent: float = field(default=0.0)

    def allows(self, usd: float) -> bool:
        """Whether so much more stays within the limit."""
        return self.spent + usd <= self.limit


@dataclass(frozen=True)
class ProbeSettings:
    """How to probe: requests, prompt and answer length in tokens, seconds a request may take."""

    requests: int = 5
    input_tokens: int = 200
    output_tokens: int = 200
    timeout: float = 60.0


def probe_prompt(settings: ProbeSettings, number: int) -> str:
    """About `input_tokens` long; the number keeps the provider's prompt cache out of the measurement."""
    start = _PROMPT.format(n=number)
    missing = settings.input_tokens * _MEAN_CHARACTERS - len(start)
    return start + _FILLER * max(0, round(missing / len(_FILLER)))


async def probe(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    key: str,
    settings: ProbeSettings,
    *,
    budget: Budget,
    on_progress: Callable[[int], None],
) -> ProbeResult:
    """Measure an offer; stops at the budget or the first failure, and raises for neither.

    on_progress: called with the number of requests that are done.
    """
    timings: list[Timing] = []
    spent_before, stop_reason, limit_key = budget.spent, "", "max_tokens"
    for number in range(1, settings.requests + 1):
        prompt = probe_prompt(settings, number)
        if not budget.allows(max_cost := max_request_cost(endpoint, prompt, settings.output_tokens)):
            stop_reason = (
                f"another request may cost {max_cost:.2g} USD, more than what is left of the {budget.limit:g}"
            )
            break
        try:
            timing, limit_key = await _retried_request(
                client, endpoint, key, prompt, settings=settings, limit_key=limit_key
            )
        except ProbeError as error:
            stop_reason = " ".join(masked(str(error)[:_MAX_REASON], key).split())[:_MAX_SHOWN_REASON]
            if error.billed:  # the cap counts it as if it had run to its end
                budget.spent += max_cost
            break
        guessed = len(prompt) / _MEAN_CHARACTERS
        sent = guessed if timing.input_tokens is None else timing.input_tokens
        budget.spent += request_cost(endpoint, sent, timing.output_tokens)
        timings.append(timing)
        on_progress(number)
    speed = measured_speed(timings) if timings else None
    return ProbeResult(endpoint.offer, speed, budget.spent - spent_before, stop_reason)


async def _retried_request(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    key: str,
    prompt: str,
    *,
    settings: ProbeSettings,
    limit_key: str,
) -> tuple[Timing, str]:
    """One request, again after a wait where the provider asks for one; and the limit's key that it took."""
    tokens, timeout = settings.output_tokens, settings.timeout
    for retries_left in range(MAX_RETRIES, -1, -1):
        try:
            timing = await timed_request(
                client, endpoint, key, prompt, tokens, timeout=timeout, limit_key=limit_key
            )
            return timing, limit_key
        except ProbeError as error:
            if error.limit_key and error.limit_key != limit_key:
                limit_key = error.limit_key
            elif error.wait is None or not retries_left:
                raise
            else:
                await asyncio.sleep(error.wait)
    raise ProbeError("was turned away too often")
