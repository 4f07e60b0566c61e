"""What a row of each record means, in a table or in JSON: SQL in the columns of `base.COLUMNS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .base import json_text, sql_id, sql_moment, sql_number, sql_text


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


NO_CHAT = (
    r"embed|image_|speech|transcri|rerank|moderat|_batch|_file|fine_tun|vector_store|ocr|video|^a?search$"
)
CACHE_PATHS = (  # below metadata.usage_object; each pair is one figure
    *("cache_read_input_tokens", "prompt_tokens_details.cached_tokens"),
    *("cache_creation_input_tokens", "prompt_tokens_details.cache_creation_tokens"),
    *(
        "cache_creation.ephemeral_1h_input_tokens",
        "prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
    ),
    *("server_tool_use.web_search_requests", "prompt_tokens_details.web_search_requests"),
)


def litellm(cells: Cells, lines: str) -> str:
    """LiteLLM's spend logs, one row a request; prompt_tokens should count the cached ones too."""
    paths = ", ".join(sql_text(f"$.usage_object.{path}") for path in CACHE_PATHS)
    read, written, hour, searches = (
        sql_number(f"nullif(coalesce(m[{at}], m[{at + 1}]), '')") for at in range(1, len(CACHE_PATHS), 2)
    )
    chat = f"coalesce({cells.text('call_type')}, {cells.text('model')}, '')"
    start = sql_moment(cells.text("startTime"))
    return f"""
SELECT {start} AS moment, {start} AS until, {cells.text("model")} AS model,
    {cells.text("model_group")} AS label, {cells.text("custom_llm_provider")} AS provider,
    {cells.number("prompt_tokens")} AS input, {read} AS cached, {written} AS written,
    {cells.number("completion_tokens")} AS output, {cells.number("spend")} AS usd, 1.0 AS requests,
    {hour} AS hour_writes, {searches} AS searches, {sql_id(cells.text("request_id"))} AS id,
    CASE WHEN {cells.text("status")} = 'failure' THEN 'failed'
        WHEN lower({cells.text("cache_hit")}) = 'true' THEN 'answered out of LiteLLM''s own cache'
        WHEN regexp_matches({chat}, {sql_text(NO_CHAT)}) THEN 'no chat (embeddings, images, speech)'
    END AS aside
FROM (SELECT *, json_extract_string(try_cast({cells.text("metadata")} AS JSON), [{paths}]) AS m FROM {lines})
"""


def openrouter_generations(cells: Cells, lines: str) -> str:
    """The activity that openrouter.ai exports, a row a generation; its cost with that of own keys."""
    start, byok = sql_moment(cells.text("created_at")), cells.number("byok_usage_inference")
    searched = cells.number("cost_web_search")
    return f"""
SELECT {start} AS moment, {start} AS until, {cells.text("model_permaslug", "model")} AS model,
    'openrouter' AS provider, 1.0 AS requests, {cells.number("tokens_prompt")} AS input,
    {cells.number("tokens_cached")} AS cached, {cells.number("tokens_completion")} AS output,
    {cells.number("cost_total")} + {byok} AS usd, {byok} AS byok,
    {sql_id(cells.text("generation_id"))} AS id,
    CASE WHEN {searched} = 0 THEN 0 ELSE 1 END AS searches
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
    """OpenAI's completions usage, one row a bucket and group; input_tokens counts the cached ones too."""
    tier = f"lower(coalesce({cells.text('service_tier')}, 'default'))"
    batch = f"(lower({cells.text('batch')}) = 'true' OR {tier} = 'batch')"
    tokens = f"{cells.number('input_tokens')} + {cells.number('output_tokens')}"
    standard = "('default', 'auto', 'standard', 'null', 'batch')"
    return f"""
SELECT {start} AS moment, {end} AS until, {cells.text("model")} AS model, 'openai' AS provider,
    coalesce({batch}, false) AS batch, {cells.number("num_model_requests")} AS requests,
    {cells.number("input_tokens")} AS input, {cells.number("input_cached_tokens")} AS cached,
    {cells.number("output_tokens")} AS output, {row} AS id,
    CASE WHEN {tier} IN {standard} THEN 0 ELSE {tokens} END AS tiered,
    {cells.number("input_audio_tokens")} + {cells.number("output_audio_tokens")} AS audio,
    CASE WHEN {cells.text("object")} NOT LIKE '%completions%' THEN 'no chat (embeddings, images, speech)' END
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
    tokens = f"{plain} + {read} + {five} + {hour} + {output}"
    return f"""
SELECT {start} AS moment, {end} AS until, {cells.text("model", "model_version")} AS model,
    'anthropic' AS provider, {tier} = 'batch' AS batch, 0.0 AS requests,
    {plain} + {read} + {five} + {hour} AS input, {read} AS cached, {five} + {hour} AS written,
    {output} AS output, {row} AS id, {hour} AS hour_writes,
    {cells.number("server_tool_use.web_search_requests", "web_search_count")} AS searches,
    CASE WHEN {tier} IN ('standard', 'batch', 'null', 'message') THEN 0 ELSE {tokens} END AS tiered,
    CASE WHEN {geo} IN ('global', 'not_available', 'null', '') THEN 0 ELSE {tokens} END AS geo,
    CASE WHEN lower({cells.text("speed")}) = 'fast' THEN {tokens} ELSE 0 END AS fast
FROM {lines}
"""
