"""The app's solver process: `python -m modelpick.engine.service.server [--catalog FILE] [--nice N]`.

Speaks JSON, one object a line. It says {"ready": true} once warm. It then answers
{"ask": "plan", "routing": {...}, "today": "2026-11-23", "time_limit": 2.0, "args": {}} with {"answer": ...}
or {"error": "..."}, and ends with its standard input; "facts" are figures to use instead of the catalogue's,
in the shape of an overlay, with "cautious": true where the question is to be asked so. An answer in parts is
{"part": ...} for each and then {"answer": null}. {"stop": true} ends the question that is being answered,
which says {"stopped": true}. `asks` has the kinds of question, their arguments and answers. A process of its
own keeps scipy out of the app, and the app can end a solve that has been overtaken.

A worker's questions, read beside the solving: so one can be stopped, and the end of it all is noticed.
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
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from ..adapters.catalog.overlay import with_overrides
from ..adapters.routing_file import check_references, load_catalog, routing_from
from ..domain.errors import InputError, ModelpickError
from .handlers import ask

_SIGNAL = getattr(signal, "SIGUSR1", signal.SIGTERM)  # only ever raised in this process, by itself
_STOP = {"stop": True}
_LOOK = 0.2  # seconds between looks for the parent


class Stopped(BaseException):
    """Nobody waits for the answer any more."""


class Inbox:
    """Lines in their order. A line {"stop": true} stops the question that is being answered, if there is one.

    What is being answered is interrupted by `Stopped` between two steps of Python's; a solve inside a library
    is finished first. After it nothing that was being worked on may be used.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self._found: SimpleQueue[str | None] = SimpleQueue()
        self._number, self._answering, self._stop_of = 0, False, 0
        signal.signal(_SIGNAL, self._interrupt)
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        while (line := self._found.get()) is not None:
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
                self._stop_of = self._number
                _thread.interrupt_main(_SIGNAL)
            else:
                self._found.put(line)
        self._found.put(None)
        while os.getppid() == parent:  # somebody may still read the answers to what was asked
            time.sleep(_LOOK)
        os._exit(0)


def _is_stop(line: str) -> bool:
    with suppress(ValueError):
        return bool(json.loads(line) == _STOP) if len(line) < 100 else False
    return False


_NICENESS = 5  # the app's painting goes first


def main(argv: list[str] | None = None) -> int:
    """Serve until standard input ends; 2 when the catalogue cannot be used."""
    parser = argparse.ArgumentParser(prog="modelpick-worker", description="The solver process of the app.")
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--nice", type=int, default=_NICENESS)
    parser.add_argument("--then", type=int, help="niceness once warm, where threads can have their own")
    given = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is the app's to handle
    with _private_stdout() as out, suppress(BrokenPipeError):
        return _serve(sys.stdin, out, given)
    return 0


def _private_stdout() -> TextIO:
    """The answers' own channel: whatever a library prints goes to standard error instead."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _serve(requests: TextIO, out: TextIO, given: argparse.Namespace) -> int:
    apart = given.then is not None and sys.platform == "linux"  # there every thread has a niceness of its own
    with suppress(OSError, AttributeError):
        os.nice(given.then if apart else given.nice)
    try:
        with ThreadPoolExecutor(1) as beside:
            worker = beside.submit(_Worker, out, given.catalog, given.nice if apart else None).result()
    except ModelpickError as error:
        _say(out, {"error": str(error)})
        return 2
    inbox = Inbox(requests)
    _say(out, {"ready": True})
    for line in inbox:
        worker.answer(line, inbox)
    return 0


class _Worker:
    """The catalogue and what has been worked out of it; made in a thread that gives way to the app."""

    def __init__(self, out: TextIO, catalog: Path | None, niceness: int | None) -> None:
        if niceness is not None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        self._out, self._catalog = out, load_catalog(catalog)
        from ..solver.pick import Picker  # brings scipy, the slow part of being ready

        self._made = Picker
        # One: it keeps what an edit leaves alone, until midnight or a what-if.
        self._pickers: dict[str, Picker] = {}

    def answer(self, line: str, inbox: Inbox) -> None:
        """All that is said to one question."""
        try:
            said = self._said(line, inbox)
        except Stopped:
            self._pickers.clear()  # it may have been in the middle of remembering something
            said = {"stopped": True}
        _say(self._out, said)

    def _said(self, line: str, inbox: Inbox) -> dict[str, Any]:
        try:
            inbox.begin()
            found = self._asked(line)
            if not isinstance(found, Iterator):
                return {"answer": found}
            for part in found:
                inbox.end()
                _say(self._out, {"part": part})
                inbox.begin()
            return {"answer": None}
        except ModelpickError as error:
            return {"error": str(error)}
        except BrokenPipeError:
            raise
        except Exception as error:  # one bad question must not end the app's solver
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            inbox.end()

    def _asked(self, line: str) -> Any:
        question = _question(line)
        routing = routing_from(question["routing"], "routing")
        check_references(routing, self._catalog)
        today, facts = question["today"], question["facts"]
        key = f"{today}{json.dumps(facts)}"
        if key not in self._pickers:
            self._pickers = {key: self._made(with_overrides(self._catalog, facts), today)}
        return ask(self._pickers[key], question["ask"], routing, question["time_limit"], question["args"])


def _question(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        limit = asked.get("time_limit")
        args, facts = dict(asked.get("args", {})), dict(asked.get("facts", {}))
        if facts.pop("cautious", False):
            args["cautious"] = True  # the same picker answers: it keeps what the two have in common
        return {
            "ask": str(asked.get("ask", "plan")),
            "args": args,
            "facts": facts,
            "routing": asked["routing"],
            "today": date.fromisoformat(asked["today"]),
            "time_limit": None if limit is None else float(limit),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a question: {error!r}") from None


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message, allow_nan=False) + "\n")
    out.flush()


if __name__ == "__main__":
    os._exit(main())  # its reader may be waiting for a line, and would hold up an orderly end
