"""Usage records: what went through a router, read by DuckDB and grouped by label.

Each source is a SQL query with the columns of `base.COLUMNS`; one query over it makes the summary.
"""

LONG_PROMPT = 60_000  # tokens from which a prompt of one agent's logs is longContext
KNOWN_SOURCES = (
    "sessions of Claude Code (~/.claude/projects), Codex (~/.codex/sessions), Gemini CLI (~/.gemini/tmp) and"
    " opencode; CSV, JSON or Parquet of LiteLLM's spend logs, OpenRouter's activity, OpenAI's and Anthropic's"
    " usage and costs, Langfuse, Helicone and Cursor; spans and events of OpenTelemetry; claude-code-router's"
    " usage.sqlite; PostgreSQL with LiteLLM's spend logs"
)
