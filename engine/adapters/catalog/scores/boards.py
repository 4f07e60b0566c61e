"""Boards of 2026, with an effort, USD and tokens of a task: Epoch's hub since August, BenchBoard, Vectara."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from .figure import Figure, day, percent, rows, setting

# File of Epoch's hub -> (benchmark, column of the score, what makes it 0-100).
EPOCH = {
    "epoch_gpqa_diamond": ("GPQA Diamond", "score", 100.0),
    "epoch_otis_mock_aime": ("OTIS AIME", "score", 100.0),
    "epoch_simpleqa_verified": ("SimpleQA Verified", "score", 100.0),
    "epoch_swe_bench_verified": ("SWE-bench Verified", "score", 100.0),
    "epoch_mystery_game_puzzles": ("Mystery game puzzles", "score", 100.0),
    "epoch_frontiermath_t1_3_v2": ("FrontierMath v2", "score", 100.0),
    "epoch_frontiermath_tier4_v2": ("FrontierMath tier 4 v2", "score", 100.0),
    "epoch_arc_agi_1": ("ARC-AGI", "score", 100.0),
    "epoch_arc_agi_2": ("ARC-AGI-2", "score", 100.0),
    "epoch_weirdml": ("WeirdML", "score", 100.0),
    "epoch_simplebench": ("SimpleBench", "score", 100.0),
    "epoch_apex_agents": ("APEX-Agents", "score", 100.0),
    "epoch_cursorbench": ("CursorBench 3", "score", 100.0),
    "epoch_deepswe": ("DeepSWE", "pass_at_1", 100.0),
    "epoch_frontiercode": ("FrontierCode", "score", 100.0),
    "epoch_frontierswe_v2": ("FrontierSWE v2", "score", 100.0),
    "epoch_gso": ("GSO", "score_hack_adjusted", 100.0),
    "epoch_proofbench": ("ProofBench", "score", 100.0),
    "epoch_hle": ("HLE", "score", 100.0),
    "epoch_gdp_pdf": ("GDP-PDF", "score", 100.0),
    "epoch_ale_bench": ("ALE-Bench", "score", 0.04),  # a rating; the best are at 2,200
}
# Rows of CursorBench of an older state of the board stayed in the file: another scale.
OLD_CURSOR = ("claude-opus-4-7", "claude-sonnet-4-6", "gemini-3.5-flash", "kimi-k2.5", "kimi-k2.6")

# Runs of these days that were refused or cut off: a model at max is ten points below itself a month before.
CUT_OFF = ("epoch_gpqa_diamond", "epoch_otis_mock_aime")
CUT_OFF_DAYS = ("2026-08-06", "2026-08-07")
CUT_OFF_MODELS = ("claude-", "gpt-oss-20b")
OWN_RUN = "Epoch AI run"  # of which a Claude without an effort in its name did not think


@dataclass(frozen=True)
class Bill:
    """What a task took at one board: output tokens, or USD, at the board's price of its day."""

    board: str
    name: str
    effort: str
    tokens: float | None
    usd: float | None


def epoch_figures(text: str, stem: str) -> Iterator[Figure]:
    """One a row that has a score. Raises InputError."""
    title, column, scale = EPOCH[stem]
    for row in rows(text, ("model", "effort", column), stem):
        old = stem == "epoch_cursorbench" and row["model"].startswith(OLD_CURSOR)
        other_board = row.get("board_version") == "1.0" or _is_cut_off(row, stem)
        score = percent(row[column], scale, f"{stem}: {row['model_version']}")
        if score is None or old or other_board:
            continue
        taken = day(row.get("started_at") or row.get("evaluation_date") or "")
        plain = row.get("source") == OWN_RUN and row["model"].startswith("claude-")
        effort = setting(row["effort"].replace("_", " "), row.get("name", "")) or ("none" if plain else "")
        yield Figure(title, row["model"], score, effort, taken)


def _is_cut_off(row: Mapping[str, str], stem: str) -> bool:
    on_day = row.get("started_at", "").startswith(CUT_OFF_DAYS)
    return stem in CUT_OFF and on_day and row["model"].startswith(CUT_OFF_MODELS)


def newest_figures(text: str, stem: str) -> Iterator[Figure]:
    """Epoch's flat file of 1 October: several boards in one; APEX-Agents is on a new scale."""
    titles = {"ARC-AGI-1": "ARC-AGI", "ARC-AGI-2": "ARC-AGI-2", "GPQA Diamond": "GPQA Diamond"}
    titles |= {"SimpleQA Verified": "SimpleQA Verified"}
    titles |= {"APEX-Agents (2026-10 board)": "APEX-Agents, October 2026"}
    for row in rows(text, ("benchmark", "model", "effort", "score"), stem):
        score = percent(row["score"], 100.0, f"{stem}: {row['model_version']}")
        if score is not None and row["benchmark"] in titles:
            yield Figure(
                titles[row["benchmark"]], row["model"], score, row["effort"].replace("_", " "), NEWEST
            )


NEWEST = date(2026, 10, 1)


def benchboard_figures(text: str, stem: str = "benchboard") -> Iterator[Figure]:
    """One a row in percent of a model alone; those of a maker's page are a vendor's, also of rivals."""
    for row in rows(text, ("model", "effort", "benchmark", "value", "unit"), stem):
        if row["unit"] != "%" or "+" in row["model"]:
            continue
        score = percent(row["value"], 1.0, f"{stem}: {row['model']}")
        if score is not None:
            vendor = row["vendor_reported"] == "y"
            yield Figure(
                row["benchmark"], row["model"], score, row["effort"], day(row["date"]), vendor=vendor
            )


def vectara_figures(text: str, stem: str = "vectara") -> Iterator[Figure]:
    """The share of summaries that say nothing which is not in the text."""
    for row in rows(text, ("model", "factual_consistency_pct"), stem):
        score = percent(row["factual_consistency_pct"], 1.0, f"{stem}: {row['model']}")
        if score is not None:
            yield Figure("HHEM", row["model"], score, "", day(row["date"]))
