"""Usage in JSON: of OpenAI, Anthropic, OpenRouter, LiteLLM's logs, opencode's messages.

Sessions of coding agents in .jsonl: Claude Code's ~/.claude/projects, Codex's ~/.codex/sessions.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from ...domain.errors import InputError
from . import rows
from .base import Opened, Source, identity, listed, moment, number, quoted, without_cached, words
from .csv_sources import UNCOUNTED

_LARGEST = 128 * 1024 * 1024
_LOOKED_AT = 200  # objects by which a file is recognised
_COSTS = {"amount", "currency"}


def source(opened: Opened) -> Source | None:
    """The source, recognised by its keys; None for others. Raises InputError for one not read."""
    if opened.kind not in (".json", ".jsonl"):
        return None
    # A page, or a list of pages as `jq -s` makes it; rows that are no buckets stand under `data` too.
    objects = f"read_json_objects({opened.files}, maximum_object_size={_LARGEST})"
    if opened.kind == ".jsonl":
        objects = f"read_ndjson_objects({opened.files}, ignore_errors=true, maximum_object_size={_LARGEST})"
    pages = f"""
(SELECT unnest(CASE json_type(json) WHEN 'ARRAY' THEN json_extract(json, '$[*]') ELSE [json] END) AS page
    FROM {objects} WHERE json IS NOT NULL)"""
    entries = f"""
(SELECT unnest(CASE json_type(page, '$.data') WHEN 'ARRAY' THEN json_extract(page, '$.data[*]')
    ELSE [page] END) AS j FROM {pages})"""
    shown = opened.database.execute(f"SELECT j FROM {entries} LIMIT {_LOOKED_AT}").fetchall()
    seen = [entry for (text,) in shown if isinstance(entry := _loaded(text), dict)]
    lines = "" if opened.kind == ".json" else f"SELECT count(*) FROM {objects} WHERE json IS NULL"
    if any({"prompt_tokens", "completion_tokens", "startTime"} <= entry.keys() for entry in seen):
        notes = [] if any("metadata" in entry for entry in seen) else [without_cached("no key metadata")]
        return Source("LiteLLM spend logs", rows.litellm(rows.Keys(), entries), damaged=lines, notes=notes)
    if any({"model_permaslug", "requests", "prompt_tokens"} <= entry.keys() for entry in seen):
        query = rows.openrouter_days(rows.Keys(), entries, "hash(j::VARCHAR)")
        notes = [without_cached("OpenRouter's activity by day")]
        return Source("OpenRouter activity", query, single=False, damaged=lines, notes=notes)
    if any({"modelID", "tokens"} <= entry.keys() for entry in seen):
        return Source("opencode", _OPENCODE.format(entries=entries))
    if any(isinstance(entry.get("results"), list) for entry in seen):
        return _buckets(opened, pages, entries, seen)
    if any("resourceSpans" in entry or "gen_ai." in json.dumps(entry) for entry in seen):
        raise InputError("OpenTelemetry spans: not read yet")
    return None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _buckets(opened: Opened, pages: str, entries: str, seen: list[dict[str, Any]]) -> Source | None:
    """Sums by time: a bucket without results is time, one that cannot be read is damaged."""
    results = f"""
