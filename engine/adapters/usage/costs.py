"""Cost exports of OpenAI and Anthropic: what was paid by day, model and kind of tokens, and how many tokens
that was at list price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ...domain.errors import InputError
from ...domain.formatting import cents, plural
from .aggregate import LabelResolver
from .base import Source, sql_text
from .list_price import BilledTokens
from .rows import SERVICE_TIERS, UNBOUND, Cells

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WORKED_OUT = (
    "Costs count no tokens and no requests: the tokens are those that they pay for at list price, and the"
    " requests are taken to have the workload's mean prompt"
)
_MILLION = 1e6
_KINDS = {  # kind of tokens -> the figures of a million of them
    "fresh": ("input",),
    "cached": ("input", "cached"),
    "written": ("input", "written"),
    "hour": ("input", "written", "hour_writes"),
    "output": ("output",),
}
_OPENAI_KINDS = {"input": "fresh", "cached input": "cached", "cache writes": "written", "output": "output"}
_LINE_ITEM = (
    r"^(?:([\w ]+) \| )?([\w.:/-]+)(?: text)?, (cached input|cache writes|input|output)(, long context)?$"
)
_ANTHROPIC_KINDS = {
    "fresh": ("uncached_input_tokens", "input_no_cache"),
    "cached": ("cache_read_input_tokens", "input_cache_read"),
    "written": ("cache_creation.ephemeral_5m_input_tokens", "input_cache_write_5m"),
    "hour": ("cache_creation.ephemeral_1h_input_tokens", "input_cache_write_1h"),
    "output": ("output_tokens", "output"),
}
_MAX_NAMED = 4  # items without tokens that are named


def openai_costs(cells: Cells, lines: str, row: str, start: str, end: str) -> str:
    """OpenAI's costs as `with_tokens` takes them, a row a bucket and line item (`gpt-5, cached input`)."""
    item = f"lower(coalesce({cells.text('line_item')}, ''))"
    tier, model, kind, long = (
        f"regexp_extract({item}, {sql_text(_LINE_ITEM)}, {group})" for group in (1, 2, 3, 4)
    )
    paid = cells.number("amount_value", "amount.value")
    return f"""
SELECT {start} AS moment, {end} AS until, 'openai' AS provider, nullif({model}, '') AS model,
    {tier} = 'batch' AS batch, CASE WHEN {tier} IN {SERVICE_TIERS} THEN {tier} ELSE '' END AS service_tier,
    CASE {kind} {_cases(_OPENAI_KINDS)} END AS kind, {long} <> '' AS long, false AS fast, false AS bound,
    {cells.text("line_item")} AS item, {paid} AS usd, {paid} AS listed,
    try_cast({cells.text("quantity")} AS DOUBLE) AS quantity, {row} AS id,
    lower(coalesce({cells.text("amount_currency", "amount.currency")}, 'usd')) AS currency
FROM {lines}
"""


def anthropic_costs(cells: Cells, lines: str, row: str, start: str, end: str) -> str:
    """Anthropic's cost report, in cents, or its console's CSV, in USD, as `with_tokens` takes it."""
    kind = f"lower({cells.text('token_type')})"
    kinds = _cases({name: ours for ours, names in _ANTHROPIC_KINDS.items() for name in names})
    batch = f"lower({cells.text('service_tier', 'usage_type')}) = 'batch'"
    window = f"lower(coalesce({cells.text('context_window')}, ''))"
    paid = f"{cells.number('cost_usd')} + {cells.number('amount')} / 100"
    geo = f"lower(coalesce({cells.text('inference_geo')}, ''))"
    return f"""
SELECT {start} AS moment, {end} AS until, 'anthropic' AS provider,
    regexp_replace(lower({cells.text("model")}), '[ .]+', '-', 'g') AS model,
    coalesce({batch}, false) AS batch, '' AS service_tier, CASE {kind} {kinds} END AS kind,
    {window} LIKE '%1m%' OR {window} LIKE '>%' AS long,
    coalesce(lower({cells.text("speed")}) = 'fast', false) AS fast, {geo} NOT IN {UNBOUND} AS bound,
    coalesce({cells.text("description", "model", "cost_type")}, 'unnamed') AS item, {paid} AS usd,
    coalesce(nullif({cells.number("list_price_usd")}, 0), {paid}) AS listed, NULL::DOUBLE AS quantity,
    {row} AS id, lower(coalesce({cells.text("currency")}, 'usd')) AS currency
FROM {lines}
"""


