"""Claude Code's own sessions: ~/.claude/projects/*/*.jsonl, subagents' too."""

from __future__ import annotations

from .base import Opened, Source, number, words

_USAGE = "$.message.usage."
_LARGEST = 32 * 1024 * 1024  # bytes of one line: images lie in them


def source(opened: Opened) -> Source | None:
    """The sessions in files; None where they are no .jsonl."""
    if opened.kind != ".jsonl":
        return None
    lines = f"read_ndjson_objects({opened.files}, ignore_errors=true, maximum_object_size={_LARGEST})"
    return Source("Claude Code", _QUERY.format(lines=lines), damaged=_DAMAGED.format(lines=lines), asked=True)


# Streaming writes an answer several times, into several files even; the last one has all its tokens.
_QUERY = f"""
SELECT max(try_cast({words("$.timestamp")} AS TIMESTAMP)) AS moment,
    any_value({words("$.message.model")}) AS model,
    NULL::VARCHAR AS label,
    'anthropic' AS provider,
    bool_or(coalesce({words("$.isSidechain")} = 'true', false)) AS side,
    max({number(_USAGE + "server_tool_use.web_search_requests")}) > 0 AS search,
    1.0 AS requests,
    max({number(_USAGE + "input_tokens")}) + max({number(_USAGE + "cache_read_input_tokens")})
        + max({number(_USAGE + "cache_creation_input_tokens")}) AS input,
    max({number(_USAGE + "cache_read_input_tokens")}) AS cached,
    max({number(_USAGE + "cache_creation_input_tokens")}) AS written,
    max({number(_USAGE + "output_tokens")}) AS output,
    NULL::DOUBLE AS usd
FROM (SELECT json AS j FROM {{lines}} WHERE json IS NOT NULL)
WHERE {words("$.type")} = 'assistant' AND {words("$.message.model")} <> '<synthetic>'
    AND {words("$.message.usage")} IS NOT NULL
GROUP BY coalesce({words("$.message.id")}, {words("$.uuid")}, j::VARCHAR)
"""
_DAMAGED = "SELECT count(*) FROM {lines} WHERE json IS NULL"
