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
PATIENCE = 1.5  # seconds that an overtaken question may go on: about what a new process costs
_LINE = 64 * 1024 * 1024


class Ended(Exception):
    """The process is gone, or has to be; without words where that is meant."""


def died(code: int) -> str:
    """What is said of a process that ended by itself."""
    return f"the solver process ended (status {code}) and is started again"


class Child:
    """The process, which speaks JSON lines; there is none before `start` and after `stop`."""

    def __init__(self, catalog: Path | None, niceness: int) -> None:
        package = __name__.rpartition(".tui.")[0]
        # -P: a module of the user's own, in the folder they stand in, must not be taken for a library.
        self._command = [sys.executable, "-P", "-m", f"{package}.engine.adapters.worker"]
        self._command += ["--nice", str(niceness)]
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
        self, question: dict[str, Any], overtaken: Callable[[], bool], moved: asyncio.Event
    ) -> dict[str, Any]:
        """Ask and wait for the answer. `moved` is set whenever `overtaken` may have become true.

        Raises Ended, also for a question that goes on though it has been overtaken: it is to be stopped then.
        """
        if self.process is None or self.process.stdin is None:
            raise Ended
        with suppress(ConnectionError):  # a dead process shows when its answer is read
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            await self.process.stdin.drain()
        answer = asyncio.ensure_future(self._answer())
        late = question["time_limit"] + GRACE
        try:
            while not answer.done():
                moved.clear()
                if overtaken():
                    moved.set()
                move = asyncio.ensure_future(moved.wait())
                done, _ = await asyncio.wait({answer, move}, timeout=late, return_when="FIRST_COMPLETED")
                move.cancel()
                if not done:
                    raise Ended("the solver does not answer and is started again")
                if not answer.done() and overtaken():
                    await asyncio.wait({answer}, timeout=PATIENCE)
                    if not answer.done() and overtaken():
                        raise Ended  # without a word: it was meant
            return answer.result()
        finally:
            answer.cancel()

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
