"""claude-code-router 3's app-data/usage.sqlite, copied into DuckDB in batches."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import quote

from ...domain.errors import InputError
from .base import COLUMNS, Source, UsageFiles, sql_moment

_BATCH_ROWS = 50_000
_NUMBER = "CASE typeof({0}) WHEN 'integer' THEN {0} WHEN 'real' THEN {0} WHEN 'null' THEN 0 ELSE -1 END"
_TEXT = "CASE typeof({0}) WHEN 'text' THEN {0} WHEN 'null' THEN '' ELSE char(65533) END"
_NAMES = ("model", "provider")
_FIGURES = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
# Failures of the upstream are rows too, and 0 is the status of what it has translated. Providers are told as
# provider-NAME-HASH. input_tokens leaves out what was read from the cache. What is no number is -1 here.
_READ = f"""
SELECT CAST(created_at AS TEXT), {", ".join(map(_TEXT.format, _NAMES))},
    {", ".join(map(_NUMBER.format, _FIGURES))},
    CASE WHEN cost_usd IS NOT NULL THEN {_NUMBER.format("cost_usd")} END,
    CASE WHEN status_code < 400 THEN '' WHEN status_code IS NULL THEN 'without a status' ELSE 'failed' END
FROM usage_events
"""


def sqlite_source(files: UsageFiles) -> Source | None:
    """The events of usage.sqlite; None for files that are no SQLite database."""
    if files.kind not in (".sqlite", ".db"):
        return None
    files.database.execute(f"CREATE TEMP TABLE events ({', '.join(COLUMNS)})")
    for path in files.paths:
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as events:
                events.text_factory = _decoded
                _copy(events, files)
        except (sqlite3.Error, OverflowError) as error:
            raise InputError(f"{path.name} is not claude-code-router's usage database: {error}") from None
    return Source("claude-code-router 3", "SELECT * FROM events")


def _decoded(text: bytes) -> str:
    """Damaged text is seen by its U+FFFD."""
    return text.decode("utf-8", "replace")


def _copy(events: sqlite3.Connection, files: UsageFiles) -> None:
    import numpy as np

    rows = events.execute(_READ)
    while batch := rows.fetchmany(_BATCH_ROWS):
        moment, model, provider, fresh, read, written, output, usd, aside = zip(*batch, strict=True)
        texts = {"moment": moment, "model": model, "provider": provider, "aside": aside}
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
    nullif(aside, '') AS aside, {{id}} AS id
FROM chunk
"""
