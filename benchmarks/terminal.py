"""A program in a real pseudo-terminal: what it paints, and when.

Output is only stamped and stored while time counts; the screens are made afterwards, from the stored bytes.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from types import TracebackType
from typing import Self

import pyte

SIZE = (120, 40)  # columns, rows
DROPPED = ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FPS", "COLUMNS", "LINES", "PYTHONPATH")
DROPPED += ("PYTHONDONTWRITEBYTECODE",)  # what is installed is compiled once, not at every start
Chunk = tuple[float, bytes]


class Terminal:
    """A child process on its own pseudo-terminal; `start` is the moment before it was started."""

    def __init__(self, command: Sequence[str], size: tuple[int, int] = SIZE) -> None:
        env = {key: value for key, value in os.environ.items() if key not in DROPPED}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        # What other sessions have left there would show, and they would find what this one leaves.
        self._state = TemporaryDirectory(prefix="modelpick-state-")
        env["XDG_STATE_HOME"] = self._state.name
        self.start = perf_counter()
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.chdir(gettempdir())
            os.execvpe(command[0], list(command), env)

    @property
    def age(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self.start

    @property
    def busy(self) -> float:
        """Seconds of processor time that the child has had, all threads together; NaN but on Linux."""
        total = 0
        for file in Path(f"/proc/{self._pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # a thread that has just ended
                total += int(file.read_text().split()[0])
        return total / 1e9 if total else float("nan")

    def send(self, keys: str) -> float:
        """Types; the moment it did."""
        at = perf_counter()
        os.write(self._fd, keys.encode())
        return at

    def read(self, quiet: float, most: float) -> list[Chunk]:
        """What it paints until nothing has come for `quiet` seconds, `most` at most; each with its moment."""
        chunks: list[Chunk] = []
        end = perf_counter() + most
        while (left := end - perf_counter()) > 0:
            if not select.select([self._fd], [], [], min(quiet, left))[0]:
                break
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:  # the child has closed its end
                break
            chunks.append((perf_counter(), data))
        return chunks

    def replay(self, chunks: Sequence[Chunk]) -> Iterator[tuple[float, list[str]]]:
        """The screen's lines after each chunk, with its moment."""
        for at, data in chunks:
            self._stream.feed(data)
            yield at, list(self.screen.display)

    def close(self) -> None:
        """Ends the child that this started, and only that."""
        with suppress(OSError):
            os.close(self._fd)  # hangs up
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._state.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def app(*arguments: str) -> list[str]:
    """The command that opens the app."""
    return [sys.executable, "-P", "-m", "modelpick", *arguments]


def program(name: str) -> list[str]:
    """The command that runs a file of this folder as a program of its own."""
    return [sys.executable, "-P", str(Path(__file__).with_name(name))]


def bare() -> list[str]:
    """The command that opens the same widgets with nothing in them."""
    return program("bare.py")
