"""Aider's leaderboards, the YAML of its site: percent of the cases solved in two attempts."""

from __future__ import annotations

from collections.abc import Mapping

from ....domain.errors import InputError
from .figure import Figure, day, percent, split

BENCHMARKS = {"polyglot": "Aider polyglot", "edit": "Aider edit", "refactor": "Aider refactor"}


def figures(text: str, where: str = "aider") -> list[Figure]:
    """One a run. Which leaderboard it is shows in the file's name, else in the number of test cases."""
    import yaml

    try:
        runs = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"not valid YAML: {str(error)[:120]}", where=where) from None
    if not isinstance(runs, list) or not all(isinstance(run, Mapping) for run in runs):
        raise InputError("should be a list of runs, each with a model and a pass_rate_2", where=where)
    scores = []
    for run in runs:
        rate = run.get("pass_rate_2", run.get("pass_rate_1"))
        score = percent(rate, 1.0, f"{where}: {run.get('model')}")
        if score is None or not isinstance(run.get("model"), str) or " + " in run["model"]:
            continue  # a pair of models is no model
        name, variant = split(run["model"])
        effort = str(run.get("reasoning_effort") or "").lower()
        scores.append(Figure(_board(run, where), name, score, variant or effort, day(run.get("date"))))
    return scores


def _board(run: Mapping[str, object], where: str) -> str:
    for word, title in BENCHMARKS.items():
        if word in where:
            return title
    return {225: "Aider polyglot", 133: "Aider edit"}.get(run.get("test_cases"), "Aider refactor")  # type: ignore[call-overload,no-any-return]
