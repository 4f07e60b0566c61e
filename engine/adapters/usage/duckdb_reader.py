"""Usage in files, read by DuckDB: the first source that knows them, each request once, summed by label."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from ...domain.formatting import plural
from ..temporary import temporary_folder
from ..zstandard import is_whole
from . import KNOWN_SOURCES, agent_sessions, csv_sources, json_logs, sqlite_source
from .aggregate import LabelResolver, RunQuery, Usage, aggregate_usage, calls_table, checked_calls
from .base import COLUMNS, FoundFiles, Source, UsageFiles, find_files
from .costs import with_tokens

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.operations import Node
    from ibis.expr.types import Table

_MEMORY = "1GB"
_MAX_THREADS = 4  # each has buffers of its own
_RECOGNISERS = (
    agent_sessions.session_source,
    sqlite_source.sqlite_source,
    csv_sources.csv_source,
    json_logs.json_source,
)


@contextmanager
def open_database(where: str = "import usage") -> Iterator[DuckDBPyConnection]:
    """DuckDB with bounded memory, which spills into a folder that goes with it. Raises InputError.

    where: the command that needs it, for the message.
    """
    try:
        import duckdb
        import ibis  # noqa: F401
    except ImportError:
        from ..extras import install_command

        raise InputError(f"needs DuckDB and ibis: {install_command('usage')}", where=where) from None
    with temporary_folder() as spill:
        bounds: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "temp_directory": str(spill),
            "threads": min(_MAX_THREADS, cpu_count() or 1),
        }
        with closing(duckdb.connect(":memory:", config=bounds)) as database:
            # The order of rows means nothing here; keeping it would cost memory.
            database.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
            yield database


def read_usage(
    address: str,
    threshold: int,
    labels: LabelResolver,
    database: DuckDBPyConnection,
    *,
    by_day: bool = False,
) -> Usage:
    """The usage in a file, a folder or the files of a pattern. Raises InputError for what is none.

    threshold: tokens of prompt from which it is longContext; database: a fresh one of `open_database`;
    by_day: with the days apart.
    """
    import duckdb

    try:
        found = _without_cut(find_files(address))
        source = _load(UsageFiles(found.kind, found.paths, database), labels)
        source.notes.extend(found.notes)
        checked = _checked(source.single, source.counts_requests)
        if repeated := _remove_repeated(database):
            source.notes.append(
                f"{plural(repeated, 'row')} of requests or buckets that are there already: each counts once"
            )
        row = database.execute(source.damaged).fetchone() if source.damaged else None
        calls, run = calls_table("calls", checked), run_in_duckdb(database)
        lines = int(row[0]) if row else 0
        return aggregate_usage(
            calls, run, source, threshold=threshold, labels=labels, damaged=lines, by_day=by_day
        )
    except duckdb.Error as error:
        raise InputError(f"cannot be read: {_first_line(error)}", where=address) from None
    except InputError as error:
        raise error.at(address) from None


def _without_cut(found: FoundFiles) -> FoundFiles:
    """The files without those of Zstandard that are cut off, which DuckDB reads as if they ended there.

    Raises InputError where no other is left.
    """
    cut = [path for path in found.paths if path.suffix.casefold() == ".zst" and not is_whole(path)]
    if not cut:
        return found
    if len(cut) == len(found.paths):
        raise InputError("is damaged: it is cut off, or no file of Zstandard")
    note = f"{plural(len(cut), 'file')} left out as it is cut off, such as {cut[0].name}"
    return replace(found, paths=[path for path in found.paths if path not in cut], notes=[*found.notes, note])


@cache
def _checked(single: bool, counted: bool) -> Table:
    return checked_calls(calls_table("raw"), single, counted)


def _load(files: UsageFiles, labels: LabelResolver) -> Source:
    """The source of the files, its checked rows in the table `calls`. Files that are no JSON are left out."""
    import duckdb

    try:
        source = _recognise(files)
        if source.costs:
            source = with_tokens(source, files.database, labels)
        _fill_calls(source, files.database)
    except duckdb.Error:
        broken = [path for path in files.paths if not _is_whole(path, files)]
        if not 0 < len(broken) < len(files.paths):
            raise
        whole = [path for path in files.paths if path not in {*broken}]
        source = _load(UsageFiles(files.kind, whole, files.database), labels)
        what = "no whole JSON" if files.kind == ".json" else "it is cut off"
        source.notes.append(f"{plural(len(broken), 'file')} left out as {what}, such as {broken[0].name}")
    return source


def _fill_calls(source: Source, database: DuckDBPyConnection) -> None:
    database.execute(f"CREATE OR REPLACE TABLE nothing ({', '.join(COLUMNS)})")
    rows = f"FROM nothing UNION ALL BY NAME SELECT * FROM ({source.query})"
    database.execute(f"CREATE OR REPLACE VIEW raw AS {rows}")
    checked = duckdb_sql(_checked(source.single, source.counts_requests))
    database.execute(f"CREATE OR REPLACE TABLE calls AS {checked}")


def _is_whole(path: Path, files: UsageFiles) -> bool:
    """Whether a packed file can be unpacked to its end, and one of JSON is JSON to its end: an object, or
    several."""
    is_json = files.kind == ".json"
    packed = path.suffix.casefold() == ".gz"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            if not is_json:
                while packed and file.read(1 << 20):
                    pass
                return True
            text = file.read().decode("utf-8-sig").strip()
        decoder, at = json.JSONDecoder(), 0
        while at < len(text):
            at = decoder.raw_decode(text, at)[1]
            at += len(text[at:]) - len(text[at:].lstrip())
    except (OSError, EOFError, ValueError, RecursionError, zlib.error):
        return False
    return bool(text)


def _first_line(error: Exception) -> str:
    """DuckDB's first line without the name of its kind of error."""
    first = str(error).partition("\n")[0]
    if "state machine reached an invalid state" in first:
        return "a carriage return stands alone within a line; write the CSV with one kind of line end"
    return re.sub(r"^[A-Z][\w ]* Error: ", "", first)


def _remove_repeated(database: DuckDBPyConnection) -> int:
    """Remove all but one of the rows of an id, a successful one where there is one; how many are gone."""
    database.execute(
        "CREATE TEMP TABLE repeated AS"
        " SELECT id FROM calls WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
    )
    row = database.execute(
        "DELETE FROM calls WHERE rowid IN (SELECT row FROM (SELECT rowid AS row, row_number() OVER ("
        "PARTITION BY id ORDER BY aside IS NOT NULL, output DESC, rowid) AS nth"
        " FROM calls WHERE id IN (FROM repeated)) WHERE nth > 1)"
    ).fetchone()
    return int(row[0]) if row else 0


def _recognise(files: UsageFiles) -> Source:
    for recognise in _RECOGNISERS:
        source = recognise(files)
        if source is not None:
            return source
    raise InputError(f"not recognised as usage: known are {KNOWN_SOURCES}")


def duckdb_sql(query: Table) -> str:
    """The query in DuckDB's SQL."""
    return _sql_of(query.op())


@lru_cache(maxsize=64)
def _sql_of(node: Node) -> str:
    """Most of the time of a small import went into making the same SQL again."""
    import ibis

    return str(ibis.to_sql(node.to_expr(), dialect="duckdb"))


def run_in_duckdb(database: DuckDBPyConnection) -> RunQuery:
    """Runs queries over DuckDB's own tables, its SQL made by ibis."""

    def run(query: Table) -> list[dict[str, Any]]:
        rows = database.execute(duckdb_sql(query)).fetchall()
        return [dict(zip(query.columns, row, strict=True)) for row in rows]

    return run
