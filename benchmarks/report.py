"""Tables of results, as text for the terminal and markdown for the README, and the machine they are of."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "modelpick", "textual", "numpy", "scipy", "highspy", "ortools", "pulp", "cvxpy", "linopy", "duckdb"
)  # fmt: skip
TARGET = "target"


@dataclass(frozen=True)
class Table:
    """A title, column heads, rows of cells, and sentences that follow."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    @property
    def text(self) -> str:
        """Aligned for a terminal: the first column and the last to the left."""
        cells = [self.head, *self.rows]
        width = [max(len(row[k]) for row in cells) for k in range(len(self.head))]
        lines = [
            "  ".join(
                cell.ljust(width[k]) if k in (0, len(width) - 1) else cell.rjust(width[k])
                for k, cell in enumerate(row)
            ).rstrip()
            for row in cells
        ]
        return "\n".join(["", self.title, "-" * len(self.title), *lines, *self.notes])

    @property
    def markdown(self) -> str:
        """The same for the README."""
        rule = ["---", *["---:"] * (len(self.head) - 2), "---"]
        lines = [f"| {' | '.join(row)} |" for row in (self.head, rule, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines, "", *(f"- {note}" for note in self.notes), ""])


@dataclass(frozen=True)
class Result:
    """What a benchmark found: its tables, and what must not be (a disagreement)."""

    tables: Sequence[Table]
    faults: Sequence[str] = ()


def seconds(value: float) -> str:
    """A time with three significant digits."""
    if value < 1:
        return f"{value * 1e3:.3g} ms" if value < 0.1 else f"{value * 1e3:.0f} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"


def judged(what: str, value: float, target: float, *, least: bool, unit: str = "") -> str:
    """A sentence on a target: met or missed."""
    met = value >= target if least else value <= target
    sign = ">=" if least else "<="
    return f"{TARGET} {what} {sign} {target:g}{unit}: {value:.3g}{unit}, {'met' if met else 'MISSED'}"


def machine() -> str:
    """CPU, cores, versions and date, in one line."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    load = "/".join(f"{x:.1f}" for x in os.getloadavg())
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"machine: {_cpu()}, {len(os.sched_getaffinity(0))} cores, load {load}, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(found)}, {when}"
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def save(path: Path, results: Iterable[Result], command: str) -> None:
    """All tables as markdown."""
    tables = [table.markdown for result in results for table in result.tables]
    head = ["# Benchmarks", "", f"Written by `{command} --save`.", ""]
    path.write_text("\n".join([*head, *tables, machine(), ""]), encoding="utf-8")
