"""Opening a catalogue: what the second start costs, for the shipped one and for larger ones.

Each run is a process of its own that loads the catalogue and says how long that took, its imports apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import tomli_w

from modelpick.engine.adapters.catalog.file import PACKAGED
from modelpick.engine.adapters.serialization import to_table

from .catalogues import market
from .report import Result, Table, judged, seconds

SIZES = (500, 2_000)
ADDED = 0.1  # seconds that ten times the offers may add to a start
HEAD = ("a catalogue of", "runs", "first time", "after it, median", "least", "most")
CODE = """
import sys, time
from pathlib import Path
import modelpick.engine.domain.catalog
from modelpick.engine.adapters.catalog.file import load_catalog
start = time.perf_counter()
found = load_catalog(Path(sys.argv[1]))
print(time.perf_counter() - start, len(found.offers))
"""


def run(runs: int) -> Result:
    """The first opening validates and fills the cache, the others read it."""
    rows, medians = [], []
    with tempfile.TemporaryDirectory() as folder:
        for path in _catalogues(Path(folder)):
            times = [_opened(path, Path(folder)) for _ in range(runs + 1)]
            (first, offers), rest = times[0], [time for time, _ in times[1:]]
            medians.append(median(rest))
            figures = (first, median(rest), min(rest), max(rest))
            rows.append((f"{offers:,} offers", str(runs), *(seconds(value) for value in figures)))
    added = medians[-1] - medians[0]
    notes = [judged("what the largest adds to a start", added, ADDED, least=False, unit=" s")]
    return Result([Table("opening a catalogue, cached as JSON", HEAD, rows, notes)])


def _catalogues(folder: Path) -> list[Path]:
    paths = [PACKAGED]
    for offers in SIZES:
        paths.append(folder / f"{offers}.toml")
        made = market(offers, 1, rpm=1_000, tpm=1_000_000).catalog
        paths[-1].write_text(tomli_w.dumps(to_table(made)))
    return paths


def _opened(path: Path, folder: Path) -> tuple[float, int]:
    words = [sys.executable, "-c", CODE, str(path)]
    env = {"XDG_CACHE_HOME": str(folder / "cache"), "PATH": ""}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env, timeout=120)
    time, offers = done.stdout.split()
    return float(time), int(offers)
