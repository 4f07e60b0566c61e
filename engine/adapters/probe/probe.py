"""Probing one offer: N requests one after the other, within a budget.

One streamed request, timed.

From timings to an offer's figures, and from prices to what a probe may spend. Pure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite, log
from statistics import median, stdev
from time import perf_counter
from typing import TYPE_CHECKING

from ..masking import masked
from ..routers.endpoints import Wire
from .protocols import Malformed, body, headers, piece

if TYPE_CHECKING:
    import httpx


_CONNECT = 0.9  # of the time for an answer: so much to connect
_LONGEST_ANSWER = 16 * 1024 * 1024  # bytes
_LONGEST_LINE = 256 * 1024
_LONGEST_REFUSAL = 16 * 1024
_FASTEST = 100_000.0  # tokens a second; more is an answer that was kept back and came in one go


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
        return rate if rate <= _FASTEST else None


class ProbeError(Exception):
    """A request that gave no measurement.

    `wait`: seconds after which it may be tried again, else None; `billed`: it had begun, so it may cost.
    """

    def __init__(
        self, what: str, *, wait: float | None = None, limit: str = "", billed: bool = False
    ) -> None:
        super().__init__(what)
        self.wait, self.limit, self.billed = wait, limit, billed


async def timed(
    client: httpx.AsyncClient,
    wire: Wire,
    key: str,
    prompt: str,
    max_tokens: int,
    *,
    timeout: float,
    limit: str,
) -> Timing:
    """Send and measure. Raises ProbeError: refused, too many requests, too slow, broken off, malformed.

    timeout: seconds for the whole answer. The error's text may hold the key.
    """
    import httpx

    asked = body(wire, prompt, max_tokens, limit)
    stream = Stream(wire.api, perf_counter(), max_tokens)
    # Asked for as it is: a small compressed answer may unfold to gigabytes.
    plain = {**headers(wire, key), "accept-encoding": "identity"}
    waits = httpx.Timeout(timeout, connect=_CONNECT * timeout)
    try:
        async with (
            asyncio.timeout(timeout),
            client.stream("POST", wire.endpoint, headers=plain, json=asked, timeout=waits) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _refusal(answer, await _start_of(answer), wire)
            stream.begun = True
            await _read(answer, stream, timeout)
            return stream.timing()
    except (TimeoutError, httpx.TimeoutException) as error:
        what = "not finished" if stream.pieces else "no answer"
        billed = not isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
        raise ProbeError(f"{what} within {timeout:g} s", billed=billed) from None
    except httpx.RemoteProtocolError:
        raise ProbeError("the answer broke off", billed=True) from None
    except Malformed as error:
        raise ProbeError(f"the answer is malformed: {error}", billed=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        what = f"cannot be reached ({str(error) or type(error).__name__})"
        raise ProbeError(what, billed=stream.begun) from None


class Stream:
    """A streamed answer, line by line, and what has been measured of it so far."""

    def __init__(self, api: str, start: float, max_tokens: int) -> None:
        """start: when the request was sent, by `perf_counter`; max_tokens: how many were asked for."""
        self.api, self.start, self.max_tokens = api, start, max_tokens
        self.begun = self.thought = self.ended = False
        self.first = self.last = 0.0
        self.pieces = self.hidden = 0
        self.sent: int | None = None
        self.counted: int | None = None
        self._rest = bytearray()
        self._received = 0

    def feed(self, received: bytes) -> None:
        """The next bytes. Raises Malformed, and ProbeError where the provider tells an error."""
        self._received += len(received)
        if self._received > _LONGEST_ANSWER:
            raise Malformed(f"longer than {_LONGEST_ANSWER // 1024**2} MB")
        self._rest += received
        *lines, rest = bytes(self._rest).replace(b"\r\n", b"\n").split(b"\n")
        if max(map(len, (*lines, rest))) > _LONGEST_LINE:
            raise Malformed(f"a line is longer than {_LONGEST_LINE // 1024} kB")
        self._rest = bytearray(rest)
        for line in lines:
            self.line(line)

    def line(self, line: bytes) -> None:
        """One line as it has just come. Raises as `feed` does."""
        now = perf_counter() - self.start
        if not line.startswith(b"data:"):
            return
        try:
            event = piece(self.api, line[5:].decode())
        except UnicodeDecodeError:
            raise Malformed("not a text in UTF-8") from None
        if event.error:
            raise ProbeError(event.error, billed=True)
        if event.text:
            self.first, self.last, self.pieces = self.first or now, now, self.pieces + 1
            self.thought = self.thought or event.thought
        self.ended = self.ended or event.ended
        self.sent = self.sent if event.input_tokens is None else event.input_tokens
        self.counted = self.counted if event.output_tokens is None else event.output_tokens
        self.hidden = max(self.hidden, event.hidden_tokens)

    def timing(self) -> Timing:
        """What the whole answer measured. Raises ProbeError where it holds no measurement."""
        if self._rest:
            self.feed(b"\n")
        if not self.ended:
            raise ProbeError("the answer broke off", billed=True)
        if not self.pieces:
            raise ProbeError("the answer held no text", billed=True)
        output = self.pieces if self.counted is None else self.counted
        shown = output if self.thought else output - self.hidden
        return Timing(self.first, self.last, self.sent, output, max(1, shown))


async def _read(answer: httpx.Response, stream: Stream, timeout: float) -> None:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Malformed("it is compressed, which was not asked for")
    async for received in answer.aiter_raw():
        stream.feed(received)
        if perf_counter() - stream.start > timeout:  # an answer that never pauses does not let others run
            raise TimeoutError


async def _start_of(answer: httpx.Response) -> str:
    """The first kilobytes of a refusal, as text."""
    text = bytearray()
    async for received in answer.aiter_raw():
        text += received
        if len(text) > _LONGEST_REFUSAL:
            break
    return bytes(text[:_LONGEST_REFUSAL]).decode("utf-8", "replace")


def _refusal(answer: httpx.Response, text: str, wire: Wire) -> ProbeError:
    if answer.status_code in (401, 403):
        return ProbeError(f"the key in {wire.key} was refused ({answer.status_code})")
    if answer.status_code == 429 or answer.status_code >= 500:
        what = "too many requests" if answer.status_code == 429 else "a failure of the provider"
        return ProbeError(f"{what} ({answer.status_code})", wait=_wait(answer.headers.get("retry-after", "")))
    if answer.status_code == 400 and "max_completion_tokens" in text:
        return ProbeError("wants max_completion_tokens", limit="max_completion_tokens")
    return ProbeError(f"answered {answer.status_code}: {text}")


def _wait(retry_after: str) -> float:
    """Seconds that a provider asks to wait, 60 at most; two where it says no number."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return 2.0
    return min(max(seconds, 0.0), 60.0) if isfinite(seconds) else 2.0


