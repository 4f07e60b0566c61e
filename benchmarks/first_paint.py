"""From process start to the first full frame, the app against a bare textual app with the same widgets.

A full frame has both panels' titles and the keys at the bottom. The two alternate, in a real terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median

from .report import Result, Table, judged, seconds
from .terminal import Terminal, app, bare

RATIO = 1.3
PATIENCE = 15.0  # seconds
HEAD = ("from process start to", "runs", "median", "least", "most")
Seen = Callable[[list[str]], bool]

RULES_TITLE = re.compile(r"[─━](3 )?rules\b")  # the bare app has no digits


def run(runs: int) -> Result:
    """Alternating runs after one of each that fills the disk's cache."""
    full: list[float] = []
    plan: list[float] = []
    floor: list[float] = []
    for _ in range(runs + 1):
        floor.append(_moments(bare(), [framed])[0])
        first, answer = _moments(app(), [framed, answered])
        full.append(first)
        plan.append(answer)
    rows = [
        _row("a bare textual app's first full frame", floor[1:]),
        _row("modelpick's first full frame", full[1:]),
        _row("modelpick's first plan on the screen", plan[1:]),
    ]
    ratio = median(full[1:]) / median(floor[1:])
    notes = [judged("first full frame / bare app", ratio, RATIO, least=False, unit=" x")]
    return Result([Table("first paint, shipped catalogue, 120 x 40", HEAD, rows, notes)])


def framed(lines: list[str]) -> bool:
    """Whether the panels and the keys stand."""
    return rules_at(lines) < len(lines) and "Quit" in lines[-1]


def rules_at(lines: list[str]) -> int:
    """The line of the title of the rules; how many lines there are where none is."""
    return next((at for at, line in enumerate(lines) if RULES_TITLE.search(line)), len(lines))


def answered(lines: list[str]) -> bool:
    """Whether a plan is shown."""
    head = " ".join(lines[:3])
    return ("USD/mo" in head or "USD a month" in head) and "optimal" in head


def _moments(command: Sequence[str], wanted: Sequence[Seen]) -> list[float]:
    """Seconds from the start until each was first seen."""
    found: dict[int, float] = {}
    with Terminal(command) as terminal:
        while len(found) < len(wanted):
            chunks = terminal.read(quiet=1.0, most=3.0)
            for at, lines in terminal.replay(chunks):
                for k, seen in enumerate(wanted):
                    if k not in found and seen(lines):
                        found[k] = at - terminal.start
            if len(found) < len(wanted) and terminal.age > PATIENCE:
                raise RuntimeError("\n".join([f"{command}: never painted", *terminal.screen.display]))
    return [found[k] for k in range(len(wanted))]


def _row(what: str, times: Sequence[float]) -> tuple[str, ...]:
    figures = (median(times), min(times), max(times))
    return (what, str(len(times)), *(seconds(value) for value in figures))
