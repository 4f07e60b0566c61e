"""Usage in JSON: records of OpenAI, Anthropic, OpenRouter, LiteLLM and opencode, and sessions of agents.

Sessions are .jsonl: Claude Code's ~/.claude/projects, Codex's ~/.codex/sessions.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from ...domain.errors import InputError
from . import rows
from .base import (
    Source,
    UsageFiles,
    json_number,
    json_text,
    seconds_between,
    sql_id,
    sql_moment,
    sql_paths,
    sql_text,
)
from .csv_sources import UNCOUNTED

_MAX_OBJECT = 128 * 1024 * 1024  # bytes
_MAX_SESSION_LINE = 32 * 1024 * 1024  # bytes: images lie in them
_MAX_SESSION_START = 64 * 1024 * 1024  # bytes of a file in which its first object is looked for
_SAMPLE = 200  # objects by which a file is recognised
_OPEN_TELEMETRY = "OpenTelemetry spans: not read yet"


def json_source(files: UsageFiles) -> Source | None:
    """The source of JSON records, recognised by their keys; None for others.

    Raises InputError for records that are known and not read.
    """
    if files.kind not in (".json", ".jsonl"):
        return None
    # A page, or a list of pages as `jq -s` makes it; rows that are no buckets stand under `data` too.
    objects = f"read_json_objects({files.sql}, maximum_object_size={_MAX_OBJECT})"
    if files.kind == ".jsonl":
        objects = f"read_ndjson_objects({files.sql}, ignore_errors=true, maximum_object_size={_MAX_OBJECT})"
    pages = f"""
(SELECT unnest(CASE json_type(json) WHEN 'ARRAY' THEN json_extract(json, '$[*]') ELSE [json] END) AS page
    FROM {objects} WHERE json IS NOT NULL)"""
    entries = f"""
(SELECT unnest(CASE json_type(page, '$.data') WHEN 'ARRAY' THEN json_extract(page, '$.data[*]')
    ELSE [page] END) AS j FROM {pages})"""
    texts = files.database.execute(f"SELECT j FROM {entries} LIMIT {_SAMPLE}").fetchall()
    sample = [entry for (text,) in texts if isinstance(entry := _loaded(text), dict)]
    lines = "" if files.kind == ".json" else f"SELECT count(*) FROM {objects} WHERE json IS NULL"
    if any({"prompt_tokens", "completion_tokens", "startTime"} <= entry.keys() for entry in sample):
        uncached = "" if any("metadata" in entry for entry in sample) else "no key metadata"
        query = rows.litellm(rows.Keys(), entries)
        return Source("LiteLLM spend logs", query, damaged=lines, uncached=uncached)
    if any({"model_permaslug", "requests", "prompt_tokens"} <= entry.keys() for entry in sample):
        query = rows.openrouter_days(rows.Keys(), entries, "hash(j::VARCHAR)")
        return Source("OpenRouter activity", query, single=False, damaged=lines, uncached=rows.BY_DAY)
    if any({"modelID", "tokens"} <= entry.keys() for entry in sample):
        return Source("opencode", OPENCODE.format(entries=entries))
    if any(isinstance(entry.get("results"), list) for entry in sample):
        return _buckets(files, pages, entries, sample)
    if any("resourceSpans" in entry or "gen_ai." in json.dumps(entry) for entry in sample):
        raise InputError(_OPEN_TELEMETRY)
    return None


def _loaded(text: str | bytes) -> Any:
    """The JSON value; None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _buckets(files: UsageFiles, pages: str, entries: str, sample: list[dict[str, Any]]) -> Source | None:
    """Sums by time: a bucket without results is time, one that cannot be read is damaged."""
    results = f"""
(SELECT bucket, CASE WHEN json_type(result) = 'OBJECT' THEN result END AS j FROM (
    SELECT j AS bucket, unnest(CASE WHEN json_type(j, '$.results') IS DISTINCT FROM 'ARRAY' THEN [NULL::JSON]
        WHEN json_array_length(j, '$.results') = 0 THEN ['{{}}'::JSON]
        ELSE json_extract(j, '$.results[*]') END) AS result FROM {entries}))"""
    keys: set[str] = set()
    for entry in sample:
        for row in entry["results"] if isinstance(entry.get("results"), list) else []:
            keys |= row.keys() if isinstance(row, dict) else set()
    notes = _more_pages(files, pages)
    cells = rows.Keys()
    # The same results in the same bucket are the same page, whatever stands beside them.
    start, end = (
        _bucket_time(*names) for names in (("start_time", "starting_at"), ("end_time", "ending_at"))
    )
    row_id = f"hash({start}, {end}, j::VARCHAR)"
    start_if_read = f"CASE WHEN j IS NULL THEN NULL ELSE {start} END"
    if "uncached_input_tokens" in keys:
        query = rows.anthropic(cells, results, row_id, start_if_read, end)
        return Source(
            "Anthropic usage", query, single=False, counts_requests=False, notes=[UNCOUNTED, *notes]
        )
    if {"input_tokens", "num_model_requests"} <= keys or (
        not keys and any("start_time" in e for e in sample)
    ):
        query = rows.openai(cells, results, row_id, start_if_read, end)
        uncached = "no key input_cached_tokens" if keys and "input_cached_tokens" not in keys else ""
        return Source("OpenAI usage", query, single=False, notes=notes, uncached=uncached)
    if not keys and any("starting_at" in entry for entry in sample):
        query = rows.anthropic(cells, results, row_id, start_if_read, end)
        return Source("Anthropic usage", query, single=False, counts_requests=False, notes=notes)
    if keys >= {"amount"}:
        raise InputError("costs, which hold no tokens: ask for the usage of completions or messages")
    return None


