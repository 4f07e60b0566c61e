"""What coding agents keep of their sessions: Claude Code, Codex, Gemini CLI and opencode.

Claude Code's ~/.claude/projects, Codex's ~/.codex/sessions and Gemini CLI's ~/.gemini/tmp are .jsonl; earlier
sessions of Gemini CLI and messages of opencode are .json.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError
from ...domain.formatting import plural
from .base import (
    Source,
    UsageFiles,
    json_number,
    json_text,
    largest_object,
    seconds_between,
    sql_id,
    sql_moment,
    sql_number,
    sql_paths,
    sql_text,
)
from .open_telemetry import is_open_telemetry, open_telemetry_source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAX_SESSION_LINE = 32 * 1024 * 1024  # bytes: images lie in them
_MAX_SESSION_START = 64 * 1024 * 1024  # bytes of a file in which its first object is looked for


def loaded(text: str | bytes) -> Any:
    """The JSON value; None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


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
_CODEX_TYPES = {
    "session_meta",
    "turn_context",
    "event_msg",
    "response_item",
    "compacted",
    "token_usage_record",
}


_GEMINI_TYPES = {"gemini", "info", "error", "warning"}
_RECORD_KEYS = {  # of files that `json_logs` reads, a record a line
    *("model_group", "prompt_tokens", "model_permaslug", "modelID", "results", "data", "tokens_prompt"),
    *("request_created_at", "usageDetails", "usage_details", "model_breakdown"),
}
_UNKNOWN, _UNREADABLE = "unknown", "unreadable"


def session_source(files: UsageFiles) -> Source | None:
    """The source of sessions in .jsonl, by each file's first object; None where files are others.

    Raises InputError for sessions of several programs.
    """
    if files.kind != ".jsonl":
        return None
    programs: dict[str, list[Path]] = {}
    for path in files.paths:
        programs.setdefault(_program(_first_object(path, files.database)), []).append(path)
    unknown, unreadable = programs.pop(_UNKNOWN, []), programs.pop(_UNREADABLE, [])
    if len(programs) > 1:
        names = " and of ".join(f"{program} such as {paths[0].name}" for program, paths in programs.items())
        raise InputError(f"there are files of {names}: import them one by one")
    if not programs:
        if unknown:
            return None
        count = "no line of it is" if len(unreadable) == 1 else f"no line of {len(unreadable):,} files is"
        raise InputError(f"{count} a JSON object: no log that is known")
    ((program, paths),) = programs.items()
    if program == "records":
        return None
    paths = [*paths, *unreadable]  # their lines are damaged
    source = _source_of(program, paths)
    if unreadable:
        which = f"such as {unreadable[0].name}"
        source.notes.append(
            f"{plural(len(unreadable), 'file')} without a line that is a JSON object, {which}"
        )
    if unknown:
        which = f"such as {unknown[0].name}"
        source.notes.append(f"{plural(len(unknown), 'file')} of another program not read, {which}")
    return source


def _source_of(program: str, paths: list[Path]) -> Source:
    lines = _session_lines(paths)
    damaged = _DAMAGED.format(lines=lines)
    if program == "Codex":
        return Source("Codex", _codex(lines), damaged=damaged)
    if program == "Gemini CLI":
        messages = f"(SELECT false AS side, json AS j FROM {lines} WHERE json IS NOT NULL)"
        return Source("Gemini CLI", GEMINI.format(messages=messages), damaged=damaged)
    if program == "OpenTelemetry":
        return open_telemetry_source(f"(SELECT json AS page FROM {lines} WHERE json IS NOT NULL)", damaged)
    query = _CLAUDE_CODE.format(lines=lines)
    return Source("Claude Code", query, damaged=damaged, client_chosen=True)


def _session_lines(paths: list[Path]) -> str:
    bounds = f"ignore_errors=true, maximum_object_size={largest_object(paths, _MAX_SESSION_LINE)}"
    return f"read_ndjson_objects({sql_paths(paths)}, {bounds}, filename=true)"


def _first_object(path: Path, database: DuckDBPyConnection) -> dict[str, Any]:
    """The first line of a file that is a JSON object; empty where there is none."""
    if path.suffix.casefold() == ".zst":  # as Codex packs what is older than a week
        import duckdb

        query = f"SELECT json FROM {_session_lines([path])} WHERE json_type(json) = 'OBJECT' LIMIT 1"
        try:
            row = database.execute(query).fetchone()
        except duckdb.Error:  # what reads the rest says why
            return {}
        return dict(loaded(row[0])) if row else {}
    try:
        with gzip.open(path) if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            left = _MAX_SESSION_START
            while left > 0 and (line := file.readline(left)):
                left -= len(line)
                if isinstance(first := loaded(line), dict):
                    return first
    except (OSError, EOFError):  # what reads the rest says why
        pass
    return {}


