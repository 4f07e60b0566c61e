"""Usage in JSON: records of OpenAI, Anthropic, OpenRouter, LiteLLM, Langfuse, Helicone and OpenTelemetry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ...domain.errors import InputError
from . import rows
from .agent_sessions import GEMINI, OPENCODE, loaded
from .base import Source, UsageFiles, largest_object, sql_moment
from .costs import anthropic_costs, openai_costs
from .csv_sources import UNCOUNTED
from .open_telemetry import is_open_telemetry, open_telemetry_source

_MAX_OBJECT = 128 * 1024 * 1024  # bytes
_SAMPLE = 200  # objects by which a file is recognised


def json_source(files: UsageFiles) -> Source | None:
    """The source of JSON records, recognised by their keys; None for others.

    Raises InputError for records that are known and not read.
    """
    if files.kind not in (".json", ".jsonl"):
        return None
    # A page, or a list of pages as `jq -s` makes it; rows that are no buckets stand under `data` too.
    size = f"maximum_object_size={largest_object(files.paths, _MAX_OBJECT)}"
    objects = f"read_json_objects({files.sql}, {size})"
    if files.kind == ".jsonl":
        objects = f"read_ndjson_objects({files.sql}, ignore_errors=true, {size})"
    pages = f"""
(SELECT unnest(CASE json_type(json) WHEN 'ARRAY' THEN json_extract(json, '$[*]') ELSE [json] END) AS page
    FROM {objects} WHERE json IS NOT NULL)"""
    entries = f"""
(SELECT unnest(CASE json_type(page, '$.data') WHEN 'ARRAY' THEN json_extract(page, '$.data[*]')
    WHEN 'OBJECT' THEN [json_extract(page, '$.data')] ELSE [page] END) AS j FROM {pages})"""
    texts = files.database.execute(f"SELECT j FROM {entries} LIMIT {_SAMPLE}").fetchall()
    sample = [entry for (text,) in texts if isinstance(entry := loaded(text), dict)]
    lines = "" if files.kind == ".json" else f"SELECT count(*) FROM {objects} WHERE json IS NULL"
    source = _records(entries, sample)
    if source is None and any("model_breakdown" in entry for entry in sample):
        query = rows.claude_code_report(entries)
        source = Source("Claude Code report", query, single=False, counts_requests=False, notes=[UNCOUNTED])
    if source is None and any(isinstance(entry.get("results"), list) for entry in sample):
        source = _buckets(entries, sample)
    if source is None and any(is_open_telemetry(entry) for entry in sample):
        source = open_telemetry_source(pages, lines)
    if source is None:
        return None
    return replace(source, damaged=lines, notes=[*source.notes, *_more_pages(files, pages)])


def _records(entries: str, sample: list[dict[str, Any]]) -> Source | None:
    """Records of single requests, or OpenRouter's of days, by the keys that one of the sample has."""
    cells, keys = rows.Keys(), set().union(*(entry.keys() for entry in sample))

    def has(names: Collection[str]) -> bool:
        return any(entry.keys() >= {*names} for entry in sample)

    for title, names, query, cached in _RECORDS:
        if has(names):
            uncached = "" if keys & {*cached} else f"no key {cached[0]}"
            return Source(title, query(cells, entries), uncached=uncached)
    if has(("model_permaslug", "requests", "prompt_tokens")):
        days = rows.openrouter_days(cells, entries, "hash(j::VARCHAR)")
        return Source("OpenRouter activity", days, single=False, uncached=rows.BY_DAY)
    if has(("modelID", "tokens")):
        return Source("opencode", OPENCODE.format(entries=entries))
    if has(("sessionId", "messages")):
        return Source("Gemini CLI", GEMINI.format(messages=_messages(entries)))
    return None