(SELECT bucket, CASE WHEN json_type(result) = 'OBJECT' THEN result END AS j FROM (
    SELECT j AS bucket, unnest(CASE WHEN json_type(j, '$.results') IS DISTINCT FROM 'ARRAY' THEN [NULL::JSON]
        WHEN json_array_length(j, '$.results') = 0 THEN ['{{}}'::JSON]
        ELSE json_extract(j, '$.results[*]') END) AS result FROM {entries}))"""
    keys: set[str] = set()
    for entry in seen:
        for result in entry["results"] if isinstance(entry.get("results"), list) else []:
            keys |= result.keys() if isinstance(result, dict) else set()
    notes = _more_pages(opened, pages)
    at = "CASE WHEN j IS NULL THEN NULL ELSE {} END"
    cells, row = rows.Keys(), "hash(bucket::VARCHAR, j::VARCHAR)"
    # The same results in the same bucket are the same page, whatever stands beside them.
    start, end = (
        _bucket_time(*names) for names in (("start_time", "starting_at"), ("end_time", "ending_at"))
    )
    row = f"hash({start}, {end}, j::VARCHAR)"
    if "uncached_input_tokens" in keys:
        query = rows.anthropic(cells, results, row, at.format(start), end)
        return Source("Anthropic usage", query, single=False, counted=False, notes=[UNCOUNTED, *notes])
    if {"input_tokens", "num_model_requests"} <= keys or (not keys and any("start_time" in e for e in seen)):
        query = rows.openai(cells, results, row, at.format(start), end)
        if keys and "input_cached_tokens" not in keys:
            notes = [without_cached("no key input_cached_tokens"), *notes]
        return Source("OpenAI usage", query, single=False, notes=notes)
    if not keys and any("starting_at" in entry for entry in seen):
        query = rows.anthropic(cells, results, row, at.format(start), end)
        return Source("Anthropic usage", query, single=False, counted=False, notes=notes)
    if keys >= {"amount"}:
        raise InputError("costs, which hold no tokens: ask for the usage of completions or messages")
    return None


def _bucket_time(*names: str) -> str:
    texts = ", ".join(f"json_extract_string(bucket, '$.{name}')" for name in names)
    return moment(f"coalesce({texts})")


def _more_pages(opened: Opened, pages: str) -> list[str]:
    more = "json_extract_string(page, '$.has_more')"
    query = f"SELECT count(*) FILTER ({more} = 'true'), count(*) FILTER ({more} = 'false') FROM {pages}"
    row = opened.database.execute(query).fetchone()
    if row is None or not row[0] or row[1]:
        return []
    return ["has_more is true: there are further pages, so this is not the whole period"]


_OPENCODE = f"""
SELECT {moment(words("$.time.created"))} AS moment, {moment(words("$.time.created"))} AS until,
    {words("$.modelID")} AS model, {words("$.providerID")} AS provider, 1.0 AS requests,
    {number("$.tokens.input")} + {number("$.tokens.cache.read")} + {number("$.tokens.cache.write")} AS input,
    {number("$.tokens.cache.read")} AS cached, {number("$.tokens.cache.write")} AS written,
    {number("$.tokens.output")} AS output, {number("$.cost")} AS usd, {identity(words("$.id"))} AS id
FROM {{entries}} WHERE {words("$.role")} = 'assistant' AND json_type(j, '$.tokens') = 'OBJECT'
"""


_USAGE = "$.message.usage."
_MAX_SESSION = 32 * 1024 * 1024  # bytes of one line: images lie in them
_SESSION_LINES = 64 * 1024 * 1024  # bytes of a file in which its first object is looked for
_CLAUDE_KEYS = {"sessionId", "leafUuid", "parentUuid", "isSidechain", "snapshot"}
_CLAUDE_TYPES = {"assistant", "user", "summary", "system", "file-history-snapshot"}
_CODEX_TYPES = {"session_meta", "turn_context", "event_msg", "response_item", "compacted"}


def claude_code_source(opened: Opened) -> Source | None:
    """The sessions in files; None where they are others. Raises InputError for what is not read."""
    if opened.kind != ".jsonl":
        return None
    programs: dict[str, list[Path]] = {}
    for path in opened.paths:
        programs.setdefault(_program(_first_object(path)), []).append(path)
    claude, codex = programs.get("Claude Code", []), programs.get("Codex", [])
    if claude and codex:
        where = f"of Claude Code such as {claude[0].name} and of Codex such as {codex[0].name}"
        raise InputError(f"sessions {where}: import them one by one")
    if codex:
        return Source("Codex", _codex(listed(codex)), damaged=_DAMAGED.format(lines=_read(listed(codex))))
    if not claude and "OpenTelemetry" in programs:
        raise InputError("OpenTelemetry spans: not read yet")
    if not claude and "rows" in programs:
        return None
    lines = _read(listed([*claude, *programs.get("", [])]))
    return Source("Claude Code", _QUERY.format(lines=lines), damaged=_DAMAGED.format(lines=lines), asked=True)


def _read(files: str) -> str:
    return (
        f"read_ndjson_objects({files}, ignore_errors=true, maximum_object_size={_MAX_SESSION}, filename=true)"
    )


def _first_object(path: Path) -> dict[str, Any]:
    """The first line of a file that is a JSON object; empty where there is none."""
    try:
        with gzip.open(path) if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            left = _SESSION_LINES
            while left > 0 and (line := file.readline(left)):
                left -= len(line)
                try:
                    first = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(first, dict):
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


# Streaming writes an answer several times, into several files even; the last one has all its tokens. A
# subagent's session repeats its parent's messages: what stands in the parent's is the parent's.
_QUERY = f"""
SELECT min({moment(words("$.timestamp"))}) AS moment,
    min({moment(words("$.timestamp"))}) AS until,
    any_value({words("$.message.model")}) AS model,
    bool_and(coalesce({words("$.isSidechain")} = 'true', false)) AS side,
    max({number(_USAGE + "server_tool_use.web_search_requests")}) > 0 AS search,
    bool_or({words(_USAGE + "service_tier")} = 'batch') AS batch,
    1.0 AS requests,
    max({number(_USAGE + "input_tokens")}) + max({number(_USAGE + "cache_read_input_tokens")})
        + max({number(_USAGE + "cache_creation_input_tokens")}) AS input,
    max({number(_USAGE + "cache_read_input_tokens")}) AS cached,
    max({number(_USAGE + "cache_creation_input_tokens")}) AS written,
    max({number(_USAGE + "output_tokens")}) AS output,
    max({number(_USAGE + "cache_creation.ephemeral_1h_input_tokens")}) AS hour_writes,
    max({number(_USAGE + "server_tool_use.web_search_requests")}) AS searches,
    CASE WHEN bool_or({words(_USAGE + "speed")} = 'fast') THEN input + output ELSE 0 END AS fast,
    CASE WHEN bool_or({words(_USAGE + "inference_geo")} NOT IN ('', 'global', 'not_available'))
        THEN input + output ELSE 0 END AS geo,
    CASE WHEN bool_or({words(_USAGE + "service_tier")} NOT IN ('standard', 'batch'))
        THEN input + output ELSE 0 END AS tiered