def _program(first: dict[str, Any]) -> str:
    kind = first.get("type")
    kind = kind if isinstance(kind, str) else ""
    if not first:
        return _UNREADABLE
    if "projectHash" in first or (kind in _GEMINI_TYPES and first.keys() & {"content", "tokens"}):
        return "Gemini CLI"
    if "payload" in first and kind in _CODEX_TYPES:
        return "Codex"
    if first.keys() & _RECORD_KEYS:
        return "records"
    if first.keys() & _CLAUDE_KEYS or kind in _CLAUDE_TYPES:
        return "Claude Code"
    if is_open_telemetry(first):
        return "OpenTelemetry"
    return _UNKNOWN


_USAGE = "$.message.usage."
# What the advisor's model answers stands within the usage of the answer that asked it, in no sum of it.
_ADVICE = "json_extract_string(parts[nth], '$.type') = 'advisor_message'"
_WITH_ADVICE = f"""
SELECT unnest(CASE WHEN len(parts) > 0 THEN list_concat([j], [json_object('type', 'assistant',
    'timestamp', {json_text("$.timestamp")}, 'isSidechain', {json_text("$.isSidechain")},
    'message', json_object('model', json_extract(parts[nth], '$.model'), 'usage', parts[nth],
        'id', concat(coalesce({json_text("$.message.id")}, {json_text("$.uuid")}, ''), '#', nth)))
    FOR nth IN range(1, len(parts) + 1) IF {_ADVICE}]) ELSE [j] END) AS j
FROM (SELECT json AS j, CASE WHEN contains(json::VARCHAR, '"advisor_message"')
    THEN json_extract(json, '$.message.usage.iterations[*]') END AS parts
    FROM {{lines}} WHERE json IS NOT NULL)"""
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
FROM ({_WITH_ADVICE})
WHERE {json_text("$.type")} = 'assistant' AND {json_text("$.message.model")} <> '<synthetic>'
    AND {json_text("$.message.usage")} IS NOT NULL
GROUP BY coalesce({json_text("$.message.id")}, {json_text("$.uuid")}, j::VARCHAR)
"""
_DAMAGED = "SELECT count(*) FROM {lines} WHERE json IS NULL"


def _codex(lines: str) -> str:
    """A request a token_usage_record, of the model of the turn before it; of earlier versions and sessions, a
    token_count event that changes the session's total.

    input_tokens counts the cached and the written ones, output_tokens the reasoning. A session that is forked
    from another repeats its events, and so does a copy. Without figures of the last request the totals'
    difference counts.
    """
    info = "$.payload.info"
    total, last = info + ".total_token_usage", info + ".last_token_usage"
    event, order = json_text("$.type"), "PARTITION BY filename ORDER BY stamp, rank"
    figures = {
        "input": ("input_tokens",),
        "cached": ("cached_input_tokens", "cache_read_input_tokens"),
        "written": ("cache_write_input_tokens", "cache_creation_input_tokens"),
        "output": ("output_tokens",),
    }

    def figure(place: str, names: tuple[str, ...]) -> str:
        return sql_number(f"coalesce({', '.join(json_text(f'{place}.{name}') for name in names)})")

    of_total = ", ".join(f"{figure(total, names)} AS total_{name}" for name, names in figures.items())
    since = ", ".join(
        f"CASE json_type(j, {sql_text(last)}) WHEN 'OBJECT' THEN {figure(last, names)} ELSE"
        f" greatest(total_{name} - lag(total_{name}, 1, 0) OVER ({order}), 0) END AS {name}"
        for name, names in figures.items()
    )
    recorded = ", ".join(f"{figure('$.payload.usage', names)} AS {name}" for name, names in figures.items())
    response, named_figures = json_text("$.payload.response_id"), ", ".join(figures)
    totals = json_text(total)
    model = ", ".join(map(json_text, (info + ".model", "$.payload.model")))
    places = ("$.payload", info, last)  # of the tier: priority is fast mode
    tier = ", ".join(json_text(f"{place}.service_tier") for place in places)
    return f"""
