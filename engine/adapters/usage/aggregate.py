"""From requests to labels: one table of calls, one query of sums, means and percentiles.

The summary as one expression, which ibis turns into the SQL of DuckDB, PostgreSQL or another warehouse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from os import cpu_count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from ...domain.errors import InputError
from . import csv_sources, json_logs, sqlite_source
from .base import COLUMNS, Opened, Source, counted, found_files

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


def judged_calls(calls: Table, single: bool, counted: bool) -> Table:
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


def extra_counts(calls: Table) -> Table:
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


MONTH_HOURS = 730.0
_MEMORY = "1GB"
_THREADS = 4  # each has buffers of its own
_SOURCES = (json_logs.claude_code_source, sqlite_source.source, csv_sources.source, json_logs.source)
_FORMS = (
    "known are sessions of Claude Code, Codex and opencode, CSV or JSON of LiteLLM, OpenRouter, OpenAI and"
    " Anthropic, and claude-code-router's usage.sqlite"
)
_MOST_NAMES = 2_000  # models, labels
_LONGEST_NAME = 100  # characters of a label's name


@dataclass(frozen=True)
class Served:
    """A model that served a label: its requests, tokens and what was paid, in all of the period."""

    provider: str
    model: str
    requests: float
    tokens: float
    usd: float | None


@dataclass
class Group:
    """A label's traffic in the period: requests, then means per request; shares of its input tokens.

    `base` is the label whose rules it has; `batch`: it may wait.
    """

    label: str
    base: str
    batch: bool
    requests: float
    input: float
    p95: float | None
    cached: float
    written: float
    output: float
    largest: float | None
    served: list[Served] = field(default_factory=list)


@dataclass(frozen=True)
class Usage:
    """What a source holds. `hours` is the period, `damaged` counts lines, rows and buckets not read."""

    source: Source
    groups: list[Group]
    first: datetime
    last: datetime
    hours: float
    damaged: int
    notes: list[str]


class Labels(Protocol):
    """The labels of a routing that a log's rows belong to."""

    def serving(self, provider: str, model: str, batch: bool) -> tuple[str, ...]:
        """The labels that have this model in their routes, the likeliest first."""

    def alias(self, name: str) -> str | None:
        """The label that a group's name stands for, where it is another's name."""

    def may_wait(self, label: str) -> bool:
        """Whether this label of the routing is one of batch requests."""


@contextmanager
def database() -> Iterator[DuckDBPyConnection]:
    """DuckDB with bounded memory, which spills into a folder that goes with it. Raises InputError."""
    try:
        import duckdb
        import ibis  # noqa: F401
    except ImportError:
        from ..extras import install_command

        raise InputError(f"needs DuckDB and ibis: {install_command('usage')}", where="import usage") from None
    with TemporaryDirectory(prefix="modelpick-") as spill:
        bounds: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "temp_directory": spill,
            "threads": min(_THREADS, cpu_count() or 1),
        }
        with closing(duckdb.connect(":memory:", config=bounds)) as made:
            # The order of rows means nothing here; keeping it would cost memory.
            made.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
            yield made


def read_usage(source: str, threshold: int, labels: Labels, opened: DuckDBPyConnection) -> Usage:
    """The usage in a file, a folder or the files of a pattern. Raises InputError for what is none."""
    import duckdb

    try:
        kind, paths, others = found_files(source)
        known = _recognised(Opened(kind, paths, opened))
        if others:
            endings = ", ".join(sorted({path.suffix for path in others}))
            known.notes.append(
                f"{counted(len(others), 'file')} of another kind ({endings}) not read: import them by name"
            )
        opened.execute(f"CREATE TABLE nothing ({', '.join(COLUMNS)})")
        opened.execute(f"CREATE VIEW raw AS FROM nothing UNION ALL BY NAME SELECT * FROM ({known.query})")
        judged = judged_calls(calls_table("raw"), known.single, known.counted)
        opened.execute(f"CREATE TABLE calls AS {duckdb_sql(judged)}")
        if repeated := _counted_once(opened):
            known.notes.append(
                f"{counted(repeated, 'row')} of requests or buckets that are there already: each counts once"
            )
        row = opened.execute(known.damaged).fetchone() if known.damaged else None
        calls, run = calls_table("calls", judged), in_duckdb(opened)
        return summed(
            calls, run, known, threshold=threshold, labels=labels, damaged=int(row[0]) if row else 0
        )
    except duckdb.Error as error:
        raise InputError(f"cannot be read: {_in_plain_words(error)}", where=source) from None
    except InputError as error:
        raise error.at(source) from None


