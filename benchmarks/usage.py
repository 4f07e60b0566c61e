"""Ten million rows of usage in bounded memory: the command itself, in a process that may not have more.

DuckDB makes the rows: LiteLLM's spend logs in Parquet, Claude Code's sessions in .jsonl, every tenth request
twice, as streaming writes it. The requests that come out are checked against those that went in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from .report import Result, Table, judged, seconds

RESIDENT = 2.0  # GiB at most
ADDRESSES = 8 << 30  # bytes of address space that the process may have: far less than a table of all the rows
COMMAND = (sys.executable, "-m", "modelpick", "import", "usage")
HEAD = ("source", "rows", "on disk", "time", "peak memory", "rows a second")

# 100 + n % 5000 tokens in; the moments run through 30 days.
LITELLM = """
COPY (SELECT n::VARCHAR AS request_id, ['default', 'think', 'background'][1 + n % 3] AS model_group,
    ['gpt-5', 'gpt-5-mini'][1 + n % 2] AS model, 'openai' AS custom_llm_provider,
    100 + n % 5000 AS prompt_tokens, n % 700 AS completion_tokens, 0.001 AS spend,
    TIMESTAMP '2026-11-01' + to_seconds(n % 2592000) AS "startTime", 'success' AS status,
    '{{"usage_object": {{"prompt_tokens_details": {{"cached_tokens": 50}}}}}}' AS metadata
    FROM range({rows}) t(n)) TO '{folder}/logs.parquet'
"""
CLAUDE = """
COPY (SELECT 'assistant' AS type, strftime(TIMESTAMP '2026-11-01' + to_seconds(n % 2592000),
        '%Y-%m-%dT%H:%M:%S.000Z') AS timestamp, 'session-' || n // 1000 AS "sessionId",
    {{'id': 'msg_' || (n - CASE WHEN n % 10 = 9 THEN 1 ELSE 0 END),
      'model': ['claude-opus-5', 'claude-haiku-5', 'claude-sonnet-5'][1 + (n // 10) % 3],
      'usage': {{'input_tokens': 100 + (n // 10) % 5000, 'output_tokens': 50,
        'cache_read_input_tokens': 900, 'cache_creation_input_tokens': 0}}}} AS message
    FROM range({first}, {last}) t(n)) TO '{folder}/{first}.jsonl' (FORMAT json)
"""


def run(rows: int) -> Result:
    """Both sources, `rows` lines each."""
    lines, faults, notes = [], [], []
    with TemporaryDirectory(prefix="modelpick-usage-") as folder:
        for name, source, calls in (
            ("LiteLLM spend logs, Parquet", _litellm(folder, rows), rows),
            ("Claude Code sessions, .jsonl", _claude(folder, rows), rows - rows // 10),
        ):
            size = sum(file.stat().st_size for file in source.rglob("*") if file.is_file())
            size = size or source.stat().st_size
            taken, peak, counted = _imported(source)
            cells = (f"{size / 2**30:.2f} GiB", seconds(taken), f"{peak:.2f} GiB", f"{rows / taken:,.0f}")
            lines.append((name, f"{rows:,}", *cells))
            notes.append(judged(f"{name}: peak memory", peak, RESIDENT, least=False, unit=" GiB"))
            if counted != calls:
                faults.append(f"{name}: {counted:,.0f} requests of {calls:,}")
    return Result([Table("import usage", HEAD, lines, notes)], faults)


def _litellm(folder: str, rows: int) -> Path:
    import duckdb

    duckdb.execute(LITELLM.format(rows=rows, folder=folder))
    return Path(folder) / "logs.parquet"


def _claude(folder: str, rows: int) -> Path:
    import duckdb

    within = Path(folder) / "projects"
    within.mkdir()
    step = max(10, rows // 20)
    for first in range(0, rows, step):
        duckdb.execute(CLAUDE.format(first=first, last=min(rows, first + step), folder=within))
    return within


def _imported(source: Path) -> tuple[float, float, float]:
    """Seconds, GiB of peak resident memory, and the requests that were counted."""
    told = source.parent / "told.json"
    with told.open("wb") as out:
        begun = time.perf_counter()
        child = subprocess.Popen(
            ["sh", "-c", f'ulimit -v {ADDRESSES >> 10}; exec "$@"', "sh", *COMMAND, str(source), "--json"],
            stdout=out,
        )
        _, status, used = os.wait4(child.pid, 0)
        taken = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"import usage {source}: exit status {child.returncode}")
    labels = json.loads(told.read_text())["usage"]["labels"]
    return taken, used.ru_maxrss / 2**20, sum(label["requests"] for label in labels.values())
