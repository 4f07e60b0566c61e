"""From requests to labels: one table of calls, one query of sums, means and percentiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from os import cpu_count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from ...domain.errors import InputError
from . import claude_code, csv_sources, json_logs, sqlite_source, summary
from .base import COLUMNS, Opened, Source, counted, found_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.types import Table

MONTH_HOURS = 730.0
_MEMORY = "1GB"
_THREADS = 4  # each has buffers of its own
_SOURCES = (claude_code.source, sqlite_source.source, csv_sources.source, json_logs.source)
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
        judged = summary.judged(summary.calls_table("raw"), known.single, known.counted)
        opened.execute(f"CREATE TABLE calls AS {summary.duckdb_sql(judged)}")
        if repeated := _counted_once(opened):
            known.notes.append(
                f"{counted(repeated, 'row')} of requests or buckets that are there already: each counts once"
            )
        row = opened.execute(known.damaged).fetchone() if known.damaged else None
        calls, run = summary.calls_table("calls", judged), summary.in_duckdb(opened)
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
    calls: Table, run: summary.Run, source: Source, *, threshold: int, labels: Labels, damaged: int = 0
) -> Usage:
    """Judged calls by label, wherever they lie. Raises InputError where there are none."""
    left = {row["aside"]: int(row["rows"]) for row in run(summary.asides(calls))}
    damaged += left.pop(summary.DAMAGED, 0)
    left.pop(summary.EMPTY, None)
    traffic = calls.filter(calls.aside.isnull())
    (extras,) = run(summary.extras(traffic))
    if not extras["rows"]:
        reasons = [f"{counted(damaged, 'line')} could not be read"] if damaged else []
        reasons += [f"{counted(rows, 'row')} left aside: {why}" for why, rows in sorted(left.items())]
        why = f" ({'; '.join(reasons)})" if reasons else ""
        raise InputError(f"{source.title}: no requests in it{why}")
    (span,) = run(summary.period(calls))
    known, aliases, notes = _known(traffic, run, labels)
    rows = summary.labelled(traffic, threshold if source.single else 1e18, known, aliases, source.asked)
    groups = _groups(rows, run, source, labels)
    if not source.single:
        notes += _ungrouped(groups, source)
    notes += [f"{counted(rows, 'row')} left aside: {why}" for why, rows in sorted(left.items())]
    order = sorted(groups, key=lambda group: (-group.requests, group.label))
    hours = max((span["end"] - span["first"]).total_seconds() / 3600, 24.0)
    notes = [*source.notes, *notes, *_not_priced(extras)]
    return Usage(source, order, span["first"], span["last"], hours, damaged, notes)


def _known(
    calls: Table, run: summary.Run, labels: Labels
) -> tuple[dict[tuple[str | None, str | None, bool], tuple[str, ...]], dict[str, str], list[str]]:
    """The labels of models by the routing, of groups by aliases; and what is not certain."""
    known: dict[tuple[str | None, str | None, bool], tuple[str, ...]] = {}
    notes = []
    pairs = run(summary.unlabelled(calls))
    if len(pairs) > _MOST_NAMES:
        raise InputError(f"more than {_MOST_NAMES:,} different models: no usage of a router's")
    for row in pairs:
        provider, model, batch = row["provider"], row["model"], bool(row["batch"])
        serving = labels.serving(provider or "", model or "", batch)
        if serving:
            known[provider, model, batch] = serving
            plain = summary.plain_labels(serving)
            if len(plain) > 1:
                notes.append(f"{model} serves {' and '.join(plain)}: its requests count as {plain[0]}'s")
    names = [row["label"] for row in run(summary.labels_named(calls))]
    aliases = {name: label for name in names if (label := labels.alias(name)) is not None}
    notes += [f"group {name} is an alias: it counts as {label}" for name, label in sorted(aliases.items())]
    return known, aliases, notes


def _groups(rows: Table, run: summary.Run, source: Source, labels: Labels) -> list[Group]:
    groups: dict[tuple[str, bool], Group] = {}
    found = run(summary.by_label(rows))
    if len(found) > _MOST_NAMES:
        raise InputError(f"more than {_MOST_NAMES:,} different labels: no usage of a router's")
    for row in sorted(found, key=lambda row: (row["place"], row["batch"])):
        place, batch = row["place"], bool(row["batch"])
        name = f"{place}-batch" if batch and not labels.may_wait(place) else place
        groups[place, batch] = _group(row, _legible(name, groups.values()), source)
    for row in run(summary.by_model(rows)):
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
