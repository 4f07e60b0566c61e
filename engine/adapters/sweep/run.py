"""A sweep from its tasks to its table: rows that are there are kept, the rest is solved and written down.

How far it is goes to standard error: a bar on a terminal, elsewhere a line for each tenth.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from threading import Lock
from time import monotonic
from typing import TextIO

from ...domain.catalog import Catalog
from ...domain.solver_status import SolverStatus
from ..catalog.alerts import note
from .executors import Row, solve_batches
from .output import Output
from .spec import Task, question_json, row_keys

_BAR_WIDTH = 30  # characters
_REPAINT_SECONDS = 0.1
_LINES = 10  # where there is no terminal
_FINAL = (SolverStatus.OPTIMAL, SolverStatus.INFEASIBLE)


class Progress:
    """`done` of `total` rows; `kept` of them were there before."""

    def __init__(self, total: int, kept: int, out: TextIO | None = None) -> None:
        self.total, self.kept, self.done = total, kept, kept
        self.out = sys.stderr if out is None else out
        self.start, self.painted, self.lines = monotonic(), 0.0, 0
        self.terminal = self.out is not None and self.out.isatty()

    def step(self, rows: int) -> None:
        """So many more are done."""
        self.done += rows
        tenth = self.done * _LINES // max(self.total, 1)
        now = monotonic()
        if self.terminal and (now - self.painted > _REPAINT_SECONDS or self.done == self.total):
            self.painted = now
            self._print(f"\r{self._bar()} {self._figures()}\x1b[K")
        elif not self.terminal and tenth > self.lines:
            self.lines = tenth
            self._print(f"{self._figures()}\n")

    def close(self) -> None:
        """Leaves the bar's line."""
        if self.terminal and self.painted:
            self._print("\n")

    def _bar(self) -> str:
        full = self.done * _BAR_WIDTH // max(self.total, 1)
        return f"[{'#' * full}{'.' * (_BAR_WIDTH - full)}]"

    def _figures(self) -> str:
        fresh, spent = self.done - self.kept, monotonic() - self.start
        left = spent / fresh * (self.total - self.done) if fresh else 0.0
        return f"{self.done:,} of {self.total:,} rows, {left:,.0f} s left"

    def _print(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):
            self.out.write(text)
            self.out.flush()


class Sweep:
    """The rows asked for and those that are done. Reads what an earlier run has left."""

    def __init__(
        self, tasks: Sequence[Task], catalog: Catalog, output: Output, limit: float, *, fresh: bool = False
    ) -> None:
        self.tasks, self.catalog, self.output, self.limit = tasks, catalog, output, limit
        self.today = date.today()
        questions = [(question_json(task.routing), task.shift) for task in tasks]
        self.keys = row_keys([f"{routing}{shift}" for routing, shift in questions], catalog, self.today)
        known = output.known()  # refuses a file that is not ours even where all is solved again
        rows = {} if fresh else {key: known[key] for key in self.keys if key in known}
        self.done = {key: row for key, row in rows.items() if self._final(row)}
        if fresh:
            output.journal.unlink(missing_ok=True)
        self.kept = sum(key in self.done for key in self.keys)
        self.pending = {k: q for k, q in zip(self.keys, questions, strict=True) if k not in self.done}
        self._lock = Lock()
        self._ended = False

    def _final(self, row: Row) -> bool:
        """Whether a solve in this run's time would say no more."""
        return row["status"] in _FINAL or float(row["limit"] or 0.0) >= self.limit

    def run(self, jobs: int, scheduler: str | None) -> None:
        """Solve what is left and write the table. Raises InputError."""
        progress = Progress(len(self.keys), self.kept)
        times = Counter(self.keys)  # the same question may be asked twice
        catalog = self.catalog.model_dump_json(by_alias=True, exclude_unset=True).encode()
        pending = [(key, *question) for key, question in self.pending.items()]
        for rows in solve_batches(pending, catalog, self.today, self.limit, jobs=jobs, scheduler=scheduler):
            with self._lock:
                if self._ended:
                    return
                self.output.add(rows)
                self.done.update(rows)
            progress.step(sum(times[key] for key, _ in rows))
        progress.close()
        self._end()

    def interrupt(self) -> None:
        """The table of what is done so far; the solves under way are lost."""
        self._end()

    def _end(self) -> None:
        with self._lock:
            if not self._ended:
                self._ended = True
                note(self.output.write(self.tasks, self.keys, self.done))

    def counts(self) -> dict[str, int]:
        """Status -> rows, the most frequent first."""
        return dict(
            Counter(str(self.done[key]["status"]) for key in self.keys if key in self.done).most_common()
        )

    def offers(self) -> list[str]:
        """The offers that the plans of finished rows route to, each once."""
        plans = [json.loads(self.done[key]["routes"] or "{}") for key in self.keys if key in self.done]
        return list(dict.fromkeys(offer for mixes in plans for mix in mixes.values() for offer in mix))
