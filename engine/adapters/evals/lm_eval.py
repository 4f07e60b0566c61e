"""lm-evaluation-harness: results_*.json, a mean a task and metric, and samples_*.jsonl, an answer a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...domain.catalog import Z80
from ...domain.errors import InputError
from ..catalog.scores.own_tests import LM_EVAL_METRICS
from .files import Document, document
from .results import Columns, Evaluations, Result, amount, at_path, missing_column, score_of, text_of

_SAMPLES = re.compile(r"samples_(.+)_\d{4}-\d\d-\d\dT[\d.:-]+\.jsonl$")
_BASES = ("peft", "delta", "pretrained", "model", "path", "engine")


def recognises(content: Any) -> bool:
    """Whether it is a results file, or the lines of a samples file."""
    return _is_summary(content) or _is_samples(content)


def evaluations(documents: Sequence[Document], columns: Columns) -> Evaluations:
    """The means of tasks, or the samples. Raises InputError.

    Where a folder holds both, the samples count and their results do not.
    """
    summaries = [each for each in documents if _is_summary(each.content)]
    samples = [each for each in documents if _is_samples(each.content)]
    notes: list[str] = []
    if samples:
        folders = {each.path.parent for each in samples}
        beside = [each for each in summaries if each.path.parent in folders]
        if beside:
            summaries = [each for each in summaries if each not in beside]
            names = ", ".join(each.path.name for each in beside[:3])
            notes.append(f"the samples count; {names} beside them only name the model")
    rows = [row for each in summaries for row in _of_summary(each, columns, notes)]
    fields = ("task", *_fields(samples))
    if (
        columns.label
        and columns.label not in fields
        and not any(
            text_of(_label_cell(line, columns.label)) for each in samples for line in each.content[:1000]
        )
    ):
        raise missing_column(columns.label, "--label-by", fields, documents[0].where)
    rows += [row for each in samples for row in _of_samples(each, columns, notes)]
    return Evaluations("lm-evaluation-harness", rows, list(dict.fromkeys(notes)), fields)


def _is_summary(content: Any) -> bool:
    results = content.get("results") if isinstance(content, Mapping) else None
    return isinstance(results, Mapping) and bool({"configs", "versions", "n-shot", "config"} & set(content))


def _is_samples(content: Any) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(line, Mapping) and {"doc_id", "filtered_resps"} <= set(line) for line in content)
    )


def _of_summary(source: Document, columns: Columns, notes: list[str]) -> Iterator[Result]:
    content = source.content
    name, level = model_of(content)
    if not name:
        raise InputError("no model_name; is it a results file of lm-evaluation-harness?", where=source.where)
    parts = content.get("group_subtasks")
    groups = {group for group, tasks in parts.items() if tasks} if isinstance(parts, Mapping) else set()
    metrics_used: dict[str, None] = {}
    for task, metrics in content["results"].items():
        if task in groups or not isinstance(metrics, Mapping):
            continue
        key = _metric(metrics, columns.score)
        if key is None:
            if columns.score:
                continue
            notes.append(f"{task}: none of its metrics is a score from 0 to 1; --score-by names one")
            continue
        metrics_used[key.partition(",")[0]] = None
        score = score_of(metrics[key], f"{source.where}: results.{task}.{key}")
        n = amount(at_path(content, f"n-samples.{task}.effective"))
        error = amount(metrics.get(key.replace(",", "_stderr,", 1) if "," in key else f"{key}_stderr"))
        low = None if n is not None or error is None or score is None else max(0.0, score - Z80 * error)
        yield Result((name,), score, _task(columns, str(task)), level, n, low=low)
    if columns.score and not metrics_used:
        listed = [str(key) for metrics in content["results"].values() for key in metrics]
        raise missing_column(columns.score, "--score-by", listed, source.where)


def _metric(metrics: Mapping[str, Any], wanted: str | None) -> str | None:
    """The key of a metric, `exact_match,strict-match`: as asked for, else the first of LM_EVAL_METRICS."""
    keys = [str(key) for key in metrics if "_stderr" not in str(key)]
    for name in LM_EVAL_METRICS if wanted is None else (wanted,):
        for key in keys:
            if name in (key, key.partition(",")[0]):
                return key
    return None


def model_of(content: Mapping[str, Any]) -> tuple[str, str]:
    """The model's name and its reasoning level in a results file; '' where it does not say."""
    arguments = at_path(content, "config.model_args")
    if not isinstance(arguments, Mapping):
        pairs = (part.partition("=") for part in str(arguments or "").split(","))
        arguments = {key.strip(): text.strip() for key, _, text in pairs}
    generation = at_path(content, "config.gen_kwargs")
    if isinstance(generation, str):
        pairs = (part.partition("=") for part in generation.split(","))
        generation = {key.strip(): text.strip() for key, _, text in pairs}
    levels = (at_path(settings, "reasoning_effort") for settings in (generation, arguments))
    name = content.get("model_name") or next((arguments[base] for base in _BASES if arguments.get(base)), "")
    return str(name or ""), next((str(level) for level in levels if level), "")


