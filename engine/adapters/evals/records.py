"""Rows with columns for label, model and score: CSV and Parquet through DuckDB, JSON and JSON Lines as read.

A row is a scored answer, or with a column of counts the mean of so many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ...domain.errors import InputError
from ...domain.formatting import plural
from .files import Document, ending
from .results import Columns, Evaluations, Result, amount, at_path, missing_column, score_of, text_of

_LABEL = ("label", "route", "routing_label")
_MODEL = ("model", "model_name", "model_id", "modelname", "llm", "provider_model", "deployment")
_SCORE = ("score", "quality", "accuracy", "acc", "correct", "is_correct", "passed", "pass", "success",
          "exact_match", "grade", "rating", "reward", "value")  # fmt: skip
_LEVEL = ("reasoning_effort", "effort", "reasoning", "level", "thinking_level")
_COUNT = ("n", "n_samples", "num_samples", "n_items", "items", "count", "samples", "questions")
_ITEM = (
    "item",
    "item_id",
    "sample_id",
    "question_id",
    "doc_id",
    "test_id",
    "testidx",
    "example_id",
    "task_id",
)
_OUTPUT = ("output_tokens", "completion_tokens", "tokens_out", "output_token_count", "tokens_completion",
           "generated_tokens")  # fmt: skip
_COST = ("cost", "cost_usd", "usd", "total_cost", "cost_per_request", "price")
_SECONDS = ("latency", "latency_s", "latency_seconds", "seconds", "duration", "duration_s", "response_time",
            "latency_sec", "elapsed", "total_time")  # fmt: skip
_MILLISECONDS = ("latency_ms", "latencyms", "duration_ms", "response_time_ms", "elapsed_ms", "time_ms")
_BATCH = 10_000  # rows that DuckDB hands over at once
_LOOKED_AT = 1000  # rows of JSON whose keys are the columns


@dataclass(frozen=True)
class _Chosen:
    """The columns that are read; None: there is none."""

    model: str
    score: str
    label: str | None
    level: str | None
    count: str | None
    item: str | None
    output: str | None
    cost: str | None
    latency: str | None
    milliseconds: bool


def recognises(content: Any) -> bool:
    """Whether it is a list of records."""
    return isinstance(content, list) and bool(content) and all(isinstance(row, Mapping) for row in content)


def evaluations(documents: Sequence[Document], columns: Columns) -> Evaluations:
    """The records of JSON or JSON Lines. Raises InputError for columns that are not there."""
    notes: list[str] = []
    rows = []
    fields: dict[str, None] = {}
    for each in documents:
        names: dict[str, None] = {}
        for row in each.content[:_LOOKED_AT]:
            names.update((name, None) for name in _paths(row))
        fields.update(names)
        chosen = _choose(list(names), columns, each.where, notes)
        rows.append(_results(each.content, chosen, each.where, notes))
    return Evaluations("records", chain.from_iterable(rows), notes, tuple(fields))


@contextmanager
def tables(paths: Sequence[Path], columns: Columns) -> Iterator[Evaluations]:
    """The rows of CSV or Parquet files, while DuckDB is open. Raises InputError."""
    from ..usage.base import reason_not_read, sql_paths
    from ..usage.duckdb_reader import open_database

    notes: list[str] = []
    with open_database("import evals") as database:
        import duckdb

        def rows_of(path: Path, names: Sequence[str], query: str) -> Iterator[Mapping[str, Any]]:
            cursor = database.cursor()
            try:
                cursor.execute(f"SELECT {', '.join(map(_quoted, names))} FROM {query}")
                while batch := cursor.fetchmany(_BATCH):
                    for row in batch:
                        yield dict(zip(names, row, strict=True))
            except duckdb.Error as error:
                raise InputError(f"cannot be read: {_first_line(error)}", where=str(path)) from None

        results: list[Iterable[Result]] = []
        fields: dict[str, None] = {}
        for path in paths:
            if reason := reason_not_read(path):
                raise InputError(reason, where=str(path))
            files = sql_paths([path])
            query = f"read_parquet({files})"
            if ending(path) != ".parquet":
                # As text, so that a score is read in one way; a line that has too many cells is an error.
                query = f"read_csv({files}, all_varchar = true, header = true, sample_size = -1)"
            try:
                described = database.execute(f"DESCRIBE SELECT * FROM {query}").fetchall()
            except duckdb.Error as error:
                raise InputError(f"cannot be read: {_first_line(error)}", where=str(path)) from None
            names = [str(row[0]) for row in described]
            fields.update((name, None) for name in names)
            chosen = _choose(names, columns, str(path), notes)
            used = [name for name in vars(chosen).values() if isinstance(name, str)]
            listed_rows = rows_of(path, list(dict.fromkeys(used)), query)
            results.append(_results(listed_rows, chosen, str(path), notes))
        kind = "Parquet" if {ending(path) for path in paths} == {".parquet"} else "CSV"
        yield Evaluations(kind, chain.from_iterable(results), notes, tuple(fields))


def _choose(names: Sequence[str], columns: Columns, where: str, notes: list[str]) -> _Chosen:
    """The column of each kind: the one that is asked for, else the first of the known names."""
    by_word = {_word(name): name for name in reversed(names)}

    def known(words: Sequence[str]) -> str | None:
        return next((by_word[word] for word in words if word in by_word), None)

    def asked(name: str | None, option: str, words: Sequence[str]) -> str | None:
        if name is None:
            return known(words)
        if name in names:
            return name
        if _word(name) in by_word:
            return by_word[_word(name)]
        raise missing_column(name, option, names, where)

    label = asked(columns.label, "--label-by", _LABEL)
    model = asked(columns.model, "--model-by", _MODEL)
    score = asked(columns.score, "--score-by", _SCORE)
    for column, option in ((model, "--model-by"), (score, "--score-by")):
        if column is None:
            kind = "models" if option == "--model-by" else "scores"
            what = f"no column of {kind} is known; {option} names it, of {', '.join(names[:20])}"
            raise InputError(what, where=where)
    assert model is not None and score is not None
    latency, milliseconds = known(_SECONDS), known(_MILLISECONDS)
    chosen = _Chosen(
        model=model,
        score=score,
        label=label,
        level=known(_LEVEL),
        count=known(_COUNT),
        item=known(_ITEM),
        output=known(_OUTPUT),
        cost=known(_COST),
        latency=milliseconds or latency,
        milliseconds=milliseconds is not None,
    )
    taken = {"model": model, "score": score, "label": label, "level": chosen.level, "items": chosen.count,
             "question": chosen.item, "output tokens": chosen.output, "cost": chosen.cost,
             "latency": chosen.latency and f"{chosen.latency} ({'ms' if milliseconds else 's'})"}  # fmt: skip
    notes.append(
        f"{Path(where).name}: {', '.join(f'{kind} = {name}' for kind, name in taken.items() if name)}"
    )
    return chosen


def _word(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _results(
    rows: Iterable[Mapping[str, Any]], chosen: _Chosen, where: str, notes: list[str]
) -> Iterator[Result]:
    """The rows' results; `notes` gets, at the end, which figures could not be taken."""
    untaken: dict[str, int] = {}

    def figure(row: Mapping[str, Any], column: str | None) -> float | None:
        cell = None if column is None else at_path(row, column)
        number = amount(cell)
        if column is not None and number is None and text_of(cell) is not None:
            untaken[column] = untaken.get(column, 0) + 1
        return number

    for place, row in enumerate(rows, 1):
        latency = figure(row, chosen.latency)
        name = text_of(at_path(row, chosen.model))
        yield Result(
            names=(name or "",),
            score=score_of(at_path(row, chosen.score), f"{where}: row {place}, {chosen.score}"),
            label=None if chosen.label is None else text_of(at_path(row, chosen.label)) or "",
            level=(text_of(at_path(row, chosen.level)) or "") if chosen.level else "",
            n=1 if chosen.count is None else figure(row, chosen.count) or 0,
            item=None if chosen.item is None else text_of(at_path(row, chosen.item)),
            output_tokens=figure(row, chosen.output),
            cost=figure(row, chosen.cost),
            latency=latency / 1000 if latency is not None and chosen.milliseconds else latency,
        )
    for column, count in untaken.items():
        notes.append(
            f"{Path(where).name}: {plural(count, 'figure')} of {column} cannot be taken: no number from 0 on"
        )


def _paths(row: Mapping[str, Any], prefix: str = "", depth: int = 3) -> Iterator[str]:
    for key, cell in row.items():
        if isinstance(cell, Mapping) and depth:
            yield from _paths(cell, f"{prefix}{key}.", depth - 1)
        else:
            yield f"{prefix}{key}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