Z95 = 1.6448536  # the contract's: p95 / median = exp(Z95 * sigma)
ENOUGH = 5  # requests below which nothing is said of the spread
_MILLION = 1_000_000
_LETTERS = 2  # a token has at least so many: the dear side of a guess


@dataclass(frozen=True)
class Speed:
    """Medians: seconds to the first token, tokens a second; `spread` is p95 / median, None when unknown."""

    ttft: float
    tps: float | None
    spread: float | None
    samples: int


def speed_of(timings: Sequence[Timing]) -> Speed:
    """The figures of one offer.

    The spread is that of a lognormal with the log-latencies' standard deviation, as a p95 read off a few
    requests would be little more than their maximum. Latencies are first brought to the median answer length.
    """
    rates = [one.tps for one in timings if one.tps is not None]
    ttft, tps = median(one.first for one in timings), median(rates) if rates else None
    length = median(one.seen_tokens for one in timings)
    whole = [one.first + (length / one.tps if one.tps else 0.0) for one in timings]
    spread = None
    if len(whole) >= ENOUGH:
        spread = min(1e6, round(exp(Z95 * stdev(map(log, whole))), 3))
    shown = None if tps is None else max(0.01, round(tps, 2))
    return Speed(max(0.0001, round(ttft, 4)), shown, spread, len(timings))


