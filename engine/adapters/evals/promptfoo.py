"""promptfoo's `eval -o results.json` (versions 2 and 3) or results.jsonl: a row a test and provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...domain.formatting import plural
from .files import Document
from .results import Columns, Evaluations, Result, amount, at_path, missing_column, score_of, text_of

_ERROR = 2  # promptfoo's failureReason of a test that did not run
_SCORE = "score"


def recognises(content: Any) -> bool:
    """Whether it is a results file, or a list of its rows."""
    return rows_of(content) is not None


def evaluations(documents: Sequence[Document], columns: Columns) -> Evaluations:
    """The tests in these documents. Raises InputError."""
    tables = [rows_of(document.content) for document in documents]
    notes: list[str] = []
    rows = [
        (document, row, _levels(document.content))
        for document, table in zip(documents, tables, strict=True)
        for row in table or ()
    ]
    errors = sum(row.get("failureReason") == _ERROR for _, row, _ in rows)
    if errors:
        notes.append(f"{plural(errors, 'test')} ended in an error and left out")
    cached = sum(_is_cached(row) for _, row, _ in rows)
    if cached:
        notes.append(
            f"{plural(cached, 'answer')} came out of promptfoo's cache: no cost or time is taken of them"
        )
    fields = _label_fields([row for _, row, _ in rows])
    if columns.label and rows and all(_label(row, columns.label) is None for _, row, _ in rows):
        raise missing_column(columns.label, "--label-by", fields, rows[0][0].where)
    if columns.score and rows and all(_raw_score(row, columns.score) is None for _, row, _ in rows):
        scores = [_SCORE, "success", *(name for _, row, _ in rows for name in row.get("namedScores") or ())]
        raise missing_column(columns.score, "--score-by", scores, rows[0][0].where)
    return Evaluations("promptfoo", _results(rows, columns), notes, fields)


def rows_of(content: Any) -> list[Mapping[str, Any]] | None:
    """The rows of a results file; None where it is none. A list of rows (JSON Lines) is one too."""
    table = content
    if isinstance(content, Mapping):
        outer = content.get("results")
        table = outer.get("results") if isinstance(outer, Mapping) else outer
    if not isinstance(table, list) or not table:
        return None
    known = all(
        isinstance(row, Mapping) and "provider" in row and ("success" in row or "gradingResult" in row)
        for row in table
    )
    return table if known else None


def _results(
    rows: Sequence[tuple[Document, Mapping[str, Any], Mapping[str, str]]], columns: Columns
) -> Iterator[Result]:
    for document, row, levels in rows:
        if row.get("failureReason") == _ERROR:
            continue
        names = _names(row) if columns.model is None else (text_of(at_path(row, columns.model)) or "",)
        own = not _is_cached(row)
        where = f"{document.where}: {columns.score or _SCORE}"
        latency = amount(row.get("latencyMs"))
        test = row.get("testIdx")
        yield Result(
            names=names,
            score=score_of(_raw_score(row, columns.score or _SCORE), where),
            label=None if columns.label is None else _label(row, columns.label) or "",
            level=next((levels[name] for name in names if name in levels), ""),
            item=None if test is None else f"{document.where} {row.get('promptIdx')} {test}",
            output_tokens=_output_tokens(row) if own else None,
            cost=(amount(row.get("cost")) or None) if own else None,
            latency=latency / 1000 if own and latency else None,
        )


def _raw_score(row: Mapping[str, Any], column: str) -> Any:
    named = row.get("namedScores")
    if isinstance(named, Mapping) and column in named:
        return named[column]
    raw = at_path(row, column)
    if raw is None and column == _SCORE:
        raw = at_path(row, "gradingResult.score")
        raw = row.get("success") if raw is None else raw
    return raw


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The provider's label, then its id."""
    provider = row["provider"]
    if not isinstance(provider, Mapping):
        return (str(provider),)
    names = (provider.get("label"), provider.get("id"))
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _levels(content: Any) -> dict[str, str]:
    """The id or label of each provider in the file's own config -> its reasoning effort."""
    providers = at_path(content, "config.providers")
    levels: dict[str, str] = {}
    for provider in providers if isinstance(providers, list) else ():
        entries = [provider] if isinstance(provider, Mapping) else []
        if len(entries) == 1 and "id" not in provider and "config" not in provider:
            entries = [{"id": key, **inner} for key, inner in provider.items() if isinstance(inner, Mapping)]
        for entry in entries:
            settings = entry.get("config")
            level = next(
                (
                    level
                    for key in ("reasoning_effort", "reasoning.effort", "effort", "thinkingLevel")
                    if (level := text_of(at_path(settings, key)))
                ),
                None,
            )
            name = entry.get("label") or entry.get("id")
            if level and name:
                levels[str(name)] = level
    return levels


def _label(row: Mapping[str, Any], column: str) -> str | None:
    """A variable or metadata of the test, or any other key of its row."""
    for path in (f"vars.{column}", f"testCase.vars.{column}", f"testCase.metadata.{column}",
                 f"metadata.{column}", column, f"testCase.{column}"):  # fmt: skip
        if (name := text_of(at_path(row, path))) is not None:
            return name
    return None


def _label_fields(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for row in rows[:1000]:
        for path in ("testCase.metadata", "metadata", "vars", "testCase.vars"):
            inner = at_path(row, path)
            if isinstance(inner, Mapping):
                names.update((str(key), None) for key, cell in inner.items() if text_of(cell) is not None)
    return tuple(names)


def _is_cached(row: Mapping[str, Any]) -> bool:
    return at_path(row, "response.cached") is True


def _output_tokens(row: Mapping[str, Any]) -> float | None:
    for path in ("response.tokenUsage.completion", "tokenUsage.completion"):
        if tokens := amount(at_path(row, path)):
            return tokens
    return None
