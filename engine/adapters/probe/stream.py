"""One streamed request, timed."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from ..routers.wire import Wire
from .protocols import body, headers, piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_SHOWN = 200  # characters of a provider's complaint


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
        """Tokens a second between the first and the last one; None where one piece held them all."""
        return (self.seen_tokens - 1) / (self.last - self.first) if self.last > self.first else None


class ProbeError(Exception):
    """A request that gave no measurement.

    `wait`: seconds after which it may be tried again, else None; `billed`: it had begun, so it may cost.
    """

    def __init__(
        self, what: str, *, wait: float | None = None, limit: str = "", billed: bool = False
    ) -> None:
        super().__init__(what)
        self.wait, self.limit, self.billed = wait, limit, billed


def timed(
    client: httpx.Client, wire: Wire, key: str, prompt: str, max_tokens: int, *, timeout: float, limit: str
) -> Timing:
    """Send and measure. Raises ProbeError: refused, too many requests, too slow, broken off."""
    import httpx

    start = perf_counter()
    asked = body(wire, prompt, max_tokens, limit)
    try:
        with client.stream("POST", wire.endpoint, headers=headers(wire, key), json=asked) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _refusal(answer, wire, key)
            return _read(wire.api, answer.iter_lines(), start, timeout)
    except httpx.TimeoutException as error:
        begun = not isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
        raise ProbeError(f"no answer within {timeout:g} s", billed=begun) from None
    except httpx.RemoteProtocolError:
        raise ProbeError("the answer broke off", billed=True) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = (str(error) or type(error).__name__).replace(key, "***")
        raise ProbeError(f"cannot be reached ({told})") from None


def _read(api: str, lines: Iterator[str], start: float, timeout: float) -> Timing:
    first = last = 0.0
    pieces = hidden = 0
    thought = ended = False
    sent: int | None = None
    counted: int | None = None
    for line in lines:
        now = perf_counter() - start
        if now > timeout:
            raise ProbeError(f"not finished within {timeout:g} s", billed=True)
        if not line.startswith("data:"):
            continue
        told = piece(api, line[5:])
        if told.error:
            raise ProbeError(told.error[:_SHOWN], billed=True)
        if told.text:
            first, last, pieces = first or now, now, pieces + 1
            thought = thought or told.thought
        ended = ended or told.ended
        sent = sent if told.input_tokens is None else told.input_tokens
        counted = counted if told.output_tokens is None else told.output_tokens
        hidden = max(hidden, told.hidden_tokens)
    if not ended:
        raise ProbeError("the answer broke off", billed=True)
    if not pieces:
        raise ProbeError("the answer held no text", billed=True)
    output = pieces if counted is None else counted
    return Timing(first, last, sent, output, max(1, output if thought else output - hidden))


def _refusal(answer: httpx.Response, wire: Wire, key: str) -> ProbeError:
    text = answer.read().decode("utf-8", "replace").replace(key, "***")
    if answer.status_code in (401, 403):
        return ProbeError(f"the key in {wire.key} was refused ({answer.status_code})")
    if answer.status_code == 429 or answer.status_code >= 500:
        try:
            wait = min(float(answer.headers.get("retry-after", 2)), 60.0)
        except ValueError:
            wait = 2.0
        what = "too many requests" if answer.status_code == 429 else "a failure of the provider"
        return ProbeError(f"{what} ({answer.status_code})", wait=max(0.0, wait))
    if answer.status_code == 400 and "max_completion_tokens" in text:
        return ProbeError("wants max_completion_tokens", limit="max_completion_tokens")
    return ProbeError(f"answered {answer.status_code}: {' '.join(text.split())[:_SHOWN]}")