def _cases(names: Mapping[str, str]) -> str:
    return " ".join(f"WHEN {sql_text(theirs)} THEN {sql_text(ours)}" for theirs, ours in names.items())


def with_tokens(source: Source, database: DuckDBPyConnection, labels: LabelResolver) -> Source:
    """The source of costs with the tokens that they pay for, in `base.COLUMNS`. Raises InputError.

    What is no model's tokens, or has no price, is left out; how much that was is in the notes.
    """
    database.execute(f"CREATE OR REPLACE TABLE costs AS {source.query}")
    if not database.execute("SELECT count(*) FROM costs WHERE kind IS NOT NULL").fetchall()[0][0]:
        raise InputError(
            f"{source.title}: no row names a model's tokens: group_by=line_item (OpenAI) or description"
            " (Anthropic) was not asked for"
        )
    others = database.execute("SELECT DISTINCT currency FROM costs WHERE currency <> 'usd'").fetchall()
    if others:
        raise InputError(f"{source.title}: amounts in {others[0][0].upper()}; only USD is read")
    terms = "model, batch, service_tier, long, fast, bound"
    database.execute(
        "CREATE OR REPLACE TABLE prices (model VARCHAR, batch BOOLEAN, service_tier VARCHAR, long BOOLEAN,"
        " fast BOOLEAN, bound BOOLEAN, kind VARCHAR, usd_per_million DOUBLE)"
    )
    known = database.execute(
        f"SELECT DISTINCT provider, {terms}, kind FROM costs WHERE kind IS NOT NULL"
    ).fetchall()
    for provider, model, batch, service_tier, long, fast, bound, kind in known:
        figures = dict.fromkeys(_KINDS[kind], _MILLION)
        million = BilledTokens(int(long), fast, bound, figures)
        usd = labels.cost_of(provider, model, million, batch=batch, service_tier=service_tier)
        if usd:
            row = (model, batch, service_tier, long, fast, bound, kind, usd)
            database.execute("INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    notes = [WORKED_OUT, *_left_out(database)]
    query = f"""
SELECT moment, until, provider, model, batch, 0.0 AS requests, id, usd,
    CASE kind WHEN 'output' THEN 0 ELSE tokens END AS input,
    CASE kind WHEN 'output' THEN tokens ELSE 0 END AS output,
    CASE kind WHEN 'cached' THEN tokens ELSE 0 END AS cached,
    CASE WHEN kind IN ('written', 'hour') THEN tokens ELSE 0 END AS written,
    CASE kind WHEN 'hour' THEN tokens ELSE 0 END AS hour_writes,
    nullif(service_tier, '') AS service_tier, CASE WHEN service_tier <> '' THEN tokens ELSE 0 END AS tiered,
    CASE WHEN fast THEN tokens ELSE 0 END AS fast, CASE WHEN bound THEN tokens ELSE 0 END AS geo
FROM (SELECT costs.*, CASE WHEN usd_per_million IS NULL AND NOT isnan(usd) THEN 0
        ELSE coalesce(quantity, listed / usd_per_million * {_MILLION}, usd) END AS tokens
    FROM costs LEFT JOIN prices USING ({terms}, kind))
"""
    return replace(source, query=query, costs=False, notes=[*source.notes, *notes])


def _left_out(database: DuckDBPyConnection) -> list[str]:
    """What to say of costs that are of no tokens, or of a model without a price."""
    rows = database.execute(
        "SELECT coalesce(item, 'unnamed'), sum(usd) AS paid FROM costs"
        " ANTI JOIN prices USING (model, batch, service_tier, long, fast, bound, kind)"
        " WHERE NOT isnan(usd) GROUP BY 1 HAVING sum(usd) > 0 ORDER BY 2 DESC, 1"
    ).fetchall()
    if not rows:
        return []
    names = ", ".join(f"{item} {cents(usd)}" for item, usd in rows[:_MAX_NAMED])
    more = f" and {plural(len(rows) - _MAX_NAMED, 'item')} more" if len(rows) > _MAX_NAMED else ""
    total = sum(usd for _, usd in rows)
    return [f"{cents(total)} USD left aside, as they are of no known model's tokens: {names}{more}"]
