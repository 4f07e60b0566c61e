"""A solver process of the app's: started, asked one request at a time, ended."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

HUNG_SECONDS = 10.0  # over its limit, after which a process is taken for hung
STOP_SECONDS = 1.5  # that a request may go on after it was told to stop: about what a new process costs
_MAX_LINE = 64 * 1024 * 1024  # bytes

Answer = dict[str, Any]
OnPart = Callable[[Any], None]


class ProcessDied(Exception):
    """The process is gone, or has to be; without words where that is meant."""


def death_message(status: int) -> str:
    """The message for a process that ended by itself."""
    return f"the solver process ended (status {status}) and is started again"


def request_line(
    kind: str,
    routing: Routing,
    today: date,
    seconds: float,
    *,
    options: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any],
) -> dict[str, Any]:
    """A line of the process's protocol; `overrides` are figures to use instead of the catalogue's."""
    return {
        "ask": kind,
        "routing": routing.model_dump(mode="json", by_alias=True),
        "today": today.isoformat(),
        "time_limit": seconds,
        "args": options or {},
        "facts": overrides,
    }


class SolverProcess:
    """The process, which speaks JSON lines; there is none before `start` and after `stop`."""

    def __init__(
        self, catalog: Path | None, niceness: int, *, ready_niceness: int | None = None, leeway: float = 0.0
    ) -> None:
        """`ready_niceness`: from when it is ready. An overtaken request may go on for `leeway` seconds."""
        self._leeway = leeway
        package = __name__.rpartition(".tui.")[0]
        # -P: a module of the user's own, in the folder they stand in, must not be taken for a library.
        self._command = [sys.executable, "-P", "-m", f"{package}.engine.service.server"]
        self._command += ["--nice", str(niceness)]
        self._command += ["--then", str(ready_niceness)] if ready_niceness is not None else []
        self._command += ["--catalog", str(catalog)] if catalog is not None else []
        self.subprocess: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        """Whether it has been started and has not ended."""
        return self.subprocess is not None and self.subprocess.returncode is None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises ProcessDied."""
        pipe = asyncio.subprocess.PIPE
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=_MAX_LINE
            )
        )
        try:
            self.subprocess = await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(OSError):  # it is on its way, and nobody else would end it
                self.subprocess = await starting
            await self.stop()
            raise
        except OSError as error:
            raise ProcessDied(f"the solver cannot start: {error.strerror or error}") from None
        answer = await self._read()
        if "ready" not in answer:
            raise ProcessDied(f"the solver cannot start: {answer.get('error', 'it says nothing')}")

    async def ask(
        self,
        request: Mapping[str, Any],
        overtaken: Callable[[], bool],
        changed: asyncio.Event,
        on_part: OnPart | None = None,
    ) -> Answer:
        """Ask and wait for the answer; `on_part` is called with each part of one that comes in parts, also
        with those that come after it was told to stop.

        `changed` is set whenever `overtaken` may have become true. The request is told to stop then, and says
        so or has its answer after all. Raises ProcessDied, also for one that goes on nevertheless.
        """
        await self._write(request)
        patience, stopping = request["time_limit"] + HUNG_SECONDS, False
        while True:
            reading = asyncio.ensure_future(self._read())
            try:
                while not reading.done():
                    changed.clear()
                    if overtaken():
                        stopping = await self._stop_request(reading, overtaken, stopping)
                    else:
                        await self._wait(reading, changed, patience)
                answer = reading.result()
            finally:
                reading.cancel()
            if "part" not in answer:
                return answer
            if on_part is not None:
                on_part(answer["part"])

    async def _wait(self, reading: asyncio.Future[Answer], changed: asyncio.Event, patience: float) -> None:
        """Until there is a line or something has changed. Raises ProcessDied after so many seconds."""
        change = asyncio.ensure_future(changed.wait())
        try:
            waits: set[asyncio.Future[Any]] = {reading, change}
            done, _ = await asyncio.wait(waits, timeout=patience, return_when="FIRST_COMPLETED")
        finally:
            change.cancel()
        if not done:
            raise ProcessDied("the solver does not answer and is started again")

    async def _stop_request(
        self, reading: asyncio.Future[Answer], overtaken: Callable[[], bool], stopping: bool
    ) -> bool:
        """Give an overtaken request its leeway, then tell it to stop; whether it was. Raises ProcessDied."""
        if not stopping:
            await asyncio.wait({reading}, timeout=self._leeway)
            if reading.done() or not overtaken():
                return False
            await self._write({"stop": True})
        await asyncio.wait({reading}, timeout=STOP_SECONDS)
        if not reading.done():
            raise ProcessDied  # without a word: it was meant
        return True

    async def _write(self, message: Mapping[str, Any]) -> None:
        if self.subprocess is None or self.subprocess.stdin is None:
            raise ProcessDied
        with suppress(ConnectionError):  # a dead process shows when its answer is read
            self.subprocess.stdin.write(json.dumps(message).encode() + b"\n")
            await self.subprocess.stdin.drain()

    async def _read(self) -> Answer:
        process = self.subprocess
        assert process is not None and process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise ProcessDied(death_message(await process.wait()))
        try:
            answer: Answer = json.loads(line)
        except ValueError:
            raise ProcessDied("the solver process gave no JSON and is started again") from None
        return answer

    async def stop(self) -> None:
        """End it and wait until it is gone."""
        process, self.subprocess = self.subprocess, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        # Its pipes complain when the loop has closed before they have; the wait may be cancelled.
        process._transport.close()  # type: ignore[attr-defined]
        await process.wait()
