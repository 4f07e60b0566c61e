"""From a key in the catalogue browser to the row it brings, at 2,000 offers, in a real terminal.

The filter is typed letter by letter and cleared again; the order changes; the cursor pages. A key's effect is
the first paint that changes a row of the table. The bare table is textual's Input over as many ready-made
lines, which all change with every letter; processor time is the app's own: busy machines do not stretch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tomli_w

from .catalogues import market
from .first_paint import answered
from .report import Result, Table, judged, seconds
from .terminal import Terminal, app, program

OFFERS, TARGET, QUIET = 2_000, 50.0, 0.3  # milliseconds at the median, seconds without paint
WORDS = ("p00", "m001", "p03 m0", "!p01", "m0004", "p05/m")
HEAD = ("from the key to the painted row", "keys", "p50", "p95", "most", "processor p50")
ROUTING = """schema = 1
[labels.default]
requests = 1000
input_tokens = 2000
output_tokens = 300
skills = { coding = 1.0 }
min_quality = 50.0
"""


Times = dict[str, list[tuple[float, float]]]  # seconds to the changed row, of processor time


def run(rounds: int) -> Result:
    """Each word `rounds` times, and as many sorts and pages."""
    times: Times = {"filter": [], "sort": [], "page down": [], "cursor": []}
    with TemporaryDirectory() as folder, Terminal(_command(Path(folder))) as terminal:
        lines = _opened(terminal)
        for word in WORDS * rounds:
            lines = _press(terminal, "/", lines)[1]
            lines = _type(terminal, word, lines, times["filter"])
            lines = _press(terminal, "\x1b", lines)[1]
            for key, what in ((">", "sort"), ("\x1b[6~", "page down"), ("j", "cursor")):
                took, lines = _press(terminal, key, lines)
                times[what] += [took] if took else []
    times["the bare table's filter"] = bare = []
    with Terminal(program("bare_table.py")) as terminal:
        seen = list(terminal.replay(terminal.read(quiet=1.0, most=10.0)))
        lines = seen[-1][1]
        for word in WORDS * rounds:
            lines = _type(terminal, word, lines, bare)
    rows = [_row(what, took) for what, took in times.items()]
    median, floor = (np.median(np.array(took), axis=0) for took in (times["filter"], bare))
    notes = [judged("filter key p50", float(median[0]) * 1e3, TARGET, least=False, unit=" ms")]
    parts = [f"{part:.2f}" for part in median / floor]
    notes.append(f"a filter key's time is {parts[0]} of the bare table's, its processor time {parts[1]}")
    return Result([Table(f"catalogue browser, {OFFERS:,} offers, 120 x 40", HEAD, rows, notes)])


def _command(folder: Path) -> list[str]:
    catalog, routing = folder / "catalog.toml", folder / "routing.toml"
    made = market(OFFERS, 1, rpm=1e4, tpm=1e7).catalog
    catalog.write_text(tomli_w.dumps(made.model_dump(by_alias=True, exclude_none=True)), encoding="utf-8")
    routing.write_text(ROUTING, encoding="utf-8")
    return app(str(routing), "--catalog", str(catalog))


def _opened(terminal: Terminal) -> list[str]:
    """The browser with the label's figures in it."""
    lines: list[str] = []
    sent = False
    while terminal.age < 60:
        seen = list(terminal.replay(terminal.read(quiet=1.0, most=3.0)))
        lines = seen[-1][1] if seen else lines
        if lines and not sent and answered(lines):
            sent = bool(terminal.send("b"))
        elif sent and " offers · label" in lines[0] and "  …" not in lines[5]:
            terminal.send("it")  # every offer on a line of its own, as in the bare table
            seen = list(terminal.replay(terminal.read(quiet=1.0, most=3.0)))
            return seen[-1][1] if seen else lines
    raise RuntimeError("\n".join(["the browser never opened:", *lines]))


def _type(terminal: Terminal, word: str, lines: list[str], times: list[tuple[float, float]]) -> list[str]:
    for letter in word:
        took, lines = _press(terminal, letter, lines)
        times += [took] if took else []
    return lines


def _press(terminal: Terminal, key: str, before: list[str]) -> tuple[tuple[float, float] | None, list[str]]:
    """((seconds to the first changed row, of processor time) or None where none changed, the screen then)."""
    busy, sent = terminal.busy, terminal.send(key)
    seen = list(terminal.replay(terminal.read(quiet=QUIET, most=3.0)))
    busy = terminal.busy - busy
    after = seen[-1][1] if seen else before
    at = next((at for at, lines in seen if lines[2:-3] != before[2:-3]), None)
    return None if at is None else (at - sent, busy), after


def _row(what: str, times: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    took, busy = np.array(times).T
    figures = (np.quantile(took, 0.5), np.quantile(took, 0.95), took.max(), np.quantile(busy, 0.5))
    return (what, str(len(times)), *(seconds(float(value)) for value in figures))
