"""Usage in CSV or Parquet: LiteLLM's spend logs, exports of OpenRouter, OpenAI and Anthropic."""

from __future__ import annotations

import csv
from glob import escape
from pathlib import Path

from ...domain.errors import InputError
from . import rows
from .base import Opened, Source, moment, quoted, without_cached

UNCOUNTED = "Anthropic's report counts no requests: they are taken to have the workload's mean prompt"
_FILE = "source_file__"  # the column that DuckDB adds
_NOT_READ = {  # columns of what is known, but not read
    "Langfuse": {"inputusage", "outputusage"},
    "Helicone": {"request_created_at", "costusd"},
    "OpenAI costs (they hold no tokens)": {"amount_value"},
    "Anthropic costs (they hold no tokens)": {"cost_usd", "usage_date_utc"},
}


def source(opened: Opened) -> Source | None:
    """The source, recognised by its columns; None for others. Raises InputError for one not read."""
    if opened.kind not in (".csv", ".parquet"):
        return None
    kinds = _columns(opened)
    lines, names, cells = _lines(opened, kinds), {name.casefold() for name in kinds}, rows.Columns(kinds)
    damaged = "" if opened.kind == ".parquet" else "SELECT count(DISTINCT line) FROM reject_errors"
    start, end = (
        moment(cells.text("start_time_iso", "start_time", "date")),
        cells.text("end_time_iso", "end_time"),
    )
    if {"prompt_tokens", "completion_tokens", "starttime"} <= names and names & {"model_group", "call_type"}:
        notes = [] if "metadata" in names else [without_cached("no column metadata")]
        return Source("LiteLLM spend logs", rows.litellm(cells, lines), damaged=damaged, notes=notes)
    if {"tokens_prompt", "tokens_completion", "model_permaslug"} <= names:
        notes = [] if "tokens_cached" in names else [without_cached("no column tokens_cached")]
        query = rows.openrouter_generations(cells, lines)
        return Source("OpenRouter activity", query, damaged=damaged, notes=notes)
    if {"model_permaslug", "requests", "prompt_tokens"} <= names:
        query = rows.openrouter_days(cells, lines, _identity(cells))
        notes = [without_cached("OpenRouter's activity by day")]
        return Source("OpenRouter activity", query, single=False, damaged=damaged, notes=notes)
    if {"input_tokens", "num_model_requests"} <= names:
        query = rows.openai(cells, lines, _identity(cells), start, moment(end))
        notes = [] if "input_cached_tokens" in names else [without_cached("no column input_cached_tokens")]
        return Source("OpenAI usage", query, single=False, damaged=damaged, notes=notes)
    if {"model_version", "usage_input_tokens_no_cache", "usage_output_tokens"} <= names:
        day = moment(cells.text("usage_date_utc"))
        query = rows.anthropic(cells, lines, _identity(cells), day, "NULL::TIMESTAMP")
        return Source(
            "Anthropic usage", query, single=False, damaged=damaged, counted=False, notes=[UNCOUNTED]
        )
    for program, known in _NOT_READ.items():
        if known <= names:
            raise InputError(f"{program}: not read yet")
    return None


def _identity(cells: rows.Columns) -> str:
    """SQL of what a row of sums is known by in several files: the n-th that is so in its own."""
    return f"hash({cells.row()}, row_number() OVER (PARTITION BY {_FILE}, {cells.row()}))"


def _columns(opened: Opened) -> dict[str, str]:
    """The names in the head and their types; none without a head. Raises InputError where heads differ."""
    if opened.kind == ".parquet":
        found = opened.database.execute(f"DESCRIBE FROM {_lines(opened, {})}").fetchall()
        return {str(row[0]): str(row[1]) for row in found if row[0] != _FILE}
    first = _head(opened.paths[0], opened)
    for path in opened.paths[1:]:
        if _head(path, opened) != first:
            raise InputError(f"{path.name} has other columns than {opened.paths[0].name}")
    if len({name.casefold() for name in first}) < len(first):
        raise InputError(f"{opened.paths[0].name} has a column twice")
    return {name or f"unnamed {place}": "VARCHAR" for place, name in enumerate(first)}


def _head(path: Path, opened: Opened) -> list[str]:
    layout = "auto_detect=false, header=false, delim='\x01', quote='', escape='', ignore_errors=true"
    layout += ", strict_mode=false, columns={'line': 'VARCHAR'}"
    row = opened.database.execute(f"FROM read_csv({quoted(escape(str(path)))}, {layout}) LIMIT 1").fetchone()
    try:
        return next(csv.reader([row[0].removeprefix("\ufeff")]), []) if row and row[0] else []
    except csv.Error:
        return []


def _lines(opened: Opened, kinds: dict[str, str]) -> str:
    """Parquet as a table, or CSV, its columns as text and its damaged lines set aside.

    The layout is said, not guessed: for one damaged line DuckDB guesses another quoting for all.
    """
    named = f"filename={quoted(_FILE)}"
    if opened.kind == ".parquet":
        return f"read_parquet({opened.files}, union_by_name=true, {named})"
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in kinds)
    layout = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', store_rejects=true"
    return f"read_csv({opened.files}, {layout}, {named}, columns={{{columns}}})"
