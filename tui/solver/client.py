"""Plans for the workbench from a solver process: one request at a time, and always the newest one next.

Equality of values is the token: a plan is of the routing it was asked with, and while that is not the
requested one, the requested one is asked for. A solve that was overtaken and goes on for long is ended with
its process. Other requests than the plan go to a process of their own, in a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .process import OnPart, ProcessDied, SolverProcess, death_message, request_line
from .queue import RequestQueue

if TYPE_CHECKING:
    from ...engine.domain.plan import Plan
    from ...engine.domain.routing import Routing

TIME_LIMITS = (2.0, 30.0)  # seconds: a plan while typing, then a better one if nothing has changed
_NICENESS = 5  # while it starts; later its work is short, and is waited for
_LEEWAY = 0.3  # seconds: most plans are there before, and what the process has cached is worth more
_MAX_DEATHS = 3  # in a row, until there is something new to try

OnPlan = Callable[["Routing", "Plan", bool], None]
OnTrouble = Callable[[str], None]


class Solver(Protocol):
    """What the screens need of a solver."""

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled."""

    def use_overrides(self, overrides: Mapping[str, Any]) -> None:
        """Use these figures instead of the catalogue's from now on, in the shape of an overlay."""

    def request_plan(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""

    async def ask(
        self,
        kind: str,
        routing: Routing,
        seconds: float = 10.0,
        on_part: OnPart | None = None,
        **options: Any,
    ) -> Any:
        """Ask something else, of a kind that `engine.service.handlers` names; its answer in plain values.

        None where it has been overtaken: by an edit, or by a newer request of the same kind; and where it
        came in parts, with each of which `on_part` was called. Raises InputError where there is no answer.
        """

    async def close(self) -> None:
        """End what `run` started, and wait until it is gone."""


class SolverClient:
    """The real one: a process for plans, and another for the other requests once there is one."""

    def __init__(self, catalog: Path | None, today: date | None = None) -> None:
        self._today = today
        self.process = SolverProcess(catalog, _NICENESS, ready_niceness=0, leeway=_LEEWAY)
        self.requests = RequestQueue(catalog, today)
        self._requested: Routing | None = None  # None once it has its plan
        self._newest: Routing | None = None
        self._deaths = 0  # in a row without an answer between them
        self._changed = asyncio.Event()
        self._task: asyncio.Task[object] | None = None

    def use_overrides(self, overrides: Mapping[str, Any]) -> None:
        """Use these figures instead of the catalogue's from now on; what was asked before is overtaken."""
        if overrides != self.requests.overrides:
            self.requests.overrides = overrides
            self.requests.overtake()
            self._changed.set()

    def request_plan(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""
        if routing != self._newest:
            self.requests.overtake()
        self._requested = self._newest = routing
        self._changed.set()

    async def ask(
        self,
        kind: str,
        routing: Routing,
        seconds: float = 10.0,
        on_part: OnPart | None = None,
        **options: Any,
    ) -> Any:
        """Ask something else than a plan; None where it has been overtaken. Raises InputError."""
        return await self.requests.ask(kind, routing, seconds, options, on_part)

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled; a process that dies is said and replaced, within reason."""
        self._task = asyncio.current_task()
        try:
            while True:
                try:
                    await self.process.start()
                    await self._serve(on_plan, on_trouble)
                except ProcessDied as death:
                    self._deaths += bool(str(death))
                    if str(death):
                        on_trouble(str(death))
                    if self._deaths >= _MAX_DEATHS:
                        self._changed.clear()
                        await self._changed.wait()  # not before there is something new to try
                finally:
                    await self.process.stop()
        finally:
            await self.process.stop()

    async def close(self) -> None:
        """End the processes and wait for them: a second cancellation would leave one behind."""
        if self._task is not None and not self._task.done():
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task}, timeout=5)
        await self.requests.close()

    async def _serve(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        while True:
            while self._requested is None:
                await self._idle()
            routing, overrides = self._requested, self.requests.overrides
            finished = await self._solve(routing, on_plan, on_trouble)
            if finished and self._requested == routing and self.requests.overrides == overrides:
                self._requested = None

    async def _idle(self) -> None:
        """Wait for a request; a process that dies meanwhile is noticed now, not when it is needed."""
        process = self.process.subprocess
        assert process is not None
        self._changed.clear()
        waits = {asyncio.ensure_future(self._changed.wait()), asyncio.ensure_future(process.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if process.returncode is not None:
            raise ProcessDied(death_message(process.returncode))

    async def _solve(self, routing: Routing, on_plan: OnPlan, on_trouble: OnTrouble) -> bool:
        """Quickly first; where that leaves a gap and nothing has changed, once more with time.

        False for a request that was stopped: were it wanted again by now, it would have to be asked again.
        """
        from ...engine.domain.plan import Plan

        overrides = self.requests.overrides

        def overtaken() -> bool:
            return self._requested != routing or self.requests.overrides != overrides

        for limit in TIME_LIMITS:
            request = request_line("plan", routing, self._today or date.today(), limit, overrides=overrides)
            answer = await self.process.ask(request, overtaken, self._changed)
            if self.requests.overrides != overrides or "stopped" in answer:
                return False
            if "answer" not in answer:
                on_trouble(str(answer.get("error", "the solver gave no answer")))
                return True
            plan = Plan.model_validate(answer["answer"])
            final = plan.status.proven or limit == TIME_LIMITS[-1]
            self._deaths = 0
            on_plan(routing, plan, final)
            if final or overtaken():
                break
        return True
