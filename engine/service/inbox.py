"""A worker's questions, read beside the solving: so one can be stopped, and the end of it all is noticed."""

from __future__ import annotations

import _thread
import json
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue

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
