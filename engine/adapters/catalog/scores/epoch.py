"""Epoch AI's Benchmarking Hub, a CSV per benchmark: the score's column and its scale differ by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from ....domain.errors import InputError, nearest
from .figure import Figure, day, percent, rows, split

_DATES = ("Started at", "Run date", "Evaluation date", "Date of evaluation", "Date run")


@dataclass(frozen=True)
class Sheet:
    """One file of the hub: what it measures, in which column, times what makes 0-100, by which agent."""

    title: str
    column: str = "mean_score"
    scale: float = 100.0
    only: tuple[str, str] | None = None  # column, word: rows of other agents or tools are other tests


SHEETS = {
    "aider_polyglot_external": Sheet("Aider polyglot", "Percent correct", 1.0),
    "apex_agents_external": Sheet("APEX-Agents", "Pass@1 score"),
    "arc_agi_external": Sheet("ARC-AGI", "Score"),
    "arc_agi_2_external": Sheet("ARC-AGI-2", "Score"),
    "balrog_external": Sheet("BALROG", "Average progress"),
    "chess_puzzles": Sheet("Chess puzzles"),
    "fictionlivebench_external": Sheet("Fiction.live 120k", "120k token score"),
    "frontiermath": Sheet("FrontierMath"),
    "geobench_external": Sheet("GeoBench", "ACW Avg Score", 0.02, ("Tools", "None")),  # of 5,000 points
    "gpqa_diamond": Sheet("GPQA Diamond"),
    "gsm8k_external": Sheet("GSM8K", "EM"),
    "hle_external": Sheet("HLE", "Accuracy"),
    "math_level_5": Sheet("MATH L5"),
    "mmlu_external": Sheet("MMLU", "EM"),
    "otis_mock_aime_2024_2025": Sheet("OTIS AIME"),
    "simplebench_external": Sheet("SimpleBench", "Score (AVG@5)"),
    "simpleqa_verified": Sheet("SimpleQA Verified"),
    "swe_bench_bash": Sheet("SWE-bench bash", "% Resolved"),
    "swe_bench_verified": Sheet("SWE-bench Verified"),
    "terminalbench_external": Sheet("Terminal-Bench", "Accuracy mean", only=("Agent", "Terminus 2")),
    "vpct_external": Sheet("VPCT", "Correct"),
    "weirdml_external": Sheet("WeirdML", "Accuracy"),
}


def figures(text: str, where: str) -> list[Figure]:
    """One a row; the file's name, the end of `where`, says which sheet it is. Raises InputError."""
    stem = PurePath(where).stem
    sheet = SHEETS.get(stem)
    if sheet is None:
        raise InputError(f"not a file of the hub that is known here{nearest(stem, SHEETS)}", where=where)
    scores = []
    for row in rows(text, ("Model version", sheet.column), where):
        if not row["Model version"].strip() or (sheet.only and row[sheet.only[0]].strip() != sheet.only[1]):
            continue
        score = percent(row[sheet.column], sheet.scale, f"{where}: {row['Model version']}")
        if score is not None:
            name, variant = split(row["Model version"])
            variant = "unknown" if row["Model version"].endswith("_unknown") else variant
            scores.append(Figure(sheet.title, name, score, variant, _taken(row)))
    return scores


def _taken(row: Mapping[str, str]) -> date | None:
    return next((when for name in _DATES if (when := day(row.get(name)))), None)