def _in_plain_words(error: Exception) -> str:
    """DuckDB's first line without the name of its kind of error."""
    first = str(error).partition("\n")[0]
    if "state machine reached an invalid state" in first:
        return "a carriage return stands alone within a line; write the CSV with one kind of line end"
    return re.sub(r"^[A-Z][\w ]* Error: ", "", first)


def _counted_once(opened: DuckDBPyConnection) -> int:
    """Remove all but one of the rows of an id, a successful one where there is one; how many are gone."""
    opened.execute(
        "CREATE TEMP TABLE repeated AS"
        " SELECT id FROM calls WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
    )
    row = opened.execute(
        "DELETE FROM calls WHERE rowid IN (SELECT row FROM (SELECT rowid AS row, row_number() OVER ("
        "PARTITION BY id ORDER BY aside IS NOT NULL, output DESC, rowid) AS nth"
        " FROM calls WHERE id IN (FROM repeated)) WHERE nth > 1)"
    ).fetchone()
    return int(row[0]) if row else 0


def _recognised(opened: Opened) -> Source:
    for recognise in _SOURCES:
        source = recognise(opened)
        if source is not None:
            return source
    raise InputError(f"not recognised as usage: {_FORMS}")


def summed(
    calls: Table, run: Run, source: Source, *, threshold: int, labels: Labels, damaged: int = 0
) -> Usage:
    """Judged calls by label, wherever they lie. Raises InputError where there are none."""
    left = {row["aside"]: int(row["rows"]) for row in run(asides(calls))}
    damaged += left.pop(DAMAGED, 0)
    left.pop(EMPTY, None)
    traffic = calls.filter(calls.aside.isnull())
    (extras,) = run(extra_counts(traffic))
    if not extras["rows"]:
        reasons = [f"{counted(damaged, 'line')} could not be read"] if damaged else []
        reasons += [f"{counted(rows, 'row')} left aside: {why}" for why, rows in sorted(left.items())]
        why = f" ({'; '.join(reasons)})" if reasons else ""
        raise InputError(f"{source.title}: no requests in it{why}")
    (span,) = run(period(calls))
    known, aliases, notes = _known(traffic, run, labels)
    rows = labelled(traffic, threshold if source.single else 1e18, known, aliases, source.asked)
    groups = _groups(rows, run, source, labels)
    if not source.single:
        notes += _ungrouped(groups, source)
    notes += [f"{counted(rows, 'row')} left aside: {why}" for why, rows in sorted(left.items())]
    order = sorted(groups, key=lambda group: (-group.requests, group.label))
    hours = max((span["end"] - span["first"]).total_seconds() / 3600, 24.0)
    notes = [*source.notes, *notes, *_not_priced(extras)]
    return Usage(source, order, span["first"], span["last"], hours, damaged, notes)


