"""Inspect's logs, .eval and .json: a model's samples of a task, each with its scores and usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...domain.formatting import plural
from .files import Document
from .results import Columns, Evaluations, Result, amount, at_path, missing_column, score_of, text_of

_VALUES = {"C": True, "I": False, "P": 0.5, "N": False}  # correct, incorrect, partial, no answer
_LEVELS = ("eval.model_generate_config.reasoning_effort", "plan.config.reasoning_effort",
           "eval.model_generate_config.effort", "plan.config.effort")  # fmt: skip


def recognises(content: Any) -> bool:
    """Whether it is an EvalLog."""
    return (
        isinstance(content, Mapping) and isinstance(at_path(content, "eval.model"), str) and "plan" in content
    )


def evaluations(documents: Sequence[Document], columns: Columns) -> Evaluations:
    """The samples of these logs, by the first scorer or the one that --score-by names. Raises InputError."""
    notes: list[str] = []
    fields: dict[str, None] = {"task": None}
    rows: list[Result] = []
    for each in documents:
        samples = each.content.get("samples")
        samples = (
            [sample for sample in samples if isinstance(sample, Mapping)] if isinstance(samples, list) else []
        )
        for sample in samples[:1000]:
            metadata = sample.get("metadata")
            fields.update(dict.fromkeys(map(str, metadata if isinstance(metadata, Mapping) else ())))
        if each.content.get("status") not in (None, "success"):
            notes.append(f"{each.path.name}: the run ended as {each.content['status']!r}; what it has counts")
        rows += _of_samples(each, samples, columns, notes) if samples else _of_means(each, columns)
    if columns.label and columns.label not in fields and not any(row.label for row in rows):
        raise missing_column(columns.label, "--label-by", fields, documents[0].where)
    return Evaluations("Inspect", rows, list(dict.fromkeys(notes)), tuple(fields))


def _of_samples(
    source: Document, samples: Sequence[Mapping[str, Any]], columns: Columns, notes: list[str]
) -> Iterator[Result]:
    model, task = _model(source), str(at_path(source.content, "eval.task") or "")
    scorer, key = _scorer(source, samples, columns, notes)
    failed = [sample for sample in samples if sample.get("error") and not sample.get("scores")]
    if failed:
        notes.append(f"{task}: {plural(len(failed), 'sample')} ended in an error and left out")
    turns = sum((amount(sample.get("turn_count")) or 0) > 1 for sample in samples)
    if turns:
        several = plural(turns, "sample")
        notes.append(
            f"{task}: {several} of several requests each: no tokens, cost or time of one is taken of them"
        )
    for sample in samples:
        if sample.get("error") and not sample.get("scores"):
            continue
        value = at_path(sample.get("scores"), f"{scorer}.value")
        value = at_path(value, key) if key else value
        usage = at_path(sample.get("model_usage"), model)
        single = (amount(sample.get("turn_count")) or 1) <= 1
        yield Result(
            names=(model,),
            score=_VALUES[value]
            if isinstance(value, str) and value in _VALUES
            else score_of(value, f"{source.where}: {scorer}"),
            label=None if columns.label is None else _label(sample, task, columns.label) or "",
            level=_level(source),
            item=f"{task} {sample.get('id')}",
            output_tokens=(amount(at_path(usage, "output_tokens")) or None) if single else None,
            cost=amount(at_path(usage, "total_cost")) if single else None,
            latency=(amount(sample.get("working_time")) or amount(sample.get("total_time")) or None)
            if single
            else None,
        )


def _of_means(source: Document, columns: Columns) -> Iterator[Result]:
    """The means of a log without samples."""
    task = str(at_path(source.content, "eval.task") or "")
    scores = at_path(source.content, "results.scores")
    listed = [score for score in scores if isinstance(score, Mapping)] if isinstance(scores, list) else []
    names = [str(score.get("name")) for score in listed]
    if columns.score and columns.score not in names:
        raise missing_column(columns.score, "--score-by", names, source.where)
    for score in [score for score in listed if columns.score in (None, score.get("name"))][:1]:
        metrics = score.get("metrics")
        means = metrics if isinstance(metrics, Mapping) else {}
        mean = next((at_path(means[name], "value") for name in ("accuracy", "mean") if name in means), None)
        n = amount(score.get("scored_samples")) or amount(
            at_path(source.content, "results.completed_samples")
        )
        label = None if columns.label is None else task if columns.label == "task" else ""
        yield Result((_model(source),), score_of(mean, source.where), label, _level(source), n)


def _scorer(
    source: Document, samples: Sequence[Mapping[str, Any]], columns: Columns, notes: list[str]
) -> tuple[str, str]:
    """The scorer that counts, and the key in its values where these are several."""
    names: dict[str, None] = {}
    for sample in samples:
        scores = sample.get("scores")
        names.update((str(name), None) for name in (scores if isinstance(scores, Mapping) else ()))
    first = at_path(source.content, "results.headline.score") or next(iter(names), "")
    if columns.score:
        scorer, key = next(
            (
                (name, columns.score[len(name) + 1 :])
                for name in names
                if f"{columns.score}.".startswith(f"{name}.")
            ),
            ("", ""),
        )
        if not scorer:
            raise missing_column(columns.score, "--score-by", names, source.where)
        return scorer, key
    if len(names) > 1:
        notes.append(f"of the scorers {', '.join(names)}, {first} counts; --score-by names another")
    value = next((at_path(sample.get("scores"), f"{first}.value") for sample in samples), None)
    if isinstance(value, Mapping) and value:
        key = str(next(iter(value)))
        notes.append(
            f"of {first}'s values {', '.join(map(str, value))}, {key} counts; --score-by names another"
        )
        return str(first), key
    return str(first), ""


def _model(source: Document) -> str:
    return str(at_path(source.content, "eval.model"))


def _level(source: Document) -> str:
    return next((level for path in _LEVELS if (level := text_of(at_path(source.content, path)))), "")


def _label(sample: Mapping[str, Any], task: str, column: str) -> str | None:
    name = text_of(at_path(sample.get("metadata"), column))
    if name is None and column == "task":
        return task
    return name if name is not None else text_of(at_path(sample, column))
