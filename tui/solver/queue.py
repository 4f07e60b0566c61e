"""Questions besides the plan, in a solver process of their own, which the first of them starts."""

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
from .process import Child, Ended, question

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

_PATIENT = ("reasons",)  # nobody looks at a screen that is empty without them: any other question goes first
_NICENESS = 15  # behind the plan's process, and far behind the painting


@dataclass(eq=False)
class _Asked:
    """A question somebody waits for, until `done` is."""

    question: Callable[[], dict[str, Any]]
    overtaken: Callable[[], bool]
    told: Callable[[Any], None]
    patient: bool
    done: asyncio.Future[dict[str, Any] | None] = field(default_factory=asyncio.Future)

    def settle(self, answer: dict[str, Any] | None) -> None:
        """Whoever waits goes on."""
        if not self.done.done():
            self.done.set_result(answer)


class Questions:
    """One at a time, in the order asked. An edit overtakes all, a newer one of its kind an older.

    The process belongs to one task, which whoever asks only waits for: an asker that goes away, with its
    screen or with the app, leaves no process behind.
    """

    def __init__(self, catalog: Path | None, today: date | None) -> None:
        self._today = today
        self.child = Child(catalog, _NICENESS)
        self._asked: deque[_Asked] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._edits = 0
        self._newest: dict[str, object] = {}
        self._closed = False
        self.facts: Mapping[str, Any] = {}

    def overtake(self) -> None:
        """Nobody waits for what has been asked so far; the question that is being answered is stopped."""
        self._edits += 1
        self._moved.set()

    async def ask(
        self,
        kind: str,
        routing: Routing,
        seconds: float,
        args: dict[str, Any],
        told: Callable[[Any], None] | None = None,
    ) -> Any:
        """The answer; None for a question that has been overtaken. Raises InputError where there is none."""
        mine, edits = object(), self._edits
        self._newest[kind] = mine

        def overtaken() -> bool:
            gone = self._closed or asked.done.cancelled()
            return gone or self._edits != edits or self._newest[kind] is not mine

        day = self._today or date.today()
        words = partial(question, kind, routing, day, seconds, args=args, facts=self.facts)
        asked = _Asked(words, overtaken, told or (lambda _: None), kind in _PATIENT)
        self._asked.append(asked)
        if not self._closed and (self._serving is None or self._serving.done()):
            self._serving = asyncio.ensure_future(self._serve())
        self._moved.set()
        try:
            answer = None if self._closed else await asked.done
        finally:
            self._moved.set()  # a question whose asker has gone is stopped
        if answer is None or overtaken() or "stopped" in answer:
            return None
        if "answer" not in answer:
            raise InputError(str(answer.get("error", "the solver gave no answer")))
        return answer["answer"]

    async def _serve(self) -> None:
        """Answer all that is asked; whatever happens to the process, the next question finds a whole one."""
        while self._asked:
            asked = next((one for one in self._asked if not one.patient), self._asked[0])
            self._asked.remove(asked)
            try:
                answer = None if asked.overtaken() else await self._put(asked)
            except BaseException:
                asked.settle(None)
                raise
            if asked.overtaken() or (answer is not None and "stopped" not in answer):
                asked.settle(answer)
            else:
                self._asked.append(asked)  # another went first; this one goes on with what is left of it

    async def _put(self, asked: _Asked) -> dict[str, Any] | None:
        try:
            if self.child.process is None or self.child.process.returncode is not None:
                await self.child.stop()
                await self.child.start()
            return await self.child.put(
                asked.question(), partial(self._yields, asked), self._moved, asked.told
            )
        except Ended as end:
            await self.child.stop()
            return {"error": str(end)} if str(end) else None

    def _yields(self, asked: _Asked) -> bool:
        """Whether another question goes first."""
        return asked.overtaken() or (asked.patient and any(not one.patient for one in self._asked))

    async def close(self) -> None:
        """End the process, and wait until it is gone."""
        self._closed = True
        self.overtake()
        if self._serving is not None:
            self._serving.cancel()
            with suppress(asyncio.CancelledError):
                await self._serving
        for asked in self._asked:
            asked.settle(None)
        await self.child.stop()
