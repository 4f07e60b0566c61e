"""From requests to labels: one table of calls, one query of sums, means and percentiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from . import claude_code, csv_sources, json_sources, sqlite_source
from .base import COLUMNS, Opened, Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MONTH_HOURS = 730.0
_MEMORY = "1GB"
_THREADS = 4  # each has buffers of its own
_SOURCES = (claude_code.source, sqlite_source.source, csv_sources.source, json_sources.source)
_FORMS = "known are Claude Code's .jsonl, CSV of LiteLLM, OpenRouter or OpenAI, JSON of OpenAI or Anthropic"


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
    except ImportError:
        raise InputError(
            "needs DuckDB: python -m pip install 'modelpick[usage]'", where="import usage"
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


def read_usage(path: Path, threshold: int, labels: Labels, opened: DuckDBPyConnection) -> Usage:
    """The usage in a folder or file. Raises InputError for what is none."""
    import duckdb

    if not path.exists():
        raise InputError("no such file or folder", where=str(path))
    try:
        source = _recognised(Opened(path, opened))
        opened.execute(f"CREATE TEMP TABLE calls ({', '.join(COLUMNS)})")
        opened.execute(f"INSERT INTO calls BY NAME SELECT * FROM ({source.query}) WHERE moment IS NOT NULL")
        damaged = _one(opened, source.damaged)[0] if source.damaged else 0
        return _summed(opened, source, threshold, labels, int(damaged))
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise InputError(f"cannot be read: {first}", where=str(path)) from None
    except InputError as error:
        raise error.at(str(path)) from None


def _recognised(opened: Opened) -> Source:
    for recognise in _SOURCES:
        source = recognise(opened)
        if source is not None:
            return source
    raise InputError(f"not recognised as usage: {_FORMS}")


def _one(opened: DuckDBPyConnection, query: str, given: list[Any] | None = None) -> tuple[Any, ...]:
    row = opened.execute(query, given or []).fetchone()
    return tuple(row) if row is not None else (None,)


def _summed(
    opened: DuckDBPyConnection, source: Source, threshold: int, labels: Labels, damaged: int
) -> Usage:
    first, last, rows = _one(opened, "SELECT min(moment), max(moment), count(*) FROM calls")
    if not rows:
        told = f" ({damaged:,} lines could not be read)" if damaged else ""
        raise InputError(f"{source.title}: no requests in it{told}")
    opened.execute("CREATE TEMP TABLE known (provider VARCHAR, model VARCHAR, serves VARCHAR)")
    pairs = opened.execute("SELECT DISTINCT provider, model FROM calls WHERE label IS NULL").fetchall()
    known = [(p, m, labels(p or "", m or "")) for p, m in pairs if not source.asked]
    if known:
        opened.executemany("INSERT INTO known VALUES (?, ?, ?)", known)
    limit = threshold if source.single else 1e18
    groups: dict[str, Group] = {}
    for row in opened.execute(_SUMMARY, [limit]).fetchall():
        label, provider, model, whole, requests, tokens, p95, cached, written, output, largest, usd = row
        if whole:
            n = max(requests, 1e-9) if source.counted else 1.0
            groups[label] = Group(
                label=label,
                requests=requests,
                input=tokens / n,
                p95=p95 if source.single else None,
                cached=cached / tokens if tokens else 0.0,
                written=written / tokens if tokens else 0.0,
                output=output / n,
                largest=largest if source.single else None,
            )
        else:
            groups[label].served.append(Served(provider or "", model or "", requests, tokens + output, usd))
    hours = max((last - first).total_seconds() / 3600 + source.bucket_hours, 24.0)
    return Usage(source, list(groups.values()), first, last, hours, damaged)


# Claude Code's labels by family, long prompts and searches first, as claude-code-router has them.
_SUMMARY = """
WITH labelled AS (
    SELECT calls.*, CASE
        WHEN label IS NOT NULL THEN label
        WHEN serves IS NOT NULL THEN serves
        WHEN calls.model NOT ILIKE '%claude%' THEN coalesce(calls.model, 'unknown')
        WHEN input > ? THEN 'longContext'
        WHEN calls.model ILIKE '%haiku%' THEN 'background'
        WHEN search THEN 'webSearch'
        WHEN side THEN 'subagent'
        WHEN calls.model ILIKE '%opus%' THEN 'think'
        ELSE 'default' END AS place
    FROM calls LEFT JOIN known
        ON calls.label IS NULL AND known.provider IS NOT DISTINCT FROM calls.provider
        AND known.model IS NOT DISTINCT FROM calls.model)
SELECT place, provider, model, grouping(model) AS whole, sum(requests), sum(input),
    approx_quantile(input, 0.95), sum(cached), sum(written), sum(output), max(input + output), sum(usd)
FROM labelled GROUP BY GROUPING SETS ((place), (place, provider, model))
ORDER BY whole DESC, sum(requests) DESC, place, provider, model
"""
