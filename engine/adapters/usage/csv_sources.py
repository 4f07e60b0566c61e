"""Usage in CSV or Parquet: LiteLLM's spend logs, OpenRouter's activity, and OpenAI's completions export."""

from __future__ import annotations

import csv
from glob import escape
from pathlib import Path

from ...domain.errors import InputError
from .base import Opened, Source, quoted


def source(opened: Opened) -> Source | None:
    """The source, recognised by its columns; None for other files."""
    if opened.kind not in (".csv", ".parquet"):
        return None
    columns = _columns(opened)
    lines, names = _lines(opened, columns), {name.casefold() for name in columns}
    damaged = "" if opened.kind == ".parquet" else "SELECT count(DISTINCT line) FROM reject_errors"
    if {"model_group", "prompt_tokens", "completion_tokens"} <= names:
        return Source("LiteLLM spend logs", _litellm(lines, names), damaged=damaged)
    if {"model_permaslug", "requests", "prompt_tokens"} <= names:
        query = _openrouter(lines, names)
        return Source("OpenRouter activity", query, single=False, bucket_hours=24, damaged=damaged)
    if {"input_tokens", "num_model_requests"} <= names:
        query = _openai(lines, names)
        return Source("OpenAI usage", query, single=False, bucket_hours=24, damaged=damaged)
    return None


def _columns(opened: Opened) -> list[str]:
    """The names in the head; none for a file that has none. Raises InputError where heads differ."""
    if opened.kind == ".parquet":
        found = opened.database.execute(f"DESCRIBE FROM {_lines(opened, [])}").fetchall()
        return [str(row[0]) for row in found]
    first = _head(opened.paths[0], opened)
    for path in opened.paths[1:]:
        if _head(path, opened) != first:
            raise InputError(f"{path.name} has other columns than {opened.paths[0].name}")
    return first


def _head(path: Path, opened: Opened) -> list[str]:
    layout = "auto_detect=false, header=false, delim='\x01', quote='', escape='', columns={'line': 'VARCHAR'}"
    row = opened.database.execute(f"FROM read_csv({quoted(escape(str(path)))}, {layout}) LIMIT 1").fetchone()
    return next(csv.reader([row[0].removeprefix("\ufeff")]), []) if row and row[0] else []


def _lines(opened: Opened, columns: list[str]) -> str:
    """Parquet as a table, or CSV, its columns as text and its damaged lines set aside.

    The layout is said, not guessed: for one damaged line DuckDB guesses another quoting for all.
    """
    if opened.kind == ".parquet":
        return f"read_parquet({opened.files}, union_by_name=true)"
    kinds = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in columns)
    layout = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', store_rejects=true"
    return f"read_csv({opened.files}, {layout}, columns={{{kinds}}})"


def _number(name: str, names: set[str]) -> str:
    return f"greatest(coalesce(try_cast({name} AS DOUBLE), 0), 0)" if name in names else "0.0"


def _text(name: str, names: set[str]) -> str:
    return f"nullif(trim({name}::VARCHAR), '')" if name in names else "NULL::VARCHAR"


def _litellm(lines: str, names: set[str]) -> str:
    """One row a request; prompt_tokens counts the cached ones too."""
    usage = "try_cast(metadata AS JSON)" if "metadata" in names else "NULL::JSON"

    def within(*paths: str) -> str:
        found = [
            f"try_cast(json_extract_string({usage}, '$.usage_object.{path}') AS DOUBLE)" for path in paths
        ]
        return f"greatest(coalesce({', '.join(found)}, 0), 0)"

    return f"""
SELECT try_cast({_text("starttime", names)} AS TIMESTAMP) AS moment, {_text("model", names)} AS model,
    {_text("model_group", names)} AS label, {_text("custom_llm_provider", names)} AS provider,
    false AS side, false AS search, 1.0 AS requests,
    {_number("prompt_tokens", names)} AS input,
    {within("cache_read_input_tokens", "prompt_tokens_details.cached_tokens")} AS cached,
    {within("cache_creation_input_tokens", "prompt_tokens_details.cache_creation_tokens")} AS written,
    {_number("completion_tokens", names)} AS output, {_number("spend", names)} AS usd
FROM {lines} WHERE coalesce({_text("status", names)}, 'success') <> 'failure'
    AND coalesce({_text("cache_hit", names)}, '') NOT IN ('True', 'true')
"""


def _openrouter(lines: str, names: set[str]) -> str:
    """One row a day and model; `usage` is USD."""
    return f"""
SELECT try_cast({_text("date", names)} AS TIMESTAMP) AS moment,
    coalesce({_text("model", names)}, {_text("model_permaslug", names)}) AS model,
    NULL::VARCHAR AS label, 'openrouter' AS provider, false AS side, false AS search,
    {_number("requests", names)} AS requests, {_number("prompt_tokens", names)} AS input,
    0.0 AS cached, 0.0 AS written,
    {_number("completion_tokens", names)} AS output, {_number("usage", names)} AS usd
FROM {lines}
"""


def _openai(lines: str, names: set[str]) -> str:
    """One row a bucket and model; input_tokens counts the cached ones too."""
    start = next((n for n in ("start_time_iso", "start_time", "date") if n in names), "NULL")
    at = f"coalesce(try_cast({start} AS TIMESTAMP), make_timestamp(try_cast({start} AS BIGINT) * 1000000))"
    return f"""
SELECT {at} AS moment, {_text("model", names)} AS model,
    NULL::VARCHAR AS label, 'openai' AS provider, false AS side, false AS search,
    {_number("num_model_requests", names)} AS requests, {_number("input_tokens", names)} AS input,
    {_number("input_cached_tokens", names)} AS cached, 0.0 AS written,
    {_number("output_tokens", names)} AS output, NULL::DOUBLE AS usd
FROM {lines}
"""