def _known(
    calls: Table, run: Run, labels: Labels
) -> tuple[dict[tuple[str | None, str | None, bool], tuple[str, ...]], dict[str, str], list[str]]:
    """The labels of models by the routing, of groups by aliases; and what is not certain."""
    known: dict[tuple[str | None, str | None, bool], tuple[str, ...]] = {}
    notes = []
    pairs = run(unlabelled(calls))
    if len(pairs) > _MOST_NAMES:
        raise InputError(f"more than {_MOST_NAMES:,} different models: no usage of a router's")
    for row in pairs:
        provider, model, batch = row["provider"], row["model"], bool(row["batch"])
        serving = labels.serving(provider or "", model or "", batch)
        if serving:
            known[provider, model, batch] = serving
            plain = plain_labels(serving)
            if len(plain) > 1:
                notes.append(f"{model} serves {' and '.join(plain)}: its requests count as {plain[0]}'s")
    names = [row["label"] for row in run(labels_named(calls))]
    aliases = {name: label for name in names if (label := labels.alias(name)) is not None}
    notes += [f"group {name} is an alias: it counts as {label}" for name, label in sorted(aliases.items())]
    return known, aliases, notes


def _groups(rows: Table, run: Run, source: Source, labels: Labels) -> list[Group]:
    groups: dict[tuple[str, bool], Group] = {}
    found = run(by_label(rows))
    if len(found) > _MOST_NAMES:
        raise InputError(f"more than {_MOST_NAMES:,} different labels: no usage of a router's")
    for row in sorted(found, key=lambda row: (row["place"], row["batch"])):
        place, batch = row["place"], bool(row["batch"])
        name = f"{place}-batch" if batch and not labels.may_wait(place) else place
        groups[place, batch] = _group(row, _legible(name, groups.values()), source)
    for row in run(by_model(rows)):
        served = Served(row["provider"] or "", row["model"] or "", row["requests"], row["tokens"], row["usd"])
        groups[row["place"], bool(row["batch"])].served.append(served)
    for group in groups.values():
        group.served.sort(
            key=lambda served: (-served.requests, -served.tokens, served.provider, served.model)
        )
    return list(groups.values())


def _legible(name: str, groups: Iterable[Group]) -> str:
    """A label's name without characters that a terminal would obey, and not another's."""
    from ..report.text import clean

    plain = clean(name).strip()[:_LONGEST_NAME] or "unknown"
    taken = {group.label for group in groups}
    names = (plain if nth == 1 else f"{plain} ({nth})" for nth in count(1))
    return next(name for name in names if name not in taken)


def _ungrouped(groups: list[Group], source: Source) -> list[str]:
    """What rows without a model mean. Raises InputError where no row has one."""
    nameless = [group for group in groups if group.base == "unknown"]
    what = "group_by=model was not asked for"
    if len(nameless) == len(groups):
        raise InputError(f"{source.title}: no row names a model: {what}")
    return [f"{group.label}: rows without a model ({what}?)" for group in nameless]


def _not_priced(extras: Mapping[str, float]) -> list[str]:
    """What the records count and the plan does not price."""
    texts = {
        "hour_writes": "tokens written to the cache for an hour (twice the input price), counted as written"
        " for five minutes",
        "searches": "web searches, whose price is not counted",
        "fast": "tokens in fast mode, priced as standard",
        "geo": "tokens bound to a region (inference_geo), whose surcharge is not counted",
        "tiered": "tokens in another service tier (flex, priority), priced as standard",
        "audio": "audio tokens, priced as text",
        "byok": "USD paid with your own provider keys (BYOK), in what was paid but not in the offer's price",
        "widened": "prompts whose count had left the cached tokens out, which are counted in",
    }
    return [f"{text}: {float(extras[name]):,.10g}" for name, text in texts.items() if (extras[name] or 0) > 0]


def _group(row: dict[str, Any], name: str, source: Source) -> Group:
    count = max(row["requests"], 1e-9) if source.counted else 1.0
    tokens = row["tokens"]
    return Group(
        label=name,
        base=row["place"],
        batch=bool(row["batch"]),
        requests=row["requests"],
        input=tokens / count,
        p95=row["p95"] if source.single else None,
        cached=row["cached"] / tokens if tokens else 0.0,
        written=row["written"] / tokens if tokens else 0.0,
        output=row["output"] / count,
        largest=row["largest"] if source.single else None,
    )