def _bucket_time(*names: str) -> str:
    texts = ", ".join(f"json_extract_string(bucket, '$.{name}')" for name in names)
    return sql_moment(f"coalesce({texts})")


def _more_pages(files: UsageFiles, pages: str) -> list[str]:
    more = "json_extract_string(page, '$.has_more')"
    query = f"SELECT count(*) FILTER ({more} = 'true'), count(*) FILTER ({more} = 'false') FROM {pages}"
    row = files.database.execute(query).fetchone()
    if row is None or not row[0] or row[1]:
        return []
    return ["has_more is true: there are further pages, so this is not the whole period"]


_CREATED, _COMPLETED = (sql_moment(json_text(f"$.time.{name}")) for name in ("created", "completed"))
_PARTS = ("input", "output", "cache.read", "cache.write")
_IN, _OUT, _READ, _WRITTEN = (json_number(f"$.tokens.{name}") for name in _PARTS)
_REASONING, _TOTAL = json_number("$.tokens.reasoning"), json_number("$.tokens.total")
# Earlier versions count reasoning within the output, later ones beside it, as their total shows.
OPENCODE = f"""
SELECT {_CREATED} AS moment, {_CREATED} AS until, {json_text("$.modelID")} AS model,
    {json_text("$.providerID")} AS provider, 1.0 AS requests, {_IN} + {_READ} + {_WRITTEN} AS input,
    {_READ} AS cached, {_WRITTEN} AS written,
    {_OUT} + CASE WHEN {_TOTAL} >= {_IN} + {_OUT} + {_READ} + {_WRITTEN} + {_REASONING} THEN {_REASONING}
        ELSE 0 END AS output,
    {json_number("$.cost")} AS usd, {sql_id(json_text("$.id"))} AS id,
    {seconds_between(_CREATED, _COMPLETED)} AS latency, {json_text("$.variant")} AS effort,
    coalesce({json_text("$.agent")}, {json_text("$.mode")}) IN ('general', 'explore') AS side,
    CASE coalesce({json_text("$.agent")}, {json_text("$.mode")}) WHEN 'plan' THEN 'think'
        WHEN 'build' THEN 'default' WHEN 'title' THEN 'background' WHEN 'summary' THEN 'background'
        WHEN 'compaction' THEN 'background' WHEN 'general' THEN 'subagent' WHEN 'explore' THEN 'subagent'
    END AS label
FROM {{entries}} WHERE {json_text("$.role")} = 'assistant' AND json_type(j, '$.tokens') = 'OBJECT'
"""
"""Messages of opencode in column `j` of `entries`; the label is what an agent has in its configuration."""