def _of_samples(source: Document, columns: Columns, notes: list[str]) -> Iterator[Result]:
    name, level = _model_beside(source.path)
    match = _SAMPLES.fullmatch(source.path.name)
    task = match[1] if match else source.path.stem
    if not name and columns.model is None:
        what = "samples do not name their model; keep them beside their results_*.json, or in its folder"
        raise InputError(what, where=source.where)
    lines = source.content
    filters = list(dict.fromkeys(str(line.get("filter", "")) for line in lines))
    wanted = columns.score.partition(",")[2] if columns.score else ""
    chosen = wanted or filters[0]
    if len(filters) > 1:
        notes.append(f"{task}: of the filters {', '.join(filters)}, {chosen} counts")
    metric = _sample_metric(lines[0], columns.score)
    if metric is None:
        listed = [key for key, cell in lines[0].items() if isinstance(cell, (int, float))]
        raise missing_column(columns.score or LM_EVAL_METRICS[0], "--score-by", listed, source.where)
    for line in lines:
        if str(line.get("filter", "")) != chosen:
            continue
        own_name = name if columns.model is None else text_of(at_path(line, columns.model)) or ""
        label = (text_of(_label_cell(line, columns.label)) or "") if columns.label else None
        yield Result(
            names=(own_name,),
            score=score_of(line.get(metric), f"{source.where}: {metric}"),
            label=task if columns.label == "task" and not label else label,
            level=level,
            item=f"{task} {line['doc_id']}",
        )


def _sample_metric(line: Mapping[str, Any], wanted: str | None) -> str | None:
    stated = line.get("metrics")
    known = (wanted.partition(",")[0],) if wanted else LM_EVAL_METRICS
    names = [name for name in known if isinstance(line.get(name), (int, float))]
    if names or wanted or not isinstance(stated, list):
        return names[0] if names else None
    return next((str(name) for name in stated if isinstance(line.get(str(name)), (int, float))), None)


def _model_beside(path: Path) -> tuple[str, str]:
    """The model of a samples file: of the results file of its folder, else the folder's name."""
    for results in sorted(path.parent.glob("results_*.json"), reverse=True):
        content = document(results).content
        if _is_summary(content):
            return model_of(content)
    folder = path.resolve().parent.name
    return (folder.replace("__", "/"), "") if "__" in folder else ("", "")


def _label_cell(line: Mapping[str, Any], column: str) -> Any:
    cell = at_path(line.get("doc"), column)
    return at_path(line, column) if cell is None else cell


def _task(columns: Columns, task: str) -> str | None:
    return None if columns.label is None else task if columns.label == "task" else ""


def _fields(samples: Sequence[Document]) -> list[str]:
    names: dict[str, None] = {}
    for each in samples:
        doc = each.content[0].get("doc")
        if isinstance(doc, Mapping):
            names.update((str(key), None) for key, cell in doc.items() if text_of(cell) is not None)
    return list(names)
