"""Usage in CSV or Parquet: LiteLLM's spend logs, exports of OpenRouter, OpenAI and Anthropic."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import replace
from glob import escape
from pathlib import Path

from ...domain.errors import InputError
from . import rows
from .base import Source, UsageFiles, sql_moment, sql_text
from .costs import anthropic_costs, openai_costs

UNCOUNTED = "Anthropic's report counts no requests: they are taken to have the workload's mean prompt"
_FILE_COLUMN = "source_file__"  # the column that DuckDB adds
_DELIMITERS = ",;\t|"
_LITELLM_COUNTS = {"api_requests", "successful_requests"}


def csv_source(files: UsageFiles) -> Source | None:
    """The source of CSV or Parquet, recognised by its columns; None for others.

    Raises InputError for files that differ in their columns.
    """
    if files.kind not in (".csv", ".parquet"):
        return None
    kinds = _columns(files)
    lines, cells = _lines(files, kinds), rows.Columns(kinds)
    if {"billedcost", "chargeperiodstart"} <= cells.names:
        raise InputError("is a bill in FOCUS, which counts no tokens of a model: import the provider's usage")
    source = _requests(cells, lines) or _sums(cells, lines)
    if source is not None:
        damaged = "" if files.kind == ".parquet" else "SELECT count(DISTINCT line) FROM reject_errors"
        return replace(source, damaged=damaged)
    return None


def _requests(cells: rows.Columns, lines: str) -> Source | None:
    """Records of single requests."""
    names = cells.names
    if {"prompt_tokens", "completion_tokens", "starttime"} <= names and names & {"model_group", "call_type"}:
        return Source("LiteLLM spend logs", rows.litellm(cells, lines), uncached=_lacks(names, "metadata"))
    if {"tokens_prompt", "tokens_completion", "model_permaslug"} <= names:
        query = rows.openrouter_generations(cells, lines)
        return Source("OpenRouter activity", query, uncached=_lacks(names, "tokens_cached"))
    if "type" in names and names & {"usagedetails", "usage_details", "inputusage", "input_usage"}:
        uncached = _lacks(names, "usageDetails", "usage_details")
        return Source("Langfuse", rows.langfuse(cells, lines), uncached=uncached)
    if {"request_created_at", "prompt_tokens"} <= names:
        query = rows.helicone(cells, lines)
        return Source("Helicone", query, uncached=_lacks(names, "prompt_cache_read_tokens"))
    if {"date", "model", "cache read", "output tokens"} <= names:
        return Source("Cursor", rows.cursor(cells, lines, _row_id(cells)))
    return None


def _sums(cells: rows.Columns, lines: str) -> Source | None:
    """Records of days and other buckets."""
    names = cells.names
    start = sql_moment(cells.text("start_time_iso", "start_time", "date"))
    end = sql_moment(cells.text("end_time_iso", "end_time"))
    if {"model_permaslug", "requests", "prompt_tokens"} <= names:
        query = rows.openrouter_days(cells, lines, _row_id(cells))
        return Source("OpenRouter activity", query, single=False, uncached=rows.BY_DAY)
    if {"input_tokens", "num_model_requests"} <= names:
        query = rows.openai(cells, lines, _row_id(cells), start, end)
        uncached = _lacks(names, "input_cached_tokens")
        return Source("OpenAI usage", query, single=False, uncached=uncached)
    if {"model_version", "usage_input_tokens_no_cache", "usage_output_tokens"} <= names:
        day = sql_moment(cells.text("usage_date_utc"))
        query = rows.anthropic(cells, lines, _row_id(cells), day, "NULL::TIMESTAMP")
        return Source("Anthropic usage", query, single=False, counts_requests=False, notes=[UNCOUNTED])
    if {"amount_value", "line_item"} <= names:
        query = openai_costs(cells, lines, _row_id(cells), start, end)
        return Source("OpenAI costs", query, single=False, counts_requests=False, costs=True)
    if {"cost_usd", "usage_date_utc", "token_type"} <= names:
        day = sql_moment(cells.text("usage_date_utc"))
        query = anthropic_costs(cells, lines, _row_id(cells), day, "NULL::TIMESTAMP")
        return Source("Anthropic costs", query, single=False, counts_requests=False, costs=True)
    if {"prompt_tokens", "completion_tokens", "date", "model"} <= names and names & _LITELLM_COUNTS:
        query = rows.litellm_days(cells, lines, _row_id(cells))
        uncached = _lacks(names, "cache_read_input_tokens")
        return Source("LiteLLM's spend by day", query, single=False, uncached=uncached)
    return None


def _lacks(names: Collection[str], *columns: str) -> str:
    """What to say of the cached tokens where none of the columns for them is there."""
    return "" if any(column.casefold() in names for column in columns) else f"no column {columns[0]}"


def _row_id(cells: rows.Columns) -> str:
    """SQL of what a row of sums is known by in several files: the n-th that is so in its own."""
    return f"hash({cells.row()}, row_number() OVER (PARTITION BY {_FILE_COLUMN}, {cells.row()}))"


def _columns(files: UsageFiles) -> dict[str, str]:
    """The names in the head and their types; none without a head. Raises InputError where heads differ."""
    if files.kind == ".parquet":
        columns = files.database.execute(f"DESCRIBE FROM {_lines(files, {})}").fetchall()
        return {str(name): str(kind) for name, kind, *_ in columns if name != _FILE_COLUMN}
    line = _head(files.paths[0], files)
    first = _names(line)
    for path in files.paths[1:]:
        if _head(path, files) != line:
            raise InputError(f"{path.name} has other columns than {files.paths[0].name}")
    if len({name.casefold() for name in first}) < len(first):
        raise InputError(f"{files.paths[0].name} has a column twice")
    return {name or f"unnamed {place}": "VARCHAR" for place, name in enumerate(first)}


def _head(path: Path, files: UsageFiles) -> str:
    """The first line; empty where there is none."""
    layout = "auto_detect=false, header=false, delim='\x01', quote='', escape='', ignore_errors=true"
    layout += ", strict_mode=false, columns={'line': 'VARCHAR'}"
    row = files.database.execute(f"FROM read_csv({sql_text(escape(str(path)))}, {layout}) LIMIT 1").fetchone()
    return str(row[0]).removeprefix("\ufeff").rstrip("\r") if row and row[0] else ""


def _delimiter(line: str) -> str:
    """What stands between the names of a head; a comma where nothing does."""
    return max(_DELIMITERS, key=line.count)


def _names(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=_delimiter(line)), []) if line else []
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
    delimiter = sql_text(_delimiter(_head(files.paths[0], files)))
    layout = f"auto_detect=false, header=true, delim={delimiter}, quote='\"', escape='\"', store_rejects=true"
    return f"read_csv({files.sql}, {layout}, {named}, columns={{{columns}}})"
