"""Usage in SQLite, copied into DuckDB in batches: claude-code-router 3's usage.sqlite and opencode.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ...domain.errors import InputError
from .agent_sessions import OPENCODE
from .base import COLUMNS, Source, UsageFiles, milliseconds, sql_moment

_BATCH_ROWS = 50_000
_NUMBER = "CASE typeof({0}) WHEN 'integer' THEN {0} WHEN 'real' THEN {0} WHEN 'null' THEN 0 ELSE -1 END"
_TEXT = "CASE typeof({0}) WHEN 'text' THEN {0} WHEN 'null' THEN '' ELSE char(65533) END"
_NAMES = ("model", "provider")
_FIGURES = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
# Failures of the upstream are rows too, and 0 is the status of what it has translated. Providers are told as
# provider-NAME-HASH. input_tokens leaves out what was read from the cache. What is no number is -1 here.
_EVENTS = f"""
SELECT CAST(created_at AS TEXT), {", ".join(map(_TEXT.format, _NAMES))},
    {", ".join(map(_NUMBER.format, _FIGURES))},
    CASE WHEN cost_usd IS NOT NULL THEN {_NUMBER.format("cost_usd")} END, {{duration}},
    CASE WHEN status_code < 400 THEN '' WHEN status_code IS NULL THEN 'without a status' ELSE 'failed' END
FROM usage_events
"""
_MESSAGES = ("message", "session_message")  # opencode's tables, in earlier and in later versions
_MAX_NAMED = 4  # tables of an unknown database that are named


def sqlite_source(files: UsageFiles) -> Source | None:
    """What SQLite databases hold, by their tables; None for files that are no SQLite database.

    Raises InputError for databases of others.
    """
    if files.kind not in (".sqlite", ".db"):
        return None
    programs = {}
    for path in files.paths:
        try:
            programs[path] = _copy(path, files)
        except (sqlite3.Error, OverflowError) as error:
            what = "is no usage database of claude-code-router or opencode"
            raise InputError(f"{path.name} {what}: {error}") from None
    if len(set(programs.values())) > 1:
        names = " and ".join(f"{path.name} of {program}" for path, program in programs.items())
        raise InputError(f"{names}: import them one by one")
    if "opencode" in programs.values():
        return Source("opencode", OPENCODE.format(entries="(SELECT data::JSON AS j FROM messages)"))
    return Source("claude-code-router 3", "SELECT * FROM events")


def _copy(path: Path, files: UsageFiles) -> str:
    """Copies what a database holds into DuckDB; the program whose it is. Raises InputError for others."""
    with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
        database.text_factory = _decoded
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if "usage_events" in tables:
            _copy_events(database, files)
            return "claude-code-router 3"
        messages = [name for name in _MESSAGES if "data" in _columns(database, name)]
        for name in messages:
            _copy_messages(database, name, files)
    if not messages:
        listed = ", ".join(tables[:_MAX_NAMED]) + (" ..." if len(tables) > _MAX_NAMED else "")
        what = "is no usage database of claude-code-router or opencode"
        raise InputError(f"{path.name} {what}: its tables are {listed or 'none'}")
    return "opencode"


def _columns(database: sqlite3.Connection, table: str) -> Collection[str]:
    return {str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")}


def _decoded(text: bytes) -> str:
    """Damaged text is seen by its U+FFFD."""
    return text.decode("utf-8", "replace")


def _copy_messages(database: sqlite3.Connection, table: str, files: UsageFiles) -> None:
    """Those with tokens; the row's own id is the message's."""
    import numpy as np

    files.database.execute("CREATE TEMP TABLE IF NOT EXISTS messages (id VARCHAR, data VARCHAR)")
    rows = database.execute(f"SELECT id, data FROM {table} WHERE data LIKE '%\"tokens\"%'")
    while batch := rows.fetchmany(_BATCH_ROWS):
        names, texts = zip(*batch, strict=True)
        chunk = {"id": np.array(names, dtype=object), "data": np.array(texts, dtype=object)}
        files.database.register("chunk", chunk)
        files.database.execute(
            "INSERT INTO messages SELECT id, json_merge_patch(json_object('id', id), try_cast(data AS JSON))"
            " FROM chunk WHERE try_cast(data AS JSON) IS NOT NULL"
        )
        files.database.unregister("chunk")


def _copy_events(database: sqlite3.Connection, files: UsageFiles) -> None:
    import numpy as np

    files.database.execute(f"CREATE TEMP TABLE IF NOT EXISTS events ({', '.join(COLUMNS)})")
    timed = "duration_ms" in _columns(database, "usage_events")
    rows = database.execute(_EVENTS.format(duration="CAST(duration_ms AS TEXT)" if timed else "NULL"))
    while batch := rows.fetchmany(_BATCH_ROWS):
        moment, model, provider, fresh, read, written, output, usd, duration, aside = zip(*batch, strict=True)
        texts = {"moment": moment, "model": model, "provider": provider, "aside": aside, "duration": duration}
        chunk = {name: np.array([x or "" for x in column], dtype=object) for name, column in texts.items()}
        for name, column in (("fresh", fresh), ("cached", read), ("written", written), ("output", output)):
            chunk[name] = np.array(column, dtype=float)
        chunk["usd"] = np.array([np.nan if x is None else x for x in usd], dtype=float)
        files.database.register("chunk", chunk)
        files.database.execute(_INSERT.format(id=_ID if len(files.paths) > 1 else "NULL"))
        files.database.unregister("chunk")


_ID = "hash(moment, model, provider, fresh, cached, written, output)"
_PROVIDER = r"regexp_replace(provider, '^provider-(.*)-[0-9a-f]{6,}$', '\1')"
# A negative part makes the whole negative, so that the row is damaged.
_INSERT = f"""
INSERT INTO events BY NAME SELECT {sql_moment("moment")} AS moment, nullif(model, '') AS model,
    nullif({_PROVIDER.replace("{", "{{").replace("}", "}}")}, '') AS provider, 1.0 AS requests,
    CASE WHEN least(fresh, cached, written) < 0 THEN -1 ELSE fresh + cached + written END AS input,
    cached, written, output, CASE WHEN isnan(usd) THEN NULL ELSE usd END AS usd,
    nullif(aside, '') AS aside, {milliseconds("duration")} AS latency, {{id}} AS id
FROM chunk
"""
