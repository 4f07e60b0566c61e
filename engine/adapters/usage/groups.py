"""From requests to labels: one table of calls, one query of sums, means and percentiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from os import cpu_count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from . import claude_code, csv_sources, json_sources, sqlite_source, summary
from .base import COLUMNS, Opened, Source, found_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.types import Table

MONTH_HOURS = 730.0
_MEMORY = "1GB"
_THREADS = 4  # each has buffers of its own
_SOURCES = (claude_code.source, sqlite_source.source, csv_sources.source, json_sources.source)
_FORMS = "known are .jsonl of Claude Code, CSV of LiteLLM, OpenRouter or OpenAI, JSON of OpenAI or Anthropic"


@dataclass(frozen=True)
class Served:
    """A model that served a label: its requests, tokens and what was paid, in all of the period."""

    provider: str
    model: str
    requests: float
    tokens: float
    usd: float | None


@dataclass
class Group:
    """A label's traffic in the period: requests, then means per request; shares of its input tokens."""

    label: str
    requests: float
    input: float
    p95: float | None
    cached: float
    written: float
    output: float
    largest: float | None
    served: list[Served] = field(default_factory=list)


@dataclass(frozen=True)
class Usage:
    """What a source holds. `hours` is the period, `damaged` the lines that could not be read."""

    source: Source
    groups: list[Group]
    first: datetime
    last: datetime
    hours: float
    damaged: int


Labels = Callable[[str, str], str | None]
"""From provider and model on the wire to the label that they serve, if that is known."""


@contextmanager
def database() -> Iterator[DuckDBPyConnection]:
    """DuckDB with bounded memory, which spills into a folder that goes with it. Raises InputError."""
    try:
        import duckdb
        import ibis  # noqa: F401
    except ImportError:
        raise InputError(
            "needs DuckDB and ibis: python -m pip install 'modelpick[usage]'", where="import usage"
        ) from None
    with TemporaryDirectory(prefix="modelpick-") as spill:
        bounds: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "temp_directory": spill,
            "threads": min(_THREADS, cpu_count() or 1),
        }
        with closing(duckdb.connect(":memory:", config=bounds)) as made:
            # The order of rows means nothing here; keeping it would cost memory.
            made.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
            yield made


def read_usage(source: str, threshold: int, labels: Labels, opened: DuckDBPyConnection) -> Usage:
    """The usage in a file, a folder or the files of a pattern. Raises InputError for what is none."""
    import duckdb

    try:
        kind, paths = found_files(source)
        known = _recognised(Opened(kind, paths, opened))
        opened.execute(f"CREATE TABLE calls ({', '.join(COLUMNS)})")
        opened.execute(f"INSERT INTO calls BY NAME SELECT * FROM ({known.query}) WHERE moment IS NOT NULL")
        row = opened.execute(known.damaged).fetchone() if known.damaged else None
        calls, run = summary.calls_table(), summary.in_duckdb(opened)
        return summed(
            calls, run, known, threshold=threshold, labels=labels, damaged=int(row[0]) if row else 0
        )
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise InputError(f"cannot be read: {first}", where=source) from None
    except InputError as error:
        raise error.at(source) from None


def _recognised(opened: Opened) -> Source:
    for recognise in _SOURCES:
        source = recognise(opened)
        if source is not None:
            return source
    raise InputError(f"not recognised as usage: {_FORMS}")


def summed(
    calls: Table, run: summary.Run, source: Source, *, threshold: int, labels: Labels, damaged: int = 0
) -> Usage:
    """Calls by label, wherever they lie. Raises InputError where there are none."""
    (span,) = run(summary.period(calls))
    if not span["rows"]:
        told = f" ({damaged:,} lines could not be read)" if damaged else ""
        raise InputError(f"{source.title}: no requests in it{told}")
    known: dict[tuple[str | None, str | None], str] = {}
    for row in [] if source.asked else run(summary.unlabelled(calls)):
        label = labels(row["provider"] or "", row["model"] or "")
        if label is not None:
            known[row["provider"], row["model"]] = label
    rows = summary.labelled(calls, threshold if source.single else 1e18, known)
    groups = {row["place"]: _group(row, source) for row in run(summary.by_label(rows))}
    for row in run(summary.by_model(rows)):
        served = Served(row["provider"] or "", row["model"] or "", row["requests"], row["tokens"], row["usd"])
        groups[row["place"]].served.append(served)
    for group in groups.values():
        group.served.sort(
            key=lambda served: (-served.requests, -served.tokens, served.provider, served.model)
        )
    order = sorted(groups.values(), key=lambda group: (-group.requests, group.label))
    hours = max((span["last"] - span["first"]).total_seconds() / 3600 + source.bucket_hours, 24.0)
    return Usage(source, order, span["first"], span["last"], hours, damaged)


def _group(row: dict[str, Any], source: Source) -> Group:
    count = max(row["requests"], 1e-9) if source.counted else 1.0
    tokens = row["tokens"]
    return Group(
        label=row["place"],
        requests=row["requests"],
        input=tokens / count,
        p95=row["p95"] if source.single else None,
        cached=row["cached"] / tokens if tokens else 0.0,
        written=row["written"] / tokens if tokens else 0.0,
        output=row["output"] / count,
        largest=row["largest"] if source.single else None,
    )
