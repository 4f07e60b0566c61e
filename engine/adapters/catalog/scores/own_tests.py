"""The user's own evaluations, as lm-evaluation-harness and promptfoo write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from ....domain.errors import InputError
from ..prices.quote import parsed, table_of
from .figure import Figure, day, percent, split

# In this order: what a task's page quotes first.
LM_EVAL_METRICS = (
    "exact_match",
    "acc_norm",
    "acc",
    "pass@1",
    "pass_at_1",
    "prompt_level_strict_acc",
    "mcc",
    "f1",
)


def lm_eval_figures(text: str, where: str = "lm-eval") -> list[Figure]:
    """One a task of lm-evaluation-harness' results_*.json, by the first of LM_EVAL_METRICS it has.

    Groups count, and their parts. Raises InputError.
    """
    document = table_of(parsed(text, where), where)
    results = table_of(document.get("results"), f"{where}: results")
    name = _evaluated_model(document)
    if not name:
        raise InputError("no model_name; is it a results file of lm-evaluation-harness?", where=where)
    taken = document.get("date")
    as_of = datetime.fromtimestamp(taken, UTC).date() if isinstance(taken, (int, float)) else None
    plain, variant = split(name)
    scores = []
    for task, metrics in results.items():
        score = _first_metric(table_of(metrics, f"{where}: results.{task}"), f"{where}: results.{task}")
        if score is not None:
            scores.append(Figure(str(task), plain, score, variant, as_of))
    return scores


def _first_metric(metrics: Mapping[str, Any], where: str) -> float | None:
    for wanted in LM_EVAL_METRICS:
        for key, rate in metrics.items():  # `acc,none`, `exact_match,strict-match`
            if str(key).partition(",")[0] == wanted:
                return percent(rate, 100.0, f"{where}.{key}")
    return None


def _evaluated_model(document: Mapping[str, Any]) -> str:
    if isinstance(document.get("model_name"), str) and document["model_name"]:
        return str(document["model_name"])
    config = document.get("config")
    arguments = config.get("model_args") if isinstance(config, Mapping) else None
    if isinstance(arguments, Mapping):
        return str(arguments.get("pretrained") or arguments.get("model") or "")
    for part in str(arguments or "").split(","):
        key, _, name = part.partition("=")
        if key.strip() in {"pretrained", "model"}:
            return name.strip()
    return ""


def promptfoo_figures(text: str, where: str = "promptfoo") -> list[Figure]:
    """One a provider of promptfoo's `eval -o results.json`: passed of all rows that ran, without its errors.

    The test is named after the config's description, else after the file. Raises InputError.
    """
    document = table_of(parsed(text, where), where)
    outer = table_of(document.get("results"), f"{where}: results")
    table = outer.get("results")
    if not isinstance(table, list):
        raise InputError("no results.results; write it with promptfoo eval -o results.json", where=where)
    tallies: dict[str, list[bool]] = defaultdict(list)
    for row in table:
        provider = _provider(row)
        if provider and not _broken(row):
            tallies[provider].append(bool(row.get("success")))
    config = document.get("config")
    title = str(config.get("description") or "") if isinstance(config, Mapping) else ""
    name = title or PurePath(where).stem
    as_of = day(outer.get("timestamp"))
    scores = []
    for provider, passed in tallies.items():
        plain, variant = split(provider)
        scores.append(Figure(name, plain, round(100 * sum(passed) / len(passed), 4), variant, as_of))
    return scores


def _provider(row: Any) -> str:
    """`openai:chat:gpt-5` is gpt-5: the last part, which is the model."""
    provider = row.get("provider") if isinstance(row, Mapping) else None
    if isinstance(provider, Mapping):
        provider = provider.get("id")
    return str(provider).rsplit(":", 1)[-1] if isinstance(provider, str) and provider else ""


def _broken(row: Mapping[str, Any]) -> bool:
    response = row.get("response")
    return row.get("failureReason") == 2 or (isinstance(response, Mapping) and bool(response.get("error")))
