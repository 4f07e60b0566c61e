"""Usage in OpenTelemetry: spans of generative AI, and the events that coding agents send.

Spans in OTLP's JSON, as SDKs print them and as Jaeger and Tempo give them, with the attributes of the
semantic conventions (`gen_ai.*`), of their earlier versions, OpenLLMetry (`llm.*`) and OpenInference. Events
of Claude Code, Codex and Gemini CLI. The input counts the cached tokens, as the conventions ask; where an
instrumentation leaves them out, the figures show it.
"""

from __future__ import annotations

from typing import Any

from .base import NO_CHAT_REASON, Source, seconds_between, sql_moment, sql_number, sql_text
from .rows import SERVICE_TIERS

_ENVELOPES = (
    "resourceSpans[*].scopeSpans[*].spans[*]",
    "resourceSpans[*].instrumentationLibrarySpans[*].spans[*]",
    "resource_spans[*].scope_spans[*].spans[*]",
    "batches[*].scopeSpans[*].spans[*]",
    "trace.resourceSpans[*].scopeSpans[*].spans[*]",
    "data[*].spans[*]",
    "resourceLogs[*].scopeLogs[*].logRecords[*]",
    "resource_logs[*].scope_logs[*].log_records[*]",
)
_EVENTS = {  # event -> the place of its token counts: input, output, reasoning beside it, cached, written
    "gemini_cli.api_response": (
        *("input_token_count", "output_token_count", "thoughts_token_count"),
        *("cached_content_token_count", ""),
    ),
    "qwen-code.api_response": (
        *("input_token_count", "output_token_count", "thoughts_token_count"),
        *("cached_content_token_count", ""),
    ),
    "codex.sse_event": ("input_token_count", "output_token_count", "", "cached_token_count", ""),
    "claude_code.api_request": (
        *("input_tokens", "output_tokens", ""),
        *("cache_read_tokens", "cache_creation_tokens"),
    ),
}
_USAGE = "gen_ai.usage."
_INPUT = (
    *(_USAGE + "input_tokens", _USAGE + "prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens"),
)
_OUTPUT = (
    *(_USAGE + "output_tokens", _USAGE + "completion_tokens"),
    *("llm.token_count.completion", "llm.usage.completion_tokens"),
)
_CACHED = (
    *(_USAGE + "cache_read.input_tokens", _USAGE + "cache_read_input_tokens", _USAGE + "cached_tokens"),
    *(_USAGE + "input_tokens.cached", _USAGE + "cache_read_tokens", _USAGE + "input_cached_tokens"),
    *(_USAGE + "details.cache_read_tokens", _USAGE + "details.cached_tokens"),
    *(_USAGE + "prompt_tokens_details.cached_tokens", "ai.usage.cachedInputTokens"),
    *("llm.token_count.prompt_details.cache_read", "llm.usage.cache_read_input_tokens"),
)
_WRITTEN = (
    *(_USAGE + "cache_creation.input_tokens", _USAGE + "cache_creation_input_tokens"),
    *(
        _USAGE + "input_tokens.cache_write",
        _USAGE + "cache_write_tokens",
        _USAGE + "details.cache_write_tokens",
    ),
    *("llm.token_count.prompt_details.cache_write", "llm.usage.cache_creation_input_tokens"),
)
_MODEL = (
    *("gen_ai.response.model", "gen_ai.request.model", "llm.model_name"),
    *("llm.response.model", "llm.request.model", "ai.model.id"),
)
_PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.vendor", "llm.system")
_OPERATION = ("gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "traceloop.span.kind")
_COST = ("cost_usd", _USAGE + "cost", _USAGE + "total_cost", "gen_ai.cost.total", "llm.cost.total")
_EFFORT = (
    *("gen_ai.request.reasoning.effort", "gen_ai.openai.request.reasoning_effort"),
    *("gen_ai.request.reasoning_effort", "llm.request.reasoning_effort"),
)
_TIER = (
    "gen_ai.openai.response.service_tier",
    "gen_ai.openai.request.service_tier",
    "openai.response.service_tier",
)
_STARTS = (
    *("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime[0]", "startTime", "timeUnixNano"),
    *("time_unix_nano", "hrTime[0]", "timestamp", "observedTimeUnixNano", "time"),
)
_ENDS = ("endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime[0]", "endTime")
_HOSTS = {"openrouter.ai": "openrouter", "openai.azure.com": "azure", "bedrock-runtime": "bedrock"}
_CHATS = ("chat", "text_completion", "generate_content", "completion", "llm")
_AROUND = "spans around others (agents, tools, wrappers), whose calls are spans of their own"
_UNCOUNTED = "without token counts"


def is_open_telemetry(entry: dict[str, Any]) -> bool:
    """Whether a JSON object is a span or an event, or has some."""
    if entry.keys() & {"resourceSpans", "resource_spans", "resourceLogs", "resource_logs", "resourceMetrics"}:
        return True
    attributes = entry.get("attributes", entry.get("tags"))
    times = {"startTimeUnixNano", "start_time", "startTime", "timeUnixNano", "hrTime", "timestamp", "time"}
    spans = entry.get("spans", entry.get("batches"))
    return isinstance(spans, list) or (isinstance(attributes, dict | list) and bool(entry.keys() & times))


def open_telemetry_source(pages: str, damaged: str) -> Source:
    """The source of spans and events. pages: SQL of a table of JSON objects `page`; damaged: of a Source."""
    return Source("OpenTelemetry", _query(pages), damaged=damaged)


def _attribute(*names: str) -> str:
    """SQL of the first attribute that is there."""
    texts = (f"""nullif(json_extract_string(a, {sql_text(f'$."{name}"')}), '')""" for name in names if name)
    return f"coalesce({', '.join(texts)}, NULL)"


def _field(*paths: str) -> str:
    """SQL of the first field of a span that is there."""
    texts = (f"nullif(json_extract_string(s, {sql_text('$.' + path)}), '')" for path in paths)
    return f"coalesce({', '.join(texts)}, NULL)"


def _figure(names: tuple[str, ...], place: int, more: int | None = None) -> str:
    """SQL of a count of tokens: of an event that is known by its name, else of the conventions."""
    cases = ""
    for event, keys in _EVENTS.items():
        counts = " + ".join(
            sql_number(_attribute(keys[at])) for at in (place, more) if at is not None and keys[at]
        )
        cases += f" WHEN {sql_text(event)} THEN {counts or '0'}"
    return f"CASE event{cases} ELSE {sql_number(_attribute(*names))} END"


def _query(pages: str) -> str:
    lists = ", ".join(f"json_extract(page, {sql_text('$.' + path)})" for path in _ENVELOPES)
    start = sql_moment(_field(*_STARTS))
    end = sql_moment(_field(*_ENDS))
    trace = _field("traceId", "trace_id", "context.trace_id", "traceID")
    span = _field("spanId", "span_id", "context.span_id", "spanID", "id")
    parent = _field("parentSpanId", "parent_span_id", "parent_id", "parentId", "references[0].spanID")
    event = f"coalesce({_attribute('event.name')}, {_field('eventName', 'body.stringValue', 'body', 'name')})"
    status = f"lower(coalesce({_field('status.code', 'status.status_code')}, ''))"
    failed = f"{status} IN ('2', 'error', 'status_code_error')"
    seconds = f"coalesce({sql_number(_attribute('duration_ms'))} / 1e3, 0)"
    names, chats = (", ".join(map(sql_text, texts)) for texts in (_EVENTS, _CHATS))
    around = sql_text(_AROUND)
    host = "".join(f" WHEN address LIKE '%{part}%' THEN '{name}'" for part, name in _HOSTS.items())
    counted = f"coalesce({_attribute(*_INPUT)}, {_attribute(*_OUTPUT)}) IS NOT NULL"
    return f"""
WITH spans AS MATERIALIZED (
    SELECT s, CASE json_type(entries) WHEN 'OBJECT' THEN entries WHEN 'ARRAY' THEN {_AS_OBJECT} END AS a
    FROM (
        SELECT s, coalesce(json_extract(s, '$.attributes'), json_extract(s, '$.tags')) AS entries FROM (
            SELECT unnest(CASE WHEN len(within) > 0 THEN within ELSE [page] END) AS s FROM (
                SELECT page, list_concat({lists}) AS within FROM {pages})))
    WHERE entries IS NOT NULL),
calls AS MATERIALIZED (
    SELECT s, a, CASE WHEN {event} = 'api_request' THEN 'claude_code.api_request' ELSE {event} END AS event,
        lower(coalesce({_attribute(*_OPERATION)}, '')) AS operation, {counted} AS counted,
        CASE WHEN {span} IS NOT NULL THEN hash({trace}, {span}) END AS id,
        CASE WHEN {parent} IS NOT NULL THEN hash({trace}, {parent}) END AS around,
        lower(coalesce({_attribute("server.address", "url.full", "http.url")}, '')) AS address
    FROM spans),
usage AS MATERIALIZED (
    SELECT *, event IN ({names}) AS is_event FROM calls
    WHERE counted OR operation IN ({chats}) OR (event IN ({names})
        AND {_attribute("input_token_count", "input_tokens")} IS NOT NULL))
SELECT {start} AS moment, {start} AS until, {_attribute(*_MODEL, "model")} AS model,
    CASE event WHEN 'gemini_cli.api_response' THEN 'gemini' WHEN 'codex.sse_event' THEN 'openai'
        WHEN 'claude_code.api_request' THEN NULL ELSE CASE {host or "WHEN false THEN ''"}
        ELSE {_attribute(*_PROVIDER)} END END AS provider, 1.0 AS requests,
    {_figure(_INPUT, 0)} AS input, {_figure(_OUTPUT, 1, 2)} AS output, {_figure(_CACHED, 3)} AS cached,
    {_figure(_WRITTEN, 4)} AS written, try_cast({_attribute(*_COST)} AS DOUBLE) AS usd,
    coalesce(nullif({seconds}, 0), {seconds_between(start, end)},
        try_cast({_field("duration")} AS DOUBLE) / 1e6) AS latency,
    {_attribute(*_EFFORT, "reasoning_effort", "effort")} AS effort,
    CASE WHEN {_attribute("speed")} = 'fast' THEN input + output ELSE 0 END AS fast,
    CASE WHEN lower(coalesce({_attribute(*_TIER)}, 'default')) IN ('default', 'auto', 'standard') THEN 0
        ELSE input + output END AS tiered,
    CASE WHEN lower({_attribute(*_TIER)}) IN {SERVICE_TIERS} THEN lower({_attribute(*_TIER)}) END
        AS service_tier,
    CASE WHEN is_event OR id IS NULL THEN hash(s::VARCHAR) ELSE id END AS id,
    CASE WHEN is_event THEN NULL ELSE 'span' END AS form,
    CASE event WHEN 'claude_code.api_request' THEN true END AS outside,
    CASE WHEN regexp_matches(operation, 'embed|rerank|image|speech|transcri') THEN {sql_text(NO_CHAT_REASON)}
        WHEN NOT is_event AND operation NOT IN ({chats}, '') THEN {around}
        WHEN NOT is_event AND (SELECT bool_or(is_event) FROM usage) THEN {around}
        WHEN id IN (SELECT around FROM usage WHERE around IS NOT NULL AND counted) THEN {around}
        WHEN NOT is_event AND NOT counted AND {failed} THEN 'failed'
        WHEN NOT is_event AND NOT counted THEN {sql_text(_UNCOUNTED)} END AS aside
FROM usage
"""


_KEY, _VALUE = "json_extract_string(x, '$.key')", "json_extract(x, '$.value')"
_VALUES = ", ".join(
    f"json_extract_string(x, '$.value.{kind}')"
    for kind in (
        "stringValue",
        "intValue",
        "doubleValue",
        "boolValue",
        "string_value",
        "int_value",
        "double_value",
    )
)
# A list of {{key, value}} as an object; NULL where a key stands twice.
_AS_OBJECT = f"""
to_json(map([{_KEY} FOR x IN json_extract(entries, '$[*]')], [coalesce({_VALUES},
    CASE WHEN json_type({_VALUE}) <> 'OBJECT' THEN json_extract_string(x, '$.value') END)
    FOR x IN json_extract(entries, '$[*]')]))"""
