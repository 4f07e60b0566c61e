"""Leaderboards as their sites or a user's browser save them, one function a source: text in, figures out.

The data of LiveBench and LMArena carries no open licence, so none is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from ....domain.errors import InputError, nearest
from ..prices.quote import parsed, table_of
from .figure import Figure, day, number, percent, rows, setting, split

AIDER_BOARDS = {"polyglot": "Aider polyglot", "edit": "Aider edit", "refactor": "Aider refactor"}


def aider_figures(text: str, where: str = "aider") -> list[Figure]:
    """One a run of the YAML of Aider's site: percent of the cases solved in two attempts.

    Which leaderboard it is shows in the file's name, else in the number of test cases.
    Raises InputError.
    """
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
        scores.append(Figure(_aider_board(run, where), name, score, variant or effort, day(run.get("date"))))
    return scores


def _aider_board(run: Mapping[str, object], where: str) -> str:
    for word, title in AIDER_BOARDS.items():
        if word in where:
            return title
    return {225: "Aider polyglot", 133: "Aider edit"}.get(run.get("test_cases"), "Aider refactor")  # type: ignore[call-overload,no-any-return]


BFCL_COLUMNS = {
    "Overall Acc": "BFCL v4 overall",
    "Live Acc": "BFCL live",
    "Multi Turn Acc": "BFCL multi-turn",
}


def bfcl_figures(text: str, where: str = "bfcl") -> list[Figure]:
    """One a row and column of the Berkeley Function-Calling Leaderboard's data_overall.csv, in percent.

    (FC) and (Prompt) apart. Raises InputError.
    """
    scores = []
    for row in rows(text, ("Model", "Overall Acc"), where):
        name, variant = split(row["Model"])
        for column, title in BFCL_COLUMNS.items():
            score = percent(row.get(column), 1.0, f"{where}: {row['Model']}")
            if score is not None:
                scores.append(Figure(title, name, score, variant))
    return scores


EVALPLUS_TESTS = {"humaneval": "HumanEval", "humaneval+": "HumanEval+", "mbpp": "MBPP", "mbpp+": "MBPP+"}


def evalplus_figures(text: str, where: str = "evalplus") -> list[Figure]:
    """One a model and test of EvalPlus' results.json, pass@1 in percent; a missing test is null there.

    Raises InputError.
    """
    scores = []
    for model, facts in table_of(parsed(text, where), where).items():
        rates = table_of(facts, f"{where}: {model}").get("pass@1")
        if not isinstance(rates, Mapping):
            continue
        name, variant = split(model)
        for test, title in EVALPLUS_TESTS.items():
            score = percent(rates.get(test), 1.0, f"{where}: {model}.{test}")
            if score is not None and score > 0:
                scores.append(Figure(title, name, score, variant))
    return scores


_EFFORT_WORDS = r"none|minimal|low|medium|high|xhigh|max"
# `-high-effort`, `-thinking-32k`, `-thinking-auto-high-effort`: how it was run, not which model it is.
_THINKING_RUN = re.compile(
    rf"(.+?)-((?:(?:no-?)?thinking-)?(?:(?:auto-)?(?:{_EFFORT_WORDS})-effort|\d+k|auto)|\d+k)$", re.IGNORECASE
)
_OPENAI_EFFORT = re.compile(rf"((?:gpt-\d|o\d).*?)-({_EFFORT_WORDS})$", re.IGNORECASE)
_LIVEBENCH_NAMES = ("model", "Model")
_LIVEBENCH_OTHERS = {"organization", "rank", "model", ""}


def _livebench_effort(name: str) -> tuple[str, str]:
    """(name, variant): also of an effort or a budget of thinking at the end of the name."""
    match = _THINKING_RUN.match(name.strip()) or _OPENAI_EFFORT.match(name.strip())
    return (match[1], match[2].lower().replace("-effort", "").replace("-", " ")) if match else split(name)


def livebench_figures(text: str, where: str = "livebench") -> list[Figure]:
    """One a model and column of LiveBench's CSV, 0-100: every column with numbers is a test of its own.

    A `table_2025_04_02.csv` has tasks in its columns, a saved leaderboard averages. The date is the one in
    the file's name. Raises InputError.
    """
    table = rows(text, (), where)
    name_column = next((name for name in _LIVEBENCH_NAMES if table and name in table[0]), None)
    if name_column is None:
        raise InputError("no column 'model'; is it LiveBench's table?", where=where)
    when = re.search(r"(\d{4})[_-](\d\d)[_-](\d\d)", where)
    as_of = day("-".join(when.groups())) if when else None
    scores = []
    for row in table:
        name, variant = _livebench_effort(row[name_column])
        for column, cell in row.items():
            if column.strip().casefold() in _LIVEBENCH_OTHERS or not name:
                continue
            score = percent(cell, 1.0, f"{where}: {name}.{column}")
            if score is not None:
                scores.append(Figure(f"LiveBench {column.strip()}", name, score, variant, as_of))
    return scores


_ARENA_REFERENCE, _ARENA_SPREAD = 1300.0, 400.0
_ARENA_NAMES = ("model_name", "Model", "model", "key", "name")
_ARENA_RATINGS = ("rating", "Arena Score", "arena_score", "score", "Rating", "Score", "elo")


def lmarena_figures(text: str, where: str = "lmarena") -> list[Figure]:
    """One a model of LMArena's CSV or JSON, for the board its `leaderboard` or `category` column names.

    A rating of pairwise votes becomes the expected share of wins against a model rated 1,300, by the
    Bradley-Terry formula behind those ratings: 100 / (1 + 10 ** ((1300 - rating) / 400)). Raises InputError.
    """
    scores = []
    for row in _arena_entries(text, where):
        name = next((str(row[column]) for column in _ARENA_NAMES if row.get(column)), "")
        ratings = (number(row[column], f"{where}: {name}") for column in _ARENA_RATINGS if row.get(column))
        rating = next(ratings, None)
        if not name or rating is None:
            continue
        if not 0 < rating < 4000:
            raise InputError(f"{name}: a rating of {rating:g} is not one of the arena's", where=where)
        board = str(row.get("category") or row.get("leaderboard") or row.get("arena") or "text").casefold()
        plain, variant = split(name)
        score = round(100 / (1 + 10 ** ((_ARENA_REFERENCE - rating) / _ARENA_SPREAD)), 4)
        when = day(row.get("leaderboard_publish_date") or row.get("Last updated"))
        scores.append(Figure(f"LMArena {board.strip()}", plain, score, variant, when))
    return scores


def _arena_entries(text: str, where: str) -> list[Mapping[str, Any]]:
    if text.lstrip()[:1] in {"[", "{"}:
        document = parsed(text, where)
        if isinstance(document, Mapping):
            document = next((inner for inner in document.values() if isinstance(inner, list)), [])
        entries: list[Mapping[str, Any]] = [row for row in document if isinstance(row, Mapping)]
    else:
        entries = list(rows(text, (), where))
    if not any(
        any(n in row for n in _ARENA_NAMES) and any(r in row for r in _ARENA_RATINGS) for row in entries
    ):
        raise InputError(
            f"no row has a model's name and a rating ({', '.join(_ARENA_RATINGS[:3])})", where=where
        )
    return entries


_EPOCH_DATES = ("Started at", "Run date", "Evaluation date", "Date of evaluation", "Date run")


@dataclass(frozen=True)
class EpochSheet:
    """A CSV of Epoch AI's hub: what it measures, in which column, times what makes 0-100, by which agent."""

    title: str
    column: str = "mean_score"
    scale: float = 100.0
    only: tuple[str, str] | None = None  # column, word: rows of other agents or tools are other tests


