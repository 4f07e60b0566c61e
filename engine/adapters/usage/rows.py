"""What a row of each record means, in a table or in JSON: SQL in the columns of `base.COLUMNS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .base import (
    NO_CHAT_REASON,
    json_number,
    json_text,
    milliseconds,
    seconds_between,
    sql_id,
    sql_moment,
    sql_number,
    sql_text,
)


class Cells(Protocol):
    """The cells of a row, by the name of the column or key; NULL where there is none."""

    def text(self, *names: str) -> str:
        """SQL of the first text that is there."""

    def number(self, *names: str) -> str:
        """SQL of the first number that is there, as `base.sql_number` has it."""


@dataclass(frozen=True)
class Columns:
    """Cells of a table, whose columns may have any case; `kinds` are their types."""

    kinds: Mapping[str, str]

    @property
    def names(self) -> set[str]:
        """The columns' names in small letters."""
        return {name.casefold() for name in self.kinds}

    def text(self, *names: str) -> str:
        """The column's text without blanks around it; NULL where it is empty."""
        texts = [f"nullif(trim({column}::VARCHAR), '')" for column, _ in self._named(names)]
        return f"coalesce({', '.join(texts)}, NULL)" if texts else "NULL::VARCHAR"

    def number(self, *names: str) -> str:
        """The column's number."""
        columns = self._named(names)
        if len(columns) == 1 and columns[0][1] in ("BIGINT", "INTEGER", "DOUBLE", "FLOAT", "HUGEINT"):
            return f"coalesce({columns[0][0]}::DOUBLE, 0)"
        return sql_number(self.text(*names)) if columns else "0.0"

    def row(self) -> str:
        """SQL of the whole row as one text."""
        cells = (f"coalesce({_sql_name(column)}::VARCHAR, '')" for column in self.kinds)
        return f"concat_ws(chr(31), {', '.join(cells)})"

    def _named(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        known = {column.casefold(): column for column in self.kinds}
        columns = [known[name.casefold()] for name in names if name.casefold() in known]
        return [(_sql_name(column), self.kinds[column]) for column in columns]


@dataclass(frozen=True)
class Keys:
    """Cells of a JSON object in column `j`."""

    def text(self, *names: str) -> str:
        """The key's text, an object as JSON."""
        texts = (f"nullif({json_text('$.' + name)}, '')" for name in names)
        return f"coalesce({', '.join(texts)}, NULL)"

    def number(self, *names: str) -> str:
        """The key's number."""
        return sql_number(self.text(*names))


def _sql_name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


BY_DAY = "OpenRouter's activity by day"
NO_CHAT = (
    r"embed|image_|speech|transcri|rerank|moderat|_batch|_file|fine_tun|vector_store|ocr|video|^a?search$"
)
METADATA_PATHS = {  # what a figure is -> where LiteLLM's metadata have it, the first that is there
    "cached": (
        "usage_object.cache_read_input_tokens",
        "usage_object.prompt_tokens_details.cached_tokens",
        "usage_object.input_tokens_details.cached_tokens",
        "additional_usage_values.cache_read_input_tokens",
        "additional_usage_values.prompt_tokens_details.cached_tokens",
    ),
    "written": (
        "usage_object.cache_creation_input_tokens",
        "usage_object.prompt_tokens_details.cache_creation_tokens",
        "usage_object.prompt_tokens_details.cache_write_tokens",
        "usage_object.input_tokens_details.cache_write_tokens",
        "additional_usage_values.cache_creation_input_tokens",
    ),
    "hour_writes": (
        "usage_object.cache_creation.ephemeral_1h_input_tokens",
        "usage_object.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
    ),
    "searches": (
        "usage_object.server_tool_use.web_search_requests",
        "usage_object.prompt_tokens_details.web_search_requests",
    ),
    "fresh": ("usage_object.prompt_tokens_details.text_tokens",),
    "native": ("usage_object.input_tokens",),  # Anthropic's own word, which leaves the cached ones out
}


USAGE_PLACES = ("usage_object", "additional_usage_values")  # of the tokens in LiteLLM's metadata
TERM_PATHS = {  # on which terms -> where LiteLLM's metadata have it, the first that is there
    "tier": ("cost_breakdown.service_tier", "usage_object.service_tier"),
    "geo": ("usage_object.inference_geo", "cost_breakdown.data_residency"),
    "speed": ("usage_object.speed",),
}
BODY_PATHS = {  # likewise in the body of a request, which LiteLLM keeps where it is told to
    "tier": ("service_tier",),
    "speed": ("speed",),
    "effort": ("reasoning_effort", "reasoning.effort", "output_config.effort"),
}
SERVICE_TIERS = ("flex", "priority", "ultrafast")
STANDARD_TIERS = ("default", "auto", "standard", "standard_only", "null", "batch")
UNBOUND = ("", "global", "not_available", "null")


def litellm(cells: Cells, lines: str) -> str:
    """LiteLLM's spend logs, one row a request; prompt_tokens should count the cached ones too."""
    in_metadata, in_body = (
        [(name, path) for name, paths in by_name.items() for path in paths]
        for by_name in ({**METADATA_PATHS, **TERM_PATHS}, BODY_PATHS)
    )
    listed, asked = (
        ", ".join(sql_text(f"$.{path}") for _, path in paths) for paths in (in_metadata, in_body)
    )

    def figure(name: str) -> str:
        places = [f"m[{place}]" for place, (key, _) in enumerate(in_metadata, 1) if key == name]
        places += [f"b[{place}]" for place, (key, _) in enumerate(in_body, 1) if key == name]
        return f"nullif(coalesce({', '.join(places)}, NULL), '')"

    read, written, hour, searches = (
        sql_number(figure(name)) for name in ("cached", "written", "hour_writes", "searches")
    )
    fresh, native = (f"try_cast({figure(name)} AS DOUBLE)" for name in ("fresh", "native"))
    tier = f"lower(coalesce({figure('tier')}, 'default'))"
    geo = f"lower(coalesce({figure('geo')}, 'global'))"
    chat = f"coalesce({cells.text('call_type')}, {cells.text('model')}, '')"
    start, end = sql_moment(cells.text("startTime")), sql_moment(cells.text("endTime"))
    prompt = cells.number("prompt_tokens")
    metadata = f"try_cast({cells.text('metadata')} AS JSON)"
    places = ", ".join(f"json_extract_string({metadata}, '$.{place}')" for place in USAGE_PLACES)
    claude = f"{cells.text('model')} ILIKE '%claude%'"
    return f"""
SELECT {start} AS moment, {start} AS until, {cells.text("model")} AS model,
    {cells.text("model_group")} AS label, {cells.text("custom_llm_provider")} AS provider,
    {prompt} AS input, {read} AS cached, {written} AS written,
    {cells.number("completion_tokens")} AS output, {cells.number("spend")} AS usd, 1.0 AS requests,
    {hour} AS hour_writes, {searches} AS searches, {sql_id(cells.text("request_id"))} AS id,
    {tier} = 'batch' AS batch, CASE WHEN {tier} IN {STANDARD_TIERS} THEN 0 ELSE input + output END AS tiered,
    CASE WHEN {tier} IN {SERVICE_TIERS} THEN {tier} END AS service_tier, {figure("effort")} AS effort,
    CASE WHEN {geo} IN {UNBOUND} THEN 0 ELSE input + output END AS geo,
    CASE WHEN lower({figure("speed")}) = 'fast' THEN input + output ELSE 0 END AS fast,
    {seconds_between(start, end)} AS latency,
    CASE WHEN coalesce({places}) IS NULL THEN 1 ELSE 0 END AS opaque,
    concat({cells.text("call_type")}, CASE WHEN m[1] IS NOT NULL THEN ' with cache_read' END) AS form,
    CASE WHEN {read} + {written} = 0 THEN NULL
        WHEN {prompt} = {native} AND m[1] IS NOT NULL THEN true
        WHEN {prompt} = {fresh} AND {claude} THEN true
        WHEN {fresh} > 0 AND {prompt} = {fresh} + {read} + {written} THEN false END AS outside,
    CASE WHEN {cells.text("status")} = 'failure' THEN 'failed'
        WHEN lower({cells.text("cache_hit")}) = 'true' THEN 'answered out of LiteLLM''s own cache'
        WHEN regexp_matches({chat}, {sql_text(NO_CHAT)}) THEN '{NO_CHAT_REASON}'
    END AS aside
FROM (SELECT *, json_extract_string({metadata}, [{listed}]) AS m,
    json_extract_string(try_cast({cells.text("proxy_server_request")} AS JSON), [{asked}]) AS b FROM {lines})
"""


def litellm_days(cells: Cells, lines: str, row: str) -> str:
    """LiteLLM's daily spend tables: a row a day, key and model; prompt_tokens counts the cached ones too."""
    day = sql_moment(cells.text("date"))
    kind = f"coalesce({cells.text('endpoint')}, {cells.text('model')}, '')"
    return f"""
SELECT {day} AS moment, {cells.text("model")} AS model, {cells.text("model_group")} AS label,
    {cells.text("custom_llm_provider")} AS provider,
    {cells.number("successful_requests", "api_requests")} AS requests,
    {cells.number("prompt_tokens")} AS input, {cells.number("cache_read_input_tokens")} AS cached,
    {cells.number("cache_creation_input_tokens")} AS written,
    {cells.number("completion_tokens")} AS output, {cells.number("spend")} AS usd, {row} AS id,
    CASE WHEN regexp_matches({kind}, {sql_text(NO_CHAT)}) THEN '{NO_CHAT_REASON}' END AS aside
FROM {lines}
"""


def cursor(cells: Cells, lines: str, row: str) -> str:
    """Cursor's usage export, a row a request: tokens written to the cache, new ones, and those read."""
    start = sql_moment(cells.text("Date"))
    written, fresh, read = (
        cells.number(name) for name in ("Input (w/ Cache Write)", "Input (w/o Cache Write)", "Cache Read")
    )
    return f"""
SELECT {start} AS moment, {start} AS until, {cells.text("Model")} AS model, 1.0 AS requests,
    {written} + {fresh} + {read} AS input, {read} AS cached, {written} AS written,
    {cells.number("Output Tokens")} AS output, {row} AS id,
    try_cast(ltrim({cells.text("Cost")}, '$') AS DOUBLE) AS usd,
    CASE WHEN lower({cells.text("Kind")}) LIKE 'errored%' THEN 'failed' END AS aside
FROM {lines}
"""


def openrouter_generations(cells: Cells, lines: str) -> str:
    """The activity that openrouter.ai exports, a row a generation; its cost with that of own keys."""
    start, byok = (
        sql_moment(cells.text("created_at")),
        cells.number("byok_usage_inference", "upstream_inference_cost"),
    )
    searched = cells.number("cost_web_search")
    model, kind = cells.text("model_permaslug", "model"), f"lower({cells.text('variant')})"
    return f"""
SELECT {start} AS moment, {start} AS until, CASE WHEN {kind} <> 'standard' AND NOT contains({model}, ':')
        THEN concat({model}, ':', {kind}) ELSE {model} END AS model,
    'openrouter' AS provider, 1.0 AS requests,
    {cells.number("native_tokens_prompt", "tokens_prompt")} AS input,
    {cells.number("native_tokens_cached", "tokens_cached")} AS cached,
    {cells.number("native_tokens_completion", "tokens_completion")} AS output,
    {cells.number("cost_total", "total_cost")} + {byok} AS usd, {byok} AS byok,
    {sql_id(cells.text("generation_id", "id"))} AS id,
    CASE WHEN {searched} = 0 THEN 0 ELSE 1 END AS searches,
    {milliseconds(cells.text("generation_time_ms", "generation_time"))} AS latency
FROM {lines}
"""


def openrouter_days(cells: Cells, lines: str, row: str) -> str:
    """OpenRouter's interface /activity: one row a day, model and provider; `usage` is USD."""
    start, byok = sql_moment(cells.text("date")), cells.number("byok_usage_inference")
    return f"""
SELECT {start} AS moment, {cells.text("model", "model_permaslug")} AS model,
    'openrouter' AS provider, {cells.number("requests")} AS requests,
    {cells.number("prompt_tokens")} AS input, {cells.number("completion_tokens")} AS output,
    {cells.number("usage")} + {byok} AS usd, {byok} AS byok, {row} AS id
FROM {lines}
"""


def openai(cells: Cells, lines: str, row: str, start: str, end: str) -> str:
    """OpenAI's completions usage, one row a bucket and group; input_tokens counts those read from the cache
    and those written to it too."""
    tier = f"lower(coalesce({cells.text('service_tier')}, 'default'))"
    batch = f"(lower({cells.text('batch')}) = 'true' OR {tier} = 'batch')"
    tokens = f"{cells.number('input_tokens')} + {cells.number('output_tokens')}"
    return f"""
SELECT {start} AS moment, {end} AS until, {cells.text("model")} AS model, 'openai' AS provider,
    coalesce({batch}, false) AS batch, {cells.number("num_model_requests")} AS requests,
    {cells.number("input_tokens")} AS input, {cells.number("input_cached_tokens")} AS cached,
    {cells.number("input_cache_write_tokens")} AS written, {cells.number("output_tokens")} AS output,
    {row} AS id,
    CASE WHEN {tier} IN {STANDARD_TIERS} THEN 0 ELSE {tokens} END AS tiered,
    CASE WHEN {tier} IN {SERVICE_TIERS} THEN {tier} END AS service_tier,
    {cells.number("input_audio_tokens")} + {cells.number("output_audio_tokens")} AS audio,
    CASE WHEN {cells.text("object")} NOT LIKE '%completions%' THEN '{NO_CHAT_REASON}' END
        AS aside
FROM {lines}
"""


def anthropic(cells: Cells, lines: str, row: str, start: str, end: str) -> str:
    """Anthropic's message usage, one row a bucket and group; the cached tokens stand beside the others."""
    five = cells.number("cache_creation.ephemeral_5m_input_tokens", "usage_input_tokens_cache_write_5m")
    hour = cells.number("cache_creation.ephemeral_1h_input_tokens", "usage_input_tokens_cache_write_1h")
    read = cells.number("cache_read_input_tokens", "usage_input_tokens_cache_read")
    plain = cells.number("uncached_input_tokens", "usage_input_tokens_no_cache")
    output = cells.number("output_tokens", "usage_output_tokens")
    tier = f"lower(coalesce({cells.text('service_tier', 'usage_type')}, 'standard'))"
    geo = f"lower(coalesce({cells.text('inference_geo')}, 'global'))"
    window = f"lower(coalesce({cells.text('context_window')}, ''))"
    tokens = f"{plain} + {read} + {five} + {hour} + {output}"
    return f"""
SELECT {start} AS moment, {end} AS until, {cells.text("model", "model_version")} AS model,
    'anthropic' AS provider, {tier} = 'batch' AS batch, 0.0 AS requests,
    {plain} + {read} + {five} + {hour} AS input, {read} AS cached, {five} + {hour} AS written,
    {output} AS output, {row} AS id, {hour} AS hour_writes,
    {cells.number("server_tool_use.web_search_requests", "web_search_count")} AS searches,
    CASE WHEN {tier} IN ('standard', 'batch', 'null', 'message') THEN 0 ELSE {tokens} END AS tiered,
    CASE WHEN {geo} IN {UNBOUND} THEN 0 ELSE {tokens} END AS geo,
    CASE WHEN {window} LIKE '%1m%' OR {window} LIKE '>%' THEN {tokens} ELSE 0 END AS long,
    CASE WHEN lower({cells.text("speed")}) = 'fast' THEN {tokens} ELSE 0 END AS fast
FROM {lines}
"""


def claude_code_report(entries: str) -> str:
    """Anthropic's report on Claude Code: a day and person each, the tokens of every model, USD in cents."""
    day = sql_moment("json_extract_string(d, '$.date')")
    row, tokens = "json_extract_string(d, '$.actor')", "$.tokens."
    parts = ("input", "cache_read", "cache_creation", "output")
    fresh, read, written, output = (json_number(tokens + name) for name in parts)
    return f"""
SELECT {day} AS moment, {json_text("$.model")} AS model, 'anthropic' AS provider, 0.0 AS requests,
    {fresh} + {read} + {written} AS input, {read} AS cached, {written} AS written, {output} AS output,
    try_cast({json_text("$.estimated_cost.amount")} AS DOUBLE) / 100 AS usd,
    hash({day}, {row}, j::VARCHAR) AS id
FROM (SELECT j AS d, unnest(json_extract(j, '$.model_breakdown[*]')) AS j FROM {entries})
"""


def langfuse(cells: Cells, lines: str) -> str:
    """Langfuse's observations, one row a generation; usage details are parts that do not overlap.

    Some write the cached tokens into the input as well: then its total is no sum of the parts.
    """
    start, end = (sql_moment(cells.text(*names)) for names in (_LANGFUSE_START, _LANGFUSE_END))
    stated_details = cells.text("usageDetails", "usage_details")
    details = f"try_cast(try_cast({stated_details} AS JSON) AS MAP(VARCHAR, DOUBLE))"
    parameters = f"try_cast({cells.text('modelParameters', 'model_parameters')} AS JSON)"
    kind = f"upper(coalesce({cells.text('type')}, 'GENERATION'))"

    def sum_of(pattern: str) -> str:
        sound = f"regexp_matches(x.key, {sql_text(pattern)})"
        return f"coalesce(list_sum([x.value FOR x IN map_entries(u) IF {sound}]), 0)"

    read, written = sum_of("cached|cache_read"), sum_of("cache_creation|cache_write")
    costs = f"json_extract_string(try_cast({cells.text('costDetails', 'cost_details')} AS JSON), '$.total')"
    stated = cells.text("totalCost", "total_cost", "calculatedTotalCost", "calculated_total_cost")
    inputs = cells.number("inputUsage", "input_usage", "usage.input", "promptTokens", "prompt_tokens")
    outputs = cells.number(
        "outputUsage", "output_usage", "usage.output", "completionTokens", "completion_tokens"
    )
    return f"""
SELECT {start} AS moment, {start} AS until, 1.0 AS requests,
    {cells.text("model", "providedModelName", "provided_model_name")} AS model,
    CASE WHEN u IS NULL THEN {inputs} WHEN overlapping THEN u_in ELSE {sum_of("input|cache")} END AS input,
    CASE WHEN u IS NULL THEN {outputs} WHEN overlapping THEN u_out ELSE {sum_of("output")} END AS output,
    {read} AS cached, {written} AS written, {sum_of("audio")} AS audio,
    CASE WHEN u IS NULL AND {stated_details} IS NOT NULL THEN 1 ELSE 0 END AS opaque,
    try_cast(coalesce({stated}, {costs}) AS DOUBLE) AS usd, {sql_id(cells.text("id"))} AS id,
    {seconds_between(start, end)} AS latency,
    json_extract_string({parameters}, '$.reasoning_effort') AS effort,
    CASE WHEN {kind} = 'EMBEDDING' THEN '{NO_CHAT_REASON}'
        WHEN {cells.text("level")} = 'ERROR' AND input + output = 0 THEN 'failed'
        WHEN input + output = 0 THEN 'without token counts' END AS aside
FROM (SELECT *,
        u_in + u_out = u_total AND {sum_of("input|cache")} + {sum_of("output")} > u_total AS overlapping
    FROM (SELECT *, coalesce(map_extract(u, 'input')[1], 0) AS u_in,
            coalesce(map_extract(u, 'output')[1], 0) AS u_out, map_extract(u, 'total')[1] AS u_total
        FROM (SELECT *, {details} AS u FROM {lines})))
WHERE {kind} IN ('GENERATION', 'EMBEDDING')
"""


_LANGFUSE_START, _LANGFUSE_END = ("startTime", "start_time"), ("endTime", "end_time")


def helicone(cells: Cells, lines: str) -> str:
    """Helicone's requests, one row each."""
    start = sql_moment(cells.text("request_created_at", "created_at"))
    status = f"try_cast({cells.text('response_status', 'status')} AS DOUBLE)"
    path = f"lower(coalesce({cells.text('request_path', 'target_url', 'path')}, ''))"
    reference = cells.text("cache_reference_id")
    answered = (
        f"lower({cells.text('cached')}) = 'true' OR {reference} <> '00000000-0000-0000-0000-000000000000'"
    )
    return f"""
SELECT {start} AS moment, {start} AS until, 1.0 AS requests,
    {cells.text("response_model", "model_override", "request_model", "model")} AS model,
    lower({cells.text("provider")}) AS provider, coalesce({cells.text("provider")}, '') AS form,
    {cells.number("prompt_tokens")} AS input, {cells.number("completion_tokens")} AS output,
    {cells.number("prompt_cache_read_tokens")} AS cached,
    {cells.number("prompt_cache_write_tokens")} AS written,
    try_cast({cells.text("costUSD", "cost_usd", "cost")} AS DOUBLE) AS usd,
    {milliseconds(cells.text("delay_ms", "latency", "latency_ms"))} AS latency,
    {sql_id(cells.text("request_id", "id"))} AS id,
    CASE WHEN {status} >= 400 OR {status} < 0 THEN 'failed'
        WHEN {answered} THEN 'answered out of Helicone''s own cache'
        WHEN regexp_matches({path}, 'embed|image|audio|moderation') THEN '{NO_CHAT_REASON}'
    END AS aside
FROM {lines}
"""
