"""The app's solver process: `python -m modelpick.engine.service.server [--catalog FILE] [--nice N]`.

Speaks JSON, one object a line. It says {"ready": true} once warm. It then answers
{"ask": "plan", "routing": {...}, "today": "2026-11-23", "time_limit": 2.0, "args": {}} with {"answer": ...}
or {"error": "..."}, and ends with its standard input; "facts" are figures to use instead of the catalogue's,
in the shape of an overlay. An answer in parts is
{"part": ...} for each and then {"answer": null}. {"stop": true} ends the request that is being answered,
which says {"stopped": true}. `handlers` has the kinds of request, their options and answers. A process of its
own keeps scipy out of the app, and the app can end a solve that has been overtaken.
"""

from __future__ import annotations

import _thread
import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from ..adapters.catalog.overlay import with_overrides
from ..adapters.routing_file import check_references, load_catalog, routing_from
from ..domain.errors import InputError, ModelpickError
from ..domain.levels import spelled_out
from .handlers import handle

_SIGNAL = getattr(signal, "SIGUSR1", signal.SIGTERM)  # only ever raised in this process, by itself
_STOP = {"stop": True}
_PARENT_CHECK = 0.2  # seconds between looks for the parent
_NICENESS = 5  # the app's painting goes first


class Stopped(BaseException):
    """Nobody waits for the answer any more."""


class Inbox:
    """Requests in their order, read beside the solving; the process ends once its input and its parent have.

    A line {"stop": true} stops the request before it, unless that has been answered.

    What is being answered is interrupted by `Stopped` between two steps of Python's; a solve inside a library
    is finished first. After it nothing that was being worked on may be used.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self._lines_read: SimpleQueue[str | None] = SimpleQueue()
        self._read_count = 0  # requests that have come, of which some still wait
        self._number, self._answering, self._stop_of = 0, False, 0
        signal.signal(_SIGNAL, self._interrupt)
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        while (line := self._lines_read.get()) is not None:
            self._number += 1
            yield line

    def begin(self) -> None:
        """From now on a stop interrupts. Raises Stopped where one has come already."""
        self._answering = True
        if self._stop_of == self._number:
            self._answering = False
            raise Stopped

    def end(self) -> None:
        """From now on nothing is interrupted."""
        self._answering = False

    def _interrupt(self, *_: object) -> None:
        if self._answering and self._stop_of == self._number:
            self._answering = False
            raise Stopped

    def _read(self) -> None:
        parent = os.getppid()
        for line in self._lines:
            if not line.strip():
                continue
            if _is_stop(line):
                self._stop_of = self._read_count  # not begun yet, it does not begin
                _thread.interrupt_main(_SIGNAL)
            else:
                self._read_count += 1
                self._lines_read.put(line)
        self._lines_read.put(None)
        while os.getppid() == parent:  # somebody may still read the answers to what was asked
            time.sleep(_PARENT_CHECK)
        os._exit(0)


def _is_stop(line: str) -> bool:
    with suppress(ValueError):
        return bool(json.loads(line) == _STOP) if len(line) < 100 else False
    return False


def main(argv: list[str] | None = None) -> int:
    """Serve until standard input ends; 2 when the catalogue cannot be used."""
    parser = argparse.ArgumentParser(prog="modelpick-worker", description="The solver process of the app.")
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--nice", type=int, default=_NICENESS)
    parser.add_argument("--then", type=int, help="niceness once warm, where threads can have their own")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the app's to handle
    with _private_stdout() as out, suppress(BrokenPipeError):
        return _serve(sys.stdin, out, options)
    return 0


def _private_stdout() -> TextIO:
    """The answers' own channel: whatever a library prints goes to standard error instead."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _serve(requests: TextIO, out: TextIO, options: argparse.Namespace) -> int:
    # On Linux every thread has a niceness of its own: the one that starts up can give way alone.
    threads_apart = options.then is not None and sys.platform == "linux"
    with suppress(OSError, AttributeError):
        os.nice(options.then if threads_apart else options.nice)
    niceness = options.nice if threads_apart else None
    try:
        with ThreadPoolExecutor(1) as thread:
            server = thread.submit(_Server, out, options.catalog, niceness).result()
    except ModelpickError as error:
        _write(out, {"error": str(error)})
        return 2
    inbox = Inbox(requests)
    _write(out, {"ready": True})
    for line in inbox:
        server.answer(line, inbox)
    return 0


class _Server:
    """The catalogue and what has been worked out of it; made in a thread that gives way to the app."""

    def __init__(self, out: TextIO, catalog: Path | None, niceness: int | None) -> None:
        if niceness is not None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        self._out, self._catalog = out, load_catalog(catalog)
        self._spelled_out = spelled_out(self._catalog)
        from ..solver.pick import Picker  # brings scipy, the slow part of being ready

        self._make_picker = Picker
        # One picker: it caches what an edit leaves alone, until midnight or a what-if.
        self._pickers: dict[str, Picker] = {}

    def answer(self, line: str, inbox: Inbox) -> None:
        """Write the answer to one request, part by part where it comes in parts."""
        try:
            message = self._last_message(line, inbox)
        except Stopped:
            self._pickers.clear()  # what one caches may be half done
            message = {"stopped": True}
        _write(self._out, message)

    def _last_message(self, line: str, inbox: Inbox) -> dict[str, Any]:
        try:
            inbox.begin()
            answer = self._handle(line)
            if not isinstance(answer, Iterator):
                return {"answer": answer}
            for part in answer:
                inbox.end()
                _write(self._out, {"part": part})
                inbox.begin()
            return {"answer": None}
        except ModelpickError as error:
            return {"error": str(error)}
        except BrokenPipeError:
            raise
        except Exception as error:  # one bad request must not end the app's solver
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            inbox.end()

    def _handle(self, line: str) -> Any:
        request = _parse_request(line)
        routing = routing_from(request.routing, "routing")
        check_references(routing, self._spelled_out)
        key = f"{request.today}{json.dumps(request.overrides)}"
        if key not in self._pickers:
            catalog = with_overrides(self._catalog, request.overrides)
            self._pickers = {key: self._make_picker(catalog, request.today)}
        return handle(self._pickers[key], request.kind, routing, request.seconds, request.options)


@dataclass(frozen=True)
class _Request:
    kind: str
    options: dict[str, Any]
    overrides: dict[str, Any]
    routing: dict[str, Any]
    today: date
    seconds: float | None


def _parse_request(line: str) -> _Request:
    try:
        fields = json.loads(line)
        limit = fields.get("time_limit")
        options, overrides = dict(fields.get("args", {})), dict(fields.get("facts", {}))
        return _Request(
            kind=str(fields.get("ask", "plan")),
            options=options,
            overrides=overrides,
            routing=fields["routing"],
            today=date.fromisoformat(fields["today"]),
            seconds=None if limit is None else float(limit),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a question: {error!r}") from None


def _write(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message, allow_nan=False) + "\n")
    out.flush()


if __name__ == "__main__":
    os._exit(main())  # its reader may be waiting for a line, and would hold up an orderly end