WITH events AS (
    SELECT j, filename, {json_text("$.timestamp")} AS stamp, {json_text("$.payload.type")} AS kind,
        CASE {event} WHEN 'session_meta' THEN 0 WHEN 'turn_context' THEN 1 ELSE 2 END AS rank,
        CASE WHEN {event} <> 'session_meta' THEN coalesce({model}) END AS turn,
        CASE {event} WHEN 'turn_context' THEN {json_text("$.payload.effort")} END AS level,
        CASE WHEN {event} <> 'session_meta' THEN coalesce({tier}) END AS asked,
        CASE {event} WHEN 'session_meta' THEN {json_text("$.payload.model_provider")} END AS named,
        CASE {event} WHEN 'session_meta' THEN {json_text("$.payload.id")} END AS session,
        CASE {event} WHEN 'session_meta' THEN {json_text("$.payload.forked_from_id")} END AS forked
    FROM (SELECT json AS j, filename FROM {lines} WHERE json IS NOT NULL)
    WHERE {event} IN ('session_meta', 'turn_context', 'event_msg', 'token_usage_record')),
turns AS (
    SELECT *, last_value(turn IGNORE NULLS) OVER ({order}) AS model,
        last_value(named IGNORE NULLS) OVER ({order}) AS vendor,
        last_value(level IGNORE NULLS) OVER ({order}) AS effort,
        lower(last_value(asked IGNORE NULLS) OVER ({order})) AS tier,
        coalesce(max(forked) OVER (PARTITION BY filename), min(session) OVER (PARTITION BY filename)) AS root
    FROM events),
counts AS (
    SELECT *, {of_total},
        row_number() OVER (PARTITION BY filename, coalesce({totals}, stamp) ORDER BY stamp) AS nth
    FROM turns WHERE kind = 'token_count' AND json_type(j, {sql_text(info)}) = 'OBJECT'),
told AS (SELECT *, {since} FROM counts),
records AS (
    SELECT *, {recorded} FROM turns
    WHERE {event} = 'token_usage_record' AND json_type(j, '$.payload.usage') = 'OBJECT'),
known AS (
    SELECT *, CASE WHEN root IS NULL OR {totals} IS NULL THEN hash(stamp, {totals}, {json_text(last)})
        ELSE hash(root, {totals}, {json_text(last)}) END AS id
    FROM told LEFT JOIN (SELECT filename, min(stamp) AS since FROM records GROUP BY filename) USING (filename)
    WHERE nth = 1 AND (since IS NULL OR stamp < since) AND NOT EXISTS (FROM records
        WHERE (records.filename, records.input, records.output) = (told.filename, told.input, told.output))
    UNION ALL BY NAME SELECT *,
        CASE WHEN {response} IS NULL THEN hash(root, stamp, {named_figures}) ELSE hash({response}) END AS id
    FROM records)
SELECT {sql_moment("stamp")} AS moment, {sql_moment("stamp")} AS until, model, effort,
    coalesce(vendor, 'openai') AS provider, 1.0 AS requests, input, cached, written, output, id,
    CASE tier WHEN 'fast' THEN 'priority' WHEN 'priority' THEN 'priority' WHEN 'flex' THEN 'flex' END
        AS service_tier,
    CASE WHEN tier IN ('fast', 'priority', 'flex') THEN input + output ELSE 0 END AS tiered
FROM known WHERE NOT (input = 0 AND output = 0)
"""


_COUNTS = {
    name: json_number(f"$.tokens.{name}") for name in ("input", "output", "cached", "thoughts", "tool")
}
# A message is written again when its tokens are known; the prompt counts the cached ones, and thoughts stand
# beside the answer.
GEMINI = f"""
SELECT {sql_moment(json_text("$.timestamp"))} AS moment, {sql_moment(json_text("$.timestamp"))} AS until,
    {json_text("$.model")} AS model, 'gemini' AS provider, 1.0 AS requests, side,
    {_COUNTS["input"]} + {_COUNTS["tool"]} AS input, {_COUNTS["cached"]} AS cached,
    {_COUNTS["output"]} + {_COUNTS["thoughts"]} AS output, {sql_id(json_text("$.id"))} AS id
FROM {{messages}} WHERE {json_text("$.type")} = 'gemini' AND json_type(j, '$.tokens') = 'OBJECT'
"""
"""Messages of Gemini CLI in column `j` of `messages`, with `side` for a subagent's."""
