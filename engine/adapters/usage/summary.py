"""The summary as one expression, which ibis turns into the SQL of DuckDB, PostgreSQL or another warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .base import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.types import BooleanValue, StringValue, Table

Known = Mapping[tuple[str | None, str | None], str]
"""The labels of (provider, model) pairs whose rows name none."""


def calls_table() -> Table:
    """The table `calls` of `base.COLUMNS`, wherever it is."""
    import ibis

    kinds = {"VARCHAR": "string", "DOUBLE": "float64", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}
    return ibis.table({name: kinds[kind] for name, kind in map(str.split, COLUMNS)}, name="calls")


def period(calls: Table) -> Table:
    """One row: first and last moment, and the number of rows."""
    return calls.aggregate(first=calls.moment.min(), last=calls.moment.max(), rows=calls.count())


def unlabelled(calls: Table) -> Table:
    """Each (provider, model) whose rows have no label."""
    return calls.filter(calls.label.isnull()).select("provider", "model").distinct()


def labelled(calls: Table, threshold: float, known: Known) -> Table:
    """`calls` with `place`, the label: the row's own, what the routing says, else Claude Code's by family.

    Long prompts and searches come first there, as claude-code-router has them.
    """
    import ibis

    model = calls.model

    def family(name: str) -> BooleanValue:
        return model.ilike(f"%{name}%")

    served = [(_is(calls, pair), ibis.literal(label)) for pair, label in known.items()]
    place: StringValue = ibis.cases(
        (calls.label.notnull(), calls.label),
        *served,
        (model.isnull(), ibis.literal("unknown")),
        (~family("claude"), model),
        (calls.input > threshold, ibis.literal("longContext")),
        (family("haiku"), ibis.literal("background")),
        (calls.search, ibis.literal("webSearch")),
        (calls.side, ibis.literal("subagent")),
        (family("opus"), ibis.literal("think")),
        else_=ibis.literal("default"),
    )
    return calls.mutate(place=place)


def _is(calls: Table, pair: tuple[str | None, str | None]) -> BooleanValue:
    provider, model = pair
    return calls.provider.identical_to(provider) & calls.model.identical_to(model)


def by_label(rows: Table) -> Table:
    """Sums, 95th percentile and largest request by label."""
    return rows.group_by("place").aggregate(
        requests=rows.requests.sum(),
        tokens=rows.input.sum(),
        p95=rows.input.approx_quantile(0.95),
        cached=rows.cached.sum(),
        written=rows.written.sum(),
        output=rows.output.sum(),
        largest=(rows.input + rows.output).max(),
    )


def by_model(rows: Table) -> Table:
    """Sums by label and by the model that served it."""
    return rows.group_by(["place", "provider", "model"]).aggregate(
        requests=rows.requests.sum(), tokens=(rows.input + rows.output).sum(), usd=rows.usd.sum()
    )


Run = Callable[["Table"], list[dict[str, Any]]]
"""Runs a query where its tables are."""


def in_duckdb(opened: DuckDBPyConnection) -> Run:
    """Runs queries over DuckDB's own tables, its SQL made by ibis."""
    import ibis

    def run(query: Table) -> list[dict[str, Any]]:
        rows = opened.execute(str(ibis.to_sql(query, dialect="duckdb"))).fetchall()
        return [dict(zip(query.columns, row, strict=True)) for row in rows]

    return run


def in_place(query: Table) -> list[dict[str, Any]]:
    """Runs a query in the database that holds its tables."""
    import warnings

    # Not by way of Arrow: PostgreSQL's numeric sums of doubles are refused there.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ibis's, of pandas
        found = query.execute().astype(object)
    rows: list[dict[str, Any]] = found.where(found.notna(), None).to_dict("records")
    return rows
