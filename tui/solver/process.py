"""A solver process of the app's: started, asked one question at a time, ended."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

GRACE = 10.0  # seconds over its limit after which a process is taken for hung
PATIENCE = 1.5  # seconds that a question may go on after it was told to stop: about what a new process costs
_LINE = 64 * 1024 * 1024


class Ended(Exception):
    """The process is gone, or has to be; without words where that is meant."""


def died(code: int) -> str:
    """What is said of a process that ended by itself."""
    return f"the solver process ended (status {code}) and is started again"


def _nobody(_: Any) -> None:
    """Parts that nobody waits for."""


Line = asyncio.Future[dict[str, Any]]


class Child:
    """The process, which speaks JSON lines; there is none before `start` and after `stop`."""

    def __init__(
        self, catalog: Path | None, niceness: int, *, warm: int | None = None, moment: float = 0.0
    ) -> None:
        """`warm`: its niceness when it is ready. An overtaken question may go on for a `moment`."""
        self._moment = moment
        package = __name__.rpartition(".tui.")[0]
        # -P: a module of the user's own, in the folder they stand in, must not be taken for a library.
        self._command = [sys.executable, "-P", "-m", f"{package}.engine.service.server"]
        self._command += ["--nice", str(niceness)]
        self._command += ["--then", str(warm)] if warm is not None else []
        self._command += ["--catalog", str(catalog)] if catalog is not None else []
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises Ended."""
        pipe = asyncio.subprocess.PIPE
        born = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=_LINE
            )
        )
        try:
            self.process = await asyncio.shield(born)
        except asyncio.CancelledError:
            with suppress(OSError):  # it is on its way, and nobody else would end it
                self.process = await born
            await self.stop()
            raise
        except OSError as error:
            raise Ended(f"the solver cannot start: {error.strerror or error}") from None
        answer = await self._answer()
        if "ready" not in answer:
            raise Ended(f"the solver cannot start: {answer.get('error', 'it says nothing')}")

    async def put(
        self,
        question: dict[str, Any],
        overtaken: Callable[[], bool],
        moved: asyncio.Event,
        told: Callable[[Any], None] = _nobody,
    ) -> dict[str, Any]:
        """Ask and wait for the answer; `told` of each part of one that comes in parts.

        `moved` is set whenever `overtaken` may have become true. The question is told to stop then, and says
        so or has its answer after all. Raises Ended, also for one that goes on nevertheless.
        """
        await self._write(question)
        late, stopping = question["time_limit"] + GRACE, False
        while True:
            line = asyncio.ensure_future(self._answer())
            try:
                while not line.done():
                    moved.clear()
                    if overtaken():
                        stopping = await self._stopped(line, overtaken, stopping)
                    else:
                        await self._heard(line, moved, late)
                answer = line.result()
            finally:
                line.cancel()
            if "part" not in answer:
                return answer
            if not overtaken():
                told(answer["part"])

    async def _heard(self, line: Line, moved: asyncio.Event, late: float) -> None:
        """Until there is a line or something has moved. Raises Ended where there is neither for so long."""
        move = asyncio.ensure_future(moved.wait())
        try:
            waits: set[asyncio.Future[Any]] = {line, move}
            done, _ = await asyncio.wait(waits, timeout=late, return_when="FIRST_COMPLETED")
        finally:
            move.cancel()
        if not done:
            raise Ended("the solver does not answer and is started again")

    async def _stopped(self, line: Line, overtaken: Callable[[], bool], already: bool) -> bool:
        """Give an overtaken question a moment, then tell it to stop; whether it was told. Raises Ended."""
        if not already:
            await asyncio.wait({line}, timeout=self._moment)
            if line.done() or not overtaken():
                return False
            await self._write({"stop": True})
        await asyncio.wait({line}, timeout=PATIENCE)
        if not line.done():
            raise Ended  # without a word: it was meant
        return True

    async def _write(self, told: dict[str, Any]) -> None:
        if self.process is None or self.process.stdin is None:
            raise Ended
        with suppress(ConnectionError):  # a dead process shows when its answer is read
            self.process.stdin.write(json.dumps(told).encode() + b"\n")
            await self.process.stdin.drain()

    async def _answer(self) -> dict[str, Any]:
        process = self.process
        assert process is not None and process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise Ended(died(await process.wait()))
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError:
            raise Ended("the solver process gave no JSON and is started again") from None
        return answer

    async def stop(self) -> None:
        """End it and wait until it is gone."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        # Its pipes complain when the loop has closed before they have; the wait may be cancelled.
        process._transport.close()  # type: ignore[attr-defined]
        await process.wait()


def question(
    kind: str,
    routing: Any,
    today: Any,
    seconds: float,
    *,
    args: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """A line of the worker's protocol; `facts` are figures to use instead of the catalogue's."""
    told = routing.model_dump(mode="json", by_alias=True)
    asked = {"ask": kind, "routing": told, "today": today.isoformat(), "time_limit": seconds}
    return {**asked, "args": args, "facts": facts}