EPOCH_SHEETS = {
    "aider_polyglot_external": EpochSheet("Aider polyglot", "Percent correct", 1.0),
    "apex_agents_external": EpochSheet("APEX-Agents", "Pass@1 score"),
    "arc_agi_external": EpochSheet("ARC-AGI", "Score"),
    "arc_agi_2_external": EpochSheet("ARC-AGI-2", "Score"),
    "balrog_external": EpochSheet("BALROG", "Average progress"),
    "chess_puzzles": EpochSheet("Chess puzzles"),
    "fictionlivebench_external": EpochSheet("Fiction.live 120k", "120k token score"),
    "frontiermath": EpochSheet("FrontierMath"),
    "geobench_external": EpochSheet("GeoBench", "ACW Avg Score", 0.02, ("Tools", "None")),  # of 5,000 points
    "gpqa_diamond": EpochSheet("GPQA Diamond"),
    "gsm8k_external": EpochSheet("GSM8K", "EM"),
    "hle_external": EpochSheet("HLE", "Accuracy"),
    "math_level_5": EpochSheet("MATH L5"),
    "mmlu_external": EpochSheet("MMLU", "EM"),
    "otis_mock_aime_2024_2025": EpochSheet("OTIS AIME"),
    "simplebench_external": EpochSheet("SimpleBench", "Score (AVG@5)"),
    "simpleqa_verified": EpochSheet("SimpleQA Verified"),
    "swe_bench_bash": EpochSheet("SWE-bench bash", "% Resolved"),
    "swe_bench_verified": EpochSheet("SWE-bench Verified"),
    "terminalbench_external": EpochSheet("Terminal-Bench", "Accuracy mean", only=("Agent", "Terminus 2")),
    "vpct_external": EpochSheet("VPCT", "Correct"),
    "weirdml_external": EpochSheet("WeirdML", "Accuracy"),
}


def epoch_figures(text: str, where: str) -> list[Figure]:
    """One a row; the file's name, the end of `where`, says which sheet it is. Raises InputError."""
    stem = PurePath(where).stem
    sheet = EPOCH_SHEETS.get(stem)
    if sheet is None:
        raise InputError(
            f"not a file of the hub that is known here{nearest(stem, EPOCH_SHEETS)}", where=where
        )
    scores = []
    for row in rows(text, ("Model version", sheet.column), where):
        if not row["Model version"].strip() or (sheet.only and row[sheet.only[0]].strip() != sheet.only[1]):
            continue
        score = percent(row[sheet.column], sheet.scale, f"{where}: {row['Model version']}")
        if score is not None:
            name, variant = split(row["Model version"])
            variant = "unknown" if row["Model version"].endswith("_unknown") else variant
            variant = setting(variant, row.get("Name", ""))
            scores.append(Figure(sheet.title, name, score, variant, _epoch_date(row)))
    return scores


def _epoch_date(row: Mapping[str, str]) -> date | None:
    return next((when for name in _EPOCH_DATES if (when := day(row.get(name)))), None)
