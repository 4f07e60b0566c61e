"""claude-code-router 3's app-data/usage.sqlite, copied into DuckDB in portions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import quote

from ...domain.errors import InputError
from .base import COLUMNS, Opened, Source

_PORTION = 50_000
# Failures of the upstream are rows too, and 0 is the status of what it has translated. Providers are told as
# provider-NAME-HASH. input_tokens leaves out what was read from the cache.
_READ = """
SELECT created_at, model, provider,
    max(0, coalesce(input_tokens, 0)) + max(0, coalesce(cache_read_tokens, 0))
        + max(0, coalesce(cache_write_tokens, 0)),
    max(0, coalesce(cache_read_tokens, 0)), max(0, coalesce(cache_write_tokens, 0)),
    max(0, coalesce(output_tokens, 0)), cost_usd
FROM usage_events WHERE status_code < 400
"""


def source(opened: Opened) -> Source | None:
    """The events of usage.sqlite; None for files that are no SQLite database."""
    if opened.kind not in (".sqlite", ".db"):
        return None
    opened.database.execute(f"CREATE TEMP TABLE events ({', '.join(COLUMNS)})")
    for path in opened.paths:
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as events:
                _copy(events, opened)
        except sqlite3.Error as error:
            raise InputError(f"{path.name} is not claude-code-router's usage database: {error}") from None
    return Source("claude-code-router 3", "SELECT * FROM events")


def _copy(events: sqlite3.Connection, opened: Opened) -> None:
    import numpy as np

    rows = events.execute(_READ)
    while portion := rows.fetchmany(_PORTION):
        moment, model, provider, *numbers = zip(*portion, strict=True)
        chunk = {
            "moment": np.array([str(x) for x in moment], dtype=object),
            "model": np.array([str(x) for x in model], dtype=object),
            "provider": np.array([str(x) for x in provider], dtype=object),
        }
        for name, column in zip(("input", "cached", "written", "output", "usd"), numbers, strict=True):
            chunk[name] = np.array([np.nan if x is None else float(x) for x in column])
        opened.database.register("chunk", chunk)
        opened.database.execute(_INSERT)
        opened.database.unregister("chunk")


# created_at is a date as text, or milliseconds since 1970.
_INSERT = r"""
INSERT INTO events SELECT
    coalesce(try_cast(moment AS TIMESTAMP), make_timestamp((try_cast(moment AS DOUBLE) * 1000)::BIGINT)),
    model, NULL, regexp_replace(provider, '^provider-(.*)-[0-9a-f]{6,}$', '\1'), false, false,
    1.0, input, cached, written, output,
    CASE WHEN isnan(usd) THEN NULL ELSE usd END
FROM chunk
"""
