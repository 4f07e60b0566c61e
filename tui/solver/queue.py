"""Requests besides the plan, in a solver process of their own, which the first of them starts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .process import Answer, OnPart, ProcessDied, SolverProcess, request_line

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

# What fills a panel as it comes gives way to any other request, and behind another screen to that screen's.
_PATIENCE = {"curve": 1, "tornado": 1, "reasons": 2, "sketch": 2}
_NICENESS = 15  # behind the plan's process, and far behind the painting


@dataclass(eq=False)
class _Request:
    """A request somebody waits for, until `answer` is there; its line is made when it is sent."""

    line: Callable[[], dict[str, Any]]
    overtaken: Callable[[], bool]
    on_part: OnPart | None
    patience: int  # what has less goes first
    answer: asyncio.Future[Answer | None] = field(default_factory=asyncio.Future)

    def take(self, part: Any) -> None:
        """Give a part to whoever still waits, as a request does that only lets another go first."""
        if self.on_part is not None and not self.overtaken():
            self.on_part(part)

    def settle(self, answer: Answer | None) -> None:
        """Give the answer to whoever waits; None where the request has been overtaken."""
        if not self.answer.done():
            self.answer.set_result(answer)


class RequestQueue:
    """Answers one request at a time, in the order asked.

    An edit overtakes all requests, a newer one of its kind an older.

    The process belongs to one task, which whoever asks only waits for: an asker that goes away, with its
    screen or with the app, leaves no process behind.
    """

    def __init__(self, catalog: Path | None, today: date | None) -> None:
        self._today = today
        self.process = SolverProcess(catalog, _NICENESS)
        self.waiting: deque[_Request] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._edits = 0
        self._newest: dict[str, object] = {}
        self._closed = False
        self.overrides: Mapping[str, Any] = {}

    def overtake(self) -> None:
        """Drop what has been asked so far; the request that is being answered is stopped."""
        self._edits += 1
        self._changed.set()

    async def ask(
        self,
        kind: str,
        routing: Routing,
        seconds: float,
        options: Mapping[str, Any],
        on_part: OnPart | None = None,
    ) -> Any:
        """The answer; None for a request that has been overtaken. Raises InputError where there is none."""
        token, edits = object(), self._edits
        self._newest[kind] = token

        def overtaken() -> bool:
            abandoned = self._closed or request.answer.cancelled()
            return abandoned or self._edits != edits or self._newest[kind] is not token

        day = self._today or date.today()
        line = partial(request_line, kind, routing, day, seconds, options=options, overrides=self.overrides)
        request = _Request(line, overtaken, on_part, _PATIENCE.get(kind, 0))
        self.waiting.append(request)
        if not self._closed and (self._serving is None or self._serving.done()):
            self._serving = asyncio.ensure_future(self._serve())
        self._changed.set()
        try:
            answer = None if self._closed else await request.answer
        finally:
            self._changed.set()  # a request whose asker has gone is stopped
        if answer is None or overtaken() or "stopped" in answer:
            return None
        if "answer" not in answer:
            raise InputError(str(answer.get("error", "the solver gave no answer")))
        return answer["answer"]

    async def _serve(self) -> None:
        """Answer all that is asked; whatever happens to the process, the next request finds a whole one."""
        while self.waiting:
            request = min(self.waiting, key=lambda request: request.patience)  # of equals the first
            self.waiting.remove(request)
            try:
                answer = None if request.overtaken() else await self._send(request)
            except BaseException:
                request.settle(None)
                raise
            if request.overtaken() or (answer is not None and "stopped" not in answer):
                request.settle(answer)
            else:
                self.waiting.append(request)  # another went first; this one goes on with what is left of it

    async def _send(self, request: _Request) -> Answer | None:
        try:
            if not self.process.alive:
                await self.process.stop()
                await self.process.start()
            yields = partial(self._yields, request)
            return await self.process.ask(request.line(), yields, self._changed, request.take)
        except ProcessDied as death:
            await self.process.stop()
            return {"error": str(death)} if str(death) else None

    def _yields(self, request: _Request) -> bool:
        """Whether another request goes first."""
        return request.overtaken() or any(other.patience < request.patience for other in self.waiting)

    async def close(self) -> None:
        """End the process, and wait until it is gone."""
        self._closed = True
        self.overtake()
        if self._serving is not None:
            self._serving.cancel()
            with suppress(asyncio.CancelledError):
                await self._serving
        for request in self.waiting:
            request.settle(None)
        await self.process.stop()