FROM (SELECT json AS j FROM {{lines}} WHERE json IS NOT NULL)
WHERE {words("$.type")} = 'assistant' AND {words("$.message.model")} <> '<synthetic>'
    AND {words("$.message.usage")} IS NOT NULL
GROUP BY coalesce({words("$.message.id")}, {words("$.uuid")}, j::VARCHAR)
"""
_DAMAGED = "SELECT count(*) FROM {lines} WHERE json IS NULL"


def _codex(files: str) -> str:
    """A request a token_count event that changes the session's total, of the model of the turn before it.

    input_tokens counts the cached ones. A copy of a session repeats its events.
    """
    info, last = "$.payload.info", "$.payload.info.last_token_usage"
    order = "PARTITION BY filename ORDER BY stamp, rank"
    total = f"coalesce({words(info + '.total_token_usage')}, stamp)"
    return f"""
SELECT {moment("stamp")} AS moment, {moment("stamp")} AS until, model, coalesce(vendor, 'openai') AS provider,
    1.0 AS requests, {number(last + ".input_tokens")} AS input,
    {number(last + ".cached_input_tokens")} AS cached, {number(last + ".output_tokens")} AS output,
    hash(stamp, {total}, {words(last)}) AS id
FROM (SELECT *, last_value(turn IGNORE NULLS) OVER ({order}) AS model,
        last_value(named IGNORE NULLS) OVER ({order}) AS vendor,
        row_number() OVER (PARTITION BY filename, kind, {total} ORDER BY stamp) AS nth
    FROM (SELECT json AS j, filename, {words("$.timestamp")} AS stamp, {words("$.payload.type")} AS kind,
            CASE {words("$.type")} WHEN 'session_meta' THEN 0 WHEN 'turn_context' THEN 1 ELSE 2 END AS rank,
            CASE {words("$.type")} WHEN 'turn_context' THEN {words("$.payload.model")} END AS turn,
            CASE {words("$.type")} WHEN 'session_meta' THEN {words("$.payload.model_provider")} END AS named
        FROM (SELECT json, json AS j, filename FROM {_read(files)}) WHERE json IS NOT NULL
            AND {words("$.type")} IN ('session_meta', 'turn_context', 'event_msg')))
WHERE kind = 'token_count' AND nth = 1 AND json_type(j, {quoted(last)}) = 'OBJECT'
"""
