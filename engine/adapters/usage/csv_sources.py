"""Usage in CSV or Parquet: LiteLLM's spend logs, exports of OpenRouter, OpenAI and Anthropic."""

from __future__ import annotations

import csv
from glob import escape
from pathlib import Path

from ...domain.errors import InputError
from . import rows
from .base import Source, UsageFiles, sql_moment, sql_text

UNCOUNTED = "Anthropic's report counts no requests: they are taken to have the workload's mean prompt"
_FILE_COLUMN = "source_file__"  # the column that DuckDB adds
_NOT_READ = {  # program -> columns by which its records are known
    "OpenAI costs (they hold no tokens)": {"amount_value"},
    "Anthropic costs (they hold no tokens)": {"cost_usd", "usage_date_utc"},
}


def csv_source(files: UsageFiles) -> Source | None:
    """The source of CSV or Parquet, recognised by its columns; None for others.

    Raises InputError for records that are known and not read.
    """
    if files.kind not in (".csv", ".parquet"):
        return None
    kinds = _columns(files)
    lines, names, cells = _lines(files, kinds), {name.casefold() for name in kinds}, rows.Columns(kinds)
    damaged = "" if files.kind == ".parquet" else "SELECT count(DISTINCT line) FROM reject_errors"
    start = sql_moment(cells.text("start_time_iso", "start_time", "date"))
    end = sql_moment(cells.text("end_time_iso", "end_time"))
    if {"prompt_tokens", "completion_tokens", "starttime"} <= names and names & {"model_group", "call_type"}:
        uncached = "" if "metadata" in names else "no column metadata"
        return Source("LiteLLM spend logs", rows.litellm(cells, lines), damaged=damaged, uncached=uncached)
    if {"tokens_prompt", "tokens_completion", "model_permaslug"} <= names:
        uncached = "" if "tokens_cached" in names else "no column tokens_cached"
        query = rows.openrouter_generations(cells, lines)
        return Source("OpenRouter activity", query, damaged=damaged, uncached=uncached)
    if {"model_permaslug", "requests", "prompt_tokens"} <= names:
        query = rows.openrouter_days(cells, lines, _row_id(cells))
        return Source("OpenRouter activity", query, single=False, damaged=damaged, uncached=rows.BY_DAY)
    if {"input_tokens", "num_model_requests"} <= names:
        query = rows.openai(cells, lines, _row_id(cells), start, end)
        uncached = "" if "input_cached_tokens" in names else "no column input_cached_tokens"
        return Source("OpenAI usage", query, single=False, damaged=damaged, uncached=uncached)
    if {"model_version", "usage_input_tokens_no_cache", "usage_output_tokens"} <= names:
        day = sql_moment(cells.text("usage_date_utc"))
        query = rows.anthropic(cells, lines, _row_id(cells), day, "NULL::TIMESTAMP")
        return Source(
            "Anthropic usage", query, single=False, damaged=damaged, counts_requests=False, notes=[UNCOUNTED]
        )
    if "type" in names and names & {"usagedetails", "usage_details", "inputusage", "input_usage"}:
        detailed = names & {"usagedetails", "usage_details"}
        uncached = "" if detailed else "no column usageDetails"
        return Source("Langfuse", rows.langfuse(cells, lines), damaged=damaged, uncached=uncached)
    if {"request_created_at", "prompt_tokens"} <= names:
        uncached = "" if "prompt_cache_read_tokens" in names else "no column prompt_cache_read_tokens"
        return Source("Helicone", rows.helicone(cells, lines), damaged=damaged, uncached=uncached)
    for program, columns in _NOT_READ.items():
        if columns <= names:
            raise InputError(f"{program}: not read yet")
    return None


def _row_id(cells: rows.Columns) -> str:
    """SQL of what a row of sums is known by in several files: the n-th that is so in its own."""
    return f"hash({cells.row()}, row_number() OVER (PARTITION BY {_FILE_COLUMN}, {cells.row()}))"


def _columns(files: UsageFiles) -> dict[str, str]:
    """The names in the head and their types; none without a head. Raises InputError where heads differ."""
    if files.kind == ".parquet":
        columns = files.database.execute(f"DESCRIBE FROM {_lines(files, {})}").fetchall()
        return {str(name): str(kind) for name, kind, *_ in columns if name != _FILE_COLUMN}
    first = _head(files.paths[0], files)
    for path in files.paths[1:]:
        if _head(path, files) != first:
            raise InputError(f"{path.name} has other columns than {files.paths[0].name}")
    if len({name.casefold() for name in first}) < len(first):
        raise InputError(f"{files.paths[0].name} has a column twice")
    return {name or f"unnamed {place}": "VARCHAR" for place, name in enumerate(first)}


def _head(path: Path, files: UsageFiles) -> list[str]:
    layout = "auto_detect=false, header=false, delim='\x01', quote='', escape='', ignore_errors=true"
    layout += ", strict_mode=false, columns={'line': 'VARCHAR'}"
    row = files.database.execute(f"FROM read_csv({sql_text(escape(str(path)))}, {layout}) LIMIT 1").fetchone()
    try:
        return next(csv.reader([row[0].removeprefix("\ufeff")]), []) if row and row[0] else []
    except csv.Error:
        return []


def _lines(files: UsageFiles, kinds: dict[str, str]) -> str:
    """Parquet as a table, or CSV, its columns as text and its damaged lines set aside.

    The layout is said, not guessed: for one damaged line DuckDB guesses another quoting for all.
    """
    named = f"filename={sql_text(_FILE_COLUMN)}"
    if files.kind == ".parquet":
        return f"read_parquet({files.sql}, union_by_name=true, {named})"
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in kinds)
    layout = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', store_rejects=true"
    return f"read_csv({files.sql}, {layout}, {named}, columns={{{columns}}})"
