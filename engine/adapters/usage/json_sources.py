"""The usage answers of OpenAI's and Anthropic's administration interfaces, as saved JSON pages."""

from __future__ import annotations

import json

from .base import Opened, Source, number, words

_LARGEST = 128 * 1024 * 1024


def source(opened: Opened) -> Source | None:
    """The source, recognised by its keys; None for other files."""
    if opened.kind != ".json":
        return None
    # A page, or a list of pages as `jq -s` makes it.
    pages = f"read_json_objects({opened.files}, maximum_object_size={_LARGEST})"
    buckets = f"""
(SELECT unnest(json_extract(page, '$.data[*]')) AS bucket FROM (
    SELECT unnest(CASE json_type(json) WHEN 'ARRAY' THEN json_extract(json, '$[*]') ELSE [json] END) AS page
    FROM {pages}))"""
    results = f"""
(SELECT bucket, unnest(json_extract(bucket, '$.results[*]')) AS j FROM {buckets})"""
    found = opened.database.execute(f"SELECT j, bucket FROM {results} LIMIT 1").fetchone()
    keys = set(json.loads(found[0])) if found else set()
    if "uncached_input_tokens" in keys:
        note = "Anthropic's report counts no requests: they are taken to have the workload's mean prompt"
        query = _ANTHROPIC.format(results=results)
        return Source("Anthropic usage", query, single=False, bucket_hours=24, counted=False, notes=[note])
    if {"input_tokens", "num_model_requests"} <= keys:
        return Source("OpenAI usage", _OPENAI.format(results=results), single=False, bucket_hours=24)
    return None


_START = "make_timestamp(try_cast(json_extract_string(bucket, '$.start_time') AS BIGINT) * 1000000)"
# input_tokens counts the cached ones too.
_OPENAI = f"""
SELECT {_START} AS moment, {words("$.model")} AS model, NULL::VARCHAR AS label, 'openai' AS provider,
    false AS side, false AS search, {number("$.num_model_requests")} AS requests,
    {number("$.input_tokens")} AS input, {number("$.input_cached_tokens")} AS cached, 0.0 AS written,
    {number("$.output_tokens")} AS output, NULL::DOUBLE AS usd
FROM {{results}}
"""
_CREATED = " + ".join(number(f"$.cache_creation.ephemeral_{ttl}_input_tokens") for ttl in ("5m", "1h"))
# uncached_input_tokens does not.
_ANTHROPIC = f"""
SELECT try_cast(json_extract_string(bucket, '$.starting_at') AS TIMESTAMP) AS moment,
    {words("$.model")} AS model, NULL::VARCHAR AS label, 'anthropic' AS provider,
    false AS side, false AS search, 0.0 AS requests,
    {number("$.uncached_input_tokens")} + {number("$.cache_read_input_tokens")} + {_CREATED} AS input,
    {number("$.cache_read_input_tokens")} AS cached, {_CREATED} AS written,
    {number("$.output_tokens")} AS output, NULL::DOUBLE AS usd
FROM {{results}}
"""
