"""The solver process, kept at work: one question at a time, and always the newest one next.

Equality of values is the token: an answer is for the routing it was asked with, and while that is not the
wanted one, the wanted one is asked. A solve that was overtaken and goes on for long is ended with its
process. Other questions than the plan go to a process of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .process import Child, Ended, died, question
from .queue import Questions

if TYPE_CHECKING:
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing

LIMITS = (2.0, 30.0)  # seconds: an answer while typing, then a better one if nothing moved
_NICENESS = 5  # while it starts; later its work is short, and is waited for
_MOMENT = 0.3  # seconds: most plans are there before, and what the process remembers is worth more
_ATTEMPTS = 3

OnPlan = Callable[["Routing", "Plan", bool], None]
OnTrouble = Callable[[str], None]
OnPart = Callable[[Any], None]


class Solver(Protocol):
    """What the workbench needs of a solver."""

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled."""

    def suppose(self, facts: Mapping[str, Any]) -> None:
        """Use these figures instead of the catalogue's from now on, in the shape of an overlay."""

    def want(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""

    async def ask(
        self, kind: str, routing: Routing, seconds: float = 10.0, told: OnPart | None = None, **args: Any
    ) -> Any:
        """Ask something else, of a kind that `engine.adapters.asks` names; its answer in plain values.

        None where it has been overtaken: by an edit, or by a newer question of the same kind; and where it
        came in parts, each of which was `told`. Raises InputError where there is no answer.
        """

    async def close(self) -> None:
        """End what `run` started, and wait until it is gone."""


class SolverClient:
    """The real one: a child process for plans, and another for questions once there is one."""

    def __init__(self, catalog: Path | None, today: date | None = None) -> None:
        self._today = today
        self.child = Child(catalog, _NICENESS, warm=0, moment=_MOMENT)
        self.questions = Questions(catalog, today)
        self._wanted: Routing | None = None
        self._asked: Routing | None = None
        self._attempts = 0  # deaths in a row without an answer between them
        self._moved = asyncio.Event()
        self._task: asyncio.Task[object] | None = None

    def suppose(self, facts: Mapping[str, Any]) -> None:
        """Use these figures instead of the catalogue's from now on; what was asked before is overtaken."""
        if facts != self.questions.facts:
            self.questions.facts = facts
            self.questions.overtake()
            self._moved.set()

    def want(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""
        if routing != self._asked:
            self.questions.overtake()
        self._wanted = self._asked = routing
        self._moved.set()

    async def ask(
        self, kind: str, routing: Routing, seconds: float = 10.0, told: OnPart | None = None, **args: Any
    ) -> Any:
        """Ask something else than a plan; None where it has been overtaken. Raises InputError."""
        return await self.questions.ask(kind, routing, seconds, args, told)

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled; a process that dies is said and replaced, within reason."""
        self._task = asyncio.current_task()
        try:
            while True:
                try:
                    await self.child.start()
                    await self._serve(on_plan, on_trouble)
                except Ended as end:
                    self._attempts += bool(str(end))
                    if str(end):
                        on_trouble(str(end))
                    if self._attempts >= _ATTEMPTS:
                        self._moved.clear()
                        await self._moved.wait()  # not before there is something new to try
                finally:
                    await self.child.stop()
        finally:
            await self.child.stop()

    async def close(self) -> None:
        """End the processes and wait for them: a second cancellation would leave one behind."""
        if self._task is not None and not self._task.done():
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task}, timeout=5)
        await self.questions.close()

    async def _serve(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        while True:
            while self._wanted is None:
                await self._idle()
            routing, facts = self._wanted, self.questions.facts
            done = await self._solve(routing, on_plan, on_trouble)
            if done and self._wanted == routing and self.questions.facts == facts:
                self._wanted = None

    async def _idle(self) -> None:
        """Wait for a question; a process that dies meanwhile is noticed now, not when it is needed."""
        assert self.child.process is not None
        self._moved.clear()
        waits = {asyncio.ensure_future(self._moved.wait()), asyncio.ensure_future(self.child.process.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self.child.process.returncode is not None:
            raise Ended(died(self.child.process.returncode))

    async def _solve(self, routing: Routing, on_plan: OnPlan, on_trouble: OnTrouble) -> bool:
        """Quickly first; where that leaves a gap and nothing has moved, once more with time.

        False for a question that was stopped: were it wanted again by now, it would have to be asked again.
        """
        from ...engine.domain.plan import Plan

        facts = self.questions.facts

        def overtaken() -> bool:
            return self._wanted != routing or self.questions.facts != facts

        for limit in LIMITS:
            day = self._today or date.today()
            asked = question("plan", routing, day, limit, args={}, facts=facts)
            answer = await self.child.put(asked, overtaken, self._moved)
            if self.questions.facts != facts or "stopped" in answer:
                return False
            if "answer" not in answer:
                on_trouble(str(answer.get("error", "the solver gave no answer")))
                return True
            plan = Plan.model_validate(answer["answer"])
            final = plan.status in ("optimal", "infeasible") or limit == LIMITS[-1]
            self._attempts = 0
            on_plan(routing, plan, final)
            if final or overtaken():
                break
        return True
