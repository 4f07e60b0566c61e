"""The summary as one expression, which ibis turns into the SQL of DuckDB, PostgreSQL or another warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .base import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.types import BooleanValue, StringValue, Table

Known = Mapping[tuple[str | None, str | None, bool], tuple[str, ...]]
"""The routing's labels for (provider, model, batch) where rows name none; of several, the likeliest first."""


def calls_table(name: str, like: Table | None = None) -> Table:
    """A table of `base.COLUMNS`, or of the columns of `like`, wherever it is."""
    import ibis

    kinds = {"VARCHAR": "string", "DOUBLE": "float64", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}
    columns = {
        column: kinds.get(kind, kind.casefold().replace("ubigint", "uint64"))
        for column, kind in map(str.split, COLUMNS)
    }
    return ibis.table(columns if like is None else like.schema(), name=name)


EMPTY = "a bucket without requests"
DAMAGED = "damaged"
_EARLIEST, _LATEST = "2015-01-01", "2100-01-01"  # moments outside are damaged
_MOST = {True: 1e8, False: 1e15}  # tokens of a request, of a bucket
_MOST_REQUESTS, _MOST_USD = 1e10, 1e9
KINDS = ("longContext", "webSearch", "subagent")  # labels that the prompt decides, not the model
EXTRAS = ("hour_writes", "searches", "fast", "geo", "tiered", "audio", "byok")


def judged(calls: Table, single: bool, counted: bool) -> Table:
    """The rows with every figure there, and `aside` for those that are damaged or only time.

    `widened` is 1 where the prompt had left out the tokens of the cache: it is the sum of all then.
    """
    import ibis

    calls = calls.mutate(
        batch=calls.batch.fill_null(False),
        side=calls.side.fill_null(False),
        search=calls.search.fill_null(False),
        until=calls.until.fill_null(calls.moment + ibis.interval(days=1)),
        **{name: calls[name].fill_null(0.0) for name in ("cached", "written", *EXTRAS)},
    )
    left_out = calls.cached + calls.written > calls.input + 0.5
    calls = calls.mutate(widened=(left_out & (calls.input >= 0.0)).ifelse(1.0, 0.0))
    calls = calls.mutate(input=calls.input + calls.widened * (calls.cached + calls.written))
    most = _MOST[single]

    def within(column: Any, limit: float) -> BooleanValue:
        bounded: BooleanValue = (column >= 0.0) & (column <= limit)  # NaN is above all numbers here
        return bounded.fill_null(False)

    tokens = calls.input + calls.output
    figures = (calls.input, calls.cached, calls.written, calls.output, calls.hour_writes, calls.searches)
    sound = within(calls.requests, _MOST_REQUESTS) & within(calls.usd.fill_null(0.0), _MOST_USD)
    for column in figures:
        sound &= within(column, most)
    for moment in (calls.moment, calls.until):
        span = (moment >= ibis.timestamp(_EARLIEST)) & (moment <= ibis.timestamp(_LATEST))
        sound &= span.fill_null(False)
    for text in (calls.model, calls.label):
        sound &= ~text.contains("\ufffd").fill_null(False)
    if not single and counted:
        sound &= tokens <= calls.requests * _MOST[True]
    nothing = (tokens == 0) & (calls.requests == 0)
    return calls.mutate(
        aside=ibis.cases(
            (~sound, DAMAGED),
            (calls.aside.notnull(), calls.aside),
            (nothing, EMPTY),
            else_=ibis.null("string"),
        )
    )


def period(calls: Table) -> Table:
    """One row: first moment, last one, end of the last one's bucket; what is damaged does not count."""
    calls = calls.filter(calls.aside.fill_null("") != DAMAGED)
    return calls.aggregate(first=calls.moment.min(), last=calls.moment.max(), end=calls.until.max())


def asides(calls: Table) -> Table:
    """The number of rows that are no label's traffic, by why."""
    left = calls.filter(calls.aside.notnull())
    return left.group_by("aside").aggregate(rows=left.count())


def extras(calls: Table) -> Table:
    """One row: sums of what has a price of its own, and the prompts that had left out their cached tokens."""
    names = (*EXTRAS, "widened")
    return calls.aggregate(**{name: calls[name].sum() for name in names}, rows=calls.count())


def unlabelled(calls: Table) -> Table:
    """Each (provider, model, batch) whose rows have no label."""
    return calls.filter(calls.label.isnull()).select("provider", "model", "batch").distinct()


def labels_named(calls: Table) -> Table:
    """The labels that rows name."""
    return calls.filter(calls.label.notnull()).select("label").distinct()


def plain_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Those that do not stand for a kind of prompt; all where there are no others."""
    return tuple(label for label in labels if label not in KINDS) or labels


def labelled(calls: Table, threshold: float, known: Known, aliases: Mapping[str, str], asked: bool) -> Table:
    """`calls` with `place`, the label: the row's own, what the routing says, else Claude Code's by family.

    Long prompts and searches come first there, as claude-code-router has them. Where several labels of the
    routing have what served, the prompt's length and kind decide, else the first of them stands.
    """
    import ibis

    model = calls.model

    def family(name: str) -> BooleanValue:
        return model.ilike(f"%{name}%").fill_null(False)

    kinds = tuple(zip(KINDS, (calls.input > threshold, calls.search, calls.side), strict=True))
    by_kind = [(is_kind, ibis.literal(label)) for label, is_kind in kinds]
    served = []
    for (provider, name, batch), labels in known.items():
        match = calls.provider.identical_to(provider) & model.identical_to(name) & (calls.batch == batch)
        served += [(match & is_kind, ibis.literal(label)) for label, is_kind in kinds if label in labels]
        served.append((match, ibis.literal(plain_labels(labels)[0])))
    claude = [(family("claude") & is_kind, label) for is_kind, label in by_kind]
    named = [(calls.label == group, ibis.literal(label)) for group, label in aliases.items()]
    place: StringValue = ibis.cases(
        *named,
        (calls.label.notnull(), calls.label),
        *(claude if asked else ()),
        *served,
        (model.isnull(), ibis.literal("unknown")),
        *(by_kind if asked else claude),
        (~family("claude"), model),
        (family("haiku"), ibis.literal("background")),
        (family("opus"), ibis.literal("think")),
        else_=ibis.literal("default"),
    )
    return calls.mutate(place=place)


def by_label(rows: Table) -> Table:
    """Sums, 95th percentile and largest request by label, and by whether it may wait."""
    return rows.group_by(["place", "batch"]).aggregate(
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
    return rows.group_by(["place", "batch", "provider", "model"]).aggregate(
        requests=rows.requests.sum(), tokens=(rows.input + rows.output).sum(), usd=rows.usd.sum()
    )


Run = Callable[["Table"], list[dict[str, Any]]]
"""Runs a query where its tables are."""


def duckdb_sql(query: Table) -> str:
    """The query in DuckDB's SQL."""
    import ibis

    return str(ibis.to_sql(query, dialect="duckdb"))


def in_duckdb(opened: DuckDBPyConnection) -> Run:
    """Runs queries over DuckDB's own tables, its SQL made by ibis."""

    def run(query: Table) -> list[dict[str, Any]]:
        rows = opened.execute(duckdb_sql(query)).fetchall()
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
