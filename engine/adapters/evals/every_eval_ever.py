"""every-eval-ever's JSON (a mean an evaluation) and its instance-level JSON Lines (an answer a line).

Schemas eval.schema.json and instance_level_eval.schema.json of evaleval/every_eval_ever, 0.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...domain.catalog import Z80
from .files import Document
from .results import Columns, Evaluations, Result, amount, at_path, missing_column, score_of, text_of

_LEVEL = "reasoning_effort"


def recognises(content: Any) -> bool:
    """Whether it is an evaluation, or the lines of one."""
    return _is_summary(content) or _is_samples(content)


def evaluations(documents: Sequence[Document], columns: Columns) -> Evaluations:
    """The evaluations in these documents. Raises InputError."""
    summaries = [each for each in documents if _is_summary(each.content)]
    samples = [each for each in documents if _is_samples(each.content)]
    notes: list[str] = []
    ids = {str(line.get("evaluation_id")) for each in samples for line in each.content}
    twice = [each for each in summaries if str(each.content.get("evaluation_id")) in ids]
    if twice:
        summaries = [each for each in summaries if each not in twice]
        notes.append(f"{len(twice)} summaries whose answers are here one by one are not counted again")
    fields = ("evaluation_name", *_fields(samples))
    rows = [row for each in summaries for row in _of_summary(each, columns, notes)]
    rows += [row for each in samples for row in _of_samples(each, columns)]
    if columns.label and rows and not any(row.label for row in rows):
        raise missing_column(columns.label, "--label-by", fields, documents[0].where)
    return Evaluations("every-eval-ever", rows, notes, fields)


def _is_summary(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and isinstance(content.get("model_info"), Mapping)
        and isinstance(content.get("evaluation_results"), list)
    )


def _is_samples(content: Any) -> bool:
    keys = {"evaluation_id", "model_id", "evaluation"}
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(line, Mapping) and keys <= set(line) for line in content)
    )


def _of_summary(source: Document, columns: Columns, notes: list[str]) -> Iterator[Result]:
    info = source.content["model_info"]
    names = tuple(str(name) for name in (info.get("id"), info.get("name")) if name)
    for place, entry in enumerate(source.content["evaluation_results"]):
        where = f"{source.where}: evaluation_results[{place}]"
        title = text_of(at_path(entry, "evaluation_name")) or f"evaluation {place + 1}"
        if columns.score and columns.score != title:
            continue
        metric = at_path(entry, "metric_config")
        worst, best = amount(at_path(metric, "min_score")), amount(at_path(metric, "max_score"))
        if at_path(metric, "lower_is_better") is True:
            notes.append(f"{title}: lower is better there, so it is no quality; left out")
            continue
        if at_path(metric, "score_type") == "levels" and best is None:
            notes.append(f"{title}: its levels have no place on a scale; left out")
            continue
        score = score_of(at_path(entry, "score_details.score"), where)
        n = _count(entry)
        error = amount(at_path(entry, "score_details.uncertainty.standard_error.value"))
        low = None if n or error is None or score is None else max(0.0, score - Z80 * error)
        if worst:  # a scale that does not start at 0
            score = None if score is None else score - worst
            low = None if low is None else low - worst
            best = None if best is None else best - worst
        levels = (f"model_info.additional_details.{_LEVEL}", f"generation_config.additional_details.{_LEVEL}")
        level = at_path(source.content, levels[0]) or at_path(entry, levels[1])
        label = title if columns.label == "evaluation_name" else None
        if columns.label and label is None:
            label = text_of(at_path(entry, columns.label) or at_path(source.content, columns.label)) or ""
        yield Result(names, score, label, text_of(level) or "", n, best=best or None, low=low)


def _count(entry: Mapping[str, Any]) -> float | None:
    """The answers behind a score: the data set's size only where nothing else is said."""
    ids = at_path(entry, "source_data.sample_ids")
    asked = len(ids) if isinstance(ids, list) else None
    counts = (at_path(entry, "score_details.uncertainty.num_samples"), asked,
              at_path(entry, "source_data.samples_number"))  # fmt: skip
    return next((count for each in counts if (count := amount(each))), None)


def _of_samples(source: Document, columns: Columns) -> Iterator[Result]:
    column = columns.score or "evaluation.score"
    for line in source.content:
        raw = at_path(line, column)
        if raw is None and columns.score is None:
            raw = at_path(line, "evaluation.is_correct")
        latency = amount(at_path(line, "performance.latency_ms"))
        single = line.get("interaction_type", "single_turn") == "single_turn"
        yield Result(
            names=(str(at_path(line, columns.model or "model_id") or ""),),
            score=score_of(raw, f"{source.where}: {column}"),
            label=(text_of(_label_cell(line, columns.label)) or "") if columns.label else None,
            level=text_of(at_path(line, f"metadata.{_LEVEL}")) or "",
            item=f"{line.get('evaluation_name')} {line.get('sample_id')}",
            output_tokens=amount(at_path(line, "token_usage.output_tokens")) if single else None,
            latency=latency / 1000 if latency and single else None,
        )


def _label_cell(line: Mapping[str, Any], column: str) -> Any:
    cell = at_path(line.get("metadata"), column)
    return at_path(line, column) if cell is None else cell


def _fields(samples: Sequence[Document]) -> list[str]:
    names: dict[str, None] = {}
    for each in samples:
        metadata = each.content[0].get("metadata")
        names.update(dict.fromkeys(map(str, metadata if isinstance(metadata, Mapping) else ())))
    return list(names)
