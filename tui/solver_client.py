"""The solver process, kept at work: one question at a time, and always the newest one next.

Equality of values is the token: an answer is for the routing it was asked with, and while that is not the
wanted one, the wanted one is asked. A solve that was overtaken and goes on for long is ended with its
process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing

LIMITS = (2.0, 30.0)  # seconds: an answer while typing, then a better one if nothing moved
GRACE = 10.0  # seconds over its limit after which a solver is taken for hung
PATIENCE = 1.5  # seconds that an overtaken solve may go on: about what a new process costs
_LINE = 64 * 1024 * 1024
_ATTEMPTS = 3

OnPlan = Callable[["Routing", "Plan", bool], None]
OnTrouble = Callable[[str], None]


class Solver(Protocol):
    """What the workbench needs of a solver."""

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled."""

    def want(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""

    async def close(self) -> None:
        """End what `run` started, and wait until it is gone."""


class Ended(Exception):
    """The solver process is gone."""


def _died(code: int) -> str:
    return f"the solver process ended (status {code}) and is started again"


class SolverClient:
    """The real one: a child process that speaks JSON lines."""

    def __init__(self, catalog: Path | None, today: date | None = None) -> None:
        self._today = today
        package = __name__.rpartition(".tui.")[0]
        # -P: a module of the user's own, in the folder they stand in, must not be taken for a library.
        self._command = [sys.executable, "-P", "-m", f"{package}.engine.adapters.worker"]
        self._command += ["--catalog", str(catalog)] if catalog is not None else []
        self._wanted: Routing | None = None
        self._attempts = 0  # deaths in a row without an answer between them
        self._moved = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[object] | None = None

    def want(self, routing: Routing) -> None:
        """Ask for the plan of this routing, instead of any asked for before."""
        self._wanted = routing
        self._moved.set()

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Serve until cancelled; a process that dies is said and replaced, within reason."""
        self._task = asyncio.current_task()
        try:
            while True:
                try:
                    await self._start()
                    await self._serve(on_plan, on_trouble)
                except Ended as end:
                    self._attempts += bool(str(end))
                    if str(end):
                        on_trouble(str(end))
                    if self._attempts >= _ATTEMPTS:
                        self._moved.clear()
                        await self._moved.wait()  # not before there is something new to try
                finally:
                    await self._stop()
        finally:
            await self._stop()

    async def close(self) -> None:
        """End the process and wait for it: a second cancellation would leave it behind."""
        if self._task is not None and not self._task.done():
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task}, timeout=5)

    async def _start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=_LINE
            )
        except OSError as error:
            raise Ended(f"the solver cannot start: {error.strerror or error}") from None
        answer = await self._answer()
        if "ready" not in answer:
            raise Ended(f"the solver cannot start: {answer.get('error', 'it says nothing')}")

    async def _serve(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        while True:
            while self._wanted is None:
                await self._idle()
            routing = self._wanted
            await self._solve(routing, on_plan, on_trouble)
            if self._wanted == routing:
                self._wanted = None

    async def _idle(self) -> None:
        """Wait for a question; a process that dies meanwhile is noticed now, not when it is needed."""
        assert self._process is not None
        self._moved.clear()
        waits = {asyncio.ensure_future(self._moved.wait()), asyncio.ensure_future(self._process.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._process.returncode is not None:
            raise Ended(_died(self._process.returncode))

    async def _solve(self, routing: Routing, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Quickly first; where that leaves a gap and nothing has moved, once more with time."""
        from ..engine.domain.plan import Plan

        for limit in LIMITS:
            answer = await self._ask(routing, limit)
            if "plan" not in answer:
                on_trouble(str(answer.get("error", "the solver gave no answer")))
                return
            plan = Plan.model_validate(answer["plan"])
            final = plan.status in ("optimal", "infeasible") or limit == LIMITS[-1]
            self._attempts = 0
            on_plan(routing, plan, final)
            if final or self._wanted != routing:
                return

    async def _ask(self, routing: Routing, limit: float) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        day = self._today or date.today()
        told = routing.model_dump(mode="json", by_alias=True)
        question = {"routing": told, "today": day.isoformat(), "time_limit": limit}
        with suppress(ConnectionError):  # a dead process shows when its answer is read
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            await self._process.stdin.drain()
        answer = asyncio.ensure_future(self._answer())
        try:
            while not answer.done():
                self._moved.clear()
                moved = asyncio.ensure_future(self._moved.wait())
                late = limit + GRACE
                done, _ = await asyncio.wait(
                    {answer, moved}, timeout=late, return_when=asyncio.FIRST_COMPLETED
                )
                moved.cancel()
                if not done:
                    raise Ended("the solver does not answer and is started again")
                if not answer.done() and self._wanted != routing:
                    await asyncio.wait({answer}, timeout=PATIENCE)
                    if not answer.done() and self._wanted != routing:
                        raise Ended  # without a word: it was meant
            return answer.result()
        finally:
            answer.cancel()

    async def _answer(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            code = await self._process.wait()
            raise Ended(_died(code))
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError:
            raise Ended("the solver process gave no JSON and is started again") from None
        return answer

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        # Without this its pipes complain when the loop has closed before they have.
        process._transport.close()  # type: ignore[attr-defined]