_CLAUDE_KEYS = {"sessionId", "leafUuid", "parentUuid", "isSidechain", "snapshot"}
_CLAUDE_TYPES = {"assistant", "user", "summary", "system", "file-history-snapshot"}
_CODEX_TYPES = {"session_meta", "turn_context", "event_msg", "response_item", "compacted"}


def session_source(files: UsageFiles) -> Source | None:
    """The source of sessions of Claude Code or Codex; None where files are others.

    Raises InputError for sessions of both, and for spans of OpenTelemetry.
    """
    if files.kind != ".jsonl":
        return None
    programs: dict[str, list[Path]] = {}
    for path in files.paths:
        programs.setdefault(_program(_first_object(path)), []).append(path)
    claude, codex = programs.get("Claude Code", []), programs.get("Codex", [])
    if claude and codex:
        where = f"of Claude Code such as {claude[0].name} and of Codex such as {codex[0].name}"
        raise InputError(f"sessions {where}: import them one by one")
    if codex:
        return Source(
            "Codex", _codex(sql_paths(codex)), damaged=_DAMAGED.format(lines=_session_lines(sql_paths(codex)))
        )
    if not claude and "OpenTelemetry" in programs:
        raise InputError(_OPEN_TELEMETRY)
    if not claude and "rows" in programs:
        return None
    lines = _session_lines(sql_paths([*claude, *programs.get("", [])]))
    return Source(
        "Claude Code",
        _CLAUDE_CODE.format(lines=lines),
        damaged=_DAMAGED.format(lines=lines),
        client_chosen=True,
    )


def _session_lines(files: str) -> str:
    bounds = f"ignore_errors=true, maximum_object_size={_MAX_SESSION_LINE}"
    return f"read_ndjson_objects({files}, {bounds}, filename=true)"


def _first_object(path: Path) -> dict[str, Any]:
    """The first line of a file that is a JSON object; empty where there is none."""
    try:
        with gzip.open(path) if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            left = _MAX_SESSION_START
            while left > 0 and (line := file.readline(left)):
                left -= len(line)
                if isinstance(first := _loaded(line), dict):
                    return first
    except (OSError, EOFError):  # what reads the rest says why
        pass
    return {}


def _program(first: dict[str, Any]) -> str:
    kind = first.get("type")
    if first.keys() & _CLAUDE_KEYS or (isinstance(kind, str) and kind in _CLAUDE_TYPES):
        return "Claude Code"
    if "payload" in first and isinstance(kind, str) and kind in _CODEX_TYPES:
        return "Codex"
    if "resourceSpans" in first or "startTimeUnixNano" in first or "gen_ai." in json.dumps(first):
        return "OpenTelemetry"
    if first.keys() & {"model_group", "prompt_tokens", "model_permaslug", "modelID", "results", "data"}:
        return "rows"
    return ""


