"""Probing one offer: N requests one after the other, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..masking import masked
from ..routers.endpoints import Wire
from .measure import Speed, cost, dearest, speed_of
from .stream import ProbeError, Timing, timed

if TYPE_CHECKING:
    import httpx

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
