"""Usage in JSON: of OpenAI, Anthropic, OpenRouter, LiteLLM's logs, opencode's messages."""

from __future__ import annotations

import json
from typing import Any

from ...domain.errors import InputError
from . import rows
from .base import Opened, Source, identity, moment, number, without_cached, words
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