_USAGE = "$.message.usage."
# Streaming writes an answer several times, into several files even; the last one has all its tokens. A
# subagent's session repeats its parent's messages: what stands in the parent's is the parent's.
_CLAUDE_CODE = f"""
SELECT min({sql_moment(json_text("$.timestamp"))}) AS moment,
    min({sql_moment(json_text("$.timestamp"))}) AS until,
    any_value({json_text("$.message.model")}) AS model, any_value({json_text("$.effort")}) AS effort,
    bool_and(coalesce({json_text("$.isSidechain")} = 'true', false)) AS side,
    max({json_number(_USAGE + "server_tool_use.web_search_requests")}) > 0 AS search,
    bool_or({json_text(_USAGE + "service_tier")} = 'batch') AS batch,
    1.0 AS requests,
    max({json_number(_USAGE + "input_tokens")}) + max({json_number(_USAGE + "cache_read_input_tokens")})
        + max({json_number(_USAGE + "cache_creation_input_tokens")}) AS input,
    max({json_number(_USAGE + "cache_read_input_tokens")}) AS cached,
    max({json_number(_USAGE + "cache_creation_input_tokens")}) AS written,
    max({json_number(_USAGE + "output_tokens")}) AS output,
    max({json_number(_USAGE + "cache_creation.ephemeral_1h_input_tokens")}) AS hour_writes,
    max({json_number(_USAGE + "server_tool_use.web_search_requests")}) AS searches,
    CASE WHEN bool_or({json_text(_USAGE + "speed")} = 'fast') THEN input + output ELSE 0 END AS fast,
    CASE WHEN bool_or({json_text(_USAGE + "inference_geo")} NOT IN ('', 'global', 'not_available'))
        THEN input + output ELSE 0 END AS geo,
    CASE WHEN bool_or({json_text(_USAGE + "service_tier")} NOT IN ('standard', 'batch'))
        THEN input + output ELSE 0 END AS tiered
FROM (SELECT json AS j FROM {{lines}} WHERE json IS NOT NULL)
WHERE {json_text("$.type")} = 'assistant' AND {json_text("$.message.model")} <> '<synthetic>'
    AND {json_text("$.message.usage")} IS NOT NULL
GROUP BY coalesce({json_text("$.message.id")}, {json_text("$.uuid")}, j::VARCHAR)
"""
_DAMAGED = "SELECT count(*) FROM {lines} WHERE json IS NULL"


def _codex(files: str) -> str:
    """A request a token_count event that changes the session's total, of the model of the turn before it.

    input_tokens counts the cached ones. A copy of a session repeats its events.
    """
    info, last = "$.payload.info", "$.payload.info.last_token_usage"
    event, order = json_text("$.type"), "PARTITION BY filename ORDER BY stamp, rank"
    total = f"coalesce({json_text(info + '.total_token_usage')}, stamp)"
    return f"""
SELECT {sql_moment("stamp")} AS moment, {sql_moment("stamp")} AS until, model, effort,
    coalesce(vendor, 'openai') AS provider, 1.0 AS requests, {json_number(last + ".input_tokens")} AS input,
    {json_number(last + ".cached_input_tokens")} AS cached, {json_number(last + ".output_tokens")} AS output,
    hash(stamp, {total}, {json_text(last)}) AS id
FROM (SELECT *, last_value(turn IGNORE NULLS) OVER ({order}) AS model,
        last_value(named IGNORE NULLS) OVER ({order}) AS vendor,
        last_value(level IGNORE NULLS) OVER ({order}) AS effort,
        row_number() OVER (PARTITION BY filename, kind, {total} ORDER BY stamp) AS nth
    FROM (SELECT json AS j, filename, {json_text("$.timestamp")} AS stamp,
            {json_text("$.payload.type")} AS kind,
            CASE {event} WHEN 'session_meta' THEN 0 WHEN 'turn_context' THEN 1 ELSE 2 END AS rank,
            CASE {event} WHEN 'turn_context' THEN {json_text("$.payload.model")} END AS turn,
            CASE {event} WHEN 'turn_context' THEN {json_text("$.payload.effort")} END AS level,
            CASE {event} WHEN 'session_meta' THEN {json_text("$.payload.model_provider")} END AS named
        FROM (SELECT json, json AS j, filename FROM {_session_lines(files)}) WHERE json IS NOT NULL
            AND {event} IN ('session_meta', 'turn_context', 'event_msg')))
WHERE kind = 'token_count' AND nth = 1 AND json_type(j, {sql_text(last)}) = 'OBJECT'
"""