_RECORDS = (  # title, keys of a record, its rows, keys of cached tokens
    ("LiteLLM spend logs", ("prompt_tokens", "completion_tokens", "startTime"), rows.litellm, ("metadata",)),
    (
        *("OpenRouter activity", ("tokens_prompt", "tokens_completion"), rows.openrouter_generations),
        ("tokens_cached", "native_tokens_cached"),
    ),
    ("Helicone", ("request_created_at", "prompt_tokens"), rows.helicone, ("prompt_cache_read_tokens",)),
    ("Langfuse", ("type", "startTime", "usageDetails"), rows.langfuse, ("usageDetails",)),
    ("Langfuse", ("type", "start_time", "usage_details"), rows.langfuse, ("usage_details",)),
    ("Langfuse", ("type", "startTime", "usage"), rows.langfuse, ("usageDetails",)),
)


def _messages(entries: str) -> str:
    """SQL of Gemini CLI's messages, which stand within their session."""
    side = "json_extract_string(j, '$.kind') = 'subagent'"
    return f"(SELECT {side} AS side, unnest(json_extract(j, '$.messages[*]')) AS j FROM {entries})"


def _buckets(entries: str, sample: list[dict[str, Any]]) -> Source | None:
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
    cells = rows.Keys()
    # The same results in the same bucket are the same page, whatever stands beside them.
    start, end = (
        _bucket_time(*names) for names in (("start_time", "starting_at"), ("end_time", "ending_at"))
    )
    row_id = f"hash({start}, {end}, j::VARCHAR)"
    start_if_read = f"CASE WHEN j IS NULL THEN NULL ELSE {start} END"
    if "amount" in keys:
        if keys & {"uncached_input_tokens", "num_model_requests"}:
            raise InputError("usage and costs of the same work: import them one by one")
        title, costs = "Anthropic costs", anthropic_costs
        if any("start_time" in entry for entry in sample):
            title, costs = "OpenAI costs", openai_costs
        query = costs(cells, results, row_id, start_if_read, end)
        return Source(title, query, single=False, counts_requests=False, costs=True)
    if "uncached_input_tokens" in keys:
        query = rows.anthropic(cells, results, row_id, start_if_read, end)
        return Source("Anthropic usage", query, single=False, counts_requests=False, notes=[UNCOUNTED])
    if {"input_tokens", "num_model_requests"} <= keys or (
        not keys and any("start_time" in e for e in sample)
    ):
        query = rows.openai(cells, results, row_id, start_if_read, end)
        uncached = "no key input_cached_tokens" if keys and "input_cached_tokens" not in keys else ""
        return Source("OpenAI usage", query, single=False, uncached=uncached)
    if not keys and any("starting_at" in entry for entry in sample):
        query = rows.anthropic(cells, results, row_id, start_if_read, end)
        return Source("Anthropic usage", query, single=False, counts_requests=False)
    return None


def _bucket_time(*names: str) -> str:
    texts = ", ".join(f"json_extract_string(bucket, '$.{name}')" for name in names)
    return sql_moment(f"coalesce({texts})")


def _more_pages(files: UsageFiles, pages: str) -> list[str]:
    """What to say where a page says that others follow, and none is there that is the last one."""
    more, token = (f"json_extract_string(page, '$.{name}')" for name in ("has_more", "next_page"))
    last = f"{more} = 'false' OR ({more} IS NULL AND json_type(page, '$.next_page') = 'NULL')"
    number, count = (
        f"try_cast(coalesce(json_extract_string(page, '$.meta.{ours}'),"
        f" json_extract_string(page, '$.{litellm}')) AS BIGINT)"
        for ours, litellm in (("page", "page"), ("totalPages", "total_pages"))
    )
    query = (
        f"SELECT count(*) FILTER ({more} = 'true' OR ({more} IS NULL AND {token} IS NOT NULL)),"
        f" count(*) FILTER ({last}), count(DISTINCT {number}), max({count}) FROM {pages}"
    )
    row = files.database.execute(query).fetchone()
    if row is None:
        return []
    followed, last_ones, known, total = row
    if total is not None and known < total:
        return [f"{known} of {total:,} pages are here, so this is not the whole period"]
    if followed and not last_ones:
        return ["has_more is true: there are further pages, so this is not the whole period"]
    return []
