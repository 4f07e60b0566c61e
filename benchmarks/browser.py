"""From a key in the catalogue browser to the row it brings, at 2,000 offers, in a real terminal.

The filter is typed letter by letter and cleared again; the order changes; the cursor pages. A key's effect is
the first paint that changes a row of the table.
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
from .terminal import Terminal, app

OFFERS, TARGET, QUIET = 2_000, 50.0, 0.3  # milliseconds at the median, seconds without paint
WORDS = ("p00", "m001", "p03 m0", "!p01", "m0004", "p05/m")
HEAD = ("from the key to the painted row", "keys", "p50", "p95", "most")
ROUTING = """schema = 1
[labels.default]
requests = 1000
input_tokens = 2000
output_tokens = 300
skills = { coding = 1.0 }
min_quality = 50.0
"""


def run(rounds: int) -> Result:
    """Each word `rounds` times, and as many sorts and pages."""
    times: dict[str, list[float]] = {"filter": [], "sort": [], "page down": [], "cursor": []}
    with TemporaryDirectory() as folder, Terminal(_command(Path(folder))) as terminal:
        lines = _opened(terminal)
        for word in WORDS * rounds:
            lines = _press(terminal, "/", lines)[1]
            for letter in word:
                took, lines = _press(terminal, letter, lines)
                times["filter"] += [took] if took > 0 else []
            lines = _press(terminal, "\x1b", lines)[1]
            for key, what in ((">", "sort"), ("\x1b[6~", "page down"), ("j", "cursor")):
                took, lines = _press(terminal, key, lines)
                times[what] += [took] if took > 0 else []
    rows = [_row(what, took) for what, took in times.items()]
    median = float(np.median(times["filter"])) * 1e3
    note = judged("filter key p50", median, TARGET, least=False, unit=" ms")
    return Result([Table(f"catalogue browser, {OFFERS:,} offers, 120 x 40", HEAD, rows, [note])])


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
        elif sent and lines[0].startswith(" catalogue") and "  …" not in lines[5]:
            return lines
    raise RuntimeError("\n".join(["the browser never opened:", *lines]))


def _press(terminal: Terminal, key: str, before: list[str]) -> tuple[float, list[str]]:
    """(seconds to the first changed row; 0 where none changed, the screen then)."""
    sent = terminal.send(key)
    seen = list(terminal.replay(terminal.read(quiet=QUIET, most=3.0)))
    changed = (at for at, lines in seen if lines[2:-3] != before[2:-3])
    return next(changed, sent) - sent, seen[-1][1] if seen else before


def _row(what: str, times: Sequence[float]) -> tuple[str, ...]:
    figures = (np.quantile(times, 0.5), np.quantile(times, 0.95), max(times))
    return (what, str(len(times)), *(seconds(float(value)) for value in figures))
