"""Questions besides the plan, in a solver process of their own, which the first of them starts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.domain.errors import InputError
from .child import Child, Ended, question

if TYPE_CHECKING:
    from ..engine.domain.routing import Routing

_NICENESS = 15  # behind the plan's process, and far behind the painting


class Questions:
    """One at a time, in the order asked. An edit overtakes all, a newer one of its kind an older."""

    def __init__(self, catalog: Path | None, today: date | None) -> None:
        self._today = today
        self.child = Child(catalog, _NICENESS)
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._edits = 0
        self._newest: dict[str, object] = {}
        self._closed = False
        self.facts: Mapping[str, Any] = {}

    def overtake(self) -> None:
        """Nobody waits for what has been asked so far; a question that goes on for long is ended."""
        self._edits += 1
        self._moved.set()

    async def ask(self, kind: str, routing: Routing, seconds: float, args: dict[str, Any]) -> Any:
        """The answer; None for a question that has been overtaken. Raises InputError where there is none."""
        mine, edits = object(), self._edits
        self._newest[kind] = mine
        self._moved.set()

        def overtaken() -> bool:
            return self._closed or self._edits != edits or self._newest[kind] is not mine

        async with self._turn:
            if overtaken():
                return None
            day = self._today or date.today()
            answer = await self._put(
                question(kind, routing, day, seconds, args=args, facts=self.facts), overtaken
            )
        if overtaken() or answer is None:
            return None
        if "answer" not in answer:
            raise InputError(str(answer.get("error", "the solver gave no answer")))
        return answer["answer"]

    async def _put(self, asked: dict[str, Any], overtaken: Any) -> dict[str, Any] | None:
        """Ask the process; whatever happens to it, the next question finds a whole one or none."""
        answered = False
        try:
            if self.child.process is None or self.child.process.returncode is not None:
                await self.child.stop()
                await self.child.start()
            answer = await self.child.put(asked, overtaken, self._moved)
            answered = True
        except Ended as end:
            if str(end) and not overtaken():
                raise InputError(str(end)) from None
            return None
        finally:
            if not answered:
                await self.child.stop()
        return answer

    async def close(self) -> None:
        """End the process, and wait until it is gone."""
        self._closed = True
        self.overtake()
        await self.child.stop()
