"""lm-evaluation-harness' results_*.json: the user's own evaluations, a fraction per task and metric."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ....domain.errors import InputError
from ..prices.quote import parsed, table_of
from .figure import Figure, percent, split

# In this order: what a task's page quotes first.
METRICS = ("exact_match", "acc_norm", "acc", "pass@1", "pass_at_1", "prompt_level_strict_acc", "mcc", "f1")


def figures(text: str, where: str = "lm-eval") -> list[Figure]:
    """One a task, by the first of METRICS it has; groups count, and their parts. Raises InputError."""
    document = table_of(parsed(text, where), where)
    results = table_of(document.get("results"), f"{where}: results")
    name = _model(document)
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
    for wanted in METRICS:
        for key, rate in metrics.items():  # `acc,none`, `exact_match,strict-match`
            if str(key).partition(",")[0] == wanted:
                return percent(rate, 100.0, f"{where}.{key}")
    return None


def _model(document: Mapping[str, Any]) -> str:
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