def cost(wire: Wire, input_tokens: float, output_tokens: float) -> float:
    """USD of one request at the catalogue's prices, fee included."""
    facts = wire.facts
    tokens = input_tokens * facts.input + output_tokens * facts.output
    return (tokens / _MILLION + facts.per_request) * (1 + wire.fee)


def dearest(wire: Wire, prompt: str, max_tokens: int) -> float:
    """USD that one request may cost at most."""
    return cost(wire, len(prompt) / _LETTERS, max_tokens)


RETRIES = 2  # of one request that was turned away for now
_PROMPT = "Probe {n}. Count upwards from one in English words, separated by commas, until you are stopped."
_FILLER = " The words in this sentence only make the prompt longer."
_LETTERS_A_TOKEN = 4.5
_READ, _SHOWN = 16_384, 200  # characters of a provider's complaint


@dataclass(frozen=True)
class Probed:
    """What came of one offer; `why` says what stopped it early."""

    offer: str
    speed: Speed | None
    spent: float
    why: str = ""


@dataclass
class Budget:
    """USD that may still be spent, over all offers of one command."""

    limit: float
    spent: float = field(default=0.0)

    def allows(self, usd: float) -> bool:
        """Whether so much more stays within the limit."""
        return self.spent + usd <= self.limit


@dataclass(frozen=True)
class Ask:
    """How to probe: requests, prompt and answer length in tokens, seconds a request may take."""

    requests: int = 5
    input_tokens: int = 200
    output_tokens: int = 200
    timeout: float = 60.0


def prompt_of(ask: Ask, number: int) -> str:
    """About `input_tokens` long; the number keeps the provider's prompt cache out of the measurement."""
    start = _PROMPT.format(n=number)
    more = ask.input_tokens * _LETTERS_A_TOKEN - len(start)
    return start + _FILLER * max(0, round(more / len(_FILLER)))


async def probe(
    client: httpx.AsyncClient, wire: Wire, key: str, ask: Ask, *, budget: Budget, told: Callable[[int], None]
) -> Probed:
    """Measure an offer; `told` hears how many requests are done. Stops at the budget or the first failure."""
    timings: list[Timing] = []
    before, why, limit = budget.spent, "", "max_tokens"
    for number in range(1, ask.requests + 1):
        prompt = prompt_of(ask, number)
        if not budget.allows(most := dearest(wire, prompt, ask.output_tokens)):
            why = f"another request may cost {most:.2g} USD, more than what is left of the {budget.limit:g}"
            break
        try:
            one, limit = await _patient(client, wire, key, prompt, ask=ask, limit=limit)
        except ProbeError as error:
            why = " ".join(masked(str(error)[:_READ], key).split())[:_SHOWN]
            if error.billed:  # the cap counts it as if it had run to its end
                budget.spent += most
            break
        given = len(prompt) / _LETTERS_A_TOKEN if one.input_tokens is None else one.input_tokens
        budget.spent += cost(wire, given, one.output_tokens)
        timings.append(one)
        told(number)
    return Probed(wire.offer, speed_of(timings) if timings else None, budget.spent - before, why)


async def _patient(
    client: httpx.AsyncClient, wire: Wire, key: str, prompt: str, *, ask: Ask, limit: str
) -> tuple[Timing, str]:
    """One request, again after a wait where the provider asks for one."""
    for left in range(RETRIES, -1, -1):
        try:
            one = await timed(client, wire, key, prompt, ask.output_tokens, timeout=ask.timeout, limit=limit)
            return one, limit
        except ProbeError as error:
            if error.limit and error.limit != limit:
                limit = error.limit
            elif error.wait is None or not left:
                raise
            else:
                await asyncio.sleep(error.wait)
    raise ProbeError("was turned away too often")
