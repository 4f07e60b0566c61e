"""A bar on standard error; a line now and then where that is no terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from time import monotonic
from typing import TextIO

WIDTH = 30
EVERY = 0.1  # seconds between two paints
LINES = 10  # where there is no terminal


class Progress:
    """`done` of `total` rows; `kept` of them were there before."""

    def __init__(self, total: int, kept: int, out: TextIO | None = None) -> None:
        self.total, self.kept, self.done = total, kept, kept
        self.out = sys.stderr if out is None else out
        self.start, self.painted, self.said = monotonic(), 0.0, 0
        self.terminal = self.out is not None and self.out.isatty()

    def step(self, rows: int) -> None:
        """So many more are done."""
        self.done += rows
        tenth = self.done * LINES // max(self.total, 1)
        now = monotonic()
        if self.terminal and (now - self.painted > EVERY or self.done == self.total):
            self.painted = now
            self._put(f"\r{self._bar()} {self._figures()}\x1b[K")
        elif not self.terminal and tenth > self.said:
            self.said = tenth
            self._put(f"{self._figures()}\n")

    def close(self) -> None:
        """Leaves the bar's line."""
        if self.terminal and self.painted:
            self._put("\n")

    def _bar(self) -> str:
        full = self.done * WIDTH // max(self.total, 1)
        return f"[{'#' * full}{'.' * (WIDTH - full)}]"

    def _figures(self) -> str:
        fresh, spent = self.done - self.kept, monotonic() - self.start
        left = spent / fresh * (self.total - self.done) if fresh else 0.0
        return f"{self.done:,} of {self.total:,} rows, {left:,.0f} s left"

    def _put(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):
            self.out.write(text)
            self.out.flush()
